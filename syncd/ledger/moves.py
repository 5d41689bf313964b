"""What the facts say of single fields: from which value to which they went, and when."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime

from syncd.core.facts import Moved
from syncd.core.types import STAGE_BACK, Ref
from syncd.ledger.codec import GIVEN_RECORDS, from_json, from_ms, to_json, unpack_changes
from syncd.ledger.store import Store


def changes_of(store: Store, persons: str, fields: Collection[str]) -> Mapping[int, Sequence[Moved]]:
    """The changes of these fields of each person's marketing record as it is now, oldest first. `persons` is a JSON array
    of ids."""
    found: dict[int, list[Moved]] = defaultdict(list)
    names_of: dict[str, list[str]] = {}
    for person, names, modified, changed in store.rows(
        "SELECT l.person, k.names, f.modified, f.changed FROM link l JOIN record r ON r.id = l.record "
        "JOIN kind k ON k.id = r.kind JOIN fact f ON f.record = r.id "
        "WHERE l.person IN (SELECT value FROM json_each(?)) AND l.how IS NULL ORDER BY f.id",
        persons,
    ):
        if names not in names_of:
            names_of[names] = from_json(names)
        known = names_of[names]
        for position, was, now in unpack_changes(changed):
            if position is not None and known[position] in fields:
                found[person].append(Moved(known[position], was, now, from_ms(modified)))
    return found


def written(store: Store, refs: Iterable[Ref]) -> Mapping[Ref, Mapping[str, datetime]]:
    """When each field of these records changed last, by the record's own stamp; what never changed is not in it."""
    found: dict[Ref, dict[str, datetime]] = defaultdict(dict)
    for system, kind, rid, names, modified, changed in store.rows(
        f"SELECT k.system, k.kind, r.rid, k.names, f.modified, f.changed FROM {GIVEN_RECORDS} "
        "JOIN fact f ON f.record = r.id ORDER BY f.id",
        to_json([list(ref) for ref in refs]),
    ):
        known = from_json(names)
        for position, *_ in unpack_changes(changed):
            if position is not None:
                found[Ref(system, kind, rid)][known[position]] = from_ms(modified)
    return found


def set_back(store: Store, persons: str) -> Mapping[int, Sequence[str]]:
    """The effects by which marketing's stage of these persons (a JSON array of ids) was set back."""
    found: dict[int, list[str]] = defaultdict(list)
    for person, effect in store.rows(
        "SELECT person, effect FROM action WHERE person IN (SELECT value FROM json_each(?)) AND state = 'done' "
        "AND effect LIKE ? || 'set:%'",
        persons,
        STAGE_BACK,
    ):
        found[person].append(effect)
    return found
