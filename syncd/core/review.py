"""The review: ready leads that wait for a named person, what that person says, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from syncd.core.appraise import appraise
from syncd.core.facts import REJECTED, Dossier, Handoff
from syncd.core.keys import effect_key
from syncd.core.qualify import Verdict
from syncd.core.recycle import reopened
from syncd.core.rules import Rules
from syncd.core.rulings import DONE, HANDOFF, LATE, REFUSED, REJECT, RELEASE, REOPEN, STANDING, Ruling, standing
from syncd.core.text import listing

WAITS = "waits for a named person to release it"


def sent_back(d: Dossier, rules: Rules, last: Handoff | None, portal: str, now: datetime) -> Handoff | None:
    """The handoff that a rejection closes before it began: like a recycled one, it comes back on fresh evidence only."""
    ruling = standing(d.rulings, REJECT, d.next_number)
    if ruling is None or (last is not None and (last.active or last.number >= ruling.number)):
        return None
    points = appraise(d, rules, last, now).score
    return Handoff(
        number=ruling.number,
        key=effect_key(portal, d.lineage, ruling.number, rules.crm, "handoff"),
        state="closed",
        entry=REJECTED,
        opened=ruling.at,
        rule=str(ruling),
        score=points.combined,
        tier=points.tier,
        criteria=rules.version,
        outcome="recycle",
        reason=ruling.reason,
        closed=ruling.at,
    )


def answers(d: Dossier, verdict: Verdict, last: Handoff | None, opens: int) -> Iterator[Ruling]:
    """What becomes of the rulings that stand; `opens` is the number of the handoff that is opened now, 0 for none. Those of
    which nothing is said stand on."""
    for ruling in (r for r in d.rulings if r.state == STANDING):
        if ruling.verb == REOPEN:
            again = reopened(d, last) is not None
            yield replace(
                ruling, state=DONE if again else LATE, answer="a lead again" if again else "it was not trash any more"
            )
        elif ruling.number == opens:
            yield replace(ruling, state=DONE, answer=f"handoff {opens} was opened")
        elif last is not None and last.rejected and (ruling.verb, ruling.number) == (REJECT, last.number):
            yield replace(ruling, state=DONE, answer="it comes back on fresh evidence only")
        elif ruling.number != d.next_number or (last is not None and last.number >= ruling.number):
            yield replace(ruling, state=LATE, answer="another handoff or ruling was there first")
        elif why := _against(ruling, verdict):
            yield replace(ruling, state=REFUSED, answer=why)


def _against(ruling: Ruling, verdict: Verdict) -> str:
    """Why the ruling does not go through now; "" when nothing stands against it."""
    if verdict.vetoes and not ruling.despite_veto:
        return f"a veto holds: {listing(verdict.vetoes)}"
    if ruling.verb == RELEASE and not verdict.ready:
        return f"not ready any more: {listing((*verdict.unmatched, *verdict.missing))}"
    return ""


def stopped(d: Dossier, verdict: Verdict) -> str:
    """Why a release or a handoff by hand of the next number does not go; "" when none does, or none stands."""
    if not d.rulings:
        return ""
    for verb in (HANDOFF, RELEASE):
        ruling = standing(d.rulings, verb, d.next_number)
        if ruling is not None and (why := _against(ruling, verdict)):
            return f"{ruling}; but {why}"
    return ""
