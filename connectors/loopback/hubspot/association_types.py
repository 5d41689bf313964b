"""Association types by pair of object types: HubSpot's from ``data/association_types.json`` [D:associations],
the portal's own labels beside them (§10.1)."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.errors import required, validation
from connectors.loopback.hubspot.object_types import DATA, ObjectType, ObjectTypes
from connectors.loopback.hubspot.shapes import is_id

HUBSPOT = "HUBSPOT_DEFINED"
OWN = "USER_DEFINED"
_STORED = "association_type"
# "Labels are supported between contacts, companies, deals, tickets and custom objects" [D:associations].
_LABELLED = frozenset({"contacts", "companies", "deals", "tickets"})


@dataclass(frozen=True)
class AssociationType:
    """One direction of a kind of link. ``label`` None is the unlabelled default.

    ``name`` is the v3 name ("contact_to_company", "contact_to_company_unlabeled"). A record has
    at most one link of a ``single`` type: a contact's primary company, a lead's primary contact.
    """

    from_kind: str
    to_kind: str
    type_id: int
    inverse_id: int
    label: str | None
    name: str
    category: str = HUBSPOT
    single: bool = False

    def wire(self) -> dict[str, Any]:
        return {"category": self.category, "typeId": self.type_id, "label": self.label}

    def spec(self) -> dict[str, Any]:
        return {"associationCategory": self.category, "associationTypeId": self.type_id}


class AssociationTypes:
    """Both directions of every type. A number may mean one type of HubSpot's and one of the portal's."""

    def __init__(self, kinds: ObjectTypes, documents: Documents) -> None:
        self._documents = documents
        rows = json.loads((DATA / "association_types.json").read_text(encoding="utf-8"))
        labelled = {(row["from"], row["to"]) for row in rows if row["label"]}
        self._types: dict[tuple[str, str], dict[tuple[str, int], AssociationType]] = defaultdict(dict)
        for row in rows:
            bare = row["label"] is None and (row["from"], row["to"]) in labelled
            there, back = _directions(kinds[row["from"]], kinds[row["to"]], row, "_unlabeled" if bare else "")
            self._put(there)
            if back.type_id != there.type_id:
                self._put(back)
        for stored in documents.all(_STORED):
            self._put(AssociationType(**stored))

    def _put(self, link: AssociationType) -> None:
        self._types[link.from_kind, link.to_kind][link.category, link.type_id] = link

    def of(self, from_kind: str, to_kind: str) -> Iterator[AssociationType]:
        return iter(self._pair(from_kind, to_kind).values())

    def find(self, from_kind: str, to_kind: str, type_id: int, category: str = HUBSPOT) -> AssociationType | None:
        return self._pair(from_kind, to_kind).get((category, type_id))

    def inverse(self, link: AssociationType) -> AssociationType:
        return self._pair(link.to_kind, link.from_kind)[link.category, link.inverse_id]

    def _pair(self, from_kind: str, to_kind: str) -> Mapping[tuple[str, int], AssociationType]:
        return self._types.get((from_kind, to_kind), {})

    def default(self, from_kind: str, to_kind: str) -> AssociationType:
        """The unlabelled type; raises a 400 for a pair HubSpot does not associate."""
        for link in self.of(from_kind, to_kind):
            if link.label is None:
                return link
        raise validation(f"{from_kind} cannot be associated with {to_kind}")

    def primary(self, from_kind: str, to_kind: str) -> AssociationType | None:
        """The type labelled Primary: contact or deal to its main company, lead to its main contact."""
        return next((t for t in self.of(from_kind, to_kind) if t.label == "Primary"), None)

    def checked(self, from_kind: str, to_kind: str, spec: Any) -> AssociationType:
        """The type of ``{"associationCategory", "associationTypeId"}`` for this direction.

        The wrong direction is the classic mistake; its 400 text is second-hand [X].
        """
        try:
            type_id = int(spec["associationTypeId"])
            category = str(spec.get("associationCategory") or HUBSPOT)
        except (KeyError, TypeError, ValueError):
            raise validation("associationTypeId must be a number") from None
        link = self.find(from_kind, to_kind, type_id, category)
        if link is None:
            raise validation(
                f"invalid from object type {from_kind} to {to_kind} for association type {type_id}",
                context={"type": [f"TypeId {type_id} is not valid for this direction"]},
            )
        return link

    def named(self, from_kind: str, to_kind: str, name: str) -> AssociationType:
        """By v3 name, or by its number written as text."""
        for link in self.of(from_kind, to_kind):
            if name in (link.name, str(link.type_id)):
                return link
        raise validation(f"{name} is not a valid association type between {from_kind} and {to_kind}")

    # The portal's own labels

    def add_label(self, from_kind: ObjectType, to_kind: ObjectType, body: Mapping[str, Any]) -> list[AssociationType]:
        """``{"name", "label", "inverseLabel"?}`` makes a type for each direction; a label without a
        second one between records of one type is its own inverse. 400 for a name or label in use."""
        name, label = required(body, "name"), required(body, "label")
        inverse_label = str(body.get("inverseLabel") or label)
        if not {from_kind.name, to_kind.name} <= _LABELLED:
            raise validation(f"Association labels are not supported between {from_kind.name} and {to_kind.name}")
        if any(link.name == name or link.label == label for link in self.of(from_kind.name, to_kind.name)):
            raise validation(f"An association type {name} with the label {label} exists already")
        symmetric = from_kind is to_kind and inverse_label == label
        there_id = self._documents.number(_STORED, 1)
        back_id = there_id if symmetric else self._documents.number(_STORED, 1)
        there = AssociationType(from_kind.name, to_kind.name, there_id, back_id, label, name, OWN)
        back = AssociationType(to_kind.name, from_kind.name, back_id, there_id, inverse_label, f"{name}_inverse", OWN)
        made = [there] if symmetric else [there, back]
        for link in made:
            self._store(link)
        return made

    def rename(self, link: AssociationType, label: str, inverse_label: str | None) -> None:
        back = self.inverse(link)
        self._store(replace(link, label=label))
        if inverse_label is not None and back.type_id != link.type_id:
            self._store(replace(back, label=inverse_label))

    def remove(self, link: AssociationType) -> None:
        """Both directions; the links of the type are the caller's to remove first."""
        for gone in {link, self.inverse(link)}:
            del self._types[gone.from_kind, gone.to_kind][gone.category, gone.type_id]
            self._documents.remove(_STORED, str(gone.type_id))

    def own(self, from_kind: str, to_kind: str, type_id: Any) -> AssociationType:
        """A label of the portal's; a 400 for one of HubSpot's or none."""
        link = self.find(from_kind, to_kind, int(type_id), OWN) if is_id(str(type_id)) else None
        if link is None:
            raise validation(f"{type_id} is not a custom association type between {from_kind} and {to_kind}")
        return link

    def _store(self, link: AssociationType) -> None:
        self._put(link)
        self._documents.put(_STORED, str(link.type_id), asdict(link))


def _directions(
    from_kind: ObjectType, to_kind: ObjectType, row: Mapping[str, Any], suffix: str
) -> tuple[AssociationType, AssociationType]:
    """A row's two directions. The "from" of a Primary row is the side that has one at most."""
    label = row["label"]
    there = AssociationType(
        from_kind.name,
        to_kind.name,
        row["typeId"],
        row["inverseTypeId"],
        label,
        row.get("name", f"{from_kind.singular}_to_{to_kind.singular}{suffix}"),
        single=label == "Primary",
    )
    back = AssociationType(
        to_kind.name,
        from_kind.name,
        row["inverseTypeId"],
        row["typeId"],
        row.get("inverseLabel", label),
        row.get("inverseName", f"{to_kind.singular}_to_{from_kind.singular}{suffix}"),
    )
    return there, back
