"""The fields that both sides have, held against each other: what one side should take from the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from syncd.core.facts import Dossier
from syncd.core.identity import Match
from syncd.core.merge import UNCHANGED, Merge, merge
from syncd.core.rules import FieldMap, Rules
from syncd.core.types import Raw, Record, State

OWN_FIELDS = frozenset({"owner", "stage", "work_status"})
"""Canonical fields that the handoff itself decides; they are never merged like names and phones."""


@dataclass(frozen=True, slots=True)
class Change:
    """A field that one side should take from the other; `pair` is what both hold afterwards."""

    field: str
    side: str
    remote: str
    value: Raw
    was: Raw
    pair: tuple[Raw, Raw]
    rule: str


def compare(d: Dossier, rules: Rules, target: Record) -> Iterator[tuple[str, FieldMap, FieldMap, Raw, Raw, Merge]]:
    """The fields that both sides have: (name, marketing's map, the CRM's, marketing's value, the CRM's, what should be)."""
    ours = d.marketing
    assert ours is not None
    theirs = rules.maps[rules.crm].kinds[target.ref.kind].fields
    for name, fm in rules.marketing_kind.fields.items():
        fm_crm = theirs.get(name)
        if fm_crm is None or name in OWN_FIELDS:
            continue
        mine, other = ours.fields.get(fm.remote), target.fields.get(fm_crm.remote)
        result = merge(fm, fm_crm, d.agreed.get(name), mine, other, ours.modified, target.modified)
        yield name, fm, fm_crm, mine, other, result


def changes(d: Dossier, rules: Rules, found: Match) -> tuple[Change, ...]:
    """Fields that moved on one side since both last agreed."""
    target = found.target
    if target is None or target.state is not State.LIVE or found.problem is not None:
        return ()
    moved = []
    for name, fm, fm_crm, mine, theirs, result in compare(d, rules, target):
        if result.to_crm is not UNCHANGED:
            pair = (mine, result.to_crm)
            moved.append(Change(name, rules.crm, fm_crm.remote, result.to_crm, theirs, pair, result.rule))
        if result.to_marketing is not UNCHANGED:
            pair = (result.to_marketing, theirs)
            moved.append(Change(name, rules.marketing, fm.remote, result.to_marketing, mine, pair, result.rule))
    return tuple(moved)
