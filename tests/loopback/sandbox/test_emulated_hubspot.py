"""docs/emulated-hubspot.md has a row for every line of the fact sheet, and what it names is there."""

from __future__ import annotations

import dataclasses
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from connectors.loopback.hubspot import settings
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
# What starts a line of the sheet that counts, by its letter.
_STARTS = {"r": "|", "c": "```", "b": ("* ", *(f"{n}. " for n in range(1, 20)))}


def lines(text: str) -> Iterator[str]:
    """``"4.2 b1"``, … of a sheet: bullets, rows below a table's head, code samples and paragraphs of each section."""
    section, counts = "", Counter[str]()
    before = ""  # what the line above is part of: a letter, "h" for the head of a table, "" for nothing
    for line in text.splitlines():
        if before == "c":
            before = "" if line.startswith("```") else "c"
            continue
        if heading := re.match(r"#{2,3} (\d+(?:\.\d+)?)", line):
            section, counts, before = heading[1], Counter[str](), ""
            continue
        letter = next(
            (letter for letter, start in _STARTS.items() if line.startswith(start)), "p" if line.strip() else ""
        )
        if letter == "r" and before not in ("r", "h"):
            before = "h"
        elif letter == "p" and (before in ("p", "b") or line.startswith(" ")):
            before = before or "p"
        elif not (before == "h" and line.startswith("|--")):
            before = letter
            if section and letter:
                counts[letter] += 1
                yield f"{section} {letter}{counts[letter]}"


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


def test_lines_are_told_apart() -> None:
    sheet = "# x\n## 1. A\n### 1.1 B\n| h |\n|---|\n| r |\n\n* b\n  more\nmore\n\n```\n| c |\n```\np\np\n\n1. b\n## 2. C\np\n"
    assert list(lines(sheet)) == ["1.1 r1", "1.1 b1", "1.1 c1", "1.1 p1", "1.1 b2", "2 p1"]


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
