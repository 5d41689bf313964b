"""Who set which value when: the history of contact properties [hubspot.md 4.3]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.hubspot import owners
from connectors.hubspot.api import Api, Json
from connectors.hubspot.people import CONTACTS
from connectors.hubspot.refusals import SYSTEM
from connectors.hubspot.values import instant, is_id
from connectors.transport import Purpose
from syncd.core.chunks import chunks
from syncd.core.errors import Unavailable
from syncd.core.types import Ref
from syncd.core.writers import History, Version, Writer

PAGE = 50
"""Records of a batch read with history."""

INTEGRATION = "INTEGRATION"

KINDS: Mapping[str, str] = {
    INTEGRATION: "integration",
    "API": "API client",
    "AUTOMATION_PLATFORM": "workflow",
    "CRM_UI": "user",
    "CRM_UI_BULK_ACTION": "user, in bulk",
    "CONTACTS_WEB": "user",
    "IMPORT": "import",
    "FORM": "form",
    "CALCULATED": "HubSpot’s own calculation",
    "MERGE_OBJECTS": "merge",
    "SALESFORCE": "HubSpot’s Salesforce integration",
}
"""`sourceType` in words; HubSpot's set is open, and others are shown as they are."""

_USER = "userId:"


def read(api: Api, app: str, refs: Sequence[Ref], fields: Sequence[str]) -> History:
    """⌈n/50⌉ calls, and one or two for the names of users if any wrote. `app` is the id of our own app, "" for unknown."""
    rows: list[tuple[Ref, str, Json]] = []
    ids = [ref.id for ref in dict.fromkeys(refs) if ref.kind == CONTACTS and is_id(ref.id)]
    for some in chunks(ids, PAGE):
        body: Json = {"inputs": [{"id": rid} for rid in some], "properties": [], "propertiesWithHistory": list(fields)}
        for row in api.batch(CONTACTS, "read", body, Purpose.CHECK).results:
            rows += _entries(row)
    people = owners.users(api) if any(_user(entry) for _, _, entry in rows) else {}
    return History([_version(ref, name, entry, app, people) for ref, name, entry in rows])


def _entries(row: Json) -> Iterator[tuple[Ref, str, Json]]:
    try:
        ref = Ref(SYSTEM, CONTACTS, str(row["id"]))
        for name, entries in (row.get("propertiesWithHistory") or {}).items():
            yield from ((ref, str(name), entry) for entry in entries if instant(entry["timestamp"]) is not None)
    except (KeyError, TypeError, AttributeError):
        raise Unavailable(SYSTEM, "The history of a contact has an unexpected shape.") from None


def _version(ref: Ref, name: str, entry: Json, app: str, people: Mapping[str, str]) -> Version:
    at = instant(entry["timestamp"])
    assert at is not None
    kind, rid = str(entry.get("sourceType") or "unknown"), str(entry.get("sourceId") or "")
    own = kind == INTEGRATION and (rid == app if app and rid else None)
    user = _user(entry)
    name_of = str(entry.get("sourceLabel") or "") or people.get(user, "")
    by = Writer(KINDS.get(kind, kind.lower().replace("_", " ")), name_of, user or rid)
    return Version(ref, name, entry.get("value") or None, at, by, own)


def _user(entry: Mapping[str, Any]) -> str:
    """The id of the person at the screen; "" for what an app or HubSpot did, whoever installed it."""
    source = str(entry.get("sourceId") or "")
    if source.startswith(_USER):
        return source.removeprefix(_USER)
    at_screen = str(entry.get("sourceType") or "").startswith(("CRM_UI", "CONTACTS_WEB"))
    return str(entry.get("updatedByUserId") or "") if at_screen else ""
