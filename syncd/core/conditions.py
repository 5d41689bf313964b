"""Does a condition hold for a person? Yes, no, or unknown (Kleene's three values), and because of what.

    present, absent   never unknown
    changed_within    never unknown: a change that was not seen did not happen
    other operators   unknown when the field has no value, or when numbers are compared and one is none
    Did               never unknown: what was not seen did not happen
    All               no if one is no, else unknown if one is unknown, else yes
    AnyOf             yes if one is yes, else unknown if one is unknown, else no
    Not               turned round; unknown stays unknown

An activity counts from its moment on (a meeting of next week is none yet) until `within` has passed; so does a change.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from syncd.core.content import CONTENT, USUAL, about, occurs
from syncd.core.rules import All, AnyOf, Condition, Content, Did, FieldIs, Not
from syncd.core.sentences import because, sentence
from syncd.core.types import Activity, Value
from syncd.core.values import is_blank, items_of, key_of, number_of, text_of

__all__ = ["NOTHING_MORE", "OUR_MOVES", "Background", "Case", "Truth", "counts", "evaluate", "is_outreach", "sentence"]

OUR_MOVES = frozenset({"task", "email", "message"})
"""Kinds that say nothing about the lead when our own side made them; calls and meetings take two."""

_OUTREACH = frozenset({"call", "email", "meeting", "message"})


class Background(NamedTuple):
    """What conditions may ask for besides what a person is and did.

    content    the content groups in force
    changed    canonical field → when its value last changed; what never did is not in it
    outreach   activities among which are those of our own side (`by = "us"`)
    waiting    the person was found ready the last time, and still waits for a handoff
    """

    content: Sequence[Content] = USUAL
    changed: Mapping[str, datetime] = {}
    outreach: Sequence[Activity] = ()
    waiting: bool = False


NOTHING_MORE = Background()


class Truth(NamedTuple):
    """The answer to `of`. (A named tuple, because a first sync makes millions of them.)

    value     True, False, None (unknown)
    evidence  the activities that made it true, newest first
    seen      the value a field had; for changed_within when it changed
    parts     the answers inside All, AnyOf and Not that decided
    """

    value: bool | None
    of: Condition
    evidence: tuple[Activity, ...] = ()
    seen: Value = None
    parts: tuple[Truth, ...] = ()

    @property
    def because(self) -> str:
        """What was found, as a sentence: 'title is "Head of IT"', 'employees is unknown'."""
        return because(self)


def evaluate(
    condition: Condition,
    profile: Mapping[str, Value],
    activities: Sequence[Activity],
    now: datetime,
    background: Background = NOTHING_MORE,
) -> Truth:
    """Whether `condition` holds for a person with these canonical values and activities."""
    return Case(profile, activities, now, background).judge(condition)


# ---------------------------------------------------------------- evaluation
class Case:
    """One person at one moment. Made once and asked many conditions; `horizon` is when an answer may turn by itself."""

    __slots__ = ("_by_kind", "_newest_first", "background", "horizon", "now", "profile")

    def __init__(
        self,
        profile: Mapping[str, Value],
        activities: Sequence[Activity],
        now: datetime,
        background: Background = NOTHING_MORE,
        horizon: datetime | None = None,
    ) -> None:
        self.profile, self.now, self.background = profile, now, background
        self.horizon = horizon
        self._newest_first = _newest_first([a for a in activities if counts(a)])
        self._by_kind: dict[str, list[Activity]] = {}
        for activity in self._newest_first:
            self._by_kind.setdefault(activity.kind, []).append(activity)

    def judge(self, condition: Condition, need: int = 1) -> Truth:
        """`need` is how many matching activities matter: when fewer remain, the answer is another one. 0 leaves it to
        the caller to see when the found ones grow too old."""
        match condition:
            case FieldIs():
                return self._field(condition)
            case Did():
                return self._did(condition, need)
            case All():
                return self._joined(condition, condition.of, False, need)
            case AnyOf():
                return self._joined(condition, condition.of, True, need)
            case Not():
                inner = self.judge(condition.of, need)
                value = None if inner.value is None else not inner.value
                return Truth(value, condition, inner.evidence, parts=(inner,))

    def turns(self, at: datetime | None) -> None:
        """An answer may turn at this moment."""
        if at is not None and (self.horizon is None or at < self.horizon):
            self.horizon = at

    def _field(self, condition: FieldIs) -> Truth:
        seen = self.profile.get(condition.field)
        match condition.op:
            case "present":
                return Truth(not is_blank(seen), condition, (), seen)
            case "absent":
                return Truth(is_blank(seen), condition, (), seen)
            case "changed_within":
                return self._changed(condition)
        if seen is None or is_blank(seen):
            return Truth(None, condition)
        answer = _of_text if isinstance(seen, str) else _answer  # numbers may be the same and read otherwise: 1 and 1.0
        return Truth(answer(condition.op, condition.value, seen), condition, (), seen)

    def _changed(self, condition: FieldIs) -> Truth:
        at, within = self.background.changed.get(condition.field), condition.value
        assert isinstance(within, timedelta)
        if at is None or at <= self.now - within:
            return Truth(False, condition, seen=at)
        self.turns(at + within)
        return Truth(True, condition, seen=at)

    def _candidates(self, condition: Did) -> Sequence[Activity]:
        kinds = condition.kinds
        if condition.by == "us":
            return _newest_first([a for a in self.background.outreach if a.kind in kinds and is_outreach(a)])
        if len(kinds) == 1:
            return self._by_kind.get(kinds[0], ())
        return [a for a in self._newest_first if a.kind in (kinds or CONTENT)]

    def _did(self, condition: Did, need: int) -> Truth:
        within, now = condition.within, self.now
        plain = not (condition.matches or condition.content or condition.journey or condition.intent)
        candidates = self._candidates(condition)
        oldest = now - within if within is not None else None
        found = []
        for activity in candidates:
            at = activity.at
            if oldest is not None and at <= oldest:
                break
            if not (plain or about(condition, activity, self.background.content)):
                continue
            if at > now:
                self.turns(at)
            else:
                found.append(activity)
        if len(found) < condition.count:
            return Truth(False, condition)
        if within is not None and need:
            last_needed = max(need, condition.count)
            self.turns(found[min(last_needed, len(found)) - 1].at + within)
        return Truth(True, condition, tuple(found))

    def _joined(self, condition: All | AnyOf, of: tuple[Condition, ...], decisive: bool, need: int) -> Truth:
        """`decisive` is the answer of one that settles it: False for All, True for AnyOf. Where more than one activity
        matters, the evidence is that of all that are true."""
        answers = []
        for inner in of:
            answer = self.judge(inner, need)
            if answer.value is decisive and (need <= 1 or not decisive):
                return Truth(decisive, condition, answer.evidence, parts=(answer,))
            answers.append(answer)
        settled = tuple(a for a in answers if a.value is decisive)
        if settled:
            return Truth(decisive, condition, _together(settled), parts=settled)
        unknown = tuple(a for a in answers if a.value is None)
        if unknown:
            return Truth(None, condition, parts=unknown)
        return Truth(not decisive, condition, _together(answers), parts=tuple(answers))


_MOMENT = attrgetter("at", "ref")


def _newest_first(activities: list[Activity]) -> list[Activity]:
    if len(activities) > 1:
        activities.sort(key=_MOMENT, reverse=True)
    return activities


def _together(answers: Sequence[Truth]) -> tuple[Activity, ...]:
    """The evidence of several answers, each activity once, newest first."""
    if len(answers) == 1:
        return answers[0].evidence
    return tuple(_newest_first(list({a.ref: a for answer in answers for a in answer.evidence}.values())))


def counts(activity: Activity) -> bool:
    """Whether an activity is something the lead did: it took place (a meeting nobody came to did not), syncd did not write
    it, and it is not our own side's move (S0.19)."""
    return activity.done and not activity.key and not (activity.outbound and activity.kind in OUR_MOVES)


def is_outreach(activity: Activity) -> bool:
    """Whether our own side reached out to the lead: what syncd wrote is no such thing (S3.6)."""
    return activity.outbound and activity.done and not activity.key and activity.kind in _OUTREACH


# ---------------------------------------------------------------- operators
def _is_in(seen: Value, wanted: object) -> bool:
    keys = _keys(wanted)
    if isinstance(seen, str):
        return key_of(seen) in keys
    return any(key_of(item) in keys for item in items_of(seen))


def _is_not_in(seen: Value, wanted: object) -> bool:
    return not _is_in(seen, wanted)


def _matches(seen: Value, wanted: object) -> bool:
    pattern = str(wanted)
    if isinstance(seen, str):
        return occurs(pattern, seen)
    return any(occurs(pattern, text_of(item)) for item in items_of(seen))


def _at_least(seen: Value, wanted: object) -> bool | None:
    left, right = number_of(seen), number_of(wanted)
    return None if left is None or right is None else left >= right


def _at_most(seen: Value, wanted: object) -> bool | None:
    left, right = number_of(seen), number_of(wanted)
    return None if left is None or right is None else left <= right


def _contains_any(seen: Value, wanted: object) -> bool:
    words = [text_of(word).casefold() for word in items_of(wanted)]
    return any(word in text_of(item).casefold() for item in items_of(seen) for word in words)


def _starts_with(seen: Value, wanted: object) -> bool:
    starts = tuple(text_of(start).strip().casefold() for start in items_of(wanted))
    return any(text_of(item).strip().casefold().startswith(starts) for item in items_of(seen))


_OPERATORS: Mapping[str, Callable[[Value, object], bool | None]] = {
    "in": _is_in,
    "not_in": _is_not_in,
    "matches": _matches,
    "min": _at_least,
    "max": _at_most,
    "contains_any": _contains_any,
    "starts_with": _starts_with,
}


def _answer(operator: str, wanted: object, seen: Value) -> bool | None:
    return _OPERATORS[operator](seen, wanted)


@functools.lru_cache(maxsize=2_048, typed=True)
def _of_text(operator: str, wanted: object, seen: str) -> bool | None:
    """Cached because many people share a title, an industry, a country."""
    return _answer(operator, wanted, seen)


@functools.lru_cache(maxsize=1024)
def _keys(wanted: object) -> frozenset[object]:
    return frozenset(key_of(item) for item in items_of(wanted))
