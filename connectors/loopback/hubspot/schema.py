"""Property definitions and groups of every object type: HubSpot's own and the portal's."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.object_types import DATA
from connectors.loopback.hubspot.option_sets import option_sets

NON_SENSITIVE = "non_sensitive"
_BUILT_IN_AT = 1_593_532_658_191  # 2020-06-30, the createdAt HubSpot's own properties show


@dataclass
class Property:
    """One definition. Stamps in epoch ms; a new one is unseen before ``visible_at`` [L:K]."""

    name: str
    label: str
    type: str
    field_type: str
    group: str
    description: str = ""
    options: list[dict[str, Any]] = field(default_factory=list)
    display_order: int = -1
    calculated: bool = False
    read_only: bool = False
    external_options: bool = False
    hidden: bool = False
    unique: bool = False
    form_field: bool = False
    referenced: str | None = None
    hubspot_defined: bool = False
    data_sensitivity: str = NON_SENSITIVE
    display: dict[str, Any] = field(default_factory=dict)  # hints by their names on the wire
    created_at: int = _BUILT_IN_AT
    updated_at: int = _BUILT_IN_AT
    visible_at: int = 0
    user_id: int | None = None
    archived: bool = False

    @property
    def multiple(self) -> bool:
        """Holds a ``;`` list: only the field type says so."""
        return self.type == "enumeration" and self.field_type == "checkbox"

    def wire(self, *, stamps: bool = True) -> dict[str, Any]:
        """The JSON form in the captured key order; batch creates leave out the stamps."""
        body: dict[str, Any] = {}
        if stamps:
            body |= {"updatedAt": instant(self.updated_at), "createdAt": instant(self.created_at)}
        body |= {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "fieldType": self.field_type,
            "description": self.description,
            "groupName": self.group,
            "options": self.options,
        }
        if self.referenced:
            body["referencedObjectType"] = self.referenced
        if stamps and self.user_id is not None:
            body |= {"createdUserId": str(self.user_id), "updatedUserId": str(self.user_id)}
        body |= {
            "displayOrder": self.display_order,
            "calculated": self.calculated,
            "externalOptions": self.external_options,
        }
        if stamps and not self.hubspot_defined:
            body["archived"] = self.archived
            if self.archived:
                body["archivedAt"] = instant(self.updated_at)
        body |= {"hasUniqueValue": self.unique, "hidden": self.hidden}
        if self.hubspot_defined:
            body["hubspotDefined"] = True
        body |= {
            "modificationMetadata": {
                "archivable": True,
                "readOnlyDefinition": self.hubspot_defined,
                "readOnlyValue": self.read_only,
            },
            "formField": self.form_field,
            "dataSensitivity": self.data_sensitivity,
        }
        return body | self.display


@dataclass
class Group:
    name: str
    label: str
    display_order: int = -1
    archived: bool = False

    def wire(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "label": self.label,
            "displayOrder": self.display_order,
            "archived": self.archived,
        }


class Schema:
    """Looks definitions up by object type name and property name."""

    def __init__(self, kinds: Iterable[str], documents: Documents) -> None:
        self._documents = documents
        self._properties: dict[str, dict[str, Property]] = {}
        self._groups: dict[str, dict[str, Group]] = {}
        self._unique: dict[str, tuple[str, ...]] = {}
        self.kinds = tuple(kinds)
        for kind in self.kinds:
            self._load(kind)

    def property(self, kind: str, name: str, at: int | None = None) -> Property | None:
        """The definition unless archived or, at epoch ms ``at``, not visible yet."""
        found = self._properties[kind].get(name)
        if found is None or found.archived or (at is not None and found.visible_at > at):
            return None
        return found

    def any_property(self, kind: str, name: str) -> Property | None:
        """Archived ones too."""
        return self._properties[kind].get(name)

    def properties(self, kind: str, *, archived: bool = False, at: int | None = None) -> Iterator[Property]:
        """The definitions; with ``at`` (epoch ms) only those visible by then."""
        return (
            p for p in self._properties[kind].values() if p.archived == archived and (at is None or p.visible_at <= at)
        )

    def unique_names(self, kind: str) -> tuple[str, ...]:
        """Properties whose value no two live records share; ``email`` is one of them."""
        return self._unique[kind]

    def put(self, kind: str, definition: Property) -> None:
        """Add or replace a definition."""
        self._properties[kind][definition.name] = definition
        self._documents.put(f"property:{kind}", definition.name, vars(definition))
        self._refresh(kind)

    def forget(self, kind: str, name: str) -> None:
        """Drop a definition that is not HubSpot's own, as if there had never been one."""
        self._documents.remove(f"property:{kind}", name)
        del self._properties[kind][name]
        self._refresh(kind)

    def group(self, kind: str, name: str) -> Group | None:
        found = self._groups[kind].get(name)
        return None if found is None or found.archived else found

    def groups(self, kind: str, *, archived: bool = False) -> Iterator[Group]:
        return (g for g in self._groups[kind].values() if g.archived == archived)

    def put_group(self, kind: str, group: Group) -> None:
        if group.display_order < 0 and group.name not in self._groups[kind]:
            group.display_order = len(self._groups[kind])
        self._groups[kind][group.name] = group
        self._documents.put(f"group:{kind}", group.name, vars(group))

    def _load(self, kind: str) -> None:
        path = DATA / "properties" / f"{kind}.psv"
        lines = path.read_text(encoding="utf-8").splitlines()
        found = [self._parse(line) for line in lines if line and not line.startswith("#")]
        self._properties[kind] = {p.name: p for p in found}
        self._groups[kind] = {}
        for place, name in enumerate(dict.fromkeys(p.group for p in found)):
            self._groups[kind][name] = Group(name, name.replace("_", " ").capitalize(), place)
        for stored in self._documents.all(f"property:{kind}"):
            self._properties[kind][stored["name"]] = Property(**stored)
        for stored in self._documents.all(f"group:{kind}"):
            self._groups[kind][stored["name"]] = Group(**stored)
        self._refresh(kind)

    def _parse(self, line: str) -> Property:
        name, types, group, flags, options, referenced, label = (p.strip() for p in line.split("|"))
        type_, _, field_type = types.partition("/")
        return Property(
            name=name,
            label=label,
            type=type_,
            field_type=field_type,
            group=group,
            options=[] if options == "-" else _options(option_sets()[options]),
            calculated="c" in flags,
            read_only="r" in flags,
            external_options="x" in flags,
            hidden="h" in flags,
            unique="u" in flags,
            form_field="f" in flags,
            referenced=None if referenced == "-" else referenced,
            hubspot_defined=True,
        )

    def _refresh(self, kind: str) -> None:
        self._unique[kind] = tuple(p.name for p in self._properties[kind].values() if p.unique and not p.archived)


def _options(pairs: Iterable[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"label": label, "value": value, "displayOrder": place, "hidden": False}
        for place, (value, label) in enumerate(pairs)
    ]
