"""Wrong configurations: everything that is wrong at once, exit code 2, nothing written."""

from __future__ import annotations

import pytest

from tests.cli.place import Place

COMMANDS = (["check"], ["plan"], ["sync"], ["status"], ["run"], ["explain", "a@b.example"], ["handoffs"], ["problems"])


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_a_missing_configuration(place: Place, command: list[str]) -> None:
    ran = place.syncd(*command, "-c", "nowhere.toml")
    assert ran.code == 2
    assert "nowhere.toml" in ran.err
    assert "syncd init" in ran.err
    assert ran.out == ""
    assert not place.ledger.exists()


@pytest.mark.parametrize("command", COMMANDS, ids=lambda c: c[0])
def test_all_complaints_at_once_each_with_its_line(place: Place, command: list[str]) -> None:
    place.edit("threshold = 60", "threshold = 600")
    place.edit('mode = "territory"', 'mode = "teritory"')
    place.edit("keep_owner = true", 'keep_owner = true\ncolour = "blue"')
    before = place.contents()
    ran = place.syncd(*command)
    assert ran.code == 2
    told = ran.err.splitlines()
    assert len(told) == 3
    assert all(line.partition(": ")[0].startswith(("syncd.toml:", str(place.config) + ":")) for line in told), told
    for word in ("threshold", "mode", "colour"):
        assert any(word in line for line in told)
    assert place.contents() == before
    assert not place.ledger.exists()


def test_with_json_the_complaints_are_json(place: Place) -> None:
    place.edit("threshold = 60", "threshold = 600")
    ran = place.syncd("sync", "--json")
    assert ran.code == 2
    assert ran.json["exit_code"] == 2
    assert "threshold" in ran.json["error"][0]


def test_a_file_that_is_no_toml(place: Place) -> None:
    place.config.write_text("[syncd\n")
    ran = place.syncd("check")
    assert ran.code == 2
    assert "syncd.toml:1" in ran.err


def test_a_secret_that_is_gone(place: Place) -> None:
    (place.folder / "syncd.hubspot_token").unlink()
    ran = place.syncd("check")
    assert ran.code == 2
    assert "the secret file syncd.hubspot_token does not exist" in ran.err


def test_a_secret_that_others_may_read(place: Place) -> None:
    (place.folder / "syncd.hubspot_token").chmod(0o644)
    ran = place.syncd("sync")
    assert ran.code == 2
    assert "chmod 600" in ran.err
