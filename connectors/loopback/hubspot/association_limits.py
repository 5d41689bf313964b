"""How many records of a type one record may be linked to (§10.1) [S:associations-schema.v4]."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from connectors.loopback.hubspot.association_types import AssociationType, AssociationTypes
from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.errors import ApiError, validation

_DOCUMENT = "association_limit"
STANDARD = 10_000  # [R:amp-labs/associations/contacts-schema-resp.json]


class AssociationLimits:
    """Limits by type and direction; that of the unlabelled type is the pair's, and a label's is no higher
    [CL:introducing-custom-association-limits-for-associations-api]."""

    def __init__(self, documents: Documents, types: AssociationTypes) -> None:
        self._documents = documents
        self._types = types

    def of(self, link: AssociationType) -> int | None:
        """What an administrator set, if anything."""
        stored = self._documents.get(_DOCUMENT, _key(link))
        return int(stored["most"]) if stored else None

    def wire(self, link: AssociationType) -> dict[str, Any]:
        return {**link.wire(), "userEnforcedMaxToObjectIds": self.of(link)}

    def configured(self, links: Iterable[AssociationType]) -> list[dict[str, Any]]:
        return [self.wire(link) for link in links if self.of(link) is not None]

    def everywhere(self) -> list[dict[str, Any]]:
        """Those between any two types, in the order of their keys."""
        found = (stored["link"] for stored in self._documents.all(_DOCUMENT))
        links = (self._types.find(*link) for link in found)
        return [self.wire(link) for link in links if link is not None]

    def put(self, link: AssociationType, entry: Mapping[str, Any], *, new: bool) -> None:
        """``{"maxToObjectIds"}``; 400 when it does not fit the other limits, or is (not) there already."""
        most = entry.get("maxToObjectIds")
        if isinstance(most, bool) or not isinstance(most, int) or not 1 <= most <= STANDARD:
            raise validation(f"maxToObjectIds must be between 1 and {STANDARD}, it was {most}")
        if (self.of(link) is None) != new:
            raise validation(f"The association type {link.type_id} has {'a' if new else 'no'} limit already")
        least, highest = self._range(link)
        if not least <= most <= highest:
            raise validation(f"maxToObjectIds must be between {least} and {highest}, it was {most}")
        stored = {"most": most, "link": [link.from_kind, link.to_kind, link.type_id, link.category]}
        self._documents.put(_DOCUMENT, _key(link), stored)

    def remove(self, link: AssociationType) -> None:
        self._documents.remove(_DOCUMENT, _key(link))

    def check(self, link: AssociationType, from_id: int, held: Callable[[AssociationType, int], int]) -> None:
        """400 when one more link of a type is too many; ``held`` counts those that the record has."""
        most = self.of(link) or STANDARD
        if held(link, from_id) >= most:
            raise too_many(link, from_id, most)

    def _range(self, link: AssociationType) -> tuple[int, int]:
        pair = list(self._types.of(link.from_kind, link.to_kind))
        if link.label is None:
            return max((self.of(other) or 1 for other in pair if other.label is not None), default=1), STANDARD
        return 1, min((self.of(other) or STANDARD for other in pair if other.label is None), default=STANDARD)


def too_many(link: AssociationType, from_id: int, most: int) -> ApiError:
    """The text is UNCONFIRMED, no capture shows one."""
    return validation(
        f"{link.from_kind} {from_id} has reached the limit of {most} associations of the type {link.type_id}",
        context={"fromObjectId": [str(from_id)], "associationTypeId": [str(link.type_id)]},
    )


def _key(link: AssociationType) -> str:
    return f"{link.from_kind}:{link.to_kind}:{link.category}:{link.type_id}"
