"""What a brief is made from: one person, what was decided about them, and who gets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from syncd.core.changes import Changed, changes
from syncd.core.conditions import counts
from syncd.core.facts import Dossier
from syncd.core.pages import page_of
from syncd.core.qualify import Verdict
from syncd.core.route import Route
from syncd.core.rules import Rules
from syncd.core.score import Score
from syncd.core.text import day, listing, number, system
from syncd.core.types import Activity, Value
from syncd.core.values import is_blank

HAND_RAISE = "hand_raise"


@dataclass(frozen=True)
class Case:
    """What a brief is made from; `limit` is how many lines of content it may list, `portal` the id of the marketing
    account for links to its records ("" for none)."""

    dossier: Dossier
    profile: Mapping[str, Value]
    score: Score
    verdict: Verdict
    route: Route
    rules: Rules
    now: datetime
    limit: int
    portal: str = ""

    def said(self, field: str) -> str:
        """A value of the profile as text, "" when it is unknown."""
        value = self.profile.get(field)
        if is_blank(value):
            return ""
        if isinstance(value, tuple):
            return listing(value)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return number(float(value))
        return str(value).strip()

    @property
    def name(self) -> str:
        return " ".join(filter(None, (self.said("first_name"), self.said("last_name"))))

    @cached_property
    def activities(self) -> Sequence[Activity]:
        """What the lead did so far, newest first."""
        return sorted(
            (a for a in self.dossier.activities if counts(a) and a.done and a.at <= self.now),
            key=lambda a: a.at,
            reverse=True,
        )

    @property
    def record(self) -> str:
        """Where the profile comes from."""
        marketing = self.dossier.marketing
        return f"{system(marketing.ref.system)}, as of {day(marketing.modified)}" if marketing else ""

    @property
    def link(self) -> str:
        """The page of the marketing record, "" when its account is unknown."""
        marketing = self.dossier.marketing
        return page_of(marketing.ref, self.portal) if marketing else ""

    @cached_property
    def changed(self) -> Sequence[Changed]:
        """What went from one value to another of the fields that are watched, oldest first."""
        return changes(self.dossier, self.rules.marketing_kind)
