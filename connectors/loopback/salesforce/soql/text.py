"""Text in SQL: compared without regard to case, sorted by its capitals.

SQLite folds ASCII by itself (and its indexes with it); the rest takes a Python function.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from connectors.loopback.salesforce import values
from connectors.loopback.salesforce.schema import Field

_NOT_TEXT = values.NUMBER_TYPES | values.ID_TYPES | values.BOOLEAN_TYPES | {"date", "datetime"}


def is_text(field: Field) -> bool:
    return field.type not in _NOT_TEXT


def ignores_case(field: Field) -> bool:
    return is_text(field) and not field.case_sensitive


def fold(text: str) -> str:
    """Capitals, one character for one. What is not ASCII stays so: SQLite does not take the Turkish
    dotless i for an I, and ``IN`` must find the same beside a literal that takes this function."""
    return text.upper() if text.isascii() else "".join(map(_capital, text))


@lru_cache(maxsize=4_096)
def _capital(char: str) -> str:
    upper = char.upper()
    return upper if len(upper) == 1 and upper.isascii() == char.isascii() else char


def fold_or_null(text: Any) -> Any:
    """``sf_fold`` in SQL."""
    return fold(text) if isinstance(text, str) else text


def key(sql: str) -> str:
    """What text is ordered and grouped by: the UTF-8 values of its capitals (SOQL reference,
    ORDER BY, English locales). Python is asked only about what is not ASCII.
    """
    return f"(CASE WHEN length({sql}) = length(CAST({sql} AS BLOB)) THEN upper({sql}) ELSE sf_fold({sql}) END)"


def equal_sides(sql: str, field: Field, present: list[Any]) -> tuple[str, list[Any]]:
    """Both sides of = or IN; an index serves as long as the literals are ASCII."""
    if not ignores_case(field) or all(not isinstance(value, str) or value.isascii() for value in present):
        return sql, present
    return f"sf_fold({sql})", [fold_or_null(value) for value in present]


def like(sql: str, field: Field, pattern: str) -> tuple[str, str]:
    r"""A LIKE term and its parameter; ``pattern`` keeps ``\%``, ``\_`` and ``\\``."""
    if field.case_sensitive:
        return f"{sql} GLOB ?", _glob(pattern)
    if pattern.isascii():
        return f"{sql} LIKE ? ESCAPE '\\'", pattern
    return f"sf_fold({sql}) LIKE ? ESCAPE '\\'", fold(pattern)


def _glob(pattern: str) -> str:
    """SQLite's LIKE never minds case; its GLOB always does."""
    wild = {"%": "*", "_": "?"}
    parts = re.findall(r"\\.|.", pattern, re.DOTALL)
    return "".join(wild.get(part) or _literal(part[-1]) for part in parts)


def _literal(char: str) -> str:
    return f"[{char}]" if char in "*?[" else char
