"""`Transport`: a pooled session that talks to one origin only, in time, within limits, and never leaks."""

from __future__ import annotations

import json
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import DefaultCookiePolicy
from ssl import SSLCertVerificationError
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson
import requests
import urllib3
from requests.adapters import BaseAdapter, HTTPAdapter
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NewConnectionError

from connectors.transport.address import origin
from connectors.transport.budget import Budget, Purpose
from connectors.transport.limiter import Limiter
from connectors.transport.retry import Fate, Verdict, by_status, failure, persist, retry_after
from syncd.core.errors import Unavailable

log = logging.getLogger("syncd.transport")

CONNECT = 5.0
CHUNK = 1 << 18


class Auth(Protocol):
    """Who we are. `headers()` is asked before every attempt; `refresh(sent)` after a 401, at most once
    a request: True when there are other credentials now than those `sent` with the refused attempt."""

    def headers(self) -> Mapping[str, str]: ...

    def refresh(self, sent: Mapping[str, str]) -> bool: ...


@dataclass(frozen=True, slots=True)
class Call:
    """What a request is: its endpoint for the counters, what it is for, whether it may be repeated
    (None: GET and HEAD may), the limiter's lane, and whether its body must be JSON."""

    label: str
    purpose: Purpose = Purpose.PULL
    safe: bool | None = None
    lane: str = "general"
    json: bool = True


class Transport:
    """See the package's docstring. Thread-safe: pooled connections, locked counters and limits."""

    def __init__(
        self,
        system: str,
        url: str,
        *,
        auth: Auth | None = None,
        judge: Callable[[requests.Response], Verdict | None] | None = None,
        observe: Callable[[requests.Response], None] | None = None,
        limiter: Limiter | None = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 30.0,
        adapter: BaseAdapter | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        rng: random.Random | None = None,
    ) -> None:
        self.system, self.origin, self.timeout = system, origin(url), timeout
        self.budget = Budget(system)
        self._calls: Counter[str] = Counter()
        self._auth, self._judge, self._observe, self._limiter = auth, judge, observe, limiter
        self._headers = dict(headers or {})
        self._clock, self._sleep, self._wall = clock, sleep, wall
        self._rng = rng or random.Random()
        self._lock = threading.Lock()
        self._seen: datetime | None = None
        self._current: ContextVar[Call | None] = ContextVar("call", default=None)
        self._mounted = adapter is not None
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self._session.mount(self.origin, adapter or HTTPAdapter(pool_connections=1, pool_maxsize=8, max_retries=0))

    def __repr__(self) -> str:
        return f"<Transport {self.system} {self.origin}>"

    @property
    def calls(self) -> Mapping[str, int]:
        """Attempts by endpoint label, since the transport was made."""
        return self._calls

    @property
    def spent(self) -> Mapping[str, int]:
        """Attempts by purpose."""
        return self.budget.spent

    def now(self) -> datetime:
        """The server's clock as last seen; this machine's before the first answer."""
        return self._seen or self._wall()

    def close(self) -> None:
        self._session.close()

    # ------------------------------------------------------------ requests
    def request(
        self,
        method: str,
        target: str,
        call: Call,
        *,
        params: Any = None,
        json: Any = None,
        data: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        """One logical request to a path of the origin; the package's docstring says what it raises."""
        url = self.origin + target if target.startswith("/") else target
        self._require_origin(url)
        safe = method in ("GET", "HEAD") if call.safe is None else call.safe
        extra = dict(headers or {})
        if json is not None:
            data = encode(json)
            extra.setdefault("Content-Type", "application/json")
        request = requests.Request(method, url, params=params, data=data)

        def attempt() -> requests.Response:
            return self._attempt(request, extra, call, safe)

        return persist(attempt, clock=self._clock, sleep=self._sleep, rng=self._rng)

    def decode(self, response: requests.Response, call: Call) -> Any:
        """The JSON of a 2xx body; Unavailable (safe) or Unclear (a write) when it is none."""
        try:
            return orjson.loads(response.content)
        except orjson.JSONDecodeError:
            pass
        method = response.request.method if response.request is not None else None
        safe = method in ("GET", "HEAD") if call.safe is None else call.safe
        raise failure(self.system, Verdict(Fate.GARBLED, "The answer is broken JSON."), safe=safe)

    def session(self) -> requests.Session:
        """A session for vendor clients: its requests come through here, as the `Call` of `calling`."""
        return _Session(self)

    @contextmanager
    def calling(self, call: Call) -> Iterator[None]:
        """What the requests of `session()` are, inside this block and thread."""
        token = self._current.set(call)
        try:
            yield
        finally:
            self._current.reset(token)

    @property
    def current(self) -> Call | None:
        return self._current.get()

    # ------------------------------------------------------------ one attempt
    def _attempt(
        self, request: requests.Request, extra: Mapping[str, str], call: Call, safe: bool
    ) -> requests.Response:
        refreshed = False
        while True:
            sent = self._auth.headers() if self._auth else {}
            request.headers = {**self._headers, **extra, **sent}
            response, verdict = self._exchange(request, call)
            if verdict.fate is Fate.LOGIN and self._auth is not None and not refreshed:
                refreshed = True
                if self._auth.refresh(sent):
                    continue
            if response is not None and verdict.fate is Fate.ANSWER:
                return response
            raise failure(self.system, verdict, safe=safe)

    def _exchange(self, request: requests.Request, call: Call) -> tuple[requests.Response | None, Verdict]:
        """Send once: the response, and what it means; None when there was none."""
        self.budget.check(call.purpose)
        if self._limiter is not None:
            self._limiter.wait(call.lane)
        self.budget.spend(call.purpose)
        with self._lock:
            self._calls[call.label] += 1
        started = self._clock()
        try:
            response = self._send(request, started)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            verdict = without_answer(error)
            log.debug("%s %s: %s", self.system, call.label, verdict.sentence)
            return None, verdict
        log.debug("%s %s: %s", self.system, call.label, response.status_code)
        return response, self._read(response, call)

    def _send(self, request: requests.Request, started: float) -> requests.Response:
        prepared = self._session.prepare_request(request)
        self._require_origin(prepared.url or "")
        response = self._session.send(
            prepared,
            stream=True,
            timeout=(min(CONNECT, self.timeout), self.timeout),
            allow_redirects=False,
            verify=True,
        )
        response._content = self._body(response, started)  # requests has no public way in
        response._content_consumed = True  # type: ignore[attr-defined]
        return response

    def _body(self, response: requests.Response, started: float) -> bytes:
        """Read it as it comes, so that a body that drips cannot outlive the deadline."""
        if self._mounted:
            return response.content
        raw = response.raw
        chunks = []
        while chunk := raw.read1(CHUNK, decode_content=True):
            chunks.append(chunk)
            if self._clock() - started > self.timeout:
                response.close()
                raise requests.ReadTimeout
        raw.release_conn()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    def _read(self, response: requests.Response, call: Call) -> Verdict:
        seen = server_time(response)
        if seen is not None:
            self._seen = seen
        if self._observe is not None:
            self._observe(response)
        verdict = self._judge(response) if self._judge is not None else None
        if verdict is None:
            after = retry_after(response.headers.get("Retry-After"), seen or self.now())
            verdict = by_status(response.status_code, after)
        if verdict.fate is Fate.ANSWER and call.json and _is_html(response):
            return Verdict(Fate.GARBLED, "The answer is not JSON.", "Check the url.")
        return verdict

    def _require_origin(self, url: str) -> None:
        parts = urlsplit(url)
        if f"{parts.scheme}://{parts.netloc}" != self.origin:
            raise Unavailable(self.system, "A request to another address was refused.")


class _Session(requests.Session):
    """What a vendor client takes for its own session."""

    def __init__(self, transport: Transport) -> None:
        super().__init__()
        self.trust_env = False
        self._transport = transport

    def request(  # type: ignore[override]
        self,
        method: str,
        url: str,
        *,
        params: Any = None,
        data: Any = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        **_ignored: Any,
    ) -> requests.Response:
        """Timeouts, redirects, proxies and the like are the transport's, never the caller's."""
        call = self._transport.current
        if call is None:
            raise RuntimeError("say what the call is: with transport.calling(Call(…))")
        return self._transport.request(method.upper(), url, call, params=params, data=data, json=json, headers=headers)


def encode(body: Any) -> bytes:
    """JSON bytes; a lone surrogate, which UTF-8 cannot hold, goes out as its escape."""
    try:
        return orjson.dumps(body)
    except TypeError:
        return json.dumps(body, allow_nan=False).encode("ascii")


def server_time(response: requests.Response) -> datetime | None:
    """The server's clock: the Date header, whole seconds; None when it is missing or garbage."""
    try:
        return parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError, IndexError):
        return None


def without_answer(error: Exception) -> Verdict:
    """What it means when there was no answer: never sent, refused by TLS, or nobody knows."""
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    if isinstance(error, requests.exceptions.SSLError):
        inner = reason.args[0] if isinstance(reason, Exception) and reason.args else None
        if isinstance(inner, SSLCertVerificationError):
            return Verdict(Fate.USELESS, "The server's certificate is not trusted.")
        return Verdict(Fate.AMBIGUOUS, "The encrypted connection broke.")
    if isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError | ConnectTimeoutError):
        fix = "Look whether the url in the config is right and this machine can reach it."
        return Verdict(Fate.REFUSED, "No connection could be made.", fix)
    if isinstance(error, requests.exceptions.InvalidHeader):
        return Verdict(Fate.LOGIN, "The credentials hold characters that no header may have.")
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return Verdict(Fate.AMBIGUOUS, "The answer did not come in time.")
    return Verdict(Fate.AMBIGUOUS, "The connection broke before the answer was complete.")


def _is_html(response: requests.Response) -> bool:
    """A 2xx with a body that does not say it is JSON: a proxy's or a maintenance page."""
    if not 200 <= response.status_code < 300 or not response.content:
        return False
    kind = response.headers.get("Content-Type", "").partition(";")[0]
    return not kind.strip().lower().endswith("json")
