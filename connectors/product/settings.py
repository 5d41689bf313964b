"""Where product events are, and how to read them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path

SYSTEM = "product"
STREAM = "events"


@dataclass(frozen=True, slots=True)
class Columns:
    """What a column of the source is called, "" for one that it has not.

    event     what was done                  at       when
    email     of whom, by e-mail             contact  of whom, by the id of the contact in marketing
    id        of the event, unique           detail   more about it
    url       where in the product
    """

    event: str = "event"
    at: str = "at"
    email: str = "email"
    contact: str = ""
    id: str = ""
    detail: str = ""
    url: str = ""

    @property
    def named(self) -> dict[str, str]:
        """The columns that the source has: ours → its."""
        return {f.name: name for f in fields(self) if (name := getattr(self, f.name))}


@dataclass(frozen=True, slots=True)
class Files:
    """CSV files by a pattern of names in one folder, each with a header."""

    folder: Path
    pattern: str
    delimiter: str = ","


@dataclass(frozen=True, slots=True)
class Database:
    """A query that has a row for each event since `:since`. `sqlite` is a file, `postgres` gives a connection string."""

    query: str
    sqlite: Path | None = None
    postgres: Callable[[], str] | None = None
    timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class ProductSettings:
    """`events`: the names of the source → ours; where some are given, all others are left out.

    times      how the source writes a moment: iso, seconds, milliseconds (since 1970)
    timezone   of moments that are written without one
    overlap    how late a row may appear in a database
    """

    source: Files | Database
    columns: Columns = field(default_factory=Columns)
    events: Mapping[str, str] = field(default_factory=dict)
    marketing: tuple[str, str] = ("hubspot", "contacts")
    times: str = "iso"
    timezone: str = "UTC"
    overlap: timedelta = timedelta(minutes=10)
