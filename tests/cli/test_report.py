"""syncd report as people type it, on a ledger that a real plan made."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncd.config import load
from tests.cli.place import Place, running
from tests.sync.house import ROOT, SECRETS


def test_S1_32_S1_36_the_report_in_all_formats_says_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running() as sandbox:
        place = Place(tmp_path, sandbox, capsys)
        place.approve()
        place.edit("# passed = 120", "passed = 1")
        place.edit("# campaigns = ", "campaigns = ")
        (tmp_path / "campaigns.csv").write_text("day,campaign\n2999-01-01,Winter fair\n", encoding="utf-8")
        count = len(place.emails())
        assert count > 0

        told = place.syncd("report", "--json").json
        assert told["numbers"]["passed"]["hits"] == count == len(told["leads"]["passed"])
        assert "arbitration" not in told["tables"]
        text = place.syncd("report").out
        assert text.startswith(f"{count} leads passed to sales from ")
        assert f"\nQualified leads passed\t{count}\t" in text
        assert "Open a number to its leads: syncd report --leads accepted" in text
        lines = place.syncd("report", "--format", "csv").out.splitlines()
        assert lines[0] == "table,row,column,value,of,share,low,high"
        assert f"numbers,Qualified leads passed,leads,{count},,,," in lines

        page = tmp_path / "pack.html"
        ran = place.syncd("report", "--meeting", "--format", "html", "--out", str(page))
        assert (ran.code, ran.out.endswith(f" to {page}.\n")) == (0, True)
        assert page.stat().st_mode & 0o777 == 0o600
        html = page.read_text(encoding="utf-8")
        for words in (
            "Meeting of marketing and sales",
            ">Passed <b>",
            "Winter fair",
            f'href="{sandbox.servers["salesforce"].url}/00Q',
        ):
            assert words in html
        assert not any(email in html for email in place.emails())

        opened = place.syncd("report", "--leads", "passed", "--format", "csv").out.splitlines()
        assert len(opened) == count + 1
        source = told["tables"]["source"]["rows"][0]
        some = place.syncd("report", "--leads", "passed", "--where", f"source={source[0]}", "--json").json
        assert len(some["tables"]["passed"]["rows"]) == source[1]

        wrong = place.syncd("report", "--leads", "passed", "--where", "sorce=x")
        assert (wrong.code, "leads have no sorce here. They have: " in wrong.err) == (2, True)
        assert (
            place.syncd("report", "--leads", "passed", "--where", "reason=(not known)", "--format", "csv").out.count(
                "\n"
            )
            == count + 1
        )
        place.syncd("report", "--out", str(tmp_path / "told.txt"))
        assert f"\nQualified leads passed\t{count}\t" in (tmp_path / "told.txt").read_text(encoding="utf-8")
        early = place.syncd("report", "--from", "2020-01-01", "--to", "2020-01-31", "--json").json
        assert early["numbers"]["passed"] == {"hits": 0, "of": 0, "share": None, "low": None, "high": None}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--leads", "acepted"], "there is no such number. There are: passed, touched, accepted,"),
        (["--where", "source=x"], "--where goes with --leads"),
        (["--leads", "won", "--where", "x"], "write NAME=VALUE"),
        (["--last", "0d"], "write days or weeks, such as 30d or 13w."),
        (["--last", "x"], "write days or weeks"),
        (["--from", "2026-02-02", "--to", "2026-02-01"], "--from 2026-02-02 is later than --to 2026-02-01."),
        ([], "Nothing was synced yet, so there is nothing to report. Begin with: syncd plan"),
    ],
)
def test_what_cannot_be_asked_is_said(options: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str],
                                      monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    from syncd.cli import main

    (tmp_path / "c.toml").write_text((ROOT / "config.example.toml").read_text(encoding="utf-8"), encoding="utf-8")
    monkeypatch.setenv("SYNCD_CONFIG", str(tmp_path / "c.toml"))
    with pytest.raises(SystemExit) as left:
        main(["report", *options, "--json"])
    assert left.value.code == 2
    assert sentence in json.loads(capsys.readouterr().out)["error"][0]


def test_the_defaults_of_the_example_are_those_of_the_core(tmp_path: Path) -> None:
    from syncd.core.metrics.terms import ReportRules

    found = load(ROOT / "config.example.toml", environ=SECRETS).report
    assert found.rules == ReportRules()
    assert (found.spend, found.campaigns) == (None, None)


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ('[report]\nsegments = ["industri"]', 'no mapping has a field "industri". Did you mean'),
        ('[report]\nstuck = "14"', "`stuck` must be a duration"),
        ('[report]\nsegment = ["industry"]', "segments"),
        ("[targets]\naccepted_rate = 1.5", "`accepted_rate`"),
        ("[targets]\nrevenue = { EUR = -1 }", "must be an amount of money"),
        ("[targets]\nrevenue = { euro = 1 }", "`euro` is not a currency. Write its three letters: EUR."),
    ],
)
def test_what_is_wrong_with_report_and_targets_is_said_with_its_line(keys: str, sentence: str, tmp_path: Path) -> None:
    from syncd.core.errors import ConfigError

    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    text = text[: text.index("[report]")] + keys + "\n"
    (tmp_path / "c.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as found:
        load(tmp_path / "c.toml", environ=SECRETS)
    (complaint,) = found.value.complaints
    assert sentence in f"{complaint}"
    assert complaint.line > text.count("\n") - 3
