"""After the first plan: explain, handoffs, problems and retry, brakes, undo."""

from __future__ import annotations

import re
from typing import Any

import pytest

from connectors.loopback.world.setup import INTEGRATION_USER
from tests.cli.place import Place


def handoffs(place: Place) -> list[dict[str, Any]]:
    found = place.syncd("handoffs", "--json").json["handoffs"]
    assert isinstance(found, list)
    return found


# ---------------------------------------------------------------- explain
def test_explain_tells_the_whole_story(approved: Place) -> None:
    """N2, S1.7: why, end to end, down to the receipts."""
    handoff = handoffs(approved)[0]
    story = approved.syncd("explain", handoff["email"], "--json").json
    assert story["person"]["email"] == handoff["email"]
    assert {ref.split("/")[0] for ref in story["person"]["refs"]} == {"hubspot", "salesforce"}
    assert story["stage"]["now"]
    assert story["stage"]["history"]
    assert sum(line["points"] for line in story["score"]["lines"] if line["part"] == "fit") >= story["score"]["fit"]
    assert story["decision"]["matched"]
    assert story["missing"] == []
    (told,) = story["handoffs"]
    assert told["owner"]["email"] == handoff["owner"]
    assert told["route"]["rule"] == handoff["rule"]
    assert told["route"]["why"]
    assert told["brief"].startswith("Next step: ")
    assert {receipt["outcome"] for receipt in told["receipts"]} == {"done"}
    assert told["delivered"]


def test_S0_3_S0_5_S2_4_explain_and_status_say_how_somebody_came_where_the_score_goes_and_how_fast_it_went(
    approved: Place,
) -> None:
    handoff = handoffs(approved)[0]
    text = approved.syncd("explain", handoff["email"]).out
    assert re.search(r"^  (came by .*)?known since \d{4}-\d\d-\d\d, first: ", text, re.M)
    assert re.search(r"^Score \d+ of 60 \(.*; 14 days ago \d+\)$", text, re.M)
    assert re.search(r"owner verified .* UTC \(\d+ (second|minute)s? after the criteria were met\)", text)
    status = approved.syncd("status").out
    assert re.search(r"^ *speed +\d+ handoffs in 30 days, half within \d+ \w+, 95 % within \d+ \w+$", status, re.M)


def test_explain_by_address_number_and_record(approved: Place) -> None:
    handoff = next(h for h in handoffs(approved) if h["target"].startswith("salesforce/Lead/"))
    ways = (handoff["email"].upper(), handoff["lineage"], f"hubspot/contacts/{handoff['lineage']}", handoff["target"])
    told = {approved.syncd("explain", way, "--json").json["person"]["lineage"] for way in ways}
    assert told == {handoff["lineage"]}


@pytest.mark.parametrize(
    "whom", ["nobody@nowhere.example", "4711", "salesforce/Lead/00Q000000000001AAA", "a/b/c/d", "x"]
)
def test_explain_nobody(approved: Place, whom: str) -> None:
    ran = approved.syncd("explain", whom)
    assert ran.code == 2
    assert f"Nobody is known as “{whom}”." in ran.err


def test_explain_says_what_is_missing(approved: Place) -> None:
    """S0.2, N2: for a person who was not handed over, every reason."""
    handed = {h["lineage"] for h in handoffs(approved)}
    others = [
        c["id"] for c in approved.contents()["hubspot"]["contacts"] if c["id"] not in handed and not c["archived"]
    ]
    told = [approved.syncd("explain", lineage, "--json").json for lineage in others[:30]]
    assert told
    for story in told:
        assert story["missing"], story["person"]
        assert story["handoffs"] == []
    short = next(s for s in told if s["decision"]["missing"])
    assert any("short of 60" in sentence for sentence in short["missing"])
    assert short["score"]["unmatched"]
    text = approved.syncd("explain", short["person"]["lineage"]).out
    assert "Why not" in text
    for sentence in short["decision"]["missing"]:
        assert sentence in text


def test_nothing_that_people_read_holds_a_page_of_pattern_or_technical_addresses(approved: Place) -> None:
    for handoff in handoffs(approved)[:5]:
        text = approved.syncd("explain", handoff["email"]).out
        assert "geschäftsführ" not in text
        assert "(?i" not in text
        assert "leviathan-" not in text
        assert "hubspot/" not in text
        assert max(map(len, text.splitlines())) < 400


def test_hostile_names_reach_no_terminal(approved: Place) -> None:
    """A lead calls itself a terminal command."""
    handoff = handoffs(approved)[0]
    hostile = {"firstname": "\x1b]0;owned\x07\x1b[31mEve\u202e", "jobtitle": "CEO\tof\x9b things"}
    approved.control("hubspot", "touch", kind="contacts", ids=[handoff["lineage"]], properties=hostile)
    approved.control("hubspot", "clock", advance="2m")
    approved.syncd("sync")
    for args in (["explain", handoff["lineage"]], ["handoffs"], ["problems"]):
        out = approved.syncd(*args).out
        assert not [c for c in out if c in "\x1b\x07\x9b\u202e"]


# ---------------------------------------------------------------- handoffs
def test_handoffs_by_state_and_owner(approved: Place) -> None:
    everybody = handoffs(approved)
    assert {h["state"] for h in everybody} <= {"open", "delivered", "closed"}
    owner = everybody[0]["owner"]
    mine = approved.syncd("handoffs", "--owner", owner.upper(), "--json").json["handoffs"]
    assert mine == [h for h in everybody if h["owner"] == owner]
    assert approved.syncd("handoffs", "--state", "void").out == "No handoffs.\n"
    assert len(approved.syncd("handoffs", "--limit", "2").out.splitlines()) == 3


def test_what_sales_says_is_listed(approved: Place) -> None:
    lead = approved.leads()[0]
    approved.control("salesforce", "record", sobject="Lead", id=lead["Id"],
                     fields={"Status": "Recycled", "syncd_reason__c": "Bad timing"})  # fmt: skip
    approved.syncd("sync")
    row = next(line for line in approved.syncd("handoffs").out.splitlines() if lead["Id"] in line)
    assert "recycle: Bad timing" in row


# ---------------------------------------------------------------- problems
def test_a_refused_write_is_a_problem_and_retry_sends_it_after_the_cause_is_gone(own: Place) -> None:
    expected = own.syncd("plan", "--out", "plan.json", "--json").json["handoffs"]
    own.control("salesforce", "permission", user=INTEGRATION_USER, objects={"Task": ["read"]})
    ran = own.syncd("apply", "plan.json", "--json")
    assert ran.code == 1
    assert ran.json["actions"]["rejected"] >= expected
    listed = own.syncd("problems", "--json")
    assert listed.code == 1
    assert all(p["sentence"] and p["fix"] for p in listed.json["problems"])
    own.control("salesforce", "permission", user=INTEGRATION_USER, objects={"Task": ["read", "create", "edit"]})
    retried = own.syncd("problems", "retry")
    assert "writes will be tried again" in retried.out
    assert own.syncd("sync", "--json").json["actions"]["done"] >= expected
    assert len([t for t in own.contents()["salesforce"]["Task"] if t.get("syncd_key__c")]) >= expected


def test_problems_retry_of_an_unknown_problem(approved: Place) -> None:
    ran = approved.syncd("problems", "retry", "4711")
    assert ran.code == 2
    assert "There is no open problem 4711." in ran.err


# ---------------------------------------------------------------- brakes
@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("handoffs = 200", "handoffs = 1", "brakes.handoffs"),
        ("share = 0.2", "share = 0.01", "brakes.share"),
    ],
)
def test_a_brake_stops_a_sync_and_an_approved_plan_passes_it(own: Place, old: str, new: str, told: str) -> None:
    """N12: a sync that would do too much stops and asks."""
    own.edit("threshold = 60", "threshold = 100")
    own.edit("floor = 50 ", "floor = 1 ")
    own.approve()
    own.edit("threshold = 100", "threshold = 60")
    own.edit(old, new)
    before = own.contents()
    ran = own.syncd("sync")
    assert ran.code == 1
    assert "A brake held everything back" in ran.out
    assert own.contents() == before
    problems = own.syncd("problems").out
    assert told in problems
    assert "syncd plan --out plan.json" in problems
    assert own.approve().code in (0, 1)
    assert own.leads()
    assert "brake" not in own.syncd("problems").out


# ---------------------------------------------------------------- undo
@pytest.fixture
def applied(own: Place) -> tuple[Place, dict[str, Any], int]:
    """A place after its first applied plan, what stood there before, and the number of the sync."""
    before = own.contents()
    assert own.syncd("plan", "--out", "plan.json").code in (0, 1)
    return own, before, own.syncd("apply", "plan.json", "--json").json["sync"]


def test_undo_shows_first_and_does_nothing(applied: tuple[Place, dict[str, Any], int]) -> None:
    place, _, sync = applied
    before = place.contents()
    ran = place.syncd("undo", str(sync))
    assert ran.code == 0
    assert f"Do it with: syncd undo {sync} --apply" in ran.out
    assert "closed and marked" in ran.out
    assert place.contents() == before


def test_N5_undo_takes_a_sync_back_without_deleting(applied: tuple[Place, dict[str, Any], int]) -> None:
    place, before, sync = applied
    ran = place.syncd("undo", str(sync), "--apply", "--json")
    assert ran.code in (0, 1)
    assert set(ran.json["actions"]) == {"done"}
    after = place.contents()
    for lead in place.leads():
        if lead["Id"] not in {row["Id"] for row in before["salesforce"]["Lead"]}:
            assert (lead["Status"], lead["syncd_reason__c"]) == ("Closed - Not Converted", "undone by syncd")
    assert {task["Status"] for task in after["salesforce"]["Task"] if task.get("syncd_key__c")} == {"Completed"}
    assert _ours(after) == {}
    for old, new in zip(before["salesforce"]["Contact"], after["salesforce"]["Contact"], strict=True):
        for name in ("MailingState", "MailingPostalCode", "syncd_score__c", "syncd_handoff_no__c", "OwnerId"):
            assert new.get(name) == old.get(name)
    # It stays taken back: nobody is handed over again, and nothing is written about it.
    for _ in range(2):
        assert place.syncd("sync", "--json").json["writes"] == {"hubspot": 0, "salesforce": 0}
    assert {h["state"] for h in handoffs(place)} == {"void"}


def test_N5_undo_leaves_what_people_changed_since(applied: tuple[Place, dict[str, Any], int]) -> None:
    place, _, sync = applied
    contact = next(c for c in place.contents()["hubspot"]["contacts"] if c["properties"].get("syncd_owner"))
    place.control(
        "hubspot", "touch", kind="contacts", ids=[contact["id"]], properties={"syncd_owner": "me@acme.example"}
    )
    ran = place.syncd("undo", str(sync), "--apply", "--json").json
    assert set(ran["actions"]) == {"done"}
    assert f"hubspot/contacts/{contact['id']} syncd_owner stays: it has changed since." in ran["undo"]["left"]
    now = next(c for c in place.contents()["hubspot"]["contacts"] if c["id"] == contact["id"])
    assert now["properties"]["syncd_owner"] == "me@acme.example"


@pytest.mark.parametrize("system", ["hubspot", "salesforce"])
def test_undo_while_a_system_is_down(applied: tuple[Place, dict[str, Any], int], system: str) -> None:
    place, _, sync = applied
    with_ledger = place.contents()
    place.fault(system, path="", status=503)
    assert place.syncd("undo", str(sync)).code == 3
    assert place.syncd("undo", str(sync), "--apply").code == 3
    assert place.contents() == with_ledger


def test_undo_of_no_sync(approved: Place) -> None:
    ran = approved.syncd("undo", "4711")
    assert ran.code == 2
    assert "There was no sync 4711. See the syncs with: syncd status" in ran.err


def _ours(contents: dict[str, Any]) -> dict[str, Any]:
    """Contacts on which a handoff still stands."""
    return {
        c["id"]: c["properties"]["syncd_handoff_no"]
        for c in contents["hubspot"]["contacts"]
        if c["properties"].get("syncd_handoff_no")
    }
