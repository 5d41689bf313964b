"""Real leads with outcomes: a configuration made from the first part, tried on the rest, and counted again by a script that
shares no code with syncd."""

from __future__ import annotations

import ast
import contextlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from syncd.cli import main
from tests.backtest import independent, learn

HERE = Path(__file__).parent
PUBLIC = Path(os.environ.get("SYNCD_SHARED") or HERE.parents[2] / "shared") / "data" / "datasets"

NEEDS = pytest.mark.skipif(not PUBLIC.is_dir(), reason="the public data sets are not on this machine (SYNCD_SHARED)")


def syncd(capsys: pytest.CaptureFixture[str], folder: Path, *args: str) -> Any:
    capsys.readouterr()
    with contextlib.chdir(folder), pytest.raises(SystemExit) as left:
        main(list(args))
    told = capsys.readouterr()
    assert left.value.code == 0, told.err
    return told.out


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("sample", HERE / "samples"),
        pytest.param("olist", PUBLIC, marks=NEEDS),
        pytest.param("x", PUBLIC, marks=NEEDS),
    ],
)
def test_N4_backtest_says_what_an_independent_script_says(
    name: str, folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """N4, S3.12: precision, recall and lift of rules that were made from the first part only, on the rest."""
    learn.make(name, folder, tmp_path)
    files = [str(p.name) for p in sorted(tmp_path.glob("*.csv"))]
    syncd(capsys, tmp_path, "import", *files, "--map", "import.toml")
    told = json.loads(syncd(capsys, tmp_path, "backtest", "--config", "syncd.toml", "--since", "2017-01-01", "--json"))
    won = told["new"]["outcomes"]["won"]
    mine = {
        "people": told["looked_at"],
        "won": won["all"],
        "passed": told["new"]["passed"],
        "hits": won["passed"],
        **{measure: won[measure] for measure in ("precision", "recall", "lift")},
    }
    theirs: dict[str, Any] = independent.measure(name, folder, tmp_path / "syncd.toml")  # type: ignore[no-untyped-call]
    assert mine == theirs
    assert theirs["lift"][0] > 1.5  # the rules found something, so that the numbers mean something
    assert sum(load["leads"] for load in told["new"]["load"].values()) == theirs["passed"]


def test_the_independent_script_shares_no_code() -> None:
    tree = ast.parse((HERE / "independent.py").read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert not [
        name for name in imported if name.partition(".")[0] in ("syncd", "tests", "connectors", "learn", "bench")
    ]


def test_what_is_learned_comes_from_the_first_part_only(tmp_path: Path) -> None:
    """The same rules come out when the rest of the leads, and every deal that was won after the split, is not there at all."""
    samples = HERE / "samples"
    cut = tmp_path / "cut"
    cut.mkdir()
    for name, column in (("leads.csv", "first_contact_date"), ("deals.csv", "won_date")):
        head, *lines = (samples / name).read_text(encoding="utf-8").splitlines(keepends=True)
        at = head.strip().split(",").index(column)
        kept = [line for line in lines if line.split(",")[at] < "2025-07-01"]
        assert 0 < len(kept) < len(lines)
        (cut / name).write_text("".join([head, *kept]), encoding="utf-8")
    learn.make("sample", samples, tmp_path / "whole")
    learn.make("sample", cut, tmp_path / "early")
    assert (tmp_path / "early/syncd.toml").read_text() == (tmp_path / "whole/syncd.toml").read_text()
