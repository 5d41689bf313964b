"""docs/emulated-*.md name tests that exist, and leave no test of the emulators unnamed but those of our own tools."""

from __future__ import annotations

import re
from pathlib import Path

LOOPBACK = Path(__file__).parents[1]
# The introduction, and a page for each system that has one.
PAGES = sorted((LOOPBACK.parents[1] / "docs").glob("emulated-*.md"))
NAMED = {
    name
    for page in PAGES
    for name in re.findall(r"`([a-z]+/test_\w+\.py)(?:::\w+)?`", page.read_text(encoding="utf-8"))
}


def test_the_introduction_links_every_page() -> None:
    introduction, *_ = (page for page in PAGES if page.name == "emulated-facts.md")
    linked = set(re.findall(r"\]\((emulated-\w+\.md)\)", introduction.read_text(encoding="utf-8")))
    assert linked == {page.name for page in PAGES} - {introduction.name}


def test_every_named_test_is_there() -> None:
    assert {name for name in NAMED if not (LOOPBACK / name).exists()} == set()


def test_every_test_of_an_imitated_behaviour_is_named() -> None:
    """Left out are speed, the recorded samples that the replay repeats, and how the emulators are started and controlled."""
    ours = re.compile(r"_(speed|recorded|sandbox|client|clients|shapes)\.py$")
    there = {
        f"{p.parent.name}/{p.name}" for side in ("hubspot", "salesforce") for p in (LOOPBACK / side).glob("test_*.py")
    }
    assert {name for name in there - NAMED if not ours.search(name)} == set()
