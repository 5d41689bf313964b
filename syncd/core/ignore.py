"""What does not count: bots, our own staff, competitors, and whatever else the rules name (S0.19)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from syncd.core.conditions import Case
from syncd.core.content import about
from syncd.core.rules import Ignore
from syncd.core.text import plural, span
from syncd.core.types import Activity, Ref


@dataclass(frozen=True, slots=True)
class Ignored:
    """Activities that one rule leaves out; `because` says why, in words."""

    name: str
    because: str
    activities: tuple[Activity, ...]

    def __str__(self) -> str:
        return f"{self.name}: {plural(len(self.activities), 'activity', 'activities')} left out, {self.because}"


def sift(rules: Sequence[Ignore], activities: Sequence[Activity], case: Case) -> tuple[list[Activity], list[Ignored]]:
    """The activities that count, and those that do not by the rule that came first. `case` is the person."""
    left, ignored = list(activities), []
    for rule in rules:
        because = ""
        if rule.who is not None:
            truth = case.judge(rule.who)
            if not truth.value:
                continue
            because = truth.because
        out = _like(rule, left, case)
        if rule.burst is not None:
            out = _bursts(rule, out)
        if out:
            gone = {a.ref for a in out.values()}
            left = [a for a in left if a.ref not in gone]
            ignored.append(Ignored(rule.name, because or _why(rule), tuple(out.values())))
    return left, ignored


def sentence(rule: Ignore) -> str:
    """The rule in plain words."""
    what = _why(rule)
    return f"{what}, when {rule.who}" if rule.who is not None else what


def _like(rule: Ignore, activities: Sequence[Activity], case: Case) -> Mapping[Ref, Activity]:
    kinds, content = rule.what.kinds, case.background.content
    return {a.ref: a for a in activities if (not kinds or a.kind in kinds) and about(rule.what, a, content)}


def _bursts(rule: Ignore, activities: Mapping[Ref, Activity]) -> Mapping[Ref, Activity]:
    """Those of the activities that are one of at least `count` within the rule's time."""
    assert rule.burst is not None
    ordered = sorted(activities.values(), key=lambda a: (a.at, a.ref))
    count = rule.what.count
    starts = [n for n in range(len(ordered) - count + 1) if ordered[n + count - 1].at - ordered[n].at <= rule.burst]
    return {a.ref: a for n in starts for a in ordered[n : n + count]}


def _why(rule: Ignore) -> str:
    """'looked at a page matching "/jobs"', 'clicked in 3 or more e-mails within 2 seconds of one another'."""
    return str(rule.what) if rule.burst is None else f"{rule.what} within {span(rule.burst)} of one another"
