"""What two teams agreed on, as text: its clauses, its version, who signed it, and what lacks a signature."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from syncd.cli.show import block, heading, say
from syncd.core.text import listing

if TYPE_CHECKING:
    from syncd.core.terms import Clause


def tell_clauses(title: str, clauses: Sequence[Clause]) -> None:
    """The clauses under their title; nothing when there are none."""
    if not clauses:
        return
    heading(title)
    for clause in clauses:
        points = f"{clause.points:+4d}  " if clause.points is not None else ""
        block(f"{points}{clause.name}: {clause.sentence}", "  ")


def tell_signature(agreed_by: Sequence[str], agreed_on: str, unsigned: str) -> None:
    """Who signed it and when, and why it lacks a signature."""
    if agreed_by:
        on = f" on {agreed_on}" if agreed_on else ""
        say(f"  agreed by {listing(agreed_by)}{on}")
    if unsigned:
        say(f"  ! {unsigned}")
