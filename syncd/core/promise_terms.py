"""The follow-up promise in words that sales can sign: what, by tier where it differs, in whose time (S1.9 to S1.13, S4.18)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time

from syncd.core.agreement import unsigned_promise
from syncd.core.promise import Followup, Promise, clauses
from syncd.core.reps import WEEK
from syncd.core.rules import Rules
from syncd.core.terms import Clause
from syncd.core.text import listing


@dataclass(frozen=True, slots=True)
class PromiseTerms:
    """`usual` is promised of every lead, `tiers` what is otherwise of those of a tier; `times` are the sentences about working
    time. `unsigned` says why it lacks a signature, "" when both teams signed."""

    version: str
    usual: tuple[Clause, ...]
    tiers: dict[str, tuple[Clause, ...]]
    times: tuple[str, ...]
    agreed_by: tuple[str, ...]
    agreed_on: str
    unsigned: str


def promise_terms(rules: Rules) -> PromiseTerms | None:
    """The promise in force; None when nothing is promised."""
    followup = rules.followup
    if followup is None:
        return None
    usual = _clauses(followup.usual)
    order = [tier.name for tier in rules.gate.tiers if tier.name in followup.tiers]
    return PromiseTerms(
        version=followup.version,
        usual=usual,
        tiers={tier: tuple(_otherwise(followup.tiers[tier], usual)) for tier in order},
        times=tuple(_times(rules, followup)),
        agreed_by=followup.agreed_by,
        agreed_on=followup.agreed_on,
        unsigned=_unsigned(rules, followup),
    )


def _clauses(promise: Promise) -> tuple[Clause, ...]:
    return tuple(Clause(name, sentence) for name, sentence in clauses(promise))


def _otherwise(promise: Promise, usual: tuple[Clause, ...]) -> Iterator[Clause]:
    """What is promised otherwise of a tier, and what is not promised of it."""
    own = _clauses(promise)
    yield from (clause for clause in own if clause not in usual)
    names = {clause.name for clause in own}
    yield from (Clause(clause.name, "none") for clause in usual if clause.name not in names)


def _times(rules: Rules, followup: Followup) -> Iterator[str]:
    off = f"; off on the holidays of {listing(followup.holidays)}" if followup.holidays else ""
    zone = f", else {rules.routing.timezone}" if rules.routing.timezone else ""
    yield f"working time is {_week(followup.days)}, {_hours(followup.hours)} in each owner’s own time zone{zone}{off}"
    for rep in rules.routing.reps:
        own = [_week(rep.days)] if rep.days else []
        own += [_hours(rep.hours)] if rep.hours else []
        own += [f"holidays of {listing(rep.holidays)}"] if rep.holidays else []
        if own:
            yield f"{rep.email}: {', '.join(own)}"
    yield "an absence ([[route.rep]] away) stops the clock"


def _week(days: tuple[int, ...]) -> str:
    first, last = days[0], days[-1]
    if len(days) > 2 and days == tuple(range(first, last + 1)):
        return f"{WEEK[first]} to {WEEK[last]}"
    return listing([WEEK[day] for day in days])


def _hours(hours: tuple[time, time]) -> str:
    begin, end = hours
    return f"{begin:%H:%M} to {'24:00' if end == time.max else f'{end:%H:%M}'}"


def _unsigned(rules: Rules, followup: Followup) -> str:
    if not followup.agreed_by:
        return "Nobody signed this promise: name who agreed in followup.agreed_by, and when in followup.agreed_on."
    if not followup.agreed_on:
        return "The promise names who agreed, but not when: set followup.agreed_on."
    if not followup.agreed_version:
        return f'Note the version that was signed: followup.agreed_version = "{followup.version}".'
    changed = unsigned_promise(rules)
    return f"{changed.sentence} {changed.fix}" if changed is not None else ""
