"""What changed about a person lately: a new role, a new company, any field that a rule watches (S3.7).

Only a change from one value to another counts: a value that is seen for the first time is none. The time is that of the
record's own stamp when the new value was first seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.core.asks import questions
from syncd.core.facts import Dossier
from syncd.core.mapping import TRANSFORMS, from_raw
from syncd.core.rules import FieldIs, KindMap, Rules
from syncd.core.text import day, listing
from syncd.core.types import Value
from syncd.core.values import is_blank, items_of, key_of, text_of

ROLE = ("title", "role")
COMPANY = ("company", "email", "website")
"""Fields that tell of a new employer; of addresses only the domain does."""

_domain = TRANSFORMS["domain"]


@dataclass(frozen=True, slots=True)
class Changed:
    """One field of a person that went from one value to another."""

    field: str
    was: Value
    now: Value
    at: datetime

    @property
    def of_company(self) -> bool:
        """Whether this means another employer."""
        if self.field == "company":
            return True
        return self.field in COMPANY and _domain(text_of(self.was)) != _domain(text_of(self.now))

    @property
    def of_role(self) -> bool:
        """Whether this means another role."""
        return self.field in ROLE

    def __str__(self) -> str:
        return f"{self.field.replace('_', ' ')} changed on {day(self.at)}: {_shown(self.was)} → {_shown(self.now)}"


def watched(rules: Rules) -> frozenset[str]:
    """Remote names of marketing's fields whose changes matter: role, company, and what rules ask about."""
    asked = {q.field for q in questions(rules) if isinstance(q, FieldIs) and q.op == "changed_within"}
    fields = rules.marketing_kind.fields
    return frozenset(fields[n].remote for n in (*ROLE, *COMPANY, rules.gate.source, *asked) if n in fields)


def changes(dossier: Dossier, kind: KindMap) -> tuple[Changed, ...]:
    """The changes of the watched fields in our own words, oldest first. What only looks different is no change."""
    if not dossier.moves:
        return ()
    by_remote = {fm.remote: (name, fm) for name, fm in kind.fields.items()}
    found = []
    for move in dossier.moves:
        if move.remote not in by_remote:
            continue
        name, fm = by_remote[move.remote]
        was, now = from_raw(move.was, fm), from_raw(move.now, fm)
        if not is_blank(was) and _key(was) != _key(now):
            found.append(Changed(name, was, now, move.at))
    return tuple(found)


def last_changes(of: Sequence[Changed]) -> Mapping[str, datetime]:
    """When each field changed last."""
    return {change.field: change.at for change in of}


def _key(value: Value) -> object:
    return tuple(map(key_of, value)) if isinstance(value, tuple) else key_of(value)


def _shown(value: Value) -> str:
    return f"“{listing([text_of(item) for item in items_of(value)])}”" if not is_blank(value) else "nothing"
