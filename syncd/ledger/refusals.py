"""Writes that a system refused, by what they would have written: whom a missing field or value stops."""

from __future__ import annotations

from typing import NamedTuple

from syncd.ledger.store import Store


class Refused(NamedTuple):
    """A refused write of a person, and the problem that stands in its way."""

    person: int
    problem: int


def refused(store: Store, system: str, kind: str, field: str, value: str | None = None) -> list[Refused]:
    """The refused writes to this field, or of this value to it."""
    return [
        Refused(*row)
        for row in store.rows(
            "SELECT DISTINCT a.person, a.problem FROM action a WHERE a.problem IS NOT NULL AND a.state = 'rejected' "
            "AND a.system = ?1 AND a.kind = ?2 AND EXISTS (SELECT 1 FROM json_each(a.fields) j WHERE j.key = ?3 "
            "AND (?4 IS NULL OR j.value = ?4)) ORDER BY a.person, a.problem",
            system,
            kind,
            field,
            value,
        )
    ]
