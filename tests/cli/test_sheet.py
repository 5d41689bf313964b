"""Tables for spreadsheets."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.cli import sheet


@pytest.mark.parametrize("text", ["=1+1", "+49 30", "-2", "@SUM(A1)", "\tx", "\r=1", "\x00"])
def test_a_cell_that_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert sheet.cell(text) == f"'{text}"


@pytest.mark.parametrize("value", ["", "Ada", "a=b", "O'Neil", -5, 0, None, "社長"])
def test_other_cells_stay_as_they_are(value: Any) -> None:
    assert sheet.cell(value) == value


def test_a_file_is_private_and_read_back_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "rank.csv"
    rows = [("=cmd|' /C calc'!A0", 7), ('with "quotes",\nand lines', None)]
    assert sheet.write(path, ("name", "score"), rows) == 2
    assert path.stat().st_mode & 0o777 == 0o600
    with path.open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file)) == [
            ["name", "score"],
            ["'=cmd|' /C calc'!A0", "7"],
            ['with "quotes",\nand lines', ""],
        ]


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "rank.csv"
    path.write_text("what was there", encoding="utf-8")

    def rows() -> Iterator[tuple[str]]:
        yield ("Ada",)
        raise RuntimeError("the ledger is gone")

    with pytest.raises(RuntimeError):
        sheet.write(path, ("name",), rows())
    assert [(p.name, p.read_text(encoding="utf-8")) for p in tmp_path.iterdir()] == [("rank.csv", "what was there")]
