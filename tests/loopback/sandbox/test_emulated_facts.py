"""docs/emulated-facts.md names tests that exist, and leaves no test of the emulators unnamed but those of our own tools."""

from __future__ import annotations

import re
from pathlib import Path

LOOPBACK = Path(__file__).parents[1]
PAGE = LOOPBACK.parents[1] / "docs" / "emulated-facts.md"
NAMED = set(re.findall(r"`([a-z]+/test_\w+\.py)`", PAGE.read_text()))


def test_every_named_test_is_there() -> None:
    assert {name for name in NAMED if not (LOOPBACK / name).exists()} == set()


def test_every_test_of_an_imitated_behaviour_is_named() -> None:
    """Left out are speed, the recorded samples that the replay repeats, and how the emulators are started and controlled."""
    ours = re.compile(r"_(speed|recorded|sandbox|client|clients|shapes)\.py$")
    there = {f"{p.parent.name}/{p.name}" for side in ("hubspot", "salesforce") for p in (LOOPBACK / side).glob("test_*.py")}
    assert {name for name in there - NAMED if not ours.search(name)} == set()
