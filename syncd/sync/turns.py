"""Leads given out one after the other on paper: who would get each, with turns and limits as they go."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from syncd.core.decide import Decision
from syncd.core.facts import Directory
from syncd.core.policy import made_up
from syncd.core.receiver import receiver
from syncd.core.reps import Load
from syncd.core.route import receivers
from syncd.core.rules import Rules
from syncd.core.standing import Standing
from syncd.ledger.standing import LATELY


@dataclass(slots=True)
class Turns:
    """`past` moves on with every lead. With `closing` a lead is not open any more when the next one comes: of one that was
    never given nobody knows how long it would have been."""

    rules: Rules
    directory: Directory
    past: Standing = field(default_factory=Standing)
    closing: bool = False

    def give(self, decision: Decision, now: datetime) -> tuple[str, str]:
        """Who gets the lead, and the pool by whose turns; "" for nobody who can take it now, and for no turns."""
        chosen = receiver(decision, self.rules, self.directory, self.past, now)[1]
        if chosen.taken is None or chosen.owner is None:
            return "", ""
        self.past = self.past.after(chosen.taken, now)
        if self.closing:
            who = chosen.taken.owner_id
            lately = tuple(at for at in self.past.loads[who].given if at > now - LATELY)
            self.past = replace(self.past, loads={**self.past.loads, who: Load(0, lately)})
        return chosen.owner.called, chosen.taken.draw.pool if chosen.taken.draw else ""


def everybody(rules: Rules) -> Directory:
    """All whom the routing names, live: for a ledger that knows no owners, such as an imported one."""
    return Directory(crm=tuple(made_up(name, rules.crm) for name in receivers(rules.routing)))
