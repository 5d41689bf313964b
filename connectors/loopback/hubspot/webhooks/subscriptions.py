"""Apps with a target URL and what they subscribed to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from connectors.loopback.hubspot.database import Database
from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.errors import ApiError, not_emulated, not_found_numeric, validation
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.object_types import ObjectTypes
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.webhooks.counters import Counters
from connectors.loopback.hubspot.webhooks.mischief import NO_MISCHIEF, Mischief, mischief

_DOCUMENT = "webhook_app"
_FIRST_ID = 4_849_548
_GENERIC = "object"
_VERBS = frozenset({"associationChange", "creation", "deletion", "merge", "propertyChange", "restore"})
# Event types by what stands before the dot [S:webhooks.v3].
_EVENT_TYPES = {
    "company": _VERBS,
    "contact": _VERBS | {"privacyDeletion"},
    "deal": _VERBS,
    "line_item": _VERBS,
    "ticket": _VERBS,
    "product": _VERBS - {"associationChange"},
    "conversation": frozenset({"creation", "deletion", "newMessage", "privacyDeletion", "propertyChange"}),
    "event": frozenset({"completed"}),
    _GENERIC: _VERBS,
}
_EMULATED = frozenset({"company", "contact", "deal", "line_item", "product", "ticket", _GENERIC})
# Properties nobody can subscribe to (§11.2), and those of two object types [D:hooks].
_UNSUBSCRIBABLE = frozenset({"num_unique_conversion_events", "hs_lastmodifieddate"})
_UNSUBSCRIBABLE_OF = {
    "emails": frozenset({"hs_email_html", "hs_email_subject"}),
    "communications": frozenset({"hs_communication_body"}),
}


@dataclass(frozen=True)
class Subscription:
    """``object_type_id`` and ``kind``: of which records; the former only with ``object.*``."""

    id: int
    event_type: str
    kind: str
    property_name: str | None
    object_type_id: str | None
    active: bool
    created_at: int
    updated_at: int

    @property
    def verb(self) -> str:
        return self.event_type.partition(".")[2]

    @property
    def generic(self) -> bool:
        """Of the ``object.*`` family, whose events name their object type."""
        return self.object_type_id is not None

    def wire(self) -> dict[str, Any]:
        """[S:webhooks.v3]; the id is a string here and a number in events."""
        named = {"objectTypeId": self.object_type_id, "propertyName": self.property_name}
        return {
            "active": self.active,
            "createdAt": instant(self.created_at),
            "eventType": self.event_type,
            "id": str(self.id),
            **{name: value for name, value in named.items() if value is not None},
            "updatedAt": instant(self.updated_at),
        }


@dataclass(frozen=True)
class App:
    """One app's webhooks. Without a target URL its subscriptions rest."""

    id: int
    secret: str
    target_url: str | None = None
    max_concurrent: int = 10
    signatures: tuple[str, ...] = ("v1", "v3")
    mischief: Mischief = NO_MISCHIEF
    subscriptions: tuple[Subscription, ...] = ()
    created_at: int = 0
    updated_at: int = 0

    def subscription(self, subscription_id: str) -> Subscription:
        """Raises the 404 of one that does not exist."""
        for subscription in self.subscriptions:
            if str(subscription.id) == subscription_id:
                return subscription
        raise not_found_numeric()


@dataclass(frozen=True)
class Directory:
    """The apps as deliveries see them at a time, and who is to hear of what."""

    apps: Mapping[int, App] = field(default_factory=dict)
    _hearers: Mapping[tuple[str, str, str | None], Sequence[tuple[App, Subscription]]] = field(default_factory=dict)

    def hearers(self, kind: str, verb: str, name: str | None = None) -> Sequence[tuple[App, Subscription]]:
        """Active subscriptions to a change of a record, or of its property ``name``."""
        return self._hearers.get((kind, verb, name), ())


class Subscriptions:
    """Keeps the apps; their changes may be seen late by deliveries, as HubSpot caches them."""

    def __init__(
        self,
        settings: HubSpotSettings,
        database: Database,
        documents: Documents,
        kinds: ObjectTypes,
        counters: Counters,
    ) -> None:
        self._settings = settings
        self._db = database
        self._documents = documents
        self._kinds = kinds
        self._counters = counters
        self._directory = Directory()
        self._read_at: int | None = None
        self._changed = True

    # The apps

    def apps(self) -> list[App]:
        return [_app(stored) for stored in self._documents.all(_DOCUMENT)]

    def app(self, app_id: int, secret: str = "") -> App:
        """The app as it is stored, or a new one with this client secret."""
        stored = self._documents.get(_DOCUMENT, str(app_id))
        return _app(stored) if stored else App(app_id, secret)

    def keep(self, app: App) -> App:
        self._documents.put(_DOCUMENT, str(app.id), asdict(app))
        self._changed = True
        if app.id not in self._directory.apps:
            self._read_at = None  # nothing of it is cached yet
        return app

    def clear(self) -> None:
        self._db.run("DELETE FROM document WHERE kind = ?", (_DOCUMENT,))
        self._changed, self._read_at = True, None

    def directory(self, now: int) -> Directory:
        """What deliveries go by at epoch ms ``now``."""
        cached_for = round(self._settings.webhooks.cache_seconds * 1000)
        if self._changed and (self._read_at is None or now >= self._read_at + cached_for):
            self._directory = _directory(self.apps())
            self._read_at, self._changed = now, False
        return self._directory

    # Subscriptions of one app

    def subscribe(self, app: App, body: Mapping[str, Any], now: int) -> tuple[App, Subscription]:
        """``{"eventType", "propertyName", "objectTypeId", "active"}`` [S:webhooks.v3]: paused
        unless ``active``. 400 for what HubSpot refuses, 501 for types that are not emulated."""
        event_type = str(body.get("eventType") or "")
        kind, object_type_id = self._kind(event_type, body.get("objectTypeId"))
        property_name = self._property(event_type, kind, body.get("propertyName"))
        if any((s.event_type, s.kind, s.property_name) == (event_type, kind, property_name) for s in app.subscriptions):
            raise validation(
                f"A subscription to {event_type} with these details already exists.",
                sub_category="SubscriptionErrors.DUPLICATE_SUBSCRIPTIONS",
            )
        most = self._settings.webhooks.max_subscriptions
        if len(app.subscriptions) >= most:
            raise validation(f"An app has up to {most} subscriptions.")
        subscription = Subscription(
            id=_FIRST_ID + self._counters.add("subscriptions"),
            event_type=event_type,
            kind=kind,
            property_name=property_name,
            object_type_id=object_type_id,
            active=_flag(body, default=False),
            created_at=now,
            updated_at=now,
        )
        return replace(app, subscriptions=(*app.subscriptions, subscription)), subscription

    def switch(
        self, app: App, subscription: Subscription, body: Mapping[str, Any], now: int
    ) -> tuple[App, Subscription]:
        """``{"active"}`` is all that can be changed."""
        switched = replace(subscription, active=_flag(body, default=subscription.active), updated_at=now)
        kept = tuple(switched if s.id == subscription.id else s for s in app.subscriptions)
        return replace(app, subscriptions=kept), switched

    def _kind(self, event_type: str, object_type_id: Any) -> tuple[str, str | None]:
        family, _, verb = event_type.partition(".")
        if verb not in _EVENT_TYPES.get(family, frozenset()):
            raise validation(f'"{event_type}" is not a valid eventType')
        if family not in _EMULATED:
            raise not_emulated(f"the event type {event_type}")
        if family != _GENERIC:
            return self._kinds.resolve(family).name, None
        if not object_type_id:
            raise validation(f"Some required fields were not set: [objectTypeId], {event_type} needs it")
        kind = self._kinds.resolve(str(object_type_id))
        return kind.name, kind.id

    def _property(self, event_type: str, kind: str, name: Any) -> str | None:
        if not event_type.endswith(".propertyChange"):
            return None
        if not name or not isinstance(name, str):
            raise validation(f"Some required fields were not set: [propertyName], {event_type} needs it")
        if name in _UNSUBSCRIBABLE | _UNSUBSCRIBABLE_OF.get(kind, frozenset()):
            raise validation(f"The property {name} cannot be subscribed to")
        return name


def target(url: Any) -> str:
    """A target URL that HubSpot would take (https) or that is on this machine; 400 otherwise."""
    parts = urlsplit(url) if isinstance(url, str) and url.isascii() and url.isprintable() else urlsplit("")
    if not parts.hostname or " " in parts.geturl() or not (parts.scheme == "https" or is_here(url)):
        raise validation("targetUrl must be a publicly available https URL")
    return str(url)


def is_here(url: str) -> bool:
    """Does it lead to this machine? The emulator sends nothing anywhere else."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and parts.hostname in ("127.0.0.1", "localhost", "::1")


def concurrency(number: Any) -> int:
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise validation("maxConcurrentRequests must be a positive whole number")
    return number


def subscription_missing(subscription_id: str) -> ApiError:
    """The entry of a batch's 207 [S:webhooks.v3]."""
    return ApiError(
        404,
        f"Failed to find subscriptions by id `{subscription_id}`. Try again using a different subscriptionId.",
        "SUBSCRIPTION_ID_NOT_FOUND",
        sub_category="SubscriptionErrors.SUBSCRIPTION_IDS_NOT_FOUND",
        context={"subscriptionIds": [subscription_id]},
    )


def _flag(body: Mapping[str, Any], *, default: bool) -> bool:
    active = body.get("active", default)
    if not isinstance(active, bool):
        raise validation("active must be true or false")
    return active


def _directory(apps: Sequence[App]) -> Directory:
    hearers: dict[tuple[str, str, str | None], list[tuple[App, Subscription]]] = {}
    for app, subscription in _listening(apps):
        key = (subscription.kind, subscription.verb, subscription.property_name)
        hearers.setdefault(key, []).append((app, subscription))
    return Directory({app.id: app for app in apps}, hearers)


def _listening(apps: Sequence[App]) -> Iterator[tuple[App, Subscription]]:
    return ((app, s) for app in apps if app.target_url for s in app.subscriptions if s.active)


def _app(stored: Mapping[str, Any]) -> App:
    return App(
        **{
            **stored,
            "signatures": tuple(stored["signatures"]),
            "mischief": mischief(stored["mischief"]),
            "subscriptions": tuple(Subscription(**subscription) for subscription in stored["subscriptions"]),
        }
    )
