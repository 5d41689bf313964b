"""Does a condition hold for a person? Yes, no, or unknown (Kleene's three values), and because of what.

    present, absent   never unknown
    other operators   unknown when the field has no value, or when numbers are compared and one is none
    Did               never unknown: what was not seen did not happen
    All               no if one is no, else unknown if one is unknown, else yes
    AnyOf             yes if one is yes, else unknown if one is unknown, else no
    Not               turned round; unknown stays unknown

An activity counts from its moment on (a meeting of next week is none yet) until `within` has passed.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import NamedTuple

from syncd.core.rules import All, AnyOf, Condition, Did, FieldIs, Not
from syncd.core.text import clean, cut, listing, number, plural, span
from syncd.core.types import Activity, Value

OUR_MOVES = frozenset({"task", "email", "message"})
"""Kinds that say nothing about the lead when our own side made them; calls and meetings take two."""


class Truth(NamedTuple):
    """The answer to `of`. (A named tuple, because a first sync makes millions of them.)

    value     True, False, None (unknown)
    evidence  the activities that made it true, newest first
    seen      the value a field had
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
        return _because(self)


def evaluate(
    condition: Condition, profile: Mapping[str, Value], activities: Sequence[Activity], now: datetime
) -> Truth:
    """Whether `condition` holds for a person with these canonical values and activities."""
    return Case(profile, activities, now).judge(condition)


# ---------------------------------------------------------------- evaluation
class Case:
    """One person at one moment. Made once and asked many conditions; `horizon` is when an answer may turn by itself."""

    __slots__ = ("_by_kind", "_newest_first", "horizon", "now", "profile")

    def __init__(self, profile: Mapping[str, Value], activities: Sequence[Activity], now: datetime) -> None:
        self.profile, self.now = profile, now
        self.horizon: datetime | None = None
        self._newest_first = [a for a in activities if counts(a)]
        if len(self._newest_first) > 1:
            self._newest_first.sort(key=_AT, reverse=True)
        self._by_kind: dict[str, list[Activity]] = {}
        for activity in self._newest_first:
            self._by_kind.setdefault(activity.kind, []).append(activity)

    def judge(self, condition: Condition, need: int = 1) -> Truth:
        """`need` is how many matching activities matter: when fewer remain, the answer is another one."""
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

    def _field(self, condition: FieldIs) -> Truth:
        seen = self.profile.get(condition.field)
        operator = condition.op
        if operator == "present":
            return Truth(not is_blank(seen), condition, seen=seen)
        if operator == "absent":
            return Truth(is_blank(seen), condition, seen=seen)
        if is_blank(seen):
            return Truth(None, condition)
        return Truth(_OPERATORS[operator](seen, condition.value), condition, seen=seen)

    def _did(self, condition: Did, need: int) -> Truth:
        kinds, within, now = condition.kinds, condition.within, self.now
        if len(kinds) == 1:
            candidates = self._by_kind.get(kinds[0], ())
        else:
            candidates = [a for a in self._newest_first if a.kind in kinds]
        oldest = now - within if within is not None else None
        found = []
        for activity in candidates:
            at = activity.at
            if oldest is not None and at <= oldest:
                break
            if condition.matches and not _mentions(condition.matches, activity):
                continue
            if at > now:
                self._turns(at)
            else:
                found.append(activity)
        if len(found) < condition.count:
            return Truth(False, condition)
        if within is not None:
            last_needed = max(need, condition.count)
            self._turns(found[min(last_needed, len(found)) - 1].at + within)
        return Truth(True, condition, tuple(found))

    def _joined(self, condition: All | AnyOf, of: tuple[Condition, ...], decisive: bool, need: int) -> Truth:
        """`decisive` is the answer of one that settles it: False for All, True for AnyOf."""
        answers = []
        for inner in of:
            answer = self.judge(inner, need)
            if answer.value is decisive:
                return Truth(decisive, condition, answer.evidence, parts=(answer,))
            answers.append(answer)
        unknown = tuple(a for a in answers if a.value is None)
        if unknown:
            return Truth(None, condition, parts=unknown)
        evidence = tuple(a for answer in answers for a in answer.evidence)
        return Truth(not decisive, condition, evidence, parts=tuple(answers))

    def _turns(self, at: datetime) -> None:
        if self.horizon is None or at < self.horizon:
            self.horizon = at


_AT = attrgetter("at")


def counts(activity: Activity) -> bool:
    """Whether an activity is something the lead did: not written by syncd, not our own side's move (S0.19)."""
    return not activity.key and not (activity.outbound and activity.kind in OUR_MOVES)


def _mentions(pattern: str, activity: Activity) -> bool:
    return _occurs(pattern, activity.title) or _occurs(pattern, activity.url)


def is_blank(value: Value) -> bool:
    """No value at all. Zero and False are values."""
    return value is None or value == "" or value == ()


# ---------------------------------------------------------------- operators
def _is_in(seen: Value, wanted: object) -> bool:
    keys = _keys(wanted)
    if isinstance(seen, str):
        return _key(seen) in keys
    return any(_key(item) in keys for item in _items(seen))


def _is_not_in(seen: Value, wanted: object) -> bool:
    return not _is_in(seen, wanted)


def _matches(seen: Value, wanted: object) -> bool:
    pattern = str(wanted)
    if isinstance(seen, str):
        return _occurs(pattern, seen)
    return any(_occurs(pattern, _text(item)) for item in _items(seen))


def _at_least(seen: Value, wanted: object) -> bool | None:
    left, right = _number(seen), _number(wanted)
    return None if left is None or right is None else left >= right


def _at_most(seen: Value, wanted: object) -> bool | None:
    left, right = _number(seen), _number(wanted)
    return None if left is None or right is None else left <= right


def _contains_any(seen: Value, wanted: object) -> bool:
    words = [_text(word).casefold() for word in _items(wanted)]
    return any(word in _text(item).casefold() for item in _items(seen) for word in words)


_OPERATORS: Mapping[str, Callable[[Value, object], bool | None]] = {
    "in": _is_in,
    "not_in": _is_not_in,
    "matches": _matches,
    "min": _at_least,
    "max": _at_most,
    "contains_any": _contains_any,
}

_NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?", re.ASCII)
"""What counts as a number: "01234" is a postal code."""


def _items(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else str(value)


def _number(value: object) -> Decimal | None:
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return Decimal(value)
    return _written_number(_text(value))


@functools.lru_cache(maxsize=4096)
def _written_number(text: str) -> Decimal | None:
    text = text.strip()
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def _key(value: object) -> object:
    """What makes two values the same: the number they write, else the text without case."""
    if isinstance(value, str) and not value[:1].isdecimal() and value[:1] != "-":
        return value.strip().casefold()
    as_number = _number(value)
    return as_number if as_number is not None else _text(value).strip().casefold()


@functools.lru_cache(maxsize=1024)
def _keys(wanted: object) -> frozenset[object]:
    return frozenset(_key(item) for item in _items(wanted))


@functools.lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


@functools.lru_cache(maxsize=32_768)
def _occurs(pattern: str, text: str) -> bool:
    """Cached because many people share a title, and many visitors a page."""
    return _pattern(pattern).search(text) is not None


# ---------------------------------------------------------------- sentences
_DID: Mapping[str, tuple[str, str, str]] = {
    "form": ("filled a form", "filled", "forms"),
    "page_view": ("looked at a page", "looked at", "pages"),
    "email_open": ("opened an e-mail", "opened", "e-mails"),
    "email_click": ("clicked in an e-mail", "clicked in", "e-mails"),
    "email": ("wrote an e-mail", "wrote", "e-mails"),
    "call": ("had a call", "had", "calls"),
    "meeting": ("had a meeting", "had", "meetings"),
    "note": ("got a note", "got", "notes"),
    "task": ("did a task", "did", "tasks"),
    "message": ("sent a message", "sent", "messages"),
}

_FLAGS = re.compile(r"^\(\?[aiLmsux]+\)")
_LONGEST_PATTERN = 40
"""Longer patterns are not shown: they fill a page, and the rule has a name that says more."""

_LONGEST_TITLE = 60
_MOST_VALUES = 4

_IS: Mapping[str, str] = {
    "in": "is",
    "not_in": "is not",
    "matches": "matches",
    "min": "is at least",
    "max": "is at most",
    "contains_any": "contains",
    "present": "is known",
    "absent": "is unknown",
}


def sentence(condition: Condition) -> str:
    """The condition in plain words: 'title matches "head|vp"', 'filled a form matching "demo" within 30 days'."""
    match condition:
        case FieldIs():
            return " ".join(filter(None, (_field_name(condition.field), _IS[condition.op], _wanted(condition))))
        case Did():
            return _did_sentence(condition)
        case All():
            return _join([_inner(c) for c in condition.of], "and")
        case AnyOf():
            return _join([_inner(c) for c in condition.of], "or")
        case Not():
            return f"not ({sentence(condition.of)})"


def _field_name(field: str) -> str:
    return field.replace("_", " ")


def _inner(condition: Condition) -> str:
    text = sentence(condition)
    joined = isinstance(condition, All | AnyOf) or (isinstance(condition, Did) and len(condition.kinds) > 1)
    return f"({text})" if joined else text


def _join(sentences: list[str], word: str) -> str:
    return f" {word} ".join(sentences)


def _wanted(condition: FieldIs) -> str:
    match condition.op:
        case "present" | "absent":
            return ""
        case "matches":
            return _pattern_shown(str(condition.value)) or "the rule’s pattern"
        case "min" | "max":
            as_number = _number(condition.value)
            return _text(condition.value) if as_number is None else number(float(as_number))
        case _:
            values = [_text(item) for item in _items(condition.value)]
            if len(values) > _MOST_VALUES + 1:
                values = [*values[:_MOST_VALUES], f"{len(values) - _MOST_VALUES} more"]
            return listing(values, "or")


def _pattern_shown(pattern: str) -> str:
    """A short pattern in quotes, without its flags (case never matters here); "" for a long one."""
    shown = " ".join(_FLAGS.sub("", pattern).split())
    return f'"{shown}"' if len(shown) <= _LONGEST_PATTERN else ""


def _did_sentence(condition: Did, *, matching: bool = True) -> str:
    if condition.count == 1:
        did = listing([_DID[kind][0] if kind in _DID else f"did: {kind}" for kind in condition.kinds], "or")
    else:
        did = listing([_many(kind, condition.count) for kind in condition.kinds], "or")
    wanted = ""
    if condition.matches and matching:
        wanted = f" matching {_pattern_shown(condition.matches) or 'the rule’s pattern'}"
    within = f" within {span(condition.within)}" if condition.within else ""
    return f"{did}{wanted}{within}"


def _many(kind: str, count: int) -> str:
    _, verb, things = _DID.get(kind, ("", "did", kind))
    return f"{verb} {count} or more {things}"


def _because(truth: Truth) -> str:
    match truth.of:
        case FieldIs(field=field):
            if is_blank(truth.seen):
                return f"{_field_name(field)} is unknown"
            if truth.of.op in ("present", "absent"):
                return f"{_field_name(field)} is known"
            seen = listing([_text(item) for item in _items(truth.seen)])
            return _found(truth.of, seen, truth.value)
        case Did():
            if truth.value:
                return _seen(truth.of, truth.evidence)
            return f"not seen: {sentence(truth.of)}"
        case All() | AnyOf():
            return "; ".join(part.because for part in truth.parts)
        case Not():
            return truth.parts[0].because


def _seen(condition: Did, evidence: Sequence[Activity]) -> str:
    """What was done and how often; where a pattern chose it, the title it was found in says more than the pattern."""
    times = plural(len(evidence), "time")
    title = " ".join(clean(evidence[0].title or evidence[0].url).split()) if condition.matches else ""
    if not title:
        return f"{_did_sentence(condition)} ({times})"
    last = "" if len(evidence) == 1 else "last "
    return f"{_did_sentence(condition, matching=False)} ({times}, {last}“{cut(title, _LONGEST_TITLE, ' …')[0]}”)"


def _found(condition: FieldIs, seen: str, value: bool | None) -> str:
    name = _field_name(condition.field)
    if value is None:
        return f'{name} "{seen}" is not a number'
    if not value:
        return f'{name} "{seen}" {_DENIED[condition.op]} {_wanted(condition)}'
    if condition.op in ("in", "not_in", "matches"):
        return f'{name} is "{seen}"'
    return f'{name} "{seen}" {_IS[condition.op]} {_wanted(condition)}'


_DENIED: Mapping[str, str] = {
    "in": "is not",
    "not_in": "is among",
    "matches": "does not match",
    "min": "is less than",
    "max": "is more than",
    "contains_any": "does not contain",
}
