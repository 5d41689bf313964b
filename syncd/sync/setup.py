"""Carrying out a blueprint: one step after the other, and the truth about each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Protocol

from syncd.core.blueprint import Blueprint, Done, Fate, Step
from syncd.core.errors import Rejected, RemoteError, Unclear
from syncd.core.wanted import Wanted

LOOKS = 10
"""An account shows a new field a moment after it has confirmed it."""


class Builder(Protocol):
    """Setup of one system. `look` asks; `make` makes one step, which somebody else may have made since: raises Rejected
    for this step alone, Unclear when nobody can know, another RemoteError when no further step can be made."""

    def look(self, rows: Sequence[Wanted]) -> Blueprint: ...

    def make(self, step: Step) -> None: ...


def carry_out(builder: Builder, steps: Sequence[Step]) -> Iterator[Done]:
    """What became of each step, in order. A step whose condition was not made is skipped; when the system fails, so is all
    that is left."""
    failed: set[str] = set()
    end: RemoteError | None = None
    for step in steps:
        lacking = [name for name in step.after if name in failed]
        if end is not None:
            done = Done(step, Fate.SKIPPED, f"Not tried: {end.sentence}")
        elif lacking:
            done = Done(step, Fate.SKIPPED, f"Not tried: {lacking[0]} is not there.")
        else:
            done, end = _make(builder, step)
        if done.fate is not Fate.MADE:
            failed.add(step.name)
        yield done


def settled(builder: Builder, rows: Sequence[Wanted], made: Collection[str], pause: Callable[[], object]) -> Blueprint:
    """What is left to do, once the account shows what was made; after some looks whatever it shows then."""
    left = builder.look(rows)
    for _ in range(LOOKS):
        if not any(step.name in made for step in left.steps):
            break
        pause()
        left = builder.look(rows)
    return left


def _make(builder: Builder, step: Step) -> tuple[Done, RemoteError | None]:
    """What became of the step, and the error that ends the setup of this system."""
    try:
        builder.make(step)
    except Rejected as error:
        return Done(step, Fate.REFUSED, error.sentence, error.fix), None
    except Unclear as error:
        return Done(step, Fate.UNKNOWN, f"Its answer was lost: {error.sentence}", error.fix), error
    except RemoteError as error:
        return Done(step, Fate.REFUSED, error.sentence, error.fix), error
    return Done(step, Fate.MADE), None
