"""Which lead an opportunity counts for: exactly one, so that no revenue is told twice (S1.28, S1.29).

Of a person it is the handoff that was the newest when the opportunity moved the person's stage, or, if it never did, when the
opportunity moved last; one that moved before the first handoff is no lead's. Of several people with one opportunity it is
whoever was passed first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.core.facts import Handoff
from syncd.core.metrics.lead import Step
from syncd.core.types import Opportunity, Ref

_UNTOLD = ("contact", "lead", "void")


@dataclass(frozen=True, slots=True)
class Story:
    """A person: the handoffs that reached sales by number, all moves in order, the opportunities that stand."""

    lineage: str
    handoffs: tuple[Handoff, ...]
    steps: tuple[Step, ...]
    deals: tuple[Opportunity, ...]

    def steps_of(self, handoff: Handoff) -> tuple[Step, ...]:
        """The moves from a handoff on, before the next; not that marketing has the person again."""
        end = min((h.opened for h in self.handoffs if h.number > handoff.number), default=None)
        return tuple(
            s for s in self.steps if s.stage not in _UNTOLD and s.at >= handoff.opened and (end is None or s.at < end)
        )


def credits(stories: Iterable[Story]) -> dict[tuple[str, int], tuple[Opportunity, ...]]:
    """(lineage, number) → the opportunities that count for this lead."""
    best: dict[Ref, tuple[tuple[datetime, str, int], Opportunity]] = {}
    for story in stories:
        for deal in story.deals:
            handoff = _newest(story.handoffs, _moved(story.steps, deal))
            if handoff is None or handoff.delivered is None:
                continue
            claim = (handoff.delivered, story.lineage, handoff.number)
            if deal.ref not in best or claim < best[deal.ref][0]:
                best[deal.ref] = (claim, deal)
    found: dict[tuple[str, int], tuple[Opportunity, ...]] = {}
    for (_, lineage, number), deal in sorted(best.values(), key=lambda claim: claim[1].ref):
        found[lineage, number] = (*found.get((lineage, number), ()), deal)
    return found


def _moved(steps: Sequence[Step], deal: Opportunity) -> datetime:
    return next((step.at for step in steps if step.source == str(deal.ref)), deal.modified)


def _newest(handoffs: Sequence[Handoff], at: datetime) -> Handoff | None:
    return max((h for h in handoffs if h.opened <= at), key=lambda h: h.number, default=None)
