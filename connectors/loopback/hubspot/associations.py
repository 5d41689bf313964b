"""Linking and unlinking records: checks, labels, the primary company (§10.1)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence

from connectors.loopback.hubspot.association_limits import AssociationLimits
from connectors.loopback.hubspot.association_types import OWN, AssociationType, AssociationTypes
from connectors.loopback.hubspot.effects import Effects
from connectors.loopback.hubspot.errors import ApiError, validation
from connectors.loopback.hubspot.links import Links
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.records import Records
from connectors.loopback.hubspot.resolver import Resolver
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.shapes import is_id

Witness = Callable[[int, int, Collection[AssociationType], bool, int], None]


def invalid_identifier(text: str) -> ApiError:
    """[R:amp-labs/associations/err-contact-to-contact.json]"""
    return validation(
        f"{text} is not a valid ID",
        sub_category="crm.associations.INVALID_IDENTIFIER",
        context={"id": [text]},
    )


class Associations:
    """The write side of associations; reading goes through :class:`Links`.

    ``witnesses`` are called after a link gained or lost types, with (from id, to id, the types
    of that direction, were they removed, epoch ms).
    """

    def __init__(
        self,
        settings: HubSpotSettings,
        types: AssociationTypes,
        limits: AssociationLimits,
        links: Links,
        records: Records,
        resolver: Resolver,
        effects: Effects,
    ) -> None:
        self._settings = settings
        self.types = types
        self._limits = limits
        self._links = links
        self._records = records
        self._resolver = resolver
        self._effects = effects
        self.witnesses: list[Witness] = []

    def end(self, kind: ObjectType, text: str) -> int:
        """The live record an id means, merged ids followed; raises a 400 for any other id."""
        if not is_id(text):
            raise invalid_identifier(text)
        record_id = self._resolver.current(kind.name, int(text))
        record = self._records.get(kind.name, record_id)
        if record is None or record.archived:
            raise invalid_identifier(text)
        return record_id

    def ends(self, from_kind: ObjectType, from_text: str, to_kind: ObjectType, to_text: str) -> tuple[int, int] | None:
        """Both live records, for a batch that passes over what is not there: None without either."""
        try:
            return self.end(from_kind, from_text), self.end(to_kind, to_text)
        except ApiError:
            return None

    def link(
        self,
        from_kind: ObjectType,
        from_id: int,
        to_kind: ObjectType,
        to_id: int,
        types: Sequence[AssociationType],
        now: int,
    ) -> list[AssociationType]:
        """Add types to the link of two records, the unlabelled one with any other.

        The first company becomes the primary one. A label of the portal's own takes the place of those the pair
        had: to keep one it is sent again [D:associations]. One more than a limit allows is a 400. Returns the types
        of ``types`` that the caller asked for, for the answer.
        """
        if (from_kind, from_id) == (to_kind, to_id):
            raise validation(f"Object {from_id} cannot be associated to itself ({to_id})")
        wanted = list(types) or [self.types.default(from_kind.name, to_kind.name)]
        before = self._links.between(from_kind.name, from_id, to_kind.name, to_id)
        is_new = not before
        if any(link.category == OWN for link in wanted):
            self._drop_labels(from_kind, from_id, to_kind, to_id)
        for link in self._completed(wanted, from_id, to_id):
            if link not in before:
                self._limits.check(link, from_id, self._links.held)
                self._limits.check(self.types.inverse(link), to_id, self._links.held)
            self._links.add([(link, from_id, to_id)])
        after = self._links.between(from_kind.name, from_id, to_kind.name, to_id)
        self._tell(from_id, to_id, before - after, now, removed=True)
        self._tell(from_id, to_id, after - before, now)
        if is_new or any(link.label for link in wanted):
            self._effects_of(is_new, from_kind.name, from_id, to_kind.name, to_id, now)
        return wanted

    def _effects_of(self, is_new: bool, from_kind: str, from_id: int, to_kind: str, to_id: int, now: int) -> None:
        react = self._effects.associated if is_new else self._effects.relabelled
        react(from_kind, from_id, to_kind, to_id, now)

    def _completed(self, wanted: Iterable[AssociationType], from_id: int, to_id: int) -> list[AssociationType]:
        """The types to store: unlabelled always, Primary when it is free or asked for."""
        links = list(wanted)
        default = self.types.default(links[0].from_kind, links[0].to_kind)
        if default not in links:
            links.append(default)
        primary = self.types.primary(default.from_kind, default.to_kind)
        if primary is None or not self._settings.first_company_is_primary:
            return links
        # One side has at most one: a contact its primary company, a lead its primary contact.
        owner_type = primary if primary.single else self.types.inverse(primary)
        owner_id = from_id if primary.single else to_id
        if primary in links:
            self._drop_primary(owner_type, owner_id)
        elif not self._links.has_type(owner_type, owner_id):
            links.append(primary)
        return links

    def _drop_labels(self, from_kind: ObjectType, from_id: int, to_kind: ObjectType, to_id: int) -> None:
        for link in self.types.of(from_kind.name, to_kind.name):
            if link.category == OWN:
                self._links.remove_type(link, from_id, to_id)

    def _drop_primary(self, primary: AssociationType, owner_id: int) -> None:
        for to_id, types in self._links.page(primary.from_kind, owner_id, primary.to_kind):
            if primary in types:
                self._links.remove_type(primary, owner_id, to_id)

    def unlink(self, from_kind: ObjectType, from_id: int, to_kind: ObjectType, to_id: int, now: int) -> None:
        """Remove every label between two records; nothing happens when there is none."""
        removed = self._links.between(from_kind.name, from_id, to_kind.name, to_id)
        if removed:
            self._links.remove(from_kind.name, from_id, to_kind.name, to_id)
            self._tell(from_id, to_id, removed, now, removed=True)
            self._effects.dissociated(from_kind.name, from_id, to_kind.name, to_id, now)

    def unlabel(self, link: AssociationType, from_id: int, to_id: int, now: int) -> None:
        """Remove one type; without its unlabelled type the link is gone."""
        before = self._links.between(link.from_kind, from_id, link.to_kind, to_id)
        if link == self.types.default(link.from_kind, link.to_kind):
            if before:
                self._links.remove(link.from_kind, from_id, link.to_kind, to_id)
                self._tell(from_id, to_id, before, now, removed=True)
                self._effects.dissociated(link.from_kind, from_id, link.to_kind, to_id, now)
            return
        self._links.remove_type(link, from_id, to_id)
        self._tell(from_id, to_id, before & {link}, now, removed=True)
        self._effects.relabelled(link.from_kind, from_id, link.to_kind, to_id, now)

    def _tell(
        self, from_id: int, to_id: int, types: Collection[AssociationType], now: int, *, removed: bool = False
    ) -> None:
        """Both directions, as HubSpot tells both sides."""
        if not types:
            return
        back = [self.types.inverse(link) for link in types]
        for witness in self.witnesses:
            witness(from_id, to_id, types, removed, now)
            witness(to_id, from_id, back, removed, now)
