"""Which records an event is about: the same for the same seed and the same two systems."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from random import Random
from typing import Any

from connectors.loopback.hubspot import HubSpotEmulator
from connectors.loopback.salesforce import SalesforceEmulator
from connectors.loopback.salesforce.rules import holds
from connectors.loopback.scenario import event_tables

Record = tuple[str, dict[str, Any]]


class Chooser:
    def __init__(self, hubspot: HubSpotEmulator, salesforce: SalesforceEmulator) -> None:
        self._hubspot = hubspot
        self._salesforce = salesforce

    def choose(self, wanted: event_tables.Choice, dice: Random) -> list[str]:
        """Ids of live records; fewer than asked for, or none, when not more fit."""
        if wanted.ids is not None:
            return wanted.ids
        fitting = [record_id for record_id, _ in self._fitting(wanted)]
        return dice.sample(fitting, min(wanted.take, len(fitting)))

    def pairs(self, wanted: event_tables.Merge, dice: Random) -> list[tuple[str, str]]:
        """Pairs of different records, of which each is in one pair at most."""
        if wanted.ids is not None:
            return list(zip(wanted.ids[::2], wanted.ids[1::2], strict=False))
        groups: dict[Any, list[str]] = defaultdict(list)
        for record_id, fields in self._fitting(wanted):
            key = str(fields.get(wanted.same) or "").casefold() if wanted.same else "all"
            if key:
                groups[key].append(record_id)
        found: list[tuple[str, str]] = []
        for members in groups.values():
            dice.shuffle(members)
            found += zip(members[::2], members[1::2], strict=False)
        return dice.sample(found, min(wanted.take, len(found)))

    def _fitting(self, wanted: event_tables.Choice) -> Iterator[Record]:
        records = self._contacts(wanted) if wanted.system == "hubspot" else self._rows(wanted)
        return (record for record in records if holds(wanted.where, record[1]))

    def _contacts(self, wanted: event_tables.Choice) -> Iterator[Record]:
        kind = self._hubspot.portal.kinds.resolve(wanted.object)
        with self._hubspot.portal.database.transaction():
            for record in self._hubspot.portal.records.all(kind.name):
                if not record.archived:
                    yield str(record.id), record.properties

    def _rows(self, wanted: event_tables.Choice) -> Iterator[Record]:
        sobject = self._salesforce.org.schema[wanted.object]
        conditions = ['"IsDeleted" = 0'] if sobject.has("IsDeleted") else ["1"]
        # A converted lead is out of everybody's reach; nobody works on one by hand.
        conditions += ['"IsConverted" = 0'] if sobject.has("IsConverted") else []
        with self._salesforce.org.store.lock:
            rows = self._salesforce.org.store.where(sobject, f'{" AND ".join(conditions)} ORDER BY "Id"')
        return ((row["Id"], row) for row in rows)
