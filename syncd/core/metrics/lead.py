"""One lead that marketing passed to sales, with what became of it: the row that every number is made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from syncd.core.facts import Handoff
from syncd.core.feedback import ACCEPTED_STAGES, is_touch
from syncd.core.types import Activity, Opportunity

_IMPLIED = "T18 "
_TAKEN_BACK = "T16 "
_LEVELS = {"sal": 1, "sql": 2, "opportunity": 3, "lost": 3, "customer": 4}
"""How far down the funnel a stage is. A lost deal was an opportunity."""


@dataclass(frozen=True, slots=True)
class Step:
    """One move of the person: `at` by the evidence, `seen` when syncd learned of it."""

    stage: str
    rule: str
    at: datetime
    seen: datetime
    source: str = ""

    @property
    def implied(self) -> bool:
        """Nobody saw this stage, but what came after cannot have happened without it (T18)."""
        return self.rule.startswith(_IMPLIED)


@dataclass(frozen=True, slots=True)
class Lead:
    """A handoff that reached sales.

    team       the rule of the routing that gave it away: a territory, a pool, an account list
    groups     further dimension → value (source, campaign, persona, segments, criteria …); "" where it is not known
    steps      moves of the person from the handoff on, before the next one
    touched    when a human of sales was first in contact, from the delivery on
    deals      the opportunities that count for this lead and for no other
    rules      names of the score rules that gave or took points
    before     what the person had done before: kinds of activity
    returned   the person was handed over again later
    """

    lineage: str
    number: int
    entry: str
    opened: datetime
    delivered: datetime
    owner: str = ""
    team: str = ""
    tier: str = ""
    score: int = 0
    work: str = ""
    outcome: str = ""
    reason: str = ""
    closed: datetime | None = None
    touched: datetime | None = None
    groups: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    deals: tuple[Opportunity, ...] = ()
    rules: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    returned: bool = False
    target: str = ""

    @property
    def key(self) -> tuple[str, int]:
        return self.lineage, self.number

    @property
    def level(self) -> int:
        """How far it came: 1 accepted, 2 qualified, 3 opportunity, 4 won. A deal that was deleted or reopened takes it back."""
        level = 0
        for step in self.steps:
            reached = _LEVELS.get(step.stage, 0)
            level = reached if step.rule.startswith(_TAKEN_BACK) else max(level, reached)
        return level

    @property
    def accepted_at(self) -> datetime | None:
        """When syncd learned that sales took it up."""
        return next((step.seen for step in self.steps if step.stage in ACCEPTED_STAGES), None)

    @property
    def implied(self) -> bool:
        """Accepted only because of what came after."""
        return self.level > 0 and all(s.implied for s in self.steps if s.stage == "sal")

    @property
    def path(self) -> str:
        """The stages that it went through: "mql › handed_off › sal › opportunity › customer"."""
        return " › ".join(step.stage for step in self.steps)

    @property
    def follow_up(self) -> timedelta | None:
        """The human clock."""
        return self.touched - self.delivered if self.touched else None

    @property
    def system_time(self) -> timedelta | None:
        """The clock of the systems: from the gate to the verified owner. Not known of what a new ledger found delivered."""
        return None if self.entry == "adopted" else max(self.delivered - self.opened, timedelta())

    @property
    def revenue(self) -> dict[str, Decimal]:
        """Currency → amount of the won deals that count for this lead."""
        total: dict[str, Decimal] = {}
        for deal in self.deals:
            if deal.status == "won" and deal.amount is not None:
                total[deal.currency] = total.get(deal.currency, Decimal()) + deal.amount
        return total

    def within(self, time: timedelta) -> Lead:
        """The lead as it stood so long after the delivery, as far as counts go: what came later is left out."""
        end = self.delivered + time
        over = self.closed is not None and self.closed <= end
        return replace(
            self,
            steps=tuple(step for step in self.steps if step.seen <= end),
            outcome=self.outcome if over else "",
            reason=self.reason if over else "",
            touched=self.touched if self.touched and self.touched <= end else None,
        )


@dataclass(frozen=True, slots=True)
class Metric:
    """A number of leads. `means` completes "… of the leads that were passed in the period, those that"."""

    name: str
    title: str
    means: str
    holds: Callable[[Lead], bool]

    def of(self, leads: Sequence[Lead]) -> tuple[Lead, ...]:
        """The leads behind the number."""
        return tuple(lead for lead in leads if self.holds(lead))


REJECTIONS = ("recycle", "trash")

METRICS = {
    metric.name: metric
    for metric in (
        Metric("passed", "Qualified leads passed", "reached sales: their owner was verified in the CRM", lambda lead: True),
        Metric("touched", "Followed up", "a human of sales was in contact with, by call, meeting or message, since they "
               "were passed", lambda lead: lead.touched is not None),
        Metric("accepted", "Sales-accepted leads", "sales took up: by status, by a touch, or by what came after",
               lambda lead: lead.level >= 1),
        Metric("implied", "… of these accepted by implication", "count as accepted only since a later stage cannot "
               "have happened without it", lambda lead: lead.implied),
        Metric("qualified", "Sales-qualified leads", "sales confirmed: SQL or further", lambda lead: lead.level >= 2),
        Metric("opportunity", "Became an opportunity", "became an opportunity: open, won, lost", lambda lead: lead.level >= 3),
        Metric("won", "Won", "became customers", lambda lead: lead.level >= 4),
        Metric("lost", "Lost", "lost their opportunity", lambda lead: lead.level == 3
               and any(s.stage == "lost" for s in lead.steps)),
        Metric("rejected", "Rejected", "sales recycled or trashed and that never were an opportunity",
               lambda lead: lead.outcome in REJECTIONS and lead.level < 3),
        Metric("not_ready", "Rejected as not ready", "sales recycled and that never were an opportunity",
               lambda lead: lead.outcome == "recycle" and lead.level < 3),
        Metric("trash", "Rejected for good", "sales trashed", lambda lead: lead.outcome == "trash"),
        Metric("unreachable", "Could not be reached", "sales could not reach", lambda lead: lead.outcome == "could_not_reach"),
        Metric("returned", "Came back", "were handed over again later", lambda lead: lead.returned),
        Metric("untouched", "Untouched", "nobody of sales has been in contact with, and that are open",
               lambda lead: lead.touched is None and not lead.outcome and lead.level < 2),
        Metric("missing", "Without a status", "have no status, no outcome and no opportunity: nobody knows how they stand",
               lambda lead: not lead.work and not lead.outcome and lead.level < 1),
    )
}  # fmt: skip


def first_touch(handoff: Handoff, activities: Sequence[Activity]) -> datetime | None:
    """When sales was first in contact between the delivery and the end of the handoff."""
    if handoff.delivered is None:
        return None
    touches = (a.at for a in activities if is_touch(a) and a.at >= handoff.delivered)
    first = min(touches, default=None)
    return None if first is None or (handoff.closed is not None and first > handoff.closed) else first


def standing(lead: Lead) -> str:
    """How a lead stands now, in a word; "" when nobody knows."""
    if METRICS["lost"].holds(lead):
        return "lost"
    far = ("", "accepted", "qualified", "opportunity", "won")[lead.level]
    return far if lead.level >= 3 else lead.outcome or lead.work or far
