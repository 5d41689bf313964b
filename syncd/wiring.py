"""From a configuration to two connectors. Vendor libraries are imported here and nowhere earlier."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from connectors.base import Connector, FieldNeed
from connectors.transport.address import is_loopback
from syncd.config import Config, needs
from syncd.config.settings import HubSpotConfig, ProductConfig, SalesforceConfig
from syncd.core.pages import page_of
from syncd.core.types import Ref
from syncd.ledger import journal
from syncd.ledger.store import Store
from syncd.sync.recall import Recall
from syncd.sync.setup import Builder
from syncd.sync.systems import Share, Systems

if TYPE_CHECKING:
    from connectors.hubspot import HubSpotSettings
    from connectors.salesforce import SalesforceSettings


def connect(config: Config, *, adapters: dict[str, Any] | None = None) -> Systems:
    """The systems of a configuration. `adapters` mounts requests adapters by system, for emulators in this process."""
    rules = config.rules
    names = list(dict.fromkeys((rules.marketing, rules.crm)))
    recall = Recall()
    connectors = {name: _connector(name, config, (adapters or {}).get(name), recall) for name in names}
    wanted: dict[str, list[FieldNeed]] = {name: needs(rules, name) for name in names}
    if config.product is not None:
        connectors["product"], wanted["product"] = _product(config.product, config), []
    return Systems(
        rules=rules,
        connectors=connectors,
        recall=recall,
        needs=wanted,
        shares={name: _share(name, config) for name in names},
        loopback=frozenset(name for name in names if is_loopback(urlsplit(_section(name, config).url).hostname or "")),
    )


def _connector(name: str, config: Config, adapter: Any, recall: Recall) -> Connector:
    system = config.rules.maps[name]
    if name == "hubspot":
        from connectors.hubspot import HubSpotConnector

        roles = {role for role in ("marketing", "crm") if getattr(config.rules, role) == name}
        return HubSpotConnector(
            _hubspot(config), system, role=roles, known=recall.known, whose=recall.whose, adapter=adapter
        )
    from connectors.salesforce import SalesforceConnector

    return SalesforceConnector(_salesforce(config), system, adapter=adapter)


def _hubspot(config: Config) -> HubSpotSettings:
    from connectors.hubspot import HubSpotSettings

    hubspot = config.hubspot
    assert hubspot is not None
    return HubSpotSettings(
        token=hubspot.token.reveal,
        url=hubspot.url,
        version=hubspot.version,
        timeout=hubspot.timeout,
        forms=hubspot.forms,
        page_views=hubspot.page_views,
    )


def _salesforce(config: Config) -> SalesforceSettings:
    from connectors.salesforce import SalesforceSettings

    org = config.salesforce
    assert org is not None
    return SalesforceSettings(
        url=org.url,
        flow=org.flow,
        client_id=org.client_id.reveal,
        client_secret=org.client_secret.reveal if org.client_secret else None,
        username=org.username,
        private_key=org.private_key.reveal if org.private_key else None,
        audience=org.audience,
        version=org.version,
        timeout=org.timeout,
        duplicate_rule=org.duplicate_rule,
    )


@contextmanager
def building(name: str, connector: Connector, config: Config, environ: Mapping[str, str]) -> Iterator[Builder]:
    """Setup of a connected system: with an admin's token or session from the environment for this once, else with our own."""
    if name == "hubspot":
        from connectors.hubspot import HubSpotConnector
        from connectors.hubspot.setup import TOKEN, HubSpotSetup

        assert isinstance(connector, HubSpotConnector)
        crm = config.rules.crm == name
        if not (token := environ.get(TOKEN, "").strip()):
            yield HubSpotSetup(connector.api, connector.api, crm=crm)
            return
        settings = replace(_hubspot(config), token=lambda: token)
        with closing(HubSpotConnector(settings, config.rules.maps[name], role=frozenset())) as admin:
            yield HubSpotSetup(connector.api, admin.api, crm=crm)
        return
    from connectors.salesforce import SalesforceConnector
    from connectors.salesforce.auth import Session
    from connectors.salesforce.client import Client
    from connectors.salesforce.setup import SESSION, SalesforceSetup

    assert isinstance(connector, SalesforceConnector)
    if not (session := environ.get(SESSION, "").strip()):
        yield SalesforceSetup(connector.client, connector.client)
        return
    with closing(Client(name, _salesforce(config), auth=Session(session))) as customising:
        yield SalesforceSetup(connector.client, customising)


def addresses(store: Store, config: Config) -> Callable[[Ref], str]:
    """Where people open a record in their browser."""
    portal = journal.get(store, "account:hubspot") or ""
    org = config.salesforce.url if config.salesforce else ""

    def link(ref: Ref) -> str:
        return f"{org}/{ref.id}" if ref.system == "salesforce" else page_of(ref, portal)

    return link


def tell(store: Store, config: Config, now: datetime) -> dict[str, int]:
    """After a round: alarms that opened or are over, and alerts that are due. Messages sent, by channel."""
    from syncd.sync.alarming import look

    look(store, config.rules, config.report.rules, now)
    if not config.alerts.channels:
        return {}
    from syncd.alerts import announce

    return announce(store, config.alerts, config.rules, now, addresses(store, config), config.patience)


def _product(found: ProductConfig, config: Config) -> Connector:
    from connectors.product import Columns, Database, Files, ProductConnector, ProductSettings

    rules = config.rules
    source: Files | Database
    if found.files is not None:
        source = Files(*found.files, delimiter=found.delimiter)
    else:
        string = found.postgres.reveal if found.postgres else None
        source = Database(found.query, sqlite=found.sqlite, postgres=string, timeout=found.timeout)
    return ProductConnector(
        ProductSettings(
            source,
            columns=Columns(**{"email": "", **found.columns}),
            events=found.events,
            marketing=(rules.marketing, rules.marketing_kind.kind),
            times=found.times,
            timezone=found.timezone,
            overlap=found.overlap,
        )
    )


def _share(name: str, config: Config) -> Share:
    section = _section(name, config)
    return Share(section.daily_share, section.reserve)


def _section(name: str, config: Config) -> HubSpotConfig | SalesforceConfig:
    section = config.hubspot if name == "hubspot" else config.salesforce
    assert section is not None
    return section
