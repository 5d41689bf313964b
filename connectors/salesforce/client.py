"""The REST calls we make, through simple-salesforce in "direct" mode over our own transport.

simple-salesforce alone would log in without end on a lasting 401, lose our headers when it replays,
send without timeouts, and join unchecked ids into URLs; the transport owns all of that, and no id
ever stands in a path here. [salesforce.md 0, 1.7, 2]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from connectors.salesforce.auth import Login
from connectors.salesforce.settings import SalesforceSettings
from connectors.transport import Auth, Call, Fate, Purpose, Transport, Verdict
from syncd.core.errors import RemoteError, Unavailable, Unclear

if TYPE_CHECKING:
    import requests
    from simple_salesforce.api import Salesforce

SUBREQUESTS = 25
QUERIES = 5
"""Most subrequests of one composite, and most of them that may be queries. [salesforce.md 5]"""

_LOCATOR = re.compile(r"/services/data/v\d+\.\d/((?:query|queryAll)/[A-Za-z0-9-]+)")
_USAGE = re.compile(r"(?<![-\w])api-usage=(\d+)/(\d+)")

DAILY_PAUSE = 3_600.0
CONCURRENT_PAUSE = 5.0
STARTING_PAUSE = 30.0
"""Seconds to stay away: the daily limit rolls; a burst passes; an org that is being set up (420)."""

INCURABLE = ("not valid for use with the REST API", "not attached to Agent")
"""401s that a new session does not cure. [salesforce.md 1.4]"""


class Refused(Unavailable):
    """A whole request was answered with an error: a wrong setting or a hidden object, nothing done."""

    def __init__(self, system: str, code: str, status: int, label: str) -> None:
        self.code, self.status = code, status
        sentence = f"{label} was refused with {code or status}."
        super().__init__(system, sentence, fix="Type `syncd check`.")


@dataclass(frozen=True, slots=True)
class Sub:
    """One subrequest of a composite: its reference id and its path below /services/data/vXX.X/."""

    reference: str
    path: str
    method: str = "GET"


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer of one subrequest."""

    status: int
    body: Any

    @property
    def ok(self) -> bool:
        return self.status < 300


class Client:
    """`used` and `limit`: API calls of the org's day, as the last answer said (0: not yet)."""

    def __init__(
        self,
        system: str,
        settings: SalesforceSettings,
        *,
        adapter: requests.adapters.BaseAdapter | None = None,
        times: Mapping[str, Callable[..., Any]] | None = None,
        auth: Auth | None = None,
    ) -> None:
        """`times`: clock, sleep and wall for the transport; `auth`: a session that is not ours, instead of a login."""
        shared: dict[str, Any] = {
            "timeout": settings.timeout,
            "adapter": adapter,
            "judge": judge,
            **(times or {}),
        }
        self.system, self.version = system, settings.version
        self.used = self.limit = 0
        self._door = Transport(system, settings.url, headers=_JSON, **shared)
        self.login = Login(settings, self._door)
        self.transport = Transport(
            system,
            settings.url,
            auth=auth or self.login,
            observe=self._observe,
            headers=invariant_headers(settings),
            **shared,
        )
        self._vendor: Salesforce | None = None

    @property
    def calls(self) -> Mapping[str, int]:
        """What counts towards the org's limit: logins and the list of versions do not. [salesforce.md 1.2]"""
        return self.transport.calls

    def now(self) -> datetime:
        return self.transport.now()

    def close(self) -> None:
        self.transport.close()
        self._door.close()

    # ------------------------------------------------------------ resources
    def versions(self) -> list[str]:
        """The API versions of the org. Asked without a session: it does not count as a call."""
        call = Call("GET /services/data", Purpose.TOKEN)
        response = self._door.request("GET", "/services/data", call)
        listed = self._door.decode(response, call)
        if (
            not response.ok
            or not isinstance(listed, list)
            or not all(isinstance(v, dict) and "version" in v for v in listed)
        ):
            raise Unavailable(
                self.system,
                "The url does not answer as a Salesforce org does.",
                fix="Set url to your My Domain: https://….my.salesforce.com.",
            )
        return [str(entry["version"]) for entry in listed]

    def limits(self) -> dict[str, Any]:
        return dict(self.rest("GET", "limits", Call("GET limits", Purpose.CHECK)))

    def composite(self, subs: Sequence[Sub], purpose: Purpose) -> dict[str, Answer]:
        """Safe reads in one API call, whatever happens inside: each answer has its own status."""
        body = {
            "allOrNone": False,
            "compositeRequest": [
                {
                    "method": sub.method,
                    "url": f"/services/data/v{self.version}/{sub.path}",
                    "referenceId": sub.reference,
                }
                for sub in subs
            ],
        }
        call = Call("POST composite", purpose, safe=True)
        answers = self.rest("POST", "composite", call, json=body)["compositeResponse"]
        return {a["referenceId"]: Answer(a["httpStatusCode"], a["body"]) for a in answers}

    def queries(self, statements: Mapping[str, str], purpose: Purpose) -> dict[str, Any]:
        """Results of up to five SOQL statements by name, for one API call. "all:…" sees the bin."""
        return self.queries_and(statements, (), purpose)[0]

    def queries_and(
        self, statements: Mapping[str, str], beside: Sequence[Sub], purpose: Purpose
    ) -> tuple[dict[str, Any], dict[str, Answer]]:
        """The same with other subrequests in the same call, which may fail: their answers."""
        subs = [Sub(reference, query_path(soql)) for reference, soql in statements.items()]
        answers = self.composite([*subs, *beside], purpose)
        for reference in statements:
            answer = answers[reference]
            if not answer.ok:
                raise Refused(self.system, code_of(answer.body), answer.status, "A query")
        bodies = {reference: answers[reference].body for reference in statements}
        return bodies, {sub.reference: answers[sub.reference] for sub in beside}

    def more(self, locator: str, purpose: Purpose = Purpose.PULL) -> dict[str, Any]:
        """The next page of a query, from its `nextRecordsUrl`."""
        known = _LOCATOR.fullmatch(locator)
        if known is None:
            raise Unavailable(self.system, "The address of a next page is not one of Salesforce's.")
        return dict(self.rest("GET", known[1], Call("GET query/next", purpose)))

    def retrieve(self, sobject: str, ids: Sequence[str], fields: Sequence[str]) -> list[Any]:
        """Rows in the order of `ids` (at most 2,000); None for what is gone or hidden."""
        call = Call(f"POST composite/sobjects/{sobject}", Purpose.HANDOFF, safe=True)
        body = {"ids": list(ids), "fields": list(fields)}
        return list(self.rest("POST", f"composite/sobjects/{sobject}", call, json=body))

    def write(
        self, method: str, records: Sequence[Mapping[str, Any]], purpose: Purpose, *, key: str = ""
    ) -> list[dict[str, Any]]:
        """Collections: POST creates, PATCH updates by id, or upserts by `key` ("Lead/Ext__c").

        One result a record, in order. Raises Unclear when nobody can know what happened.
        """
        path = "composite/sobjects" + (f"/{key}" if key else "")
        call = Call(f"{method} {path}", purpose, safe=False)
        body = {"allOrNone": False, "records": list(records)}
        results = self.rest(method, path, call, json=body)
        if not isinstance(results, list) or len(results) != len(records):
            raise Unclear(self.system, "The results do not match what was sent.")
        return results

    def rest(self, method: str, path: str, call: Call, *, json: Any = None) -> Any:
        """One call through simple-salesforce, its exceptions made ours without their texts."""
        from simple_salesforce.exceptions import SalesforceError

        vendor = self._client()
        try:
            with self.transport.calling(call):
                return vendor.restful(path, method=method, json=json)
        except SalesforceError as error:
            raise Refused(self.system, code_of(error.content), error.status, call.label) from None
        except ValueError:
            raise self._garbled(safe=call.safe is not False) from None

    # ------------------------------------------------------------ inside
    def _client(self) -> Salesforce:
        if self._vendor is None:
            from simple_salesforce.api import Salesforce

            origin = self.transport.origin
            vendor = Salesforce(
                session_id="the transport knows",
                instance_url=origin,
                session=self.transport.session(),
                version=self.version,
                object_pairs_hook=None,
            )
            # It always says https and asks for pretty-printed bodies, half as large again.
            vendor.base_url = f"{origin}/services/data/v{self.version}/"
            vendor.headers = {"Content-Type": "application/json"}
            self._vendor = vendor
        return self._vendor

    def _garbled(self, *, safe: bool) -> RemoteError:
        if safe:
            return Unavailable(self.system, "The answer is broken JSON.")
        return Unclear(self.system, "The answer of a write is broken JSON.")

    def _observe(self, response: requests.Response) -> None:
        found = _USAGE.search(response.headers.get("Sforce-Limit-Info", ""))
        if found:
            self.used, self.limit = int(found[1]), int(found[2])


_JSON = {"Accept": "application/json"}


def invariant_headers(settings: SalesforceSettings) -> dict[str, str]:
    """Sent with every attempt, so that a replay after an expired session keeps them: without
    `Sforce-Auto-Assign` the org's assignment rule takes a lead from its owner. [salesforce.md 0.2]"""
    allow = "true" if settings.duplicate_rule == "allow" else "false"
    return {
        **_JSON,
        "Sforce-Auto-Assign": "FALSE",
        "Sforce-Duplicate-Rule-Header": f"allowSave={allow}; includeRecordDetails=false; runAsCurrentUser=true",
        "Sforce-Call-Options": "client=syncd",
    }


def query_path(soql: str) -> str:
    """The path of a statement; one that starts with "all:" also sees deleted and archived rows."""
    resource, statement = ("queryAll", soql[4:]) if soql.startswith("all:") else ("query", soql)
    return f"{resource}?q={quote(statement, safe='')}"


def code_of(body: Any) -> str:
    """The errorCode of an error body, "" when it is none of Salesforce's."""
    first = body[0] if isinstance(body, list) and body else body
    code = first.get("errorCode") if isinstance(first, dict) else None
    return code if isinstance(code, str) and re.fullmatch(r"[A-Z_0-9]+", code) else ""


def judge(response: requests.Response) -> Verdict | None:
    """What Salesforce means where HTTP's common meaning is not enough. [salesforce.md 1.4, 9.2]"""
    status = response.status_code
    if status not in (401, 403, 406, 420):
        return None
    if status in (406, 420):
        return Verdict(Fate.REFUSED, "The org is being set up.", after=STARTING_PAUSE)
    try:
        body = response.json()
    except ValueError:
        return None
    code, message = code_of(body), _message(body)
    match status, code:
        case 401, "INVALID_SESSION_ID" if not any(text in message for text in INCURABLE):
            return Verdict(Fate.LOGIN, "The session was refused, a new one too.")
        case 401, _:
            return Verdict(
                Fate.FORBIDDEN,
                "The session may not use the REST API.",
                "Give the integration user API access, and check the app's policies.",
            )
        case 403, "REQUEST_LIMIT_EXCEEDED":
            daily = "TotalRequests" in message
            sentence = "The org's daily API limit is reached." if daily else "Too many calls at once."
            pause = DAILY_PAUSE if daily else CONCURRENT_PAUSE
            return Verdict(Fate.REFUSED, sentence, after=pause)
        case 403, _:
            return Verdict(
                Fate.FORBIDDEN,
                f"The integration user lacks a permission ({code or 'no code'}).",
                "Assign the permission set that docs name, then type `syncd check`.",
            )
    return None


def _message(body: Any) -> str:
    first = body[0] if isinstance(body, list) and body else body
    return str(first.get("message", "")) if isinstance(first, dict) else ""
