"""A query as one stream of events, page by page.

The query says `:since` where it bounds the time of an event from below; around it stands the paging: rows in the order of
time and id, each page beyond the last row of the one before. What the database said of a moment goes back to it as it was, so
that it compares with its own column whatever it writes there. A walk begins with the last row that is older than the newest
by the overlap, for rows may appear late; what comes twice is one event.
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from connectors.product.events import BadRow, Reader
from connectors.product.postgres import postgres
from connectors.product.settings import SYSTEM, Database, ProductSettings
from syncd.core.errors import Unavailable
from syncd.core.types import Activity, Problem

SINCE = re.compile(r"(?<!:):since\b")
"""The one parameter of a query; `::since` would be a cast."""

TOLD = 20
"""Bad rows of a pull that are listed one by one."""

Row = Mapping[str, Any]
Ask = Callable[[str, Mapping[str, Any]], list[Row]]


@dataclass(slots=True)
class Batch:
    """A page of events, what was wrong in it, and the cursor behind it."""

    cursor: dict[str, Any]
    activities: list[Activity] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class Query:
    """One walk over the rows of the query, `size` a page."""

    def __init__(self, database: Database, settings: ProductSettings, reader: Reader, size: int) -> None:
        self._database, self._settings, self._reader, self._size = database, settings, reader, size
        self._bad: list[str] = []

    def walk(self, saved: Mapping[str, Any], count: Callable[[], None]) -> Iterator[Batch]:
        """`saved`: {"since": moment} at rest, within a walk also "after": [moment, id] and "settled", the next "since".
        `count` hears of every query. Raises Unavailable, Unauthorized."""
        since = saved.get("since", self._beginning)
        after, settled = saved.get("after"), saved.get("settled", since)
        window: list[tuple[datetime, Any]] = []
        with self._open() as ask:
            while True:
                count()
                rows = ask(*self._statement(since, after))
                batch = Batch({})
                for row in rows:
                    settled = self._row(row, batch, window, settled)
                if len(rows) < self._size:
                    if len(self._bad) > TOLD:
                        batch.problems.append(_more_bad_rows(self._bad[TOLD:]))
                    batch.cursor = {"since": settled}
                    yield batch
                    return
                after = [_plain(rows[-1][self._at]), _plain(rows[-1][self._settings.columns.id])]
                batch.cursor = {"since": since, "after": after, "settled": settled}
                yield batch

    def columns(self) -> list[str]:
        """The columns that the query has, when it has a row. Raises Unavailable, Unauthorized."""
        text, bound = self._statement(self._beginning, None)
        with self._open() as ask:
            return list(next(iter(ask(text, {**bound, "size": 1})), {}))

    # ------------------------------------------------------------ rows
    @property
    def _at(self) -> str:
        return self._settings.columns.at

    @property
    def _beginning(self) -> str | int:
        return "1970-01-01" if self._settings.times == "iso" else 0

    def _row(self, row: Row, batch: Batch, window: list[tuple[datetime, Any]], settled: Any) -> Any:
        """Takes one row in; the moment from which the next walk has to read, as the database says it."""
        try:
            moment = self._reader.moment(row[self._at])
            if row[self._settings.columns.id] is None:
                raise BadRow("has no id")
            window.append((moment, _plain(row[self._at])))
            while window[0][0] <= moment - self._settings.overlap:
                _, settled = window.pop(0)
            event = self._reader.activity({ours: row[theirs] for ours, theirs in self._settings.columns.named.items()})
            if event is not None:
                batch.activities.append(event)
        except BadRow as error:
            named = row[self._settings.columns.id]
            rid = "NULL" if named is None else str(named)[:60]
            self._bad.append(rid)
            if len(self._bad) <= TOLD:
                batch.problems.append(_bad_row(rid, str(error)))
        except KeyError as error:
            raise Unavailable(
                SYSTEM, f"The query has no column {error.args[0]}; it has {', '.join(map(str, row))}.",
                fix="Name the columns in [product.columns], or in the query with AS.",
            ) from None  # fmt: skip
        return settled

    def _statement(self, since: Any, after: Sequence[Any] | None) -> tuple[str, dict[str, Any]]:
        at, rid = _quoted(self._at), _quoted(self._settings.columns.id)
        bound = {"since": since, "size": self._size}
        beyond = ""
        if after is not None:
            bound |= {"after_at": after[0], "after_id": after[1]}
            beyond = f"WHERE {at} > :after_at OR ({at} = :after_at AND {rid} > :after_id) "
        order = f"{at} NULLS LAST, {rid} NULLS LAST"  # behind a row without one there is none that can be read
        query = self._database.query.strip().rstrip(";")
        return f"SELECT * FROM (\n{query}\n) AS product_events {beyond}ORDER BY {order} LIMIT :size", bound  # noqa: S608

    # ------------------------------------------------------------ databases
    def _open(self) -> AbstractContextManager[Ask]:
        return _sqlite(self._database) if self._database.postgres is None else postgres(self._database)


@contextlib.contextmanager
def _sqlite(database: Database) -> Iterator[Ask]:
    path = database.sqlite
    assert path is not None
    try:
        with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as conn:
            conn.execute("PRAGMA query_only = ON")
            conn.execute(f"PRAGMA busy_timeout = {int(database.timeout * 1000)}")
            conn.row_factory = sqlite3.Row
            yield lambda text, bound: [dict(row) for row in conn.execute(text, bound)]
    except sqlite3.Error as error:
        raise Unavailable(
            SYSTEM, f"The query cannot be run on {path.name}: {error}.", fix="Correct `sqlite` or `query` in [product]."
        ) from None  # fmt: skip


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _plain(value: Any) -> str | int | float | None:
    """A value of the database as JSON has it, that compares in the database as the value itself."""
    return value if isinstance(value, str | int | float | None) else str(value)


# ---------------------------------------------------------------- what a human must see
def _bad_row(rid: str, why: str) -> Problem:
    return Problem("product_row", f"query:{rid}", f"The row {rid} of the query {why}; it is left out.",
                   "Correct it in the database, or leave it out in `query` in [product].")  # fmt: skip


def _more_bad_rows(rids: Sequence[str]) -> Problem:
    return Problem("product_row", f"query:{rids[0]}-{rids[-1]}",
                   f"{len(rids):,} more rows of the query, from {rids[0]} to {rids[-1]}, cannot be read; they are left out.",
                   "Correct them in the database, or leave them out in `query` in [product].")  # fmt: skip
