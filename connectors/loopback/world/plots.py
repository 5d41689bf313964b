"""The part each contact plays: who is ready for sales, who fails exactly one criterion, the rest.

A contact is sales-ready here when all of this holds: it decides (manager or above); its company
has more than 50 employees, is in an industry and a country we sell to and is no competitor; it
asked for a conversation (demo, contact sales, pricing) within the last ten days; it can be
reached (a telephone number, e-mails that are opened) and may be (no opt-out, no bounce); it is
no customer yet. A near miss fails exactly one of these.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from connectors.loopback.world.companies import Company
from connectors.loopback.world.lexicon import Weighted
from connectors.loopback.world.people import DECIDERS, JUNIORS

READY, WARM, COLD = "ready", "warm", "cold"

NEAR_MISSES = (
    "too_junior",
    "too_small",
    "wrong_industry",
    "blocked_country",
    "competitor",
    "evidence_too_old",
    "opted_out",
    "bounced",
    "no_way_to_reach",
    "customer",
)

# The company fits: who of its people is what, in a hundred.
_AT_A_FIT = Weighted(
    {
        READY: 22,
        "too_junior": 8,
        "evidence_too_old": 8,
        "opted_out": 5,
        "no_way_to_reach": 4,
        "bounced": 2.5,
        "customer": 2,
        WARM: 20,
        COLD: 28.5,
    }.items()
)
# The company fails one criterion: how likely its contact fails nothing else.
_NEAR_SHARE = {"too_small": 0.1, "wrong_industry": 0.2, "blocked_country": 0.7, "competitor": 0.9}
_ELSEWHERE = Weighted(
    {
        WARM: 22,
        COLD: 78,
    }.items()
)


@dataclass(frozen=True)
class Plot:
    """``part`` is ready, warm, cold or one of NEAR_MISSES."""

    part: str

    @property
    def raises_hand(self) -> bool:
        return self.part == READY or self.part in NEAR_MISSES

    @property
    def seniorities(self) -> tuple[str, ...] | None:
        if self.part == "too_junior":
            return JUNIORS
        return DECIDERS if self.raises_hand else None


def draw_plot(dice: Random, company: Company) -> Plot:
    failures = company.failures()
    if not failures:
        return Plot(_AT_A_FIT.draw(dice))
    if len(failures) == 1 and dice.random() < _NEAR_SHARE[failures[0]]:
        return Plot(failures[0])
    return Plot(_ELSEWHERE.draw(dice))
