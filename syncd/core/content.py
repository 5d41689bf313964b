"""What a piece of content is about: which group it belongs to, how near to buying it is looked at, what it says of intent
(S0.18, S2.9).

An activity belongs to the first group whose pattern is found in its title or URL; content in no group is early, and of
low intent. Calls, meetings and other talks are no content and belong to no group.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence

from syncd.core.rules import Content, Did, Rules
from syncd.core.types import Activity

CONTENT = frozenset({"form", "page_view", "email_open", "email_click"})
"""Kinds of activities with something that somebody looked at; the others are talks."""

INTENTS = ("low", "medium", "high")

_LATE = (
    r"pricing|price|preis|demo|contact|sales|quote|angebot|trial|compare|vergleich|customers/|case.stud|security|roi\b"
)

USUAL = (
    Content("late-stage forms", _LATE, ("form",), "late", "high"),
    Content("late-stage content", _LATE, (), "late", "medium"),
)
"""The groups of whoever has named none: words of what people open late, when they think of buying."""


def groups(rules: Rules) -> tuple[Content, ...]:
    """The content groups in force."""
    return rules.content or USUAL


def group_of(activity: Activity, content: Sequence[Content]) -> Content | None:
    """The first group that the activity belongs to."""
    if activity.kind not in CONTENT:
        return None
    return next((g for g in content if _belongs(activity, g)), None)


def journey_of(activity: Activity, rules: Rules) -> str:
    """Early or late; "" for what is no content."""
    return _journey(activity, group_of(activity, groups(rules)))


def intent_of(activity: Activity, content: Sequence[Content]) -> str:
    """Low, medium or high; "" for what is no content."""
    return _intent(activity, group_of(activity, content))


def about(condition: Did, activity: Activity, content: Sequence[Content]) -> bool:
    """Whether an activity of a right kind is about what the condition asks for."""
    if condition.matches and not mentions(condition.matches, activity):
        return False
    if not (condition.content or condition.journey or condition.intent):
        return True
    group = group_of(activity, content)
    if condition.content and (group is None or group.name != condition.content):
        return False
    if condition.journey and _journey(activity, group) != condition.journey:
        return False
    return not condition.intent or _intent(activity, group) in INTENTS[INTENTS.index(condition.intent) :]


def mentions(pattern: str, activity: Activity) -> bool:
    """Whether the pattern is found in what the activity is about."""
    return occurs(pattern, activity.title) or occurs(pattern, activity.url)


def _belongs(activity: Activity, group: Content) -> bool:
    return (not group.kinds or activity.kind in group.kinds) and mentions(group.matches, activity)


def _journey(activity: Activity, group: Content | None) -> str:
    if group is not None:
        return group.journey
    return "early" if activity.kind in CONTENT else ""


def _intent(activity: Activity, group: Content | None) -> str:
    if group is not None:
        return group.intent
    return INTENTS[0] if activity.kind in CONTENT else ""


@functools.lru_cache(maxsize=1024)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.IGNORECASE)


@functools.lru_cache(maxsize=32_768)
def occurs(pattern: str, text: str) -> bool:
    """Whether a regular expression is found in a text, without case. Cached because many people share a title, and many
    visitors a page."""
    return _pattern(pattern).search(text) is not None
