"""``FIND {text} IN … FIELDS RETURNING Lead(Id, Name WHERE … ORDER BY … LIMIT n OFFSET n), … LIMIT n``."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from connectors.loopback.salesforce.errors import not_emulated
from connectors.loopback.salesforce.soql.errors import SoqlError, lexical
from connectors.loopback.salesforce.soql.lexer import tokenize
from connectors.loopback.salesforce.soql.nodes import Path, Query, Selected
from connectors.loopback.salesforce.soql.parser import MAX_STATEMENT, Parser
from connectors.loopback.salesforce.sosl import expression
from connectors.loopback.salesforce.sosl.expression import Expression

MAX_ROWS = 2_000
MAX_OFFSET = 2_000
_CODE = "MALFORMED_SEARCH"
GROUPS = ("ALL", "NAME", "EMAIL", "PHONE", "SIDEBAR")
_FIND = re.compile(r"\s*FIND\s*\{", re.IGNORECASE)


@dataclass
class Search:
    """``returning``: a query per object; none searches every searchable object for its ids."""

    wanted: Expression | None
    group: str = "ALL"
    returning: list[Query] = field(default_factory=list)
    limit: int = MAX_ROWS


def parse(statement: str) -> Search:
    """Raises SoqlError MALFORMED_SEARCH or INVALID_SEARCH, ApiError 501."""
    if len(statement) > MAX_STATEMENT:
        raise _malformed(f"SOSL statements cannot be longer than {MAX_STATEMENT} characters.")
    start = _FIND.match(statement)
    end = _closing_brace(statement, start.end()) if start else None
    if start is None or end is None:
        raise _malformed("No search term found. The search term must be enclosed in braces.")
    text = statement[start.end() : end]
    reserved = expression.reserved_at(text)
    if reserved is not None:
        at = start.end() + reserved
        raise lexical(statement, at, f"mismatched character '{statement[at]}' expecting '}}'", _CODE)
    if not expression.is_complete(text):
        raise lexical(statement, end, "mismatched character '}' expecting '\"'", _CODE)
    try:
        clauses = _Clauses(tokenize(" " * (end + 1) + statement[end + 1 :]))
        return clauses.search(term(text, expression.parse(text)))
    except SoqlError as error:
        if error.code == "MALFORMED_QUERY":
            error.code = _CODE
        raise


def term(text: str, parsed: Expression | None) -> Expression | None:
    """Raises INVALID_SEARCH for a text too short. A very long one finds nothing (SOSL reference)."""
    if len(re.sub(r"[\s*?\"()]", "", text)) < 2:
        raise SoqlError("INVALID_SEARCH", f"search term must be longer than one character: {text}")
    return parsed if len(text) <= 10_000 else None


class _Clauses(Parser):
    """What follows the search term."""

    def search(self, wanted: Expression | None) -> Search:
        found = Search(wanted)
        if self.accept("IN"):
            if self.token.word not in GROUPS:
                self._bad_token()
            found.group = self.take().word
            if not self.accept("FIELDS"):
                self._bad_token()
        if self.accept("RETURNING"):
            found.returning.append(self._returned())
            while self.accept_mark(","):
                found.returning.append(self._returned())
        if self.token.word in ("WITH", "UPDATE", "USING"):
            raise not_emulated(f"{self.token.word} in a search")
        if self.accept("LIMIT"):
            found.limit = min(self.count(), MAX_ROWS)
        if self.token.kind != "end":
            self._bad_token()
        offsets = [query for query in found.returning if query.offset is not None]
        if offsets and len(found.returning) > 1:
            raise _malformed("OFFSET can be used only when querying a single object")
        return found

    def _returned(self) -> Query:
        query = Query(source=self.path())
        if not self.accept_mark("("):
            query.select = [_ID]
            return query
        query.select = [self.selected()]
        while self.accept_mark(","):
            query.select.append(self.selected())
        if self.sees("USING"):
            raise not_emulated("USING in a search")
        if self.accept("WHERE"):
            query.where = self.condition()
        self.finish(query)
        self.expect_mark(")")
        return query

    def finish(self, query: Query) -> None:
        try:
            super().finish(query)
        except SoqlError as error:
            if error.code == "NUMBER_OUTSIDE_VALID_RANGE":
                raise _malformed(f"SOSL offset should be between 0 to {MAX_OFFSET}") from None
            raise

    def _bad_token(self) -> None:
        # Recorded with the column counted from 0 (an issue of force-rest-api).
        text = f"Malformed search token: {self.token.text}"
        raise SoqlError(_CODE, text, max(self.token.at - 1, 0))


_ID = Selected(Path(("Id",), 0))


def ids_of(sobject: str) -> Query:
    return Query(source=Path((sobject,), 0), select=[_ID])


def _closing_brace(statement: str, at: int) -> int | None:
    while at < len(statement):
        if statement[at] == "\\":
            at += 1
        elif statement[at] == "}":
            return at
        at += 1
    return None


def _malformed(message: str) -> SoqlError:
    return SoqlError(_CODE, message)
