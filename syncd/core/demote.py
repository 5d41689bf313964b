"""A stage that goes back in marketing's system (B5): cleared, read, set, read; off unless the mapping says `demote`.

HubSpot's lifecycle moves forward only, and answers 200 to what it swallows. So the way back is two writes, each alone in its
call and read back; the second looks first whether the field is still empty. What is left after a crash is planned from what
the field holds: filled, both writes; empty, the second one.

It is done once for each time that sales gives a lead back. Whoever moves the field forward again afterwards has their way.
"""

from __future__ import annotations

from dataclasses import dataclass

from syncd.core.facts import Dossier, Handoff
from syncd.core.keys import field_key
from syncd.core.rules import KindMap
from syncd.core.stages import FUNNEL
from syncd.core.types import STAGE_BACK, Action, Problem, Record, Verb, rank

_AMOUNTS_TO = {"recycled": "lead", "unreachable": "lead", "trash": "contact"}
_OTHER = "other"
"""HubSpot's value for people who are in no stage of the funnel."""


@dataclass(frozen=True, slots=True)
class Demotion:
    """The stage field of `record` goes from `was` ("" when it is cleared already) to `to`; `time` tells the returns of one
    person apart."""

    record: Record
    field: str
    was: str
    to: str
    time: str


def demotion(d: Dossier, kind: KindMap, handoff: Handoff | None, stage: str) -> Demotion | None:
    """How marketing's field would follow somebody who left the funnel; None when it need not, or may not."""
    if not kind.demote or d.marketing is None or handoff is None or stage not in _AMOUNTS_TO:
        return None
    to = _value(kind, stage)
    was = str(d.marketing.fields.get(kind.stage) or "")
    if to is None or was == to or (was and not _is_further(kind, was, to)):
        return None
    return Demotion(d.marketing, kind.stage, was, to, f"{handoff.number}.{handoff.reopens}")


def moved_on(d: Dossier, found: Demotion) -> Problem | None:
    """Somebody moved the field forward again after it was set back: it is left alone."""
    if f"{STAGE_BACK}set:{found.time}" not in d.demoted:
        return None
    return Problem(
        "overwritten",
        f"{d.lineage} {found.field}",
        f"Somebody moved {found.field} of {found.record.ref} to “{found.was}” after syncd had set it back to “{found.to}”. "
        "It is left so.",
        f"Find the workflow that writes {found.field}, or set demote = false in mappings/{found.record.ref.system}.toml.",
    )


def demote(found: Demotion, portal: str, lineage: str, handoff: int) -> tuple[Action, ...]:
    """The two writes, or the second one alone where the field is empty already."""
    system = found.record.ref.system

    def write(step: str, was: str, value: str, needs: dict[str, str]) -> Action:
        effect = f"{STAGE_BACK}{step}:{found.time}"
        return Action(
            key=field_key(portal, lineage, system, effect, f"{was}>{value}@{found.record.modified.isoformat()}"),
            effect=effect,
            verb=Verb.UPDATE,
            target=found.record.ref,
            fields={found.field: value or None},
            before={found.field: was or None},
            guard=True,
            needs=needs,
            person=lineage,
            cause=f"handoff {handoff} came back: the stage goes back to {found.to}",
            handoff=handoff,
            order=rank(Verb.UPDATE, effect),
        )

    if not found.was:
        return (write("set", "", found.to, {}),)
    clear = write("clear", found.was, "", {})
    return clear, write("set", "", found.to, {"when": clear.key})


def _value(kind: KindMap, stage: str) -> str | None:
    """The remote value for a stage outside the funnel; None when the mapping has none."""
    meant = [raw for raw, canonical in kind.stages.items() if canonical == _AMOUNTS_TO[stage]]
    if stage == "trash" and _OTHER in meant:
        return _OTHER
    return meant[0] if meant else None


def _is_further(kind: KindMap, was: str, to: str) -> bool:
    """Whether one value is further down the funnel than another; of one that the mapping does not know nobody can say."""
    here, there = kind.stages.get(was), kind.stages[to]
    if here not in FUNNEL or there not in FUNNEL:
        return False
    return FUNNEL.index(here) > FUNNEL.index(there)
