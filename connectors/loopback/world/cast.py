"""Who is in the world: the contacts, company by company, each with a part to play."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from connectors.loopback.world.companies import Companies, Company
from connectors.loopback.world.crm import CrmWriter
from connectors.loopback.world.lexicon import Lexicon, Weighted, pick
from connectors.loopback.world.people import People, Person
from connectors.loopback.world.plots import READY, WARM, Plot, draw_plot
from connectors.loopback.world.stories import Stories, Story

_JUNK, _AGAIN, _COLLEAGUE = 0.02, 0.012, 0.001
_RIVAL_EVERY = 250  # companies
# In a hundred, by whether the contact is ready.
_CRM_OF_READY = Weighted(
    {
        "": 66,
        "open_lead": 11,
        "contact": 13,
        "converted": 4,
        "ambiguous": 3,
        "inactive_owner": 3,
    }.items()
)
_CRM_OF_OTHERS = Weighted(
    {
        "": 86.5,
        "open_lead": 5,
        "contact": 6,
        "converted": 1.6,
        "ambiguous": 0.4,
        "inactive_owner": 0.5,
    }.items()
)


@dataclass(slots=True)
class Actor:
    """One contact to be: who, which part, what happened, what the CRM knows ("" nothing).

    ``part`` is a Plot's, "junk" or "twin"; ``id`` is HubSpot's, once loaded.
    """

    person: Person
    part: str
    story: Story
    crm: str = ""
    twin_of: Actor | None = None
    id: str = ""


class Cast:
    """Makes the actors; tells ``crm`` of those whom sales knows already."""

    def __init__(self, words: Lexicon, seed: int, now: int, days: int, crm: CrmWriter, ahead: int = 0) -> None:
        self._words = words
        self._crm = crm
        self._dice = Random(f"{seed}:cast")
        self._people = People(words, seed)
        self._companies = Companies(words, seed)
        self._stories = Stories(words, seed, now, days, ahead)
        self._parties = 0

    def draw(self, contacts: int) -> Iterator[Actor]:
        """Exactly ``contacts`` actors, company by company."""
        made = 0
        while made < contacts:
            for actor in self._party():
                yield actor
                made += 1
                if made == contacts:
                    return

    def _party(self) -> Iterator[Actor]:
        """The people of one more company, and now and then a stray."""
        dice = self._dice
        self._parties += 1
        rival = self._parties % _RIVAL_EVERY == 40
        company = self._companies.make_competitor() if rival else self._companies.make()
        if dice.random() < 0.5:
            self._crm.add_company(company)
        for _ in range(self._words.people.draw(dice)):
            actor = self._actor(company)
            yield actor
            if dice.random() < _AGAIN:
                yield self._twin(actor)
            if dice.random() < _JUNK:
                yield Actor(self._people.make_junk(), "junk", self._stories.write(Plot(WARM)))
            if dice.random() < _COLLEAGUE:
                colleague = self._people.make_colleague(pick(dice, self._words.crew))
                yield Actor(colleague, "junk", self._stories.write(Plot(WARM)))
        if dice.random() < 0.06:
            # Known to sales, unknown to marketing.
            self._crm.add_person(self._people.make(company), pick(dice, ["open_lead", "contact"]))

    def _actor(self, company: Company) -> Actor:
        plot = draw_plot(self._dice, company)
        person = self._people.make(company, plot.seniorities)
        if plot.part == "no_way_to_reach":
            person.phone = person.mobile = ""
        elif plot.raises_hand:
            person = self._people.with_phone(person)
        ready = plot.part == READY
        crm = (_CRM_OF_READY if ready else _CRM_OF_OTHERS).draw(self._dice)
        if crm:
            self._crm.add_person(person, crm, ready=ready)
        return Actor(person, plot.part, self._stories.write(plot), crm)

    def _twin(self, actor: Actor) -> Actor:
        story = self._stories.write(Plot(WARM))
        return Actor(self._people.again(actor.person), "twin", story, twin_of=actor)
