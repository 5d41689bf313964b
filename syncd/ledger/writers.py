"""Who wrote a field, as far as the ledger knows: our receipts, and where a field changed lately."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from syncd.core.types import Ref
from syncd.core.writers import OwnWrite, Places
from syncd.ledger.codec import GIVEN_RECORDS, from_json, from_ms, to_json, unpack_changes
from syncd.ledger.store import Store

LOOKED_AT = 20_000
"""The newest changes among which people are sought whose field changed."""


def own_writes(store: Store, refs: Sequence[Ref], fields: Collection[str]) -> list[OwnWrite]:
    """What receipts say that we wrote into these fields of these records, oldest first."""
    found = []
    for ref, now, at in store.rows(
        f"SELECT x.ref, x.now, x.at FROM {GIVEN_RECORDS} "
        "JOIN link l ON l.record = r.id JOIN action a ON a.person = l.person AND a.system = k.system "
        "JOIN receipt x ON x.action = a.key AND x.outcome = 'done' "
        "AND x.ref = k.system || '/' || k.kind || '/' || r.rid ORDER BY x.id",
        to_json([list(ref) for ref in refs]),
    ):
        values = from_json(now)
        found += [OwnWrite(Ref.parse(ref), n, values[n], from_ms(at)) for n in fields if n in values]
    return found


def records_of(store: Store, persons: Sequence[int], places: Places) -> list[Ref]:
    """The records of these people in the systems and kinds where the field stands."""
    rows = store.rows(
        "SELECT k.system, k.kind, r.rid FROM link l JOIN record r ON r.id = l.record JOIN kind k ON k.id = r.kind "
        "WHERE l.person IN (SELECT value FROM json_each(?)) ORDER BY r.id",
        to_json(list(persons)),
    )
    return [Ref(*row) for row in rows if (row[0], row[1]) in places]


def changed_lately(store: Store, places: Places, limit: int) -> list[int]:
    """The people on whose records the field changed last, newest first."""
    found: dict[int, None] = {}
    for person, system, kind, names, changed in store.rows(
        "SELECT l.person, k.system, k.kind, k.names, f.changed FROM (SELECT * FROM fact ORDER BY id DESC LIMIT ?) f "
        "JOIN record r ON r.id = f.record JOIN kind k ON k.id = r.kind JOIN link l ON l.record = r.id ORDER BY f.id DESC",
        LOOKED_AT,
    ):
        remote = places.get((system, kind))
        if remote is None:
            continue
        known = from_json(names)
        if any(position is not None and known[position] == remote for position, *_ in unpack_changes(changed)):
            found[person] = None
            if len(found) >= limit:
                break
    return list(found)
