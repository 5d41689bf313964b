"""The six headings: Who, Where, What, When, Why, How."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from syncd.core.brief.campaigns import campaigns
from syncd.core.brief.case import HAND_RAISE, Case
from syncd.core.brief.page import Block, Line
from syncd.core.content import CONTENT, group_of, groups, journey_of
from syncd.core.facts import Colleague
from syncd.core.history import LABELS
from syncd.core.history import line as told
from syncd.core.qualify import SHORT_CUTS
from syncd.core.text import ago, day, listing, minute, number, plural
from syncd.core.types import Activity
from syncd.core.zones import hours_ahead, zone

WHY_UNKNOWN = "not known — ask first"
HOW_WITHHELD = "withheld until the why is known"

_TREND = timedelta(days=14)
_SHARED = 3
_PLACE = ("city", "state", "country")
_BURST, _BURST_COUNT = timedelta(days=7), 3


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
        *([Line("Persona", case.said("persona") or "none", "by the rules")] if case.rules.personas else []),
        Line("Team-mates we know", listing([str(c) for c in case.dossier.colleagues]), ask="Who works on this with you?"),
        Line("Company", case.said("company"), ask="Which company are you with?"),
        Line("Industry", case.said("industry"), ask="What does your company do?"),
        Line("Employees", case.said("employees"), ask="How large is your company?"),
        Line("Revenue", case.said("revenue"), ask="How large is your company?"),
        Line("Website", case.said("website"), ask="What does your company do?"),
        Line(
            "Market position, news, products, leadership", case.said("company_notes"),
            ask="What is new at your company: market, products, leadership?",
        ),
    ]  # fmt: skip
    return Block("Who", tuple(lines), ", ".join(filter(None, (case.record, case.link))))


# ---------------------------------------------------------------- where
def _where(case: Case) -> Block:
    place = ", ".join(filter(None, (case.said("city"), case.said("state"), case.said("country"))))
    there = zone(case.said("timezone"))
    moves = [str(change) for change in case.changed if change.field in _PLACE]
    lines = [
        Line("Location", place, ask="Where are you based?"),
        *([Line("New location", moves[-1])] if moves else []),
        Line(
            "Local time", f"{minute(case.now.astimezone(there))} ({there.key})" if there else "",
            ask="Which time zone are you in?",
        ),
        Line("Hours apart", _hours_apart(case), ask="When is a good time to call?"),
        Line("Other offices", case.said("offices"), ask="Where else do you have offices?"),
        Line("On the way to buying", f"{case.dossier.stage.replace('_', ' ')}: {_stage_reason(case)}"),
    ]  # fmt: skip
    return Block("Where", tuple(lines), case.record)


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
    if said := SHORT_CUTS.get(case.verdict.entry):
        return next((sentence for sentence in case.verdict.matched if sentence.startswith(f"{said}: ")), said)
    return f"score {case.score.combined} {'reached' if case.verdict.ready else 'of'} {case.rules.gate.threshold}"


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
        *_content("Late stage", late, case.limit, case),
        *_content("Early stage", early, case.limit - min(len(late), case.limit), case),
        *_product(case),
        *_talks(case),
        *(_colleague(c) for c in case.dossier.colleagues if c.activities),
        _shared(case),
        *campaigns(case),
    ]
    return Block("What", tuple(lines), case.record)


def _content(label: str, seen: Mapping[str, Sequence[Activity]], limit: int, case: Case) -> list[Line]:
    if not seen:
        return [Line(label, ask="What of ours have you seen so far?", unknown="nothing seen")]
    lines = [
        Line(label, text, f"{plural(len(found), 'time')}, last on {minute(found[0].at)} UTC{_tells(found[0], case)}")
        for text, found in list(seen.items())[:limit]
    ]
    left = len(seen) - len(lines)
    return lines + ([Line(label, f"and {left} more")] if left else [])


def _tells(activity: Activity, case: Case) -> str:
    """What looking at this says of an intention to buy, by the content group it belongs to."""
    group = group_of(activity, groups(case.rules))
    return f"; {group.name}: {group.intent} intent" if group else ""


def _colleague(who: Colleague) -> Line:
    last = f"last on {minute(who.last)} UTC" if who.last else ""
    looked = f": {listing([f'“{title}”' for title in who.looked])}" if who.looked else ""
    return Line("Colleague", f"{who.name}, {plural(who.activities, 'activity', 'activities')}{looked}", last)


def _shared(case: Case) -> Line:
    """What somebody said of it, else what a colleague looked at, too: that is seen, not guessed."""
    if said := case.said("shared"):
        return Line("Shared inside the company", said)
    own = {a.title for a in case.activities if a.title and a.kind in CONTENT}
    both = [
        f"“{title}” was looked at by {who.name}, too"
        for who in case.dossier.colleagues
        for title in who.looked
        if title in own
    ]
    source = "activities of both" if both else ""
    return Line("Shared inside the company", listing(both[:_SHARED]), source, ask="Who else has seen this?")


def _product(case: Case) -> list[Line]:
    """What they did in the product, what was done last first (S0.25)."""
    done: dict[str, list[Activity]] = {}
    for activity in case.activities:
        if activity.kind == "product":
            done.setdefault(told(activity), []).append(activity)
    return _content("In the product", done, case.limit, case) if done else []


def _talks(case: Case) -> list[Line]:
    """The last talk, so that the rep starts where the last one left off (S4.15)."""
    talk = next((a for a in case.activities if a.kind not in CONTENT and a.kind != "product"), None)
    if talk is None:
        return []
    return [Line("Last talk", told(talk), f"{minute(talk.at)} UTC")]


# ---------------------------------------------------------------- when
def _when(case: Case) -> Block:
    if not case.activities:
        never = [Line(label, ask="How did you hear of us?") for label in ("First seen", "Last seen", "How often")]
        return Block("When", (*never, _urgency(case)))
    newest, oldest = case.activities[0], case.activities[-1]
    period = (newest.at.date() - oldest.at.date()).days + 1
    count = len(case.activities)
    often = f"{plural(count, 'activity', 'activities')} in {plural(period, 'day')}; {_trend(case)}"
    lines = (Line("First seen", *_moment(oldest, case.now)), Line("Last seen", *_moment(newest, case.now)))
    return Block("When", (*lines, Line("How often", often), _urgency(case)), "from their activities")


def _moment(activity: Activity, now: datetime) -> tuple[str, str]:
    return f"{day(activity.at)}, {ago(activity.at, now)}", LABELS.get(activity.kind, activity.kind)


def _trend(case: Case) -> str:
    recent = sum(a.at > case.now - _TREND for a in case.activities)
    earlier = sum(case.now - 2 * _TREND < a.at <= case.now - _TREND for a in case.activities)
    word = "rising" if recent > earlier else "falling" if recent < earlier else "steady"
    return f"{word}, {recent} in the last 14 days after {earlier} in the 14 before"


def _urgency(case: Case) -> Line:
    burst = sum(a.at > case.now - _BURST for a in case.activities)
    if case.verdict.entry == HAND_RAISE:
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
    return Block(
        "How", (Line("", offered or f"Start from their own words above{seen}.", case.record if offered else ""),)
    )
