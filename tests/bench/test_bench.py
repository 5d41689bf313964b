"""The benchmark itself: what it measures is exact. How long anything takes is never asserted."""

from __future__ import annotations

import json

import pytest

from bench import deciding, emulators
from bench.portal import FIRST_ID, Portal, contact
from bench.report import Line, lines, table
from bench.runs import QUICK, Results, measure


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Results:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(tmp_path_factory.mktemp("bench")))
        return measure(QUICK)


@pytest.mark.process
def test_both_sides_hold_the_account_exactly_after_changes_a_burst_and_churn(results: Results) -> None:
    for side in ("ours", "floor"):
        steps = results.steps[side, QUICK.base]
        assert steps["full"]["rows"] == steps["full"]["seen"] == QUICK.base
        assert steps["check"]["exact"], side


@pytest.mark.process
def test_every_pull_shows_what_changed_and_no_more_for_the_fewest_calls(results: Results) -> None:
    ours, floor = (results.steps[side, QUICK.base] for side in ("ours", "floor"))
    assert ours["full"]["calls"] == floor["full"]["calls"] + 3  # owners twice, archived contacts once
    for step, seen, calls in (("changed", 100, 1), ("idle", 0, 1), ("burst", 5_000, 25)):
        assert (ours[step]["seen"], ours[step]["calls"]) == (seen, calls), step
        assert (floor[step]["seen"], floor[step]["calls"]) == (seen, calls), step


@pytest.mark.process
def test_every_figure_has_a_row_in_the_table(results: Results) -> None:
    found = lines(results)
    drawn = table(found).splitlines()
    assert len(drawn) == len(found) + 2
    assert len({len(row) for row in drawn}) == 1
    assert all(line.met for line in found if "calls" in line.what.lower())


def test_a_bar_is_met_up_to_it_and_not_beyond() -> None:
    assert Line("x", "", value=3.0, most=3.0).met
    assert Line("x", "", value=3.1, most=3.0).met is False
    assert Line("x", "").met is None


def test_the_account_answers_pages_and_changes_in_order_of_ids() -> None:
    portal = Portal(250)
    pages = [json.loads(portal.list_page(after)) for after in (0, 100, 200)]
    assert [len(page["results"]) for page in pages] == [100, 100, 50]
    assert [page.get("paging", {}).get("next", {}).get("after") for page in pages] == ["100", "200", None]
    portal.change(250)
    first = json.loads(portal.search_page(""))
    rest = json.loads(portal.search_page(first["results"][-1]["id"]))
    ids = [int(row["id"]) - FIRST_ID for row in first["results"] + rest["results"]]
    assert ids == list(range(250))
    assert "paging" in first
    assert "paging" not in rest
    assert first["results"][7] == contact(7, {7: 1})
    assert first["results"][7]["properties"]["jobtitle"] != contact(7, {})["properties"]["jobtitle"]


@pytest.mark.process
def test_the_emulators_are_measured_beside_the_floor() -> None:
    rows = list(emulators.measure(contacts=600, state=None))
    named = [call.name for call in emulators.calls("", "")]
    assert [row[:34].strip() for row in rows[2:-1]] == named
    assert rows[0].startswith("start with 600 contacts: ")
    assert "; floor " in rows[0]
    assert all(row.count("met: ") + row.count("MISSED: ") == 1 for row in rows[2:-2])


# ---------------------------------------------------------------- deciding
@pytest.mark.process
def test_S0_30_everybody_is_decided_once_and_then_only_those_who_are_due() -> None:
    found = deciding.in_a_process(700)
    assert {name: figures["decided"] for name, figures in found.items()} == {
        "first": 700, "one in a hundred": 7, "none": 0,
    }  # fmt: skip
    assert found["first"]["ready"] == deciding.alone(700)["ready"] > 0


def test_every_figure_of_deciding_has_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    figures = {"decided": 10, "ready": 1, "seconds": 0.5, "rss": 60.0}
    monkeypatch.setattr(deciding, "in_a_process", lambda size: {"first": figures, "none": {**figures, "decided": 0}})
    told: list[str] = []
    deciding.table(100, told.append)
    assert len(told) == 2 + 2 * 2 + 1
    assert len({row.count("|") for row in told}) == 1
    assert told[2] == "| out of the ledger, first | 10 | 10 | 1 | 0.500 s | 20 | 60 MB |"
