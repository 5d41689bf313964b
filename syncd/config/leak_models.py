"""The shape of [leaks]: how long nothing may happen with a lead until it stands on the list."""

from __future__ import annotations

from pydantic import Field

from syncd.config.scalars import Duration
from syncd.config.tables import Table
from syncd.core.leaks import USUAL


class Leaks(Table):
    handoff: Duration = Field(default=USUAL.handoff, description="From the gate until the owner is verified")
    next_step: Duration = Field(
        default=USUAL.next_step, description="With sales without a touch, a new status, an open task or a deal"
    )
    status: Duration = Field(
        default=USUAL.status, description="Without a first touch, or with the same status, where nothing is promised"
    )
    nurture: Duration = Field(default=USUAL.nurture, description="Given back without a sign of the person")
