"""What sales write as a reason, in the codes that both teams count by."""

from __future__ import annotations

import pytest

from syncd.core.reasons import code_of, counted_as

CODES = {"No budget": "budget", "Call me next year": "timing"}


@pytest.mark.parametrize(
    ("said", "code"),
    [("No budget", "budget"), (" no BUDGET ", "budget"), ("they laughed", "other"), ("", ""), ("  ", "")],
)
def test_S1_24_every_reason_has_a_code_and_all_else_is_other(said: str, code: str) -> None:
    assert code_of(CODES, said) == code
    assert code_of({}, said) == said.strip()


@pytest.mark.parametrize(
    ("outcome", "said", "counted"),
    [
        ("recycle", "No budget", "budget"),
        ("trash", "", "missing"),
        ("could_not_reach", "hm", "other"),
        ("qualified", "", ""),
    ],
)
def test_S1_24_a_disposition_without_a_reason_is_missing_one(outcome: str, said: str, counted: str) -> None:
    assert counted_as(CODES, outcome, said) == counted
