"""What objects and fields the org has, read from ``data/objects/*.json`` (``data/tooling``: the
objects of the Tooling API).

An object file: ``name label labelPlural keyPrefix``, ``is`` (the object's true flags) and
``fields``. A field: ``name label type [length precision scale digits] flags [referenceTo
relationshipName values defaultValue compoundFieldName extraTypeInfo]``, and for the reverse
side of a reference ``children`` (the child relationship's name) and ``cascade``. ``hidden``:
in the data model, but hidden by field-level security in a fresh org.

Letters of ``flags``: C createable, U updateable, N nillable, D defaultedOnCreate,
F filterable, S sortable, G groupable, A aggregatable, P permissionable, I idLookup,
X externalId, R restrictedPicklist, T nameField, O calculated, M polymorphicForeignKey,
Q namePointing, H searchPrefilterable. A picklist value is its name, or [name, label].
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache, cached_property
from importlib import resources
from typing import Any

from connectors.loopback.salesforce import values

_LETTERS = {
    "C": "createable",
    "U": "updateable",
    "N": "nillable",
    "D": "defaultedOnCreate",
    "F": "filterable",
    "S": "sortable",
    "G": "groupable",
    "A": "aggregatable",
    "P": "permissionable",
    "I": "idLookup",
    "X": "externalId",
    "R": "restrictedPicklist",
    "T": "nameField",
    "O": "calculated",
    "M": "polymorphicForeignKey",
    "Q": "namePointing",
    "H": "searchPrefilterable",
}
# Activity fields are defined once and appear on both.
ACTIVITIES = ("Task", "Event")
_DEFINITION_KEYS = {
    "name", "label", "type", "length", "precision", "scale", "digits", "picklistValues",
    "restrictedPicklist", "externalId", "unique", "caseSensitive", "defaultValue", "filterable",
    "sortable", "nillable", "required", "referenceTo", "relationshipName",
    "childRelationshipName", "createable", "updateable", "hidden", "controllerName",
}  # fmt: skip


class SchemaError(ValueError):
    """A field definition that makes no sense; one sentence."""


@dataclass(eq=False)
class Field:
    """One field; ``flags`` holds describe's names of what is true of it."""

    name: str
    label: str
    type: str
    flags: frozenset[str]
    length: int = 0
    precision: int = 0
    scale: int = 0
    digits: int = 0
    reference_to: tuple[str, ...] = ()
    relationship: str | None = None
    child_relationship: str | None = None
    cascade: bool = False
    picklist: list[dict[str, Any]] = field(default_factory=list)
    controller: str | None = None
    default: Any = None
    compound: str | None = None
    extra_type: str | None = None
    byte_length: int | None = None
    custom: bool = False
    unique: bool = False
    case_sensitive: bool = False
    hidden: bool = False

    # Describe's names, from ``flags``.
    createable: bool = field(init=False)
    updateable: bool = field(init=False)
    nillable: bool = field(init=False)
    defaultedOnCreate: bool = field(init=False)
    filterable: bool = field(init=False)
    sortable: bool = field(init=False)
    groupable: bool = field(init=False)
    aggregatable: bool = field(init=False)
    permissionable: bool = field(init=False)
    idLookup: bool = field(init=False)
    externalId: bool = field(init=False)
    restrictedPicklist: bool = field(init=False)
    nameField: bool = field(init=False)
    calculated: bool = field(init=False)
    polymorphicForeignKey: bool = field(init=False)
    namePointing: bool = field(init=False)
    searchPrefilterable: bool = field(init=False)

    def __post_init__(self) -> None:
        for flag in _LETTERS.values():
            setattr(self, flag, flag in self.flags)

    @property
    def is_lookup_key(self) -> bool:
        """May stand in ``/sobjects/X/{field}/{value}`` (Email too [sheet 0.5])."""
        return self.externalId or self.idLookup

    @cached_property
    def polymorphic(self) -> bool:
        return len(self.reference_to) > 1

    @cached_property
    def stored(self) -> bool:
        return self.type not in values.COMPOUND_TYPES

    @property
    def is_long_text(self) -> bool:
        return self.type == "textarea" and self.length > 255

    def picklist_values(self) -> list[str]:
        return [entry["value"] for entry in self.picklist if entry["active"]]


@dataclass(eq=False)
class SObject:
    name: str
    label: str
    label_plural: str
    key_prefix: str | None
    flags: frozenset[str]
    fields: dict[str, Field] = field(default_factory=dict)
    _lower: dict[str, Field] = field(default_factory=dict)

    def add(self, new: Field) -> None:
        self.fields[new.name] = new
        self._lower[new.name.lower()] = new
        self._forget_lists()

    def remove(self, name: str) -> None:
        del self.fields[name], self._lower[name.lower()]
        self._forget_lists()

    def _forget_lists(self) -> None:
        for name in ("stored_fields", "stored_names", "required_fields"):
            self.__dict__.pop(name, None)

    def find(self, name: str) -> Field | None:
        """A field by its name in any case [sheet 6]."""
        return self._lower.get(name.lower())

    def find_relationship(self, name: str) -> Field | None:
        lowered = name.lower()
        for entry in self.fields.values():
            if entry.relationship and entry.relationship.lower() == lowered:
                return entry
        return None

    def has(self, name: str) -> bool:
        return name in self.fields

    def is_(self, flag: str) -> bool:
        return flag in self.flags

    @cached_property
    def stored_fields(self) -> list[Field]:
        return [entry for entry in self.fields.values() if entry.stored]

    @cached_property
    def stored_names(self) -> list[str]:
        return [entry.name for entry in self.stored_fields]

    @cached_property
    def required_fields(self) -> list[str]:
        """What a caller must give or must not clear, unless it has a default."""
        return [
            entry.name
            for entry in self.fields.values()
            if (entry.createable or entry.updateable) and not entry.nillable
        ]

    @property
    def has_permissions(self) -> bool:
        """Are there object permissions for it, rather than for another it hangs on?"""
        return self.is_("hasPermissions")

    def components(self, compound: str) -> list[Field]:
        return [entry for entry in self.fields.values() if entry.compound == compound]

    @property
    def name_field(self) -> Field | None:
        return next((entry for entry in self.fields.values() if entry.nameField), None)


@dataclass(frozen=True, slots=True)
class ChildRelationship:
    name: str | None
    child: SObject
    field: Field


class Schema:
    """All objects of an API; names are looked up in any case.

    ``folder`` of ``data`` holds them, ``shared`` are taken over from another schema.
    ``revision`` counts the custom fields that came and went.
    """

    def __init__(self, folder: str = "objects", shared: Iterable[SObject] = ()) -> None:
        self._by_lower: dict[str, SObject] = {}
        self.revision = 0
        for spec in _object_files(folder):
            self._add(_read_object(spec))
        for sobject in shared:
            self._add(sobject)

    def _add(self, sobject: SObject) -> None:
        self._by_lower[sobject.name.lower()] = sobject

    def __iter__(self) -> Iterator[SObject]:
        return iter(self._by_lower.values())

    def find(self, name: str) -> SObject | None:
        return self._by_lower.get(name.lower())

    def __getitem__(self, name: str) -> SObject:
        return self._by_lower[name.lower()]

    def by_prefix(self, record_id: str) -> SObject | None:
        prefix = record_id[:3]
        return next((entry for entry in self if entry.key_prefix == prefix), None)

    def children_of(self, parent: str) -> list[ChildRelationship]:
        return [
            ChildRelationship(entry.child_relationship, child, entry)
            for child in self
            for entry in child.fields.values()
            if parent in entry.reference_to and entry.name not in ("Id", "MasterRecordId")
        ]

    def find_child(self, parent: str, relationship: str) -> ChildRelationship | None:
        lowered = relationship.lower()
        for found in self.children_of(parent):
            if found.name and found.name.lower() == lowered:
                return found
        return None

    def add_field(self, sobject: str, definition: dict[str, Any]) -> list[tuple[SObject, Field]]:
        """Add a custom field; one on an activity appears on Task and Event.

        ``definition`` uses describe's names (``name type length externalId unique
        caseSensitive picklistValues restrictedPicklist …``). Raises SchemaError.
        """
        targets = ACTIVITIES if sobject in (*ACTIVITIES, "Activity") else (sobject,)
        added = []
        for name in targets:
            target = self.find(name)
            if target is None:
                raise SchemaError(f'There is no object "{name}".')
            new = _custom_field(definition)
            if target.find(new.name):
                raise SchemaError(f'{name} already has a field "{new.name}".')
            target.add(new)
            added.append((target, new))
        self.revision += 1
        return added

    def replace_field(self, sobject: SObject, definition: dict[str, Any]) -> None:
        """Give a custom field another definition. Raises SchemaError."""
        sobject.add(_custom_field(definition))
        self.revision += 1

    def remove_field(self, sobject: str, name: str) -> None:
        targets = ACTIVITIES if sobject in (*ACTIVITIES, "Activity") else (sobject,)
        for target in (self.find(entry) for entry in targets):
            found = target.find(name) if target else None
            if target is None or found is None or not found.custom:
                raise SchemaError(f'{sobject} has no custom field "{name}".')
            target.remove(found.name)
        self.revision += 1


def picklist_entry(value: str, *, label: str | None = None, default: bool = False) -> dict[str, Any]:
    return {
        "active": True,
        "defaultValue": default,
        "label": label or value,
        "validFor": None,
        "value": value,
    }


@cache
def _object_files(folder: str) -> list[dict[str, Any]]:
    files = sorted((resources.files(__package__) / "data" / folder).iterdir(), key=lambda entry: entry.name)
    return [json.loads(entry.read_text(encoding="utf-8")) for entry in files]


def _read_object(spec: dict[str, Any]) -> SObject:
    sobject = SObject(
        name=spec["name"],
        label=spec["label"],
        label_plural=spec["labelPlural"],
        key_prefix=spec["keyPrefix"],
        flags=frozenset(spec["is"]),
    )
    for entry in spec["fields"]:
        sobject.add(_read_field(entry))
    return sobject


def _read_field(spec: dict[str, Any]) -> Field:
    default = spec.get("defaultValue")
    return Field(
        name=spec["name"],
        label=spec["label"],
        type=spec["type"],
        flags=frozenset(_LETTERS[letter] for letter in spec["flags"]),
        length=18 if spec["type"] in values.ID_TYPES else spec.get("length", 0),
        precision=spec.get("precision", 0),
        scale=spec.get("scale", 0),
        digits=spec.get("digits", 0),
        reference_to=tuple(spec.get("referenceTo", ())),
        relationship=spec.get("relationshipName"),
        child_relationship=spec.get("children"),
        cascade=spec.get("cascade", False),
        picklist=[_listed(entry, default) for entry in spec.get("values", ())],
        byte_length=spec.get("byteLength"),
        default=default if default is not None or spec["type"] != "boolean" else False,
        compound=spec.get("compoundFieldName"),
        extra_type=spec.get("extraTypeInfo"),
        hidden=spec.get("hidden", False),
    )


def _listed(entry: str | list[str], default: Any) -> dict[str, Any]:
    value, label = entry if isinstance(entry, list) else (entry, entry)
    return picklist_entry(value, label=label, default=value == default)


def _custom_field(spec: dict[str, Any]) -> Field:
    unknown = sorted(set(spec) - _DEFINITION_KEYS)
    if unknown:
        raise SchemaError(f"Unknown in a field definition: {', '.join(unknown)}.")
    name, kind = spec.get("name", ""), spec.get("type", "string")
    if not name.endswith("__c"):
        raise SchemaError(f'A custom field is named like "Tier__c", not "{name}".')
    long_text = kind == "textarea" and spec.get("length", 255) > 255
    is_bool, is_multi = kind == "boolean", kind == "multipicklist"
    true_of = {
        "createable": spec.get("createable", True),
        "updateable": spec.get("updateable", True),
        "nillable": spec.get("nillable", not spec.get("required", False)) and not is_bool,
        "defaultedOnCreate": is_bool or spec.get("defaultValue") is not None,
        "filterable": spec.get("filterable", not long_text),
        "sortable": spec.get("sortable", not long_text and not is_multi),
        "groupable": not long_text and kind not in ("double", "currency", "percent", "datetime", "multipicklist"),
        "aggregatable": not long_text and not is_bool and not is_multi,
        # Whoever sees the object sees its required fields.
        "permissionable": not spec.get("required", False),
        "idLookup": bool(spec.get("externalId")),
        "externalId": bool(spec.get("externalId")),
        "restrictedPicklist": bool(spec.get("restrictedPicklist")),
    }
    entries = [
        picklist_entry(entry) if isinstance(entry, str) else picklist_entry("") | entry
        for entry in spec.get("picklistValues", ())
    ]
    is_text = kind not in values.NUMBER_TYPES | {"boolean", "date", "datetime"}
    references = tuple(spec.get("referenceTo", ()))
    default_relation = name.removesuffix("__c") + "__r" if references else None
    return Field(
        name=name,
        label=spec.get("label", name.removesuffix("__c").replace("_", " ")),
        type=kind,
        flags=frozenset(flag for flag, is_true in true_of.items() if is_true),
        length=spec.get("length", 255 if is_text else 0),
        precision=spec.get("precision", 18 if kind in values.DOUBLE_TYPES else 0),
        scale=spec.get("scale", 0),
        digits=spec.get("digits", 8 if kind == "int" else 0),
        reference_to=references,
        relationship=spec.get("relationshipName", default_relation),
        child_relationship=spec.get("childRelationshipName"),
        picklist=entries,
        controller=spec.get("controllerName"),
        default=spec.get("defaultValue", False if is_bool else None),
        custom=True,
        unique=bool(spec.get("unique")),
        case_sensitive=bool(spec.get("caseSensitive")),
        hidden=bool(spec.get("hidden")),
    )
