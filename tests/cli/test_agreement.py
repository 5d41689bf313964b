"""What `check` and `status` say of rules that nobody signed."""

from __future__ import annotations

import pytest

from tests.cli.place import Place


@pytest.mark.parametrize("command", ["check", "status"])
def test_S0_9_S4_3_rules_that_were_changed_after_signing_are_flagged(place: Place, command: str) -> None:
    signed = place.syncd("check", "--json").json["agreement"]
    place.edit("threshold = 60", f'threshold = 60\nagreed_version = "{signed}"')
    assert "unsigned" not in place.syncd(command).out
    place.edit("threshold = 60", "threshold = 61")
    told = place.syncd(command)
    assert (
        f"are unsigned: version {signed} was signed by Marketing: M. Rossi and Sales: R. Adler on 2026-11-01"
        in told.out
    )
    assert 'agreed_version = "' in told.out
    as_json = place.syncd(command, "--json").json
    said = as_json["unsigned"] if command == "status" else as_json["findings"][0]["sentence"]
    assert signed in said


def test_S0_9_check_shows_the_version_to_sign(place: Place) -> None:
    ran = place.syncd("check")
    assert f"version {place.syncd('check', '--json').json['agreement']} of what marketing and sales agree on" in ran.out
