"""SOQL statements from checked names and quoted values, and how many values one of them can hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

LONGEST_URI = 15_000
"""Bytes of one query in a URL; above 16,384 the server answers 414 or 431. [salesforce.md 0.10]"""

ID = re.compile(r"[a-zA-Z0-9]{15}(?:[a-zA-Z0-9]{3})?")
_CHILDREN = re.compile(r"\(SELECT [A-Za-z0-9_, ]+ FROM [A-Za-z0-9_]+\)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?:\.[A-Za-z][A-Za-z0-9_]*){0,5}")


def name(text: str) -> str:
    """A field or object name, "Owner.Name" too; ValueError for anything else."""
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is not the name of a Salesforce field")
    return text


def record_id(text: str) -> str:
    """A record id of 15 or 18 characters; ValueError for anything else."""
    if not ID.fullmatch(text):
        raise ValueError("not a Salesforce record id")
    return text


def condition(template: str, *values: object) -> str:
    """`condition("Email IN {}", ["a@b"])`: the values quoted, datetimes in UTC seconds."""
    from simple_salesforce.format import format_soql

    return str(format_soql(template, *values))


def select(columns: Sequence[str], sobject: str, where: Sequence[str] = (), *, order: str = "") -> str:
    """Columns may be a child query in parentheses; `where` are conditions that must all hold."""
    chosen = ", ".join(c if _CHILDREN.fullmatch(c) else name(c) for c in columns)
    text = f"SELECT {chosen} FROM {name(sobject)}"  # noqa: S608 every name is checked
    if where:
        text += " WHERE " + " AND ".join(where)
    return text + (f" ORDER BY {order}" if order else "")


def chunks(values: Sequence[str], overhead: int = 1_000) -> Iterator[list[str]]:
    """The values in pieces that fit into the IN list of one query, `overhead` bytes of it spent."""
    piece: list[str] = []
    used = overhead
    for value in values:
        # quotes and comma take nine bytes when encoded; a backslash that escapes takes three more
        size = len(quote(value, safe="")) + 9 + 3 * sum(value.count(c) for c in "\\'\"")
        if piece and used + size > LONGEST_URI:
            yield piece
            piece, used = [], overhead
        piece.append(value)
        used += size
    if piece:
        yield piece
