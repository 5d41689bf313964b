"""One cause, many refusals (C1, N13): a field or a value that an account does not have, and the leads that it stops."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from syncd.core.text import plural
from syncd.core.types import Problem
from syncd.ledger import journal
from syncd.ledger.refusals import Refused, refused
from syncd.ledger.store import Store

CAUSES = ("value_missing", "field_missing", "field_readonly", "field_read_only")
"""Kinds of problems whose subject is "system/kind/field", or "system/kind/field/value"."""


def with_leads(store: Store, problems: Iterable[Problem]) -> list[Problem]:
    """Each with how many people's writes it stops, and how they go on."""
    return [_with_leads(store, problem) for problem in problems]


def _with_leads(store: Store, problem: Problem) -> Problem:
    stopped = len({one.person for one in _stopped(store, problem.kind, problem.subject)})
    if not stopped:
        return problem
    return replace(
        problem,
        sentence=f"{problem.sentence} It stops {plural(stopped, 'lead')}.",
        fix=f"{problem.fix} The next check sees it, and they go on; at once: syncd problems retry",
    )


def go_on(store: Store, gone: Iterable[tuple[str, str]]) -> int:
    """Open the writes again that were refused for these causes (kind, subject), which are gone; how many. Nothing is tried
    again while its cause is there."""
    freed = {one.problem for kind, subject in gone for one in _stopped(store, kind, subject)}
    return journal.retry(store, sorted(freed)) if freed else 0


def _stopped(store: Store, kind: str, subject: str) -> list[Refused]:
    parts = subject.split("/", 3)
    return refused(store, *parts) if kind in CAUSES and len(parts) >= 3 else []
