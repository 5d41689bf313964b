"""What a refused query says: a line of the statement, a caret, the place, the sentence."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from connectors.loopback.salesforce.errors import ApiError

_CUSTOM_FIELD_HINT = (
    " If you are attempting to use a custom field, be sure to append the '__c' after the custom "
    "field name. Please reference your WSDL or the describe call for the appropriate names."
)
_CUSTOM_ENTITY_HINT = (
    " If you are attempting to use a custom object, be sure to append the '__c' after the entity "
    "name. Please reference your WSDL or the describe call for the appropriate names."
)
_CUSTOM_RELATION_HINT = (
    " If you are attempting to use a custom relationship, be sure to append the '__r' after the "
    "custom relationship name. Please reference your WSDL or the describe call for the "
    "appropriate names."
)
# A long statement is shown in part; how much is UNCONFIRMED (one recording: 48 before).
_WINDOW = 48
_LIMIT_OF_SQLITE = re.compile("too (?:large|many)|at most|overflow")


class SoqlError(Exception):
    """``at`` is the 0-based offset in the statement; None leaves the place out."""

    def __init__(self, code: str, message: str, at: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.at = at

    def as_api_error(self, statement: str) -> ApiError:
        """Layout and leading newline as recorded [R:cumulusci/TestCountSObjects errors]."""
        if self.at is None:
            return ApiError.of(400, self.code, self.message)
        row = statement.count("\n", 0, self.at) + 1
        line_start = statement.rfind("\n", 0, self.at) + 1
        line = statement[line_start:].split("\n", 1)[0]
        column = self.at - line_start
        first = max(0, column - _WINDOW)
        shown = line[first : column + _WINDOW]
        text = f"\n{shown}\n{' ' * (column - first)}^\nERROR at Row:{row}:Column:{column + 1}\n{self.message}"
        return ApiError.of(400, self.code, text)


def malformed(message: str, at: int | None = None) -> SoqlError:
    return SoqlError("MALFORMED_QUERY", message, at)


def too_complicated(at: int | None = None) -> SoqlError:
    """The code is one of the sheet's [sheet 6], what is too much is UNCONFIRMED."""
    message = "Query is either selecting too many fields or the filter conditions are too complicated."
    return SoqlError("QUERY_TOO_COMPLICATED", message, at)


@contextmanager
def within_limits() -> Iterator[None]:
    """Around the execution of a statement: one that is too much for SQLite raises SoqlError."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if not _LIMIT_OF_SQLITE.search(str(error)):
            raise
        raise too_complicated() from None


def unexpected(token: str, at: int) -> SoqlError:
    return malformed(f"unexpected token: '{token}'", at)


def lexical(statement: str, at: int, sentence: str, code: str = "MALFORMED_QUERY") -> SoqlError:
    """``line 1:15 …``: the tokenizer counts columns from 0, so the caret stands one before."""
    row = statement.count("\n", 0, at) + 1
    column = at - statement.rfind("\n", 0, at) - 1
    return SoqlError(code, f"line {row}:{column} {sentence}", max(at - 1, 0))


def unknown_character(statement: str, at: int) -> SoqlError:
    """``line 1:15 unexpected token: '$'`` [release notes Winter '25]."""
    return lexical(statement, at, f"unexpected token: '{statement[at]}'")


def no_such_column(name: str, entity: str, at: int) -> SoqlError:
    text = f"No such column '{name}' on entity '{entity}'.{_CUSTOM_FIELD_HINT}"
    return SoqlError("INVALID_FIELD", text, at)


def no_such_object(name: str, at: int) -> SoqlError:
    text = f"sObject type '{name}' is not supported.{_CUSTOM_ENTITY_HINT}"
    return SoqlError("INVALID_TYPE", text, at)


def no_such_parent(name: str, at: int) -> SoqlError:
    text = f"Didn't understand relationship '{name}' in field path.{_CUSTOM_RELATION_HINT}"
    return SoqlError("INVALID_FIELD", text, at)


def no_such_child(name: str, at: int) -> SoqlError:
    text = f"Didn't understand relationship '{name}' in FROM part of query call.{_CUSTOM_RELATION_HINT}"
    return SoqlError("INVALID_TYPE", text, at)
