"""The part that is read even when nothing else is: what to do, why it came, what to ask."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.brief.case import HAND_RAISE, Case
from syncd.core.brief.page import Block
from syncd.core.sla import task_due
from syncd.core.text import minute
from syncd.core.zones import zone

_CAME_BY = {HAND_RAISE: "the lead raised a hand", "product": "the lead got value in the product (PQL)"}

QUESTIONS = 6
"""How many first questions a brief asks: more would not be read."""


def owner(case: Case) -> str:
    return case.route.owner.name if case.route.owner else "nobody yet"


def due(case: Case) -> str:
    """By when, in the zone of whoever gets the lead."""
    receiver = case.route.owner
    place = zone(receiver.timezone) if receiver and receiver.timezone else None
    moment = task_due(case.rules, receiver, case.score.tier, case.now)
    return f"{minute(moment.astimezone(place))} ({place.key})" if place else f"{minute(moment)} (UTC)"


def next_step(case: Case) -> str:
    """Who, by when (S4.16), and why this one."""
    how = f"; {case.route.why[0]}" if case.route.why else ""
    return f"Next step: {owner(case)} calls or writes by {due(case)}. [{case.route.rule}{how}]"


def passed(case: Case) -> list[str]:
    """The score and the line, and the rules that gave or took points, with the newest evidence of each (S1.7)."""
    return [_came_by(case), *_points(case)]


def _came_by(case: Case) -> str:
    score, gate = case.score, case.rules.gate
    parts = f"fit {score.fit}, engagement {score.engagement}"
    if because := _CAME_BY.get(case.verdict.entry):
        return f"Passed because {because}; score {score.combined} of {gate.threshold} ({parts})."
    passed = "Passed with score" if case.verdict.ready else "The score is"
    return f"{passed} {score.combined}, the line is {gate.threshold} ({parts})."


def _points(case: Case) -> list[str]:
    return [
        f"{line.points:+d} {line.name}: {line.sentence}" + (f", last on {minute(line.at)} UTC" if line.at else "")
        for line in case.score.lines
    ]


def missing(case: Case) -> list[str]:
    """Name, phone and e-mail are named when they are missing (S1.6)."""
    lacking = {"name": case.name, "phone": case.said("phone") or case.said("mobile"), "e-mail": case.said("email")}
    return [f"No {what} known." for what, value in lacking.items() if not value]


def questions(six: Sequence[Block]) -> list[str]:
    """What to ask: the why first, the rest as the brief goes on."""
    why_first = sorted(six, key=lambda block: block.heading != "Why")
    asked = dict.fromkeys(line.ask for block in why_first for line in block.lines if line.ask and not line.known)
    return ["Ask first: " + " ".join(list(asked)[:QUESTIONS])] if asked else []
