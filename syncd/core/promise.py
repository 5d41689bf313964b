"""What sales promise of every lead that they get: how fast, how often, for how long, and what happens then (S1.9 to S1.13).

A promise is a value with a content hash, its version; each handoff keeps the one that was in force when it was opened, so that
a new promise changes nothing for leads that are under way.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from typing import Any

from syncd.core.calendars import Work
from syncd.core.text import listing, plural, span

TOUCHES: Mapping[str, tuple[str, str]] = {
    "call": ("call", "calls"),
    "email": ("e-mail", "e-mails"),
    "meeting": ("meeting", "meetings"),
    "message": ("message", "messages"),
}
"""Kinds of activity by which sales are in touch with a lead, and their nouns."""

COULD_NOT_REACH = "could_not_reach"

_AN_HOUR, _FOUR_HOURS, _TEN_DAYS = Work(time=timedelta(hours=1)), Work(time=timedelta(hours=4)), Work(10)


@dataclass(frozen=True, slots=True)
class Promise:
    """What is promised of the leads of one tier. All but `delivery` is working time of whoever has the lead.

    delivery      from the gate until the owner is verified in the CRM: the part of syncd and both systems, around the clock
    first_touch   from there to the first touch
    touches       kind of touch → how many …
    within        … in the working period, which begins with the delivery
    then          "could_not_reach": what becomes of a lead that did not answer to all of them; "nothing": the rep says so
    remind        so long before the first touch is due the owner is reminded; None: never
    reassign      a lead that nobody touched in time goes to somebody else
    accept_after  whose status and silence last so long is taken as accepted; None: never
    status_after  a status that did not change for so long is overdue; None: never
    """

    delivery: timedelta = timedelta(minutes=15)
    first_touch: Work = _FOUR_HOURS
    touches: Mapping[str, int] = field(default_factory=lambda: {"call": 3, "email": 2})
    within: Work = _TEN_DAYS
    then: str = COULD_NOT_REACH
    remind: Work | None = _AN_HOUR
    reassign: bool = False
    accept_after: Work | None = None
    status_after: Work | None = _TEN_DAYS

    def __str__(self) -> str:
        """ "a first touch within 4 working hours; 3 calls and 2 e-mails within 10 working days"."""
        return f"a first touch within {self.first_touch}; {counted(self.touches)} within {self.within}"


@dataclass(frozen=True, slots=True)
class Followup:
    """The promise as both teams signed it.

    usual           of leads of no tier, and of tiers that `tiers` does not name
    days, hours     when those work of whom [[route.rep]] says nothing else
    holidays        names of their holidays, regions or dates
    dates           name of holidays → the days
    version         content hash of what is promised; `agreed_version` is the one that was signed
    """

    usual: Promise = Promise()
    tiers: Mapping[str, Promise] = field(default_factory=dict)
    days: tuple[int, ...] = (0, 1, 2, 3, 4)
    hours: tuple[time, time] = (time(9), time(17))
    holidays: tuple[str, ...] = ()
    dates: Mapping[str, frozenset[date]] = field(default_factory=dict)
    agreed_by: tuple[str, ...] = ()
    agreed_on: str = ""
    agreed_version: str = ""
    version: str = ""

    def of(self, tier: str) -> Promise:
        """What is promised of a lead of this tier."""
        return self.tiers.get(tier, self.usual)

    def days_off(self, names: tuple[str, ...]) -> frozenset[date]:
        """The holidays of these names."""
        return frozenset().union(*(self.dates[name] for name in names))


# ---------------------------------------------------------------- in words
def counted(touches: Mapping[str, int]) -> str:
    """Touches as a phrase: "3 calls and 2 e-mails"; without numbers any one will do."""
    return listing([plural(count, *TOUCHES[kind]) for kind, count in touches.items()]) or "1 touch"


def clauses(promise: Promise) -> Iterator[tuple[str, str]]:
    """The promise as (what, sentence), in the order in which a lead meets them."""
    yield (
        "delivery",
        f"the owner is verified in the CRM within {span(promise.delivery)} (syncd and both systems, not sales)",
    )
    yield "first touch", f"within {promise.first_touch} after that, by call, e-mail, meeting or message in the CRM"
    if promise.remind is not None:
        yield "reminder", f"the owner is reminded {promise.remind} before that"
    if promise.reassign:
        yield "nobody touched it", "it goes to somebody else, whose clock begins anew"
    yield "touches", f"{counted(promise.touches)} within {promise.within}"
    match promise.then:
        case "could_not_reach":
            yield "afterwards", "who did not answer to all of them goes back to marketing as could not reach"
        case _:
            yield "afterwards", "the rep says what became of it"
    yield "touches missing", "sales keep the lead, and the promise counts as broken: it is not the lead’s fault"
    if promise.accept_after is not None:
        yield "silence", f"a lead that nobody rejects within {promise.accept_after} counts as accepted"
    if promise.status_after is not None:
        yield "status", f"one that did not change for {promise.status_after} is overdue"


# ---------------------------------------------------------------- as the ledger keeps it
def as_json(promise: Promise) -> dict[str, Any]:
    """Numbers, texts and lists; a length of work is [days, seconds]."""
    return {f.name: _plain(getattr(promise, f.name)) for f in dataclasses.fields(promise)}


def from_json(kept: Mapping[str, Any]) -> Promise:
    """The promise of `as_json`."""
    said = dict(kept)
    for name in ("first_touch", "within", "remind", "accept_after", "status_after"):
        if said[name] is not None:
            days, seconds = said[name]
            said[name] = Work(days, timedelta(seconds=seconds))
    return Promise(**said | {"delivery": timedelta(seconds=said["delivery"])})


def _plain(value: Any) -> Any:
    if isinstance(value, Work):
        return [value.days, value.time.total_seconds()]
    if isinstance(value, timedelta):
        return value.total_seconds()
    return dict(value) if isinstance(value, Mapping) else value
