"""Everything that says where a person is in the funnel, as evidence for `stages.advance`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from syncd.core.facts import Dossier, Handoff
from syncd.core.feedback import SalesView
from syncd.core.sla import ENDED
from syncd.core.stages import Evidence, Rank
from syncd.core.types import State, Value

_EXIT = {"recycle": "recycled", "could_not_reach": "unreachable", "trash": "trash"}


def evidence(
    d: Dossier, profile: Mapping[str, Value], handoff: Handoff | None, view: SalesView | None, now: datetime,
    silent: datetime | None = None,
) -> list[Evidence]:
    """Everything that says where the person is. `silent` is when silence was taken as accepted."""
    found = []
    stage = profile.get("stage")
    if d.marketing is not None and isinstance(stage, str) and stage and (stage != "lead" or _can_be_reached(profile)):
        found.append(Evidence(stage, "marketing stage", d.marketing.modified, str(d.marketing.ref), Rank.MARKETING))
    if handoff is not None:
        source = f"handoff {handoff.number}"
        found.append(Evidence("mql", passed(handoff.entry), handoff.opened, source, Rank.HANDOFF))
        if handoff.delivered:
            found.append(Evidence("handed_off", "T3 owner verified", handoff.delivered, source, Rank.HANDOFF))
        at = handoff.closed or handoff.delivered or now
        target = str(handoff.target or source)
        if view is not None and view.accepted:
            found.append(Evidence("sal", "T4 accepted", at, target, Rank.TOUCH))
        elif silent is not None:
            found.append(Evidence("sal", "T4 accepted by silence", silent, source, Rank.TOUCH))
        if view is not None and view.stage:
            found.append(Evidence(view.stage, f"status {view.work}", at, target, Rank.STATUS))
        if handoff.outcome in _EXIT:
            found.append(Evidence(_EXIT[handoff.outcome], _given_back(handoff), at, target, Rank.STATUS))
    for record in d.crm:
        if record.state is State.CONVERTED and record.ref in d.linked:
            found.append(Evidence("sql", "T9c lead converted", record.modified, str(record.ref), Rank.CONVERTED))
    if handoff is not None or d.linked:
        found += _deals(d)
    return found


def _given_back(handoff: Handoff) -> str:
    """How a handoff ended without a deal."""
    if handoff.rejected:
        return f"T3r {handoff.rule}"
    return f"T8a {ENDED}" if handoff.reason == ENDED else f"sales said {handoff.outcome}"


def passed(entry: str) -> str:
    """How a handoff came about: through the gate, or by a named person."""
    return "T2′ by a named person" if entry == "manual" else "T2 gate passed"


def _can_be_reached(profile: Mapping[str, Value]) -> bool:
    """Whether e-mail or phone is known: without both somebody is no lead yet, whatever marketing says (S0.23)."""
    return any(profile.get(field) for field in ("email", "phone", "mobile"))


def _deals(d: Dossier) -> list[Evidence]:
    """What the person's deals say; a deleted or reopened one takes the stage back (T16)."""
    standing = [o for o in d.opportunities if not o.deleted]
    found = []
    for deal in standing:
        stage, rule, rank = {
            "open": (
                "opportunity",
                "T16 opportunity reopened" if d.stage == "customer" else "T9 opportunity",
                Rank.OPEN,
            ),
            "won": ("customer", "T11 opportunity won", Rank.CLOSED),
            "lost": ("lost", "T12 opportunity lost", Rank.CLOSED),
        }[deal.status]
        found.append(Evidence(stage, rule, deal.modified, str(deal.ref), rank))
    if d.opportunities and not standing:
        last = max(d.opportunities, key=lambda o: o.modified)
        found.append(Evidence("sql", "T16 opportunity deleted", last.modified, str(last.ref), Rank.OPEN))
    return found


def lost(d: Dossier) -> datetime | None:
    """When the last deal was lost; None while one is open or won."""
    standing = [o for o in d.opportunities if not o.deleted]
    if not standing or any(o.status != "lost" for o in standing):
        return None
    return max(o.modified for o in standing)
