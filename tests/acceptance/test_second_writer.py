"""A second writer over both emulators: it sets back what syncd wrote, by HTTP, and its name stands in the one problem."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.ledger import journal
from tests.acceptance.town import Town
from tests.buyers import TITLE


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path)
    yield town
    town.close()


NATIVE_SYNC = """\
[native_sync]
create_contacts = false

[[native_sync.field]]
hubspot = "syncd_owner"
salesforce = "Company"
rule = "always-salesforce"
"""
"""HubSpot's own integration with Salesforce, badly mapped: it writes the company into the field of the owner."""


def problems(town: Town) -> list[dict[str, Any]]:
    return [p for p in journal.problems(town.ledger) if p["kind"] == "oscillation"]


def writes(town: Town) -> int:
    return sum(town.sync().writes.values())


def test_C6_a_stage_that_is_flipped_in_hubspot_is_one_problem_with_the_name_of_who_does_it(town: Town) -> None:
    (ada,) = town.contacts(1, title=TITLE)
    town.rest()
    written = 0
    for _ in range(8):
        town.write([ada], syncd_stage="lead")
        written += writes(town)
        town.clock.advance(600)
    assert written == 3
    (problem,) = problems(town)
    assert problem["sentence"].startswith("The user")
    assert "overwrite each other in HubSpot contacts.syncd_stage" in problem["sentence"]
    assert "it became “lead”, 3 times so far" in problem["sentence"]


def test_C14_two_formatters_at_both_ends_come_to_rest_and_the_one_in_salesforce_is_named(town: Town) -> None:
    (ada,) = town.contacts(1, title=TITLE)
    town.rest()
    ((lead,),) = [[row["Id"] for row in town.rows("Lead")]]
    counts = []
    for _ in range(12):
        if town.rows("Lead")[0]["Phone"] != "(030) 1":
            town.answer([lead], Phone="(030) 1")
        if town.sandbox.hubspot.snapshot()["contacts"][0]["properties"]["phone"] != "+49301":
            town.write([ada], phone="+49301")
        town.clock.advance(600)
        counts.append(writes(town))
    assert sum(counts) <= 10
    assert counts[-3:] == [0, 0, 0]
    (problem,) = problems(town)
    assert problem["subject"] == f"{ada} phone"
    assert "and syncd overwrite each other in" in problem["sentence"]
    assert not problem["sentence"].startswith("Something else")


def test_C6_C14_the_native_sync_is_a_second_writer_and_is_named(tmp_path: Path) -> None:
    (scenario := tmp_path / "native.toml").write_text(NATIVE_SYNC, encoding="utf-8")
    town = Town(tmp_path, scenario=scenario)
    try:
        town.contacts(1, title=TITLE)
        counts = []
        for _ in range(14):
            counts.append(writes(town))
            town.clock.advance(900)
        assert sum(counts[1:]) == 3
        (problem,) = problems(town)
        assert problem["sentence"].startswith(
            "The integration “Salesforce” (25200) and syncd overwrite each other in HubSpot"
        )
        assert "contacts.syncd_owner" in problem["sentence"]
        assert "it became “Works 0”" in problem["sentence"]
    finally:
        town.close()
