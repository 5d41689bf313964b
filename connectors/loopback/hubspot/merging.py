"""Merging two records, and forgetting a contact (§4.8, §4.9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from connectors.loopback.hubspot.effects import Effects
from connectors.loopback.hubspot.errors import validation
from connectors.loopback.hubspot.history import MERGE, History
from connectors.loopback.hubspot.links import Links
from connectors.loopback.hubspot.lists.catalogue import Catalogue
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.records import Ids, Record, Records
from connectors.loopback.hubspot.resolver import Resolver
from connectors.loopback.hubspot.rules import Rules
from connectors.loopback.hubspot.search.lag import IndexLag
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.uniques import Uniques
from connectors.loopback.hubspot.values import merge_lists, split_list
from connectors.loopback.hubspot.writer import Writer

_MAX_MERGES = 250


class Merging:
    """Two records become one with a new id; the old ids go on meaning it.

    With ``settings.merge == "primary-id"`` the survivor keeps the primary's id. ``witnesses`` are
    called after a merge with (kind, primary, other, survivor, epoch ms), ``mourners`` after a
    record was forgotten with (kind, record, epoch ms).
    """

    def __init__(
        self,
        settings: HubSpotSettings,
        rules: Mapping[str, Rules],
        records: Records,
        ids: Ids,
        uniques: Uniques,
        history: History,
        links: Links,
        resolver: Resolver,
        lag: IndexLag,
        writer: Writer,
        effects: Effects,
        lists: Catalogue,
    ) -> None:
        self._settings = settings
        self._rules = rules
        self._records = records
        self._ids = ids
        self._uniques = uniques
        self._history = history
        self._links = links
        self._resolver = resolver
        self._lag = lag
        self._writer = writer
        self._effects = effects
        self._lists = lists
        self.witnesses: list[Callable[[str, Record, Record, Record, int], None]] = []
        self.mourners: list[Callable[[str, Record, int], None]] = []

    def merge(self, kind: ObjectType, primary_id: str, other_id: str, at: int) -> Record:
        """The survivor. 404 for an unknown or archived record, 400 for one with itself."""
        primary = self._resolver.record(kind, primary_id)
        other = self._resolver.record(kind, other_id)
        if primary.id == other.id:
            raise validation(f"Cannot merge object {primary.id} with itself")
        merged_ids = self._merged_ids(primary, other)
        if len(merged_ids) > _MAX_MERGES:
            raise validation(f"Records can be merged up to {_MAX_MERGES} times")
        properties = self._rules[kind.name].merged(primary.properties, other.properties)
        keep_id = self._settings.merge == "primary-id"
        new_id = primary.id if keep_id else self._ids.take(kind.name, kind.first_id, 1)[0]
        properties["hs_merged_object_ids"] = ";".join(merged_ids)
        properties |= self._rules[kind.name].merge_marks(new_id, primary, other, at)
        survivor = Record(new_id, min(primary.created, other.created), at, None, properties)
        self._replace(kind, [primary, other], survivor, at)
        for witness in self.witnesses:
            witness(kind.name, primary, other, survivor, at)
        return survivor

    def _merged_ids(self, primary: Record, other: Record) -> list[str]:
        """[R:grouparoo/contacts.schema.200.json]: ``101;102``, earlier merges included."""
        return split_list(
            merge_lists(
                primary.properties.get("hs_merged_object_ids"),
                other.properties.get("hs_merged_object_ids"),
                f"{primary.id};{other.id}",
            )
        )

    def _replace(self, kind: ObjectType, old: list[Record], survivor: Record, at: int) -> None:
        primary, other = old
        self._links.give_up_primary(kind.name, other.id, in_favour_of=primary.id)
        for record in old:
            self._uniques.release(kind.name, record.id, self._writer.held(kind, record.properties))
            self._lag.note(kind.name, record.id, record, at)
            if record.id != survivor.id:
                self._history.move(kind.name, record, survivor.id)
                self._links.move(kind.name, record.id, survivor.id)
                self._lists.move(kind.name, record.id, survivor.id)
                self._records.remove(kind.name, record.id)
                self._resolver.note_merge(kind.name, record.id, survivor.id)
        if survivor.id not in (record.id for record in old):
            self._lag.note(kind.name, survivor.id, None, at)
        for linked in ("contacts", "companies", "deals"):
            survivor.properties |= self._effects.counters(kind.name, [survivor.id], linked)[survivor.id]
        survivor.properties = {n: v for n, v in survivor.properties.items() if v != ""}
        self._records.save(kind.name, [survivor])
        self._uniques.claim(kind.name, survivor.id, self._writer.held(kind, survivor.properties))
        self._effects.succeeded(kind.name, survivor.id, at)
        changed = {name: value for name, value in survivor.properties.items() if primary.properties.get(name) != value}
        self._history.note(kind.name, primary_as(survivor, primary), changed, MERGE, at)

    def forget(self, kind: ObjectType, record: Record, at: int) -> None:
        """GDPR delete: record, history and links are gone for good."""
        self._writer.erase(kind, record, at)
        self._links.remove_all(kind.name, record.id)
        for mourner in self.mourners:
            mourner(kind.name, record, at)


def primary_as(survivor: Record, primary: Record) -> Record:
    """The primary's last state under the survivor's id, as the base of its merge history."""
    return Record(survivor.id, primary.created, primary.modified, None, primary.properties)
