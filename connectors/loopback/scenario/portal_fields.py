"""Property definitions of a real account, taken over by the emulator."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from connectors.loopback.hubspot import HubSpotEmulator
from connectors.loopback.hubspot.definitions import FIELD_TYPES, options
from connectors.loopback.hubspot.schema import Property

# File, field and why it was left out.
Left = list[tuple[str, str, str]]

_KEYS = (
    "name", "label", "type", "fieldType", "groupName", "description", "options", "displayOrder", "externalOptions",
    "hasUniqueValue", "hidden", "formField", "referencedObjectType", "dataSensitivity",
)  # fmt: skip


def take_over(hubspot: HubSpotEmulator, kind: str, rows: Iterable[Mapping[str, Any]], file: str) -> Left:
    """The account's own properties replace what the sandbox has of that name; of HubSpot's own
    only the options and the label are taken, since HubSpot decides the rest."""
    left: Left = []
    for row in rows:
        name = row["name"]
        known = hubspot.portal.schema.property(kind, name)
        if row.get("archived"):
            left.append((file, name, "it is archived"))
        elif row.get("hubspotDefined") or (known and known.hubspot_defined):
            _adjust(hubspot, kind, row, known)
        elif row["fieldType"] not in FIELD_TYPES.get(row["type"], ()):
            left.append((file, name, f"a {row['type']} shown as {row['fieldType']} is not emulated"))
        else:
            put_definition(hubspot, kind, {key: row[key] for key in _KEYS if row.get(key) is not None})
    return left


def put_definition(hubspot: HubSpotEmulator, kind: str, definition: Mapping[str, Any]) -> None:
    """Add a definition with its group; one that exists is replaced. Raises ApiError."""
    group = str(definition["groupName"])
    hubspot.add_group(kind, {"name": group, "label": group.replace("_", " ").capitalize()})
    known = hubspot.portal.schema.any_property(kind, str(definition["name"]))
    if known is not None and not known.hubspot_defined:
        hubspot.portal.schema.forget(kind, known.name)
    hubspot.add_property(kind, definition)


def _adjust(hubspot: HubSpotEmulator, kind: str, row: Mapping[str, Any], known: Property | None) -> None:
    given = options(row.get("options") or [])
    if known is None:
        known = Property(
            name=row["name"],
            label=row["label"],
            type=row["type"],
            field_type=row["fieldType"],
            group=row["groupName"],
            read_only=bool(row.get("modificationMetadata", {}).get("readOnlyValue")),
            calculated=bool(row.get("calculated")),
            external_options=bool(row.get("externalOptions")),
            hidden=bool(row.get("hidden")),
            hubspot_defined=True,
        )
        hubspot.add_group(kind, {"name": known.group, "label": known.group.replace("_", " ").capitalize()})
    elif (kind, known.name) == ("contacts", "lifecyclestage") and given:
        hubspot.set_stages([{"id": option["value"], "label": option["label"]} for option in given])
        return
    with hubspot.portal.database.transaction():
        changed = replace(known, label=row["label"], options=given or known.options)
        hubspot.portal.schema.put(kind, changed)
