"""The review: leads that wait for a named person, and what that person says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from syncd.core.rules import Review
from syncd.core.rulings import Ruling
from syncd.core.types import Ref
from syncd.ledger import rulings
from syncd.sync.story import explain
from syncd.sync.undo import undo
from tests.sync.house import House, example_rules

BY = "Ruth Adler"
REVIEWED = example_rules(review=Review(everybody=True))


def rule(house: House, contact: Ref, verb: str, number: int = 1, reason: str = "", **more: Any) -> None:
    """Somebody says it; the next sync takes it in."""
    from syncd.ledger.family import person_of

    with house.ledger.tx() as conn:
        person = person_of(conn, contact.id)
        assert person is not None
        key = f"{contact.id} {verb} {number} {reason} {house.time.isoformat()}"
        rulings.save(conn, person, Ruling(key, verb, number, BY, reason, house.time, **more))


def handoffs(house: House) -> list[tuple[Any, ...]]:
    return house.ledger.rows("SELECT number, state, entry, outcome FROM handoff ORDER BY number")


def answers(house: House) -> list[tuple[Any, ...]]:
    return house.ledger.rows("SELECT verb, state, answer FROM ruling ORDER BY at, rowid")


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_S2_5_S4_12_a_ready_lead_waits_and_goes_once_a_named_person_releases_it(crm: str) -> None:
    house = House(crm=crm, rules=REVIEWED)
    ada = house.contact("ada")
    for _ in range(3):
        report = house.sync()
        assert (report.waiting, report.held, report.handoffs, sum(report.writes.values())) == (1, 0, 0, 0)
    rule(house, ada, "release", reason="agreed in the meeting")
    report = house.sync()
    assert (report.waiting, report.handoffs) == (0, 1)
    house.settle_down()
    assert handoffs(house) == [(1, "delivered", "score", "")]
    assert answers(house) == [("release", "done", "handoff 1 was opened")]
    (why, brief) = house.ledger.one("SELECT why, brief FROM handoff") or ("", "")
    for told in (why, brief):
        assert "released by Ruth Adler: agreed in the meeting" in told


def test_N12_S2_5_what_a_named_person_released_does_not_trip_the_brake() -> None:
    house = House(rules=replace(REVIEWED, brakes=replace(REVIEWED.brakes, handoffs=1)))
    both = [house.contact(name) for name in ("ada", "bob")]
    house.sync()
    for contact in both:
        rule(house, contact, "release")
    report = house.sync()
    assert (report.braked, report.handoffs) == (False, 2)


def test_S2_5_a_release_by_tier_lets_the_others_go_by_themselves() -> None:
    house = House(rules=example_rules(review=Review(tiers=("warm",))))
    hot, warm = house.contact("ada"), house.contact("bob", jobtitle="Manager")
    house.sync()
    tiers = dict(house.ledger.rows("SELECT f.rid, p.tier FROM person p JOIN record f ON f.id = p.id"))
    assert tiers[warm.id] == "warm"
    waits = house.ledger.rows("SELECT f.rid FROM review v JOIN record f ON f.id = v.person")
    assert {r[0] for r in waits} == {c.id for c in (hot, warm) if tiers[c.id] == "warm"}
    assert len(house.leads()) == sum(tiers[c.id] != "warm" for c in (hot, warm))


def test_S2_5_a_veto_that_came_since_the_release_wins_and_says_so() -> None:
    house = House(rules=REVIEWED)
    ada = house.contact("ada")
    house.sync()
    rule(house, ada, "release")
    house.wait(minutes=5)
    house.hubspot.edit(ada, hs_email_optout="true")
    house.settle_down()
    assert house.leads() == []
    ((verb, state, answer),) = answers(house)
    assert (verb, state) == ("release", "refused")
    assert "a veto holds: Opted out" in answer
    house.wait(minutes=5)
    house.hubspot.edit(ada, hs_email_optout="false")
    house.settle_down()
    assert house.leads() == [], "the release is spent: it waits for another one"
    assert len(rulings.waiting(house.ledger)) == 1


def test_S2_5_a_rejected_lead_is_recycled_and_comes_back_on_fresh_evidence_only() -> None:
    house = House(rules=REVIEWED)
    ada = house.contact("ada")
    house.sync()
    rule(house, ada, "reject", reason="a student")
    house.settle_down()
    assert handoffs(house) == [(1, "closed", "rejected", "recycle")]
    assert house.ledger.value("SELECT stage FROM v_person") == "recycled"
    assert house.leads() == []
    house.wait(days=1)
    house.asks(ada)
    house.settle_down()
    assert len(rulings.waiting(house.ledger)) == 1, "it waits again"
    rule(house, ada, "release", number=2)
    house.settle_down()
    assert handoffs(house) == [(1, "closed", "rejected", "recycle"), (2, "delivered", "score", "")]


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_S4_13_a_named_person_hands_over_past_the_gate(crm: str) -> None:
    house = House(crm=crm)
    eve = house.contact("eve", ready=False)
    house.sync()
    assert handoffs(house) == []
    rule(house, eve, "handoff", reason="met at the fair", to="yui.tanaka@syncd.example")
    house.settle_down()
    assert handoffs(house) == [(1, "delivered", "manual", "")]
    assert house.ledger.one("SELECT owner, rule FROM handoff") == ("yui.tanaka@syncd.example", "named by hand")
    (person,) = (row[0] for row in house.ledger.rows("SELECT id FROM person"))
    story = explain(house.ledger, house.rules, person)
    assert story["rulings"][0]["by"] == BY
    assert story["rulings"][0]["reason"] == "met at the fair"
    assert len(house.creates()) == len(list(house.creates().elements()))


def test_S4_13_a_veto_stops_a_handoff_by_hand_unless_it_is_despite_it() -> None:
    house = House()
    eve = house.contact("eve", hs_email_optout="true")
    house.sync()
    rule(house, eve, "handoff", reason="met at the fair")
    house.settle_down()
    assert house.leads() == []
    assert answers(house)[0][1] == "refused"
    rule(house, eve, "handoff", reason="asked us to call", despite_veto=True)
    house.settle_down()
    assert handoffs(house) == [(1, "delivered", "manual", "")]
    assert len(house.leads()) == 1


def test_S4_13_a_second_word_on_who_is_with_sales_makes_no_second_record() -> None:
    house = House()
    ada = house.contact("ada")
    house.settle_down()
    for number in (1, 2):
        rule(house, ada, "handoff", number=number, reason="again")
    house.settle_down()
    assert len(house.leads()) == 1
    assert handoffs(house) == [(1, "delivered", "score", "")]


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_N5_after_an_undo_a_named_person_hands_over_again_under_a_new_number(crm: str) -> None:
    house = House(crm=crm)
    ada = house.contact("ada")
    house.sync()
    house.wait(minutes=5)
    undo(house.ledger, house.systems(), 1)
    house.settle_down()
    before = len(house.leads())
    rule(house, ada, "handoff", number=2, reason="it was right after all")
    house.settle_down()
    assert [h[:3] for h in handoffs(house)] == [(1, "void", "score"), (2, "delivered", "manual")]
    assert len(house.leads()) == before, "the same record, not a second one"
    if crm == "salesforce":
        assert house.leads()[0].fields["Status"] == house.rules.maps["salesforce"].kinds["Lead"].new_status


def test_S2_5_a_file_of_the_inbox_counts_once_however_often_it_is_read(tmp_path: Any) -> None:
    house = House(rules=REVIEWED)
    ada = house.contact("ada")
    house.sync()
    ledger = tmp_path / "syncd.db"
    rulings.leave(ledger, ada.id, Ruling("k1", "release", 1, BY, "", house.time))
    (file,) = rulings.inbox(ledger).glob("*.json")
    said = file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    assert rulings.left(ledger) == [(ada.id, "release", 1)]
    assert rulings.take_in(house.ledger, ledger, house.time, keep=True) == []
    assert file.exists()
    house.sync()
    file.write_bytes(said)  # as after a crash between the ledger and the folder
    assert rulings.take_in(house.ledger, ledger, house.time) == []
    assert not file.exists()
    house.settle_down()
    assert answers(house) == [("release", "done", "handoff 1 was opened")]
    assert len(house.leads()) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"person": "nobody"}'])
def test_S2_5_what_is_no_ruling_is_told_and_left(tmp_path: Any, text: str) -> None:
    house = House(rules=REVIEWED)
    folder = rulings.inbox(tmp_path / "syncd.db")
    folder.mkdir()
    (folder / "x.json").write_text(text)
    (problem,) = rulings.take_in(house.ledger, tmp_path / "syncd.db", house.time)
    assert "x.json" in problem.sentence
    assert (folder / "x.json").exists()


def test_S2_5_the_default_is_automatic() -> None:
    assert replace(REVIEWED, review=Review()).review == example_rules().review
