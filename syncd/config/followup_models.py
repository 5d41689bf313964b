"""The shape of [followup]: what sales promise of the leads that they get."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Literal

from pydantic import Field

from syncd.config.scalars import Day, DayOff, Duration, Hours, MaybeWorking, OneOrMany, Text, WeekDay, Working
from syncd.config.tables import Table
from syncd.core.promise import Promise

_USUAL = Promise()

Touch = Literal["call", "email", "meeting", "message"]
DaysOff = Annotated[list[DayOff], OneOrMany]


class Terms(Table):
    """What is promised of a lead. All but `delivery` is working time of whoever has it."""

    delivery: Duration = Field(
        default=_USUAL.delivery, description="From the gate until the owner is verified in the CRM, around the clock"
    )
    first_touch: Working = Field(
        default=_USUAL.first_touch, description="From there to the first touch", json_schema_extra={"default": "4h"}
    )
    touches: dict[Touch, Annotated[int, Field(ge=1)]] = Field(
        default={"call": 3, "email": 2}, description="Kind of touch → how many in the working period"
    )
    within: Working = Field(
        default=_USUAL.within, description="The working period", json_schema_extra={"default": "10d"}
    )
    then: Literal["could_not_reach", "nothing"] = Field(
        default="could_not_reach", description="What becomes of a lead that did not answer to all promised touches"
    )
    remind: MaybeWorking = Field(
        default=_USUAL.remind,
        description='So long before the first touch is due its owner is reminded; "" for never',
        json_schema_extra={"default": "1h"},
    )
    reassign: bool = Field(
        default=_USUAL.reassign, description="A lead that nobody touched in time goes to somebody else"
    )
    accept_after: MaybeWorking = Field(
        default=_USUAL.accept_after,
        description='Silence that lasts so long counts as accepted; "" for never',
        json_schema_extra={"default": ""},
    )
    status_after: MaybeWorking = Field(
        default=_USUAL.status_after,
        description='A status that does not change for so long is overdue; "" for never',
        json_schema_extra={"default": "10d"},
    )


class Calendar(Table):
    """When those work of whom [[route.rep]] says nothing else; each in their own time zone."""

    days: list[WeekDay] = Field(default=["Mon", "Tue", "Wed", "Thu", "Fri"], min_length=1, description="Working days")
    hours: Hours = Field(
        default=(time(9), time(17)), description="Working hours", json_schema_extra={"default": "09:00-17:00"}
    )
    holidays: DaysOff = Field(default=[], description="Regions whose public holidays are free, and single dates")


class Followup(Terms):
    tiers: dict[Text, Terms] = Field(default={}, description="Tier → what is promised otherwise of its leads")
    calendar: Calendar = Field(default_factory=lambda: Calendar())
    agreed_by: list[Text] = Field(default=[], description="Who of marketing and of sales signed the promise")
    agreed_on: Day = ""
    agreed_version: str = Field(default="", description="What `syncd promise` shows of it, as it was signed")
