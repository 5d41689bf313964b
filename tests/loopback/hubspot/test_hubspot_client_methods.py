"""Every public method of hubspot-api-client 12.0.0 in the covered modules, over a socket.

A module of the client is covered (``MODULES``) or named with the reason why not (``ELSEWHERE``).
A method of a covered one is driven (``CALLS``) or named (``NOT_COVERED``); one that is
neither fails the first test. A driven method must end in a 2xx that the client has a model for:
for any other success it answers None (§13.7).
"""

from __future__ import annotations

import inspect
import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from pkgutil import iter_modules, walk_packages
from typing import Any

import pytest
from hubspot_session import NO_LIMITS, TOKEN

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings
from connectors.loopback.kit import serve

hubspot = pytest.importorskip("hubspot")

OBJECTS = {
    "crm.contacts": "contacts",
    "crm.companies": "companies",
    "crm.deals": "deals",
    **{f"crm.{kind}": kind for kind in ("tickets", "products", "line_items", "quotes")},
    **{
        f"crm.objects.{kind}": kind
        for kind in ("leads", "notes", "calls", "emails", "meetings", "tasks", "communications", "postal_mail")
    },
    "crm.objects.goals": "goal_targets",
}
MODULES = (
    *OBJECTS,
    "crm.objects.feedback_submissions",
    "crm.schemas",
    "crm.objects",
    "crm.owners",
    "crm.properties",
    "crm.pipelines",
    "crm.lists",
    "crm.associations",
    "crm.associations.schema",
    "crm.associations.v4",
    "crm.associations.v4.schema",
    "oauth",
    "events",
    "events.send",
    "marketing.forms",
    "webhooks",
)
ELSEWHERE = {
    "automation.actions": "workflows",
    **{
        f"cms.{part}": "websites"
        for part in (
            "audit_logs", "blogs.authors", "blogs.blog_posts", "blogs.tags", "domains", "hubdb", "pages", "site_search",
            "source_code", "url_redirects",
        )
    },
    "communication_preferences": "subscriptions to e-mail",
    "conversations.visitor_identification": "chats",
    "crm.commerce.invoices": "invoices",
    "crm.exports": "files",
    **{f"crm.extensions.{part}": "what an app shows on HubSpot's pages" for part in ("calling", "cards", "videoconferencing")},
    "crm.imports": "files",
    "crm.objects.deal_splits": "an object type that is not emulated",
    "crm.objects.taxes": "an object type that is not emulated",
    "crm.timeline": "what an app shows on HubSpot's pages",
    "files": "files",
    **{f"marketing.{part}": "campaigns" for part in ("emails", "events", "transactional")},
    "settings.business_units": "administration",
    "settings.users": "administration",
}  # fmt: skip

NOT_COVERED = {
    "crm.lists.mapping_api.translate_legacy_list_id_to_list_id": "the map of legacy ids ended on 30 May 2025",
    "crm.lists.mapping_api.translate_legacy_list_id_to_list_id_batch": "the map of legacy ids ended on 30 May 2025",
    "crm.associations.v4.report_api.request": "HubSpot sends the report by e-mail",
    **{
        f"crm.schemas.core_api.{name}": "object types of the portal's own"
        for name in ("archive", "archive_association", "create", "create_association", "get_by_id", "update")
    },
    "events.send.basic_api.send": "custom events are only read",
    "events.send.batch_api.send": "custom events are only read",
}

_LIMITS = "crm.associations.v4.schema.definition_configurations_api"


@dataclass
class World:
    """The client, and makers of what a call needs; names and addresses never repeat."""

    client: Any
    developer: Any
    emulator: HubSpotEmulator
    numbers: Iterator[int]

    def name(self) -> str:
        return f"n{next(self.numbers)}"

    def properties(self, kind: str) -> dict[str, str]:
        """What a new record of the type needs."""
        name = self.name()
        return {
            "contacts": {"email": f"{name}@example.com"},
            "companies": {"name": name},
            "deals": {"dealname": name},
            "leads": {"hs_lead_name": name},
            "emails": {"hs_timestamp": "2026-11-20", "hs_email_direction": "EMAIL"},
            "goal_targets": {"hs_goal_name": name},
            "line_items": {"name": name},
            "products": {"name": name},
            "quotes": {"hs_title": name, "hs_expiration_date": "2026-12-31"},
            "tickets": {"subject": name, "hs_pipeline_stage": "1"},
            "communications": {"hs_communication_channel_type": "SMS"},
        }.get(kind, {"hs_timestamp": "2026-11-20"})

    def body(self, kind: str) -> dict[str, Any]:
        links = [link(self.record("contacts"), 578)] if kind == "leads" else []
        return {"properties": self.properties(kind), "associations": links}

    def record(self, kind: str) -> str:
        return str(self.client.crm.objects.basic_api.create(kind, self.body(kind)).id)

    def property(self) -> dict[str, str]:
        return {
            "name": self.name(), "label": "L", "type": "string", "fieldType": "text",
            "groupName": "contactinformation",
        }  # fmt: skip

    def new_property(self) -> str:
        return str(self.client.crm.properties.core_api.create("contacts", self.property()).name)

    def group(self) -> str:
        body = {"name": self.name(), "label": "L"}
        return str(self.client.crm.properties.groups_api.create("contacts", body).name)

    def stage(self) -> dict[str, Any]:
        return {"label": self.name(), "displayOrder": 0, "metadata": {"probability": "0.5"}}

    def pipeline(self) -> dict[str, Any]:
        return {"label": self.name(), "displayOrder": 1, "stages": [self.stage(), self.stage()]}

    def stages(self) -> tuple[str, str, str]:
        """A deal pipeline's id and those of its two stages."""
        made = self.client.crm.pipelines.pipelines_api.create("deals", self.pipeline())
        return (made.id, *(stage.id for stage in made.stages))

    def list(self) -> str:
        body = {"name": self.name(), "objectTypeId": "0-1", "processingType": "MANUAL"}
        return str(self.client.crm.lists.lists_api.create(body).list.list_id)

    def dynamic_list(self) -> str:
        body = {
            "name": self.name(), "objectTypeId": "0-1", "processingType": "DYNAMIC", "filterBranch": BRANCH,
        }  # fmt: skip
        return str(self.client.crm.lists.lists_api.create(body).list.list_id)

    def deleted_list(self) -> str:
        list_id = self.list()
        self.client.crm.lists.lists_api.remove(list_id)
        return list_id

    def folder(self) -> str:
        return str(self.client.crm.lists.folders_api.create({"name": self.name()}).folder.id)

    def pair(self) -> tuple[str, str]:
        """A contact and a company, linked."""
        contact, company = self.record("contacts"), self.record("companies")
        self.client.crm.associations.v4.basic_api.create_default("contacts", contact, "companies", company)
        return contact, company

    def label(self) -> int:
        body = {"name": self.name(), "label": self.name()}
        api = self.client.crm.associations.v4.schema.definitions_api
        return int(api.create("contacts", "companies", body).results[0].type_id)

    def limit(self) -> dict[str, Any]:
        """A limit for a label that has none."""
        return {"inputs": [{"category": "USER_DEFINED", "typeId": self.label(), "maxToObjectIds": 7}]}

    def limited(self) -> dict[str, Any]:
        body = self.limit()
        self.client.crm.associations.v4.schema.definition_configurations_api.batch_create("contacts", "companies", body)
        return body

    def form(self) -> str:
        return str(self.client.marketing.forms.forms_api.create({"name": self.name()}).id)

    def submission(self) -> str:
        """A survey's response, which no client may write."""
        found = str(next(self.numbers) + 10_000)
        self.emulator.seed("feedback_submissions", [{"id": found, "properties": {}}])
        return found

    def webhook(self) -> str:
        """A subscription of the developer's app to something that no other call subscribes to."""
        api = self.developer.webhooks.subscriptions_api
        body = {"eventType": "contact.propertyChange", "propertyName": self.name(), "active": False}
        return str(api.create(APP, body).id)

    def tokens(self) -> Any:
        return self.client.oauth.tokens_api.create(**REFRESH)


def link(record_id: str, type_id: int) -> dict[str, Any]:
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": type_id}]
    return {"to": {"id": record_id}, "types": types}


def ends(pair: tuple[str, str], **more: Any) -> dict[str, Any]:
    return {"inputs": [{"from": {"id": pair[0]}, "to": {"id": pair[1]}, **more}]}


PRIMARY = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
BRANCH = {
    "filterBranchType": "OR",
    "filterBranchOperator": "OR",
    "filters": [],
    "filterBranches": [
        {
            "filterBranchType": "AND",
            "filterBranchOperator": "AND",
            "filterBranches": [],
            "filters": [
                {
                    "filterType": "PROPERTY",
                    "property": "email",
                    "operation": {
                        "operationType": "ALL_PROPERTY",
                        "operator": "IS_KNOWN",
                        "includeObjectsWithNoValueSet": False,
                    },
                }
            ],
        }
    ],
}
REFRESH = {
    "grant_type": "refresh_token",
    "client_id": "loopback-client-id",
    "client_secret": "loopback-client-secret",
    "refresh_token": "loopback-refresh-token",
}
APP = 18221010
TARGET = {"targetUrl": "https://www.example.com/hubspot", "throttling": {"maxConcurrentRequests": 10}}
Call = Callable[[World, Any], Any]  # the world and the API object -> what the method answered


def object_calls(kind: str) -> dict[str, Call]:
    """Basic, batch and search of one object type."""
    return {
        "basic_api.create": lambda w, api: api.create(w.body(kind)),
        "basic_api.get_by_id": lambda w, api: api.get_by_id(w.record(kind), properties=["hs_object_id"]),
        "basic_api.get_page": lambda w, api: w.record(kind) and api.get_page(limit=5, archived=False),
        "basic_api.update": lambda w, api: api.update(w.record(kind), {"properties": {}}),
        "basic_api.archive": lambda w, api: api.archive(w.record(kind)),
        "batch_api.create": lambda w, api: api.create({"inputs": [w.body(kind)]}),
        "batch_api.read": lambda w, api: api.read(
            {"inputs": [{"id": w.record(kind)}, {"id": "1"}], "properties": [], "propertiesWithHistory": []}
        ),
        "batch_api.update": lambda w, api: api.update({"inputs": [{"id": w.record(kind), "properties": {}}]}),
        "batch_api.upsert": lambda w, api: api.upsert({"inputs": [{"id": w.record(kind), "properties": {}}]}),
        "batch_api.archive": lambda w, api: api.archive({"inputs": [{"id": w.record(kind)}]}),
        "search_api.do_search": lambda w, api: w.record(kind) and api.do_search({"limit": 5}),
    }


def reading_calls() -> dict[str, Call]:
    """Of the type that is HubSpot's alone to write."""
    return {
        "basic_api.get_by_id": lambda w, api: api.get_by_id(w.submission()),
        "basic_api.get_page": lambda w, api: w.submission() and api.get_page(limit=5),
        "batch_api.read": lambda w, api: api.read(
            {"inputs": [{"id": w.submission()}], "properties": [], "propertiesWithHistory": []}
        ),
        "search_api.do_search": lambda w, api: w.submission() and api.do_search({"limit": 5}),
    }


def merge_call(kind: str) -> Call:
    return lambda w, api: api.merge({"primaryObjectId": w.record(kind), "objectIdToMerge": w.record(kind)})


def any_object(call: str) -> Call:
    """The same call through the API that takes the object type as its first argument."""
    method = object_calls("notes")[call]
    return lambda w, api: method(w, _Typed(api, "notes"))


class _Typed:
    def __init__(self, api: Any, kind: str) -> None:
        self._api, self._kind = api, kind

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda *args, **kwargs: getattr(self._api, name)(self._kind, *args, **kwargs)


CALLS: dict[str, Call] = {
    **{f"{module}.{name}": call for module, kind in OBJECTS.items() for name, call in object_calls(kind).items()},
    **{f"crm.objects.{name}": any_object(name) for name in object_calls("notes")},
    **{f"crm.{kind}.basic_api.merge": merge_call(kind) for kind in ("contacts", "companies", "deals", "tickets")},
    **{f"crm.objects.feedback_submissions.{name}": call for name, call in reading_calls().items()},
    "crm.schemas.core_api.get_all": lambda w, api: api.get_all(archived=False),
    "webhooks.settings_api.configure": lambda w, api: api.configure(APP, TARGET),
    "webhooks.settings_api.get_all": lambda w, api: api.configure(APP, TARGET) and api.get_all(APP),
    "webhooks.settings_api.clear": lambda w, api: api.clear(APP),
    "webhooks.subscriptions_api.create": lambda w, api: api.create(
        APP, {"eventType": "contact.propertyChange", "propertyName": w.name(), "active": False}
    ),
    "webhooks.subscriptions_api.get_all": lambda w, api: w.webhook() and api.get_all(APP),
    "webhooks.subscriptions_api.get_by_id": lambda w, api: api.get_by_id(w.webhook(), APP),
    "webhooks.subscriptions_api.update": lambda w, api: api.update(w.webhook(), APP, {"active": True}),
    "webhooks.subscriptions_api.update_batch": lambda w, api: api.update_batch(
        APP, {"inputs": [{"id": int(w.webhook()), "active": True}]}
    ),
    "webhooks.subscriptions_api.archive": lambda w, api: api.archive(w.webhook(), APP),
    "crm.contacts.basic_api.purge": lambda w, api: api.purge({"objectId": w.record("contacts")}),
    "crm.owners.owners_api.get_page": lambda w, api: api.get_page(limit=5),
    "crm.owners.owners_api.get_by_id": lambda w, api: api.get_by_id(
        int(w.emulator.add_owner({"email": "o@x.example"}))
    ),
    "crm.properties.core_api.create": lambda w, api: api.create("contacts", w.property()),
    "crm.properties.core_api.get_all": lambda w, api: api.get_all("contacts", archived=False),
    "crm.properties.core_api.get_by_name": lambda w, api: api.get_by_name("contacts", "email"),
    "crm.properties.core_api.update": lambda w, api: api.update("contacts", w.new_property(), {"label": "M"}),
    "crm.properties.core_api.archive": lambda w, api: api.archive("contacts", w.new_property()),
    "crm.properties.batch_api.create": lambda w, api: api.create("contacts", {"inputs": [w.property()]}),
    "crm.properties.batch_api.read": lambda w, api: api.read(
        "contacts", {"inputs": [{"name": "email"}], "archived": False, "dataSensitivity": "non_sensitive"}
    ),
    "crm.properties.batch_api.archive": lambda w, api: api.archive(
        "contacts", {"inputs": [{"name": w.new_property()}]}
    ),
    "crm.properties.groups_api.create": lambda w, api: api.create("contacts", {"name": w.name(), "label": "L"}),
    "crm.properties.groups_api.get_all": lambda w, api: api.get_all("contacts"),
    "crm.properties.groups_api.get_by_name": lambda w, api: api.get_by_name("contacts", w.group()),
    "crm.properties.groups_api.update": lambda w, api: api.update("contacts", w.group(), {"label": "M"}),
    "crm.properties.groups_api.archive": lambda w, api: api.archive("contacts", w.group()),
    "crm.pipelines.pipelines_api.create": lambda w, api: api.create("deals", w.pipeline()),
    "crm.pipelines.pipelines_api.get_all": lambda w, api: api.get_all("leads"),
    "crm.pipelines.pipelines_api.get_by_id": lambda w, api: api.get_by_id("deals", "default"),
    "crm.pipelines.pipelines_api.replace": lambda w, api: api.replace("deals", w.stages()[0], w.pipeline()),
    "crm.pipelines.pipelines_api.update": lambda w, api: api.update("deals", w.stages()[0], {"displayOrder": 2}),
    "crm.pipelines.pipelines_api.archive": lambda w, api: api.archive("deals", w.stages()[0]),
    "crm.pipelines.pipeline_stages_api.create": lambda w, api: api.create("deals", w.stages()[0], w.stage()),
    "crm.pipelines.pipeline_stages_api.get_all": lambda w, api: api.get_all("deals", "default"),
    "crm.pipelines.pipeline_stages_api.get_by_id": lambda w, api: api.get_by_id("deals", "default", "closedwon"),
    "crm.pipelines.pipeline_stages_api.replace": lambda w, api: api.replace("deals", *w.stages()[:2], w.stage()),
    "crm.pipelines.pipeline_stages_api.update": lambda w, api: api.update(
        "deals", *w.stages()[:2], {"metadata": {"probability": "0.1"}}
    ),
    "crm.pipelines.pipeline_stages_api.archive": lambda w, api: api.archive("deals", *w.stages()[:2]),
    "crm.pipelines.pipeline_audits_api.get_audit": lambda w, api: api.get_audit("deals", w.stages()[0]),
    "crm.pipelines.pipeline_stage_audits_api.get_audit": lambda w, api: api.get_audit("deals", "closedwon"),
    "crm.lists.lists_api.create": lambda w, api: api.create(
        {"name": w.name(), "objectTypeId": "0-1", "processingType": "DYNAMIC", "filterBranch": BRANCH}
    ),
    "crm.lists.lists_api.do_search": lambda w, api: w.list() and api.do_search({"count": 5, "offset": 0}),
    "crm.lists.lists_api.get_all": lambda w, api: api.get_all(list_ids=[w.list(), w.list()]),
    "crm.lists.lists_api.get_by_id": lambda w, api: api.get_by_id(w.dynamic_list(), include_filters=True),
    "crm.lists.lists_api.get_by_name": lambda w, api: api.get_by_name(api.get_by_id(w.list()).list.name, "0-1"),
    "crm.lists.lists_api.remove": lambda w, api: api.remove(w.list()),
    "crm.lists.lists_api.restore": lambda w, api: api.restore(w.deleted_list()),
    "crm.lists.lists_api.update_list_filters": lambda w, api: api.update_list_filters(
        w.dynamic_list(), {"filterBranch": BRANCH}
    ),
    "crm.lists.lists_api.update_name": lambda w, api: api.update_name(w.list(), list_name=w.name()),
    "crm.lists.memberships_api.add": lambda w, api: api.add(w.list(), [w.record("contacts")]),
    "crm.lists.memberships_api.add_all_from_list": lambda w, api: api.add_all_from_list(w.list(), w.list()),
    "crm.lists.memberships_api.add_and_remove": lambda w, api: api.add_and_remove(
        w.list(), {"recordIdsToAdd": [w.record("contacts")], "recordIdsToRemove": []}
    ),
    "crm.lists.memberships_api.get_lists": lambda w, api: api.get_lists("0-1", w.record("contacts")),
    "crm.lists.memberships_api.get_page": lambda w, api: (
        w.record("contacts") and api.get_page(w.dynamic_list(), limit=1)
    ),
    "crm.lists.memberships_api.get_page_ordered_by_added_to_list_date": (
        lambda w, api: api.get_page_ordered_by_added_to_list_date(w.dynamic_list())
    ),
    "crm.lists.memberships_api.remove": lambda w, api: api.remove(w.list(), ["1"]),
    "crm.lists.memberships_api.remove_all": lambda w, api: api.remove_all(w.list()),
    "crm.lists.folders_api.create": lambda w, api: api.create({"name": w.name()}),
    "crm.lists.folders_api.get_all": lambda w, api: api.get_all(folder_id="0"),
    "crm.lists.folders_api.move": lambda w, api: api.move(w.folder(), w.folder()),
    "crm.lists.folders_api.move_list": lambda w, api: api.move_list({"listId": w.list(), "newFolderId": w.folder()}),
    "crm.lists.folders_api.rename": lambda w, api: api.rename(w.folder(), new_folder_name="N"),
    "crm.lists.folders_api.remove": lambda w, api: api.remove(w.folder()),
    "crm.associations.batch_api.create": lambda w, api: api.create(
        "contacts", "companies", ends(w.pair(), type="contact_to_company")
    ),
    "crm.associations.batch_api.read": lambda w, api: api.read(
        "contacts", "companies", {"inputs": [{"id": w.pair()[0]}]}
    ),
    "crm.associations.batch_api.archive": lambda w, api: api.archive(
        "contacts", "companies", ends(w.pair(), type="contact_to_company")
    ),
    "crm.associations.schema.types_api.get_all": lambda w, api: api.get_all("contacts", "companies"),
    "crm.associations.v4.basic_api.create": lambda w, api: v4_pair(w, api.create, PRIMARY),
    "crm.associations.v4.basic_api.create_default": lambda w, api: v4_pair(w, api.create_default),
    "crm.associations.v4.basic_api.get_page": lambda w, api: api.get_page(
        "contacts", w.pair()[0], "companies", limit=5
    ),
    "crm.associations.v4.basic_api.archive": lambda w, api: v4_pair(w, api.archive),
    "crm.associations.v4.batch_api.create": lambda w, api: api.create(
        "contacts", "companies", ends(w.pair(), types=PRIMARY)
    ),
    "crm.associations.v4.batch_api.create_default": lambda w, api: api.create_default(
        "contacts", "companies", ends(w.pair())
    ),
    "crm.associations.v4.batch_api.get_page": lambda w, api: api.get_page(
        "contacts", "companies", {"inputs": [{"id": w.pair()[0]}, {"id": "1"}]}
    ),
    "crm.associations.v4.batch_api.archive": lambda w, api: v4_archive(w, api),
    "crm.associations.v4.batch_api.archive_labels": lambda w, api: api.archive_labels(
        "contacts", "companies", ends(w.pair(), types=PRIMARY)
    ),
    "crm.associations.v4.schema.definitions_api.get_all": lambda w, api: api.get_all("contacts", "companies"),
    "crm.associations.v4.schema.definitions_api.create": lambda w, api: api.create(
        "contacts", "companies", {"name": w.name(), "label": w.name()}
    ),
    "crm.associations.v4.schema.definitions_api.update": lambda w, api: api.update(
        "contacts", "companies", {"associationTypeId": w.label(), "label": w.name()}
    ),
    "crm.associations.v4.schema.definitions_api.remove": lambda w, api: api.remove("contacts", "companies", w.label()),
    f"{_LIMITS}.get_all": lambda w, api: api.get_all(),
    f"{_LIMITS}.get_all_between_two_object_types": lambda w, api: api.get_all_between_two_object_types(
        "contacts", "companies"
    ),
    f"{_LIMITS}.batch_create": lambda w, api: api.batch_create("contacts", "companies", w.limit()),
    f"{_LIMITS}.batch_update": lambda w, api: api.batch_update("contacts", "companies", w.limited()),
    f"{_LIMITS}.batch_remove": lambda w, api: api.batch_remove("contacts", "companies", w.limited()),
    "oauth.tokens_api.create": lambda w, api: api.create(**REFRESH),
    "oauth.access_tokens_api.get": lambda w, api: api.get(w.tokens().access_token),
    "oauth.refresh_tokens_api.get": lambda w, api: api.get("loopback-refresh-token"),
    "oauth.refresh_tokens_api.archive": lambda w, api: api.archive("spent-refresh-token"),
    "events.events_api.get_page": lambda w, api: api.get_page(object_type="contact", object_id=1),
    "events.events_api.get_types": lambda w, api: api.get_types(),
    "marketing.forms.forms_api.create": lambda w, api: api.create({"name": w.name()}),
    "marketing.forms.forms_api.get_by_id": lambda w, api: api.get_by_id(w.form()),
    "marketing.forms.forms_api.get_page": lambda w, api: w.form() and api.get_page(form_types=["hubspot"]),
    "marketing.forms.forms_api.update": lambda w, api: api.update(w.form(), {"name": w.name()}),
    "marketing.forms.forms_api.replace": lambda w, api: api.replace(w.form(), {"name": w.name()}),
    "marketing.forms.forms_api.archive": lambda w, api: api.archive(w.form()),
}


def v4_pair(w: World, method: Callable[..., Any], *more: Any) -> Any:
    contact, company = w.pair()
    return method("contacts", contact, "companies", company, *more)


def v4_archive(w: World, api: Any) -> Any:
    contact, company = w.pair()
    return api.archive("contacts", "companies", {"inputs": [{"from": {"id": contact}, "to": [{"id": company}]}]})


def methods() -> dict[str, Any]:
    """ "crm.contacts.basic_api.create" -> the function, of every covered module."""
    found: dict[str, Any] = {}
    for module in MODULES:
        package = import_module(f"hubspot.{module}.api")
        for one in iter_modules(package.__path__):
            for _, api in inspect.getmembers(import_module(f"{package.__name__}.{one.name}"), inspect.isclass):
                if api.__module__ == f"{package.__name__}.{one.name}":
                    found |= {
                        f"{module}.{one.name}.{name}": api
                        for name in vars(api)
                        if not name.startswith("_") and not name.endswith("_with_http_info")
                    }
    return found


METHODS = methods()


def test_every_module_is_covered_or_named() -> None:
    there = {
        found.name.removeprefix("hubspot.").removesuffix(".api")
        for found in walk_packages(hubspot.__path__, "hubspot.")
        if found.ispkg and found.name.endswith(".api")
    }
    assert there == set(MODULES) | set(ELSEWHERE)
    assert not set(MODULES) & set(ELSEWHERE)


def test_every_public_method_is_driven_or_named() -> None:
    assert set(METHODS) == set(CALLS) | set(NOT_COVERED)
    assert not set(CALLS) & set(NOT_COVERED)
    assert len(CALLS) > 150


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    settings = HubSpotSettings(limits=NO_LIMITS, property_lag_seconds=0, index_lag_seconds=(0, 0))
    emulator = HubSpotEmulator(settings)
    with serve(emulator.app) as server:
        client = hubspot.HubSpot(access_token=TOKEN, host=server.url, base_url=server.url, retry=False)
        developer = hubspot.HubSpot(api_key="loopback-developer-key", host=server.url, retry=False)
        yield World(client, developer, emulator, itertools.count())
    emulator.close()


def api_of(world: World, path: str) -> Any:
    """The API object of "crm.contacts.basic_api", by the client's discovery."""
    found = world.developer if path.startswith("webhooks.") else world.client
    for step in path.split("."):
        found = getattr(found, step)
    return found


@pytest.mark.parametrize("name", sorted(CALLS))
def test_the_method_works(world: World, name: str) -> None:
    path, _, method = name.rpartition(".")
    world.emulator.log.reset()
    answer = CALLS[name](world, api_of(world, path))
    last = world.emulator.log.calls()[-1]
    assert 200 <= last.status < 300
    modelled = re.search(r"\b2\d\d: ", inspect.getsource(getattr(METHODS[name], f"{method}_with_http_info")))
    assert (answer is not None) == bool(modelled), f"{last.method} {last.path} answered {last.status}"


@pytest.mark.parametrize(
    ("name", "method"),
    [
        ("crm.lists.mapping_api", lambda api: api.translate_legacy_list_id_to_list_id(legacy_list_id="1")),
        ("crm.associations.v4.report_api", lambda api: api.request(1)),
        ("events.send.batch_api", lambda api: api.send({"inputs": []})),
    ],
)
def test_what_is_not_covered_says_so(world: World, name: str, method: Callable[[Any], Any]) -> None:
    with pytest.raises(Exception, match="does not emulate") as refused:
        method(api_of(world, name))
    assert refused.value.status in (404, 501)


def test_the_clients_loops_read_everything(world: World) -> None:
    """``get_all`` walks the pages by ``paging.next.after``."""
    kept = [world.record("companies") for _ in range(3)]
    everything = world.client.crm.companies.get_all()
    assert set(kept) <= {record.id for record in everything}
    assert {record.id for record in world.client.crm.objects.get_all("companies")} >= set(kept)
    assert world.client.crm.owners.get_all() is not None
