"""Static lists: contacts join and leave them in one call, and what cannot be changed is told (hubspot.md 9.5)."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import FieldNeed
from connectors.loopback.hubspot import TokenGrant
from syncd.core.errors import Unclear
from syncd.core.types import Action, Outcome, Ref, Verb
from tests.connectors.hubspot.portal import TOKEN, Portal


def a_list(at: Portal, name: str = "Back from sales", kind: str = "MANUAL", **more: Any) -> str:
    body = {"name": name, "objectTypeId": "0-1", "processingType": kind, **more}
    return str(at.do("POST", "/crm/v3/lists", body)["list"]["listId"])


def members(at: Portal, list_id: str) -> set[str]:
    return {row["recordId"] for row in at.do("GET", f"/crm/v3/lists/{list_id}/memberships?limit=250")["results"]}


def moves(name: str, person: str, *, member: bool) -> Action:
    fields = {"person": person, "member": member}
    target = Ref("hubspot", "lists", name)
    return Action(f"{name} {person} {member}", f"nurture:{name}", Verb.LINK, target, fields, "p", "test")


@pytest.mark.parametrize("version", ["2026-09", "v3"])
@pytest.mark.parametrize("by", ["id", "name"])
def test_S1_20_contacts_join_and_leave_a_list_in_one_call(version: str, by: str) -> None:
    at = Portal()
    list_id = a_list(at)
    name = list_id if by == "id" else "Back from sales"
    people = [ref.id for ref in at.contacts([{"email": f"p{n}@example.com"} for n in range(120)])]
    connector = at.connect(version=version)
    for _ in range(2):  # twice is once
        receipts = connector.send([moves(name, rid, member=True) for rid in people])
        assert {r.outcome for r in receipts} == {Outcome.DONE}
        assert members(at, list_id) | set(people[100:]) == set(people)
    assert sum(connector.calls.values()) == 3  # the list is looked up once
    connector.send([moves(name, rid, member=False) for rid in people[1:]])
    assert members(at, list_id) == {people[0]}


def test_who_joins_and_who_leaves_do_not_travel_together() -> None:
    connector = Portal().connect()
    groups = {connector.batch(moves(name, "1", member=m))[0] for name in ("7", "8") for m in (True, False)}
    assert len(groups) == 4


def test_a_contact_that_is_gone_does_not_sink_the_others() -> None:
    at = Portal()
    list_id = a_list(at)
    (there,) = at.contacts([{"email": "a@example.com"}])
    receipts = at.connect().send([moves(list_id, "999", member=True), moves(list_id, there.id, member=True)])
    assert [r.outcome for r in receipts] == [Outcome.SUPERSEDED, Outcome.DONE]
    assert members(at, list_id) == {there.id}


def test_what_is_no_id_is_not_sent() -> None:
    at = Portal()
    (receipt,) = at.connect().send([moves(a_list(at), "../../objects", member=True)])
    assert (receipt.outcome, receipt.code) == (Outcome.REJECTED, "NOT_AN_ID")


@pytest.mark.parametrize("lost", ["nobody has it", "gone"])
def test_a_list_that_is_not_there_is_one_problem_for_all(lost: str) -> None:
    at = Portal()
    people = [ref.id for ref in at.contacts([{"email": f"p{n}@example.com"} for n in range(3)])]
    list_id = a_list(at)
    name = "nobody has it"
    if lost == "gone":
        name = list_id
        at.do("DELETE", f"/crm/v3/lists/{list_id}", expect=204)
    receipts = at.connect().send([moves(name, rid, member=True) for rid in people])
    assert {r.outcome for r in receipts} == {Outcome.REJECTED}
    assert len({r.problem for r in receipts}) == 1


def test_a_lost_answer_is_unclear_and_asking_again_is_harmless() -> None:
    at = Portal()
    list_id = a_list(at)
    (ref,) = at.contacts([{"email": "a@example.com"}])
    connector = at.connect()
    at.fault(method="PUT", path="/memberships/add", reset="after", times=1)
    with pytest.raises(Unclear):
        connector.send([moves(list_id, ref.id, member=True)])
    (receipt,) = connector.send([moves(list_id, ref.id, member=True)])
    assert receipt.outcome is Outcome.DONE
    assert members(at, list_id) == {ref.id}


# ---------------------------------------------------------------- check
def test_S3_3_check_says_which_list_cannot_be_used() -> None:
    at = Portal()
    good = a_list(at)
    branch = {"filterBranchType": "OR", "filterBranchOperator": "OR", "filters": [], "filterBranches": []}
    a_list(at, "Active", "DYNAMIC", filterBranch=branch)
    needs = [FieldNeed("lists", name, read=False, write=True) for name in (good, "Active", "No such list")]
    health = at.connect().check(needs)
    said = {p.subject: p.sentence for p in health.problems if p.kind == "list_unusable"}
    assert set(said) == {"hubspot/lists/Active", "hubspot/lists/No such list"}
    assert "active one" in said["hubspot/lists/Active"]
    assert ("lists", "Active") in health.missing
    assert ("lists", good) not in health.missing


def test_S3_3_check_names_the_scopes_of_lists() -> None:
    at = Portal()
    list_id = a_list(at)
    without = tuple(scope for scope in TokenGrant().scopes if not scope.startswith("crm.lists"))
    at.emulator.settings.tokens[TOKEN] = TokenGrant(scopes=without)
    health = at.connect().check([FieldNeed("lists", list_id, read=False, write=True)])
    assert any("crm.lists.read" in p.sentence for p in health.problems)
    assert ("lists", list_id) in health.missing
    assert not health.fatal
