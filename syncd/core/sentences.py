"""Conditions in plain words, and what was found when they were asked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from syncd.core.rules import All, AnyOf, Condition, Did, FieldIs, Not
from syncd.core.text import clean, cut, day, listing, number, plural, span
from syncd.core.types import Activity, Value
from syncd.core.values import is_blank, items_of, number_of, text_of

if TYPE_CHECKING:
    from syncd.core.conditions import Truth

_DID: Mapping[str, tuple[str, str, str]] = {
    "form": ("filled a form", "filled", "forms"),
    "page_view": ("looked at a page", "looked at", "pages"),
    "email_open": ("opened an e-mail", "opened", "e-mails"),
    "email_click": ("clicked in an e-mail", "clicked in", "e-mails"),
    "product": ("did something in the product", "did", "things in the product"),
    "email": ("wrote an e-mail", "wrote", "e-mails"),
    "call": ("had a call", "had", "calls"),
    "meeting": ("had a meeting", "had", "meetings"),
    "note": ("got a note", "got", "notes"),
    "task": ("did a task", "did", "tasks"),
    "message": ("sent a message", "sent", "messages"),
}

_LEAST_INTENT: Mapping[str, str] = {"low": "any", "medium": "medium or high", "high": "high"}

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
    "starts_with": "starts with",
    "present": "is known",
    "absent": "is unknown",
    "changed_within": "changed within",
}

_DENIED: Mapping[str, str] = {
    "in": "is not",
    "not_in": "is among",
    "matches": "does not match",
    "min": "is less than",
    "max": "is more than",
    "contains_any": "does not contain",
    "starts_with": "does not start with",
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
            as_number = number_of(condition.value)
            return text_of(condition.value) if as_number is None else number(float(as_number))
        case "changed_within":
            return span(condition.value) if isinstance(condition.value, timedelta) else ""
        case _:
            values = [text_of(item) for item in items_of(condition.value)]
            if len(values) > _MOST_VALUES + 1:
                values = [*values[:_MOST_VALUES], f"{len(values) - _MOST_VALUES} more"]
            return listing(values, "or")


def _pattern_shown(pattern: str) -> str:
    """A short pattern in quotes, without its flags (case never matters here); "" for a long one."""
    shown = " ".join(_FLAGS.sub("", pattern).split())
    return f'"{shown}"' if len(shown) <= _LONGEST_PATTERN else ""


def _did_sentence(condition: Did, *, matching: bool = True) -> str:
    if not condition.kinds:
        did = "showed interest" if condition.count == 1 else f"showed interest {condition.count} or more times"
    elif condition.count == 1:
        did = listing([_DID[kind][0] if kind in _DID else f"did: {kind}" for kind in condition.kinds], "or")
    else:
        did = listing([_many(kind, condition.count) for kind in condition.kinds], "or")
    us = "our side " if condition.by == "us" else ""
    wanted = ""
    if condition.matches and matching:
        wanted = f" matching {_pattern_shown(condition.matches) or 'the rule’s pattern'}"
    within = f" within {span(condition.within)}" if condition.within else ""
    return f"{us}{did}{_about(condition)}{wanted}{within}"


def _about(condition: Did) -> str:
    """What groups of content are asked for: ' in “Pricing”', ' in late-stage content of high intent'."""
    if not (condition.content or condition.journey or condition.intent):
        return ""
    if condition.content and not (condition.journey or condition.intent):
        return f" in “{condition.content}”"
    stage = f"{condition.journey}-stage content" if condition.journey else "content"
    intent = f" of {_LEAST_INTENT[condition.intent]} intent" if condition.intent else ""
    return f" in {stage}{intent}" + (f" of “{condition.content}”" if condition.content else "")


def _many(kind: str, count: int) -> str:
    _, verb, things = _DID.get(kind, ("", "did", kind))
    return f"{verb} {count} or more {things}"


def because(truth: Truth) -> str:
    """What was found, as a sentence; of All and AnyOf only what decided."""
    match truth.of:
        case FieldIs(op="changed_within"):
            return _when_changed(truth.of, truth.seen, truth.value)
        case FieldIs(field=field):
            if is_blank(truth.seen):
                return f"{_field_name(field)} is unknown"
            if truth.of.op in ("present", "absent"):
                return f"{_field_name(field)} is known"
            seen = listing([text_of(item) for item in items_of(truth.seen)])
            return _found(truth.of, seen, truth.value)
        case Did():
            if truth.value:
                return _seen(truth.of, truth.evidence)
            return f"not seen: {sentence(truth.of)}"
        case All() | AnyOf():
            return "; ".join(part.because for part in truth.parts)
        case Not():
            return truth.parts[0].because


def _when_changed(condition: FieldIs, at: Value, value: bool | None) -> str:
    if isinstance(at, datetime) and value:
        return f"{_field_name(condition.field)} changed on {day(at)}"
    last = f", last on {day(at)}" if isinstance(at, datetime) else ""
    return f"{_field_name(condition.field)} did not change within {_wanted(condition)}{last}"


def _seen(condition: Did, evidence: Sequence[Activity]) -> str:
    """What was done and how often; where a pattern chose it, the title it was found in says more than the pattern."""
    times = plural(len(evidence), "time")
    chosen = condition.matches or condition.content or condition.journey or condition.intent
    title = " ".join(clean(evidence[0].title or evidence[0].url).split()) if chosen else ""
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
