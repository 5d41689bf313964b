"""docs/emulated-hubspot.md has a row for every line of the fact sheet, and what it names is there."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.loopback.hubspot import settings
from tests.loopback.fact_lines import lines
from tests.loopback.recordings import SHARED
from tests.loopback.replay.switches import unconfirmed

LOOPBACK = Path(__file__).parents[1]
PAGE = LOOPBACK.parents[1] / "docs" / "emulated-hubspot.md"
SHEET = SHARED / "facts" / "hubspot.md"
ROWS = re.findall(
    r"^\| (\d[\d.]*) ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]*) \|$", PAGE.read_text(encoding="utf-8"), re.M
)
STATES = ("there", "switch", "scripted", "not", "left out")
PARTS = (settings.HubSpotSettings, settings.Limits, settings.Wording, settings.Deliveries, settings.Journal)
FIELDS = {field.name for part in PARTS for field in dataclasses.fields(part)}
# Told by the settings that they are the parts of.
_WHOLE = {"wording"}


def spelled_out(section: str, where: str) -> Iterator[str]:
    """``r1-r3, p1`` as its lines."""
    for part in where.split(", "):
        first, _, last = part.partition("-")
        for number in range(int(first[1:]), int((last or first)[1:]) + 1):
            yield f"{section} {first[0]}{number}"


def test_every_line_of_the_sheet_has_one_row() -> None:
    if not SHEET.is_file():
        pytest.skip("the fact sheet is not on this machine")
    told = [line for section, where, *_ in ROWS for line in spelled_out(section, where)]
    assert [line for line, times in Counter(told).items() if times > 1] == []
    there = list(lines(SHEET.read_text(encoding="utf-8")))
    assert (sorted(set(there) - set(told)), sorted(set(told) - set(there))) == ([], [])


def test_every_named_test_is_there() -> None:
    named = {test for *_, tests in ROWS for test in re.findall(r"`([^`]+)`", tests)}
    assert {test for test in named if not _defined(*test.split("::"))} == set()
    assert len(named) > 150


def _defined(file: str, name: str) -> bool:
    path = LOOPBACK / file
    return path.is_file() and re.search(rf"^def {name}\(", path.read_text(encoding="utf-8"), re.M) is not None


def test_every_row_has_a_state_and_what_is_there_a_test() -> None:
    for section, where, _, state, tests in ROWS:
        assert state.startswith(STATES), f"{section} {where}"
        assert bool(tests.strip()) != state.startswith("left out"), f"{section} {where}"


def test_every_named_setting_is_one_and_every_unconfirmed_one_is_named() -> None:
    named = {
        name for row in ROWS for name in re.findall(r"`(\w+)`", row[3]) if "switch" in row[3] or "setting" in row[3]
    }
    assert named - FIELDS - {"status", "body", "content_type", "fetchStatus"} == set()
    open_questions = {name for part in PARTS for name in unconfirmed(part)} - _WHOLE
    assert open_questions - named == set()
