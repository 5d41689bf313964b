"""The brief: what the rep should know before the first call, under the six headings of S2.7 to S2.12.

Every line says where it comes from; what is not known says "unknown" and becomes a first question. *Why* is quoted or
"not known — ask first", and *How* is withheld until *why* is known: a brief never makes up a motive.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from html import escape

from syncd.core.brief import opening
from syncd.core.brief.case import HAND_RAISE, Case
from syncd.core.brief.layout import USUAL, layout
from syncd.core.brief.page import Block, html, text
from syncd.core.brief.sections import sections
from syncd.core.brief.since import since
from syncd.core.facts import Dossier
from syncd.core.qualify import Verdict
from syncd.core.route import Route
from syncd.core.rules import Rules
from syncd.core.score import Score
from syncd.core.text import clean, clip, cut, utf16
from syncd.core.types import Value

LONGEST = 32_000
"""UTF-16 units of a brief where no system says less: what a long text of Salesforce holds."""

_LONGEST_TITLE = 200
_TITLES = {HAND_RAISE: ", asked for a conversation", "product": ", uses the product"}


@dataclass(frozen=True, slots=True)
class Brief:
    """`complete`: how much of what a brief asks for is known, in percent. `text` and `html` say the same. `priority`: high for
    the best tier and for whoever raised a hand, else normal."""

    title: str
    text: str
    html: str
    complete: int
    priority: str


def headed(story: Brief) -> str:
    """The HTML with its title, for a place that has no field of its own for titles."""
    return f"<p><strong>{escape(story.title, quote=False)}</strong></p>{story.html}"


def brief(
    dossier: Dossier,
    profile: Mapping[str, Value],
    score: Score,
    verdict: Verdict,
    route: Route,
    rules: Rules,
    now: datetime,
    *,
    portal: str = "",
    limit: int = LONGEST,
    activities: int = 12,
) -> Brief:
    """The brief of one handoff. Title and text together, and the HTML, have at most `limit` UTF-16 units; at most
    `activities` lines list what the lead looked at. `portal` is the id of the marketing account, for links to it."""
    case = Case(dossier, profile, score, verdict, route, rules, now, activities, portal)
    six = sections(case)
    items = [item for section in six for item in section.lines]
    complete = round(100 * sum(item.known for item in items) / len(items))
    title = _title(case)
    parts = {
        "next_step": [opening.next_step(case)],
        "passed": opening.passed(case),
        "missing": opening.missing(case),
        "questions": opening.questions(six),
        "complete": [f"This brief is {complete} % complete."],
    }
    blocks = {name: Block.plain("", lines) for name, lines in parts.items()}
    blocks |= {"since": since(case)} | {section.heading.lower(): section for section in six}
    words = {
        "title": title, "name": case.name, "company": case.said("company"), "owner": opening.owner(case),
        "due": opening.due(case), "score": str(score.combined), "tier": score.tier,
    }  # fmt: skip
    ordered = layout(rules.brief_template or USUAL, blocks, words)
    note = f"\n… cut; all of it: syncd brief {dossier.lineage}"
    body, _ = cut(text(ordered), limit - utf16(title) - 2, note)
    return Brief(title, body, html(ordered, limit), complete, _priority(case))


def _title(case: Case) -> str:
    who = case.name or case.said("email") or "Lead"
    company = case.said("company")
    hot = f"{case.score.tier.capitalize()} lead" if case.score.tier else "Lead"
    how = _TITLES.get(case.verdict.entry, "")
    title = f"{hot}: {who}{f' ({company})' if company else ''}, score {case.score.combined}{how}"
    return clip(" ".join(clean(title).split()), _LONGEST_TITLE)


def _priority(case: Case) -> str:
    best = max(case.rules.gate.tiers, key=lambda tier: tier.minimum, default=None)
    hot = best is not None and case.score.tier == best.name
    return "high" if hot or case.verdict.entry == HAND_RAISE else "normal"
