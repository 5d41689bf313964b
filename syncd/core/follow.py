"""Following a handoff after its delivery: whose it is now, how far sales got, and what to do when its owner left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from syncd.core.facts import BY_HAND, ROUTED, Directory, Dossier, Handoff, Hop, Task
from syncd.core.feedback import NEW, SalesView
from syncd.core.keys import effect_key
from syncd.core.promise import COULD_NOT_REACH
from syncd.core.recycle import may_resume, reopened
from syncd.core.rules import Rules
from syncd.core.sla import ENDED, Watch, answered
from syncd.core.text import plural
from syncd.core.types import Owner, Problem, Record


def followed(
    d: Dossier, rules: Rules, handoff: Handoff | None, view: SalesView | None, target: Record | None, now: datetime
) -> Handoff | None:
    """The handoff as sales' work leaves it: owner changed, status moved, closed, taken up again.

    It closed when its record last moved, as far as one can see: what the person did since is fresh evidence.
    """
    if handoff is None or view is None or handoff.state not in ("delivered", "closed"):
        return handoff
    moved = min(target.modified, now) if target else now
    if target is not None and target.ref != handoff.target:
        handoff = replace(handoff, target=target.ref)  # converted or merged
    handoff = _passed_on(handoff, view, d.rerouted, moved)
    if view.work != handoff.work:
        handoff = replace(handoff, work=view.work, worked=moved)
    said: dict[str, Any] = {"outcome": view.disposition, "reason": view.reason, "not_before": view.not_before}
    if handoff.state == "closed" and view.disposition != handoff.outcome and (view.disposition or view.work):
        return _reconsidered(d, rules, handoff, moved, said)
    if view.disposition and view.disposition != handoff.outcome:
        return replace(handoff, state="closed", closed=moved, **said)
    if view.disposition and (view.reason, view.not_before) != (handoff.reason, handoff.not_before):
        return replace(handoff, reason=view.reason, not_before=view.not_before)
    return handoff


def _reconsidered(d: Dossier, rules: Rules, handoff: Handoff, moved: datetime, said: Mapping[str, Any]) -> Handoff:
    """A closed handoff of which sales says something else now: that it works it again, or that it ended otherwise. What was
    qualified may end otherwise at any time (T10)."""
    if handoff.outcome == "qualified" and said["outcome"]:
        return replace(handoff, closed=moved, **said)
    closed = handoff.closed if handoff.reason == ENDED and not said["outcome"] else None
    stands = closed is not None and (handoff.worked is None or handoff.worked <= closed)
    if stands and not _answered_since(d, closed):
        return handoff  # the status is the one that stood there when the time ran out
    if not may_resume(d, rules.recycle, handoff, moved):
        return handoff
    ruling = reopened(d, handoff)
    again = replace(handoff, reopens=handoff.reopens + 1, reopened=max(moved, ruling.at) if ruling else moved, **said)
    if again.outcome:
        return replace(again, closed=again.reopened)
    return replace(again, state="delivered", reason="", not_before=None, closed=None)


def _answered_since(d: Dossier, closed: datetime | None) -> bool:
    return answered([a for a in d.activities if closed is not None and a.at > closed])


def _passed_on(handoff: Handoff, view: SalesView, rerouted: Mapping[str, str], at: datetime) -> Handoff:
    """With the owner that the record has now. Of an adopted handoff only the owner's name is known at first."""
    owner = view.owner_email or view.owner_name
    if not owner or view.owner_id == handoff.owner_id:
        return handoff
    hops = handoff.hops
    if handoff.owner_id or handoff.owner not in ("", owner):
        first = Hop(handoff.delivered or handoff.opened, handoff.owner, handoff.owner_id, ROUTED)
        hops = (*(hops or (first,)), Hop(at, owner, view.owner_id, rerouted.get(view.owner_id, BY_HAND)))
    return replace(handoff, owner=owner, owner_id=view.owner_id, hops=hops)


# ---------------------------------------------------------------- owners who left
def who_left(handoff: Handoff | None, view: SalesView | None, directory: Directory) -> Owner | None:
    """Who has a running handoff and is not there any more."""
    if handoff is None or not handoff.active or (handoff.state == "delivered" and view is None):
        return None
    owner = directory.crm_by_id(view.owner_id if view and handoff.state == "delivered" else handoff.owner_id)
    return None if owner is None or owner.active else owner


def may_go_on(d: Dossier, rules: Rules, handoff: Handoff | None, view: SalesView | None) -> bool:
    """Whether a lead may go to somebody else by itself: nobody took it up, and it did not go on too often."""
    if handoff is None or handoff.state != "delivered" or view is None or d.busy:
        return False
    untouched = view.work in ("", NEW) and not view.accepted and not view.disposition
    return untouched and handoff.rerouted < rules.routing.hops


def over(handoff: Handoff, watched: Watch | None) -> Handoff:
    """The handoff once its working period is over with all promised touches and no answer (T8a)."""
    if watched is None or watched.ended is None:
        return handoff
    return replace(handoff, state="closed", outcome=COULD_NOT_REACH, reason=ENDED, closed=watched.ended)


def left_open(d: Dossier, handoff: Handoff, portal: str, owner: str, crm: str) -> Task | None:
    """Our last follow-up task of the handoff, if it is open with this owner as far as one knows: one that is done, or that
    somebody gave to somebody else, is left alone."""
    effect = f"task:{handoff.rerouted}" if handoff.rerouted else "task"
    made, key = d.tasks.get(effect), effect_key(portal, d.lineage, handoff.number, crm, effect)
    seen = next((a for a in d.activities if a.key == key or (made and a.ref == made.ref)), None)
    if seen is not None:
        made = None if seen.done else Task(seen.ref, seen.actor)
    return made if made is not None and made.owner == owner else None


def left_alone(d: Dossier, owner: Owner, handoff: Handoff) -> Problem:
    """A lead that is with somebody who is not there any more."""
    often = f" It went on {plural(handoff.rerouted, 'time')} already." if handoff.rerouted else ""
    return Problem(
        "owner_inactive",
        d.lineage,
        f"The lead is with {owner.called}, who is inactive in {owner.ref.system}.{often}",
        f"Give it to somebody else in {owner.ref.system}; syncd follows.",
    )
