"""What setup would do in an account, as a value: it can be shown, and carried out step by step.

Schema is found by name, so looking is as good as a receipt: a step that was made already is no step of the next blueprint,
and a crash between two steps costs nothing.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from syncd.core.types import Problem
from syncd.core.wanted import Wanted


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an account. `name` is what it makes ("Lead.syncd_score__c"), `does` says it in words, `after` are the
    steps without which it cannot be made; `verb` and `body` are for its connector."""

    name: str
    does: str
    verb: str
    body: Mapping[str, Any] = field(default_factory=dict)
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Blueprint:
    """`there` fields need nothing. `by_hand` is wrong or missing and not made by setup; `advice` is what nobody can check."""

    account: str
    there: int
    steps: tuple[Step, ...] = ()
    by_hand: tuple[Problem, ...] = ()
    advice: tuple[str, ...] = ()


class Fate(enum.StrEnum):
    """What became of a step. `unknown`: its answer was lost, the next look tells."""

    MADE = "made"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Done:
    step: Step
    fate: Fate
    sentence: str = ""
    fix: str = ""


# ---------------------------------------------------------------- findings that both systems share
def differs(system: str, row: Wanted, there: str) -> Problem:
    """A field that exists and is something else: setup leaves it alone."""
    return Problem(
        "field_differs",
        f"{system}/{row.kind}/{row.field}",
        f"{row} is {there}; syncd needs {row.shape}. Nobody's field is changed.",
        "Name another field for it in the mapping, and type `syncd setup` again; or make it anew yourself.",
    )


def not_ours(system: str, row: Wanted) -> Problem:
    """A field that is not there and that setup does not make."""
    return Problem(
        "field_missing",
        f"{system}/{row.kind}/{row.field}",
        f"{row} does not exist, or is hidden from syncd; it is only read.",
        "Create it, let syncd read it, or take it out of the mapping.",
    )


def lacks_values(system: str, row: Wanted, values: Iterable[str]) -> Problem:
    """A picklist that setup does not touch, without some of the mapping's values."""
    named = ", ".join(f"“{value}”" for value in values)
    return Problem(
        "value_missing", f"{system}/{row.kind}/{row.field}", f"{row} has no {named}.", "Add it, or correct the mapping."
    )


def missing(row: Wanted, there: Iterable[str]) -> tuple[str, ...]:
    """The values of a row that a picklist lacks."""
    known = set(there)
    return tuple(value for value in row.values if value not in known)
