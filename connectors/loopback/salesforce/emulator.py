"""The loopback Salesforce: a real WSGI application over an org that lives in SQLite."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from connectors.loopback.kit import Clock, Faults, Gate, RequestLog, control
from connectors.loopback.kit.setting_types import SettingsError
from connectors.loopback.salesforce import (
    addresses,
    currencies,
    custom_fields,
    people,
    permissions,
    seed,
    validation,
    values,
)
from connectors.loopback.salesforce import app as web
from connectors.loopback.salesforce.bulk.jobs import Bulk
from connectors.loopback.salesforce.device_codes import DeviceCodes
from connectors.loopback.salesforce.errors import ApiError, RecordError
from connectors.loopback.salesforce.grants import Permissions
from connectors.loopback.salesforce.org import Org
from connectors.loopback.salesforce.rules import AssignmentRule, DuplicateRule
from connectors.loopback.salesforce.schema import Schema, SchemaError, picklist_entry
from connectors.loopback.salesforce.service import Service
from connectors.loopback.salesforce.sessions import Sessions
from connectors.loopback.salesforce.settings import SalesforceSettings, problems
from connectors.loopback.salesforce.soql.answer import Queries
from connectors.loopback.salesforce.store import Store
from connectors.loopback.salesforce.usage import ApiUsage, LongRequests, long_requests_of
from connectors.loopback.salesforce.wire import GZIP_FROM

# Objects of the data API that the Tooling API knows too.
IN_BOTH = ("PermissionSet", "Profile", "RecordType", "User")
DUPLICATE_TEXT = "You're creating a duplicate record. We recommend you use an existing record instead."


class SalesforceEmulator:
    """One org; ``app`` is its gated WSGI application.

    The ``add_…`` and ``set_…`` calls are what an administrator does in Setup; ``seed`` loads
    records in bulk. None of them goes over HTTP.
    """

    name = "salesforce"

    def __init__(
        self,
        settings: SalesforceSettings | None = None,
        clock: Clock | None = None,
        path: str = ":memory:",
    ) -> None:
        self.settings = settings or SalesforceSettings()
        if wrong := problems(self.settings):
            raise SettingsError(wrong)
        self.clock = clock or Clock()
        self.faults = Faults()
        self.log = RequestLog()
        schema = Schema()
        if self.settings.state_country_picklists:
            addresses.add_codes(schema, self.settings.state_country_picklists)
        if self.settings.currencies:
            currencies.add_codes(schema, self.settings.currencies, self.settings.currency)
        store = Store(schema, path)
        tooling = Schema("tooling", shared=[schema[name] for name in IN_BOTH])
        self.org = Org(self.settings, self.clock, schema, store, store.showing(tooling), Permissions(store))
        self.service = Service(
            org=self.org,
            sessions=Sessions(
                self.settings.org_id,
                self.settings.session_seconds,
                slides=self.settings.session_slides,
                reuse=self.settings.reuse_live_session,
                logins=self.settings.logins_per_hour,
            ),
            usage=ApiUsage(self.settings.daily_api_requests, self.settings.daily_overage),
            long_requests=LongRequests(
                self.settings.concurrent_long_requests or long_requests_of(self.settings.organization_type)
            ),
            queries=Queries(self.settings),
            bulk=Bulk(self.settings, store),
            device_codes=DeviceCodes(self.settings.org_id),
            schema_changed=self.clock.now(),
        )
        for app in self.settings.apps:
            self.add_app(app)
        with self.org.store.transaction():
            self._first_records()
        flask_app = web.build(self.service)
        flask_app.register_blueprint(control(self))
        self.app = Gate(
            flask_app,
            clock=self.clock,
            faults=self.faults,
            log=self.log,
            gzip_from=GZIP_FROM,
            chunked_from=self.settings.chunked_from,
        )
        self.service.long_requests.in_flight = self.app.in_flight

    def snapshot(self) -> dict[str, Any]:
        with self.org.store.lock:
            return self.org.store.snapshot()

    def close(self) -> None:
        self.org.store.close()

    # Records

    def loading(self) -> AbstractContextManager[None]:
        """Around many ``seed`` calls: one transaction. Requests wait until the end."""
        return self.org.store.transaction()

    def seed(self, sobject: str, rows: Iterable[Mapping[str, Any]]) -> list[str]:
        """Load rows as they are, no rules; returns their 18-character ids."""
        with self.org.store.transaction():
            return seed.load(self.org, self.org.schema[sobject], rows, self._admin_id)

    # People

    def add_user(self, user: Mapping[str, Any]) -> str:
        """A User record and its permissions (keys as in :class:`SalesforceSettings`); its id.

        Raises ValueError for an unknown permission key, profile or permission set.
        """
        with self.org.store.transaction():
            return people.add_user(self.service, user)

    def add_permission_set(self, definition: Mapping[str, Any]) -> str:
        """See :func:`permissions.add_permission_set`; its id. Raises ValueError."""
        with self.org.store.transaction():
            return permissions.add_permission_set(self.org, definition, self._admin_id)

    def add_app(self, app: Mapping[str, Any]) -> None:
        """A connected app (keys as in :class:`SalesforceSettings`); add it before its users."""
        people.add_app(self.service, app)

    def add_queue(self, name: str, sobjects: Sequence[str]) -> str:
        """A Group of type Queue, enabled for these objects; its id."""
        developer_name = "".join(char if char.isalnum() else "_" for char in name)
        row = {"Name": name, "DeveloperName": developer_name, "Type": "Queue"}
        (queue,) = self.seed("Group", [row])
        self.seed("QueueSobject", [{"QueueId": queue, "SobjectType": s} for s in sobjects])
        return queue

    # Setup

    def add_field(self, sobject: str, definition: Mapping[str, Any]) -> None:
        """A custom field in describe's terms; on Task or Event it appears on both.

        Every profile that reads the object sees it, unless it is ``hidden``. Raises SchemaError.
        """
        stamp = values.stamp(self.clock.now())
        with self.org.store.transaction():
            custom_fields.add(self.org, sobject, definition, shown=True, user_id=self._admin_id, stamp=stamp)
        self.service.schema_changed = self.clock.now()

    def remove_field(self, sobject: str, name: str) -> None:
        """Raises SchemaError unless it is a custom field."""
        with self.org.store.transaction():
            custom_fields.remove(self.org, sobject, name)
        self.service.schema_changed = self.clock.now()

    def set_picklist(self, sobject: str, name: str, entries: Iterable[Mapping[str, Any]], *, restricted: bool) -> None:
        """Replace a picklist's values, ``{"value", "label"?, "active"?, "defaultValue"?}`` in order.

        Restricted: a write with any other value is refused. Raises SchemaError for a field that
        is no picklist, and for Lead.Status: see :meth:`set_lead_statuses`.
        """
        field = self.org.schema[sobject].fields[name]
        if field.type not in ("picklist", "multipicklist", "combobox"):
            raise SchemaError(f"{sobject}.{name} is no picklist.")
        if (sobject, name) == ("Lead", "Status"):
            raise SchemaError("The values of Lead.Status are the Lead statuses.")
        field.picklist = [picklist_entry(entry["value"]) | dict(entry) for entry in entries]
        field.restrictedPicklist = restricted
        self.service.schema_changed = self.clock.now()

    def set_lead_statuses(self, statuses: Sequence[Mapping[str, Any]]) -> None:
        """``[{"name", "default": False, "converted": False}, …]`` in order."""
        with self.org.store.transaction():
            table = self.org.schema["LeadStatus"]
            for old in self.org.store.where(table):
                self.org.store.purge(table, old["Id"])
            self.seed(
                "LeadStatus",
                [
                    {
                        "MasterLabel": status["name"],
                        "ApiName": status["name"],
                        "SortOrder": order,
                        "IsDefault": bool(status.get("default")),
                        "IsConverted": bool(status.get("converted")),
                    }
                    for order, status in enumerate(statuses, 1)
                ],
            )
        field = self.org.schema["Lead"].fields["Status"]
        field.picklist = [picklist_entry(status["name"], default=bool(status.get("default"))) for status in statuses]
        field.default = next((s["name"] for s in statuses if s.get("default")), None)
        self.service.schema_changed = self.clock.now()

    def add_assignment_rule(
        self,
        sobject: str,
        entries: Sequence[Mapping[str, Any]],
        *,
        name: str = "Standard",
        active: bool = True,
    ) -> str:
        """``entries``: ``[{"owner": id, "when": predicate}, …]``, first match wins; its id."""
        row = {"Name": name, "SobjectType": sobject, "Active": active}
        (rule_id,) = self.seed("AssignmentRule", [row])
        rule = AssignmentRule(rule_id, sobject, [dict(entry) for entry in entries], active)
        self.org.rules.assignment.append(rule)
        return rule_id

    def add_duplicate_rule(
        self,
        sobject: str,
        name: str,
        match: Sequence[Mapping[str, Any]],
        *,
        action: str = "alert",
        message: str = DUPLICATE_TEXT,
        on: Sequence[str] = ("create", "update"),
    ) -> str:
        """``match``: ``[{"sobject": "Contact", "fields": ["Email"], "rule": name}, …]``; its id.

        ``fields`` may map own names to the other object's; ``action`` is alert, block or allow.
        """
        if action not in ("alert", "block", "allow"):
            raise ValueError(f'action is alert, block or allow, not "{action}".')
        row = {"SobjectType": sobject, "DeveloperName": name, "MasterLabel": name, "IsActive": True}
        (rule_id,) = self.seed("DuplicateRule", [row])
        matches = []
        for entry in match:
            fields = entry["fields"]
            mapping = fields if isinstance(fields, Mapping) else dict(zip(fields, fields, strict=True))
            default_rule = f"Standard_{entry['sobject']}_Match_Rule_v1_0"
            rule_name = entry.get("rule", default_rule)
            matches.append({"sobject": entry["sobject"], "fields": mapping, "rule": rule_name})
        self.org.rules.duplicate.append(DuplicateRule(sobject, name, action, matches, message, tuple(on)))
        return rule_id

    def add_validation_rule(self, rule: Mapping[str, Any]) -> None:
        """``{"sobject", "name", "message", "field"?, "when": predicate | "formula": text, "code"?}``.

        A predicate is one of rules.py. Raises ValueError.
        """
        with self.org.store.transaction():
            try:
                validation.configure(self.org, rule, self._admin_id)
            except RecordError as error:
                raise ValueError(error.message) from None
            except ApiError as error:
                raise ValueError(error.body[0]["message"]) from None

    def remove_validation_rule(self, sobject: str, name: str) -> None:
        """One that :meth:`add_validation_rule` added with a ``code``: a trigger or a flow that is withdrawn."""
        rules = self.org.rules.validation
        rules[:] = [rule for rule in rules if (rule.sobject, rule.name) != (sobject, name)]

    # Start

    @property
    def _admin_id(self) -> str:
        return people.administrator(self.service)

    def _first_records(self) -> None:
        if self.org.store.count(self.org.schema["User"]):
            raise ValueError("This file already holds an org; start with a new one.")
        permissions.seed_profiles(self.org)
        for permission_set in self.settings.permission_sets:
            self.add_permission_set(permission_set)
        for user in self.settings.users:
            self.add_user(user)
        seed.standard_records(self.org, self._admin_id)
        self.set_lead_statuses(seed.LEAD_STATUSES)
