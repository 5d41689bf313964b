"""What a change does to other records: logged activity, deal-driven stages, counters."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

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
_HAS_TIMELINE = frozenset({"contacts", "companies", "deals", "tickets"})
# (type, other type): records of the type know how many of the other they are linked to.
_COUNTED = frozenset({("contacts", "deals"), ("companies", "deals"), ("companies", "contacts"), ("deals", "contacts")})
_OWN_COMPANY = ("contacts", "companies")
_FAMILY = ("companies", "companies")
_CHILD_TO_PARENT = 14
# (type, other type): what records of the type show of their primary one of the other, by its name there.
_MIRRORED = {
    ("leads", "contacts"): {
        "hs_object_id": "hs_primary_contact_id",
        "email": "hs_associated_contact_email",
        "firstname": "hs_associated_contact_firstname",
        "lastname": "hs_associated_contact_lastname",
    },
    ("leads", "companies"): {"name": "hs_associated_company_name", "domain": "hs_associated_company_domain"},
}


def activity_logged(properties: Mapping[str, str], kind: str, activity: Record, now: int) -> dict[str, str]:
    """What one more logged activity changes on a contact, company or deal (§8).

    The activity's own time counts; one that lies ahead (a task due tomorrow) moves no stamp.
    """
    changes = {"num_notes": _counted(properties, "num_notes", 1)}
    at = _moment(activity)
    if at > now:
        return changes
    _later(properties, changes, "notes_last_updated", at)
    if kind in _CONTACTING:
        changes["num_contacted_notes"] = _counted(properties, "num_contacted_notes", 1)
        _later(properties, changes, "notes_last_contacted", at)
        if "hs_is_unworked" in properties:
            changes["hs_is_unworked"] = "false"
    return changes


def activity_gone(
    properties: Mapping[str, str], kind: str, activity: Record, rest: Sequence[tuple[str, Record]], now: int
) -> dict[str, str]:
    """What an archived or unlinked activity changes; ``rest``: type and record of those that stay.

    A stamp that was its moment falls back to the latest of the others, or is cleared.
    """
    changes = {"num_notes": _counted(properties, "num_notes", -1)}
    at = _moment(activity)
    if at > now:
        return changes
    past = [(other, moment) for other, record in rest if (moment := _moment(record)) <= now]
    latest = {"notes_last_updated": max((m for _, m in past), default=None)}
    if kind in _CONTACTING:
        changes["num_contacted_notes"] = _counted(properties, "num_contacted_notes", -1)
        latest["notes_last_contacted"] = max((m for other, m in past if other in _CONTACTING), default=None)
    for name, last in latest.items():
        if parse_instant(properties.get(name, "")) == at:
            changes[name] = "" if last is None else instant(last)
    return changes


def _moment(activity: Record) -> int:
    return parse_instant(activity.properties.get("hs_timestamp", "")) or activity.created


def _counted(properties: Mapping[str, str], name: str, by: int) -> str:
    return str(max(int(properties.get(name, "0")) + by, 0))


def _later(properties: Mapping[str, str], changes: dict[str, str], name: str, at: int) -> None:
    old = parse_instant(properties.get(name, ""))
    if old is None or at > old:
        changes[name] = instant(at)


class Effects:
    """Reactions to links that come and go, to archived records and to changed deals."""

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
        writer.listeners += [self._deal_changed, self._company_changed, self._mirror_changed]
        writer.farewells.append(self._archived)
        writer.returns.append(self._restored)

    def associated(self, from_kind: str, from_id: int, to_kind: str, to_id: int, now: int) -> None:
        """Two live records were linked for the first time, at epoch ms ``now``."""
        for kind, record_id, other_kind, other_id in (
            (from_kind, from_id, to_kind, to_id),
            (to_kind, to_id, from_kind, from_id),
        ):
            self._react(kind, record_id, other_kind, other_id, now)

    def dissociated(self, from_kind: str, from_id: int, to_kind: str, to_id: int, now: int) -> None:
        """The last link of two live records is gone."""
        self._part(from_kind, from_id, to_kind, to_id, now)
        self._part(to_kind, to_id, from_kind, from_id, now)

    def succeeded(self, kind: str, record_id: int, now: int) -> None:
        """A merge left this record in place of two: the others' mirrors of it follow."""
        for other in self._kinds:
            if self._knows_of(other.name, kind) and not self._kinds[kind].engagement:
                for other_id in self._links.ids(kind, record_id, other.name):
                    self._count(other.name, other_id, kind, now)

    def relabelled(self, from_kind: str, from_id: int, to_kind: str, to_id: int, now: int) -> None:
        """Two records are linked otherwise than before: the primary company follows."""
        self._count(from_kind, from_id, to_kind, now)
        self._count(to_kind, to_id, from_kind, now)

    def _archived(self, kind: str, record: Record, now: int) -> None:
        for other in self._kinds:
            if self._knows_of(other.name, kind):
                for other_id in self._links.ids(kind, record.id, other.name):
                    self._part(other.name, other_id, kind, record.id, now)

    def _restored(self, kind: str, record: Record, now: int) -> None:
        for other in self._kinds:
            counted = self.counters(kind, [record.id], other.name)[record.id]
            stale = {name: value for name, value in counted.items() if name in record.properties}
            self._writer.compute(self._kinds[kind], record, stale, CALCULATED, now)
            if self._knows_of(other.name, kind):
                for other_id in self._links.ids(kind, record.id, other.name):
                    self._react(other.name, other_id, kind, record.id, now)

    def _knows_of(self, kind: str, other_kind: str) -> bool:
        """Do records of the type have properties about their links to the other?"""
        if self._kinds[other_kind].engagement:
            return kind in _HAS_TIMELINE
        pair = (kind, other_kind)
        return pair in _COUNTED or pair in _MIRRORED or pair in (_OWN_COMPANY, _FAMILY)

    def _part(self, kind: str, record_id: int, other_kind: str, other_id: int, now: int) -> None:
        if not (self._kinds[other_kind].engagement and kind in _HAS_TIMELINE):
            self._count(kind, record_id, other_kind, now)
            return
        record, activity = self._records.get(kind, record_id), self._records.get(other_kind, other_id)
        if record is None or activity is None or record.archived:
            return
        rest = [
            (engagement.name, found)
            for engagement in self._kinds
            if engagement.engagement
            for found in self._records.many(engagement.name, self._links.ids(kind, record_id, engagement.name)).values()
        ]
        changes = activity_gone(record.properties, other_kind, activity, rest, now)
        self._writer.compute(self._kinds[kind], record, changes, CALCULATED, now)

    def _react(self, kind: str, record_id: int, other_kind: str, other_id: int, now: int) -> None:
        if self._kinds[other_kind].engagement and kind in _HAS_TIMELINE:
            record = self._records.get(kind, record_id)
            activity = self._records.get(other_kind, other_id)
            if record and activity:
                changes = activity_logged(record.properties, other_kind, activity, now)
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
        changes = self.counters(kind, [record_id], other_kind)[record_id]
        self._writer.compute(self._kinds[kind], record, changes, CALCULATED, now)

    def counters(self, kind: str, record_ids: Collection[int], other_kind: str) -> dict[int, dict[str, str]]:
        """By record, the properties that mirror its links to one other type."""
        if (kind, other_kind) == _OWN_COMPANY:
            found = self._primaries(kind, record_ids, other_kind)
            return {i: {"associatedcompanyid": str(found.get(i, ""))} for i in record_ids}
        if (kind, other_kind) == _FAMILY:
            parent = self._types.find(*_FAMILY, _CHILD_TO_PARENT)
            found = self._links.firsts(parent, record_ids) if parent else {}
            return {i: {"hs_parent_company_id": str(found.get(i, ""))} for i in record_ids}
        if (kind, other_kind) in _MIRRORED:
            return self._mirrored(kind, record_ids, other_kind)
        if (kind, other_kind) in _COUNTED:
            counts = self._links.counts(kind, record_ids, other_kind)
            return {i: {f"num_associated_{other_kind}": str(counts.get(i, 0))} for i in record_ids}
        return {i: {} for i in record_ids}

    def _primaries(self, kind: str, record_ids: Collection[int], other_kind: str) -> dict[int, int]:
        """Each record's primary of the other type."""
        primary = self._types.primary(kind, other_kind)
        return self._links.firsts(primary, record_ids) if primary else {}

    def _mirrored(self, kind: str, record_ids: Collection[int], other_kind: str) -> dict[int, dict[str, str]]:
        """What records show of their primary contact or company."""
        found = self._primaries(kind, record_ids, other_kind)
        others = self._records.many(other_kind, found.values())
        names = _MIRRORED[kind, other_kind]
        mirrored: dict[int, dict[str, str]] = {}
        for record_id in record_ids:
            other = others.get(found.get(record_id, 0))
            values = {} if other is None else {"hs_object_id": str(other.id), **other.properties}
            mirrored[record_id] = {name: values.get(source, "") for source, name in names.items()}
        return mirrored

    def _mirror_changed(self, kind: str, record: Record, names: frozenset[str]) -> None:
        for (mirror, other), shown in _MIRRORED.items():
            if other == kind and names & shown.keys():
                for record_id in self._links.ids(kind, record.id, mirror):
                    self._count(mirror, record_id, kind, record.modified)

    def _deal_changed(self, kind: str, record: Record, names: frozenset[str]) -> None:
        if kind == "deals" and "dealstage" in names:
            for contact_id in self._links.ids("deals", record.id, "contacts"):
                self._advance(contact_id, record, record.modified)

    def _company_changed(self, kind: str, record: Record, names: frozenset[str]) -> None:
        if kind == "companies" and "lifecyclestage" in names and self._settings.company_stage_sync:
            for contact_id in self._links.ids("companies", record.id, "contacts"):
                if self._primaries("contacts", [contact_id], kind).get(contact_id) == record.id:
                    self._raise(contact_id, record.properties.get("lifecyclestage", ""), record.modified)

    def _advance(self, contact_id: int, deal: Record, now: int) -> None:
        """Open deal -> opportunity, won deal -> customer; only ever forward (§6)."""
        if not self._settings.deal_stage_sync:
            return
        won = deal.properties.get("hs_is_closed_won") == "true"
        if deal.properties.get("hs_is_closed") == "true" and not won:
            return
        self._raise(contact_id, "customer" if won else "opportunity", now)

    def _raise(self, contact_id: int, stage: str, now: int) -> None:
        """To a stage of the contacts that lies ahead of theirs."""
        contact = self._records.get("contacts", contact_id)
        place = self._pipelines.place
        if contact is None or contact.archived or place("contacts", stage) < 0:
            return
        if place("contacts", stage) > place("contacts", contact.properties.get("lifecyclestage", "")):
            self._writer.compute(self._kinds["contacts"], contact, {"lifecyclestage": stage}, AUTOMATION, now)
