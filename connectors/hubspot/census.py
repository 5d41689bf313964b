"""Who answers to a question of a report, by search: its index lags by seconds [hubspot.md 4.5]."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.base import Answer, Question
from connectors.hubspot.api import Api
from connectors.hubspot.keyset import compare, walk
from connectors.hubspot.people import People
from connectors.hubspot.values import instant, milliseconds
from connectors.transport import Purpose

MADE = "createdate"


def census(api: Api, people: People, questions: Sequence[Question]) -> list[list[Answer]]:
    """⌈n/200⌉ searches a question, at least one."""
    return [_answer(api, people, question) for question in questions]


def _answer(api: Api, people: People, question: Question) -> list[Answer]:
    when = _entered(question.entered) if question.entered else question.field or MADE
    filters = [
        compare(when, "GTE", str(milliseconds(question.since))),
        compare(when, "LT", str(milliseconds(question.until))),
        *({"propertyName": name, "operator": "HAS_PROPERTY"} for name in question.filled),
    ]
    wanted = [when, *question.fields]
    pages = walk(api, question.kind, filters, wanted, purpose=Purpose.REPORT)
    records = (record for found in pages for record in people.page(found.rows, {}, found.now).people)
    return [Answer(record, at) for record in records if (at := instant(str(record.fields.get(when) or "")))]


def _entered(stage: str) -> str:
    """The property that says when a contact first became this: HubSpot has one of its own for each of its lifecycle stages,
    and makes one for each that a portal adds, whose values are numbers."""
    return f"hs_v2_date_entered_{stage}" if stage.isdecimal() else f"hs_lifecyclestage_{stage}_date"
