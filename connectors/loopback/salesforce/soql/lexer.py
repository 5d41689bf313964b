"""Tokens of a SOQL statement."""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.loopback.salesforce.soql.errors import SoqlError, unknown_character

_TOKEN = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<datetime>\d{4}-\d\d-\d\d[Tt]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:[Zz]|[+-]\d\d:?\d\d)?)
  | (?P<date>\d{4}-\d\d-\d\d)
  | (?P<number>[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<name>[A-Za-z_]\w*(?:\s*\.\s*[A-Za-z_]\w*)*)
  | (?P<operator><=|>=|<>|!=|=|<|>)
  | (?P<mark>[(),:])
    """,
    re.VERBOSE | re.ASCII,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\",
            "N": "\n", "R": "\r", "T": "\t", "B": "\b", "F": "\f"}  # fmt: skip
MAX_STRING = 4000


@dataclass(frozen=True, slots=True)
class Token:
    """``kind``: name, string, number, date, datetime, operator, mark or end."""

    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """A name in capitals, to be compared with keywords; "" for everything else."""
        return self.text.upper() if self.kind == "name" else ""


def tokenize(statement: str) -> list[Token]:
    """All tokens and an end token. Raises SoqlError MALFORMED_QUERY."""
    tokens: list[Token] = []
    at = 0
    while at < len(statement):
        if statement[at] == "'":
            text, end = _string(statement, at)
            tokens.append(Token("string", text, at))
            at = end
            continue
        found = _TOKEN.match(statement, at)
        if found is None:
            raise unknown_character(statement, at)
        if found.lastgroup != "space":
            text = found.group()
            if found.lastgroup == "name":
                text = re.sub(r"\s+", "", text)
            tokens.append(Token(found.lastgroup or "", text, at))
        at = found.end()
    tokens.append(Token("end", "<EOF>", len(statement)))
    return tokens


def _string(statement: str, start: int) -> tuple[str, int]:
    r"""The text of a quoted string and the offset behind it.

    ``\%`` and ``\_`` keep their backslash for LIKE; any other unknown escape is an error.
    """
    out: list[str] = []
    at = start + 1
    while at < len(statement):
        char = statement[at]
        if char == "'":
            text = "".join(out)
            if len(text) > MAX_STRING:
                limit = f"string literal is longer than {MAX_STRING} characters"
                raise SoqlError("MALFORMED_QUERY", limit, start)
            return text, at + 1
        if char != "\\":
            out.append(char)
            at += 1
            continue
        escape = statement[at + 1 : at + 2]
        if escape in ("%", "_"):
            out.append("\\" + escape)
            at += 2
        elif escape in _ESCAPES:
            # A literal backslash stays distinguishable from the escape of a wildcard.
            out.append("\\\\" if escape == "\\" else _ESCAPES[escape])
            at += 2
        elif escape in ("u", "U") and re.fullmatch(r"[0-9A-Fa-f]{4}", statement[at + 2 : at + 6]):
            out.append(chr(int(statement[at + 2 : at + 6], 16)))
            at += 6
        else:
            raise SoqlError(
                "MALFORMED_QUERY", f"Invalid string literal. Illegal character sequence "
                f"'\\{escape}' in string literal", at,
            )  # fmt: skip
    raise SoqlError("MALFORMED_QUERY", "unexpected token: '''", start)


def plain(text: str) -> str:
    """A string token's text outside LIKE: backslashes are themselves again."""
    return re.sub(r"\\([%_\\])", lambda found: found[1], text)
