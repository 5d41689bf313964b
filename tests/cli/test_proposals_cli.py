"""`syncd proposals` as it is read: sentence, backtest, and lines to paste."""

from __future__ import annotations

import sqlite3
import tomllib

import pytest

from tests.cli.place import Place
from tests.sync.test_proposals_story import PAID, a_quarter


@pytest.fixture
def desk(place: Place) -> Place:
    """A ledger of a quarter. Nobody listens on the addresses of the systems."""
    for name in ("hubspot", "salesforce"):
        place.down(name)
    with sqlite3.connect(place.ledger) as file:
        a_quarter().ledger.conn.backup(file)
    place.ledger.chmod(0o600)
    return place


def test_N15_a_proposal_is_a_sentence_a_backtest_and_lines_of_the_configuration(desk: Place) -> None:
    before = desk.config.read_bytes()
    told = desk.syncd("proposals")
    assert told.code == 0, told
    assert told.out.startswith("70 answered leads, by source, ")
    assert f"source “{PAID}” is trashed 8.0 × the rest (24 of 30, the others 4 of 40; by chance 1 in " in told.out
    assert "would have passed in place of" in told.out
    lines = told.out[told.out.index("  [[qualify.fit]]") :].split("\n\n")[0]
    (rule,) = tomllib.loads(lines)["qualify"]["fit"]
    assert rule == {"name": f"source is {PAID}", "field": "source", "in": [PAID], "points": -10}
    assert "Nothing was changed." in told.out
    assert desk.config.read_bytes() == before


def test_N15_as_json_with_the_whole_backtest(desk: Place) -> None:
    told = desk.syncd("proposals", "--by", "source", "--json").json
    assert (told["answered"], told["fields"]) == (70, ["source"])
    first = told["proposals"][0]
    assert (first["value"], first["points"], first["hits"], first["leads"]) == (PAID, -10, 24, 30)
    assert set(first["backtest"]["new"]["outcomes"]) == {"accepted", "opportunity", "won"}


def test_N15_few_answers_say_nothing(desk: Place) -> None:
    told = desk.syncd("proposals", "--since", "2030-01-01")
    assert told.code == 0
    assert "0 answered leads" in told.out
    assert "Nothing stands out." in told.out


def test_N15_a_field_that_the_mapping_lacks_is_usage(desk: Place) -> None:
    told = desk.syncd("proposals", "--by", "shoe_size")
    assert told.code == 2
    assert "--by shoe_size: the mapping has no such field." in told.err
