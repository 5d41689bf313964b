"""Creating, changing and archiving records: validation, derived values, stamps, history."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.loopback.hubspot.admin_rules import AdminRules
from connectors.loopback.hubspot.errors import (
    ApiError,
    PropertyProblem,
    conflict,
    invalid_properties,
    validation,
)
from connectors.loopback.hubspot.history import History, Source
from connectors.loopback.hubspot.instants import parse_instant
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.records import Ids, Record, Records
from connectors.loopback.hubspot.rules import Rules
from connectors.loopback.hubspot.schema import Schema
from connectors.loopback.hubspot.search.lag import IndexLag
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.uniques import Uniques, identity
from connectors.loopback.hubspot.values import Restated, Values, split_list

Changes = dict[str, str]
BLOCKED = "blocked_email"


@dataclass(frozen=True)
class Written:
    """A record after a write, and the names whose values the answer shows."""

    record: Record
    sent: Changes
    derived: frozenset[str]
    new: bool


class Writer:
    """All writes end here, those of the API, of a person, and HubSpot's own.

    ``listeners`` are called after a change with (kind, record, changed names), ``farewells``
    after a record was archived with (kind, record, epoch ms), ``returns`` after it was restored;
    they carry the effects on others. ``witnesses`` hear of each create and change last, with
    (kind, record, changed names, source, is it new).
    """

    def __init__(
        self,
        *,
        settings: HubSpotSettings,
        schema: Schema,
        values: Values,
        rules: Mapping[str, Rules],
        records: Records,
        ids: Ids,
        uniques: Uniques,
        history: History,
        lag: IndexLag,
        admin_rules: AdminRules,
        is_blocked: Callable[[str], bool],
    ) -> None:
        self._settings = settings
        self._schema = schema
        self._values = values
        self._rules = rules
        self._records = records
        self._ids = ids
        self._uniques = uniques
        self._history = history
        self._lag = lag
        self._admin_rules = admin_rules
        self._is_blocked = is_blocked
        self.listeners: list[Callable[[str, Record, frozenset[str]], None]] = []
        self.farewells: list[Callable[[str, Record, int], None]] = []
        self.returns: list[Callable[[str, Record, int], None]] = []
        self.witnesses: list[Callable[[str, Record, frozenset[str], Source, bool], None]] = []

    # Validation

    def examine(
        self, kind: ObjectType, sent: Any, current: Record | None, at: int
    ) -> tuple[Changes, list[PropertyProblem]]:
        """Normalise what was sent; the second part lists every refused value."""
        if not isinstance(sent, Mapping):
            raise validation("properties must be an object")
        changes: Changes = {}
        problems: list[PropertyProblem] = []
        for name, raw in sent.items():
            if raw is None:
                if self._settings.null_write == "ignore":
                    continue
                raw = ""
            try:
                changes[name.lower()] = self._value(kind, name.lower(), raw, current, at)
            except PropertyProblem as problem:
                problems.append(problem)
        return changes, problems

    def examined(self, kind: ObjectType, sent: Any, current: Record | None, at: int) -> Changes:
        """The same for a single write: problems are raised as one 400."""
        changes, problems = self.examine(kind, sent, current, at)
        if problems:
            raise invalid_properties(problems, self._settings.portal_id)
        return changes

    def _value(self, kind: ObjectType, name: str, raw: Any, current: Record | None, at: int) -> str:
        definition = self._schema.property(kind.name, name, at)
        if definition is None:
            message = f'Property "{name}" does not exist'
            raise PropertyProblem(name, "PROPERTY_DOESNT_EXIST", message)
        if definition.read_only:
            message = f'"{name}" is a calculated property; its value cannot be set.'
            raise PropertyProblem(name, "READ_ONLY_VALUE", message)
        old = current.properties.get(name) if current else None
        return self._values.normalise(kind.name, definition, raw, old)

    # Writes

    def create(self, kind: ObjectType, changes: Changes, source: Source, at: int, *, names_id: bool = True) -> Written:
        """A new record. 409 when the e-mail is taken (with the id unless ``names_id`` is
        false), 400 for any other unique value or a missing required property."""
        sent = dict(changes)
        for name in kind.required:
            if not changes.get(name):
                raise validation(
                    f"Error creating {kind.legacy}. Some required properties were not set.",
                    context={"properties": [name]},
                )
        self._check_email(kind, changes, names_id)
        self._admin_rules.check(kind.name, {}, changes)
        record_id = self._ids.take(kind.name, kind.first_id, 1)[0]
        self._check_uniques(kind, record_id, changes)
        record = self.born(kind, record_id, changes, source, at)
        self._records.save(kind.name, [record])
        self._uniques.claim(kind.name, record.id, self.held(kind, record.properties))
        self._lag.note(kind.name, record.id, None, at)
        self._tell(kind, record, frozenset(record.properties), source, new=True)
        derived = self._rules[kind.name].create_echo | frozenset(
            name for name in changes if self._rules[kind.name].epoch_echo.fullmatch(name)
        )
        return Written(record, sent, derived, new=True)

    def born(self, kind: ObjectType, record_id: int, changes: Changes, source: Source, at: int) -> Record:
        """The record a create makes, not stored yet; ``changes`` gains what is computed."""
        rules = self._rules[kind.name]
        rules.begin(record_id, changes, source, at)
        rules.follow(record_id, {}, changes, at)
        properties = changes.copy()
        if "" in properties.values():
            properties = {name: value for name, value in changes.items() if value != ""}
        created = parse_instant(properties.pop(kind.created, "")) or at
        return Record(record_id, created, at, None, properties)

    def update(self, kind: ObjectType, record: Record, changes: Changes, source: Source, at: int) -> Written:
        """Change a live record. Values equal to the stored ones change nothing at all, not even
        the modification stamp (§4.6)."""
        sent = dict(changes)
        real = self._real(record, changes)
        self._check_uniques(kind, record.id, real)
        self._admin_rules.check(kind.name, record.properties, real)
        self._rules[kind.name].follow(record.id, record.properties, real, at)
        real = self._real(record, real)
        self._apply(kind, record, real, source, at)
        derived = self._rules[kind.name].update_echo | frozenset(real)
        return Written(record, sent, derived, new=False)

    def compute(self, kind: ObjectType, record: Record, changes: Changes, source: Source, at: int) -> None:
        """HubSpot's own change of a record: rules follow, nothing is validated."""
        real = self._real(record, changes)
        self._rules[kind.name].follow(record.id, record.properties, real, at)
        self._apply(kind, record, self._real(record, real), source, at)

    def archive(self, kind: ObjectType, record: Record, at: int) -> None:
        """Into the recycle bin: unique values become free, the search index learns late."""
        self._lag.note(kind.name, record.id, record, at)
        self._uniques.release(kind.name, record.id, self.held(kind, record.properties))
        record.archived_at = at
        self._records.save(kind.name, [record])
        for farewell in self.farewells:
            farewell(kind.name, record, at)

    def restore(self, kind: ObjectType, record: Record, at: int) -> None:
        """Out of the recycle bin; 400 when another record has one of its unique values now."""
        self._check_uniques(kind, record.id, record.properties)
        self._lag.note(kind.name, record.id, None, at)
        self._uniques.claim(kind.name, record.id, self.held(kind, record.properties))
        record.archived_at, record.modified = None, at
        self._records.save(kind.name, [record])
        for comes_back in self.returns:
            comes_back(kind.name, record, at)

    def erase(self, kind: ObjectType, record: Record, at: int) -> None:
        """Gone for good, history too (GDPR)."""
        if not record.archived:
            self.archive(kind, record, at)
        self._records.remove(kind.name, record.id)
        self._history.forget(kind.name, record.id)

    def held(self, kind: ObjectType, properties: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """The (property, value) pairs a record holds alone; a contact's e-mails are one set."""
        for name in self._schema.unique_names(kind.name):
            if name in properties:
                yield name, identity(name, properties[name])
        if kind.name == "contacts" and self._settings.secondary_emails_identify:
            for email in split_list(properties.get("hs_additional_emails")):
                yield "email", identity("email", email)

    def _apply(self, kind: ObjectType, record: Record, real: Changes, source: Source, at: int) -> None:
        created = real.pop(kind.created, None)
        if not real and created is None:
            return
        self._lag.note(kind.name, record.id, record, at)
        self._history.note(kind.name, record, real, source, at)
        self._uniques.release(kind.name, record.id, self.held(kind, record.properties))
        for name, value in real.items():
            if value == "":
                record.properties.pop(name, None)
            else:
                record.properties[name] = value
        record.modified = at
        record.created = parse_instant(created or "") or record.created
        self._records.save(kind.name, [record])
        self._uniques.claim(kind.name, record.id, self.held(kind, record.properties))
        self._tell(kind, record, frozenset(real), source)

    @staticmethod
    def _real(record: Record, changes: Changes) -> Changes:
        """Those that differ from what is stored, or count as if they did."""
        return {n: v for n, v in changes.items() if record.properties.get(n, "") != v or isinstance(v, Restated)}

    def _check_email(self, kind: ObjectType, changes: Changes, names_id: bool) -> None:
        email = changes.get("email")
        if kind.name != "contacts" or not email:
            return
        holder = self._uniques.holder("contacts", "email", identity("email", email))
        if holder is not None:
            raise conflict("Contact", holder if names_id else None)
        if self._is_blocked(email):
            raise validation(f"The e-mail {email} was permanently deleted and cannot be used.")

    def _check_uniques(self, kind: ObjectType, record_id: int, changes: Changes) -> None:
        for name in self._schema.unique_names(kind.name):
            value = changes.get(name)
            holder = self._uniques.holder(kind.name, name, identity(name, value)) if value else None
            if holder is not None and holder != record_id:
                raise self._held_by_other(kind, name, value or "", record_id, holder)

    def _held_by_other(self, kind: ObjectType, name: str, value: str, record_id: int, holder: int) -> ApiError:
        """[R: 2026-09 capture]; the second id is the holder's."""
        return validation(
            f"Cannot set PropertyValueCoordinates{{portalId={self._settings.portal_id}, "
            f"objectTypeId=ObjectTypeId{{legacyObjectType={kind.legacy}}}, propertyName={name}, "
            f"value={value}}} on {record_id}. {holder} already has that value."
        )

    def _tell(
        self, kind: ObjectType, record: Record, names: frozenset[str], source: Source, *, new: bool = False
    ) -> None:
        for listener in self.listeners:
            listener(kind.name, record, names)
        for witness in self.witnesses:
            witness(kind.name, record, names, source, new)
