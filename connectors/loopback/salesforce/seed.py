"""Bulk loading without rules, and the records every org is born with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from connectors.loopback.salesforce import ids, values
from connectors.loopback.salesforce.dml import derive
from connectors.loopback.salesforce.org import Org
from connectors.loopback.salesforce.schema import Field, SObject
from connectors.loopback.salesforce.store import Row

_STAGES = (  # name, closed, won, forecast category, its name, probability
    ("Prospecting", 0, 0, "Pipeline", "Pipeline", 10.0),
    ("Qualification", 0, 0, "Pipeline", "Pipeline", 10.0),
    ("Needs Analysis", 0, 0, "Pipeline", "Pipeline", 20.0),
    ("Value Proposition", 0, 0, "Pipeline", "Pipeline", 50.0),
    ("Id. Decision Makers", 0, 0, "Pipeline", "Pipeline", 60.0),
    ("Perception Analysis", 0, 0, "Pipeline", "Pipeline", 70.0),
    ("Proposal/Price Quote", 0, 0, "Pipeline", "Pipeline", 75.0),
    ("Negotiation/Review", 0, 0, "Pipeline", "Pipeline", 90.0),
    ("Closed Won", 1, 1, "Closed", "Closed", 100.0),
    ("Closed Lost", 1, 0, "Omitted", "Omitted", 0.0),
)
LEAD_STATUSES = (
    {"name": "Open - Not Contacted", "default": True},
    {"name": "Working - Contacted"},
    {"name": "Closed - Converted", "converted": True},
    {"name": "Closed - Not Converted"},
)
_CHUNK = 10_000
_TASK_STATUSES = (
    "Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred",
)  # fmt: skip


def load(org: Org, sobject: SObject, rows: Iterable[Mapping[str, Any]], user_id: str) -> list[str]:
    """Insert rows as they are, filling what a create would compute; their 18-character ids.

    A row may bring Id, audit fields and IsDeleted. Raises KeyError for an unknown field.
    """
    loaded: list[str] = []
    waiting = iter(rows)
    while chunk := list(islice(waiting, _CHUNK)):
        loaded += _load_chunk(org, sobject, chunk, user_id)
    return loaded


def _load_chunk(org: Org, sobject: SObject, rows: list[Mapping[str, Any]], user_id: str) -> list[str]:
    stamp = values.stamp(org.clock.now())
    fresh = org.store.new_ids(sobject, sum(1 for row in rows if not row.get("Id")))
    template: Row = {}
    derive.defaults(sobject, template)
    template["IsDeleted"] = 0
    template = {name: value for name, value in template.items() if value is not None}
    converters = {entry.name: _converter(entry) for entry in sobject.stored_fields}
    needs_derivation = sobject.name in derive.DERIVED or sobject.has("LastName")
    out: list[Row] = []
    for source in rows:
        row = dict(template)
        for name, value in source.items():
            row[name] = converters[name](value) if value is not None else None
        row["Id"] = row.get("Id") or next(fresh)
        derive.audit(sobject, row, user_id, stamp)
        if needs_derivation:
            derive.derive(org, sobject, row, None, row.get("LastModifiedDate") or stamp)
        if source.get("CompletedDateTime"):
            row["CompletedDateTime"] = converters["CompletedDateTime"](source["CompletedDateTime"])
        out.append(row)
    org.store.insert_many(sobject, out)
    return [row["Id"] for row in out]


def _converter(entry: Field) -> Any:
    if entry.type in values.ID_TYPES:
        return lambda value: ids.normalize(value) or value
    if entry.type == "datetime":
        return lambda value: value if isinstance(value, str) and len(value) == 28 else _stamp(value)
    if entry.type == "date":
        return lambda value: value if isinstance(value, str) else value.isoformat()[:10]
    if entry.type in values.NUMBER_TYPES | values.BOOLEAN_TYPES:
        return lambda value: values.to_store(value, entry.type, entry.name)
    return lambda value: value or None


def _stamp(value: Any) -> str | None:
    if isinstance(value, str):
        parsed = values.parse_datetime(value)
        return values.stamp(parsed) if parsed else None
    return values.stamp(value)


def standard_records(org: Org, user_id: str) -> None:
    """Organization, stages, statuses, a profile."""
    settings = org.settings
    load(
        org,
        org.schema["Organization"],
        [
            {
                "Id": settings.org_id,
                "Name": settings.org_name,
                "OrganizationType": settings.organization_type,
                "InstanceName": "LB1",
                "IsSandbox": settings.is_sandbox,
                "TimeZoneSidKey": settings.time_zone,
                "DefaultLocaleSidKey": "en_US",
                "LanguageLocaleKey": "en_US",
                "FiscalYearStartMonth": settings.fiscal_year_start_month,
            }
        ],
        user_id,
    )
    load(
        org,
        org.schema["OpportunityStage"],
        [
            {
                "MasterLabel": name, "ApiName": name, "IsActive": True, "SortOrder": order,
                "IsClosed": bool(closed), "IsWon": bool(won), "ForecastCategory": category,
                "ForecastCategoryName": label, "DefaultProbability": probability,
            }
            for order, (name, closed, won, category, label, probability) in enumerate(_STAGES, 1)
        ],
        user_id,
    )  # fmt: skip
    load(
        org,
        org.schema["TaskStatus"],
        [
            {"MasterLabel": name, "ApiName": name, "SortOrder": order,
             "IsDefault": order == 1, "IsClosed": name == "Completed"}
            for order, name in enumerate(_TASK_STATUSES, 1)
        ],
        user_id,
    )  # fmt: skip
