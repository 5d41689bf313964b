"""What connectors ask the ledger, so that they need not ask a system."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.core.types import Ref
from syncd.ledger.codec import GIVEN_RECORDS, to_json
from syncd.ledger.store import Store


def known_activities(store: Store, about: Mapping[Ref, Sequence[Ref]]) -> set[Ref]:
    """Of these activities: those that the ledger has with all of the named people, and that are over; and our own notes."""
    persons = to_json([list(p) for p in sorted({p for ps in about.values() for p in ps})])
    have = {
        (Ref(*row[:3]), row[3])
        for row in store.rows(
            f"SELECT k.system, k.kind, r.rid, a.ref FROM {GIVEN_RECORDS} "
            "JOIN about b ON b.record = r.id JOIN activity a ON a.id = b.activity AND a.done = 1",
            persons,
        )
    }
    ours = {
        Ref(*row)
        for row in store.rows(
            f"SELECT a.system, a.kind, a.rid FROM {GIVEN_RECORDS} JOIN link l ON l.record = r.id "
            "JOIN action a ON a.person = l.person WHERE a.state = 'done' AND a.effect IN ('brief', 'digest')",
            persons,
        )
    }
    return {
        a for a, people in about.items() if a in ours or (people and all((person, str(a)) in have for person in people))
    }


def person_of_key(store: Store, key: str) -> Ref | None:
    """The marketing record of the person for whom the action with this key was planned."""
    row = store.one(
        "SELECT k.system, k.kind, r.rid FROM action a JOIN link l ON l.person = a.person AND l.how IS NULL "
        "JOIN record r ON r.id = l.record JOIN kind k ON k.id = r.kind WHERE a.key = ?",
        key,
    )
    return Ref(*row) if row else None
