"""The shape of `[report]` and `[targets]`: every key, its type and its range."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, WithJsonSchema

from syncd.config.scalars import Duration, Share, Text, Zone, show, wrong
from syncd.config.tables import Table


def _amount(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 1e15:
        raise wrong(f"must be an amount of money, not {show(value)}.", "Write it without a sign: 250000.")
    return Decimal(str(value))


def _currency(value: Any) -> str:
    if not isinstance(value, str) or not re.fullmatch("[A-Z]{3}", value):
        raise wrong("is not a currency.", "Write its three letters: EUR.")
    return value


Amount = Annotated[Decimal, BeforeValidator(_amount), WithJsonSchema({"type": "number", "minimum": 0})]
Currency = Annotated[str, BeforeValidator(_currency), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})]


class Report(Table):
    """What `syncd report` counts, and when a rate raises an alarm."""

    timezone: Zone = Field(default="", description="In which days begin; default: UTC")
    segments: list[Text] = Field(default=["industry"], description="Fields by whose values leads are counted too")
    stuck: Duration = Field(default=timedelta(days=14), description="Longer in a stage is stuck")
    window: Duration = Field(default=timedelta(days=28), description="Alarms: leads of so long beside three times that")
    mature: Duration = Field(default=timedelta(days=14), description="Alarms: every lead is judged at this age")
    spend: Text | None = Field(default=None, description="CSV file of what was spent; relative to this file")
    campaigns: Text | None = Field(default=None, description="CSV file of upcoming campaigns; relative to this file")


class Targets(Table):
    """What marketing and sales want to reach."""

    period: Duration = Field(default=timedelta(days=30), description="Counts and revenue are for so long")
    passed: int | None = Field(default=None, ge=0, description="Qualified leads passed")
    accepted: int | None = Field(default=None, ge=0, description="Sales-accepted leads")
    opportunities: int | None = Field(default=None, ge=0)
    won: int | None = Field(default=None, ge=0)
    revenue: dict[Currency, Amount] = Field(default={}, description="Currency → amount")
    accepted_rate: Share | None = Field(default=None, description="Of the leads passed")
    opportunity_rate: Share | None = Field(default=None, description="Of the leads passed")
    not_ready_rate: Share | None = Field(default=None, description="At most this share of the leads passed")
    follow_up: Duration | None = Field(default=None, description="At most: half of the leads were touched within")
    system_time: Duration | None = Field(
        default=None, description="At most: 95 of 100 were delivered within; over it an alarm is raised"
    )
