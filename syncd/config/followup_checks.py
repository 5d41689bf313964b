"""What concerns several keys of [followup]: tiers that do not exist, lengths that do not fit together, alerts of no promise."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from syncd.config.document import Flaw, tables
from syncd.config.flaws import did_you_mean
from syncd.config.lines import Where
from syncd.config.scalars import show

Data = Mapping[str, Any]

_MINUTES = {"m": 1, "h": 60}
_USUAL = {"first_touch": "4h", "within": "10d", "remind": "1h"}


def followup_flaws(data: Data) -> Iterator[Flaw]:
    """Every complaint about several keys of [followup]."""
    known = [str(name) for _, tiers in tables(data, "qualify", "tiers") for name in tiers]
    for place, followup in tables(data, "followup"):
        yield from _lengths(place, followup, _USUAL)
        for where, tiers in tables(followup, "tiers"):
            for name, terms in tiers.items():
                if name not in known:
                    fix = did_you_mean(name, known) if known else "Name them in [qualify]: tiers = { hot = 90 }."
                    yield Flaw((*place, *where, name), f"[qualify] has no tier {show(name)}.", fix)
                if isinstance(terms, Mapping):
                    yield from _lengths((*place, *where, name), terms, {**_USUAL, **followup})
        for where, handoff in tables(data, "handoff"):
            if "task_due" in handoff:
                yield Flaw(
                    (*where, "task_due"), "`task_due` says nothing beside [followup]: the task is due with the first touch.",
                    "Leave it out.",
                )  # fmt: skip
    if "followup" not in data:
        yield from _without(data)


def _lengths(place: Where, terms: Data, usual: Data) -> Iterator[Flaw]:
    """Lengths that are written here and contradict another one; those in other units are passed over, for a day has the length
    that the rep's hours say."""
    for shorter, longer, why in (
        ("remind", "first_touch", "there would be no reminder"),
        ("first_touch", "within", "the working period would end first"),
    ):
        one, other = (terms.get(key, usual.get(key)) for key in (shorter, longer))
        key = shorter if shorter in terms else longer
        if key in terms and _no_shorter(one, other):
            yield Flaw(
                (*place, key), f"`{shorter}` must be shorter than `{longer}`: {show(one)}, {show(other)}; {why}."
            )


def _no_shorter(one: object, other: object) -> bool:
    pattern = r"\s*0*([1-9][0-9]{0,8})\s*([mhd])\s*"
    first, second = (re.fullmatch(pattern, text) if isinstance(text, str) else None for text in (one, other))
    if first is None or second is None or (first[2] == "d") != (second[2] == "d"):
        return False
    return int(first[1]) * _MINUTES.get(first[2], 1) >= int(second[1]) * _MINUTES.get(second[2], 1)


def _without(data: Data) -> Iterator[Flaw]:
    """What makes sense only beside a promise."""
    fix = "Add [followup] with what is promised; config.example.toml shows it."
    for name in ("email", "slack", "webhook"):
        for where, channel in tables(data, "alerts", name):
            events = channel.get("events")
            for n, event in enumerate(events if isinstance(events, list) else ()):
                if event in ("reminder", "breach"):
                    yield Flaw((*where, "events", n), f"there is no promise of which a {event} could tell.", fix)
    for where, rep in tables(data, "route", "rep"):
        if "holidays" in rep:
            yield Flaw((*where, "holidays"), "`holidays` stop the clock of a promise, and there is none.", fix)
