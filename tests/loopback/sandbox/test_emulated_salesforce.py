"""docs/emulated-salesforce.md tells of every line of the fact sheet, and what it names is there."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest

from connectors.loopback.salesforce import SalesforceSettings
from tests.loopback.fact_lines import lines, spelled_out
from tests.loopback.recordings import SHARED
from tests.loopback.replay.switches import unconfirmed

LOOPBACK = Path(__file__).parents[1]
PAGE = (LOOPBACK.parents[1] / "docs" / "emulated-salesforce.md").read_text(encoding="utf-8")
SHEET = SHARED / "facts" / "salesforce.md"
# Lines, fact, state, tests.
ROWS = [
    [cell.strip() for cell in row[1:-1].split("|")]
    for row in PAGE[PAGE.index("## 0 ") :].splitlines()
    if row.startswith("| ") and not row.startswith("| lines |")
]
STATES = ("there", "*switch*", "scripted", "not there", "absent", "by the control endpoint", "404", "405", "501")
FIELDS = {entry.name for entry in dataclasses.fields(SalesforceSettings)}


def test_every_line_of_the_sheet_is_told_of() -> None:
    if not SHEET.is_file():
        pytest.skip("the fact sheet is not on this machine")
    told = {line for row in ROWS for line in spelled_out(row[0])}
    known = {line for line in lines(SHEET.read_text(encoding="utf-8")) if not line.startswith("19 ")}
    assert (sorted(known - told), sorted(told - known)) == ([], [])


def test_lines_are_told_apart() -> None:
    sheet = "# x\n## 1. A\n### 1.1 B\n| h |\n|---|\n| r |\n\n- b\n  more\nmore\n\n```\n| c |\n```\np\np\n\n1. b\n---\n"
    assert list(lines(sheet)) == ["1.1 r1", "1.1 b1", "1.1 c1", "1.1 p1", "1.1 b2"]
    assert list(spelled_out("1.1 r1-r2, p1; 2 b3")) == ["1.1 r1", "1.1 r2", "1.1 p1", "2 b3"]


def test_every_row_has_a_state_and_what_is_imitated_a_test() -> None:
    for row in ROWS:
        assert len(row) == 4, row
        is_wire_fact = not row[2].startswith("no wire fact")
        assert not is_wire_fact or (row[2].startswith(STATES) and row[3]), row


def test_every_named_test_is_there() -> None:
    named = {test for row in ROWS for test in re.findall(r"`([^`]+)`", row[3])}
    assert {test for test in named if not (LOOPBACK / test).is_file()} == set()
    there = {f"salesforce/{path.name}" for path in (LOOPBACK / "salesforce").glob("test_*.py")}
    assert there - named == set()


def test_every_named_switch_is_a_setting_and_every_unconfirmed_one_is_named() -> None:
    groups = (group for row in ROWS for group in re.findall(r"\*switch\* ((?:`\w+`(?:, )?)+)", row[2]))
    switches = {name for group in groups for name in re.findall(r"\w+", group)}
    assert switches - FIELDS == set()
    told = {name for row in ROWS for name in re.findall(r"`(\w+)`", row[2])}
    assert unconfirmed(SalesforceSettings) - told == set()
