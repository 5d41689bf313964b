"""The story of a person for the CRM's timeline (S1.7, S2.1). Callers give the activities of marketing.

What syncd wrote itself, what is still to be done and what lies outside the window is no part of it.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta

from syncd.core.text import clean, clip, day, plural, utf16
from syncd.core.types import Activity

LABELS = {
    "form": "Form",
    "page_view": "Page",
    "email_open": "E-mail opened",
    "email_click": "E-mail clicked",
    "product": "Product",
    "email": "E-mail",
    "call": "Call",
    "meeting": "Meeting",
    "note": "Note",
    "task": "Task",
    "message": "Message",
}
_LONGEST_LINE = 300


def digest(activities: Sequence[Activity], now: datetime, window: timedelta, limit: int) -> str:
    """The timeline as text, newest first, a paragraph a day (UTC), the same thing on one day once with its count.

    At most `limit` UTF-16 units; whole lines are left out at the old end, and the last line says how many.
    """
    told = _told(activities, now, window)
    if not told:
        return f"No activity in the last {plural(window.days, 'day')}."
    lines = list(_lines(told))
    whole = "\n".join(text for text, _ in lines)
    return whole if utf16(whole) <= limit else _shortened(lines, len(told), limit)


def each(activities: Sequence[Activity], latest: int, window: timedelta, now: datetime) -> tuple[Activity, ...]:
    """The newest `latest` activities of the window, oldest first."""
    return tuple(reversed(_told(activities, now, window)[:latest]))


def line(activity: Activity) -> str:
    """What happened, without the time: 'Form: Demo request, https://…'."""
    what = LABELS.get(activity.kind, activity.kind)
    details = ", ".join(filter(None, (_one_line(activity.title), activity.url)))
    return clip(f"{what}: {details}" if details else what, _LONGEST_LINE)


def _told(activities: Sequence[Activity], now: datetime, window: timedelta) -> list[Activity]:
    oldest = now - window
    told = [a for a in activities if a.done and not a.key and oldest < a.at <= now]
    return sorted(told, key=lambda a: (a.at, a.ref), reverse=True)


def _lines(activities: Sequence[Activity]) -> Iterator[tuple[str, int]]:
    """(line, how many activities it stands for); headings and blank lines stand for none."""
    for n, (date, group) in enumerate(itertools.groupby(activities, key=lambda a: a.at.date())):
        same: dict[str, list[Activity]] = {}
        for activity in group:
            same.setdefault(line(activity), []).append(activity)
        if n:
            yield "", 0
        yield f"{day(datetime.combine(date, time()))}, UTC", 0
        for text, found in same.items():
            times = f" (×{len(found)})" if len(found) > 1 else ""
            yield f"  {found[0].at:%H:%M}  {text}{times}", len(found)


def _shortened(lines: Sequence[tuple[str, int]], total: int, limit: int) -> str:
    """As many lines as fit together with the one that counts the rest; no heading stands there alone."""
    room = limit - utf16(_left_out(total))
    kept: list[tuple[str, int]] = []
    for text, count in lines:
        room -= utf16(text) + 1
        if room < 0:
            break
        kept.append((text, count))
    while kept and kept[-1][1] == 0:
        kept.pop()
    left = total - sum(count for _, count in kept)
    return clip("\n".join([*(text for text, _ in kept), _left_out(left)]), limit)


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _left_out(count: int) -> str:
    return f"… and {count:,} earlier"
