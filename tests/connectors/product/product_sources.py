"""Product events in a folder of CSV files, in a SQLite file, in PostgreSQL: what the tests do behind the connector's back."""

from __future__ import annotations

import os
import secrets
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote

from connectors.base import Connector
from connectors.product import Columns, Database, Files, ProductConnector, ProductSettings
from syncd.core.types import Activity, Page, Problem, Raw, Ref
from tests.connectors.suite import Source

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HEADER = "id,event,at,email,contact"
QUERY = "SELECT id, event, at, email, contact FROM events WHERE at >= :since"


class Clock:
    def __init__(self) -> None:
        self.time = NOON

    def __call__(self) -> datetime:
        return self.time


class _ProductSource(Source):
    """`add` makes an event for each row; a late one is written when its time has come."""

    system, kind, people = "product", "event", "events"
    page, late = 10, 599.0

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock = folder, Clock()
        self.connectors: list[ProductConnector] = []
        self._pending: list[tuple[datetime, Sequence[str]]] = []
        self._number = 0

    @property
    def settings(self) -> ProductSettings:
        raise NotImplementedError

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        raise NotImplementedError

    def field(self, canonical: str) -> str:
        return canonical

    def connect(self) -> Connector:
        connector = ProductConnector(self.settings, page=self.page, clock=self.clock)
        self.connectors.append(connector)
        return connector

    def calls(self) -> int:
        return sum(sum(connector.calls.values()) for connector in self.connectors)

    def advance(self, seconds: float) -> None:
        self.clock.time += timedelta(seconds=seconds)
        due = [row for at, row in self._pending if at <= self.clock.time]
        self._pending = [(at, row) for at, row in self._pending if at > self.clock.time]
        if due:
            self.write(due)

    def add(self, rows: Sequence[Mapping[str, Raw]]) -> list[Ref]:
        made = [self._row(row) for row in rows]
        self.write(made)
        return [Ref("product", "event", row[0]) for row in made]

    def add_late(self, row: Mapping[str, Raw], seconds: float) -> Ref:
        made = self._row(row)
        self._pending.append((self.clock.time + timedelta(seconds=seconds), made))
        return Ref("product", "event", made[0])

    def _row(self, row: Mapping[str, Raw]) -> Sequence[str]:
        self._number += 1
        email = str(row.get("email") or "")
        return (f"e{self._number:04}", "activated", self.clock.time.isoformat(), email, "" if email else "7001")


class CsvSource(_ProductSource):
    idle: ClassVar[Mapping[str, int]] = {"events": 0}

    @property
    def settings(self) -> ProductSettings:
        return ProductSettings(Files(self.folder, "*.csv"), Columns(id="id", contact="contact"))

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        append(self.folder / "events.csv", *(",".join(row) for row in rows))


class SqliteSource(_ProductSource):
    idle: ClassVar[Mapping[str, int]] = {"events": 1}

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.file = folder / "app.db"
        self.run("CREATE TABLE events (id TEXT, event TEXT, at, email TEXT, contact TEXT)")

    @property
    def settings(self) -> ProductSettings:
        return ProductSettings(Database(QUERY, sqlite=self.file), Columns(id="id", contact="contact"))

    def run(self, statement: str, rows: Sequence[Sequence[Any]] = ((),)) -> None:
        conn = sqlite3.connect(self.file)
        try:
            conn.executemany(statement, rows)
            conn.commit()
        finally:
            conn.close()

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        self.run("INSERT INTO events VALUES (?, ?, ?, ?, ?)", rows)


class PostgresSource(_ProductSource):
    """A schema of its own in the database that `SYNCD_TEST_POSTGRES` names."""

    idle: ClassVar[Mapping[str, int]] = {"events": 1}

    def __init__(self, folder: Path, dsn: str) -> None:
        super().__init__(folder)
        self.dsn, self.schema = dsn, f"syncd_test_{secrets.token_hex(6)}"
        self.run(f"CREATE SCHEMA {self.schema}")
        self.run(
            "CREATE TABLE events (id text, event text, at timestamptz, email text, contact text, number bigint, cost numeric, "
            "details jsonb, tags text[], plain timestamp, day date, raw bytea, sure boolean, key uuid)"
        )

    @property
    def settings(self) -> ProductSettings:
        return ProductSettings(Database(QUERY, postgres=self.string), Columns(id="id", contact="contact"))

    def string(self, **options: str) -> str:
        """The connection string with the schema in its path, and more settings of the session."""
        said = {"search_path": self.schema, **options}
        return f"{self.dsn}{'&' if '?' in self.dsn else '?'}options=" + quote(
            " ".join(f"-c {name}={value}" for name, value in said.items())
        )

    def run(self, statement: str, rows: Sequence[Sequence[Any]] = ((),)) -> None:
        import psycopg

        with psycopg.connect(self.string()) as conn, conn.cursor() as cursor:
            cursor.executemany(statement, rows)

    def write(self, rows: Sequence[Sequence[str]]) -> None:
        self.run("INSERT INTO events (id, event, at, email, contact) VALUES (%s, %s, %s, %s, %s)", rows)

    def drop(self) -> None:
        self.run(f"DROP SCHEMA {self.schema} CASCADE")


def append(path: Path, *lines: str, header: str = HEADER) -> None:
    """Whole lines at the end of a file, which gets a header when it is new."""
    fresh = not path.exists()
    with path.open("a", encoding="utf-8", newline="") as file:
        file.writelines(f"{line}\n" for line in ([header] if fresh else []) + list(lines))


def old(path: Path, seconds: float = 3600) -> None:
    """Nobody has written to the file for so long, by the clock of `NOON`."""
    at = NOON.timestamp() - seconds
    os.utime(path, (at, at))


def events(pages: Sequence[Page]) -> list[Activity]:
    return [activity for page in pages for activity in page.activities]


def problems(pages: Sequence[Page]) -> list[Problem]:
    return [problem for page in pages for problem in page.problems]


def ids(pages: Sequence[Page]) -> list[str]:
    return [activity.ref.id for activity in events(pages)]


Pull = Callable[[], list[Page]]


def puller(settings: ProductSettings, page: int = 500) -> Pull:
    """Pulls on from where the last call ended, with a new connector each time."""
    cursor: Any = None

    def pull() -> list[Page]:
        nonlocal cursor
        pages = list(ProductConnector(settings, page=page, clock=lambda: NOON).pull("events", cursor))
        cursor = pages[-1].cursor
        return pages

    return pull
