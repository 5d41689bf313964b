"""Somebody else writes what syncd writes, again and again: when syncd stops, and when it tries once more (C6, C14).

| within a day                                                    | then                                                  |
|-----------------------------------------------------------------|-------------------------------------------------------|
| what syncd wrote went back to an earlier value `RETURNS` times  | syncd leaves this field of this person alone          |
| what syncd wrote was changed `CHANGES` times, to whatever       | the same                                              |
| `PAUSE` later                                                   | it may be written again, on trial                     |
| a trial is changed again                                        | left alone twice as long, at most `LONGEST`           |
| a day of trial without a change                                 | it is a field like all others                         |
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from syncd.core.equal import same
from syncd.core.text import minute, plural, quoted, system
from syncd.core.types import Problem, Raw, Ref

RETURNS, CHANGES = 3, 5
WINDOW = PAUSE = timedelta(days=1)
LONGEST = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Written:
    """One write of ours to a remote field: what stood there, and what syncd wrote."""

    at: datetime
    was: Raw
    now: Raw


@dataclass(frozen=True, slots=True)
class Contest:
    """Two writers of one field of one person.

    field   our name of a field that both systems have; of what syncd alone writes back, the remote name
    ref     the record, and `remote` its field
    ours    what syncd wrote last, `theirs` what it became
    times   how often what syncd wrote was changed
    until   no write before this
    by      who else writes, "" when nobody could tell
    """

    field: str
    ref: Ref
    remote: str
    ours: Raw
    theirs: Raw
    times: int
    since: datetime
    until: datetime
    pause: timedelta = PAUSE
    by: str = ""

    def stands(self, now: datetime) -> bool:
        """Whether the field is left alone now."""
        return now < self.until

    @property
    def due(self) -> datetime:
        """The end of the trial."""
        return self.until + WINDOW

    def next(self, now: datetime) -> datetime:
        """When time alone changes something."""
        return self.until if self.stands(now) else self.due

    def renewed(self, trial: Sequence[Written], current: Raw, now: datetime) -> Contest | None:
        """After writes on trial of which one was changed; None while all of them stand."""
        if not (times := len(changed(trial, current))):
            return None
        pause = min(2 * self.pause, LONGEST)
        times += self.times
        return replace(self, ours=trial[-1].now, theirs=current, times=times, pause=pause, until=now + pause)

    def problem(self, lineage: str) -> Problem:
        where = f"{system(self.ref.system)} {self.ref.kind}.{self.remote}"
        who = f"The {self.by}" if self.by else f"Something else in {system(self.ref.system)}"
        return Problem(
            "oscillation",
            f"{lineage} {self.field}",
            f"{who} and syncd overwrite each other in {where}: syncd wrote {quoted(self.ours)}, it became "
            f"{quoted(self.theirs)}, {plural(self.times, 'time')} so far. syncd leaves {self.field} of this person alone "
            f"until {minute(self.until)} UTC, and then tries once.",
            f"Stop one of the two, or give the field to one side in the mapping; then: syncd problems retry. "
            f"All writes: syncd who-writes {self.remote} {lineage}",
            person=lineage,
        )


def began(field: str, ref: Ref, remote: str, writes: Sequence[Written], current: Raw, now: datetime) -> Contest:
    """syncd stops writing the field."""
    return Contest(field, ref, remote, writes[-1].now, current, len(changed(writes, current)), now, now + PAUSE)


def contested(writes: Sequence[Written], current: Raw) -> bool:
    """Whether somebody else writes the field too. `writes` are those of a day, oldest first; `current` is what stands there."""
    found = changed(writes, current)
    return sum(found) >= RETURNS or len(found) >= CHANGES


def changed(writes: Sequence[Written], current: Raw) -> list[bool]:
    """For each write that did not last: whether the field went back to what it had been before one of ours."""
    followed = [*(write.was for write in writes), current][1:]
    return [
        any(same(became, earlier.was) for earlier in writes[: n + 1])
        for n, (write, became) in enumerate(zip(writes, followed, strict=True))
        if not same(write.now, became)
    ]
