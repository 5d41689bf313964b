"""What is a whole number in a request, for both emulators and the sandbox."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.loopback.kit.numbers import told, whole

NO_NUMBERS: list[Any] = [
    "1_0", "1.5", 1.5, 10.0, True, False, "\u0661\u0660", "\u00b2", " 10 ", "10\n", "+5", "1e1", "", "0x1", "--1",
    "9" * 20, None, [1], {},
]  # fmt: skip


@pytest.mark.parametrize(("value", "number"), [("10", 10), ("-3", -3), (7, 7), ("007", 7), ("9" * 19, 10**19 - 1)])
def test_digits_are_a_number(value: Any, number: int) -> None:
    assert whole(value) == number


@pytest.mark.parametrize("value", NO_NUMBERS)
def test_nothing_else_is(value: Any) -> None:
    assert whole(value) is None


def test_a_control_endpoint_says_what_it_wants() -> None:
    with pytest.raises(ValueError, match=r'"times" must be a whole number of at least 1, not 0\.'):
        told("times", 0, least=1)
