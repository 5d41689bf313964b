"""Rules every object type shares: record source and owner."""

from __future__ import annotations

import re
from collections.abc import Mapping

from connectors.loopback.hubspot.history import Source
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.owners import Owners
from connectors.loopback.hubspot.pipelines import Pipelines
from connectors.loopback.hubspot.records import Record
from connectors.loopback.hubspot.settings import HubSpotSettings

Properties = Mapping[str, str]
Changes = dict[str, str]

_COUNTS = ("num_notes", "num_contacted_notes")
_SOURCE = frozenset({"hs_object_source", "hs_object_source_id", "hs_object_source_label"})


class Rules:
    """One object type's behaviour. Changes are property -> new text, "" for cleared.

    ``create_echo``/``update_echo`` are the computed properties a write answers with besides
    what was sent; ``epoch_echo`` matches the datetime properties which that answer gives in
    epoch milliseconds (§3.2).
    """

    create_echo: frozenset[str] = _SOURCE
    update_echo: frozenset[str] = _SOURCE
    epoch_echo = re.compile(r"(?!)")

    def __init__(self, kind: ObjectType, settings: HubSpotSettings, owners: Owners, pipelines: Pipelines) -> None:
        self.kind = kind
        self.settings = settings
        self.owners = owners
        self.pipelines = pipelines

    def begin(self, record_id: int, changes: Changes, source: Source, at: int) -> None:
        """Add what a new record has from the start; ``changes`` holds what was sent."""
        changes.setdefault("hs_object_source", source.type)
        if source.id is not None:
            changes.setdefault("hs_object_source_id", source.id)
        changes.setdefault("hs_object_source_label", source.type)

    def follow(self, record_id: int, before: Properties, changes: Changes, at: int) -> None:
        """Add what follows from ``changes`` to a record, and drop what HubSpot ignores."""
        owner_id = changes.get("hubspot_owner_id")
        if owner_id is None:
            return
        changes["hubspot_owner_assigneddate"] = instant(at) if owner_id else ""
        changes["hs_all_owner_ids"] = owner_id
        owner = self.owners.get(owner_id)
        changes["hs_user_ids_of_all_owners"] = str(owner.user_id) if owner else ""
        team = next((t["id"] for t in owner.teams if t.get("primary")), "") if owner else ""
        changes["hubspot_team_id"] = team

    @staticmethod
    def stage_dates(name: str, before: Properties, changes: Changes, at: int) -> None:
        """When a record came into its new stage and left the old one, by the property ``name`` of stages (§6)."""
        old, new = before.get(name, ""), changes.get(name, "")
        if new == old or name not in changes:
            return
        if old:
            changes[f"hs_v2_date_exited_{old}"] = instant(at)
        if new:
            changes[f"hs_v2_date_entered_{new}"] = instant(at)
        changes["hs_v2_date_entered_current_stage"] = instant(at) if new else ""

    def merged(self, primary: Properties, other: Properties) -> Changes:
        """The properties of the survivor of a merge: the primary's, completed by the other's."""
        kept = {**other, **primary}
        for name in _COUNTS:
            if name in kept:
                kept[name] = str(int(primary.get(name, "0")) + int(other.get(name, "0")))
        return kept

    def merge_marks(self, survivor_id: int, primary: Record, other: Record, at: int) -> Changes:
        """What the survivor keeps of the two ids besides ``hs_merged_object_ids``."""
        return {}
