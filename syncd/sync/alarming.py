"""Alarms as the ledger keeps them: each is a problem that opens when its state changes, and heals when it is over (S1.31)."""

from __future__ import annotations

from datetime import datetime

from syncd.core.alerts import ALARM
from syncd.core.metrics.terms import ReportRules
from syncd.core.rules import Rules
from syncd.core.types import Problem
from syncd.ledger import journal
from syncd.ledger.store import Store
from syncd.sync.reporting import watched

_LOOKED = "alarms"


def look(store: Store, rules: Rules, of: ReportRules, now: datetime) -> bool:
    """Once a day, by the report's calendar: raise the alarms that hold, close the others. Whether it looked."""
    today = now.astimezone(of.zone).date().isoformat()
    if journal.get(store, _LOOKED) == today:
        return False
    holding = watched(store, rules, of, now)
    names = {alarm.name for alarm in holding}
    over = [(ALARM, p["subject"]) for p in journal.problems(store) if p["kind"] == ALARM and p["subject"] not in names]
    with store.tx() as conn:
        journal.report(conn, [Problem(ALARM, a.name, a.sentence, " ".join(a.reviews)) for a in holding], now)
        journal.resolve_these(conn, now, over)
        journal.put(conn, _LOOKED, today)
    return True
