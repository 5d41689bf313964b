"""What the world's people did in the product: believable, the same for the same seed, and apart from both systems."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.loopback.sandbox import Options, SandboxError, prepare

Rows = list[dict[str, str]]


def rows(folder: Path) -> Rows:
    return [row for path in sorted(folder.glob("*.csv")) for row in csv.DictReader(path.read_text().splitlines())]


@pytest.fixture(scope="module")
def world(options: Callable[..., Options], tmp_path_factory: pytest.TempPathFactory) -> tuple[Rows, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("product")
    with prepare(replace(options(600), product=folder)) as sandbox:
        assert sandbox.world.counts["product_events"] == len(rows(folder))
        return rows(folder), sandbox.hubspot.snapshot()


def test_S0_28_a_trial_begins_goes_on_and_ends(world: tuple[Rows, dict[str, Any]], now: datetime) -> None:
    trials: dict[str, Rows] = defaultdict(list)
    for row in world[0]:
        trials[row["email"]].append(row)
    assert len(trials) > 20
    for trial in trials.values():
        moments = [datetime.fromisoformat(row["at"]) for row in trial]
        assert [row["event"] for row in trial[:2]] == ["signed_up", "trial_started"]
        assert moments == sorted(moments)
        assert moments[-1] < now
        assert len({row["plan"] for row in trial}) == 1
        over = moments[0] + timedelta(days=14) < now
        assert (trial[-1]["event"] == "trial_ended") is over
    assert {row["event"] for row in world[0]} >= {"activated", "created_project", "invited_teammate", "opened_report"}
    assert len({row["id"] for row in world[0]}) == len(world[0])


def test_S0_28_most_who_try_it_are_contacts_and_some_are_strangers(world: tuple[Rows, dict[str, Any]]) -> None:
    known = {contact["properties"]["email"] for contact in world[1]["contacts"] if contact["properties"].get("email")}
    tried = {row["email"] for row in world[0]}
    assert 0 < len(tried - known) < len(tried & known) / 4
    assert len(tried & known) < len(known) / 4


def test_the_same_seed_does_the_same_and_both_systems_know_nothing_of_it(
    options: Callable[..., Options], tmp_path: Path
) -> None:
    files, systems = [], []
    for folder in (tmp_path / "a", tmp_path / "a", None):
        with prepare(replace(options(120), product=folder)) as sandbox:
            systems.append((sandbox.hubspot.snapshot(), sandbox.salesforce.snapshot()))
        files.append({path.name: path.read_text() for path in (tmp_path / "a").iterdir()})
    assert files[0] == files[1] == files[2]
    assert systems[0] == systems[1] == systems[2]


def test_a_file_in_the_place_of_the_folder_is_refused(options: Callable[..., Options], tmp_path: Path) -> None:
    file = tmp_path / "product"
    file.touch()
    with pytest.raises(SandboxError, match="is not a directory"):
        prepare(replace(options(1), product=file))
