"""Whether what is in force is what marketing and sales signed: the rules for a lead being ready, and the follow-up promise
(S0.9, S1.13)."""

from __future__ import annotations

from collections.abc import Sequence

from syncd.core.rules import Rules
from syncd.core.text import listing
from syncd.core.types import Problem


def unsigned(rules: Rules) -> Problem | None:
    """What to tell when the rules were changed after they were signed; None when they are as signed, or nobody noted the
    version that was."""
    gate = rules.gate
    if gate.agreed_version in ("", rules.agreement):
        return None
    says = "The rules for a lead being ready are unsigned"
    return _problem("qualify", says, gate.agreed_version, rules.agreement, gate.agreed_by, gate.agreed_on)


def unsigned_promise(rules: Rules) -> Problem | None:
    """The same of the follow-up promise."""
    promise = rules.followup
    if promise is None or promise.agreed_version in ("", promise.version):
        return None
    says = "The follow-up promise is unsigned"
    return _problem("followup", says, promise.agreed_version, promise.version, promise.agreed_by, promise.agreed_on)


def changed_since_signed(rules: Rules) -> list[Problem]:
    """Everything that is not as it was signed."""
    return [problem for problem in (unsigned(rules), unsigned_promise(rules)) if problem is not None]


def _problem(table: str, says: str, signed: str, now: str, agreed_by: Sequence[str], agreed_on: str) -> Problem:
    by = f" by {listing(agreed_by)}" if agreed_by else ""
    on = f" on {agreed_on}" if agreed_on else ""
    return Problem(
        "unsigned",
        table,
        f"{says}: version {signed} was signed{by}{on}, this is {now}.",
        f'Once both teams agree, write in [{table}]: agreed_version = "{now}", with agreed_by and agreed_on.',
    )
