"""The parsed statement. ``at`` is always the offset of the node in the statement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Path:
    """``Owner.Name``: relationship names and at last a field's."""

    names: tuple[str, ...]
    at: int

    @property
    def text(self) -> str:
        return ".".join(self.names)


@dataclass(frozen=True, slots=True)
class Call:
    """``COUNT(Id)``, ``CALENDAR_YEAR(CreatedDate)``; ``name`` in capitals."""

    name: str
    argument: Path | Call | None
    at: int
    written: str = ""


Operand = Path | Call


@dataclass(frozen=True, slots=True)
class Selected:
    what: Operand
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class TypeOf:
    """``TYPEOF What WHEN Account THEN Phone ELSE Name END``."""

    relationship: Path
    branches: tuple[tuple[str, tuple[Path, ...]], ...]
    otherwise: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Literal:
    """``kind``: string, number, boolean, null, date, datetime, currency (USD5000: the pair of
    code and number), or range (a date literal such as LAST_N_DAYS:7: the pair of name and n).
    """

    kind: str
    value: Any
    at: int


@dataclass(frozen=True, slots=True)
class Compare:
    operand: Operand
    operator: str  # = != < <= > >= LIKE
    value: Literal
    at: int


@dataclass(frozen=True, slots=True)
class Within:
    """IN, NOT IN, INCLUDES, EXCLUDES; ``options`` is a list of literals or a semi-join."""

    operand: Operand
    operator: str
    options: tuple[Literal, ...] | Query
    at: int


@dataclass(frozen=True, slots=True)
class Both:
    """AND of ``terms``, or OR when ``either``."""

    terms: tuple[Condition, ...]
    either: bool


@dataclass(frozen=True, slots=True)
class Negated:
    term: Condition


Condition = Compare | Within | Both | Negated


@dataclass(frozen=True, slots=True)
class Ordering:
    what: Operand
    descending: bool
    nulls_last: bool


@dataclass(slots=True)
class Query:
    """``count_only`` is ``SELECT COUNT() …``; ``source`` is an object, or in a subquery a
    relationship. ``aliases`` are the further ones of ``FROM Contact c, c.Account a``.
    """

    select: list[Selected | Query | TypeOf] = field(default_factory=list)
    source: Path = Path((), 0)
    at: int = 0
    alias: str | None = None
    aliases: dict[str, Path] = field(default_factory=dict)
    scope: Path | None = None
    where: Condition | None = None
    group_by: list[Operand] = field(default_factory=list)
    subtotals: str = ""  # ROLLUP or CUBE
    having: Condition | None = None
    order_by: list[Ordering] = field(default_factory=list)
    limit: int | None = None
    limit_at: int = 0
    offset: int | None = None
    offset_at: int = 0
    count_only: bool = False
    usage: list[str] = field(default_factory=list)  # FOR VIEW, FOR REFERENCE, FOR UPDATE
