"""Why sales gave a lead back, in the few codes that both teams count by: what no code stands for is "other", and counted."""

from __future__ import annotations

from collections.abc import Mapping

OTHER = "other"
MISSING = "missing"

NEEDED = ("recycle", "could_not_reach", "trash")
"""Dispositions that need a reason."""


def code_of(reasons: Mapping[str, str], said: str) -> str:
    """The code of what sales said, in whatever case; what they said where no codes are agreed on; "" for nothing."""
    word = said.strip()
    if not word or not reasons:
        return word
    known = {remote.strip().casefold(): code for remote, code in reasons.items()}
    return known.get(word.casefold(), OTHER)


def counted_as(reasons: Mapping[str, str], outcome: str, said: str) -> str:
    """Under what a closed handoff is counted: a code, MISSING, or "" where no reason is asked for."""
    return code_of(reasons, said) or (MISSING if outcome in NEEDED else "")
