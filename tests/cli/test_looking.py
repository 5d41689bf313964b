"""score, route, rank: looking at people as an admin does."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.place import Place, running


@pytest.fixture
def looked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Place]:
    """A place with its first plan applied."""
    with running(contacts=60) as sandbox:
        place = Place(tmp_path, sandbox, capsys)
        assert place.approve().code in (0, 1)
        yield place


def test_S3_8_rank_as_table_json_and_csv(looked: Place) -> None:
    told = looked.syncd("rank", "--json").json
    people = told["people"]
    assert [p["rank"] for p in people] == list(range(1, len(people) + 1))
    assert {p["verdict"] for p in people} >= {"with sales", "not ready", "vetoed"}
    assert looked.syncd("rank", "--csv", "all.csv").out == f"Wrote {len(people)} people to all.csv.\n"
    with (looked.folder / "all.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(r["rank"], r["email"].lstrip("'"), r["missing"].lstrip("'")) for r in rows] == [
        (str(p["rank"]), p["email"] or "", "; ".join(p["missing"])) for p in people
    ]
    piped = looked.syncd("rank", "--csv", "-", "--limit", "2").out
    assert [r["score"] for r in csv.DictReader(io.StringIO(piped))] == [str(p["score"]) for p in people[:2]]
    columns, *shown = looked.syncd("rank", "--limit", "3").out.splitlines()
    assert columns.startswith("score\ttier\tperson")
    assert len(shown) == 3


def test_S3_9_score_adds_up_line_by_line(looked: Place) -> None:
    best = looked.syncd("rank", "--json", "--limit", "1").json["people"][0]
    score = looked.syncd("score", best["email"], "--json").json["score"]
    for part in ("fit", "engagement"):
        total = sum(line["points"] for line in score["lines"] if line["part"] == part)
        assert min(100, max(0, total)) == score[part] == best[part]
    short = looked.syncd("score", best["email"]).out
    whole = looked.syncd("score", best["email"], "--all-lines").out
    assert "Junior title (-40)" in whole
    assert "Junior title" not in short


def test_S2_6_brief_prints_what_would_be_sent_and_what_was_and_writes_nothing(looked: Place) -> None:
    before = looked.ledger.read_bytes()
    people = looked.syncd("rank", "--json").json["people"]
    passed = next(p for p in people if p["verdict"] == "with sales")
    cold = next(p for p in people if p["verdict"] == "not ready")
    told = looked.syncd("brief", passed["email"])
    assert told.code == 0
    assert "\nWHO (HubSpot, as of " in told.out
    assert f"Next step: {passed['owner'].split('.')[0].title()}" in told.out
    found = looked.syncd("brief", passed["email"], "--json").json
    assert found["title"] in told.out
    assert set(found) == {
        "lineage", "name", "email", "sent", "owner", "title", "text", "html", "complete", "priority", "as_of",
    }  # fmt: skip
    assert looked.syncd("brief", passed["email"], "--html").out == found["html"] + "\n"
    sent = looked.syncd("brief", passed["email"], "--sent", "1")
    stored = looked.syncd("explain", passed["email"], "--json").json["handoffs"][0]["brief"]
    assert sent.out == stored + "\n"
    assert looked.syncd("brief", cold["email"]).code == 0
    assert looked.ledger.read_bytes() == before


def test_brief_says_which_handoffs_there_are_not(looked: Place) -> None:
    passed = next(p for p in looked.syncd("rank", "--json").json["people"] if p["verdict"] == "with sales")
    ran = looked.syncd("brief", passed["email"], "--sent", "7")
    assert ran.code == 2
    assert f"{passed['email']} has no handoff 7. Which there are: syncd explain {passed['email']}" in ran.err
    ran = looked.syncd("brief", passed["email"], "--sent", "1", "--html")
    assert ran.code == 2
    assert "What was sent is kept as text: leave out --html." in ran.err


def test_S1_5_route_says_who_and_why_and_writes_nothing(looked: Place) -> None:
    before = looked.ledger.read_bytes()
    people = looked.syncd("rank", "--json").json["people"]
    cold = next(p for p in people if p["verdict"] == "not ready")
    told = looked.syncd("route", cold["email"], "--json").json
    assert told["rule"]
    assert told["owner"].endswith("@syncd.example")
    text = looked.syncd("route", cold["email"], "--owner-state", "fresh").out
    assert f"  because: {told['rule']}\n" in text
    assert "It does not go now: not ready." in text
    with_sales = next(p for p in people if p["verdict"] == "with sales")
    assert f"  with {with_sales['owner']} now" in looked.syncd("route", with_sales["email"]).out
    assert looked.ledger.read_bytes() == before


def test_nobody_is_found_under_a_stranger_s_address(looked: Place) -> None:
    for name in ("score", "route"):
        ran = looked.syncd(name, "nobody@nowhere.example")
        assert ran.code == 2
        assert ran.err == ("Nobody is known as “nobody@nowhere.example”. To bring the ledger up to date: syncd sync\n")


def test_before_the_first_plan_they_look_at_what_a_plan_would_do(place: Place) -> None:
    told = place.syncd("rank", "--limit", "3").out
    assert told.endswith("Nothing is approved for this ledger yet, and nothing was written.\n")
    assert not place.ledger.exists()
    assert json.loads(place.syncd("rank", "--json", "--limit", "1").out)["planned"] is True
