"""Marketing over the days to come: people who turn up, and what those who are there already go on to do."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from connectors.loopback.hubspot import HubSpotEmulator
from connectors.loopback.world import marketing
from connectors.loopback.world.cast import Actor
from connectors.loopback.world.instants import epoch_ms
from connectors.loopback.world.portal import PortalWriter
from connectors.loopback.world.stories import Story

_EARLIEST = 0


class Season:
    """The stories of a world that end up to ``days`` after its first moment, told as time goes on.

    A story starts with the contact: who comes later is not in the portal before.
    """

    def __init__(self, hubspot: HubSpotEmulator, days: int) -> None:
        self.days = days
        self._hubspot = hubspot
        self._portal: PortalWriter
        self._actors: list[Actor] = []
        self._seen = 0
        self._moments: list[tuple[int, int]] | None = None

    def admit(self, portal: PortalWriter, actors: list[Actor]) -> None:
        """Load what happened to these people up to the portal's now; the rest follows."""
        self._portal = portal
        self._seen = portal.now
        self._actors += actors
        self._load([actor for actor in actors if actor.story.created <= portal.now])

    def go_on(self, moment: datetime) -> int:
        """Tell everything up to a moment; how many contacts came or did something."""
        before, now = self._seen, epoch_ms(moment)
        self._seen = self._portal.now = now
        active = [self._actors[n] for n in self._between(before, now)]
        coming = [actor for actor in active if not actor.id and actor.story.created < now]
        there = [actor for actor in active if actor.id]
        with self._hubspot.loading():
            self._load(coming)
            self._portal.go_on([replace(actor, story=actor.story.part(before, now)) for actor in there])
        told = {a.id: marketing.counters(self._portal.words, a.story.part(_EARLIEST, now)) for a in there}
        self._hubspot.count("contacts", told)
        return len(active)

    def _load(self, actors: list[Actor]) -> None:
        shown = [replace(actor, story=actor.story.part(_EARLIEST, self._portal.now)) for actor in actors]
        self._portal.load(shown)
        for actor, loaded in zip(actors, shown, strict=True):
            actor.id = loaded.id

    def _between(self, begin: int, end: int) -> list[int]:
        """Numbers of the people of whom there is something new to tell, from ``begin`` on, before ``end``."""
        if self._moments is None:
            self._moments = sorted((at, n) for n, actor in enumerate(self._actors) for at in _moments(actor.story))
        first, last = (bisect_right(self._moments, (edge, -1)) for edge in (begin, end))
        return sorted({n for _, n in self._moments[first:last]})


def _moments(story: Story) -> Iterator[int]:
    yield story.created
    for events in (story.views, story.submissions, story.mails, story.talks):
        yield from (event.at for event in events)
