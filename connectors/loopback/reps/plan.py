"""What a rep is going to do about one lead, decided when the rep first sees it."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Literal

Act = Literal[
    "call", "email", "working", "qualified", "recycled", "unreachable", "trash", "convert",
    "propose", "won", "lost",
]  # fmt: skip

RECYCLE_REASONS = (
    "Budget not before next year",
    "Contract with another vendor runs until spring",
    "Projekt verschoben",
    "Wants to talk again after the reorganisation",
)
TRASH_REASONS = ("Student, no project", "Wrong number", "Competitor", "Looking for a job, not a tool")


@dataclass(frozen=True)
class Step:
    """``after`` is in days since the step before; the rest belongs to some acts only.

    ``reached``: somebody picked up; ``reason``: with recycled and trash; ``rest_days``: how
    long to leave a recycled lead alone; ``amount``: of the opportunity, in ``currency`` where the CRM has several;
    ``bare``: converted without an opportunity.
    """

    act: Act
    after: float
    reached: bool = False
    reason: str = ""
    rest_days: int = 0
    amount: int = 0
    currency: str = ""
    bare: bool = False


def draw_plan(dice: Random) -> list[Step]:
    """A qualified, recycled, unreachable, trash or neglected lead, in plausible shares."""
    luck = dice.random()
    first = Step("call", dice.uniform(0.01, 1.5), reached=luck < 0.7)
    if luck < 0.40:
        return [first, Step("working", 0.01), *pursue(dice)]
    if luck < 0.60:
        reason = dice.choice(RECYCLE_REASONS)
        rest = dice.choice([14, 30, 90])
        end = Step("recycled", dice.uniform(0.1, 3), reason=reason, rest_days=rest)
        return [first, Step("working", 0.01), Step("email", 0.2), end]
    if luck < 0.75:
        end = Step("trash", dice.uniform(0.01, 1), reason=dice.choice(TRASH_REASONS))
        return [first, Step("working", 0.02), end]
    if luck < 0.92:
        tries: list[Step] = []
        for _ in range(dice.randint(2, 4)):
            tries += [Step("call", dice.uniform(0.5, 2)), Step("email", 0.05)]
        return [first, Step("working", 0.01), *tries, Step("unreachable", 1)]
    return []


def pursue(dice: Random) -> list[Step]:
    """What follows when somebody is interested, from the next e-mail to the deal's end."""
    amount = dice.randint(8, 160) * 500
    steps = [
        Step("email", dice.uniform(0.1, 1)),
        Step("call", dice.uniform(0.5, 3), reached=True),
        Step("qualified", 0.05),
        Step("convert", dice.uniform(0.5, 3), amount=amount),
        Step("propose", dice.uniform(2, 10), amount=int(amount * dice.uniform(0.8, 1.3))),
    ]
    outcome = dice.random()
    if outcome < 0.45:
        steps.append(Step("won", dice.uniform(3, 20)))
    elif outcome < 0.8:
        steps.append(Step("lost", dice.uniform(3, 20)))
    return steps
