"""Calls, e-mails, meetings, notes, tasks and messages of given people [hubspot.md 9.2, 10.1]."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime

from connectors.hubspot.activities import SHAPES, activity
from connectors.hubspot.api import BATCH, LINKS, Api, Json
from connectors.hubspot.people import CONTACTS
from connectors.hubspot.refusals import SYSTEM, Forbidden
from connectors.hubspot.values import is_id
from connectors.transport import Purpose
from syncd.core.chunks import chunks
from syncd.core.errors import Unavailable
from syncd.core.types import Activity, Page, Ref

Known = Callable[[Mapping[Ref, tuple[Ref, ...]]], Collection[Ref]]
"""Activity → the people of this pull that it is about; answers those activities that need not be read: known with
all of these people, and not open. (A known activity of another person must be read, or that person never gets it.)"""


def nothing(_found: Mapping[Ref, tuple[Ref, ...]]) -> Collection[Ref]:
    return ()


class Engagements:
    def __init__(self, api: Api, known: Known = nothing) -> None:
        self._api, self._known = api, known
        self.denied: dict[str, str] = {}

    def pull(self, about: Sequence[Ref], now: Callable[[], datetime]) -> Iterator[Page]:
        """Pages of activities: ⌈people/1,000⌉ association calls for each of the six kinds, and a read for each 100
        activities that are not known. There is no cursor: the people say what to read. A kind that the token must not
        read (e-mails want a scope of their own) is left out from then on; `denied` says why."""
        ids = [ref.id for ref in about if ref.kind == CONTACTS and is_id(ref.id)]
        for kind in [kind for kind in SHAPES if kind not in self.denied]:
            try:
                for some in chunks(ids, LINKS):
                    for activities in self._of(kind, some):
                        yield Page({}, now(), activities=activities)
            except Forbidden as error:
                self.denied[kind] = error.sentence
        yield Page({}, now())

    def _of(self, kind: str, people: Sequence[str]) -> Iterator[list[Activity]]:
        about: dict[Ref, tuple[Ref, ...]] = {}
        for person, rid in self._api.associated(CONTACTS, kind, people):
            ref, who = Ref(SYSTEM, kind, rid), Ref(SYSTEM, CONTACTS, person)
            about[ref] = (*about.get(ref, ()), who)
        spared = set(self._known(about)) if about else set()
        for batch in chunks([ref for ref in about if ref not in spared], BATCH):
            body: Json = {"inputs": [{"id": ref.id} for ref in batch], "properties": list(SHAPES[kind].properties)}
            yield _activities(kind, self._api.batch(kind, "read", body, Purpose.PULL).results, about)


def _activities(kind: str, rows: Sequence[Json], about: Mapping[Ref, tuple[Ref, ...]]) -> list[Activity]:
    try:
        made = [
            activity(kind, row["id"], row["properties"], about.get(Ref(SYSTEM, kind, row["id"]), ())) for row in rows
        ]
    except (KeyError, TypeError, AttributeError):
        raise Unavailable(SYSTEM, f"One of the {kind} has an unexpected shape.") from None
    return [one for one in made if one is not None and one.about]
