"""The rules of the protocol one by one: intent before call, no call inside a transaction, look before writing again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from connectors.memory import MemoryConnector
from syncd.core.keys import effect_key, field_key
from syncd.core.types import Action, Receipt
from syncd.ledger.store import Store
from tests.sync.house import House, example_rules

VERBS = ("check", "pull", "read", "find", "send")


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> House:
    """A house in which every remote call checks the ledger first."""
    house = House()

    def wrap(verb: str) -> None:
        original = getattr(MemoryConnector, verb)

        def call(self: MemoryConnector, *args: Any, **kwargs: Any) -> Any:
            assert not house.ledger.conn.in_transaction, f"{verb} inside a transaction"
            return original(self, *args, **kwargs)

        monkeypatch.setattr(MemoryConnector, verb, call)

    for verb in VERBS:
        wrap(verb)
    return house


def test_no_remote_call_while_a_transaction_is_open(watched: House) -> None:
    watched.contact("ada")
    watched.sync()
    watched.salesforce.edit(watched.leads()[0].ref, Status="Recycled")
    watched.settle_down()


def test_no_write_without_an_intent_row(monkeypatch: pytest.MonkeyPatch) -> None:
    house, seen = House(), []
    original = MemoryConnector.send

    def send(self: MemoryConnector, actions: Sequence[Action]) -> list[Receipt]:
        for action in actions:
            seen.append(action.key)
            assert house.ledger.value("SELECT count(*) FROM intent WHERE action = ?", action.key) == 1
        return original(self, actions)

    monkeypatch.setattr(MemoryConnector, "send", send)
    house.contact("ada")
    house.settle_down()
    assert len(seen) == 4


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_a_write_whose_answer_was_lost_is_looked_for_not_sent_again(crm: str) -> None:
    """A second identical upsert would harm no data but fire flows and e-mails again: rows are written once."""
    calm = House(crm)
    calm.contact("ada")
    calm.settle_down()
    house = House(crm)
    house.contact("ada")
    for call in ("send Lead", "send task", "send note", "send contacts"):
        house.crm_world.fail(call, applied=True)
    house.hubspot.fail("send contacts", applied=True)
    house.settle_down()
    assert house.crm_world.writes == calm.crm_world.writes
    assert house.hubspot.writes == calm.hubspot.writes


def test_facts_intents_receipts_and_stage_events_are_append_only() -> None:
    import sqlite3

    house = House()
    house.contact("ada")
    house.settle_down()
    for table in ("intent", "receipt", "stage_event"):
        assert house.ledger.value(f"SELECT count(*) FROM {table}")
        for sql in (f"DELETE FROM {table}", f"UPDATE {table} SET id = id"):
            with pytest.raises(sqlite3.IntegrityError, match="append-only"), house.ledger.tx() as conn:
                conn.execute(sql)


def test_keys_come_from_source_facts_alone() -> None:
    """Two houses that never met derive the same keys for the same people."""
    keys = []
    for _ in range(2):
        house = House()
        house.contact("ada")
        house.settle_down()
        keys.append(
            sorted(house.ledger.rows("SELECT key FROM action WHERE handoff = 1 AND effect NOT LIKE 'feedback:%'"))
        )
    assert keys[0] == keys[1]
    assert effect_key("p", "1", 1, "salesforce", "task") != effect_key("p", "1", 2, "salesforce", "task")
    assert effect_key("p", "11", 1, "salesforce", "task") != effect_key("p", "1", 11, "salesforce", "task")
    assert field_key("p", "1", "hubspot", "phone", "a") != effect_key("p", "1", 1, "hubspot", "phone")
    assert len(effect_key("p", "1", 1, "salesforce", "task")) <= 32


def test_F10_someone_else_made_the_lead_between_pull_and_create() -> None:
    """A rep types Ada in while syncd plans: the last look finds her, nothing is doubled, and the rep's record is used."""
    house = House()
    house.contact("ada")
    owner = next(ref.id for ref in house.salesforce.rows if ref.kind == "User")
    house.salesforce.person(
        "Lead", {"Email": "ada@ada-works.example", "LastName": "Lovelace", "OwnerId": owner}, late=5
    )
    first = house.sync()
    assert first.actions["superseded"] >= 1
    house.settle_down()
    assert len(house.leads()) == 1
    assert len(house.ours(house.leads()[0].ref)) == 2


def test_pain_12_merged_people_keep_one_running_handoff_and_one_word_back() -> None:
    house = House()
    ada, adele = house.contact("ada"), house.contact("adele")
    house.settle_down()
    assert len(house.leads()) == 2
    house.hubspot.merge(ada, adele)
    house.settle_down()
    states = sorted(house.ledger.rows("SELECT state, reason FROM handoff"))
    assert states == [("delivered", ""), ("void", "merged")]
    assert house.ledger.value("SELECT count(*) FROM person WHERE merged IS NULL") == 1
    assert set(house.creates().values()) == {1}


def test_an_owner_that_sales_changed_is_the_owner_in_the_ledger_too() -> None:
    house = House()
    house.contact("ada")
    house.settle_down()
    other = next(
        ref for ref, row in house.salesforce.rows.items() if ref.kind == "User" and "tanaka" in row.value.email
    )
    house.salesforce.edit(house.leads()[0].ref, OwnerId=other.id)
    house.settle_down()
    assert house.ledger.rows("SELECT owner FROM handoff") == [("yui.tanaka@syncd.example",)]


def test_N12_a_brake_stops_everything_and_a_human_lets_it_go() -> None:
    """More handoffs than the limit: nothing is sent and one problem asks; the approved plan goes through."""
    from syncd.sync import plans
    from syncd.sync.round import run

    house = House()
    house.rules = replace(house.rules, brakes=replace(house.rules.brakes, handoffs=2))
    for name in ("ada", "grace", "edsger"):
        house.contact(name)
    report = house.sync()
    assert report.braked
    assert report.problems == 1
    assert sum(report.writes.values()) == 0
    fork, systems = house.ledger.fork(), house.systems()
    planned = run(fork, systems, mode="plan")
    plan = plans.collect(fork, systems, planned)
    assert len(plan.handoffs) == 3
    report = house.sync("apply", plan)
    assert len(house.leads()) == 3
    assert report.problems == 0
    assert sum(house.sync().writes.values()) == 0


def braked(house: House, **limits: int) -> str:
    """What the brake says with these limits; it goes on once they are lifted, and without a plan nothing is written."""
    usual = house.rules
    house.rules = replace(usual, brakes=replace(usual.brakes, share=1.0, **limits))
    report = house.sync()
    assert report.braked
    assert sum(report.writes.values()) == 0
    ((sentence,),) = house.ledger.rows("SELECT sentence FROM problem WHERE kind = 'brake' AND resolved IS NULL")
    house.rules = usual
    house.settle_down()
    assert house.ledger.rows("SELECT 1 FROM problem WHERE kind = 'brake' AND resolved IS NULL") == []
    return str(sentence).removesuffix(" Nothing was sent.")


def at_sales(*names: str, **changes: Any) -> House:
    """A house in which these are with sales."""
    house = House(rules=example_rules(**changes))
    for name in names:
        house.contact(name)
    house.settle_down()
    house.wait(hours=1)
    return house


def test_N12_owners_of_existing_records() -> None:
    house = House(rules=example_rules(routing=replace(example_rules().routing, keep_owner=False)))
    for name in ("ada", "bob"):
        email = f"{name}@{name}-works.example"
        house.salesforce.person("Lead", {"Email": email, "LastName": "L", "OwnerId": "005000000000009"})
        house.contact(name)
    assert braked(house, owner_changes=1) == (
        "This sync would change the owner of 2 existing records; the limit is 1 (brakes.owner_changes)."
    )


def test_N12_emptied_values() -> None:
    """A script in the CRM empties the phone of everybody, and the mapping lets blanks through."""
    house = at_sales("ada", "bob")
    kinds = {name: dict(system.kinds) for name, system in house.rules.maps.items()}
    for system in kinds.values():
        for name, kind in system.items():
            if "phone" in kind.fields:
                open_to_blanks = replace(kind.fields["phone"], policy="prefer_crm", blank=True)
                system[name] = replace(kind, fields={**kind.fields, "phone": open_to_blanks})
    maps = {name: replace(system, kinds=kinds[name]) for name, system in house.rules.maps.items()}
    house.rules = replace(house.rules, maps=maps)
    house.settle_down()
    house.wait(hours=1)
    for lead in house.leads():
        house.salesforce.edit(lead.ref, Phone=None)
    assert braked(house, blanks=1) == "This sync would empty 2 values; the limit is 1 (brakes.blanks)."
    assert [c.fields.get("phone") for c in house.hubspot.people("contacts")] == [None, None]


def test_N12_stages_that_go_back_or_out() -> None:
    house = at_sales("ada", "bob", "eve")
    for lead in house.leads():
        house.salesforce.edit(lead.ref, Status="Recycled")
    assert braked(house, demotions=2) == (
        "This sync would move 3 people back or out of the funnel; the limit is 2 (brakes.demotions)."
    )
    assert {str(house.written(c.ref)["syncd_stage"]) for c in house.hubspot.people("contacts")} == {"recycled"}


def test_N12_the_share_of_all_people() -> None:
    house = House()
    house.rules = replace(house.rules, brakes=replace(house.rules.brakes, share=0.5, floor=2))
    for name in ("ada", "bob", "eve"):
        house.contact(name)
    house.contact("kim", ready=False)
    report = house.sync()
    assert report.braked
    ((sentence,),) = house.ledger.rows("SELECT sentence FROM problem WHERE kind = 'brake'")
    assert sentence.startswith("This sync would write to 3 of 4 people; the limit is 50% (brakes.share).")


def test_N12_a_status_that_was_never_seen_holds_its_people_and_nothing_is_guessed() -> None:
    house = at_sales("ada", "bob")
    ada, bob = house.leads()
    house.salesforce.edit(ada.ref, Status="Nurture")
    house.salesforce.edit(bob.ref, Status="Recycled")
    house.settle_down()
    ((kind, sentence),) = house.ledger.rows("SELECT kind, sentence FROM problem WHERE resolved IS NULL")
    assert kind == "unknown_status"
    assert "Nurture" in sentence
    said = {str(house.written(c.ref)["syncd_stage"]) for c in house.hubspot.people("contacts")}
    assert said == {"handed_off", "recycled"}


def test_N1_apply_does_exactly_the_saved_plan(tmp_path: Any) -> None:
    """Grace became ready after the plan, and Ada's record changed since: neither is sent, and Ada is named."""
    from syncd.sync import planfile, plans
    from syncd.sync.round import run

    house = House()
    house.contact("ada")
    house.contact("edsger")
    fork, systems = house.ledger.fork(), house.systems()
    planned = run(fork, systems, mode="plan")
    planfile.write(tmp_path / "plan.json", plans.collect(fork, systems, planned), {})
    assert (tmp_path / "plan.json").stat().st_mode & 0o777 == 0o600
    house.contact("grace")
    house.salesforce.person("Lead", {"Email": "ada@ada-works.example", "LastName": "Lovelace"})
    report = house.sync("apply", planfile.read(tmp_path / "plan.json"))
    assert len(report.moved) == 1
    assert sorted(str(lead.fields.get("FirstName")) for lead in house.leads()) == ["Edsger", "None"]
    house.settle_down()
    assert len(house.leads()) == 3


def test_a_plan_leaves_the_ledger_untouched() -> None:
    from syncd.sync.round import run

    house = House()
    house.contact("ada")
    before = list(house.ledger.conn.iterdump())
    with house.ledger.fork() as fork:
        report = run(fork, house.systems(), mode="plan")
    assert report.handoffs == 1
    assert list(house.ledger.conn.iterdump()) == before
    assert house.leads() == []


def test_N5_undo_takes_back_what_still_stands_and_never_hands_over_again() -> None:
    from syncd.sync.undo import undo

    house = House()
    ada = house.contact("ada")
    house.sync()
    (lead,) = house.leads()
    house.wait(minutes=5)
    house.hubspot.edit(ada, syncd_tier="edited by marketing")
    _, inverse = undo(house.ledger, house.systems(), 1)
    assert inverse.left
    assert house.salesforce.get(lead.ref).fields["Status"] == "Closed - Not Converted"
    house.settle_down()
    assert len(house.leads()) == 1
    assert house.ledger.rows("SELECT state, reason FROM handoff") == [("void", "undone")]
    assert house.written(ada) == {"syncd_tier": "edited by marketing"}, "all else is as it was"
    assert any("syncd_tier" in sentence for sentence in inverse.left)


def test_N7_the_budget_is_never_exceeded_and_handoffs_go_first() -> None:
    """Twelve calls in all: the sync ends cleanly, spends at most that, and what is left follows with the next budget."""
    house = House(batch=1)
    for name in ("ada", "grace", "edsger"):
        house.contact(name)
    original = MemoryConnector.limit
    systems = house.systems()
    systems.connectors["salesforce"].limit(9, 2)
    MemoryConnector.limit = lambda self, calls, reserve: None  # type: ignore[method-assign]
    try:
        from syncd.sync.round import run

        run(house.ledger, systems, mode="sync")
    finally:
        MemoryConnector.limit = original  # type: ignore[method-assign]
    assert sum(house.salesforce.calls.values()) <= 9
    house.settle_down()
    assert len(house.leads()) == 3
    assert set(house.creates().values()) == {1}


def test_a_system_that_fails_sits_out_and_nothing_is_concluded() -> None:
    house = House()
    house.contact("ada")
    house.salesforce.fail("pull", times=99)
    report = house.sync()
    assert list(report.out) == ["salesforce"]
    assert report.decided == 0
    assert house.leads() == []
    house.salesforce.faults.clear()
    house.settle_down()
    assert len(house.leads()) == 1


def test_a_ledger_belongs_to_its_accounts() -> None:
    from syncd.core.errors import LedgerError

    house = House()
    house.sync()
    house.salesforce.account = "00D000000000099"
    house.time = house.time.replace(year=2027)
    with pytest.raises(LedgerError, match="belongs to salesforce account"):
        house.sync()


def test_a_writer_is_alone(tmp_path: Any) -> None:
    from syncd.core.errors import LedgerError

    with Store.open(tmp_path / "l.db"), pytest.raises(LedgerError, match="in use by process"):
        Store.open(tmp_path / "l.db")
    with Store.open(tmp_path / "l.db") as again:
        assert again.epoch == 2
