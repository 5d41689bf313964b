"""Short names for the values that the tests of the core are made of."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.core.facts import Directory, Dossier
from syncd.core.rules import (
    Brakes,
    FieldIs,
    FieldMap,
    Gate,
    History,
    KindMap,
    Named,
    Routing,
    Rules,
    ScoreRule,
    Status,
    SystemMap,
    Tier,
)
from syncd.core.types import Activity, Owner, Raw, Record, Ref, State

NOW = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)  # a Tuesday
DAY = timedelta(days=1)

_ids = itertools.count(1)


def at(days: float) -> datetime:
    """`days` before now."""
    return NOW - days * DAY


def did(kind: str = "form", days: float = 1, **more: Any) -> Activity:
    """An activity `days` ago."""
    return Activity(Ref("hubspot", kind, str(next(_ids))), kind, at(days), **more)


def record(
    kind: str = "Lead", rid: str = "00Q1", fields: Mapping[str, Raw] | None = None, *, system: str = "salesforce",
    state: State = State.LIVE, successor: Ref | None = None, **more: Any,
) -> Record:  # fmt: skip
    return Record(Ref(system, kind, rid), fields or {}, at(1), state, successor, **more)


def contact(fields: Mapping[str, Raw] | None = None) -> Record:
    """The marketing record."""
    return record("contacts", "713492963559", fields, system="hubspot")


def owner(email: str, *, active: bool = True, kind: str = "person", timezone: str = "") -> Owner:
    name = email.split("@")[0].replace(".", " ").title()
    return Owner(Ref("salesforce", "User", f"005{email}"), email, name, active, kind, timezone)


def directory(*owners: Owner) -> Directory:
    return Directory(crm=owners)


def has(name: str) -> FieldIs:
    """A condition that is simply true, false or unknown: the field `name` is "yes", is something else, is missing."""
    return FieldIs(name, "in", ("yes",))


def gate(**more: Any) -> Gate:
    """70 or more, half fit, half engagement, no rules."""
    return Gate(**({"threshold": 70, "fit": (), "engagement": ()} | more))


def points(name: str, field: str, value: int) -> ScoreRule:
    return ScoreRule(name, has(field), value)


def must(name: str, field: str) -> Named:
    return Named(name, has(field))


LEAD = KindMap(
    kind="Lead",
    key="syncd_hs_id__c",
    fields={
        "email": FieldMap("email", "Email"),
        "last_name": FieldMap("last_name", "LastName", length=80, default="[not provided]"),
        "owner": FieldMap("owner", "OwnerId"),
    },
    status="Status",
    statuses={
        "Open - Not Contacted": Status("new"),
        "Working - Contacted": Status("in_progress", stage="sal"),
        "Qualified": Status("qualified", "qualified", "sql"),
        "Recycled": Status("recycled", "recycle"),
    },
    new_status="Open - Not Contacted",
    reason="syncd_reason__c",
    not_before="syncd_not_before__c",
    disposition="syncd_disposition__c",
    dispositions={w: w for w in ("qualified", "recycle", "could_not_reach", "trash")},
)
CONTACT = KindMap(
    kind="Contact",
    key="syncd_hs_id__c",
    fields={"email": FieldMap("email", "Email"), "owner": FieldMap("owner", "OwnerId")},
    reason="syncd_reason__c",
    not_before="syncd_not_before__c",
    disposition="syncd_disposition__c",
    dispositions=LEAD.dispositions,
)
_FEEDBACK_TYPES = {
    "handoff": "number", "handed_over_at": "datetime", "score": "number", "not_before": "date",
    "opportunity_amount": "money",
}  # fmt: skip
FEEDBACK_NAMES = (
    "crm_id", "crm_type", "handoff", "handed_over_at", "score", "tier", "owner", "stage", "work", "disposition",
    "reason", "not_before", "opportunity_id", "opportunity_name", "opportunity_stage", "opportunity_amount",
    "opportunity_currency",
)  # fmt: skip
CONTACTS = KindMap(
    kind="contacts",
    key="hs_object_id",
    fields={
        "email": FieldMap("email", "email", "in", transform=("trim", "lower")),
        "country": FieldMap("country", "country", transform=("country",)),
        "opted_out": FieldMap("opted_out", "hs_email_optout", "in", "bool"),
    },
    status="hs_lead_status",
    statuses={"NEW": Status("new"), "BAD_TIMING": Status("bad_timing", "recycle")},
    reason="syncd_reason",
    not_before="syncd_not_before",
    disposition="syncd_disposition",
    dispositions=LEAD.dispositions,
    stage="lifecyclestage",
    stages={"lead": "lead", "marketingqualifiedlead": "mql", "customer": "customer"},
    feedback={name: FieldMap(name, f"syncd_{name}", type=_FEEDBACK_TYPES.get(name, "text")) for name in FEEDBACK_NAMES},
)


def rules(of: Gate | None = None, routing: Routing | None = None, crm: str = "salesforce") -> Rules:
    return Rules(
        version="v1",
        marketing="hubspot",
        crm=crm,
        gate=of or gate(tiers=(Tier("hot", 85), Tier("warm", 60))),
        routing=routing or Routing("single", "fallback@syncd.example", ("lena.vogt@syncd.example",)),
        history=History(),
        brakes=Brakes(),
        maps={
            "hubspot": SystemMap("hubspot", {"contacts": CONTACTS}),
            "salesforce": SystemMap("salesforce", {"Lead": LEAD, "Contact": CONTACT}),
        },
    )


def dossier(**more: Any) -> Dossier:
    return Dossier(**({"lineage": "713492963559", "marketing": contact()} | more))
