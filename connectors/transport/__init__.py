"""The one way out of the house: HTTP for every connector, with deadlines, retries, limits, a budget.

    transport = Transport(
        "hubspot", "https://api.hubapi.com",
        auth=auth,         # .headers() before every attempt; .refresh(sent) once after a 401
        judge=judge,       # Response -> Verdict | None: what this vendor means (None: common table)
        observe=observe,   # Response -> None: called with every response (rate headers)
        limiter=Limiter("hubspot", {"general": (171, 10.0), "search": (4, 1.0)}),
        headers={"Accept": "application/json"},     # sent with EVERY attempt
        timeout=30.0,      # seconds for one attempt as a whole: connect, headers, body
        adapter=None,      # a requests adapter for the base URL: tests mount a WSGI app
        clock=time.monotonic, sleep=time.sleep, wall=…,      # all time comes from here
    )
    call = Call("POST /crm/objects/contacts/search", Purpose.PULL, safe=True, lane="search")
    response = transport.request("POST", "/crm/…", call, params=…, json=…, data=…, headers=…)
    body = transport.decode(response, call)    # JSON, or Unavailable (reads) / Unclear (writes)

`request` returns a `requests.Response` with its body read, for every 2xx and for those 4xx that
speak about the records; all else is raised as an error of `syncd.core.errors`, without any vendor
text in it. `Call.safe` says that the request may be repeated (GET and HEAD are by default; so are
searches and batch reads by POST).

    Retryable      after ≤ 3 tries within ≤ 20 s, or at once when the server asks for more (`.after`)
    Unclear        a write whose answer was lost, garbled, or a 5xx
    Unauthorized   401 (after one refresh) or 403; `Verdict.sentence` and `.fix` name the scope
    Unavailable    redirect, TLS failure, HTML where JSON was due, API budget spent

Vendor clients that bring their own calls get `transport.session()`: a `requests.Session` whose
`request(method, url, **kwargs)` goes through the transport (any other origin is refused); say what
its calls are with

    with transport.calling(Call("upsert Lead", Purpose.HANDOFF, safe=False)):
        client.restful(…)

`transport.budget.limit(calls, reserve)` bounds what is sent from now on: attempts count one by one,
the last `reserve` are for `Purpose.HANDOFF` only, `Purpose.TOKEN` is free. `transport.calls` counts
attempts by label, `transport.spent` by purpose. `transport.now()` is the server's clock as last
seen, `server_time(response)` that of one response. `path("/crm/objects/{}", rid)` quotes what it
puts into a path.
"""

from connectors.transport.address import origin, path
from connectors.transport.budget import Budget, Purpose
from connectors.transport.limiter import Limiter
from connectors.transport.retry import Fate, Verdict, retry_after
from connectors.transport.session import Auth, Call, Transport, server_time

__all__ = [
    "Auth",
    "Budget",
    "Call",
    "Fate",
    "Limiter",
    "Purpose",
    "Transport",
    "Verdict",
    "origin",
    "path",
    "retry_after",
    "server_time",
]
