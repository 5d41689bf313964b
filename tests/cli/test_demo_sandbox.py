"""syncd demo and syncd sandbox."""

from __future__ import annotations

import json
import signal
import stat
from pathlib import Path

import pytest
import requests

from syncd import demo_quarter
from syncd.cli import main
from tests.cli.place import Place, start_syncd


def left(args: list[str]) -> int:
    with pytest.raises(SystemExit) as end:
        main(args)
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_N18_the_demo_tells_the_whole_loop_with_real_numbers(
    crm: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "demo"
    assert left(["demo", "--once", "--contacts", "150", "--crm", crm, "--folder", str(folder)]) == 0
    told = capsys.readouterr().out
    for chapter in (
        "The plan", "Applied", "Reps work their leads", "Who went to whom, and why", "and what sales said", "One brief",
        "What came back to marketing", "One more sync, with nothing changed, wrote 0 times.", "API calls in all",
    ):  # fmt: skip
        assert chapter in told
    assert {"config.toml", "plan.json", "syncd.db"} <= {file.name for file in folder.iterdir()}
    assert stat.S_IMODE((folder / "plan.json").stat().st_mode) == 0o600


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_the_demo_of_a_quarter_ends_with_its_report(
    crm: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A week of it; tests/independent has the whole."""
    monkeypatch.setattr(demo_quarter, "DAYS", 7)
    folder = tmp_path / "demo"
    assert left(["demo", "--once", "--quarter", "--contacts", "150", "--crm", crm, "--folder", str(folder)]) == 0
    told = capsys.readouterr().out
    for part in (
        "calls within half an hour", "week  1:", "The report of the quarter", "Qualified leads passed", "first touch (median)",
        "One more sync, with nothing changed, wrote 0 times.",
    ):  # fmt: skip
        assert part in told
    assert "week  2:" not in told


def test_the_demo_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "demo"
    for _ in range(2):  # its own folder may be used again
        assert left(["--json", "demo", "--once", "--contacts", "120", "--folder", str(folder)]) == 0
        told = json.loads(capsys.readouterr().out)
        assert told["planned"]["handoffs"] == told["applied"]["handoffs"] > 0
        assert told["applied"]["actions"] == {"done": told["planned"]["actions"]}
        assert told["further_sync"]["writes"] == 0
        assert told["brief"].startswith("Next step: ")
        assert sum(told["returned"].values()) == len(told["handoffs"])


def test_the_demo_leaves_a_folder_with_other_things_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ledger = tmp_path / "syncd.db"
    ledger.write_text("the ledger of a real installation")
    assert left(["demo", "--once", "--contacts", "5", "--folder", str(tmp_path)]) == 2
    assert "holds other things" in capsys.readouterr().err
    assert ledger.read_text() == "the ledger of a real installation"
    assert [file.name for file in tmp_path.iterdir()] == ["syncd.db"]


@pytest.mark.process
@pytest.mark.parametrize(
    "args", [["sandbox", "--write-config", "sb/config.toml"], ["-c", "sb/config.toml", "sandbox", "--json"]]
)
def test_a_sandbox_says_where_it_is_and_writes_a_configuration_that_works(place: Place, args: list[str]) -> None:
    with start_syncd(place.folder, *args, "--contacts", "30", "--days", "20") as child:
        try:
            assert child.stdout is not None
            ready = json.loads(child.stdout.readline())
            assert ready["config"] == "sb/config.toml"
            assert requests.get(f"{ready['hubspot']['url']}/_sandbox/health", timeout=10).json()["ready"] is True
            ran = place.syncd("check", "-c", "sb/config.toml")
            assert (ran.code, ran.out.splitlines()[-1]) == (
                0, "All is well. Next: syncd plan --out plan.json -c sb/config.toml",
            )  # fmt: skip
            child.send_signal(signal.SIGTERM)
            assert child.wait(timeout=30) == 0
        finally:
            child.kill()


def test_a_sandbox_that_cannot_start(capsys: pytest.CaptureFixture[str]) -> None:
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        assert left(["sandbox", "--days", "0", "--hubspot-port", "99999"]) == 2
    finally:
        for number, handler in handlers.items():
            signal.signal(number, handler)
    assert len(capsys.readouterr().err.splitlines()) == 2
