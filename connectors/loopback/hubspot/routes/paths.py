"""The legacy and the date-versioned spelling of each path (§12)."""

from __future__ import annotations

DATES = ("2025-09", "2026-03", "2026-09")  # each is supported for 18 months


def objects(rest: str) -> list[str]:
    """``/crm/2026-09/objects`` is routed by HubSpot too [L:M]."""
    return [
        f"/crm/v3/objects{rest}",
        *(f"/crm/objects/{date}{rest}" for date in DATES),
        *(f"/crm/{date}/objects{rest}" for date in DATES),
    ]


def crm(family: str, rest: str) -> list[str]:
    """properties, owners, pipelines, lists."""
    return [f"/crm/v3/{family}{rest}", *(f"/crm/{family}/{date}{rest}" for date in DATES)]


def record_associations(rest: str) -> list[str]:
    """Associations of one record: v4 and below the dated objects."""
    return [f"/crm/v4/objects{rest}", *(f"/crm/objects/{date}{rest}" for date in DATES)]


def association_batches(rest: str) -> list[str]:
    return [f"/crm/v4/associations{rest}", *(f"/crm/associations/{date}{rest}" for date in DATES)]


def association_schema(rest: str) -> list[str]:
    """Types and labels; the legacy line has two spellings [S:associations-schema.v4]."""
    return [*association_batches(rest), f"/crm/associations/v4{rest}"]


def object_schemas(rest: str) -> list[str]:
    """The legacy line has two spellings [S:schemas.v3]."""
    return [f"/crm/v3/schemas{rest}", *(f"/crm-object-schemas/{line}/schemas{rest}" for line in ("v3", *DATES))]


def account(rest: str) -> list[str]:
    return [f"/account-info/v3{rest}", *(f"/account-info/{date}{rest}" for date in DATES)]


def events(rest: str) -> list[str]:
    return [
        f"/events/v3/events{rest}",
        *(f"/events/event-occurrences/{date}{rest}" for date in DATES),
    ]


def oauth(rest: str) -> list[str]:
    return [f"/oauth/v3{rest}", *(f"/oauth/{date}{rest}" for date in DATES)]
