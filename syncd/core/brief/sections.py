"""The six headings: Who, Where, What, When, Why, How."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cached_property

from syncd.core.brief.page import Block, Line
from syncd.core.conditions import counts
from syncd.core.content import CONTENT, journey_of
from syncd.core.facts import Dossier
from syncd.core.history import LABELS
from syncd.core.history import line as told
from syncd.core.qualify import Verdict
from syncd.core.route import Route
from syncd.core.rules import Rules
from syncd.core.score import Score
from syncd.core.text import ago, day, listing, minute, number, plural, system
from syncd.core.types import Activity, Value
from syncd.core.values import is_blank
from syncd.core.zones import hours_ahead, zone

WHY_UNKNOWN = "not known — ask first"
HOW_WITHHELD = "withheld until the why is known"

_TREND = timedelta(days=14)
_BURST, _BURST_COUNT = timedelta(days=7), 3


@dataclass(frozen=True)
class Case:
    """What a brief is made from; `limit` is how many lines of content it may list."""

    dossier: Dossier
    profile: Mapping[str, Value]
    score: Score
    verdict: Verdict
    route: Route
    rules: Rules
    now: datetime
    limit: int

    def said(self, field: str) -> str:
        """A value of the profile as text, "" when it is unknown."""
        value = self.profile.get(field)
        if is_blank(value):
            return ""
        if isinstance(value, tuple):
            return listing(value)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return number(float(value))
        return str(value).strip()

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.said("first_name"), self.said("last_name"))))

    @cached_property
    def activities(self) -> Sequence[Activity]:
        """What the lead did so far, newest first."""
        return sorted(
            (a for a in self.dossier.activities if counts(a) and a.done and a.at <= self.now),
            key=lambda a: a.at,
            reverse=True,
        )

    @property
    def record(self) -> str:
        """Where the profile comes from."""
        marketing = self.dossier.marketing
        return f"{system(marketing.ref.system)}, as of {day(marketing.modified)}" if marketing else ""


def sections(case: Case) -> tuple[Block, ...]:
    """The six blocks, in order."""
    return _who(case), _where(case), _what(case), _when(case), _why(case), _how(case)


# ---------------------------------------------------------------- who
def _who(case: Case) -> Block:
    lines = [
        Line("Name", case.name, ask="What is your full name?"),
        Line("Title", case.said("title"), ask="What is your role?"),
        Line("E-mail", case.said("email"), ask="Which e-mail address is best?"),
        Line("Phone", " / ".join(filter(None, (case.said("phone"), case.said("mobile")))), ask="Which number is best?"),
        Line("Part in the decision", case.said("role"), ask="Who else decides with you?"),
        *([Line("Persona", case.said("persona") or "none")] if case.rules.personas else []),
        Line("Team-mates we know", listing(case.dossier.colleagues)),
        Line("Company", case.said("company"), ask="Which company are you with?"),
        Line("Industry", case.said("industry"), ask="What does your company do?"),
        Line("Employees", case.said("employees"), ask="How large is your company?"),
        Line("Revenue", case.said("revenue")),
        Line("Website", case.said("website")),
        Line("Market position, news, products, leadership", case.said("company_notes")),
    ]
    return Block("Who", tuple(lines), case.record)


# ---------------------------------------------------------------- where
def _where(case: Case) -> Block:
    place = ", ".join(filter(None, (case.said("city"), case.said("state"), case.said("country"))))
    there = zone(case.said("timezone"))
    lines = [
        Line("Location", place, ask="Where are you based?"),
        Line("Local time", f"{minute(case.now.astimezone(there))} ({there.key})" if there else ""),
        Line("Hours apart", _hours_apart(case)),
        Line("Other offices", case.said("offices")),
        Line("On the way to buying", f"{case.dossier.stage.replace('_', ' ')}: {_stage_reason(case)}"),
    ]
    return Block("Where", tuple(lines))


def _hours_apart(case: Case) -> str:
    owner = case.route.owner
    there, here = zone(case.said("timezone")), zone(owner.timezone) if owner else None
    if there is None or here is None or owner is None:
        return ""
    hours = hours_ahead(there, here, case.now)
    if hours == 0:
        return f"none: the same time as {owner.name}"
    return f"{number(abs(hours))} {'hour' if abs(hours) == 1 else 'hours'} {'ahead of' if hours > 0 else 'behind'} {owner.name}"


def _stage_reason(case: Case) -> str:
    if case.verdict.entry == "hand_raise":
        return case.verdict.matched[-1] if case.verdict.matched else "raised a hand"
    return f"score {case.score.combined} reached {case.rules.gate.threshold}"


# ---------------------------------------------------------------- what
def _what(case: Case) -> Block:
    """Content seen, late stages first: what is nearest to buying must survive a short list."""
    seen: dict[str, list[Activity]] = {}
    for activity in case.activities:
        if activity.kind in CONTENT:
            seen.setdefault(told(activity), []).append(activity)
    late = {text: found for text, found in seen.items() if journey_of(found[0], case.rules) == "late"}
    early = {text: found for text, found in seen.items() if text not in late}
    lines = [
        *_content("Late stage", late, case.limit),
        *_content("Early stage", early, case.limit - min(len(late), case.limit)),
        *_talks(case),
        Line("Shared inside the company", case.said("shared"), ask="Who else has seen this?"),
    ]
    return Block("What", tuple(lines))


def _content(label: str, seen: Mapping[str, Sequence[Activity]], limit: int) -> list[Line]:
    if not seen:
        return [Line(label, unknown="nothing seen")]
    lines = [
        Line(label, text, f"{plural(len(found), 'time')}, last on {minute(found[0].at)} UTC")
        for text, found in list(seen.items())[:limit]
    ]
    left = len(seen) - len(lines)
    return lines + ([Line(label, f"and {left} more")] if left else [])


def _talks(case: Case) -> list[Line]:
    """The last talk, so that the rep starts where the last one left off (S4.15)."""
    talk = next((a for a in case.activities if a.kind not in CONTENT), None)
    if talk is None:
        return []
    return [Line("Last talk", told(talk), f"{minute(talk.at)} UTC")]


# ---------------------------------------------------------------- when
def _when(case: Case) -> Block:
    if not case.activities:
        return Block("When", (Line("First seen"), Line("Last seen"), Line("How often"), _urgency(case)))
    newest, oldest = case.activities[0], case.activities[-1]
    period = (newest.at.date() - oldest.at.date()).days + 1
    count = len(case.activities)
    often = f"{plural(count, 'activity', 'activities')} in {plural(period, 'day')}; {_trend(case)}"
    lines = (Line("First seen", *_moment(oldest, case.now)), Line("Last seen", *_moment(newest, case.now)))
    return Block("When", (*lines, Line("How often", often), _urgency(case)))


def _moment(activity: Activity, now: datetime) -> tuple[str, str]:
    return f"{day(activity.at)}, {ago(activity.at, now)}", LABELS.get(activity.kind, activity.kind)


def _trend(case: Case) -> str:
    recent = sum(a.at > case.now - _TREND for a in case.activities)
    earlier = sum(case.now - 2 * _TREND < a.at <= case.now - _TREND for a in case.activities)
    word = "rising" if recent > earlier else "falling" if recent < earlier else "steady"
    return f"{word}, {recent} in the last 14 days after {earlier} in the 14 before"


def _urgency(case: Case) -> Line:
    burst = sum(a.at > case.now - _BURST for a in case.activities)
    if case.verdict.entry == "hand_raise":
        return Line("Urgency", "high", "asked for a conversation")
    if burst >= _BURST_COUNT:
        return Line("Urgency", "raised", f"{plural(burst, 'activity', 'activities')} in the last 7 days")
    return Line("Urgency", "normal", "no conversation asked for, fewer than 3 activities in the last 7 days")


# ---------------------------------------------------------------- why and how
def _why(case: Case) -> Block:
    ask = "What made you look for a solution now?"
    said = case.said("challenge")
    if not said:
        return Block("Why", (Line("", ask=ask, unknown=WHY_UNKNOWN),))
    return Block("Why", (Line("", f"“{said}”", _said_where(case, said)),))


def _said_where(case: Case, said: str) -> str:
    """The form in which the lead wrote it, if it can be found, else the contact's field."""
    form = next((a for a in case.activities if a.kind == "form" and said in a.body), None)
    return f"{told(form)}, {minute(form.at)} UTC" if form else f"challenge, {case.record}"


def _how(case: Case) -> Block:
    if not case.said("challenge"):
        return Block("How", (Line("", unknown=HOW_WITHHELD),))
    offered = case.said("how_we_help")
    looked = [f"“{a.title or a.url}”" for a in case.activities if journey_of(a, case.rules) == "late"]
    seen = f"; they looked at {listing(list(dict.fromkeys(looked))[:3])}" if looked else ""
    return Block("How", (Line("", offered or f"Start from their own words above{seen}."),))
