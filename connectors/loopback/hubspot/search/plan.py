"""Which part of a query SQLite can answer from its indexes, and which Python must test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import orjson

from connectors.loopback.hubspot.errors import validation
from connectors.loopback.hubspot.instants import parse_moment
from connectors.loopback.hubspot.links import Links
from connectors.loopback.hubspot.object_types import ObjectType, ObjectTypes
from connectors.loopback.hubspot.records import Record
from connectors.loopback.hubspot.schema import Property, Schema
from connectors.loopback.hubspot.search.match import Predicate, predicate, text_predicate
from connectors.loopback.hubspot.search.query import Filter, Query
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.shapes import is_id
from connectors.loopback.hubspot.uniques import Uniques

_SQL_ORDER = {"EQ": "=", "LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}


@dataclass
class Plan:
    """``where``/``parameters`` narrow the rows; with ``exact`` they decide alone."""

    where: str
    parameters: list[Any]
    exact: bool
    matches: Predicate


@dataclass
class _Group:
    conditions: list[str] = field(default_factory=list)
    parameters: list[Any] = field(default_factory=list)
    predicates: list[Predicate] = field(default_factory=list)
    exact: bool = True

    def matches(self, record: Record) -> bool:
        return all(test(record) for test in self.predicates)


class Planner:
    def __init__(
        self,
        settings: HubSpotSettings,
        kinds: ObjectTypes,
        schema: Schema,
        uniques: Uniques,
        links: Links,
    ) -> None:
        self._settings = settings
        self._kinds = kinds
        self._schema = schema
        self._uniques = uniques
        self._links = links

    def plan(self, kind: ObjectType, query: Query, at: int) -> Plan:
        groups = [self._group(kind, group, at) for group in query.groups]
        tests: list[Predicate] = []
        if groups:
            tests.append(lambda record: any(group.matches(record) for group in groups))
        if query.text:
            tests.append(text_predicate(kind, query.text))
        indexed = bool(groups) and all(group.conditions for group in groups)
        where = " OR ".join(f"({' AND '.join(group.conditions)})" for group in groups)
        return Plan(
            where=f"({where})" if indexed else "",
            parameters=[p for group in groups for p in group.parameters] if indexed else [],
            exact=not query.text and all(group.exact for group in groups),
            matches=lambda record: all(test(record) for test in tests),
        )

    def definition(self, kind: ObjectType, name: str, at: int) -> Property:
        found = self._schema.property(kind.name, name, at)
        if found is None:
            raise validation(f'Property "{name}" does not exist', context={"propertyName": [name]})
        return found

    def _group(self, kind: ObjectType, filters: tuple[Filter, ...], at: int) -> _Group:
        group = _Group()
        for wanted in filters:
            if wanted.name.startswith("associations."):
                self._association(kind, wanted, group)
                continue
            definition = self.definition(kind, wanted.name, at)
            test = predicate(
                kind,
                definition,
                wanted,
                negative_matches_unset=self._settings.negative_filters_match_unset,
            )
            group.predicates.append(test)
            self._narrow(kind, definition, wanted, group)
        if not filters:
            group.exact = False  # an empty group matches everything; Python says so
        return group

    def _association(self, kind: ObjectType, wanted: Filter, group: _Group) -> None:
        """``associations.company EQ 123``: the records linked to it."""
        other = self._kinds.resolve(wanted.name.partition(".")[2])
        values = wanted.values if wanted.operator == "IN" else (wanted.value,)
        if wanted.operator not in ("EQ", "IN"):
            raise validation(f"{wanted.name} takes EQ and IN only")
        to_ids = [int(value) for value in values if is_id(value)]
        ids = self._links.sources(kind.name, other.name, to_ids)
        group.predicates.append(lambda record: record.id in ids)
        group.conditions.append(f"id IN ({', '.join(map(str, sorted(ids)))})")

    def _narrow(self, kind: ObjectType, definition: Property, wanted: Filter, group: _Group) -> None:
        """Add the SQL form of a filter, if it has one: on a stamp or the id, on the bytes of an
        enumeration's value, or (needed, not sufficient) on the holder of a unique value."""
        column = column_of(kind, wanted.name)
        sign = _SQL_ORDER.get(wanted.operator)
        unique = wanted.name in self._schema.unique_names(kind.name)
        if column and sign:
            group.conditions.append(f"{column} {sign} ?")
            group.parameters.append(_number(wanted.value))
        elif column and wanted.operator == "BETWEEN":
            group.conditions.append(f"{column} BETWEEN ? AND ?")
            group.parameters += [_number(wanted.value), _number(wanted.high)]
        elif unique and wanted.operator in ("EQ", "IN"):
            group.exact = False
            group.conditions.append(self._holders(kind, wanted))
        else:
            fragments = [] if column else _fragments(definition, wanted)
            terms = " OR ".join(["instr(properties, ?) > 0"] * len(fragments))
            group.exact = group.exact and bool(fragments)
            if fragments:
                group.conditions.append(f"({terms})")
                group.parameters += fragments

    def _holders(self, kind: ObjectType, wanted: Filter) -> str:
        values = wanted.values if wanted.operator == "IN" else (wanted.value,)
        holders = self._uniques.holders_in_any_case(kind.name, wanted.name, {value.lower() for value in values})
        return f"id IN ({', '.join(map(str, holders))})"


def column_of(kind: ObjectType, name: str) -> str | None:
    """The table column that mirrors a property."""
    if name == "hs_object_id":
        return "id"
    if name in (kind.created, "hs_createdate"):
        return "created"
    return "modified" if name in (kind.modified, "hs_lastmodifieddate") else None


def _fragments(definition: Property, wanted: Filter) -> list[bytes]:
    """Pieces of JSON one of which the properties of just the matching records contain.

    They begin at the quote of a name and so cannot occur inside a value, where it is escaped.
    """
    name = orjson.dumps(definition.name)
    if wanted.operator == "HAS_PROPERTY":
        return [name + b":"]
    if definition.type != "enumeration" or definition.multiple:
        return []
    values = {"EQ": (wanted.value,), "IN": wanted.values}.get(wanted.operator, ())
    return [name + b":" + orjson.dumps(value) for value in values]


def _number(text: str) -> float:
    """Stamps as ISO or epoch ms, ids as they are; the predicate has checked them already."""
    moment = parse_moment(text)
    return float(text) if moment is None else moment
