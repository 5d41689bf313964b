"""Association type ids by pair of object types, from ``data/association_types.json`` (§10.1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.loopback.hubspot.errors import validation
from connectors.loopback.hubspot.object_types import DATA, ObjectType, ObjectTypes

HUBSPOT = "HUBSPOT_DEFINED"


@dataclass(frozen=True)
class AssociationType:
    """One direction of a kind of link. ``label`` None is the unlabelled default.

    ``name`` is the v3 name ("contact_to_company", "contact_to_company_unlabeled").
    """

    from_kind: str
    to_kind: str
    type_id: int
    inverse_id: int
    label: str | None
    name: str
    category: str = HUBSPOT

    def wire(self) -> dict[str, Any]:
        return {"category": self.category, "typeId": self.type_id, "label": self.label}

    def spec(self) -> dict[str, Any]:
        return {"associationCategory": self.category, "associationTypeId": self.type_id}


class AssociationTypes:
    def __init__(self, kinds: ObjectTypes) -> None:
        rows = json.loads((DATA / "association_types.json").read_text(encoding="utf-8"))
        labelled = {(row["from"], row["to"]) for row in rows if row["label"]}
        self._types: dict[tuple[str, str, int], AssociationType] = {}
        for row in rows:
            bare = row["label"] is None and (row["from"], row["to"]) in labelled
            suffix = "_unlabeled" if bare else ""
            ends = (kinds[row["from"]], kinds[row["to"]])
            self._add(*ends, row["typeId"], row["inverseTypeId"], row["label"], suffix)
            self._add(*ends[::-1], row["inverseTypeId"], row["typeId"], row["label"], suffix)

    def _add(
        self,
        from_kind: ObjectType,
        to_kind: ObjectType,
        type_id: int,
        inverse_id: int,
        label: str | None,
        suffix: str,
    ) -> None:
        name = f"{from_kind.singular}_to_{to_kind.singular}{suffix}"
        self._types[from_kind.name, to_kind.name, type_id] = AssociationType(
            from_kind.name, to_kind.name, type_id, inverse_id, label, name
        )

    def of(self, from_kind: str, to_kind: str) -> Iterator[AssociationType]:
        return (t for t in self._types.values() if (t.from_kind, t.to_kind) == (from_kind, to_kind))

    def find(self, from_kind: str, to_kind: str, type_id: int) -> AssociationType | None:
        return self._types.get((from_kind, to_kind, type_id))

    def inverse(self, link: AssociationType) -> AssociationType:
        return self._types[link.to_kind, link.from_kind, link.inverse_id]

    def default(self, from_kind: str, to_kind: str) -> AssociationType:
        """The unlabelled type; raises a 400 for a pair HubSpot does not associate."""
        for link in self.of(from_kind, to_kind):
            if link.label is None:
                return link
        raise validation(f"{from_kind} cannot be associated with {to_kind}")

    def primary(self, from_kind: str, to_kind: str) -> AssociationType | None:
        """The type labelled Primary: contact or deal to its main company."""
        return next((t for t in self.of(from_kind, to_kind) if t.label == "Primary"), None)

    def checked(self, from_kind: str, to_kind: str, spec: Any) -> AssociationType:
        """The type of ``{"associationCategory", "associationTypeId"}`` for this direction.

        The wrong direction is the classic mistake; its 400 text is second-hand [X].
        """
        try:
            type_id = int(spec["associationTypeId"])
        except (KeyError, TypeError, ValueError):
            raise validation("associationTypeId must be a number") from None
        link = self.find(from_kind, to_kind, type_id)
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
