"""Rows of the wire as values of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from syncd.core.types import Activity, Opportunity, Owner, Raw, Record, Ref, State

Row = Mapping[str, Any]

PREFIXES = {"00Q": "Lead", "003": "Contact"}
"""The first three characters of an id name its object. [salesforce.md 11.1]"""

SUBTYPES = {"Call": "call", "Email": "email", "ListEmail": "email", "LinkedIn": "message"}
TYPES = {"Call": "call", "Email": "email", "Meeting": "meeting"}
"""TaskSubtype and, for tasks of subtype Task, the org's own Type → kind of activity."""


def instant(text: str) -> datetime:
    """ "2021-12-02T18:24:02.000+0000", the offset without a colon."""
    return datetime.fromisoformat(text)


def person_ref(system: str, rid: str | None) -> Ref | None:
    """A Who: a lead or a contact, None for nobody."""
    kind = PREFIXES.get((rid or "")[:3])
    return Ref(system, kind, str(rid)) if kind else None


def person(system: str, kind: str, row: Row, names: Iterable[str], key: str) -> Record:
    """`names`: the columns that become fields; `key`: that of the external id, "" for none."""
    state, successor = State.LIVE, None
    if row.get("IsDeleted"):
        successor = person_ref(system, row.get("MasterRecordId"))
        state = State.MERGED if successor else State.DELETED
    elif row.get("IsConverted"):
        state, successor = State.CONVERTED, person_ref(system, row.get("ConvertedContactId"))
    return Record(
        ref=Ref(system, kind, row["Id"]),
        fields={name: row[name] if name in row else dig(row, name) for name in names},
        modified=instant(row["LastModifiedDate"]),
        state=state,
        successor=successor,
        token=row.get(key) if key else None,
    )


def dig(row: Row, name: str) -> Raw:
    """The value of "Account.Name"; None where there is no account, and for an absent field."""
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value if isinstance(value, str | int | float | bool) else None


def activity(system: str, row: Row, key: str) -> Activity:
    """A Task. One that was logged happened when it was made; one that was worked off, when closed."""
    subtype, own_type = row.get("TaskSubtype") or "Task", row.get("Type")
    closed = bool(row.get("IsClosed"))
    happened = row["CreatedDate"]
    if closed:
        happened = row.get("CompletedDateTime") or row["LastModifiedDate"]
    who = person_ref(system, row.get("WhoId"))
    return Activity(
        ref=Ref(system, "Task", row["Id"]),
        kind=SUBTYPES.get(subtype) or TYPES.get(str(own_type), "task"),
        at=instant(happened),
        about=(who,) if who else (),
        title=row.get("Subject") or "",
        actor=row.get("OwnerId") or "",
        outbound=True,
        done=closed,
        key=own_key(row.get(key)),
    )


def own_key(value: object) -> str:
    """Our key, "" for what somebody else keeps in the field."""
    return value if isinstance(value, str) and value.startswith("syncd_") else ""


def user(system: str, row: Row) -> Owner:
    """Portal, chatter and integration users exist as users, and may own no lead. [salesforce.md 9.2]"""
    return Owner(
        ref=Ref(system, "User", row["Id"]),
        email=row.get("Email") or "",
        name=row.get("Name") or "",
        active=bool(row.get("IsActive")) and row.get("UserType", "Standard") == "Standard",
        timezone=row.get("TimeZoneSidKey") or "",
    )


def queue(system: str, row: Row) -> Owner:
    """A QueueSobject row of leads: a queue has a name, and seldom an address."""
    found = row.get("Queue") or {}
    return Owner(ref=Ref(system, "Group", row["QueueId"]), email="", name=found.get("Name") or "", kind="queue")


def opportunity(system: str, row: Row, *, currency: str, converted: Mapping[str, Ref] | None = None) -> Opportunity:
    """`converted`: opportunity id → the contact of the lead whose conversion made it."""
    roles = (row.get("OpportunityContactRoles") or {}).get("records", ())
    people = tuple(dict.fromkeys(Ref(system, "Contact", r["ContactId"]) for r in roles if r.get("ContactId")))
    link = "contact_role" if people else ""
    made_from = (converted or {}).get(row["Id"])
    if made_from is not None and not people:
        people, link = (made_from,), "converted"
    amount, close = row.get("Amount"), row.get("CloseDate")
    return Opportunity(
        ref=Ref(system, "Opportunity", row["Id"]),
        name=row.get("Name") or "",
        stage=row.get("StageName") or "",
        status=_status(row),
        modified=instant(row["LastModifiedDate"]),
        amount=None if amount is None else Decimal(str(amount)),
        currency=row.get("CurrencyIsoCode") or currency,
        close=None if close is None else date.fromisoformat(close),
        people=people,
        link=link,
        deleted=bool(row.get("IsDeleted")),
        account=row.get("AccountId") or "",
        created=instant(row["CreatedDate"]),
    )


def _status(row: Row) -> str:
    if row.get("IsWon"):
        return "won"
    return "lost" if row.get("IsClosed") else "open"
