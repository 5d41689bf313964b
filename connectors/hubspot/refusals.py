"""What HubSpot's answers mean [hubspot.md 1.4, 2.4, 2.5, 7]: their codes and names, never their texts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson
import requests

from connectors.transport import Fate, Verdict, retry_after, server_time
from syncd.core.errors import Unauthorized, Unavailable

SYSTEM = "hubspot"

_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,80}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_SCOPE = re.compile(r"[a-z][a-z0-9_.-]{0,80}")
_CORRELATION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EXISTING = re.compile(r"Existing ID: (\d+)")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One error: of a whole answer, or one entry of a 207.

    flaws     (code, property) pairs of a validation error, one for each bad value of each record
    ids       record ids that it names; `traces` our own objectWriteTraceIds
    existing  id of the record that holds the unique value already
    """

    status: int
    category: str = ""
    flaws: tuple[tuple[str, str], ...] = ()
    ids: tuple[str, ...] = ()
    traces: tuple[str, ...] = ()
    existing: str = ""
    correlation: str = ""

    @property
    def code(self) -> str:
        return self.flaws[0][0] if self.flaws else self.category

    def __str__(self) -> str:
        what = ", ".join(f"{code} on {name}" if name else code for code, name in self.flaws[:3])
        parts = [what or self.category or f"status {self.status}"]
        if self.correlation:
            parts.append(f"correlation id {self.correlation}")
        return "; ".join(parts)


class Refused(Unavailable):
    """A 4xx about the request itself: for a read this system cannot be used as it is."""

    def __init__(self, label: str, refusal: Refusal) -> None:
        self.refusal = refusal
        fix = ""
        if refusal.status == 404:
            fix = 'If this lasts, check `version` under [hubspot]: "2026-09", or "v3".'
        super().__init__(SYSTEM, f"{label} was refused ({refusal}).", fix=fix)


def of_response(response: requests.Response) -> Refusal:
    """The refusal in the body of a 4xx; bodies are not always JSON."""
    return of_entry(json_object(response), response.status_code)


def of_entry(entry: Mapping[str, Any], status: int = 207) -> Refusal:
    """The refusal in one error object: a whole body, or an entry of `errors` in a 207."""
    context = entry.get("context")
    context = context if isinstance(context, dict) else {}
    text = str(entry.get("message", ""))
    existing = _texts(context, "existingId")
    found = _EXISTING.search(text)
    return Refusal(
        status=status,
        category=_only(_CODE, entry.get("category")),
        flaws=tuple(_flaws(entry, text)),
        ids=_texts(context, "ids", "id", "fromObjectId", "toObjectId"),
        traces=_texts(context, "objectWriteTraceId"),
        existing=existing[0] if existing else found.group(1) if found else "",
        correlation=_only(_CORRELATION, entry.get("correlationId")),
    )


class Forbidden(Unauthorized):
    """The token is good and does not allow this (403): other calls may still work."""


def forbidden(response: requests.Response) -> Forbidden:
    """A 403, with the scopes that would do."""
    scopes = required_scopes(response)
    if not scopes:
        return Forbidden(SYSTEM, "The token does not allow this.", fix="Check its scopes.")
    fix = "Grant it to the service key or private app."
    return Forbidden(SYSTEM, f"The token lacks a scope: {' or '.join(scopes)}.", fix=fix)


def judge(
    response: requests.Response, *, until_reset: Callable[[], float], pause: Callable[[str, float], None]
) -> Verdict | None:
    """HubSpot's reading of 401, 403 and 429; the common table for everything else.

    `until_reset` is seconds until the daily limit starts anew; `pause(lane, seconds)` holds the limiter.
    """
    match response.status_code:
        case 401:
            expired = json_object(response).get("category") == "EXPIRED_AUTHENTICATION"
            what = "has expired" if expired else "was refused"
            return Verdict(Fate.LOGIN, f"The access token {what}.", "Put a valid one where `token` names it.")
        case 403:
            return Verdict(Fate.ANSWER)  # `Api` makes it a Forbidden
        case 429:
            return _too_many(response, until_reset, pause)
        case _:
            return None


def _too_many(
    response: requests.Response, until_reset: Callable[[], float], pause: Callable[[str, float], None]
) -> Verdict:
    body = json_object(response)
    policy = f"{body.get('policyName', '')} {body.get('message', '')}".lower()
    seen = server_time(response)
    asked = retry_after(response.headers.get("Retry-After"), seen) if seen else None
    search = (response.request.url or "").partition("?")[0].endswith("/search")
    if "daily" in policy:
        after = asked if asked is not None else until_reset()
        return Verdict(Fate.REFUSED, "The daily API limit of the account is reached.", after=after)
    after = asked if asked is not None else 1.0 if search else 10.0
    pause("search" if search else "general", after)
    return Verdict(Fate.REFUSED, "The rate limit of the account is reached.", after=after)


def required_scopes(response: requests.Response) -> tuple[str, ...]:
    """`requiredGranularScopes` from both places where a 403 may have them; any one of them will do."""
    body = json_object(response)
    contexts = [place.get("context") for place in (body, *_objects(body.get("errors")))]
    found = [s for c in contexts if isinstance(c, dict) for s in _texts(c, "requiredGranularScopes")]
    return tuple(dict.fromkeys(scope for scope in found if _SCOPE.fullmatch(scope)))


def json_object(response: requests.Response) -> dict[str, Any]:
    """The body if it is a JSON object, else an empty one."""
    try:
        body = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def _flaws(entry: Mapping[str, Any], text: str) -> Iterator[tuple[str, str]]:
    """From `errors[]`; older answers have them only as JSON inside the message [hubspot.md 7.2]."""
    details = _objects(entry.get("errors"))
    for detail in details:
        context = detail.get("context")
        names = _texts(context, "propertyName") if isinstance(context, dict) else ()
        yield _only(_CODE, detail.get("code")), _only(_NAME, names[0] if names else "")
    if details:
        return
    start, end = text.find("[{"), text.rfind("}]")
    if start < 0 or end < start:
        return
    try:
        embedded = orjson.loads(text[start : end + 2])
    except orjson.JSONDecodeError:
        return
    for detail in _objects(embedded):
        yield _only(_CODE, detail.get("error")), _only(_NAME, detail.get("name"))


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _texts(context: Mapping[str, Any], *names: str) -> tuple[str, ...]:
    found: list[str] = []
    for name in names:
        value = context.get(name)
        found += [str(v) for v in value] if isinstance(value, list) else [str(value)] if value else []
    return tuple(found)


def _only(shape: re.Pattern[str], value: Any) -> str:
    """A code, a property name or a correlation id; what looks otherwise could be somebody's data, or a token."""
    return value if isinstance(value, str) and shape.fullmatch(value) else ""
