"""The shape of `tests.toml`: leads and what should become of them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from syncd.config.models import ActivityKind
from syncd.config.scalars import Day, Duration, OneOrMany, Percent, Text, show, wrong
from syncd.config.tables import Table
from syncd.config.words import Disposition
from syncd.core.policy import WEEKDAYS

_DAY = {"type": "string", "format": "date"}


def _moment(value: Any) -> datetime:
    fix = "Write it without quotes and with its zone: 2026-11-24T09:00:00Z."
    if not isinstance(value, datetime):
        raise wrong(f"must be a date with a time, not {show(value)}.", fix)
    if value.tzinfo is None:
        raise wrong("has no time zone.", fix)
    return value


def _day_or_weekday(value: Any) -> date | str:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str) and value.strip().title() in WEEKDAYS:
        return value.strip().title()
    raise wrong(
        f"must be a day, not {show(value)}.", 'Write 2026-11-30 without quotes, or "Monday".'
    )


def _said(value: Any) -> Any:
    """A value of a field: what TOML has, but no tables."""
    if isinstance(value, str | int | float | bool | date):
        return value
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise wrong(f"must be a text, a number, true, false, a date or a list of texts, not {show(value)}.")


Moment = Annotated[datetime, BeforeValidator(_moment), WithJsonSchema({"type": "string", "format": "date-time"})]
DayOrWeekday = Annotated[
    Any, BeforeValidator(_day_or_weekday), WithJsonSchema({"anyOf": [_DAY, {"enum": list(WEEKDAYS)}]})
]
FieldValue = Annotated[
    Any,
    BeforeValidator(_said),
    WithJsonSchema({"type": ["string", "number", "boolean", "array"]}),
]
Texts = Annotated[
    list[Text],
    OneOrMany,
    Field(min_length=1),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]


class Activity(Table):
    kind: ActivityKind
    ago: Duration = Field(default=timedelta(hours=1), description="How long before now")
    title: str = ""
    url: str = ""
    outbound: bool = Field(default=False, description="Our own side did it")


class Earlier(Table):
    ago: Duration = Field(description="How long before now sales gave it back, or got it", examples=["10d"])
    outcome: Disposition | None = Field(
        default=None, description="What sales said; without it the lead is with sales still"
    )
    owner: Text | None = None
    reason: Text | None = None
    not_before: Day = ""


class Expect(Table):
    ready: bool | None = Field(default=None, description="Whether the lead is handed over now")
    score: Percent | None = None
    score_min: Percent | None = None
    score_max: Percent | None = None
    fit: Percent | None = None
    engagement: Percent | None = None
    tier: str | None = Field(default=None, description='Name of a tier, "" for none')
    entry: Literal["score", "hand_raise", "product"] | None = None
    owner: Texts | None = Field(default=None, description="Who receives it; of several any will do")
    rule: Text | None = Field(default=None, description="The territory, or another way of routing")
    not_before: DayOrWeekday | None = Field(default=None, description="It goes by itself, but not before this day")
    veto: Text | None = Field(default=None, description="Name of a veto that holds")
    why_contains: Texts | None = Field(default=None, description="Texts that the explanation must contain")


class Test(Table):
    __test__ = False  # pytest, this is none of yours

    name: Text
    like: Text | None = Field(default=None, description="An earlier test, whose lead and activities are taken over")
    lead: dict[Text, FieldValue] = Field(default={}, description="What is known of the person: our field → value")
    activities: list[Activity] = Field(default=[])
    now: Moment | None = None
    earlier: Earlier | None = Field(default=None, description="An earlier handoff of this person")
    crm_owner: Text | None = Field(default=None, description="Who owns the person's record in the CRM already")
    inactive: list[Text] = Field(default=[], description="Owners who cannot receive a lead in this test")
    expect: Expect


class Tests(Table):
    """tests.toml"""

    __test__ = False

    now: Moment | None = Field(default=None, description="When the tests take place that do not say")
    test: list[Test] = Field(min_length=1)
