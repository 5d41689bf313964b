"""What the commands that only look say of the configuration in force."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

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


# ---------------------------------------------------------------- policy tests
def test_N14_the_first_tests_are_written_and_pass(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    code, told = run(capsys, "test", "--init")
    assert code == 0
    assert told.startswith("Wrote 19 tests to tests.toml. Run them: syncd test tests.toml")
    code, told = run(capsys, "test")
    assert code == 0
    assert told.count("ok    ") == 19
    assert "19 tests, all passed (rules " in told
    before = (tmp_path / "tests.toml").read_bytes()
    assert run(capsys, "test", "--init")[0] == 2
    assert (tmp_path / "tests.toml").read_bytes() == before


def test_N14_a_failure_says_what_was_expected_and_why(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file, junit = tmp_path / "tests.toml", tmp_path / "results.xml"
    file.write_text(
        '[[test]]\nname = "A stranger"\nexpect = { ready = false }\n'
        '[[test]]\nname = "A & <b>"\nlead = { title = "CEO\\u0001", opted_out = true }\n'
        'expect = { ready = true, tier = "hot" }\n',
        encoding="utf-8",
    )
    code, told = run(capsys, "test", str(file), "--junit", str(junit))
    assert code == 1
    assert (
        f"ok    A stranger\nFAIL  A & <b> ({file}:4)\n"
        "      ready: expected handed over now, got not handed over now\n"
        "      tier: expected hot, got none\n"
        "      why:\n        score 20: fit 40, engagement 0\n"
    ) in told
    assert "\n        veto: Opted out: opted out is " in told
    assert told.splitlines()[-1].startswith("1 of 2 failed")

    suite = ElementTree.parse(junit).getroot()[0]
    assert suite.attrib == {"name": "syncd", "tests": "2", "failures": "1"}
    assert [(case.get("name"), len(case)) for case in suite] == [("A stranger", 0), ("A & <b>", 1)]
    assert "tier: expected hot, got none" in (suite[1][0].text or "")

    code, told = run(capsys, "test", str(file), "--json")
    assert code == 1
    said = json.loads(told)
    assert (said["tests"], said["failed"]) == (2, 1)
    assert said["results"][1]["failures"][0]["what"] == "ready"


def test_N14_a_wrong_file_is_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "tests.toml").write_text('[[test]]\nname = "x"\nexpect = { tier = "hott" }\n', encoding="utf-8")
    with pytest.raises(SystemExit) as left:
        main(["test", str(tmp_path / "tests.toml")])
    assert left.value.code == 2
    assert 'tests.toml:3: there is no tier "hott". Did you mean "hot"?' in capsys.readouterr().err
