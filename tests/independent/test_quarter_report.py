"""A simulated quarter: the numbers of `syncd report` beside those that a script makes of the public APIs alone."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from syncd.cli import main
from syncd.demo_quarter import BEGINS, LAST, QuarterDemo

SCRIPT = Path(__file__).parent / "quarter.py"
PERIOD = ["--from", BEGINS.date().isoformat(), "--to", LAST.isoformat()]

OF_THE_LEDGER = {
    "implied": "which stages syncd saw, and which it had to assume, depends on when it looked",
}
"""Numbers that no API knows."""

TABLES_OF_THE_LEDGER = {
    "team": "the routing rule", "criteria": "the version of the criteria", "rule": "the score rules",
    "persona": "by the configuration", "entry": "by the configuration", "before": "what marketing saw by then",
    "path": "the stages that syncd saw", "funnel": "the stages that syncd saw, of everybody",
}  # fmt: skip
"""Tables that break the same numbers down by what only the ledger knows, or are about it."""


class Told:
    """Both reports of one quarter."""

    def __init__(self, report: dict[str, Any], alone: dict[str, Any]) -> None:
        self.report, self.alone = report, alone

    def rows(self, table: str) -> list[list[Any]]:
        rows: list[list[Any]] = self.report["tables"][table]["rows"]
        return rows

    def by_name(self, table: str) -> dict[str, list[Any]]:
        return {row[0]: row[1:] for row in self.rows(table)}


def compare(folder: Path, capsys: pytest.CaptureFixture[str], *, contacts: int, hours: tuple[int, ...]) -> Told:
    with QuarterDemo(folder, contacts=contacts, crm="salesforce", seed=1, quiet=True) as demo:
        demo.hours = hours
        assert demo.run()["further_sync"]["writes"] == 0
        assert demo.sandbox is not None
        ready = json.dumps(demo.sandbox.ready_line())
        found = subprocess.run(  # with nothing of ours on the path
            [sys.executable, "-I", str(SCRIPT), *PERIOD],
            input=ready,
            capture_output=True,
            text=True,
            check=True,
            env={},
        )
    capsys.readouterr()
    with pytest.raises(SystemExit) as end:
        main(["report", *PERIOD, "--format", "json", "-c", str(folder / "config.toml")])
    assert end.value.code == 0
    return Told(json.loads(capsys.readouterr().out), json.loads(found.stdout))


def agree(told: Told) -> None:
    """Equal, not about."""
    report, alone = told.report, told.alone
    assert {name: n for name, n in report["numbers"].items() if name not in OF_THE_LEDGER} == alone["numbers"]
    assert {name: sorted(who) for name, who in report["leads"].items() if name not in OF_THE_LEDGER} == alone["leads"]
    steps = {row[0]: row[3] for row in told.rows("numbers") if row[3] is not None}
    assert list(steps.values()) == list(alone["steps"].values())
    assert report["revenue"] == alone["revenue"]
    deals = {
        row[0].removeprefix("Opportunities, linked by "): row[1] for row in told.rows("revenue") if "linked" in row[0]
    }
    assert deals == alone["deals"]
    for number, clock in enumerate(("sales", "systems"), 1):
        assert {row[0]: row[number] for row in told.rows("clocks")} == alone["clocks"][clock]
    for table in ("owner", "tier", "source", "industry", "trend"):
        assert told.by_name(table) == alone[table], table
    assert sorted(told.rows("reasons")) == alone["reasons"]
    compared = {"numbers", "revenue", "clocks", "owner", "tier", "source", "industry", "trend", "reasons"}
    assert set(report["tables"]) - compared <= set(TABLES_OF_THE_LEDGER)


@pytest.fixture
def told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Told:
    """A small quarter with one sync a day: much happens between two of them."""
    return compare(tmp_path / "quarter", capsys, contacts=200, hours=(12,))


def test_S1_25_to_S1_30_S1_36_a_quarter_in_numbers_that_the_public_apis_confirm(told: Told) -> None:
    agree(told)
    counts = {name: number["hits"] for name, number in told.alone["numbers"].items()}
    assert counts["passed"] > 10
    assert all(counts[name] for name in ("touched", "accepted", "opportunity", "not_ready"))
    assert sum(map(sum, ([row[1] for row in told.rows("clocks")][:7],))) == counts["passed"]


@pytest.mark.long
def test_S1_25_to_S1_30_N18_the_whole_quarter_of_the_demo_in_numbers_that_the_public_apis_confirm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = compare(tmp_path / "quarter", capsys, contacts=2_000, hours=QuarterDemo.hours)
    agree(told)
    assert told.alone["numbers"]["passed"]["hits"] > 100
    assert len(told.alone["revenue"]) >= 3
    waited = told.alone["clocks"]["systems"]
    assert waited["within 3 days"] + waited["later"] > 0  # those whom the trigger refused


def test_the_script_knows_nothing_of_syncd() -> None:
    tree = ast.parse(SCRIPT.read_text(encoding="utf-8"))
    named = {
        alias.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    } | {(node.module or "").partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert named <= set(sys.stdlib_module_names)
    assert "sqlite3" not in named
    assert "_sandbox" not in SCRIPT.read_text(encoding="utf-8")
