"""The search index runs behind the store by a few seconds (§4.5)."""

from __future__ import annotations

import random

from connectors.loopback.hubspot.database import Database
from connectors.loopback.hubspot.records import Record


class IndexLag:
    """Remembers the indexed state of recently written records until the index has caught up.

    Every write becomes visible after its own delay, drawn from the seed, and never before an
    earlier write of the same record.
    """

    def __init__(self, database: Database, *, seconds: tuple[float, float], seed: int) -> None:
        self._db = database
        self._seconds = seconds
        self._random = random.Random(f"{seed}:lag")

    def note(self, kind: str, record_id: int, before: Record | None, at: int) -> None:
        """A write at ``at`` (epoch ms) replaces ``before``, None for a record that is new."""
        low, high = self._seconds
        if high <= 0:
            return
        visible_at = at + round(self._random.uniform(low, high) * 1000)
        indexed = before is not None and not before.archived
        self._db.run(
            "INSERT INTO unindexed (kind, id, visible_at, state) VALUES (?, ?, ?, ?)",
            (kind, record_id, visible_at, before.packed() if before and indexed else None),
        )

    def states(self, kind: str, now: int) -> dict[int, Record | None]:
        """Record id -> what the index still shows of it (None: nothing yet): the state before
        the earliest write it has not caught up with."""
        self._db.run("DELETE FROM unindexed WHERE kind = ? AND visible_at <= ?", (kind, now))
        states: dict[int, Record | None] = {}
        for record_id, state in self._db.rows("SELECT id, state FROM unindexed WHERE kind = ? ORDER BY n", (kind,)):
            if record_id not in states:
                states[record_id] = Record.unpacked(state) if state else None
        return states
