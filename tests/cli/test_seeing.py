"""What the commands that only look say of the configuration in force."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from syncd.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _example(monkeypatch: pytest.MonkeyPatch) -> None:
    """The example configuration is the one that is read."""
    monkeypatch.setenv("SYNCD_CONFIG", str(ROOT / "config.example.toml"))
    for name in ("HUBSPOT_TOKEN", "SALESFORCE_CLIENT_ID", "SALESFORCE_CLIENT_SECRET"):
        monkeypatch.setenv(f"SYNCD_{name}", "a-secret-of-the-example")


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
