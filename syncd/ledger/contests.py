"""Fields that somebody else writes too: what syncd wrote lately, and where it stopped."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from syncd.core.contest import Contest, Written
from syncd.core.types import Ref
from syncd.ledger.codec import from_json, from_ms, to_json, to_ms
from syncd.ledger.store import Store

_COLUMNS = "field, ref, remote, ours, theirs, times, since, until, pause, name"

_GIVEN = "SELECT value FROM json_each(?)"


class Spot(NamedTuple):
    """A field of a record of a person."""

    person: int
    ref: Ref
    remote: str


def written(store: Store, since: datetime, least: int) -> Mapping[Spot, Sequence[Written]]:
    """What syncd wrote since then, oldest first, to fields of people who are to be decided anew or have a contest: values that
    moved and answers of sales. Of people without a contest only the fields that were written at least so often."""
    found: dict[Spot, list[Written]] = defaultdict(list)
    for person, ref, was, now, at in store.rows(
        "SELECT a.person, x.ref, x.was, x.now, x.at FROM action a JOIN receipt x ON x.action = a.key "
        "WHERE a.person IN (SELECT person FROM dirty UNION ALL SELECT person FROM contest w) "
        "AND (a.effect LIKE 'field:%' OR a.effect LIKE 'feedback:%') "
        "AND x.outcome IN ('done', 'already') AND x.at >= ? ORDER BY x.id",
        to_ms(since),
    ):
        before, after = from_json(was), from_json(now)
        for remote, value in after.items():
            found[Spot(person, Ref.parse(ref), remote)].append(Written(from_ms(at), before.get(remote), value))
    known = contests_of(store)
    return {spot: writes for spot, writes in found.items() if len(writes) >= least or spot.person in known}


def told_of(store: Store, persons: str) -> Mapping[int, int]:
    """How often each of these people (a JSON array of ids) was written back to marketing."""
    return dict(
        store.rows(
            "SELECT a.person, count(*) FROM action a JOIN receipt x ON x.action = a.key AND x.outcome IN ('done', 'already') "
            f"WHERE a.person IN ({_GIVEN}) AND a.effect LIKE 'feedback:%' GROUP BY 1",
            persons,
        )
    )


def contests_of(store: Store, persons: str | None = None) -> Mapping[int, Mapping[str, Contest]]:
    """Our name of a field → its contest, of these people (a JSON array of ids) or of all."""
    found: dict[int, dict[str, Contest]] = defaultdict(dict)
    rows = (
        store.rows(f"SELECT person, {_COLUMNS} FROM contest w")
        if persons is None
        else store.rows(f"SELECT person, {_COLUMNS} FROM contest WHERE person IN ({_GIVEN})", persons)
    )
    for person, field, ref, remote, ours, theirs, times, since, until, pause, by in rows:
        found[person][field] = Contest(
            field, Ref.parse(ref), remote, from_json(ours), from_json(theirs), times, from_ms(since), from_ms(until),
            timedelta(milliseconds=pause), by,
        )  # fmt: skip
    return found


def save(conn: sqlite3.Connection, person: int, contest: Contest) -> None:
    conn.execute(
        f"INSERT OR REPLACE INTO contest (person, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            person, contest.field, str(contest.ref), contest.remote, to_json(contest.ours), to_json(contest.theirs),
            contest.times, to_ms(contest.since), to_ms(contest.until), contest.pause // timedelta(milliseconds=1),
            contest.by,
        ),
    )  # fmt: skip


def over(conn: sqlite3.Connection, ended: Iterable[tuple[int, str]]) -> None:
    """These fields are written again as all others."""
    conn.executemany("DELETE FROM contest WHERE person = ? AND field = ?", sorted(ended))
