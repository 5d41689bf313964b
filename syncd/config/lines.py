"""Where each key of a TOML document stands: `tomllib` gives values without lines, this gives lines without values.

It reads only documents that `tomllib` has accepted, so it need not judge the syntax, only follow it.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

Where = tuple[str | int, ...]
"""A place in a document: keys and array indexes from the top, ("route", "territory", 0, "owners")."""

_TOKEN = re.compile(
    r"""
      (?P<space> [ \t\r\n]+ | \#[^\n]* )
    | (?P<string> \"{3} (?: \\. | [^\\] )*? \"{3,5} | '{3} .*? '{3,5}
                | \" (?: \\. | [^"\\\n] )* \" | ' [^'\n]* ' )
    | (?P<mark> [\[\]{}=,.] )
    | (?P<bare> [^\s\[\]{}=,."'\#]+ )
    """,
    re.VERBOSE | re.DOTALL,
)


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Lines:
    """Line numbers (from 1) by place."""

    known: Mapping[Where, int]

    def of(self, where: Where) -> int:
        """The line of this place, or of the nearest table around it when it is not written down."""
        for end in range(len(where), 0, -1):
            if (line := self.known.get(where[:end])) is not None:
                return line
        return 1


def scan(text: str) -> Lines:
    """The lines of all keys, tables and array items of a valid TOML document."""
    return Lines(_Scanner(text).document())


class _Scanner:
    def __init__(self, text: str) -> None:
        self.tokens = list(_tokens(text.replace("\r\n", "\n")))
        self.at = 0
        self.known: dict[Where, int] = {}
        self.items: dict[Where, int] = {}  # arrays of tables → how many have been opened

    def document(self) -> dict[Where, int]:
        table: Where = ()
        while self.at < len(self.tokens):
            if self._peek() == "[":
                table = self._header()
            else:
                self._pair(table)
        return self.known

    def _header(self) -> Where:
        line = self._next().line
        array = self._peek() == "["
        if array:
            self._next()
        *parents, last = self._key()
        for _ in range(2 if array else 1):
            self._next()
        table: Where = ()
        for part in parents:
            table = self._enter((*table, part), line)
        table = (*table, last)
        if not array:
            return self._enter(table, line)
        self.known.setdefault(table, line)
        self.items[table] = self.items.get(table, 0) + 1
        return self._enter(table, line)

    def _enter(self, table: Where, line: int) -> Where:
        """A table named in a header; the name of an array of tables means its latest item."""
        self.known.setdefault(table, line)
        if table in self.items:
            table = (*table, self.items[table] - 1)
            self.known.setdefault(table, line)
        return table

    def _pair(self, table: Where) -> None:
        line = self.tokens[self.at].line
        place = table
        for part in self._key():
            place = (*place, part)
            self.known.setdefault(place, line)
        self._next()  # =
        self._value(place)

    def _value(self, place: Where) -> None:
        opening = self._peek()
        if opening == "[":
            self._next()
            index = 0
            while self._peek() != "]":
                self.known[(*place, index)] = self.tokens[self.at].line
                self._value((*place, index))
                index += 1
                self._skip(",")
            self._next()
        elif opening == "{":
            self._next()
            while self._peek() != "}":
                self._pair(place)
                self._skip(",")
            self._next()
        else:
            self._scalar()

    def _scalar(self) -> None:
        """One value: a string, or the bare words and dots of a number or a date ("1.5", "2026-11-01 10:00:00.5Z")."""
        token = self._next()
        if token.kind == "string":
            return
        while self.at < len(self.tokens):
            following = self.tokens[self.at]
            if following.line != token.line or following.text in (",", "]", "}"):
                return
            self._next()

    def _key(self) -> list[str]:
        parts = [_name(self._next())]
        while self._peek() == ".":
            self._next()
            parts.append(_name(self._next()))
        return parts

    def _next(self) -> _Token:
        token = self.tokens[self.at]
        self.at += 1
        return token

    def _peek(self) -> str:
        """The next token if it is punctuation, else ""."""
        if self.at >= len(self.tokens) or self.tokens[self.at].kind != "mark":
            return ""
        return self.tokens[self.at].text

    def _skip(self, mark: str) -> None:
        if self._peek() == mark:
            self._next()


def _tokens(text: str) -> list[_Token]:
    tokens, line = [], 1
    for match in _TOKEN.finditer(text):
        kind = str(match.lastgroup)
        if kind != "space":
            tokens.append(_Token(kind, match.group(), line))
        line += match.group().count("\n")
    return tokens


def _name(token: _Token) -> str:
    if token.kind != "string":
        return token.text
    return str(next(iter(tomllib.loads(f"{token.text} = 0"))))
