"""What a change does to other records: logged activity, deal-driven stages, counters."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.loopback.hubspot.association_types import AssociationTypes
from connectors.loopback.hubspot.history import AUTOMATION, CALCULATED
from connectors.loopback.hubspot.instants import instant, parse_instant
from connectors.loopback.hubspot.links import Links
from connectors.loopback.hubspot.object_types import ObjectTypes
from connectors.loopback.hubspot.pipelines import Pipelines
from connectors.loopback.hubspot.records import Record, Records
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.writer import Writer

# Activities that reach the person; a note or a task does not.
_CONTACTING = frozenset({"calls", "emails", "meetings", "communications"})
_HAS_TIMELINE = frozenset({"contacts", "companies", "deals"})


def activity_changes(
    properties: Mapping[str, str], kind: str, activity: Mapping[str, str], logged_at: int, now: int
) -> dict[str, str]:
    """What one more logged activity changes on a contact, company or deal (§8).

    The activity's own time counts; one that lies ahead (a task due tomorrow) moves no stamp.
    """
    changes = {"num_notes": str(int(properties.get("num_notes", "0")) + 1)}
    at = parse_instant(activity.get("hs_timestamp", "")) or logged_at
    past = at <= now
    if past:
        _later(properties, changes, "notes_last_updated", at)
    if kind in _CONTACTING and past:
        count = int(properties.get("num_contacted_notes", "0")) + 1
        changes["num_contacted_notes"] = str(count)
        _later(properties, changes, "notes_last_contacted", at)
        if "hs_is_unworked" in properties:
            changes["hs_is_unworked"] = "false"
    return changes


def _later(properties: Mapping[str, str], changes: dict[str, str], name: str, at: int) -> None:
    old = parse_instant(properties.get(name, ""))
    if old is None or at > old:
        changes[name] = instant(at)


class Effects:
    """Reactions to new associations and to changed deals."""

    def __init__(
        self,
        settings: HubSpotSettings,
        kinds: ObjectTypes,
        records: Records,
        links: Links,
        types: AssociationTypes,
        pipelines: Pipelines,
        writer: Writer,
    ) -> None:
        self._settings = settings
        self._kinds = kinds
        self._records = records
        self._links = links
        self._types = types
        self._pipelines = pipelines
        self._writer = writer
        writer.listeners.append(self._deal_changed)

    def associated(self, from_kind: str, from_id: int, to_kind: str, to_id: int, now: int) -> None:
        """Two live records were linked for the first time, at epoch ms ``now``."""
        for kind, record_id, other_kind, other_id in (
            (from_kind, from_id, to_kind, to_id),
            (to_kind, to_id, from_kind, from_id),
        ):
            self._react(kind, record_id, other_kind, other_id, now)

    def dissociated(self, from_kind: str, from_id: int, to_kind: str, to_id: int, now: int) -> None:
        """A link is gone: counters and the primary company follow."""
        self._count(from_kind, from_id, to_kind, now)
        self._count(to_kind, to_id, from_kind, now)

    def _react(self, kind: str, record_id: int, other_kind: str, other_id: int, now: int) -> None:
        if self._kinds[other_kind].engagement and kind in _HAS_TIMELINE:
            record = self._records.get(kind, record_id)
            activity = self._records.get(other_kind, other_id)
            if record and activity:
                changes = activity_changes(record.properties, other_kind, activity.properties, activity.created, now)
                self._writer.compute(self._kinds[kind], record, changes, CALCULATED, now)
            return
        self._count(kind, record_id, other_kind, now)
        if (kind, other_kind) == ("contacts", "deals"):
            deal = self._records.get("deals", other_id)
            if deal:
                self._advance(record_id, deal, now)

    def _count(self, kind: str, record_id: int, other_kind: str, now: int) -> None:
        record = self._records.get(kind, record_id)
        if record is None or record.archived:
            return
        changes = self.counters(kind, record_id, other_kind)
        self._writer.compute(self._kinds[kind], record, changes, CALCULATED, now)

    def counters(self, kind: str, record_id: int, other_kind: str) -> dict[str, str]:
        """The properties that mirror a record's links to one other type."""
        if (kind, other_kind) == ("contacts", "companies"):
            primary = self._types.primary("contacts", "companies")
            linked = self._links.page("contacts", record_id, "companies")
            company = next((str(to_id) for to_id, types in linked if primary in types), "")
            return {"associatedcompanyid": company}
        if (kind, other_kind) in {
            ("contacts", "deals"), ("companies", "deals"),
            ("companies", "contacts"), ("deals", "contacts"),
        }:  # fmt: skip
            count = len(self._links.ids(kind, record_id, other_kind))
            return {f"num_associated_{other_kind}": str(count)}
        return {}

    def _deal_changed(self, kind: str, record: Record, names: frozenset[str]) -> None:
        if kind == "deals" and "dealstage" in names:
            for contact_id in self._links.ids("deals", record.id, "contacts"):
                self._advance(contact_id, record, record.modified)

    def _advance(self, contact_id: int, deal: Record, now: int) -> None:
        """Open deal -> opportunity, won deal -> customer; only ever forward (§6)."""
        if not self._settings.deal_stage_sync:
            return
        won = deal.properties.get("hs_is_closed_won") == "true"
        if deal.properties.get("hs_is_closed") == "true" and not won:
            return
        stage = "customer" if won else "opportunity"
        contact = self._records.get("contacts", contact_id)
        place = self._pipelines.place
        if contact is None or contact.archived or place("contacts", stage) < 0:
            return
        if place("contacts", stage) > place("contacts", contact.properties.get("lifecyclestage", "")):
            self._writer.compute(self._kinds["contacts"], contact, {"lifecyclestage": stage}, AUTOMATION, now)
