"""Taking in pages: what changed is kept, what did not costs no write; pages and their cursor are one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson

from syncd.core.keys import digest
from syncd.core.types import Activity, Cursor, Opportunity, Owner, Page, Record, Ref, State
from syncd.ledger import accounts, journal
from syncd.ledger.codec import (
    Change,
    from_json,
    from_ms_or_none,
    pack,
    pack_changes,
    to_address,
    to_json,
    to_ms,
    unpack,
)
from syncd.ledger.deals import save_deal
from syncd.ledger.dirty import mark, mark_dirty, wake
from syncd.ledger.family import eldest, merge_family
from syncd.ledger.store import Store

STUB = "stub"
"""State of a record that an activity named before its system showed it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What the ledger needs to know of one remote kind of people.

    names      fields to keep, in body order
    email      the remote e-mail field
    marketing  these records make persons
    triggers   stream → fields whose change makes that stream worth a call
    """

    names: tuple[str, ...]
    email: str
    marketing: bool
    triggers: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(slots=True)
class _Kind:
    """A shape with its row id and the positions that matter, worked out once."""

    id: int
    shape: Shape
    names: tuple[str, ...]
    email: int | None
    triggers: tuple[tuple[str, tuple[int, ...]], ...]


class Intake:
    """Takes pages of one system. Make one per sync: it caches kinds and the next ids (the writer is alone)."""

    def __init__(self, store: Store, sync: int, shapes: Mapping[tuple[str, str], Shape]) -> None:
        self._store, self._sync, self._shapes = store, sync, shapes
        self._kinds: dict[tuple[str, str], _Kind] = {}
        self._next: dict[str, int] = {}
        self._fingerprints: dict[str, str] = {}
        self.seen = 0
        self.changed = 0
        self.events = 0
        self.new_events = 0

    # ------------------------------------------------------------ pages
    def cursor(self, system: str, stream: str) -> Cursor | None:
        """Where the stream stands; None when it never ran or the mapping asks for fields it has not read yet."""
        row = self._store.one("SELECT value, fields FROM cursor WHERE system = ? AND stream = ?", system, stream)
        if row is None or row[1] != self._fingerprint(system):
            return None
        cursor: Cursor = from_json(row[0])
        return cursor

    def pulled_at(self, system: str, stream: str) -> datetime | None:
        """When, by the system's clock, the stream was last pulled."""
        at = self._store.value("SELECT at FROM cursor WHERE system = ? AND stream = ?", system, stream)
        return from_ms_or_none(at)

    def take(self, system: str, stream: str, *pages: Page) -> None:
        """Commit pages, in their order, with the cursor of the last one."""
        with self._store.tx() as conn:
            for page in pages:
                if page.people:
                    self._people(conn, page)
                if page.activities:
                    self._activities(conn, page.activities)
                if page.owners:
                    self._owners(conn, page.owners)
                if page.opportunities:
                    self._opportunities(conn, page.opportunities)
                if page.accounts:
                    accounts.take(conn, page.accounts)
                if page.problems:
                    journal.report(conn, page.problems, page.now)
            conn.execute(
                "INSERT INTO cursor VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value, "
                "fields = excluded.fields, at = excluded.at",
                (system, stream, to_json(page.cursor), self._fingerprint(system), to_ms(page.now)),
            )

    def awaiting(self, stream: str, limit: int) -> list[tuple[int, Ref]]:
        """Records whose moved fields make `stream` worth a call, with their refs."""
        return [
            (row[0], Ref(row[1], row[2], row[3]))
            for row in self._store.rows(
                "SELECT r.id, k.system, k.kind, r.rid FROM awaiting a JOIN record r ON r.id = a.record "
                "JOIN kind k ON k.id = r.kind WHERE a.stream = ? LIMIT ?",
                stream,
                limit,
            )
        ]

    def record(self, conn: sqlite3.Connection, ref: Ref) -> int:
        """The row of a record; a stub when its system has not shown it yet."""
        kind = self._kind(conn, ref[:2])
        row = conn.execute("SELECT id FROM record WHERE kind = ? AND rid = ?", (kind.id, ref.id)).fetchone()
        if row:
            return int(row[0])
        rid = self._id(conn, "record")
        conn.execute(
            "INSERT INTO record VALUES (?, ?, ?, NULL, 0, ?, NULL, NULL, '', ?)",
            (rid, kind.id, ref.id, STUB, self._sync),
        )
        if kind.shape.marketing:
            self._persons(conn, rid, rid)
        return rid

    def answered(self, stream: str, records: Collection[int] | None = None) -> None:
        """These records (None: all) do not wait for the stream any more."""
        with self._store.tx() as conn:
            if records is None:
                conn.execute("DELETE FROM awaiting WHERE stream = ?", (stream,))
            else:
                conn.executemany("DELETE FROM awaiting WHERE stream = ? AND record = ?", [(stream, r) for r in records])

    # ------------------------------------------------------------ people
    def _people(self, conn: sqlite3.Connection, page: Page) -> None:
        groups: dict[tuple[str, str], list[Record]] = {}
        for record in page.people:
            groups.setdefault(record.ref[:2], []).append(record)
        for key, records in groups.items():
            self._kind_people(conn, self._kind(conn, key), records, to_ms(page.now))

    def _kind_people(self, conn: sqlite3.Connection, kind: _Kind, records: list[Record], at: int) -> None:
        rids = orjson.dumps([r.ref.id for r in records]).decode()
        known = {
            row[0]: row
            for row in conn.execute(
                "SELECT rid, id, body, state, successor, token, email, modified FROM record "
                "WHERE kind = ? AND rid IN (SELECT value FROM json_each(?))",
                (kind.id, rids),
            )
        }
        new: list[tuple[Any, ...]] = []
        moved: list[tuple[Any, ...]] = []
        keyed: list[tuple[str | None, str | None, int]] = []
        facts: list[tuple[Any, ...]] = []
        waiting: list[tuple[str, int]] = []
        touched: list[int] = []
        restamped: list[tuple[int, int]] = []
        left: list[tuple[str | None, str | None]] = []
        self.seen += len(records)
        for record in records:
            values = list(map(record.fields.get, kind.names))
            email = to_address(values[kind.email]) if kind.email is not None else None
            body = pack(values, email)
            state = None if record.state is State.LIVE else record.state.value
            successor = str(record.successor) if record.successor else None
            old = known.get(record.ref.id)
            stamp = to_ms(record.modified)
            if old and old[2:7] == (body, state, successor, record.token, email):
                if stamp > old[7]:
                    restamped.append((stamp, old[1]))
                continue
            if old and stamp < old[7] and old[3] == state:
                continue  # the search index lags behind what a later pull or our own receipt showed
            if old is None:
                rid = self._id(conn, "record")
                new.append(
                    (rid, kind.id, record.ref.id, email, stamp, state, successor, record.token,
                     body, self._sync)
                )  # fmt: skip
                before: list[Any] = [None] * len(values)
            else:
                rid = old[1]
                before = unpack(old[2], old[6]) if old[3] != STUB else []
                before += [None] * (len(values) - len(before))
                moved.append((stamp, state, successor, body, self._sync, rid))
                if (old[6], old[5]) != (email, record.token):
                    keyed.append((email, record.token, rid))
                    left.append((old[6], old[5]))
                changes = [
                    Change(i, was, now) for i, (was, now) in enumerate(zip(before, values, strict=True)) if was != now
                ]
                if old[3] != state or old[4] != successor:
                    changes.append(Change(None, old[3], state))
                facts.append((rid, self._sync, at, stamp, pack_changes(changes)))
            known[record.ref.id] = (record.ref.id, rid, body, state, successor, record.token, email, stamp)
            touched.append(rid)
            for stream, positions in kind.triggers:
                if any(values[i] != before[i] and values[i] not in (None, "", "0") for i in positions):
                    waiting.append((stream, rid))
        self.changed += len(touched)
        if new:
            conn.executemany("INSERT INTO record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", new)
            if kind.shape.marketing:
                self._persons(conn, new[0][0], new[-1][0])
        if moved:
            conn.executemany(
                "UPDATE record SET modified = ?, state = ?, successor = ?, body = ?, sync = ? WHERE id = ?", moved
            )
            # apart, because naming an indexed column rewrites its index even where the value stays
            conn.executemany("UPDATE record SET email = ?, token = ? WHERE id = ?", keyed)
            conn.executemany("INSERT INTO fact (record, sync, at, modified, changed) VALUES (?, ?, ?, ?, ?)", facts)
        if restamped:
            conn.executemany("UPDATE record SET modified = ? WHERE id = ?", restamped)
        if waiting:
            conn.executemany("INSERT OR IGNORE INTO awaiting VALUES (?, ?)", waiting)
        if touched and not (kind.shape.marketing and len(touched) == len(new)):  # new persons are born dirty
            mark_dirty(conn, touched)
        if left:
            wake(conn, *zip(*left, strict=True))
        if kind.shape.marketing:
            newer = {*touched, *(row for _, row in restamped)}
            for record in records:
                if record.aliases and known[record.ref.id][1] in newer:
                    merge_family(conn, kind.id, record, self.record(conn, eldest(record)))

    def _persons(self, conn: sqlite3.Connection, first: int, last: int) -> None:
        """A person for each of these new marketing records, known by that record until a merge says otherwise."""
        new = "SELECT id FROM record WHERE id BETWEEN ? AND ?"
        conn.execute(f"INSERT INTO person (id) {new}", (first, last))
        conn.execute(f"INSERT INTO link (record, person) SELECT id, id FROM ({new})", (first, last))
        conn.execute(f"INSERT INTO dirty {new}", (first, last))

    # ------------------------------------------------------------ the rest
    def _activities(self, conn: sqlite3.Connection, activities: Sequence[Activity]) -> None:
        refs = orjson.dumps([str(a.ref) for a in activities]).decode()
        known = {
            row[0]: row[1:]
            for row in conn.execute(
                "SELECT ref, id, kind, at, email, title, body, url, actor, outbound, done, key FROM activity "
                "WHERE ref IN (SELECT value FROM json_each(?))",
                (refs,),
            )
        }
        rows, about = [], []
        self.events += len(activities)
        for activity in activities:
            content = (
                activity.kind, to_ms(activity.at), to_address(activity.email), activity.title, activity.body,
                activity.url, activity.actor, int(activity.outbound), int(activity.done), activity.key or None,
            )  # fmt: skip
            old = known.get(str(activity.ref))
            if old and old[1:] == content:
                aid = old[0]
            else:
                aid = old[0] if old else self._id(conn, "activity")
                rows.append((aid, str(activity.ref), *content, self._sync))
                known[str(activity.ref)] = (aid, *content)
            about += [(self.record(conn, ref), aid) for ref in activity.about]
        self.new_events += len(rows)
        conn.executemany(
            "INSERT INTO activity VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
            "kind = excluded.kind, at = excluded.at, email = excluded.email, title = excluded.title, "
            "body = excluded.body, url = excluded.url, actor = excluded.actor, outbound = excluded.outbound, "
            "done = excluded.done, key = excluded.key, sync = excluded.sync",
            rows,
        )
        fresh = [
            pair
            for pair in about
            if not conn.execute("SELECT 1 FROM about WHERE record = ? AND activity = ?", pair).fetchone()
        ]
        conn.executemany("INSERT OR IGNORE INTO about VALUES (?, ?)", fresh)
        news = {row[0] for row in rows}
        mark_dirty(conn, {r for r, a in about if a in news} | {r for r, _ in fresh})
        if emails := {row[4] for row in rows if row[4]}:
            wake(conn, emails)

    def _owners(self, conn: sqlite3.Connection, owners: Sequence[Owner]) -> None:
        """Owners as they are now. Leads that wait for somebody, and leads of one that came or went, are decided anew."""
        for o in owners:
            row = (o.ref.kind, o.email.lower(), o.name, int(o.active), o.kind, o.timezone)
            changed = conn.execute(
                "INSERT INTO owner (system, rid, kind, email, name, active, type, timezone) VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
                "ON CONFLICT DO UPDATE SET kind = excluded.kind, email = excluded.email, name = excluded.name, "
                "active = excluded.active, type = excluded.type, timezone = excluded.timezone "
                "WHERE (kind, email, name, active, type, timezone) IS NOT (?, ?, ?, ?, ?, ?)",
                (o.ref.system, o.ref.id, *row, *row),
            ).rowcount
            if changed:
                mark(
                    conn,
                    "id IN (SELECT person FROM problem WHERE kind = 'no_owner' AND resolved IS NULL "
                    "UNION SELECT person FROM waiting "
                    "UNION SELECT person FROM handoff WHERE owner_id = ?1 AND state = 'delivered' "
                    "UNION SELECT person FROM handoff WHERE owner_id = ?1 AND state = 'open')",
                    o.ref.id,
                )

    def _opportunities(self, conn: sqlite3.Connection, opportunities: Sequence[Opportunity]) -> None:
        for deal in opportunities:
            people = save_deal(conn, self._sync, deal)
            mark_dirty(conn, [self.record(conn, Ref.parse(p)) for p in sorted(people)])

    # ------------------------------------------------------------ helpers
    def _kind(self, conn: sqlite3.Connection, key: tuple[str, str]) -> _Kind:
        """The kind's row; its names only ever grow, so that older bodies stay readable."""
        if found := self._kinds.get(key):
            return found
        shape = self._shapes.get(key) or Shape((), "", marketing=False)
        row = conn.execute("SELECT id, names, email FROM kind WHERE system = ? AND kind = ?", key).fetchone()
        names = tuple(from_json(row[1])) if row else ()
        grown = names + tuple(n for n in shape.names if n not in names)
        if row is None:
            kid = conn.execute(
                "INSERT INTO kind (system, kind, names, email) VALUES (?, ?, ?, ?)", (*key, to_json(grown), shape.email)
            ).lastrowid
        else:
            kid = row[0]
            if (grown, shape.email) != (names, row[2]):
                conn.execute("UPDATE kind SET names = ?, email = ? WHERE id = ?", (to_json(grown), shape.email, kid))
        assert kid is not None
        triggers = tuple(
            (stream, tuple(grown.index(f) for f in sorted(fields) if f in grown))
            for stream, fields in shape.triggers.items()
        )
        email = grown.index(shape.email) if shape.email in grown else None
        self._kinds[key] = kind = _Kind(kid, shape, grown, email, triggers)
        return kind

    def _id(self, conn: sqlite3.Connection, table: str) -> int:
        """The next row id: counted here, since this process is the only writer."""
        last = self._next.get(table)
        if last is None:
            last = conn.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]
        self._next[table] = last + 1
        return last + 1

    def _fingerprint(self, system: str) -> str:
        if system not in self._fingerprints:
            mine = (f"{k}:{','.join(s.names)}" for (sys, k), s in sorted(self._shapes.items()) if sys == system)
            self._fingerprints[system] = digest(*mine)
        return self._fingerprints[system]
