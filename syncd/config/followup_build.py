"""From [followup] to the promise, with the holidays that it and the reps name."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

from syncd.config.days_off import days_of
from syncd.config.followup_models import Followup as Source
from syncd.config.followup_models import Terms
from syncd.core.promise import Followup, Promise
from syncd.core.reps import WEEK

_TERMS = tuple(field.name for field in dataclasses.fields(Promise))


def followup(source: Source, of_reps: Iterable[str]) -> Followup:
    """`of_reps` are the names of holidays of [[route.rep]]. The version is not known yet."""
    usual = Promise(**{name: getattr(source, name) for name in _TERMS})
    calendar = source.calendar
    return Followup(
        usual=usual,
        tiers={tier: _otherwise(usual, terms) for tier, terms in source.tiers.items()},
        days=tuple(WEEK.index(day) for day in calendar.days),
        hours=calendar.hours,
        holidays=tuple(calendar.holidays),
        dates={name: days_of(name) for name in sorted({*calendar.holidays, *of_reps})},
        agreed_by=tuple(source.agreed_by),
        agreed_on=source.agreed_on,
        agreed_version=source.agreed_version,
    )


def to_sign(of: Followup) -> Followup:
    """What the version of the promise is made of: not its signatures, nor what a new edition of the calendars says."""
    return dataclasses.replace(of, agreed_by=(), agreed_on="", agreed_version="", version="", dates={})


def _otherwise(usual: Promise, terms: Terms) -> Promise:
    return dataclasses.replace(usual, **{name: getattr(terms, name) for name in terms.model_fields_set})
