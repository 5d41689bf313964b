"""What a terminal and a pipe get to see."""

from __future__ import annotations

import pytest

from syncd.cli import show

HOSTILE = "\x1b]0;owned\x07\x1b[31mEve\u202e\tof\x9b\x00things"


@pytest.fixture(params=[True, False], ids=["terminal", "pipe"])
def on_a_terminal(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    monkeypatch.setattr(show, "drawn", lambda: request.param)
    return bool(request.param)


def test_what_leads_write_reaches_no_terminal(
    on_a_terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A lead calls itself a terminal command."""
    monkeypatch.setenv("NO_COLOR", "1")
    show.say(HOSTILE)
    show.block(f"{HOSTILE}\n{HOSTILE * 9}", "  | ")
    show.table(("name", "n"), [(HOSTILE, 1)])
    show.facts([("name", HOSTILE)])
    show.findings([{"sentence": HOSTILE, "fix": HOSTILE}])
    with show.progress("sync", quiet=False) as step:
        step(f"pull {HOSTILE}")
    told = capsys.readouterr()
    text = (told.out + told.err).replace("\n", "")
    assert "Eve" in text
    assert not [c for c in text if not c.isprintable() and (on_a_terminal or c != "\t")]


def test_a_piped_table_is_tab_separated_and_whole(capsys: pytest.CaptureFixture[str]) -> None:
    show.table(("lead", "score"), [("Ada\tLovelace" * 30, 100), (None, 7)])
    rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert rows == [["lead", "score"], ["Ada Lovelace" * 30, "100"], ["", "7"]]


def test_a_drawn_table_keeps_a_row_on_a_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(show, "drawn", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    show.table(("lead", "score"), [("Ada Lovelace " * 20, 100), ("Bob", 7)])
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert len(lines) == 4
    assert "…" in lines[2]
    assert lines[2].endswith("100")
    assert lines[3].endswith("  7")


def test_a_long_brief_is_folded_on_a_terminal_and_left_alone_in_a_pipe(
    on_a_terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    show.block("WHO\n  Name: " + "Ada " * 40, "  | ")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "  | WHO"
    assert lines[1].startswith("  |   Name: Ada")
    assert all(line.startswith("  | ") for line in lines)
    assert (max(map(len, lines)) <= 60) is on_a_terminal


def test_progress_tells_each_phase_once_in_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    with show.progress("sync", quiet=False) as step:
        for text in ("check", "pull", "pull hubspot, 100 people seen", "pull hubspot, 200 people seen", "decide"):
            step(text)
    assert capsys.readouterr().err.splitlines() == ["sync: check", "sync: pull", "sync: decide"]
    with show.progress("sync", quiet=True) as step:
        step("check")
    assert capsys.readouterr().err == ""
