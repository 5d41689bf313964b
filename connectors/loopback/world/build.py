"""The seeded world: the same seed, size and time always give the same two systems."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

from connectors.loopback.hubspot import HubSpotEmulator
from connectors.loopback.salesforce import SalesforceEmulator
from connectors.loopback.world import apart
from connectors.loopback.world.cast import Actor, Cast
from connectors.loopback.world.crew import Crew
from connectors.loopback.world.crm import IN_CRM, CrmWriter
from connectors.loopback.world.instants import epoch_ms, instant
from connectors.loopback.world.lexicon import Lexicon, lexicon
from connectors.loopback.world.plots import NEAR_MISSES, READY
from connectors.loopback.world.portal import HubSpotSeed, PortalWriter
from connectors.loopback.world.product import ProductWriter
from connectors.loopback.world.season import Season
from connectors.loopback.world.service import CONTACTS_A_TICKET, ServiceWriter
from connectors.loopback.world.setup import install

_CHUNK = 2_000


@dataclass(frozen=True)
class World:
    """What was built. Contact ids are HubSpot's; ``in_crm`` and ``near_misses`` by kind.

    ``counts``: records by HubSpot type or Salesforce object, page_views, submissions, email_events
    and product_events; ``twins`` are pairs of contacts that are one person under two addresses.
    """

    seed: int
    days: int
    now: str
    counts: dict[str, int]
    ready: tuple[str, ...]
    near_misses: dict[str, tuple[str, ...]]
    junk: tuple[str, ...]
    twins: tuple[tuple[str, str], ...]
    in_crm: dict[str, tuple[str, ...]]
    crew: Crew = field(repr=False)

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


class _Roll:
    """Who turned out to be which contact id."""

    def __init__(self) -> None:
        self.by_part: dict[str, list[str]] = defaultdict(list)
        self.by_crm: dict[str, list[str]] = defaultdict(list)
        self.twins: list[tuple[str, str]] = []

    def note(self, actor: Actor) -> None:
        self.by_part[actor.part].append(actor.id)
        if actor.crm:
            self.by_crm[actor.crm].append(actor.id)
        if actor.twin_of is not None:
            self.twins.append((actor.twin_of.id, actor.id))


@contextmanager
def _no_garbage() -> Iterator[None]:
    """Without the collector's walks over a world that only grows: a tenth of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def furnish(
    hubspot: HubSpotEmulator, salesforce: SalesforceEmulator, without: Collection[tuple[str, str]] = ()
) -> Crew:
    """The standard set-up in two empty emulators: see :func:`setup.install`."""
    return install(hubspot, salesforce, lexicon(), without)


def people(
    hubspot: HubSpotEmulator,
    salesforce: SalesforceEmulator,
    crew: Crew,
    *,
    contacts: int,
    days: int,
    seed: int,
    product: Path | None = None,
    tickets: int | None = None,
    season: Season | None = None,
) -> World:
    """People two furnished emulators, and write what these people did in the product into ``product``.

    ``tickets`` of customers: one for every fifty contacts where it is None.
    ``days`` is how far back marketing's events go before the clock's now. With a ``season`` some of them are still to
    come, and so are some of the contacts: it tells them. Raises ValueError when ``contacts`` is negative or ``days``
    below 1.
    """
    if contacts < 0 or days < 1:
        raise ValueError("A world needs 0 or more contacts and 1 or more days.")
    words, now = lexicon(), epoch_ms(hubspot.clock.now())

    def write(portal: HubSpotSeed, org: SalesforceEmulator) -> World:
        with _no_garbage():
            return _write(
                portal, org, crew, words, now, contacts=contacts, days=days, seed=seed, product=product,
                tickets=tickets, season=season,
            )

    if apart.worthwhile(contacts) and not hubspot.has_records() and season is None:
        with _no_garbage():
            return apart.write(hubspot, salesforce, write)
    with hubspot.loading(), salesforce.loading():
        return write(hubspot, salesforce)


def _write(
    hubspot: HubSpotSeed,
    salesforce: SalesforceEmulator,
    crew: Crew,
    words: Lexicon,
    now: int,
    *,
    contacts: int,
    days: int,
    seed: int,
    product: Path | None,
    tickets: int | None,
    season: Season | None,
) -> World:
    crm = CrmWriter(salesforce, crew, now, Random(f"{seed}:crm"))
    portal = PortalWriter(hubspot, words, crew, now, Random(f"{seed}:portal"))
    actors = Cast(words, seed, now, days, crm, season.days if season else 0).draw(contacts)
    roll = _Roll()
    trials = ProductWriter(product, now, days, Random(f"{seed}:product")) if product else None
    while chunk := list(islice(actors, _CHUNK)):
        if season is None:
            portal.load(chunk)
        else:
            season.admit(portal, chunk)
        crm.flush()
        for actor in chunk:
            if actor.id:
                roll.note(actor)
            if trials is not None:
                trials.note(actor)
    asked = contacts // CONTACTS_A_TICKET if tickets is None else tickets
    service = ServiceWriter(hubspot, now, days, Random(f"{seed}:service"))
    portal.counts.update(service.write(roll.by_part["customer"], asked))
    if trials is not None:
        portal.counts["product_events"] = trials.write()
    return World(
        seed=seed,
        days=days,
        now=instant(now),
        counts=dict(sorted((portal.counts + crm.counts).items())),
        ready=tuple(roll.by_part[READY]),
        near_misses={reason: tuple(roll.by_part[reason]) for reason in NEAR_MISSES},
        junk=tuple(roll.by_part["junk"]),
        twins=tuple(roll.twins),
        in_crm={kind: tuple(roll.by_crm[kind]) for kind in IN_CRM},
        crew=crew,
    )
