"""Writes: one receipt a row, nothing twice, nothing lost, nobody sunk by a neighbour (hubspot.md 5 to 7; F03, F04)."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from syncd.core.errors import Retryable, Unauthorized, Unavailable, Unclear
from syncd.core.types import Action, Outcome, Raw, Receipt, Ref, Token, Verb
from tests.connectors.hubspot.portal import Portal

CALL = "/crm/objects/2026-09/contacts/batch/update"


def people(portal: Portal, count: int, **more: Raw) -> list[Ref]:
    return portal.contacts([{"email": f"p{n}@example.com", **more} for n in range(count)])


def update(ref: Ref, fields: Mapping[str, Raw], key: str = "") -> Action:
    key = key or f"syncd_{ref.id}"
    return Action(key, "field:x", Verb.UPDATE, ref, fields, "p", "test")


def task(key: str, person: Ref | None = None, kind: str = "task", **more: Raw) -> Action:
    fields: dict[str, Raw] = {"subject": "Call", "body": "Who", "at": "2026-11-20T09:00:00Z", **more}
    if person is not None:
        fields |= {"person": person.id, "person_kind": "contacts"}
    return Action(key, "task", Verb.CREATE, Ref("hubspot", kind, ""), fields, "p", "test", token=key, handoff=1)


def link(made: Receipt, person: str, kind: str = "task") -> Action:
    fields: dict[str, Raw] = {"from": made.ref.id if made.ref else "", "person": person, "person_kind": "contacts"}
    return Action(f"link {made.key}", "link:task", Verb.LINK, Ref("hubspot", kind, ""), fields, "p", "test", handoff=1)


def outcomes(receipts: list[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


def titles(portal: Portal) -> dict[str, str | None]:
    return {row["id"]: row["properties"].get("jobtitle") for row in portal.all("contacts")}


# ---------------------------------------------------------------- matching
def test_results_are_matched_by_id_because_they_come_shuffled() -> None:
    portal = Portal()
    refs = people(portal, 100)
    receipts = portal.connect().send([update(ref, {"jobtitle": f"T{ref.id}"}) for ref in refs])
    assert [r.ref for r in receipts] == refs
    assert [r.values["jobtitle"] for r in receipts] == [f"T{ref.id}" for ref in refs]
    assert titles(portal) == {ref.id: f"T{ref.id}" for ref in refs}


def test_keyed_creates_are_matched_by_their_key() -> None:
    portal = Portal()
    actions = [task(f"syncd_{n}", subject=f"S{n}") for n in range(100)]
    receipts = portal.connect().send(actions)
    made = {row["id"]: row["properties"] for row in portal.all("tasks")}
    assert [made[r.ref.id]["syncd_key"] for r in receipts if r.ref] == [a.key for a in actions]
    assert [made[r.ref.id]["hs_task_subject"] for r in receipts if r.ref] == [f"S{n}" for n in range(100)]


def test_scalars_go_out_as_text_and_none_clears() -> None:
    portal = Portal()
    (ref,) = people(portal, 1, jobtitle="Old")
    fields = {"jobtitle": None, "syncd_handoff_no": 3, "syncd_crm_id": 2.50, "syncd_stage": True}
    (receipt,) = portal.connect().send([update(ref, fields)])
    sent = portal.adapter.bodies("/batch/update")[0]["inputs"][0]["properties"]
    assert sent == {"jobtitle": "", "syncd_handoff_no": "3", "syncd_crm_id": "2.5", "syncd_stage": "true"}
    assert receipt.outcome is Outcome.DONE


def test_two_updates_of_one_record_travel_one_after_the_other() -> None:
    portal = Portal()
    (ref,) = people(portal, 1)
    receipts = portal.connect().send(
        [update(ref, {"jobtitle": "First"}, "a"), update(ref, {"jobtitle": "Second"}, "b")]
    )
    assert outcomes(receipts) == [Outcome.DONE, Outcome.DONE]
    assert titles(portal)[ref.id] == "Second"


def test_an_update_of_a_merged_id_lands_on_its_heir() -> None:
    portal = Portal()
    winner, loser, other = people(portal, 3)
    merged = portal.merge(winner, loser)
    receipts = portal.connect().send([update(winner, {"jobtitle": "X"}), update(other, {"jobtitle": "Y"})])
    assert receipts[1].outcome is Outcome.DONE
    assert (receipts[0].outcome, receipts[0].ref) in (
        (Outcome.DONE, merged),
        (Outcome.SUPERSEDED, winner),
    )
    if receipts[0].outcome is Outcome.SUPERSEDED:
        assert receipts[0].values == {"state": "merged", "successor": str(merged)}


def test_F03_a_row_that_the_answer_forgets_is_read_back_or_unclear() -> None:
    portal = Portal()
    refs = people(portal, 2)
    answer = {"status": "COMPLETE", "results": [{"id": refs[0].id, "properties": {"jobtitle": "X"}}]}
    portal.fault(method="POST", path="batch/update", nth=1, status=200, body=answer)
    receipts = portal.connect().send([update(ref, {"jobtitle": "X"}) for ref in refs])
    assert outcomes(receipts) == [Outcome.DONE, Outcome.UNCLEAR]

    portal.fault(method="POST", path="batch/update", nth=1, status=200, body=answer, apply=True)
    receipts = portal.connect().send([update(ref, {"jobtitle": "X"}) for ref in refs])
    assert outcomes(receipts) == [Outcome.DONE, Outcome.DONE]


def test_F03_a_result_that_nobody_asked_for_changes_nothing() -> None:
    portal = Portal()
    (ref,) = people(portal, 1)
    twice = {"id": ref.id, "properties": {"jobtitle": "X"}}
    answer = {"status": "COMPLETE", "results": [twice, twice, {"id": "1", "properties": {}}]}
    portal.fault(method="POST", path="batch/update", nth=1, status=200, body=answer)
    assert outcomes(portal.connect().send([update(ref, {"jobtitle": "X"})])) == [Outcome.DONE]


# ---------------------------------------------------------------- one bad row
@pytest.mark.parametrize("position", [*range(0, 100, 9), 63, 64])
def test_F04_one_bad_row_of_a_hundred_is_found_alone(position: int) -> None:
    portal = Portal()
    refs = people(portal, 100)
    actions = [update(ref, {"hs_lead_status": "OPEN"}) for ref in refs]
    actions[position] = update(refs[position], {"hs_lead_status": "NO_SUCH"})
    connector = portal.connect()
    receipts = connector.send(actions)
    assert [n for n, r in enumerate(receipts) if r.outcome is Outcome.REJECTED] == [position]
    assert sum(r.outcome is Outcome.DONE for r in receipts) == 99
    assert sum(connector.calls.values()) <= 1 + 2 * math.log2(100) + 1
    assert landed(portal) == {ref.id: 1 for n, ref in enumerate(refs) if n != position}


def landed(portal: Portal) -> Counter[str]:
    """How often each record was in a batch that was accepted."""
    return Counter(
        row["id"]
        for request, status in portal.adapter.exchanges
        if "batch/update" in str(request.url) and status < 300
        for row in json.loads(request.body or b"{}")["inputs"]
    )


def test_bad_rows_that_name_their_property_cost_one_more_call() -> None:
    portal = Portal()
    refs = people(portal, 100)
    actions = [update(ref, {"jobtitle": "X"} if n % 3 else {"no_such": "X"}) for n, ref in enumerate(refs)]
    connector = portal.connect()
    receipts = connector.send(actions)
    assert [r.outcome is Outcome.REJECTED for r in receipts] == [n % 3 == 0 for n in range(100)]
    assert sum(connector.calls.values()) == 2
    problem = receipts[0].problem
    assert problem is not None
    assert (problem.subject, receipts[0].code) == ("hubspot/contacts/no_such", "PROPERTY_DOESNT_EXIST")
    assert "contacts.no_such" in problem.sentence


def test_F23_an_admin_rule_parks_its_record_only() -> None:
    portal = Portal()
    refs = people(portal, 4)
    portal.emulator.add_validation_rule(
        {"kind": "contacts", "property": "jobtitle", "when": {"company": "Acme"}, "message": "Title needed"}
    )
    actions = [update(ref, {"company": "Acme" if n == 2 else "Other"}) for n, ref in enumerate(refs)]
    receipts = portal.connect().send(actions)
    assert [n for n, r in enumerate(receipts) if r.outcome is Outcome.REJECTED] == [2]


def test_what_failed_midway_is_not_confused_with_what_landed() -> None:
    """The whole batch is refused; its first half lands; the second half's answer is lost."""
    portal = Portal()
    refs = people(portal, 4)
    values = ["OPEN", "OPEN", "OPEN", "NO_SUCH"]
    portal.fault(method="POST", path="batch/update", nth=3, reset="before")
    receipts = portal.connect().send(
        [update(ref, {"hs_lead_status": value}) for ref, value in zip(refs, values, strict=True)]
    )
    assert outcomes(receipts) == [Outcome.DONE, Outcome.DONE, Outcome.UNCLEAR, Outcome.UNCLEAR]


def test_a_budget_that_ends_midway_leaves_the_rest_unsent() -> None:
    portal = Portal()
    refs = people(portal, 4)
    connector = portal.connect()
    connector.limit(2, 0)
    values = ["OPEN", "OPEN", "OPEN", "NO_SUCH"]
    receipts = connector.send([update(ref, {"hs_lead_status": value}) for ref, value in zip(refs, values, strict=True)])
    assert outcomes(receipts) == [Outcome.DONE, Outcome.DONE, Outcome.NOT_SENT, Outcome.NOT_SENT]


def test_many_records_that_are_gone_are_looked_up_together() -> None:
    portal = Portal()
    refs = people(portal, 50)
    for ref in refs[:20]:
        portal.archive(ref)
    connector = portal.connect()
    receipts = connector.send([update(ref, {"jobtitle": "X"}) for ref in refs])
    assert outcomes(receipts) == [Outcome.SUPERSEDED] * 20 + [Outcome.DONE] * 30
    assert {r.values["state"] for r in receipts[:20]} == {"archived"}
    assert sum(connector.calls.values()) == 3


# ---------------------------------------------------------------- lifecycle stages
def test_a_stage_that_would_move_back_is_refused_aloud() -> None:
    portal = Portal()
    back, forward = people(portal, 2, lifecyclestage="opportunity")
    receipts = portal.connect().send(
        [update(back, {"lifecyclestage": "lead"}), update(forward, {"lifecyclestage": "customer"})]
    )
    assert outcomes(receipts) == [Outcome.REJECTED, Outcome.DONE]
    problem = receipts[0].problem
    assert problem is not None
    assert "refused by HubSpot" in problem.sentence
    assert receipts[0].values == {"lifecyclestage": "opportunity"}


# ---------------------------------------------------------------- nothing twice
@pytest.mark.parametrize(
    ("fault", "error", "attempts"),
    [
        ({"reset": "after"}, Unclear, 1),
        ({"reset": "before"}, Unclear, 1),
        ({"status": 500}, Unclear, 1),
        ({"status": 502, "body": "<html>", "content_type": "text/html"}, Unclear, 1),
        ({"status": 200, "body": "<html>", "content_type": "text/html", "apply": True}, Unclear, 1),
        ({"truncate": 0.5}, Unclear, 1),
        ({"status": 429}, Retryable, 2),
        ({"status": 503, "headers": {"Retry-After": "1"}}, Retryable, 3),
        ({"status": 401}, Unauthorized, 1),
        ({"status": 403}, Unauthorized, 1),
    ],
)
def test_a_create_is_sent_again_only_when_it_surely_did_not_happen(
    fault: dict[str, Any], error: type[Exception], attempts: int
) -> None:
    portal = Portal()
    portal.fault(method="POST", path="tasks/batch/upsert", **fault)
    with pytest.raises(error):
        portal.connect().send([task("syncd_1")])
    assert len(portal.adapter.bodies("tasks/batch/upsert")) == attempts
    portal.emulator.faults.clear()
    assert portal.connect().send([task("syncd_1")])[0].outcome in (Outcome.DONE, Outcome.ALREADY)
    assert len(portal.all("tasks")) == 1


def test_links_are_made_once_and_together() -> None:
    portal = Portal()
    refs = people(portal, 30)
    connector = portal.connect()
    made = connector.send([task(f"syncd_{ref.id}") for ref in refs])
    links = [link(receipt, ref.id) for receipt, ref in zip(made, refs, strict=True)]
    before = portal.calls()
    assert outcomes(connector.send(links)) == [Outcome.DONE] * 30
    assert outcomes(connector.send(links)) == [Outcome.DONE] * 30
    assert portal.calls() - before == 2
    found = [a for page in connector.pull("engagements", None, refs) for a in page.activities]
    assert {a.about: a.key for a in found} == {(ref,): f"syncd_{ref.id}" for ref in refs}


def test_a_link_to_nobody_sinks_no_other() -> None:
    portal = Portal()
    refs = people(portal, 5)
    connector = portal.connect()
    made = connector.send([task(f"syncd_{n}") for n in range(5)])
    links = [link(receipt, ref.id) for receipt, ref in zip(made, refs, strict=True)]
    links[3] = link(made[3], "999999999999")
    receipts = connector.send(links)
    assert outcomes(receipts[:3] + receipts[4:]) == [Outcome.DONE] * 4
    assert receipts[3].outcome in (Outcome.SUPERSEDED, Outcome.REJECTED)


# ---------------------------------------------------------------- without a unique property (tier H2)
def test_without_a_unique_property_nothing_is_created_that_could_be_created_twice() -> None:
    portal = Portal(key_on=())
    connector = portal.connect()
    health = connector.check([])
    assert health.capabilities.keyed == frozenset()
    assert {p.subject for p in health.problems} == {"hubspot/tasks/syncd_key", "hubspot/notes/syncd_key"}
    (receipt,) = connector.send([task("syncd_1")])
    assert (receipt.outcome, receipt.code) == (Outcome.REJECTED, "NO_UNIQUE_KEY")
    assert portal.all("tasks") == []


@pytest.mark.parametrize(("kind", "token"), [("task", "task"), ("note", "note"), ("activity", "activity")])
def test_H2_a_marker_in_the_body_is_found_through_the_person(kind: str, token: str) -> None:
    portal = Portal(key_on=())
    one, other = people(portal, 2)
    connector = portal.connect(whose=lambda _token: one)
    connector.check([])
    portal.fault(method="POST", path="batch/create", nth=1, reset="after")
    actions = [task("syncd_mine", one, kind), task("syncd_other", other, kind)]
    with pytest.raises(Unclear):
        connector.send(actions)
    asked = [Token(token, "syncd_mine"), Token(token, "syncd_none")]
    found = connector.find(asked)
    assert len(found[asked[0]]) == 1
    assert found[asked[1]] == ()


def test_H2_rows_of_a_create_find_their_results_by_the_marker() -> None:
    portal = Portal(key_on=())
    refs = people(portal, 20)
    connector = portal.connect(whose=lambda _token: None)
    connector.check([])
    actions = [task(f"syncd_{ref.id}", ref, "note") for ref in refs]
    receipts = connector.send(actions)
    bodies = {row["id"]: row["properties"]["hs_note_body"] for row in portal.all("notes")}
    assert all(a.key in bodies[r.ref.id] for a, r in zip(actions, receipts, strict=True) if r.ref)
    assert outcomes(receipts) == [Outcome.DONE] * 20


# ---------------------------------------------------------------- contacts that are made here
def contact(n: int, **fields: Raw) -> Action:
    held = {"email": f"New{n}@example.com", "lastname": f"L{n}", **fields}
    return Action(f"syncd_c{n}", "person", Verb.CREATE, Ref("hubspot", "contacts", ""), held, "p", "test", handoff=1)


def test_a_contact_that_exists_already_is_adopted_and_sinks_no_other() -> None:
    portal = Portal()
    (there,) = portal.contacts([{"email": "new1@example.com"}])
    receipts = portal.connect().send([contact(n) for n in range(3)])
    assert outcomes(receipts) == [Outcome.DONE, Outcome.ALREADY, Outcome.DONE]
    assert receipts[1].ref == there
    held = {row["id"]: row["properties"]["email"] for row in portal.all("contacts")}
    assert [held[r.ref.id] for r in receipts if r.ref] == [f"new{n}@example.com" for n in range(3)]


# ---------------------------------------------------------------- what travels together
def test_batches() -> None:
    connector = Portal().connect()
    ref = Ref("hubspot", "contacts", "1")
    rows = [
        (update(ref, {}), ("update contacts", 100)),
        (contact(1), ("create contacts", 100)),
        (task("k"), ("create tasks", 100)),
        (task("k", kind="activity"), ("create notes", 100)),
        (task("k", kind="calls"), ("create calls", 100)),
        (link(Receipt("k", Outcome.DONE, Ref("hubspot", "tasks", "5")), "1"), ("link tasks contacts", 1000)),
    ]
    assert [connector.batch(action) for action, _ in rows] == [expected for _, expected in rows]


def test_the_order_of_receipts_is_that_of_the_actions() -> None:
    portal = Portal()
    refs = people(portal, 3)
    wrong = replace(update(refs[1], {"jobtitle": "X"}), target=Ref("hubspot", "contacts", "not-an-id"))
    actions = [update(refs[2], {"jobtitle": "X"}), wrong, update(refs[0], {"jobtitle": "X"})]
    receipts = portal.connect().send(actions)
    assert [r.key for r in receipts] == [a.key for a in actions]
    assert outcomes(receipts) == [Outcome.DONE, Outcome.REJECTED, Outcome.DONE]


# ---------------------------------------------------------------- answers that say too little, or the wrong thing
@pytest.mark.parametrize(
    "body", [{}, {"results": None}, {"results": [None, {"properties": {}}]}, {"status": "PENDING"}]
)
@pytest.mark.parametrize("kind", ["task", "note"])
def test_a_2xx_that_names_no_record_is_in_doubt_and_never_unsent(body: dict[str, Any], kind: str) -> None:
    portal = Portal()
    portal.fault(method="POST", path="batch/upsert", nth=1, status=200, body=body, apply=True)
    assert outcomes(portal.connect().send([task("syncd_1", kind=kind)])) == [Outcome.UNCLEAR]
    assert len(portal.connect().find([Token(kind, "syncd_1")])[Token(kind, "syncd_1")]) == 1


def test_F10_our_own_key_in_a_conflict_is_success_after_a_look() -> None:
    portal = Portal()
    portal.fault(method="POST", path="batch/upsert", nth=1, status=409, body={"category": "CONFLICT"}, apply=True)
    (receipt,) = portal.connect().send([task("syncd_1")])
    assert receipt.outcome is Outcome.ALREADY
    assert receipt.ref == Ref("hubspot", "tasks", portal.all("tasks")[0]["id"])


def test_a_conflict_that_is_not_ours_is_refused() -> None:
    portal = Portal()
    (ref,) = people(portal, 1)
    portal.fault(method="POST", path="batch/", nth=1, status=409, body={"category": "CONFLICT"})
    assert outcomes(portal.connect().send([task("syncd_1")])) == [Outcome.REJECTED]
    portal.fault(
        method="POST", path="batch/", nth=1, status=409, body={"category": "CONFLICT", "context": {"existingId": ["5"]}}
    )
    assert outcomes(portal.connect().send([update(ref, {"email": "b@example.com"})])) == [Outcome.REJECTED]


def test_a_404_of_the_path_does_not_bury_the_records() -> None:
    portal = Portal()
    refs = people(portal, 3)
    portal.fault(
        method="POST", path="batch/update", status=404, body={"status": "error", "message": "resource not found"}
    )
    connector = portal.connect()
    with pytest.raises(Unavailable, match="version"):
        connector.send([update(ref, {"jobtitle": "X"}) for ref in refs])
    assert sum(connector.calls.values()) == 1


def test_what_was_made_can_be_read_and_closed() -> None:
    portal = Portal()
    connector = portal.connect()
    (made,) = connector.send([task("syncd_1", due="2026-11-20T13:00:00Z")])
    assert made.ref is not None
    (closed,) = connector.send([update(made.ref, {"hs_task_status": "COMPLETED"})])
    assert closed.outcome is Outcome.DONE
    assert connector.read([made.ref], ["hs_task_status"])[made.ref].fields == {"hs_task_status": "COMPLETED"}
