"""release, reject, handoff, agenda: in this process and beside a daemon."""

from __future__ import annotations

import csv
import json

import pytest

from tests.cli.place import Place
from tests.cli.test_daemon import daemon, stop


@pytest.fixture
def reviewed(own: Place) -> Place:
    """An approved ledger on which ready leads wait."""
    own.edit('release = "automatic"', 'release = "manual"')
    ran = own.approve()
    assert ran.code in (0, 1), ran.out + ran.err
    return own


def test_S2_5_the_agenda_lists_who_waits_and_nothing_is_written(reviewed: Place) -> None:
    assert reviewed.leads() == []
    waiting = reviewed.syncd("agenda", "--json").json["waiting"]
    assert waiting
    assert [w["score"] for w in waiting] == sorted((w["score"] for w in waiting), reverse=True)
    assert all(w["brief"] for w in waiting)
    text = reviewed.syncd("agenda").out
    assert text.count("[ ] release") == len(waiting)
    assert reviewed.syncd("agenda", "--csv", "--out", "sheet.csv").code == 0
    with (reviewed.folder / "sheet.csv").open(encoding="utf-8", newline="") as file:
        assert [row["lineage"] for row in csv.DictReader(file)] == [w["lineage"] for w in waiting]
    assert reviewed.syncd("agenda", "--html", "--out", "sheet.html").code == 0
    assert (reviewed.folder / "sheet.html").stat().st_mode & 0o777 == 0o600
    listed = reviewed.syncd("handoffs", "--state", "waiting", "--json", "--limit", "500").json["handoffs"]
    assert [h["lineage"] for h in listed] == [w["lineage"] for w in waiting]
    assert "to be released" in reviewed.syncd("status").out
    assert f"{len(waiting)} to be released" in reviewed.syncd("plan").out
    assert reviewed.syncd("handoffs").out.startswith(f"No handoffs. To be released: {len(waiting)} leads, with syncd agenda")


def test_S2_5_S4_13_released_rejected_and_forced_without_a_daemon(reviewed: Place) -> None:
    first, second, *_ = reviewed.syncd("agenda", "--json").json["waiting"]
    cold = next(
        p for p in unready(reviewed) if not reviewed.syncd("explain", p["lineage"], "--json").json["match"]["problem"]
    )
    assert reviewed.syncd("release", first["lineage"], "--by", "Ruth").code == 0
    assert reviewed.syncd("reject", second["lineage"], "--by", "Ruth", "--reason", "a student").code == 0
    assert reviewed.syncd("handoff", cold["lineage"], "--by", "Ruth", "--reason", "met at the fair").code == 0
    assert reviewed.leads() == []
    reviewed.syncd("sync")
    found = {h["lineage"]: h for h in reviewed.syncd("handoffs", "--json").json["handoffs"]}
    assert {lineage: h["entry"] for lineage, h in found.items()} == {
        first["lineage"]: first_entry(found, first["lineage"]), second["lineage"]: "rejected", cold["lineage"]: "manual",
    }  # fmt: skip
    assert "sent back by Ruth: a student" in reviewed.syncd("explain", second["lineage"]).out
    assert reviewed.syncd("handoffs", "--since", "2999-01-01").out == "No handoffs.\n"


def unready(place: Place) -> list[dict[str, str]]:
    return [p for p in place.syncd("rank", "--json").json["people"] if p["verdict"] == "not ready"]


def first_entry(found: dict[str, dict[str, str]], lineage: str) -> str:
    """A released lead keeps the entry by which it passed the gate."""
    entry = found[lineage]["entry"]
    assert entry in ("score", "hand_raise")
    return entry


def test_S4_13_all_that_speaks_against_it_is_said_at_once_and_nothing_is_left(reviewed: Place) -> None:
    people = reviewed.syncd("rank", "--json").json["people"]
    cold = next(p for p in people if p["verdict"] == "not ready")["lineage"]
    waits = next(p for p in people if p["verdict"] == "waiting")["lineage"]
    ran = reviewed.syncd("release", waits, cold, "nobody@nowhere.example", "--by", "Ruth")
    assert ran.code == 2
    assert "does not wait for a release" in ran.err
    assert "nobody@nowhere.example" in ran.err
    assert reviewed.syncd("release", waits, "--by", "  ").code == 2
    assert reviewed.syncd("handoff", cold, "--by", "Ruth").code == 2, "no reason, no handoff"
    assert "no active owner" in reviewed.syncd("handoff", cold, "--by", "R", "--reason", "r", "--to", "x@y.example").err
    assert list((reviewed.folder / "syncd.db.inbox").glob("*")) == []


@pytest.mark.process
def test_S2_5_a_running_daemon_takes_a_release_in(reviewed: Place) -> None:
    (first, *_) = reviewed.syncd("agenda", "--json").json["waiting"]
    with daemon(reviewed) as (child, out, _):
        out.wait('"sync"')
        assert reviewed.syncd("release", first["lineage"], "--by", "Ruth").code == 0
        report = json.loads(out.wait('"handoffs": 1'))
        assert report["writes"]["salesforce"] > 0
        assert stop(child) == 0
    assert len(reviewed.leads()) == 1
    assert list((reviewed.folder / "syncd.db.inbox").glob("*")) == []
