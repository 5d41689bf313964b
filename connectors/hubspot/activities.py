"""The six engagement objects, both ways [hubspot.md 9.2]: one row each, a property name for each of our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, tzinfo

from connectors.hubspot.refusals import SYSTEM
from connectors.hubspot.values import instant, markup, plain, wire
from syncd.core.types import Activity, Raw, Ref

KEY = "syncd_key"
"""Our unique property on tasks, notes and calls: it carries the key of the action that made the record."""

BODY_LIMIT = 65_536 - 64
"""What a note holds, less the marker that a body without a unique property carries [hubspot.md 2.2]."""

TEXT_LIMIT = 65_000

_STAMPS = ("hs_timestamp", "hs_createdate", "hs_lastmodifieddate")
_PRIORITY = {"high": "HIGH", "normal": "MEDIUM", "low": "LOW"}
_TASK_TYPE = {"call": "CALL", "email": "EMAIL"}
_END_OF_WORK = time(17)
ABSTRACT = {"task": "tasks", "note": "notes", "activity": "notes"}
"""What a plan's kinds of activity are here."""


@dataclass(frozen=True, slots=True)
class Shape:
    """kind       our word for it
    title, body  property names ("" if it has none); `html` when the body is shown as HTML
    direction    property with who reached out, and its values for (us, them)
    status       property that says whether it happened, and the values that mean "not (yet)"
    contact      association type from this object to its contact [hubspot.md 10.1]
    fixed        what a completed one needs besides
    at           further properties that hold its moment
    """

    kind: str
    title: str
    body: str
    contact: int
    html: bool = True
    direction: str = ""
    directions: tuple[str, str] = ("", "")
    outbound: bool = True
    status: str = ""
    undone: frozenset[str] = frozenset()
    fixed: Mapping[str, str] = field(default_factory=dict)
    at: tuple[str, ...] = ()

    @property
    def properties(self) -> tuple[str, ...]:
        """What to ask for to make an Activity of it."""
        names = (self.title, self.body, self.direction, self.status, "hubspot_owner_id", KEY)
        extra = ("hs_task_completion_date",) if self.kind == "task" else self.at
        return tuple(name for name in (*_STAMPS[:1], *names, *extra) if name)


SHAPES: Mapping[str, Shape] = {
    "calls": Shape(
        "call",
        "hs_call_title",
        "hs_call_body",
        194,
        direction="hs_call_direction",
        directions=("OUTBOUND", "INBOUND"),
        fixed={"hs_call_status": "COMPLETED"},
    ),
    "emails": Shape(
        "email",
        "hs_email_subject",
        "hs_email_text",
        198,
        html=False,
        direction="hs_email_direction",
        directions=("EMAIL", "INCOMING_EMAIL"),
        status="hs_email_status",
        undone=frozenset({"SCHEDULED", "SENDING", "FAILED", "BOUNCED"}),
        fixed={"hs_email_status": "SENT"},
    ),
    "meetings": Shape(
        "meeting",
        "hs_meeting_title",
        "hs_meeting_body",
        200,
        status="hs_meeting_outcome",
        undone=frozenset({"SCHEDULED", "RESCHEDULED", "NO_SHOW", "CANCELED"}),
        fixed={"hs_meeting_outcome": "COMPLETED"},
        at=("hs_meeting_start_time", "hs_meeting_end_time"),
    ),
    "notes": Shape("note", "", "hs_note_body", 202, outbound=False),
    "tasks": Shape(
        "task",
        "hs_task_subject",
        "hs_task_body",
        204,
        status="hs_task_status",
        undone=frozenset({"NOT_STARTED", "IN_PROGRESS", "WAITING", "DEFERRED"}),
        fixed={"hs_task_status": "COMPLETED"},
    ),
    "communications": Shape(
        "message",
        "",
        "hs_communication_body",
        81,
        fixed={"hs_communication_channel_type": "SMS", "hs_communication_logged_from": "CRM"},
    ),
}


def object_of(kind: str) -> str:
    """The HubSpot object that an action's target or a token means; "" for none. History of any kind becomes a note:
    the link to its person, which comes later, knows the target only."""
    return ABSTRACT.get(kind, kind if kind in SHAPES else "")


def activity(kind: str, rid: str, properties: Mapping[str, str | None], about: tuple[Ref, ...]) -> Activity | None:
    """A record of one of the six objects; None when it has no moment at all.

    A task that is done happened when it was completed, an open one is due at its hs_timestamp.
    """
    shape = SHAPES[kind]
    done = not shape.status or properties.get(shape.status) not in shape.undone
    first = "hs_task_completion_date" if kind == "tasks" and done else "".join(shape.at[:1])
    moments = (instant(properties.get(name)) for name in (first, *_STAMPS) if name)
    at = next((moment for moment in moments if moment is not None), None)
    if at is None:
        return None
    body = properties.get(shape.body) or ""
    said = properties.get(shape.direction) if shape.direction else None
    return Activity(
        ref=Ref(SYSTEM, kind, rid),
        kind=shape.kind,
        at=at,
        about=about,
        title=(properties.get(shape.title) or "") if shape.title else "",
        body=plain(body) if shape.html else body,
        actor=properties.get("hubspot_owner_id") or "",
        outbound=said != shape.directions[1] if said else shape.outbound,
        done=done,
        key=properties.get(KEY) or "",
    )


def properties_of(kind: str, fields: Mapping[str, Raw], zone: tzinfo, *, create: bool) -> dict[str, str]:
    """The canonical fields of an action (`ACTIVITY_FIELDS`) as properties; raw `hs_…` names pass as they are.

    A task with "due" is open; everything else has happened, and "done" closes an open task. A bare due date means the
    end of the working day in the account's time zone.
    """
    shape = SHAPES[kind]
    made: dict[str, str] = dict(shape.fixed) if create else {}
    for name, value in fields.items():
        match name:
            case "subject" if shape.title:
                made[shape.title] = wire(value)
            case "body":
                made[shape.body] = _body(shape, fields)
            case "at" if value is not None and not (kind == "tasks" and fields.get("due")):
                made["hs_timestamp"] = wire(value)
                made |= dict.fromkeys(shape.at, wire(value))
            case "due" if value is not None and kind == "tasks":
                made |= {"hs_timestamp": _due(wire(value), zone), "hs_task_status": "NOT_STARTED"}
            case "done" if value is True and kind == "tasks":
                made["hs_task_status"] = "COMPLETED"
            case "owner" if value is not None:
                made["hubspot_owner_id"] = wire(value)
            case "priority" if kind == "tasks":
                made["hs_task_priority"] = _PRIORITY.get(wire(value), "NONE")
            case "channel" if kind == "tasks":
                made["hs_task_type"] = _TASK_TYPE.get(wire(value), "TODO")
            case "outbound" if shape.direction:
                made[shape.direction] = shape.directions[0 if value else 1]
            case _ if name.startswith("hs_") or name == "hubspot_owner_id":
                made[name] = wire(value)
    if create and shape.direction:
        made.setdefault(shape.direction, shape.directions[0])
    return made


def _body(shape: Shape, fields: Mapping[str, Raw]) -> str:
    """The body, as the caller's own HTML where there is some that fits; a kind without a title gets the subject as its first
    line. Text is cut before it is escaped, never inside an entity."""
    if shape.html and 0 < len(ready := wire(fields.get("html"))) <= BODY_LIMIT:
        return ready
    text = wire(fields.get("body"))
    subject = wire(fields.get("subject"))
    if not shape.title and subject and not text.startswith(subject):
        text = f"{subject}\n\n{text}"
    if not shape.html:
        return text[:BODY_LIMIT]
    made = markup(text)
    while len(made) > BODY_LIMIT:
        text = text[: len(text) - (len(made) - BODY_LIMIT) // 5 - 1]
        made = markup(text)
    return made


def _due(text: str, zone: tzinfo) -> str:
    if "T" in text:
        return text
    day = datetime.fromisoformat(text).date()
    moment = datetime.combine(day, _END_OF_WORK, tzinfo=zone).astimezone(UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
