"""What the commands that only look say of the configuration in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncd.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _example(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example configuration is the one that is read; no secret is set, for none is needed."""
    monkeypatch.setenv("SYNCD_CONFIG", str(ROOT / "config.example.toml"))


def run(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as left:
        main(list(args))
    assert isinstance(left.value.code, int)
    return left.value.code, capsys.readouterr().out


def test_S0_6_criteria_prints_the_rule_first_and_then_each_of_its_parts(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "criteria")
    assert code == 0
    assert told.startswith("A lead goes to sales when its score reaches 60 of 100 (50 % fit, 50 % engagement)")
    for text in (
        "   +40  Decision maker: title matches",
        "   -40  Junior title: ",
        "  Can be reached: phone is known or mobile is known or opened an e-mail within 180 days",
        "  Too small to buy: employees is 1-5, 5-25 or 25-50",
        "  hot: score of 90 or more",
        "  fallback: ruth.adler@syncd.example gets what nobody else can take",
        "  agreed by Marketing: M. Rossi and Sales: R. Adler on 2026-11-01",
    ):
        assert f"\n{text}" in told


def test_S0_7_criteria_names_the_version_that_decisions_cite(capsys: pytest.CaptureFixture[str]) -> None:
    from syncd.config import load

    version = load(ROOT / "config.example.toml", environ={}, resolve=False).rules.version
    _, told = run(capsys, "criteria", "--json")
    assert json.loads(told)["version"] == version


# ---------------------------------------------------------------- stages
def test_S0_4_stages_prints_every_stage_with_its_owner(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = run(capsys, "stages")
    assert code == 0
    assert "Sales-qualified lead (sql), responsible: sales\n" in told
    assert "enters when: Salesforce Lead Status is Working - Contacted\n" in told


def test_S4_7_the_field_dictionary_comes_on_demand(capsys: pytest.CaptureFixture[str]) -> None:
    _, told = run(capsys, "stages", "--json")
    assert set(json.loads(told)) == {"stages"}
    _, told = run(capsys, "stages", "--fields", "--json")
    fields = {f["field"]: f["remote"] for f in json.loads(told)["fields"]}
    assert "HubSpot contacts.jobtitle (both, prefer_crm)" in fields["title"]


def test_S0_4_the_words_of_the_company_are_used(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    mine = tmp_path / "mine.toml"
    words = '[stages.sql]\nlabel = "Confirmed"\nowner = "Sales: R. Adler"\n'
    mine.write_text((ROOT / "config.example.toml").read_text(encoding="utf-8") + words, encoding="utf-8")
    _, told = run(capsys, "stages", "-c", str(mine))
    assert (
        "Confirmed (sql), responsible: Sales: R. Adler\n  Sales confirmed fit and intent by phone or e-mail.\n" in told
    )


def test_S0_4_a_stage_that_does_not_exist_is_refused_with_its_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = tmp_path / "mine.toml"
    text = (ROOT / "config.example.toml").read_text(encoding="utf-8")
    mine.write_text(f'{text}[stages.sqll]\nlabel = "x"\n', encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["stages", "-c", str(mine)])
    assert left.value.code == 2
    line = text.count("\n") + 1
    assert f"mine.toml:{line}: unknown key `sqll`. Did you mean `sql`?" in capsys.readouterr().err
