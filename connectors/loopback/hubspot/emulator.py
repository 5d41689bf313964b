"""The loopback HubSpot: a portal behind a gated WSGI application."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any

from flask import Flask

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.forms import form
from connectors.loopback.hubspot.hands import Hands
from connectors.loopback.hubspot.history import CALCULATED
from connectors.loopback.hubspot.instants import instant, to_ms
from connectors.loopback.hubspot.owners import Owner
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import register
from connectors.loopback.hubspot.routes.forms import FORM
from connectors.loopback.hubspot.sandbox import sandbox
from connectors.loopback.hubspot.schema import Group
from connectors.loopback.hubspot.seeding import Seeder
from connectors.loopback.hubspot.settings import HubSpotSettings, problems
from connectors.loopback.hubspot.webhooks.control import control as webhooks
from connectors.loopback.kit import Clock, Faults, Gate, RequestLog, control
from connectors.loopback.kit.setting_types import SettingsError

_SEED_USER = 62365053


class HubSpotEmulator:
    """One HubSpot account.

    ``app`` is the WSGI application to serve or to mount; the other methods load the portal
    and act in it without HTTP. ``path`` is the SQLite file, in memory by default.
    """

    name = "hubspot"

    def __init__(
        self,
        settings: HubSpotSettings | None = None,
        clock: Clock | None = None,
        path: str = ":memory:",
    ) -> None:
        self.settings = settings or HubSpotSettings()
        if wrong := problems(self.settings):
            raise SettingsError(wrong)
        self.clock = clock or Clock()
        self.faults = Faults()
        self.log = RequestLog()
        self.portal = Portal(self.settings, self.clock, path)
        self.hands = Hands(self.portal)
        self._seeder = Seeder(self.portal)
        flask = Flask(__name__, static_folder=None)
        flask.url_map.strict_slashes = False
        flask.url_map.merge_slashes = False  # no redirect: neither system sends one
        register(Api(self.portal, flask))
        flask.register_blueprint(control(self))
        flask.register_blueprint(sandbox(self.hands))
        flask.register_blueprint(webhooks(self.portal))
        self.app = Gate(
            flask,
            clock=self.clock,
            faults=self.faults,
            log=self.log,
            gzip_from=self.settings.gzip_from,
            chunked_from=self.settings.chunked_from,
        )

    # Loading

    def seed(self, kind: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        """Store records; their ids in order.

        A row is ``{"properties": {...}, "id", "createdAt", "updatedAt", "archived"}``, all but
        the properties optional; stamps are datetimes or epoch ms. What a create computes is computed,
        nothing is validated, and search sees the records at once.
        """
        return self._seeder.seed(kind, rows)

    def loading(self) -> AbstractContextManager[None]:
        """Around many ``seed`` and ``associate`` calls: the same store, sooner.

        All of it or, when it ends in an exception, nothing. Requests wait until the end.
        """
        return self._seeder.loading()

    def has_records(self) -> bool:
        """Is there a record of any kind, archived or not?"""
        return self._seeder.has_records()

    def ids_ahead(self) -> Callable[[str, int], list[str]]:
        """A function of a kind and a number that tells the ids which :meth:`seed` is going to give.

        It needs the emulator no more. Raises ValueError when the portal has records.
        """
        return self._seeder.ids_ahead()

    def associate(self, from_kind: str, to_kind: str, pairs: Iterable[Sequence[Any]]) -> None:
        """Link ``(from id, to id)`` or ``(from id, to id, [type ids])``, in both directions."""
        self._seeder.associate(from_kind, to_kind, pairs)

    def add_owner(self, owner: Mapping[str, Any]) -> str:
        """``{"email", "firstName", "lastName", "id"?, "userId"?, "type"?, "archived"?,
        "teams"?}``; returns the owner's id."""
        owner_id = str(owner.get("id") or self.portal.owners.next_id())
        now = to_ms(self.clock.now())
        with self.portal.database.transaction():
            self.portal.owners.put(
                Owner(
                    id=owner_id,
                    email=owner["email"],
                    first_name=owner.get("firstName", ""),
                    last_name=owner.get("lastName", ""),
                    user_id=int(owner.get("userId") or int(owner_id) + 1_000_000),
                    type=owner.get("type", "PERSON"),
                    teams=list(owner.get("teams") or []),
                    archived=bool(owner.get("archived", False)),
                    created_at=now,
                    updated_at=now,
                )
            )
        return owner_id

    def add_property(self, kind: str, definition: Mapping[str, Any]) -> None:
        """A definition as the API takes it; visible at once."""
        with self.portal.database.transaction():
            self.portal.definitions.create(
                self.portal.kinds.resolve(kind),
                definition,
                to_ms(self.clock.now()),
                _SEED_USER,
                lag=False,
            )

    def add_group(self, kind: str, group: Mapping[str, Any]) -> None:
        """``{"name", "label", "displayOrder"?}``; nothing happens when it exists."""
        kind = self.portal.kinds.resolve(kind).name
        with self.portal.database.transaction():
            if self.portal.schema.group(kind, group["name"]) is None:
                order = int(group.get("displayOrder", -1))
                self.portal.schema.put_group(kind, Group(group["name"], group["label"], order))

    def add_form(self, definition: Mapping[str, Any]) -> None:
        """``{"id", "name"}`` and any other field of a form definition."""
        with self.portal.database.transaction():
            stored = form(definition, to_ms(self.clock.now()))
            self.portal.documents.put(FORM, stored["id"], stored)

    def add_submissions(self, form_id: str, rows: Iterable[Mapping[str, Any]]) -> None:
        """``{"submittedAt": datetime or epoch ms, "values": [{"name", "value"}], "pageUrl"}``"""
        with self.portal.database.transaction():
            self._seeder.submissions(form_id, rows)

    def add_events(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Event occurrences: ``{"objectType"?, "objectId", "eventType", "occurredAt", "id"?,
        "properties"?}``"""
        with self.portal.database.transaction():
            self._seeder.events(rows)

    def add_email_events(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """v1 e-mail events: ``{"created": datetime or epoch ms, "recipient", "type", …}``"""
        with self.portal.database.transaction():
            self._seeder.email_events(rows)

    def count(self, kind: str, counted: Mapping[str, Mapping[str, str]]) -> None:
        """Id -> the values of properties that HubSpot counts by itself, such as ``hs_analytics_num_visits``."""
        portal, now = self.portal, to_ms(self.clock.now())
        resolved = portal.kinds.resolve(kind)
        with portal.database.transaction():
            for record_id, properties in counted.items():
                record = portal.resolver.record(resolved, record_id)
                portal.writer.compute(resolved, record, dict(properties), CALCULATED, now)

    def set_stages(self, stages: Iterable[Mapping[str, Any]], kind: str = "contacts") -> None:
        """Replace a pipeline's stages, ``{"id", "label", "metadata"?}`` in order; for contacts
        these are the lifecycle stages."""
        self.hands.stages({"kind": kind, "stages": list(stages)})

    def add_validation_rule(self, rule: Mapping[str, Any]) -> None:
        """An administrator's rule: see :class:`AdminRules`."""
        self.hands.validation_rule(rule)

    # The kit's protocol

    def snapshot(self) -> dict[str, Any]:
        """Everything, archived records too: kind -> records, and associations, owners, merges."""
        portal = self.portal
        with portal.database.transaction():
            kinds: dict[str, Any] = {
                kind.name: [portal.view.everything(kind, record) for record in portal.records.all(kind.name)]
                for kind in portal.kinds
            }
            kinds["associations"] = [
                {
                    "from": [row[0], str(row[1])],
                    "to": [row[2], str(row[3])],
                    "category": row[4],
                    "typeId": row[5],
                }
                for row in portal.links.all()
            ]
            kinds["owners"] = [asdict(owner) for owner in portal.owners.all()]
            kinds["merged"] = {str(old): str(new) for old, new in portal.resolver.merges()}
        kinds["at"] = instant(to_ms(self.clock.now()))
        return kinds

    def start(self) -> None:
        """Deliver webhooks in the background until :meth:`stop` or :meth:`close`."""
        self.portal.webhooks.start()

    def stop(self) -> None:
        """End the deliveries; what was under way is sent again when they start again."""
        self.portal.webhooks.stop()

    def close(self) -> None:
        self.stop()
        self.portal.database.close()
