"""A story as HubSpot keeps it: counters on the contact, events, submissions, engagements.

Every counter is computed from the very events that are loaded, so they always agree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from random import Random
from typing import Any

from connectors.loopback.world.instants import MINUTE_MS, instant
from connectors.loopback.world.lexicon import Lexicon, between, pick
from connectors.loopback.world.people import Person
from connectors.loopback.world.stories import MailEvent, Story, Submission, Talk, View

# Call dispositions of every portal [sheet 9.2].
_CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
_NO_ANSWER = "73a0d17f-1163-4015-bdd5-ec830791da20"
_VOICEMAIL = "b2cf5968-551e-4856-9783-52b3da59a7d0"

_MAIL_COUNTERS = {
    "DELIVERED": "hs_email_delivered",
    "OPEN": "hs_email_open",
    "CLICK": "hs_email_click",
    "BOUNCE": "hs_email_bounce",
}

_VARIANTS = dict(zip("0123456789abcdef", "89ab" * 4, strict=True))


def counters(words: Lexicon, story: Story) -> dict[str, str]:
    """The ``hs_analytics_*``, ``hs_email_*`` and conversion properties.

    ``num_notes`` and the like are HubSpot's own work when the engagements are associated.
    """
    return {
        **_view_counters(words, story),
        **_mail_counters(story),
        **_conversion_counters(story),
    }


def _view_counters(words: Lexicon, story: Story) -> dict[str, str]:
    views = story.views
    if not views:
        return {}
    first, last = views[0], views[-1]
    first_at, last_at = _ends(views)
    return {
        "hs_analytics_num_page_views": str(len(views)),
        "hs_analytics_num_visits": str(story.visits),
        "hs_analytics_average_page_views": str(round(len(views) / story.visits)),
        "hs_analytics_first_timestamp": first_at,
        "hs_analytics_first_visit_timestamp": first_at,
        "hs_analytics_last_timestamp": last_at,
        "hs_analytics_last_visit_timestamp": last_at,
        "hs_analytics_first_url": words.site + first.page.path,
        "hs_analytics_last_url": words.site + last.page.path,
    }


def _mail_counters(story: Story) -> dict[str, str]:
    by_type: dict[str, list[MailEvent]] = {}
    for event in story.mails:
        by_type.setdefault(event.type, []).append(event)
    found = {_MAIL_COUNTERS[kind]: str(len(events)) for kind, events in by_type.items()}
    if delivered := by_type.get("DELIVERED"):
        found["hs_email_first_send_date"], found["hs_email_last_send_date"] = _ends(delivered)
        found["hs_email_last_email_name"] = delivered[-1].mailing.name
    if opened := by_type.get("OPEN"):
        found["hs_email_first_open_date"], found["hs_email_last_open_date"] = _ends(opened)
    if clicked := by_type.get("CLICK"):
        found["hs_email_first_click_date"], found["hs_email_last_click_date"] = _ends(clicked)
    if "BOUNCE" in by_type:
        found["hs_email_quarantined"] = "true"
    if story.opted_out:
        found["hs_email_optout"] = "true"
    return found


def _conversion_counters(story: Story) -> dict[str, str]:
    submissions = story.submissions
    if not submissions:
        return {}
    first, recent = submissions[0], submissions[-1]
    first_at, recent_at = _ends(submissions)
    found = {
        "num_conversion_events": str(len(submissions)),
        "num_unique_conversion_events": str(len({s.form.id for s in submissions})),
        "first_conversion_event_name": f"{first.form.name}: {first.form.title}",
        "first_conversion_date": first_at,
        "recent_conversion_event_name": f"{recent.form.name}: {recent.form.title}",
        "recent_conversion_date": recent_at,
    }
    challenges = [s.challenge for s in submissions if s.challenge]
    if challenges:
        found["challenge"] = challenges[-1]
    return found


def _ends(events: Sequence[View | MailEvent | Submission]) -> tuple[str, str]:
    """When the first and the last one happened; mostly there is but one."""
    first = instant(events[0].at)
    return first, first if len(events) == 1 else instant(events[-1].at)


def view_rows(words: Lexicon, dice: Random, viewers: Iterable[tuple[str, Story]]) -> list[dict[str, Any]]:
    """Event occurrences [sheet 9.4] of contacts' ids and stories."""
    views = [(contact_id, view) for contact_id, story in viewers for view in story.views]
    return [
        {
            "objectType": "CONTACT",
            "objectId": contact_id,
            "eventType": "e_visited_page",
            "occurredAt": view.at,
            "id": f"leviathan-{uuid}",
            "properties": {
                "hs_url": words.site + view.page.path,
                "hs_page_title": view.page.title,
                "hs_referrer": "",
            },
        }
        for (contact_id, view), uuid in zip(views, uuids(dice, len(views)), strict=True)
    ]


def mail_rows(dice: Random, readers: Iterable[tuple[str, Story]]) -> Iterator[dict[str, Any]]:
    """Events of ``/email/public/v1/events`` by addresses and their stories; ``created`` in epoch ms."""
    mails = [(email, event) for email, story in readers for event in story.mails]
    for (email, event), uuid in zip(mails, uuids(dice, len(mails)), strict=True):
        row = {
            "id": uuid,
            "type": event.type,
            "recipient": email,
            "created": event.at,
            "emailCampaignId": event.mailing.id,
            "emailCampaignName": event.mailing.name,
            "subject": event.mailing.subject,
        }
        if event.type == "CLICK":
            row["url"] = event.mailing.link
        yield row


def submission_rows(words: Lexicon, person: Person, story: Story) -> Iterator[tuple[str, dict[str, Any]]]:
    """Form id and submission [sheet 9.3]: newest first is the store's business."""
    for submission in story.submissions:
        values = [
            ("email", person.email),
            ("firstname", person.given),
            ("lastname", person.family),
            ("company", person.company_typed),
            ("challenge", submission.challenge),
        ]
        yield (
            submission.form.id,
            {
                "submittedAt": submission.at,
                "values": [{"name": name, "value": value, "objectTypeId": "0-1"} for name, value in values if value],
                "pageUrl": words.site + submission.form.page,
            },
        )


def talk_row(words: Lexicon, dice: Random, talk: Talk, owner_id: str) -> dict[str, Any]:
    """A row for ``seed(talk.kind, …)`` [sheet 9.2]."""
    properties = {
        "hs_timestamp": instant(talk.at),
        **_TALK_PROPERTIES[talk.kind](words, dice, talk),
    }
    if owner_id:
        properties["hubspot_owner_id"] = owner_id
    return {"properties": properties, "createdAt": talk.at, "updatedAt": talk.at}


def _note(words: Lexicon, dice: Random, talk: Talk) -> dict[str, str]:
    return {"hs_note_body": pick(dice, words.written["notes"])}


def _call(words: Lexicon, dice: Random, talk: Talk) -> dict[str, str]:
    return {
        "hs_call_title": pick(dice, words.written["call_titles"]),
        "hs_call_body": pick(dice, words.written["call_bodies"]),
        "hs_call_duration": str(between(dice, 5_000, 1_800_000)),
        "hs_call_direction": pick(dice, ["INBOUND", "OUTBOUND", "OUTBOUND"]),
        "hs_call_status": "COMPLETED",
        "hs_call_disposition": pick(dice, [_CONNECTED, _NO_ANSWER, _VOICEMAIL]),
    }


def _email(words: Lexicon, dice: Random, talk: Talk) -> dict[str, str]:
    return {
        "hs_email_direction": pick(dice, ["EMAIL", "INCOMING_EMAIL"]),
        "hs_email_subject": pick(dice, words.written["email_subjects"]),
        "hs_email_text": pick(dice, words.written["email_texts"]),
        "hs_email_status": "SENT",
    }


def _meeting(words: Lexicon, dice: Random, talk: Talk) -> dict[str, str]:
    return {
        "hs_meeting_title": pick(dice, words.written["meeting_titles"]),
        "hs_meeting_body": "",
        "hs_meeting_start_time": instant(talk.at),
        "hs_meeting_end_time": instant(talk.at + 30 * MINUTE_MS),
        "hs_meeting_outcome": pick(dice, ["COMPLETED", "COMPLETED", "NO_SHOW"]),
    }


def _task(words: Lexicon, dice: Random, talk: Talk) -> dict[str, str]:
    return {
        "hs_task_subject": pick(dice, words.written["task_subjects"]),
        "hs_task_status": pick(dice, ["NOT_STARTED", "COMPLETED"]),
        "hs_task_priority": pick(dice, ["NONE", "LOW", "MEDIUM", "HIGH"]),
        "hs_task_type": pick(dice, ["TODO", "CALL", "EMAIL"]),
    }


_TALK_PROPERTIES = {
    "notes": _note,
    "calls": _call,
    "emails": _email,
    "meetings": _meeting,
    "tasks": _task,
}


def uuids(dice: Random, count: int) -> Iterator[str]:
    """Version 4 UUIDs (RFC 9562, 5.4), each of the next 128 bits, in a sixth of the time of :class:`uuid.UUID`."""
    digits = f"{dice.getrandbits(128 * count):0{32 * count}x}" if count else ""
    for end in range(32 * count, 0, -32):
        one = digits[end - 32 : end]
        yield f"{one[:8]}-{one[8:12]}-4{one[13:16]}-{_VARIANTS[one[16]]}{one[17:20]}-{one[20:]}"
