"""Who else writes this field? Both systems' histories beside our own receipts. Nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from connectors.base import Historian
from syncd.core.errors import RemoteError
from syncd.core.types import Ref
from syncd.core.writers import Places, Tally, Writer, others, tally
from syncd.ledger import writers
from syncd.ledger.store import Store
from syncd.sync.systems import Systems

PEOPLE = 50
"""How many people are looked at when nobody is named: one call of HubSpot's history."""


@dataclass(frozen=True, slots=True)
class Place:
    """One remote field, and who wrote it. `last`: the field has no history there, only who wrote the records last."""

    system: str
    kind: str
    field: str
    records: int
    rows: Sequence[Tally]
    last: Sequence[Tally]

    def as_json(self) -> dict[str, Any]:
        return {
            "system": self.system,
            "kind": self.kind,
            "field": self.field,
            "records": self.records,
            "writers": [_row(row) for row in self.rows],
            "last_modified_by": [_row(row) for row in self.last],
        }


def who_writes(
    store: Store, systems: Systems, places: Places, persons: Sequence[int]
) -> tuple[list[Place], dict[str, str]]:
    """Each place of the field with its writers, and the systems that could not be asked, with the reason."""
    refs = writers.records_of(store, persons, places)
    own = writers.own_writes(store, refs, set(places.values()))
    found: list[Place] = []
    out: dict[str, str] = {}
    for system in dict.fromkeys(name for name, _ in places):
        connector = systems.connectors.get(system)
        if not isinstance(connector, Historian) or system in systems.out:
            out[system] = str(systems.out.get(system, "This system keeps no history."))
            continue
        there = [ref for ref in refs if ref.system == system]
        fields = sorted({remote for (name, _), remote in places.items() if name == system})
        try:
            told = connector.history(there, fields) if there else None
        except RemoteError as error:
            out[system] = str(error)
            continue
        for (name, kind), remote in places.items():
            if name != system:
                continue
            versions, last = (
                [v for v in some if v.ref.kind == kind and v.field == remote]
                for some in ((told.versions, told.last) if told else ((), ()))
            )
            mine = [write for write in own if write.ref.kind == kind and write.field == remote]
            count = sum(ref.kind == kind for ref in there)
            found.append(Place(system, kind, remote, count, tally(versions, mine), tally(last, mine)))
    return found, out


def other_writer(store: Store, systems: Systems, ref: Ref, remote: str) -> Writer | None:
    """Who else wrote this field last; where its history is silent, who else wrote the record last. None: nobody knows."""
    connector = systems.connectors.get(ref.system)
    if not isinstance(connector, Historian) or ref.system in systems.out:
        return None
    try:
        told = connector.history([ref], [remote])
    except RemoteError:
        return None
    own = writers.own_writes(store, [ref], {remote})
    found = others(told.versions, own) or others(told.last, own)
    return found[0] if found else None


def _row(row: Tally) -> dict[str, Any]:
    return {
        "writer": str(row.by),
        "kind": row.by.kind,
        "name": row.by.name,
        "id": row.by.id,
        "ours": row.ours,
        "writes": row.count,
        "records": len(row.records),
        "last": row.last.isoformat() if row.last else None,
        "value": row.value,
    }
