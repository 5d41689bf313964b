"""What each app wants in its journal [S:webhooks-journal.2026-03]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from connectors.loopback.hubspot.call import integer
from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.errors import not_emulated, not_found_numeric, required, validation
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.object_types import ObjectType, ObjectTypes

_DOCUMENT = "journal_subscription"
_FIRST_ID = 6_310_001
OBJECT, ASSOCIATION, PRIVACY = "OBJECT", "ASSOCIATION", "GDPR_PRIVACY_DELETION"
# By subscription type, the actions that make sense of it.
_ACTIONS = {
    OBJECT: frozenset({"CREATE", "UPDATE", "DELETE", "MERGE", "RESTORE", "SNAPSHOT"}),
    ASSOCIATION: frozenset({"ASSOCIATION_ADDED", "ASSOCIATION_REMOVED"}),
    PRIVACY: frozenset({"GDPR_DELETE"}),
}
_ELSEWHERE = frozenset({"APP_LIFECYCLE_EVENT", "EVENT", "LIST_MEMBERSHIP"})


@dataclass(frozen=True)
class JournalSubscription:
    """``kind`` is the object type; no ``object_ids``, ``properties``: all of them. ``others`` are the
    object types at the far end of the associations told. Stamps in epoch ms."""

    id: int
    app_id: int
    user_id: int
    type: str
    kind: str
    actions: tuple[str, ...]
    object_ids: tuple[int, ...]
    properties: tuple[str, ...]
    others: tuple[str, ...]
    created: int
    updated: int

    @property
    def subject(self) -> tuple[Any, ...]:
        """A second subscription of the app to the same takes the place of the first."""
        return (self.app_id, self.type, self.kind, self.others)


class JournalSubscriptions:
    def __init__(self, portal_id: int, documents: Documents, kinds: ObjectTypes) -> None:
        self._portal_id = portal_id
        self._documents = documents
        self._kinds = kinds
        self._read: tuple[JournalSubscription, ...] | None = None

    def hearing(self, kind: str, action: str) -> Iterator[JournalSubscription]:
        """Those of any app to an action on records of a type."""
        return (found for found in self._all() if found.kind == kind and action in found.actions)

    def of(self, app_id: int) -> list[JournalSubscription]:
        return [found for found in self._all() if found.app_id == app_id]

    def get(self, app_id: int, text: str) -> JournalSubscription:
        """404 for one of another app and for none."""
        for found in self.of(app_id):
            if str(found.id) == text:
                return found
        raise not_found_numeric()

    def kind(self, body: Mapping[str, Any]) -> ObjectType:
        return self._kinds.resolve(required(body, "objectTypeId"))

    def put(self, app_id: int, user_id: int, body: Mapping[str, Any], at: int) -> JournalSubscription:
        """A new one, or the old one on the same subject changed; 400 for what does not fit, 501 for
        types that are not emulated."""
        kind_of = self._type(body)
        if body.get("portalId") != self._portal_id:
            raise validation(f"The app is not installed in the portal {body.get('portalId')}")
        others = _list(body, "associatedObjectTypeIds") if kind_of == ASSOCIATION else []
        wanted = JournalSubscription(
            id=0,
            app_id=app_id,
            user_id=user_id,
            type=kind_of,
            kind=self.kind(body).name,
            actions=_actions(kind_of, body),
            object_ids=tuple(map(integer, _list(body, "objectIds"))),
            properties=tuple(map(str, _list(body, "properties"))),
            others=tuple(self._kinds.resolve(str(name)).name for name in others),
            created=at,
            updated=at,
        )
        if kind_of == ASSOCIATION and not wanted.others:
            raise validation("Some required fields were not set: [associatedObjectTypeIds]")
        old = next((found for found in self._all() if found.subject == wanted.subject), None)
        if old is None:
            return self._keep(replace(wanted, id=self._documents.number(_DOCUMENT, _FIRST_ID)))
        return self._keep(replace(wanted, id=old.id, created=old.created))

    def remove(self, found: JournalSubscription) -> None:
        self._documents.remove(_DOCUMENT, str(found.id))
        self._read = None

    def wire(self, found: JournalSubscription) -> dict[str, Any]:
        ids = {
            "objectIds": list(found.object_ids),
            "properties": list(found.properties),
            "associatedObjectTypeIds": [self._kinds[name].id for name in found.others],
        }
        return {
            "id": found.id,
            "appId": found.app_id,
            "portalId": self._portal_id,
            "subscriptionType": found.type,
            "objectTypeId": self._kinds[found.kind].id,
            "actions": list(found.actions),
            **{name: values for name, values in ids.items() if values},
            "createdAt": instant(found.created),
            "createdBy": found.user_id,
            "updatedAt": instant(found.updated),
        }

    def _type(self, body: Mapping[str, Any]) -> str:
        kind_of = required(body, "subscriptionType")
        if kind_of in _ELSEWHERE:
            raise not_emulated(f"journal subscriptions of the type {kind_of}")
        if kind_of not in _ACTIONS:
            raise validation(f"{kind_of} is not a valid subscriptionType")
        return kind_of

    def _keep(self, found: JournalSubscription) -> JournalSubscription:
        self._documents.put(_DOCUMENT, str(found.id), asdict(found))
        self._read = None
        return found

    def _all(self) -> tuple[JournalSubscription, ...]:
        if self._read is None:
            self._read = tuple(_subscription(stored) for stored in self._documents.all(_DOCUMENT))
        return self._read


def _actions(kind_of: str, body: Mapping[str, Any]) -> tuple[str, ...]:
    actions = tuple(dict.fromkeys(map(str, _list(body, "actions"))))
    wrong = [action for action in actions if action not in _ACTIONS[kind_of]]
    if not actions or wrong:
        raise validation(f"A subscription of the type {kind_of} takes the actions {sorted(_ACTIONS[kind_of])}")
    return actions


def _list(body: Mapping[str, Any], key: str) -> list[Any]:
    values = body.get(key) or []
    if not isinstance(values, list):
        raise validation(f"{key} must be a list")
    return values


def _subscription(stored: Mapping[str, Any]) -> JournalSubscription:
    lists: dict[str, Any] = {name: tuple(value) for name, value in stored.items() if isinstance(value, list)}
    return JournalSubscription(**{**stored, **lists})
