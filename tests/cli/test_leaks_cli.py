"""`syncd leaks`, `syncd overdue`, and the counts in `syncd status`, on a ledger whose leads were left alone for weeks."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import pytest

from syncd.core.promise import Followup, Promise
from tests.cli.place import Place
from tests.sync.house import House, example_rules

ANNA, JONAS = "anna.koehler@syncd.example", "jonas.weiss@syncd.example"


@pytest.fixture
def left_alone(place: Place) -> Place:
    """Ada and =Eve are with sales since eight days, and nobody called them."""
    house = House(rules=replace(example_rules(), followup=Followup(usual=Promise(), version="p1")))
    house.contact("ada")
    house.contact("eve", email="=eve@eve-works.example")
    house.settle_down()
    house.wait(days=8)
    house.sync()
    house.ledger.backup(place.ledger)
    return place


def test_S0_8_leaks_on_the_screen_as_json_as_a_sheet_and_in_status(left_alone: Place) -> None:
    told = left_alone.syncd("leaks")
    assert told.code == 1
    assert "2 leads of which things stand still" in told.out
    assert "2 with sales, not touched as promised" in told.out
    assert (
        f"ada@ada-works.example\t{ANNA}\t2026-11-24 13:20\t8 days ago\tthe promised first touch is overdue" in told.out
    )
    found = left_alone.syncd("leaks", "--json").json
    assert found["counts"]["untouched"] == 2
    assert {leak["owner"] for leak in found["leaks"]} == {ANNA, JONAS}
    assert left_alone.syncd("status", "--json").json["leaks"] == found["counts"]
    line = next(line for line in left_alone.syncd("status").out.splitlines() if "standing still" in line)
    assert line.endswith("2 untouched: syncd leaks")
    rows = list(csv.DictReader(io.StringIO(left_alone.syncd("leaks", "--csv", "--kind", "untouched").out)))
    assert [row["email"] for row in rows] == ["ada@ada-works.example", "'=eve@eve-works.example"]
    assert left_alone.syncd("leaks", "--owner", "nobody@syncd.example").out == "Nothing leaks: every lead moves.\n"


def test_S0_8_how_long_is_too_long_says_the_configuration(left_alone: Place) -> None:
    """The status of Salesforce's lead is new: its follow-up task is open, so no next step is missing."""
    assert "no_next_step" not in left_alone.syncd("leaks", "--json").json["counts"]
    wrong = '[leaks]\nnurture = "often"\nnext_stop = "1d"\n\n[route]\n'
    left_alone.edit("[route]\n", wrong)
    told = left_alone.syncd("leaks")
    assert told.code == 2
    assert "next_step" in told.err
    assert 'Write a number and a unit: "60s"' in told.err


def test_S1_14_overdue_on_the_screen_as_json_and_as_a_sheet(left_alone: Place) -> None:
    told = left_alone.syncd("overdue")
    assert told.code == 1
    assert f"{ANNA}: 1 promise overdue" in told.out
    assert "ada@ada-works.example\tfirst touch\t2026-11-24 13:20\t7 days\thuman" in told.out
    (first, _) = left_alone.syncd("overdue", "--json").json["overdue"]
    assert (first["owner"], first["what"], first["clock"], first["handoff"]) == (ANNA, "first_touch", "human", 1)
    assert first["seconds"] > 7 * 86_400
    rows = list(csv.DictReader(io.StringIO(left_alone.syncd("overdue", "--csv").out)))
    assert {row["email"] for row in rows} == {"ada@ada-works.example", "'=eve@eve-works.example"}
    assert left_alone.syncd("overdue", "--owner", "nobody@syncd.example").code == 0


def test_S1_14_where_nothing_is_promised_nothing_is_overdue(place: Place) -> None:
    told = place.syncd("overdue")
    assert (told.code, told.out) == (0, "Nothing is promised: see [followup] in the config.\n")
