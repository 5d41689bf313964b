"""What SOQL and SOSL statements are read with: tokens, names, literals and conditions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

from connectors.loopback.salesforce import values
from connectors.loopback.salesforce.errors import not_emulated
from connectors.loopback.salesforce.soql.errors import SoqlError, malformed, too_complicated, unexpected
from connectors.loopback.salesforce.soql.lexer import Token
from connectors.loopback.salesforce.soql.nodes import (
    Both,
    Call,
    Compare,
    Condition,
    Literal,
    Negated,
    Operand,
    Ordering,
    Path,
    Query,
    Within,
)

_UNITS = ("WEEK", "MONTH", "QUARTER", "YEAR", "FISCAL_QUARTER", "FISCAL_YEAR")
DATE_LITERALS = {
    "YESTERDAY", "TODAY", "TOMORROW", "LAST_90_DAYS", "NEXT_90_DAYS",
    *(f"{which}_{unit}" for unit in _UNITS for which in ("LAST", "THIS", "NEXT")),
}  # fmt: skip
DATE_LITERALS_N = {
    "LAST_N_DAYS", "NEXT_N_DAYS", "N_DAYS_AGO",
    *(f"{which}_N_{unit}S" for unit in _UNITS for which in ("LAST", "NEXT")),
    *(f"N_{unit}S_AGO" for unit in _UNITS),
}  # fmt: skip
_COMPARISONS = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_MAX_FUNCTIONS = 2
# How deep parentheses and NOTs nest; UNCONFIRMED.
_MAX_DEPTH = 100
_LARGEST = Decimal(2**63 - 1)
_CURRENCY = re.compile(r"([A-Za-z]{3})(\d*)", re.ASCII)


class TokenStream:
    """A reader of one statement's tokens. Every method raises SoqlError MALFORMED_QUERY."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0

    @property
    def token(self) -> Token:
        return self._tokens[self._next]

    def take(self) -> Token:
        token = self.token
        if token.kind != "end":
            self._next += 1
        return token

    def sees(self, *words: str) -> bool:
        """Whether these keywords come next, all of them."""
        return [token.word for token in self._tokens[self._next : self._next + len(words)]] == list(words)

    def accept(self, *words: str) -> bool:
        """Take these keywords when they come next."""
        seen = self.sees(*words)
        if seen:
            self._next += len(words)
        return seen

    def expect(self, word: str) -> None:
        if not self.accept(word):
            raise self.refusal()

    def sees_mark(self, mark: str) -> bool:
        return self.token.kind == "mark" and self.token.text == mark

    def accept_mark(self, mark: str) -> bool:
        seen = self.sees_mark(mark)
        if seen:
            self._next += 1
        return seen

    def expect_mark(self, mark: str) -> None:
        if not self.accept_mark(mark):
            raise self.refusal()

    def refusal(self) -> SoqlError:
        """To be raised: the next token does not belong here."""
        return unexpected(self.token.text, self.token.at)

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise self.refusal()

    # Names and operands

    def name(self) -> Token:
        if self.token.kind != "name" or self.token.word in ("FROM", "WHERE", "SELECT"):
            raise self.refusal()
        return self.take()

    def path(self) -> Path:
        token = self.name()
        return Path(tuple(token.text.split(".")), token.at)

    def operand(self, depth: int = 0) -> Operand:
        """A field or a function of one; functions nest twice [release notes Winter '25]."""
        path = self.path()
        if depth == _MAX_FUNCTIONS or not self.accept_mark("("):
            return path
        name = path.text.upper()
        if name in ("DISTANCE", "GEOLOCATION"):
            raise not_emulated(f"{path.text}()")
        argument = None if self.sees_mark(")") else self.operand(depth + 1)
        self.expect_mark(")")
        return Call(name, argument, path.at, path.text)

    def count(self) -> int:
        if self.token.kind != "number" or not self.token.text.isdigit():
            raise self.refusal()
        return _integer(self.take().text)

    def orderings(self) -> list[Ordering]:
        """What follows ORDER BY."""
        found = [self._ordering()]
        while self.accept_mark(","):
            found.append(self._ordering())
        return found

    def _ordering(self) -> Ordering:
        what = self.operand()
        descending = self.accept("DESC")
        if not descending:
            self.accept("ASC")
        nulls_last = False
        if self.accept("NULLS"):
            nulls_last = self.accept("LAST")
            if not nulls_last:
                self.expect("FIRST")
        return Ordering(what, descending, nulls_last)

    # Conditions

    def condition(self) -> Condition:
        """Terms joined by AND, or by OR; mixing them takes parentheses."""
        terms = [self._term()]
        joint = self.token.word
        if joint not in ("AND", "OR"):
            return terms[0]
        while self.accept(joint):
            terms.append(self._term())
        return Both(tuple(terms), either=joint == "OR")

    def _term(self) -> Condition:
        at = self.token.at
        if self.accept("NOT"):
            with self._deeper(at):
                return Negated(self._term())
        if self.accept_mark("("):
            with self._deeper(at):
                inside = self.condition()
            self.expect_mark(")")
            return inside
        operand = self.operand()
        at = self.token.at
        if self.token.kind == "operator":
            return Compare(operand, _COMPARISONS[self.take().text], self._literal(), at)
        if self.accept("LIKE"):
            if self.token.kind != "string":
                raise self.refusal()
            return Compare(operand, "LIKE", self._literal(), at)
        for operator in ("IN", "NOT IN", "INCLUDES", "EXCLUDES"):
            if self.accept(*operator.split()):
                return Within(operand, operator, self._options(operand, operator), at)
        raise self.refusal()

    @contextmanager
    def _deeper(self, at: int) -> Iterator[None]:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise too_complicated(at)
        yield
        self._depth -= 1

    def _options(self, operand: Operand, operator: str) -> tuple[Literal, ...] | Query:
        self.expect_mark("(")
        if self.sees("SELECT"):
            query = self.query(nested=True)
            self.expect_mark(")")
            return query
        if self.sees_mark(")"):
            # The whole comparison is named since Winter '25 [release notes].
            written = operand.text if isinstance(operand, Path) else operand.written
            raise unexpected(f"{written} {operator} ()", operand.at)
        options = [self._literal()]
        while self.accept_mark(","):
            options.append(self._literal())
        self.expect_mark(")")
        return tuple(options)

    def query(self, *, nested: bool = False) -> Query:
        """A SELECT statement inside this one."""
        raise self.refusal()

    def _literal(self) -> Literal:
        token = self.token
        word = token.word
        if token.kind == "date":
            if values.parse_date(token.text) is None:
                raise malformed(f"Invalid date: {token.text}", token.at)
            value: object = token.text
        elif token.kind in ("string", "datetime"):
            value = token.text
        elif token.kind == "number":
            value = _number(token.text)
        elif word in ("TRUE", "FALSE"):
            return self._taken("boolean", word == "TRUE")
        elif word == "NULL":
            return self._taken("null", None)
        elif word in DATE_LITERALS:
            return self._taken("range", (word, 0))
        elif word in DATE_LITERALS_N:
            self.take()
            self.expect_mark(":")
            return Literal("range", (word, self.count()), token.at)
        else:
            return self._currency()
        return self._taken(token.kind, value)

    def _taken(self, kind: str, value: object) -> Literal:
        return Literal(kind, value, self.take().at)

    def _currency(self) -> Literal:
        """``USD5000``, ``USD5000.50``, ``USD-500``: a code and a number without space between."""
        token = self.token
        found = _CURRENCY.fullmatch(token.text) if token.kind == "name" else None
        if found is None:
            raise self.refusal()
        self.take()
        digits, rest = found[2], self.token
        if rest.kind == "number" and rest.at == token.at + len(token.text):
            digits += self.take().text
        if not digits or not re.fullmatch(r"-?\d+(\.\d*)?", digits):
            raise unexpected(token.text, token.at)
        return Literal("currency", (found[1].upper(), float(digits)), token.at)


def _number(text: str) -> int | float:
    return float(text) if re.search(r"[.eE]", text) else _integer(text)


def _integer(text: str) -> int:
    """Beyond a Long the largest or the smallest one."""
    return round(min(max(Decimal(text), -_LARGEST), _LARGEST))
