"""Records on their way out: the JSON of §3.1 and the echoes of §4.7."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connectors.loopback.hubspot.history import History
from connectors.loopback.hubspot.instants import instant, parse_instant
from connectors.loopback.hubspot.links import Links
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.records import Record
from connectors.loopback.hubspot.rules import Rules
from connectors.loopback.hubspot.schema import Schema
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.writer import Written

Getter = Callable[[Record], str | None]


def getter(kind: ObjectType, name: str) -> Getter:
    """How to read one property of a record, its stamps and id included."""
    if name == "hs_object_id":
        return lambda record: str(record.id)
    if name in (kind.created, "hs_createdate"):
        return lambda record: instant(record.created)
    if name in (kind.modified, "hs_lastmodifieddate"):
        return lambda record: instant(record.modified)
    return lambda record: record.properties.get(name)


def _nothing(record: Record) -> None:
    return None


class View:
    """Turns records into JSON objects with HubSpot's key order."""

    def __init__(
        self,
        settings: HubSpotSettings,
        schema: Schema,
        rules: Mapping[str, Rules],
        history: History,
        links: Links,
    ) -> None:
        self._settings = settings
        self._schema = schema
        self._rules = rules
        self._history = history
        self._links = links

    def projector(
        self, kind: ObjectType, names: Iterable[str] | None, at: int, *, hidden: frozenset[str] = frozenset()
    ) -> Callable[[Record], dict[str, str | None]]:
        """A function that picks properties of a record: the asked and the constant ones, sorted.

        Unset and ``hidden`` ones are null, undefined ones absent, and no names means the default set.
        """
        wanted = {name.lower() for name in names} if names else set(kind.defaults)
        defined = [n for n in wanted if self._schema.property(kind.name, n, at) is not None]
        getters = [
            (name, _nothing if name in hidden else getter(kind, name)) for name in sorted({*defined, *kind.always})
        ]
        return lambda record: {name: get(record) for name, get in getters}

    def record(
        self,
        kind: ObjectType,
        record: Record,
        project: Callable[[Record], dict[str, Any]],
        *,
        history: Iterable[str] = (),
        associations: Iterable[ObjectType] = (),
        at: int = 0,
    ) -> dict[str, Any]:
        body: dict[str, Any] = {"id": str(record.id), "properties": project(record)}
        asked = [n for n in history if self._schema.property(kind.name, n, at) is not None]
        if asked:
            body["propertiesWithHistory"] = self._history.of(kind.name, record, asked)
        self._envelope(kind, record, body)
        linked = self._associations(kind, record, associations)
        if linked:
            body["associations"] = linked
        return body

    def everything(self, kind: ObjectType, record: Record, *, hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
        """The full record, as a merge answers it: every property that has a value and is not ``hidden``."""
        names = sorted({*record.properties, *kind.always} - hidden)
        getters = [(name, getter(kind, name)) for name in names]
        return self.record(kind, record, lambda r: {name: get(r) for name, get in getters})

    def echo(self, kind: ObjectType, written: Written, trace_id: str | None = None) -> dict[str, Any]:
        """The answer to a write: what was sent and some computed values, not the full record.

        A cleared property echoes "" [R:grouparoo/contacts.batch-update.200.json]; some computed
        datetimes are epoch milliseconds [R:amp-labs/batch/create/contacts/success.json].
        """
        record = written.record
        epoch = self._rules[kind.name].epoch_echo
        shown: dict[str, str] = {}
        for name in sorted({*written.sent, *written.derived, *kind.always}):
            value = getter(kind, name)(record)
            if value is None:
                if name in written.sent:
                    shown[name] = ""
                continue
            shown[name] = str(parse_instant(value)) if epoch.fullmatch(name) else value
        body: dict[str, Any] = {"id": str(record.id), "properties": shown}
        self._envelope(kind, record, body)
        if trace_id is not None:
            body["objectWriteTraceId"] = trace_id
        return body

    def _envelope(self, kind: ObjectType, record: Record, body: dict[str, Any]) -> None:
        body["createdAt"] = instant(record.created)
        body["updatedAt"] = instant(record.modified)
        body["archived"] = record.archived
        if record.archived_at is not None:
            body["archivedAt"] = instant(record.archived_at)
        path = kind.url.format(portal=self._settings.portal_id, id=record.id)
        body["url"] = f"https://{self._settings.ui_domain}{path}"

    def _associations(self, kind: ObjectType, record: Record, to_kinds: Iterable[ObjectType]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for to_kind in to_kinds:
            results = [
                {"id": str(to_id), "type": link.name}
                for to_id, types in self._links.page(kind.name, record.id, to_kind.name)
                for link in types
            ]
            if results:
                found[to_kind.name] = {"results": results}
        return found
