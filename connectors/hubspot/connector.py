"""`HubSpotConnector`: the five verbs over one account."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import requests
from requests.adapters import BaseAdapter

from connectors.base import Answer, Capabilities, FieldNeed, Health, Question, Stream
from connectors.hubspot import history, owners
from connectors.hubspot.activities import ABSTRACT, TEXT_LIMIT, object_of
from connectors.hubspot.api import Api, Client
from connectors.hubspot.census import census
from connectors.hubspot.check import KEYED, WHOLE, Check
from connectors.hubspot.companies import COMPANIES, Companies
from connectors.hubspot.deals import Deals
from connectors.hubspot.engagements import Engagements, Known, nothing
from connectors.hubspot.lookup import Lookup, Whose
from connectors.hubspot.marketing import Forms, PageViews
from connectors.hubspot.paths import Paths
from connectors.hubspot.people import (
    CLICKED,
    CONTACTS,
    CONVERTED,
    ENGAGED,
    OPENED,
    SAW,
    SUBMITTED,
    VIEWED,
    People,
)
from connectors.hubspot.refusals import SYSTEM, Forbidden, judge
from connectors.hubspot.send import Sender
from connectors.hubspot.settings import HubSpotSettings
from connectors.transport import Limiter, Transport, Verdict
from syncd.core.rules import SystemMap
from syncd.core.types import Action, Cursor, Page, Receipt, Record, Ref, Token
from syncd.core.writers import History

HOUR, DAY = 3600.0, 86_400.0
SHARE = 0.9
"""Of the account's rate limit: the rest is for its other apps."""

STAND_INS = {"forms": (CONVERTED, SUBMITTED), "page_views": (VIEWED, SAW)}
"""Optional streams: what moves them, and what the contact itself says where they must not be read."""


class HubSpotConnector:
    """See `connectors.base.Connector`. `role` holds "marketing", "crm", or both.

    known   activities that need not be read again (see `engagements.Known`)
    whose   the person of a key of ours: where to look when an object has no unique property for it
    """

    name = SYSTEM

    def __init__(
        self,
        settings: HubSpotSettings,
        map: SystemMap,
        *,
        role: AbstractSet[str],
        known: Known = nothing,
        whose: Whose | None = None,
        adapter: BaseAdapter | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._settings, self._crm = settings, "crm" in role
        self._auth = _Token(settings.token)
        self._zone: tzinfo = UTC
        self._app = ""
        self._daily = (0, 0)
        self._limiter = Limiter(
            SYSTEM,
            {"general": (settings.burst, 10.0), "search": (settings.search_rate, 1.0)},
            clock=clock,
            sleep=sleep,
        )
        self._transport = Transport(
            SYSTEM,
            settings.url,
            auth=self._auth,
            judge=self._judge,
            observe=self._observe,
            limiter=self._limiter,
            headers={"Accept": "application/json", "User-Agent": "syncd"},
            timeout=settings.timeout,
            adapter=adapter,
            clock=clock,
            sleep=sleep,
            wall=wall,
        )
        kind = next(iter(map.kinds.values()))
        self._api = Api(Client(self._transport), Paths(settings.version))
        self._people = People(self._api, kind, ())
        self._engagements = Engagements(self._api, known)
        self._forms, self._page_views = Forms(self._api), PageViews(self._api)
        self._deals = Deals(self._api, map)
        self._companies = Companies(self._api, map.account) if map.account and self._crm else None
        self._lookup = Lookup(self._api, self._people, frozenset(KEYED), whose)
        self._sender = Sender(self._api, self._lookup, kind.stage)
        chosen = {"forms": settings.forms, "page_views": settings.page_views}
        self._optional = {name: True for name, wanted in chosen.items() if wanted}
        self._notes: dict[str, str] = {}
        self._set_streams()
        self._set_capabilities()

    def __repr__(self) -> str:
        return f"<HubSpotConnector {self._transport.origin} {self._settings.version}>"

    @property
    def calls(self) -> Mapping[str, int]:
        return self._transport.calls

    # ------------------------------------------------------------ check
    def check(self, needs: Sequence[FieldNeed]) -> Health:
        found = Check(self._api, self._auth.value, crm=self._crm).run(needs)
        if not found.fatal:
            if "page_views" in self._optional:
                self._probe("page_views", self._page_views.probe)
            self._settle_in(found.facts)
            self._without(found.missing)
            if self._crm:
                self._lookup.keyed = frozenset(found.keyed)
                self._set_capabilities()
        used, limit = self._daily
        return Health(
            account=found.account,
            now=self.now(),
            capabilities=self.capabilities,
            problems=tuple(found.problems),
            fatal=found.fatal,
            missing=frozenset(found.missing),
            used=used,
            limit=limit,
            facts={**found.facts, **self._notes, **self._engagements.denied},
        )

    def resume(self, health: Health) -> None:
        for stream in STAND_INS:
            if stream in health.facts:
                self._degrade(stream, health.facts[stream])
        self._settle_in(health.facts)
        self._without(health.missing)
        self.capabilities = health.capabilities
        self._lookup.keyed = frozenset(object_of(kind) for kind in health.capabilities.keyed)

    def _without(self, missing: AbstractSet[tuple[str, str]]) -> None:
        """Companies that this token may not read are not pulled."""
        if self._companies is not None and (COMPANIES, WHOLE) in missing:
            self._companies = None
            self._set_streams()

    def _settle_in(self, facts: Mapping[str, str]) -> None:
        self._zone = _zone(facts.get("time zone", ""))
        self._deals.zone = self._sender.zone = self._zone
        self._deals.currency = facts.get("currency", "")
        self._app = facts.get("app", "")

    # ------------------------------------------------------------ reading
    def pull(self, stream: str, since: Cursor | None, about: Sequence[Ref] = ()) -> Iterator[Page]:
        match stream:
            case "people":
                return self._people.pull(since)
            case "archived":
                return self._people.archived(since)
            case "owners":
                return owners.pull(self._api)
            case "engagements":
                return self._engagements.pull(about, self.now)
            case "forms":
                return self._degrading("forms", self._forms.pull(since, self.now()))
            case "page_views":
                pages = self._page_views.pull(since, self.now())
                return self._degrading("page_views", pages)
            case "opportunities":
                return self._deals.pull(since)
            case "companies" if self._companies:
                return self._companies.pull(since)
            case "archived companies" if self._companies:
                return self._companies.archived(since)
            case _:
                raise ValueError(f"{SYSTEM} has no stream {stream}")

    def read(self, refs: Sequence[Ref], fields: Sequence[str]) -> dict[Ref, Record]:
        return self._lookup.read(refs, fields)

    def find(self, tokens: Sequence[Token]) -> dict[Token, tuple[Ref, ...]]:
        return self._lookup.find(tokens)

    def census(self, questions: Sequence[Question]) -> list[list[Answer]]:
        return census(self._api, self._people, questions)

    def history(self, refs: Sequence[Ref], fields: Sequence[str]) -> History:
        return history.read(self._api, self._app, refs, fields)

    # ------------------------------------------------------------ writing
    def send(self, actions: Sequence[Action]) -> list[Receipt]:
        return self._sender.send(actions)

    def batch(self, action: Action) -> tuple[str, int]:
        return self._sender.batch(action)

    # ------------------------------------------------------------ the rest
    def limit(self, calls: int | None, reserve: int) -> None:
        self._transport.budget.limit(calls, reserve)

    def now(self) -> datetime:
        return self._transport.now()

    def close(self) -> None:
        self._transport.close()

    @property
    def api(self) -> Api:
        """The account behind the verbs, for setup."""
        return self._api

    # ------------------------------------------------------------ optional streams
    def _degrading(self, stream: str, pages: Iterator[Page]) -> Iterator[Page]:
        """An optional stream that this account must not read ends here: the counters on the contacts stand in."""
        try:
            yield from pages
        except Forbidden as error:
            self._degrade(stream, error.sentence)
            yield Page({}, self.now())

    def _probe(self, stream: str, probe: Callable[[], None]) -> None:
        try:
            probe()
        except Forbidden as error:
            self._degrade(stream, error.sentence)

    def _degrade(self, stream: str, why: str) -> None:
        """Once, and without a problem: `facts` of the next check say it. The note of an earlier check comes back by
        `resume`."""
        if self._optional.pop(stream, False):
            self._notes[stream] = why
            self._set_streams()

    def _set_streams(self) -> None:
        """An optional stream that is off lets its stand-in speak."""
        optional = [Stream(name, when=when) for name, (when, _) in STAND_INS.items() if name in self._optional]
        self.streams: tuple[Stream, ...] = (
            Stream("people"),
            Stream("engagements", when=ENGAGED, scoped=True),
            *optional,
            Stream("owners", every=HOUR),
            *([Stream("opportunities")] if self._crm else []),
            *([Stream("companies")] if self._companies else []),
            Stream("archived", every=DAY),
            *([Stream("archived companies", every=DAY)] if self._companies else []),
        )
        silent = [rule for name, (_, rule) in STAND_INS.items() if name not in self._optional]
        self._people.baseline = (OPENED, CLICKED, *silent)

    def _set_capabilities(self) -> None:
        self.capabilities = Capabilities(
            keyed=frozenset(kind for kind in ABSTRACT if object_of(kind) in self._lookup.keyed),
            linked=True,
            person_kinds=(CONTACTS,),
            create_kind=CONTACTS,
            text_limit=TEXT_LIMIT,
        )

    # ------------------------------------------------------------ what answers say besides
    def _judge(self, response: requests.Response) -> Verdict | None:
        return judge(response, until_reset=self._until_reset, pause=self._limiter.hold)

    def _observe(self, response: requests.Response) -> None:
        """Rate headers [hubspot.md 2.3]: search answers have none of the ten-second window."""
        headers = response.headers
        window = _number(headers.get("X-HubSpot-RateLimit-Interval-Milliseconds"))
        most = _number(headers.get("X-HubSpot-RateLimit-Max"))
        if window and most:
            self._limiter.learn("general", max(int(most * SHARE), 1), window / 1000)
            left = _number(headers.get("X-HubSpot-RateLimit-Remaining"))
            if left is not None and left < most * (1 - SHARE) / 2:
                self._limiter.hold("general", window / 10_000)  # others use the account too
        day = _number(headers.get("X-HubSpot-RateLimit-Daily"))
        rest = _number(headers.get("X-HubSpot-RateLimit-Daily-Remaining"))
        if day is not None and rest is not None:
            self._daily = (day - rest, day)

    def _until_reset(self) -> float:
        """Seconds to the account's midnight, when the daily limit starts anew [D:limits]."""
        now = self.now()
        tomorrow = now.astimezone(self._zone) + timedelta(days=1)
        midnight = tomorrow.replace(hour=0, minute=0, second=0, microsecond=0)
        return (midnight.astimezone(UTC) - now).total_seconds()


class _Token:
    """`transport.Auth` over the reader of a secret: read once, and again when it was refused."""

    def __init__(self, read: Callable[[], str]) -> None:
        self._read = read
        self._held = ""

    def __repr__(self) -> str:
        return "<token>"

    def value(self) -> str:
        if not self._held:
            self._held = self._read().strip()
        return self._held

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self.value()}"}

    def refresh(self, sent: Mapping[str, str]) -> bool:
        self._held = ""
        return self.headers() != sent


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _zone(name: str) -> tzinfo:
    """The account's time zone; it can be an old alias ("US/Eastern"), which zoneinfo knows."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return UTC
