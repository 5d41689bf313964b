"""The example scenarios run, and do what they say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import connectors.loopback.scenario as package
from connectors.loopback.sandbox import Options, Sandbox, prepare

EXAMPLES = Path(package.__file__).parent / "examples"
# How long each is played, in days.
PLAYED = {"strict-org": 3, "messy-year": 365, "native-sync": 1, "least-privilege": 2}


def played(name: str) -> Iterator[tuple[Sandbox, dict[str, Any]]]:
    with prepare(Options(scenario=EXAMPLES / f"{name}.toml", ticking=False)) as sandbox:
        sandbox.clock.advance(PLAYED[name] * 86_400)
        assert sandbox.production is not None
        yield sandbox, sandbox.production.report()


def test_every_example_is_played_here() -> None:
    assert {path.stem for path in EXAMPLES.glob("*.toml")} == set(PLAYED)


@pytest.mark.parametrize("name", PLAYED)
def test_nothing_in_an_example_is_refused_or_comes_to_nothing(name: str) -> None:
    for _, report in played(name):
        assert [entry for entry in report["events"] if "refused" in entry] == []
        assert report["left_out"] == []
        done = Counter(entry["event"] for entry in report["events"] if entry["done"] or entry["do"] == "clear-faults")
        assert set(done) == {entry["event"] for entry in report["events"]}


def test_the_messy_year_has_everything_in_it() -> None:
    for sandbox, report in played("messy-year"):
        assert {"edit", "merge", "convert", "delete", "create", "set-option", "add-field", "remove-field", "deactivate",
                "expire-sessions", "fault"} == {entry["do"] for entry in report["events"]}  # fmt: skip
        assert sandbox.salesforce.faults.rules() == []


def test_the_native_sync_of_its_example_makes_leads_and_fights_nobody_off() -> None:
    for _, report in played("native-sync"):
        done = report["native_sync"]
        assert (done["rounds"], done["errors"]) == (96, [])
        assert done["salesforce_created"] > 5
        assert done["hubspot_updated"] > 5
