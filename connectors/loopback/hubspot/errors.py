"""HubSpot's error bodies, one constructor per case of the fact sheet (§1.4, §2.4, §7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import orjson

SCOPES_URL = "https://developers.hubspot.com/scopes"


class ApiError(Exception):
    """An answer other than success. The envelope's keys come in the captured order:

    status, message, correlationId, [errors], [context], [links], category, [subCategory].
    """

    def __init__(
        self,
        status: int,
        message: str,
        category: str | None = None,
        *,
        sub_category: str | None = None,
        errors: Sequence[Mapping[str, Any]] | None = None,
        context: Mapping[str, Sequence[str]] | None = None,
        links: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.category = category
        self.sub_category = sub_category
        self.errors = errors
        self.context = context
        self.links = links
        self.headers = dict(headers or {})

    def body(self, correlation_id: str) -> dict[str, Any]:
        envelope: dict[str, Any] = {
            "status": "error",
            "message": self.message,
            "correlationId": correlation_id,
            "errors": self.errors,
            "context": self.context,
            "links": self.links,
            "category": self.category,
            "subCategory": self.sub_category,
        }
        return {key: value for key, value in envelope.items() if value is not None}

    def entry(self, context: Mapping[str, Sequence[str]] | None = None) -> dict[str, Any]:
        """The same as an entry of a 207's ``errors``: no correlationId, no links [R:amp-labs]."""
        entry: dict[str, Any] = {"status": "error", "category": self.category}
        if self.sub_category:
            entry["subCategory"] = self.sub_category
        entry["message"] = self.message
        merged = {**(context or {}), **(self.context or {})}
        if merged:
            entry["context"] = merged
        return entry


class RateLimited(ApiError):
    """A 429; its body differs with the limit that was hit."""

    def __init__(self, message: str, extra: Mapping[str, Any], retry_after: int | None) -> None:
        headers = {} if retry_after is None else {"Retry-After": str(retry_after)}
        super().__init__(429, message, headers=headers)
        self.extra = extra

    def body(self, correlation_id: str) -> dict[str, Any]:
        body = {"status": "error", "message": self.message}
        if "errorType" in self.extra:
            body["errorType"] = self.extra["errorType"]
        body["correlationId"] = correlation_id
        body.update({k: v for k, v in self.extra.items() if k != "errorType"})
        return body


def validation(message: str, **more: Any) -> ApiError:
    return ApiError(400, message, "VALIDATION_ERROR", **more)


def not_set(key: str) -> ApiError:
    return validation(f"Some required fields were not set: [{key}]")


def required(body: Mapping[str, Any], key: str) -> str:
    """A text of a body; 400 when it is missing or empty."""
    text = str(body.get(key) or "")
    if not text:
        raise not_set(key)
    return text


def read_only(kind: str, status: int) -> ApiError:
    """A write to records that no application writes [D:feedback-submissions]; no capture shows the answer."""
    category = {400: "VALIDATION_ERROR", 403: "MISSING_SCOPES"}.get(status)
    return ApiError(status, f"{kind} are read-only: they cannot be created, updated or deleted", category)


def bad_input(message: str) -> ApiError:
    """A body or parameter that does not parse: no category, as for a bad cursor."""
    return ApiError(400, f"Invalid input JSON on line 1, column 2: {message}")


def invalid_properties(problems: Iterable[PropertyProblem], portal_id: int | None) -> ApiError:
    """Several bad values in one message with an embedded JSON array [R:amp-labs/batch].

    One entry per bad property per record, repeated, without any record identifier. The single
    endpoints add ``localizedErrorMessage`` and ``portalId`` [D:errors]; pass None for the
    batch form, which has neither.
    """
    found = list(problems)
    embedded = orjson.dumps([p.embedded(portal_id) for p in found]).decode()
    return validation(
        f"Property values were not valid: {embedded}",
        errors=[p.detail() for p in found],
    )


class PropertyProblem(Exception):
    """One property value HubSpot refuses; ``code`` as in §7.2."""

    def __init__(self, name: str, code: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.code = code
        self.message = message

    def embedded(self, portal_id: int | None) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "isValid": False,
            "message": self.message,
            "error": self.code,
            "name": self.name,
        }
        if portal_id is not None:
            entry |= {"localizedErrorMessage": self.message, "portalId": portal_id}
        return entry

    def detail(self) -> dict[str, Any]:
        return {
            "message": self.message,
            "code": self.code,
            "context": {"propertyName": [self.name]},
        }


def not_found_numeric() -> ApiError:
    return ApiError(404, "resource not found")


def not_found_id(text: str) -> ApiError:
    """For an id that is no number; the two spaces are HubSpot's."""
    return ApiError(
        404,
        "Object not found.  objectId are usually numeric.",
        "OBJECT_NOT_FOUND",
        context={"id": [text]},
    )


def unknown_object_type(name: str) -> ApiError:
    """[R:amp-labs/search/error-invalid-object.json]; it has no category."""
    return ApiError(400, f"Unable to infer object type from: {name}")


def no_route(method: str, path: str, status: int = 404) -> ApiError:
    """A path or method that is not emulated: said clearly, never guessed."""
    return ApiError(status, f"The loopback HubSpot does not emulate {method} {path}.")


def not_emulated(what: str) -> ApiError:
    return ApiError(501, f"The loopback HubSpot does not emulate {what}.")


def conflict(kind: str, existing_id: int | None) -> ApiError:
    """409; only a single create (and a traced batch entry) names the existing id (§7.3)."""
    suffix = "" if existing_id is None else f". Existing ID: {existing_id}"
    return ApiError(409, f"{kind} already exists{suffix}", "CONFLICT")


def missing_scopes(scopes: Sequence[str], *, flat: bool) -> ApiError:
    """The two 403 shapes of §1.4: nested under ``errors`` [D:objects], or flat [R:amp-labs]."""
    reason = "One or more of the following scopes are required."
    if flat:
        return ApiError(
            403,
            reason,
            "MISSING_SCOPES",
            context={"requiredGranularScopes": list(scopes), "links": [SCOPES_URL]},
        )
    return ApiError(
        403,
        "This app hasn't been granted all required scopes to make this call. "
        f"Read more about required scopes here: {SCOPES_URL}.",
        "MISSING_SCOPES",
        errors=[{"message": reason, "context": {"requiredGranularScopes": list(scopes)}}],
        links={"scopes": SCOPES_URL},
    )


def some_not_found(kind: str, ids: Sequence[str]) -> ApiError:
    """Of its kind there is one entry in a 207, with every id a batch did not find [R:amp-labs]."""
    message = f"Could not get some {kind.upper()} objects, they may be deleted or not exist. Check that ids are valid."
    return ApiError(404, message, "OBJECT_NOT_FOUND", context={"ids": list(ids)})


def duplicate_ids(ids: Sequence[str]) -> ApiError:
    return validation(
        f"Duplicate IDs found in batch input: [{', '.join(ids)}]. IDs must be unique",
        context={"ids": list(ids)},
    )
