"""The entries of each app's journal: files of events, in the order in which they happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from connectors.loopback.hubspot.database import Database
from connectors.loopback.hubspot.instants import DAY_MS, instant
from connectors.loopback.hubspot.settings import Journal

_COLUMNS = "SELECT n, offset, published FROM journal_entry WHERE app_id = ? AND published > ?"


class Entry(NamedTuple):
    """``n`` is its place, ``offset`` the UUID that clients know it by."""

    n: int
    offset: str
    published: int


class Entries:
    """An entry holds what happened since the one before and does not change any more: it is cut when somebody
    looks, so that a clock that stands still loses nothing."""

    def __init__(self, rules: Journal, database: Database, new_id: Callable[[], str]) -> None:
        self._rules = rules
        self._db = database
        self._new_id = new_id

    def note(self, app_id: int, event: Mapping[str, Any]) -> None:
        """One more event for the app's next entry."""
        self._db.run("INSERT INTO journal_event (app_id, body) VALUES (?, ?)", (app_id, orjson.dumps(event)))

    def publish(self, app_id: int, now: int) -> None:
        """Cut what waits into entries."""
        sql = "SELECT n FROM journal_event WHERE app_id = ? AND entry IS NULL ORDER BY n LIMIT ?"
        while numbers := [row[0] for row in self._db.rows(sql, (app_id, self._rules.events_per_entry))]:
            self._db.run(
                "INSERT INTO journal_entry (app_id, offset, published) VALUES (?, ?, ?)", (app_id, self._new_id(), now)
            )
            self._db.run(
                "UPDATE journal_event SET entry = (SELECT max(n) FROM journal_entry) "
                "WHERE app_id = ? AND entry IS NULL AND n <= ?",
                (app_id, numbers[-1]),
            )

    def earliest(self, app_id: int, count: int, now: int) -> list[Entry]:
        return self._select(app_id, now, "ORDER BY n LIMIT ?", (count,))

    def latest(self, app_id: int, count: int, now: int) -> list[Entry]:
        """The last ones, in the order of the journal."""
        return self._select(app_id, now, "ORDER BY n DESC LIMIT ?", (count,))[::-1]

    def after(self, entry: Entry, app_id: int, count: int, now: int) -> list[Entry]:
        return self._select(app_id, now, "AND n > ? ORDER BY n LIMIT ?", (entry.n, count))

    def find(self, app_id: int, offset: str, now: int) -> Entry | None:
        """None for one of another app, for one that is too old, and for none."""
        return next(iter(self._select(app_id, now, "AND offset = ?", (offset,))), None)

    def file(self, offset: str) -> dict[str, Any] | None:
        """What the entry's URL gives [X]; None for an unknown one."""
        row = self._db.row("SELECT n, published FROM journal_entry WHERE offset = ?", (offset,))
        if row is None:
            return None
        events = self._db.rows("SELECT body FROM journal_event WHERE entry = ? ORDER BY n", (row[0],))
        return {
            "offset": offset,
            "journalEvents": [orjson.loads(event[0]) for event in events],
            "publishedAt": instant(row[1]),
        }

    def _select(self, app_id: int, now: int, rest: str, parameters: tuple[Any, ...]) -> list[Entry]:
        since = now - self._rules.days * DAY_MS
        return [Entry(*row) for row in self._db.rows(f"{_COLUMNS} {rest}", (app_id, since, *parameters))]
