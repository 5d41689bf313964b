"""The error bodies of the REST API [sheet 9.1]."""

from __future__ import annotations

from typing import Any

NOT_FOUND_TEXT = "The requested resource does not exist"


class ApiError(Exception):
    """A whole request that fails: ``status`` and a body, usually an array of one error."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(f"{status} {body}")
        self.status = status
        self.body = body

    @classmethod
    def of(cls, status: int, code: str, message: str, **extra: Any) -> ApiError:
        return cls(status, [{"message": message, "errorCode": code, **extra}])


def not_found() -> ApiError:
    """The platform's own 404; its keys come in the other order [R:grouparoo/errors]."""
    return ApiError(404, [{"errorCode": "NOT_FOUND", "message": NOT_FOUND_TEXT}])


def no_such_external_id(name: str) -> ApiError:
    message = f"Provided external ID field does not exist or is not accessible: {name}"
    return ApiError.of(404, "NOT_FOUND", message)  # [R:restforce/upsert_error_response]


def api_disabled() -> ApiError:
    """What an org without the API, and a user without API Enabled, are told
    [restforce#219, Force.com-Toolkit-for-NET#150]."""
    return ApiError.of(403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization.")


def not_emulated(what: str) -> ApiError:
    """501 with a plain sentence: no real answer is imitated."""
    return ApiError.of(501, "NOT_EMULATED", f"The loopback Salesforce does not emulate {what}.")


class RecordError(Exception):
    """One record that cannot be saved.

    On a single-record resource it is the whole answer (``status``); inside a collection it is
    that row's ``errors`` entry. ``fields`` None: no such key in a whole answer, none named in a row. ``detail`` is
    the ``duplicateResut`` object, sent only by single-record resources [sheet 0.4].
    """

    def __init__(
        self,
        code: str,
        message: str,
        fields: list[str] | tuple[str, ...] | None = (),
        *,
        status: int = 400,
        detail: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.fields = None if fields is None else list(fields)
        self.status = status
        self.detail = detail

    def as_row_error(self) -> dict[str, Any]:
        return {"statusCode": self.code, "message": self.message, "fields": self.fields or []}

    def as_api_error(self) -> ApiError:
        if self.detail is not None:
            # No "fields" key here, and the misspelt one first [R:errors/error-bodies].
            body = {
                "duplicateResut": self.detail,
                "errorCode": self.code,
                "message": self.message,
            }
            return ApiError(self.status, [body])
        extra = {} if self.fields is None else {"fields": self.fields}
        return ApiError.of(self.status, self.code, self.message, **extra)


class MultipleChoices(Exception):
    """An external id that several records carry: HTTP 300 with their URLs."""

    def __init__(self, sobject: str, ids: list[str]) -> None:
        super().__init__(f"{len(ids)} {sobject} records")
        self.sobject = sobject
        self.ids = ids

    def as_row_error(self, key: str) -> RecordError:
        """What it is inside a collection or a bulk job; ``key`` is the external id's field."""
        text = f"{key}: more than one record found for external id field: [{', '.join(self.ids)}]"
        return RecordError("DUPLICATE_EXTERNAL_ID", text, [key])
