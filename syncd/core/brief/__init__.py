"""The brief: what the rep should know before the first call, under the six headings of S2.7 to S2.12.

Every line says where it comes from; what is not known says "unknown" and becomes a first question. *Why* is quoted or
"not known — ask first", and *How* is withheld until *why* is known: a brief never makes up a motive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.core.brief.page import Block, html, text
from syncd.core.brief.sections import Case, sections
from syncd.core.facts import Dossier
from syncd.core.qualify import Verdict
from syncd.core.route import Route
from syncd.core.rules import Rules
from syncd.core.score import Score
from syncd.core.text import clean, clip, cut, minute, plural, utf16
from syncd.core.types import Value
from syncd.core.zones import zone

QUESTIONS = 6
"""How many first questions a brief asks: more would not be read."""

_LONGEST_TITLE = 200
_HAND_RAISE = "hand_raise"


@dataclass(frozen=True, slots=True)
class Brief:
    """`complete`: how much of what a brief asks for is known, in percent. `text` and `html` say the same."""

    title: str
    text: str
    html: str
    complete: int


def brief(
    dossier: Dossier,
    profile: Mapping[str, Value],
    score: Score,
    verdict: Verdict,
    route: Route,
    rules: Rules,
    now: datetime,
    *,
    limit: int = 32_000,
    activities: int = 12,
) -> Brief:
    """The brief of one handoff. Title and text together, and the HTML, have at most `limit` UTF-16 units; at most
    `activities` lines list what the lead looked at."""
    case = Case(dossier, profile, score, verdict, route, rules, now, activities)
    six = sections(case)
    items = [item for section in six for item in section.lines]
    known = sum(item.known for item in items)
    complete = round(100 * known / len(items))
    title = _title(case)
    questions = _questions(six)
    blocks = (_opening(case, complete, questions), *six)
    note = f"\n… cut; all of it: syncd explain {dossier.lineage}"
    body, _ = cut(text(blocks), limit - utf16(title) - 2, note)
    return Brief(title, body, html(blocks, limit), complete)


def _title(case: Case) -> str:
    who = case.name or case.said("email") or "Lead"
    company = case.said("company")
    hot = f"{case.score.tier.capitalize()} lead" if case.score.tier else "Lead"
    raised = ", asked for a conversation" if case.verdict.entry == _HAND_RAISE else ""
    title = f"{hot}: {who}{f' ({company})' if company else ''}, score {case.score.combined}{raised}"
    return clip(" ".join(clean(title).split()), _LONGEST_TITLE)


def _opening(case: Case, complete: int, questions: list[str]) -> Block:
    """What to do, why it came, what to ask: the part that is read even when nothing else is."""
    lines = [_next_step(case), _came_by(case), *_points(case)]
    lines += _missing(case)
    if (before := _before(case)) is not None:
        lines.append(before)
    if questions:
        lines.append("Ask first: " + " ".join(questions[:QUESTIONS]))
    lines.append(f"This brief is {complete} % complete.")
    return Block.plain("", lines)


def _next_step(case: Case) -> str:
    owner = case.route.owner
    who = owner.name if owner else "nobody yet"
    place = zone(owner.timezone) if owner and owner.timezone else None
    due = case.now + case.rules.task_due
    by = f"{minute(due.astimezone(place))} ({place.key})" if place else f"{minute(due)} (UTC)"
    how = f"; {case.route.why[0]}" if case.route.why else ""
    return f"Next step: {who} calls or writes by {by}. [{case.route.rule}{how}]"


def _came_by(case: Case) -> str:
    score, gate = case.score, case.rules.gate
    parts = f"fit {score.fit}, engagement {score.engagement}"
    if case.verdict.entry == _HAND_RAISE:
        return f"Passed because the lead raised a hand; score {score.combined} of {gate.threshold} ({parts})."
    return f"Passed with score {score.combined}, the line is {gate.threshold} ({parts})."


def _points(case: Case) -> list[str]:
    """The rules that gave or took points, with the newest evidence of each (S1.7)."""
    return [
        f"{line.points:+d} {line.name}: {line.sentence}" + (f", last on {minute(line.at)} UTC" if line.at else "")
        for line in case.score.lines
    ]


def _missing(case: Case) -> list[str]:
    """Name, phone and e-mail are named when they are missing (S1.6)."""
    lacking = {"name": case.name, "phone": case.said("phone") or case.said("mobile"), "e-mail": case.said("email")}
    return [f"No {what} known." for what, value in lacking.items() if not value]


def _before(case: Case) -> str | None:
    """What sales said of this person the last time, and how much happened since."""
    last = case.dossier.last_handoff
    if last is None or last.closed is None:
        return None
    since = sum(a.at > last.closed for a in case.activities)
    reason = f" ({last.reason})" if last.reason else ""
    return (
        f"Handed over before: no. {last.number} to {last.owner}, closed {minute(last.closed)} UTC as "
        f"{last.outcome}{reason}; {plural(since, 'activity', 'activities')} since."
    )


def _questions(six: Sequence[Block]) -> list[str]:
    """What to ask: the why first, the rest as the brief goes on."""
    why_first = sorted(six, key=lambda block: block.heading != "Why")
    return [line.ask for block in why_first for line in block.lines if line.ask and not line.known]
