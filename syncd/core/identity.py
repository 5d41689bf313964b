"""Which CRM record is this person? (REQUIREMENTS part C, pains 3, 4 and 12)

In this order, and never by guessing:

    1. the live record that is tied to the person, wherever merges and conversions took it    linked, converted
    2. the one live record with the person's e-mail that nobody else holds                    email
    3. none: the person is new to the CRM                                                     none

A Lead and the Contact that it became are one. What cannot be decided is held as a Problem:

    ambiguous_match   two or more live records would do
    claimed_match     the record with this e-mail is tied to another person
    successor_unseen  a merge or conversion leads to a record that was not read yet
    deleted_remotely  sales deleted what was tied to the person: it is not made again
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncd.core.facts import Dossier
from syncd.core.rules import Rules
from syncd.core.text import listing
from syncd.core.types import Problem, Record, Ref, State


@dataclass(frozen=True, slots=True)
class Match:
    """`how`: none, linked, email, converted (tied to the person, and a conversion was followed)."""

    target: Record | None
    how: str
    problem: Problem | None = None


def match(dossier: Dossier, rules: Rules) -> Match:
    """The CRM record of a person, or the reason why there must be none for now."""
    if rules.one_system:
        return Match(dossier.marketing, "linked" if dossier.marketing else "none")
    records = [r for r in dossier.crm if r.ref.system == rules.crm]
    if not records:
        return Match(None, "none")
    trail = _Trail(records)
    linked = trail.follow(r for r in records if r.ref in dossier.linked or dossier.linked.intersection(r.aliases))
    others = trail.follow(r for r in records if r.ref not in dossier.linked)
    claimed = [r for r in others.live if r.ref in dossier.claimed]
    problem = _Reporter(dossier, rules)

    if len(linked.live) == 1:
        return Match(linked.live[0], "converted" if linked.converted else "linked")
    if linked.live:
        return problem.ambiguous(linked.live)
    if linked.lost:
        return problem.unseen(linked.lost[0])
    if claimed:
        return problem.claimed(claimed[0])
    if len(others.live) == 1:
        return Match(others.live[0], "email")
    if others.live:
        return problem.ambiguous(others.live)
    if others.lost:
        return problem.unseen(others.lost[0])
    if linked.gone:
        return problem.deleted(linked.gone)
    return Match(None, "none")


# ---------------------------------------------------------------- following merges and conversions
@dataclass(frozen=True, slots=True)
class _Ends:
    """Where records ended: `live`, `gone` for good, or `lost` (the record whose successor is not known)."""

    live: tuple[Record, ...]
    gone: tuple[Record, ...]
    lost: tuple[Record, ...]
    converted: bool


class _Trail:
    def __init__(self, records: Sequence[Record]) -> None:
        self._by_ref: dict[Ref, Record] = {}
        for record in records:
            for alias in record.aliases:
                self._by_ref.setdefault(alias, record)
        self._by_ref.update({record.ref: record for record in records})

    def follow(self, records: Iterable[Record]) -> _Ends:
        live: dict[Ref, Record] = {}
        gone: dict[Ref, Record] = {}
        lost: dict[Ref, Record] = {}
        converted = False
        for record in records:
            end, was_converted = self._end(record)
            converted = converted or was_converted
            match end.state:
                case State.LIVE:
                    live[end.ref] = end
                case State.MERGED | State.CONVERTED:
                    lost[end.ref] = end
                case State.ARCHIVED | State.DELETED:
                    gone[end.ref] = end
        return _Ends(tuple(live.values()), tuple(gone.values()), tuple(lost.values()), converted)

    def _end(self, record: Record) -> tuple[Record, bool]:
        converted = False
        seen = {record.ref}
        while record.state in (State.MERGED, State.CONVERTED) and record.successor is not None:
            successor = self._by_ref.get(record.successor)
            if successor is None or successor.ref in seen:
                break
            converted = converted or record.state is State.CONVERTED
            record = successor
            seen.add(record.ref)
        return record, converted


# ---------------------------------------------------------------- problems
@dataclass(frozen=True, slots=True)
class _Reporter:
    dossier: Dossier
    rules: Rules

    def ambiguous(self, records: Iterable[Record]) -> Match:
        names = sorted(str(r.ref) for r in records)
        return self._held(
            "ambiguous_match",
            f"{len(names)} live records could be this person: {listing(names)}.",
            f"Merge them in {self.rules.crm}{self._or_tie()}.",
        )

    def claimed(self, record: Record) -> Match:
        return self._held(
            "claimed_match",
            f"{record.ref} has this person's e-mail but is tied to another marketing contact.",
            f"Merge the two marketing contacts, or give one of them another e-mail{self._or_tie()}.",
        )

    def unseen(self, record: Record) -> Match:
        return self._held(
            "successor_unseen",
            f"{record.ref} was {record.state} into {record.successor or 'an unknown record'}, which was not read yet.",
            "The next sync settles it; if it stays, let syncd's user in the CRM see that record.",
        )

    def deleted(self, records: Iterable[Record]) -> Match:
        names = sorted(str(r.ref) for r in records)
        return self._held(
            "deleted_remotely",
            f"{listing(names)} was deleted in {self.rules.crm}; syncd does not make it again.",
            f"Restore it from the recycle bin of {self.rules.crm} if the lead is wanted.",
        )

    def _or_tie(self) -> str:
        """How to tie a record to this person by hand, where the CRM has a field for it."""
        key = next((kind.key for kind in self.rules.maps[self.rules.crm].kinds.values() if kind.key), "")
        return f", or write {self.dossier.lineage} into {key} of the right record" if key else ""

    def _held(self, kind: str, sentence: str, fix: str) -> Match:
        return Match(None, "none", Problem(kind, self.dossier.lineage, sentence, fix, person=self.dossier.lineage))
