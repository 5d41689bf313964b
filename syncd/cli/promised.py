"""A handoff's promise against what happened, as text."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from syncd.cli.show import minute, printable, say
from syncd.core.promise import TOUCHES
from syncd.core.text import plural, rough

_WHAT = {"first_touch": "first touch", "touches": "promised touches", "status": "change of status"}


def tell_promise(told: dict[str, Any]) -> None:
    """The promise in a sentence, both clocks, the touches, and what is or was missing."""
    say(f"  promise {told['version']}: {told['sentence']}")
    system = told["system"]
    limit = f"promised: {_length(system['limit'])}{_late(system)}"
    say(f"    system clock: {_length(system['seconds'])} from the gate to the owner ({limit})")
    if told["human"]["seconds"] is not None:
        _tell_human(told)
    for breach in told["breaches"]:
        whose = printable(breach["owner"]) or "the systems"
        what = _WHAT[breach["what"]] if breach["clock"] == "human" else "verified owner"
        over = f", over since {minute(breach['cleared'])} UTC" if breach["cleared"] else ""
        say(f"    ! no {what} by {minute(breach['due'])} UTC: {whose} ({breach['clock']} clock{over})")


def _tell_human(told: dict[str, Any]) -> None:
    human = told["human"]
    touched = human["first_touch"]
    until = f"to the first touch, {minute(touched)} UTC" if touched else "so far, and no touch"
    due = f"promised by {minute(human['due'])} UTC{_late(human)}"
    say(f"    human clock: {_length(human['seconds'])} of working time in {told['zone']} {until} ({due})")
    made = ", ".join(_made(kind, **count) for kind, count in told["touches"].items())
    say(f"    touches: {made or 'none'}; the working period ends {minute(told['ends'])} UTC")


def _made(kind: str, made: int, promised: int) -> str:
    """ "1 of 3 calls", "2 meetings"."""
    return f"{made} of {plural(promised, *TOUCHES[kind])}" if promised else plural(made, *TOUCHES[kind])


def _late(clock: dict[str, Any]) -> str:
    return ", late" if clock["late"] else ""


def _length(seconds: float) -> str:
    return rough(timedelta(seconds=seconds))
