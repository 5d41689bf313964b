"""How a handoff stands to its promise, for explain: both clocks, the touches, what is broken, what comes next."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from syncd.core.decide import Decision
from syncd.core.facts import Handoff
from syncd.core.sla import FIRST_TOUCH, HUMAN, SYSTEM, Watch, calendar_of, watched_by
from syncd.ledger.breaches import breaches_of
from syncd.sync.view import View


def promised(decision: Decision, handoff: Handoff, view: View) -> dict[str, Any] | None:
    """The promise of one of the person's handoffs against what happened; None when nothing was promised. `human.seconds` is
    working time; `zone` is that of whoever has, or had, the lead."""
    last = decision.handoff
    if last is not None and last.number == handoff.number:
        handoff, found = last, decision.watch
    else:
        found = watched_by(decision.dossier, view.rules, handoff, None, view.directory, view.now)
    if found is None:
        return None
    owner = view.directory.crm_by_id(handoff.owner_id)
    return {
        "version": handoff.promise,
        "sentence": str(found.promise),
        "zone": calendar_of(view.rules, owner, handoff.owner).timezone,
        "system": {
            "seconds": found.system.total_seconds(),
            "limit": found.promise.delivery.total_seconds(),
            "late": _is_late(found, SYSTEM),
        },
        "human": {
            "seconds": found.human.total_seconds() if found.human is not None else None,
            "due": _moment(found.due),
            "first_touch": _moment(found.first),
            "late": _is_late(found, HUMAN),
        },
        "touches": {
            kind: {"made": found.touches.get(kind, 0), "promised": found.promise.touches.get(kind, 0)}
            for kind in dict.fromkeys((*found.promise.touches, *sorted(found.touches)))
        },
        "ends": _moment(found.ends),
        "breaches": [
            {
                "what": breach.what,
                "clock": breach.clock,
                "owner": breach.owner,
                "since": breach.since.isoformat(),
                "due": breach.due.isoformat(),
                "cleared": _moment(breach.cleared),
            }
            for breach in breaches_of(view.store, handoff.key)
        ],
        "next": _moment(found.next),
    }


def _is_late(found: Watch, clock: str) -> bool:
    """Whether the first touch was late by this clock."""
    return any((breach.what, breach.clock) == (FIRST_TOUCH, clock) for breach in found.breaches)


def _moment(at: datetime | None) -> str | None:
    return at.isoformat() if at is not None else None
