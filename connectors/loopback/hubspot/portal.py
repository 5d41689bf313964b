"""The emulated portal: every part of it, wired together once."""

from __future__ import annotations

import random

from connectors.loopback.hubspot.admin_rules import AdminRules
from connectors.loopback.hubspot.association_limits import AssociationLimits
from connectors.loopback.hubspot.association_types import AssociationTypes
from connectors.loopback.hubspot.associations import Associations
from connectors.loopback.hubspot.auth import Tokens
from connectors.loopback.hubspot.batches import Batches
from connectors.loopback.hubspot.database import Database
from connectors.loopback.hubspot.definitions import Definitions
from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.effects import Effects
from connectors.loopback.hubspot.history import History
from connectors.loopback.hubspot.instants import to_ms
from connectors.loopback.hubspot.journal.entries import Entries
from connectors.loopback.hubspot.journal.recorder import JournalRecorder
from connectors.loopback.hubspot.journal.subscriptions import JournalSubscriptions
from connectors.loopback.hubspot.limits import RateLimiter, new_uuid
from connectors.loopback.hubspot.links import Links
from connectors.loopback.hubspot.lists.catalogue import Catalogue
from connectors.loopback.hubspot.merging import Merging
from connectors.loopback.hubspot.object_types import ObjectType, ObjectTypes
from connectors.loopback.hubspot.owners import Owners
from connectors.loopback.hubspot.page_faults import PageFaults
from connectors.loopback.hubspot.pipeline_edits import PipelineEdits
from connectors.loopback.hubspot.pipelines import Pipelines
from connectors.loopback.hubspot.records import Ids, Records
from connectors.loopback.hubspot.resolver import Resolver
from connectors.loopback.hubspot.rules import (
    CompanyRules,
    ContactRules,
    DealRules,
    EngagementRules,
    LeadRules,
    LineItemRules,
    Rules,
    TicketRules,
)
from connectors.loopback.hubspot.schema import Schema
from connectors.loopback.hubspot.search.engine import Engine
from connectors.loopback.hubspot.search.lag import IndexLag
from connectors.loopback.hubspot.search.plan import Planner
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.uniques import Uniques, identity
from connectors.loopback.hubspot.values import Values
from connectors.loopback.hubspot.view import View
from connectors.loopback.hubspot.webhooks.service import Webhooks
from connectors.loopback.hubspot.writer import BLOCKED, Writer
from connectors.loopback.kit.clock import Clock

_RULES: dict[str, type[Rules]] = {
    "contacts": ContactRules,
    "companies": CompanyRules,
    "deals": DealRules,
    "leads": LeadRules,
    "line_items": LineItemRules,
    "tickets": TicketRules,
}


def _rules(kind: ObjectType) -> type[Rules]:
    return _RULES.get(kind.name, EngagementRules if kind.engagement else Rules)


class Portal:
    """What the routes, the control endpoints and the Python calls work with."""

    def __init__(self, settings: HubSpotSettings, clock: Clock, path: str) -> None:
        self.settings = settings
        self.clock = clock
        self.kinds = ObjectTypes()
        names = [kind.name for kind in self.kinds]
        self.database = Database(path, names)
        self.documents = Documents(self.database)
        self.schema = Schema(names, self.documents)
        self.pipelines = Pipelines(self.documents)
        self.owners = Owners(self.documents)
        self.admin_rules = AdminRules(self.documents)
        self.definitions = Definitions(settings, self.schema, self.admin_rules)
        self.association_types = AssociationTypes(self.kinds, self.documents)
        self.association_limits = AssociationLimits(self.documents, self.association_types)

        self.records = Records(self.database)
        self.ids = Ids(self.database, seed=settings.seed, monotonic=settings.monotonic_ids)
        self.uniques = Uniques(self.database)
        self.history = History(self.database, settings.history_cap)
        self.links = Links(self.database, self.association_types)
        self.lag = IndexLag(self.database, seconds=settings.index_lag_seconds, seed=settings.seed)
        self.lists = Catalogue(settings, self.now, self.database, self.documents, self.kinds, self.schema, self.records)
        self.resolver = Resolver(self.database, self.schema, self.records, self.uniques)
        self.rules: dict[str, Rules] = {
            kind.name: _rules(kind)(kind, settings, self.owners, self.pipelines) for kind in self.kinds
        }
        self.writer = Writer(
            settings=settings,
            schema=self.schema,
            values=Values(settings, self.owners, self.pipelines),
            rules=self.rules,
            records=self.records,
            ids=self.ids,
            uniques=self.uniques,
            history=self.history,
            lag=self.lag,
            admin_rules=self.admin_rules,
            is_blocked=lambda email: self.documents.get(BLOCKED, identity("email", email)) is not None,
        )
        self.effects = Effects(
            settings,
            self.kinds,
            self.records,
            self.links,
            self.association_types,
            self.pipelines,
            self.writer,
        )
        self.associations = Associations(
            settings,
            self.association_types,
            self.association_limits,
            self.links,
            self.records,
            self.resolver,
            self.effects,
        )
        self.merging = Merging(
            settings,
            self.rules,
            self.records,
            self.ids,
            self.uniques,
            self.history,
            self.links,
            self.resolver,
            self.lag,
            self.writer,
            self.effects,
            self.lists,
        )
        self.webhooks = Webhooks(settings, clock, self.database, self.documents, self.kinds, self.schema)
        self.webhooks.watch(self.writer, self.merging, self.associations)
        self.journal_subscriptions = JournalSubscriptions(settings.portal_id, self.documents, self.kinds)
        self.journal_entries = Entries(settings.journal, self.database, self.new_id)
        self.journal = JournalRecorder(
            settings, self.kinds, self.schema, self.journal_subscriptions, self.journal_entries
        )
        self.journal.watch(self.writer, self.merging, self.associations)
        self.view = View(settings, self.schema, self.rules, self.history, self.links)
        self.search = Engine(
            settings,
            self.database,
            self.records,
            self.lag,
            Planner(settings, self.kinds, self.schema, self.uniques, self.links),
        )
        self.batches = Batches(settings, self.database)
        self.page_faults = PageFaults()
        self.pipeline_edits = PipelineEdits(
            settings, self.pipelines, self.documents, self.records, self._pipeline_changed
        )
        self.tokens = Tokens(settings, self.documents)
        self._random = random.Random(f"{settings.seed}:ids")
        self.limiter = RateLimiter(settings, self.new_id)

    def _pipeline_changed(self, kind: str) -> None:
        if kind == "contacts":
            self.sync_lifecycle_options()

    def sync_lifecycle_options(self) -> None:
        """The options of ``lifecyclestage`` are the stages of the contacts pipeline."""
        definition = self.schema.property("contacts", "lifecyclestage")
        if definition is not None:
            definition.options = [
                {"label": s["label"], "value": s["id"], "displayOrder": place, "hidden": False}
                for place, s in enumerate(self.pipelines.stages("contacts"))
            ]
            self.schema.put("contacts", definition)

    def now(self) -> int:
        """The sandbox's time in epoch milliseconds."""
        return to_ms(self.clock.now())

    def new_id(self) -> str:
        """A correlation id: a UUID from the seed."""
        return new_uuid(self._random.getrandbits(128))
