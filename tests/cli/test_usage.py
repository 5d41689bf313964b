"""How commands are called: where options stand, what help says, what wrong usage gets."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from syncd.cli import main
from syncd.cli.app import COMMANDS, EXIT_CODES
from tests.cli.place import Place, start_syncd

HEAVY = (
    "hubspot",
    "simple_salesforce",
    "requests",
    "sqlite_utils",
    "pydantic",
    "structlog",
    "rich",
    "apscheduler",
    "flask",
)


def left(args: list[str]) -> int:
    with pytest.raises(SystemExit) as end:
        main(args)
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.process
@pytest.mark.parametrize("args", [["--help"], ["--version"]])
def test_help_imports_nothing_heavy(args: list[str]) -> None:
    """The reason why it takes less than 150 ms."""
    code = f"import sys; from syncd.cli import main\ntry: main({args!r})\nexcept SystemExit: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert not [name for name in HEAVY if name in loaded]
    assert not [name for name in loaded if name.startswith(("connectors", "syncd.sync", "syncd.config"))]


def test_help_lists_every_command_and_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert left(["--help"]) == 0
    told = capsys.readouterr().out
    for name in (*COMMANDS, *EXIT_CODES.values()):
        assert name in told


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help_and_takes_config_and_json(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert left([name, "--help"]) == 0
    told = capsys.readouterr().out
    in_force = "-c, --in-force" if name in ("try", "backtest") else "-c, --config"
    assert in_force in told
    assert "--json" in told


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["synk"], "There is no command “synk”. Did you mean “sync”?"),
        (["frobnicate"], "There is no command “frobnicate”. See: syncd --help"),
        (["sync", "--jsn"], "--json"),
        (["apply"], "Missing argument 'PLAN'"),
        (["undo", "x"], "'x' is not a valid integer"),
        (["handoffs", "--state", "lost"], "'lost' is not one of"),
        (["run", "--every", "0"], "0.0 is not in the range"),
        (["init"], "--receiver is missing"),
    ],
)
def test_wrong_usage_is_told_and_ends_with_2(args: list[str], told: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert left(args) == 2
    err = capsys.readouterr().err
    assert told in err
    assert "Traceback" not in err


def test_wrong_usage_with_json_is_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert left(["--json", "synk"]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told == {"error": ["There is no command “synk”. Did you mean “sync”?"], "exit_code": 2}


@pytest.mark.parametrize(
    "args",
    [
        ["-c", "other.toml", "--json", "status"],
        ["status", "-c", "other.toml", "--json"],
        ["--json", "status", "--config", "other.toml"],
        ["--config", "other.toml", "problems", "--json"],
        ["problems", "-c", "other.toml", "retry", "--json"],
        ["problems", "retry", "--json", "-c", "other.toml"],
        ["-c", "nowhere.toml", "handoffs", "-c", "other.toml", "--json"],
    ],
)
def test_config_and_json_stand_before_or_after_the_command(place: Place, args: list[str]) -> None:
    place.config.rename(place.folder / "other.toml")
    ran = place.syncd(*args)
    assert ran.code == 0
    assert isinstance(ran.json, dict)


def test_the_environment_names_the_configuration(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.config.rename(place.folder / "other.toml")
    assert place.syncd("status").code == 2
    monkeypatch.setenv("SYNCD_CONFIG", "other.toml")
    assert place.syncd("status").code == 0


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert left(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "_SYNCD_COMPLETE" in script
    assert left(["completion", shell, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"shell": shell, "script": script.removesuffix("\n")}


def test_init_writes_a_configuration_that_check_reads(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.toml"
    args = ["init", "-c", str(file), "--receiver", "a@acme.example", "--fallback", "b@acme.example"]
    assert left(args) == 0
    assert f"syncd check -c {file}" in capsys.readouterr().out
    before = file.read_text()
    assert left(args) == 2
    assert "exists already" in capsys.readouterr().err
    assert file.read_text() == before
    assert left(["check", "-c", str(file)]) == 2  # the secrets are not set
    told = capsys.readouterr().err
    for name in ("SYNCD_HUBSPOT_TOKEN", "SYNCD_SALESFORCE_CLIENT_ID", "SYNCD_SALESFORCE_CLIENT_SECRET"):
        assert f"the environment variable {name} is not set" in told


def test_init_in_a_folder_that_is_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "none" / "mine.toml"
    assert left(["init", "-c", str(file), "--receiver", "a@acme.example", "--fallback", "b@acme.example"]) == 2
    assert capsys.readouterr().err == f"{file}: No such file or directory.\n"


@pytest.mark.process
def test_a_reader_that_leaves_gets_no_traceback(place: Place) -> None:
    with start_syncd(place.folder, "--help") as child:
        assert child.stdout is not None
        child.stdout.close()
        assert child.stderr is not None
        assert child.stderr.read() == ""
        assert child.wait(30) in (0, 1)


@pytest.mark.process
def test_output_that_the_terminal_cannot_show_is_escaped(place: Place) -> None:
    with start_syncd(place.folder, "synk", PYTHONIOENCODING="latin-1") as child:
        _, err = child.communicate(timeout=30)
    assert child.returncode == 2
    assert "There is no command \\u201csynk\\u201d" in err
