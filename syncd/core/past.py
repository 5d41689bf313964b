"""What was known of a person at an earlier moment, and nothing else: the look back that a backtest rests on.

values       each record as the facts known by then left it; one that nobody had shown yet is not there
activities   those that had arrived by then, whenever they happened
stage        as the stage events known by then say
left out     handoffs, agreed pairs and opportunities: they are what came of it, or are known only as they are now
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

from syncd.core.facts import Dossier, Moved
from syncd.core.stages import highest
from syncd.core.types import Record, Ref, State


class Fact(NamedTuple):
    """A change of one record: `moved` of its fields, or `state` for what it had been before (None: no change of it)."""

    known: datetime
    moved: tuple[Moved, ...]
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Trace:
    """One record: since when it is known, and its changes, oldest first."""

    born: datetime
    facts: tuple[Fact, ...] = ()


class Reached(NamedTuple):
    """A stage that a person reached: when it happened, and when this ledger learned of it."""

    stage: str
    at: datetime
    known: datetime


@dataclass(frozen=True, slots=True)
class Past:
    """One person. `opened`: when it was first handed over, None for never; `handed` is the end of that sync, by which all is
    known that the decision rested on."""

    traces: Mapping[Ref, Trace]
    arrived: Mapping[Ref, datetime]
    reached: tuple[Reached, ...] = ()
    opened: datetime | None = None
    handed: datetime | None = None


def as_of(dossier: Dossier, past: Past, moment: datetime) -> Dossier:
    """The dossier as it stood at `moment`, of somebody whom nobody ever handed over."""
    marketing = _record(dossier.marketing, past, moment) if dossier.marketing else None
    crm = tuple(r for record in dossier.crm if (r := _record(record, past, moment)) is not None)
    there = {record.ref for record in crm}
    stage, top = "contact", "contact"
    for step in past.reached:
        if step.known <= moment:
            stage, top = step.stage, highest(top, step.stage)
    own = past.traces.get(dossier.marketing.ref) if dossier.marketing else None
    facts = own.facts if own else ()
    seen = {moved for fact in facts if fact.known <= moment for moved in fact.moved}
    return Dossier(
        lineage=dossier.lineage,
        marketing=marketing,
        family=dossier.family,
        crm=crm,
        linked=dossier.linked & there,
        claimed=dossier.claimed & there,
        activities=tuple(a for a in dossier.activities if past.arrived[a.ref] <= moment),
        stage=stage,
        highest=top,
        moves=tuple(moved for moved in dossier.moves if moved in seen),
    )


def moments(dossier: Dossier, past: Past) -> list[datetime]:
    """When anything of all this became known, in order."""
    found = set(past.arrived.values())
    for trace in past.traces.values():
        found |= {trace.born, *(fact.known for fact in trace.facts)}
    return sorted(found)


def _record(record: Record, past: Past, moment: datetime) -> Record | None:
    """The record with everything taken back that was learned after `moment`; None when all of it was."""
    trace = past.traces.get(record.ref)
    if trace is None or trace.born > moment:
        return None
    fields = dict(record.fields)
    state = record.state
    later = [fact for fact in trace.facts if fact.known > moment]
    for fact in reversed(later):
        fields |= {move.remote: move.was for move in fact.moved}
        state = State(fact.state) if fact.state is not None else state
    if not later:
        return record
    earlier = [m.at for fact in trace.facts if fact.known <= moment for m in fact.moved]
    modified = max(earlier, default=trace.born)
    return replace(record, fields=fields, state=state, modified=modified, successor=None, token=None)
