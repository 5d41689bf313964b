"""The cast as HubSpot knows it: companies, contacts, deals, events, engagements."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from connectors.loopback.world import marketing
from connectors.loopback.world.cast import Actor
from connectors.loopback.world.companies import Company, hubspot_company
from connectors.loopback.world.crew import Crew
from connectors.loopback.world.instants import DAY_MS, instant
from connectors.loopback.world.lexicon import Lexicon, Weighted, between, pick
from connectors.loopback.world.people import contact_properties
from connectors.loopback.world.plots import COLD, NEAR_MISSES, READY, WARM
from connectors.loopback.world.stories import Story

Row = Mapping[str, Any]

_STAGES = {
    READY: Weighted(
        {
            "lead": 55,
            "marketingqualifiedlead": 35,
            "subscriber": 10,
        }.items()
    ),
    WARM: Weighted(
        {
            "lead": 60,
            "marketingqualifiedlead": 15,
            "subscriber": 20,
            "salesqualifiedlead": 5,
        }.items()
    ),
    COLD: Weighted(
        {
            "subscriber": 36,
            "lead": 46,
            "marketingqualifiedlead": 4,
            "customer": 6,
            "salesqualifiedlead": 1,
            "opportunity": 2,
            "evangelist": 1,
            "other": 4,
        }.items()
    ),
}
_WORKED = Weighted(
    {
        "OPEN": 20,
        "IN_PROGRESS": 20,
        "ATTEMPTED_TO_CONTACT": 25,
        "CONNECTED": 15,
        "BAD_TIMING": 12,
        "UNQUALIFIED": 8,
    }.items()
)
_BUYING_ROLES = ("DECISION_MAKER", "BUDGET_HOLDER", "CHAMPION", "INFLUENCER", "END_USER")
_OPEN_STAGES = ("appointmentscheduled", "qualifiedtobuy", "presentationscheduled")


class HubSpotSeed(Protocol):
    """What of :class:`HubSpotEmulator` loads a portal."""

    def seed(self, kind: str, rows: Sequence[Row]) -> list[str]: ...

    def associate(self, from_kind: str, to_kind: str, pairs: Iterable[Sequence[Any]]) -> None: ...

    def add_events(self, rows: Iterable[Row]) -> None: ...

    def add_email_events(self, rows: Iterable[Row]) -> None: ...

    def add_submissions(self, form_id: str, rows: Iterable[Row]) -> None: ...


@dataclass
class PortalWriter:
    """Loads chunks of actors into HubSpot and counts what was loaded."""

    hubspot: HubSpotSeed
    words: Lexicon
    crew: Crew
    now: int
    dice: Random
    counts: Counter[str] = field(default_factory=Counter)

    def load(self, actors: list[Actor]) -> None:
        """Every actor has its ``id`` afterwards, every company its ``hubspot_id``."""
        self._companies(actors)
        owners = [self._owner(actor) for actor in actors]
        stages = [self._stage(actor) for actor in actors]
        rows = [self._contact(*parts) for parts in zip(actors, owners, stages, strict=True)]
        for actor, contact_id in zip(actors, self._seed("contacts", rows), strict=True):
            actor.id = contact_id
        self.hubspot.associate(
            "contacts",
            "companies",
            [(a.id, a.person.company.hubspot_id) for a in actors if a.person.company],
        )
        self._events(actors)
        self._talks(actors, owners)
        self._deals(actors, owners, stages)

    def go_on(self, actors: list[Actor]) -> None:
        """What happened meanwhile to contacts who are there."""
        self._events(actors)
        self._talks(actors, [""] * len(actors))

    def _companies(self, actors: list[Actor]) -> None:
        first_contact: dict[Company, int] = {}
        for actor in actors:
            company = actor.person.company
            if company is not None and not company.hubspot_id:
                known = first_contact.get(company, actor.story.created)
                first_contact[company] = min(known, actor.story.created)
        rows = [
            {
                "properties": hubspot_company(company),
                "createdAt": created,
                "updatedAt": created,
            }
            for company, created in first_contact.items()
        ]
        for company, company_id in zip(first_contact, self._seed("companies", rows), strict=True):
            company.hubspot_id = company_id

    def _contact(self, actor: Actor, owner_id: str, stage: str) -> dict[str, Any]:
        story, dice = actor.story, self.dice
        properties = contact_properties(actor.person) | marketing.counters(self.words, story)
        properties["hs_analytics_source"] = self.words.sources.draw(dice)
        properties |= _stage_properties(stage, story)
        if status := self._lead_status(actor, stage):
            properties["hs_lead_status"] = status
        if dice.random() < 0.08:
            roles = sorted(dice.sample(_BUYING_ROLES, pick(dice, [1, 1, 2])))
            properties["hs_buying_role"] = ";".join(roles)
        if owner_id:
            properties["hubspot_owner_id"] = owner_id
        return {
            "properties": properties,
            "createdAt": story.created,
            "updatedAt": story.last,
        }

    def _stage(self, actor: Actor) -> str:
        if actor.part == "customer":
            return "customer"
        if actor.part in _STAGES:
            return _STAGES[actor.part].draw(self.dice)
        return _STAGES[READY if actor.part in NEAR_MISSES else WARM].draw(self.dice)

    def _lead_status(self, actor: Actor, stage: str) -> str:
        if actor.crm == "converted" and actor.part != READY:
            return "OPEN_DEAL"
        luck = self.dice.random()
        if stage == "salesqualifiedlead" or luck < 0.03:
            return _WORKED.draw(self.dice)
        return "NEW" if luck < 0.28 else ""

    def _owner(self, actor: Actor) -> str:
        """The HubSpot owner id of the few who have one; "" for the rest."""
        luck = self.dice.random()
        if actor.person.company is None or luck > 0.2:
            return ""
        if luck < 0.006:
            return self.crew.inactive.owner_id
        if luck < 0.012:
            return self.crew.only_in_hubspot.owner_id
        return self.crew.seller(self.dice, actor.person.company.country.territory).owner_id

    def _events(self, actors: list[Actor]) -> None:
        words, dice = self.words, self.dice
        views = marketing.view_rows(words, dice, ((actor.id, actor.story) for actor in actors))
        mails = list(marketing.mail_rows(dice, ((actor.person.email, actor.story) for actor in actors)))
        submissions: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for actor in actors:
            for form_id, row in marketing.submission_rows(words, actor.person, actor.story):
                submissions[form_id].append(row)
        self.hubspot.add_events(views)
        self.hubspot.add_email_events(mails)
        for form_id, rows in sorted(submissions.items()):
            self.hubspot.add_submissions(form_id, rows)
            self.counts["submissions"] += len(rows)
        self.counts["page_views"] += len(views)
        self.counts["email_events"] += len(mails)

    def _talks(self, actors: list[Actor], owners: list[str]) -> None:
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        partners: dict[str, list[str]] = defaultdict(list)
        for actor, owner_id in zip(actors, owners, strict=True):
            for talk in actor.story.talks:
                rows[talk.kind].append(marketing.talk_row(self.words, self.dice, talk, owner_id))
                partners[talk.kind].append(actor.id)
        for kind in sorted(rows):
            ids = self._seed(kind, rows[kind])
            self.hubspot.associate(kind, "contacts", zip(ids, partners[kind], strict=True))

    def _deals(self, actors: list[Actor], owners: list[str], stages: list[str]) -> None:
        """About half of the customers and opportunities show the deal they came by."""
        rows, partners = [], []
        for actor, owner_id, stage in zip(actors, owners, stages, strict=True):
            if stage in ("customer", "opportunity") and self.dice.random() < 0.5:
                rows.append(self._deal(actor, owner_id, won=stage == "customer"))
                partners.append(actor.id)
        ids = self._seed("deals", rows)
        self.hubspot.associate("deals", "contacts", zip(ids, partners, strict=True))

    def _deal(self, actor: Actor, owner_id: str, *, won: bool) -> dict[str, Any]:
        dice = self.dice
        created = between(dice, actor.story.created, self.now)
        closes = created if won else self.now + between(dice, 5, 90) * DAY_MS
        properties = {
            "dealname": f"{actor.person.company_typed} – syncd",
            "pipeline": "default",
            "dealstage": "closedwon" if won else pick(dice, _OPEN_STAGES),
            "amount": str(between(dice, 4, 120) * 500),
            "closedate": instant(closes),
        }
        if owner_id:
            properties["hubspot_owner_id"] = owner_id
        return {"properties": properties, "createdAt": created, "updatedAt": created}

    def _seed(self, kind: str, rows: list[dict[str, Any]]) -> list[str]:
        if not rows:
            return []
        self.counts[kind] += len(rows)
        return self.hubspot.seed(kind, rows)


def _stage_properties(stage: str, story: Story) -> dict[str, str]:
    """The stage, reached by the last form where it takes more than being known."""
    if stage in ("subscriber", "lead", "other"):
        return {"lifecyclestage": stage}
    entered = instant(story.submissions[-1].at if story.submissions else story.last)
    return {
        "lifecyclestage": stage,
        f"hs_lifecyclestage_{stage}_date": entered,
        f"hs_v2_date_entered_{stage}": entered,
        "hs_v2_date_entered_current_stage": entered,
    }
