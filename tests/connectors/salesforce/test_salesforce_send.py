"""What a send does to an org, row by row, and what its receipts say."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from connectors.salesforce import SalesforceConnector
from connectors.salesforce.client import judge
from connectors.salesforce.verdicts import RULINGS, Next, refusal
from connectors.salesforce.write import cut, task_fields
from connectors.transport import Fate
from syncd.core.errors import Retryable, Unauthorized, Unavailable, Unclear
from syncd.core.types import Action, Outcome, Raw, Receipt, Ref, Token, Verb
from tests.connectors.salesforce.org import Org


def lead(org: Org, n: int, **more: Raw) -> Action:
    fields = {"LastName": f"Doe {n}", "Company": "Acme", "OwnerId": org.rep, **more}
    target = Ref("salesforce", "Lead", "")
    return Action(f"k{n}", "person", Verb.CREATE, target, fields, f"p{n}", "c", token=f"{n}", handoff=1)


def change(rid: str, key: str = "u1", kind: str = "Lead", **fields: Raw) -> Action:
    return Action(key, "field:x", Verb.UPDATE, Ref("salesforce", kind, rid), fields, "p", "c")


def task(org: Org, about: str, n: int = 1, *, kind: str = "activity", **more: Raw) -> Action:
    key = f"syncd_task_{n}"
    fields = {"subject": "S", "body": "B", "at": "2026-11-19T09:00:00.000Z", "owner": org.rep, **more}
    fields |= {"person": about, "person_kind": "Lead" if about.startswith("00Q") else "Contact"}
    return Action(key, "task", Verb.CREATE, Ref("salesforce", kind, ""), fields, "p", "c", token=key, handoff=1)


def outcomes(receipts: list[Receipt]) -> list[Outcome]:
    return [receipt.outcome for receipt in receipts]


# ---------------------------------------------------------------- rows
def test_one_bad_row_of_two_hundred_and_199_land(org: Org) -> None:
    connector = org.connect()
    actions = [lead(org, n) for n in range(200)]
    actions[77] = lead(org, 77, Email="no address")
    before = org.counted()
    receipts = connector.send(actions)
    assert org.counted() - before == 1
    assert [n for n, r in enumerate(receipts) if r.outcome is not Outcome.DONE] == [77]
    assert (receipts[77].outcome, receipts[77].code) == (Outcome.REJECTED, "INVALID_EMAIL_ADDRESS")
    assert len(org.rows("Lead")) == 199


def test_more_than_two_hundred_and_mixed_groups_are_the_callers_mistake(org: Org) -> None:
    connector = org.connect()
    rid = org.lead()
    for actions in ([lead(org, n) for n in range(201)], [lead(org, 1), change(rid, Title="x")]):
        with pytest.raises(ValueError, match="200"):
            connector.send(actions)
    assert len(org.rows("Lead")) == 1


def test_notes_tasks_and_activities_travel_together(org: Org) -> None:
    connector = org.connect()
    rid = org.lead()
    kinds = ("note", "task", "activity")
    assert len({connector.batch(task(org, rid, kind=kind)) for kind in kinds}) == 1
    with pytest.raises(ValueError, match="links"):
        connector.batch(Action("l", "link:x", Verb.LINK, Ref("salesforce", "note", ""), {}, "p", "c"))


@pytest.mark.parametrize("rid", ["https://evil.example/x", "../User/005", "", "00Q", "' OR '"])
def test_an_update_of_what_is_no_id_is_never_sent(org: Org, rid: str) -> None:
    connector = org.connect()
    good = org.lead()
    before = org.counted()
    receipts = connector.send([change(rid, "bad", Title="x"), change(good, "good", Title="x")])
    assert outcomes(receipts) == [Outcome.REJECTED, Outcome.DONE]
    assert org.counted() - before == 1
    assert connector.send([change(rid, "bad", Title="x")])[0].code == "MALFORMED_ID"
    assert org.counted() - before == 1


def test_several_updates_of_one_record_are_one_row_and_a_bad_one_sinks_no_other(org: Org) -> None:
    connector = org.connect()
    rid, other = org.lead(), org.lead()
    before = org.counted()
    actions = [change(rid, "a", Title="A"), change(other, "b", Title="B"), change(rid, "c", FirstName="C")]
    assert outcomes(connector.send(actions)) == [Outcome.DONE] * 3
    assert org.counted() - before == 1
    actions = [change(rid, "a", Title="AA"), change(rid, "b", Email="bad"), change(rid, "c", FirstName="CC")]
    assert outcomes(connector.send(actions)) == [Outcome.DONE, Outcome.REJECTED, Outcome.DONE]
    (row,) = org.rows("Lead", Id=rid)
    assert (row["Title"], row["FirstName"], row["Email"]) == ("AA", "CC", None)


def test_a_receipt_says_what_the_record_holds(org: Org) -> None:
    connector = org.connect()
    org.emulator.remove_field("Lead", "syncd_tier__c")
    connector.check([])
    (receipt,) = connector.send([change(org.lead(), Title="A", syncd_tier__c="hot")])
    assert receipt.values == {"Title": "A", "syncd_tier__c": None}


# ---------------------------------------------------------------- tasks
@pytest.mark.parametrize(
    ("canonical", "expected"),
    [
        ({"due": "2026-11-20T13:30:00Z", "priority": "high"},
         {"Status": "Not Started", "ActivityDate": "2026-11-20", "Priority": "High", "TaskSubtype": "Task"}),
        ({"at": "2026-11-19T23:30:00Z", "channel": "call"},
         {"Status": "Completed", "ActivityDate": "2026-11-19", "Priority": "Normal", "TaskSubtype": "Call"}),
        ({"at": "2026-11-19T23:30:00Z", "channel": "email", "priority": "low"},
         {"Status": "Completed", "ActivityDate": "2026-11-19", "Priority": "Low", "TaskSubtype": "Email"}),
        ({"channel": "digest"}, {"Status": "Completed", "Priority": "Normal", "TaskSubtype": "Task"}),
    ],
)  # fmt: skip
def test_activities_as_tasks(canonical: dict[str, Raw], expected: dict[str, Raw]) -> None:
    assert task_fields({"subject": "S", "body": "B", **canonical}) == {"Subject": "S", "Description": "B"} | expected


def test_texts_are_cut_in_utf16_units_and_split_no_character() -> None:
    assert cut("ab", 2) == "ab"
    assert cut("a" + "😀" * 200, 255) == "a" + "😀" * 127
    assert cut("😀" * 200, 255) == "😀" * 127
    fields = task_fields({"subject": "😀" * 300, "body": "x" * 40_000})
    assert (len(str(fields["Subject"])), len(str(fields["Description"]))) == (127, 32_000)


def test_a_task_is_never_reopened_or_moved_back_by_a_second_create(org: Org) -> None:
    connector = org.connect()
    rid = org.lead()
    (made,) = connector.send([task(org, rid, kind="task", due="2026-11-20")])
    assert made.ref is not None
    org.api("PATCH", f"/sobjects/Task/{made.ref.id}", {"Status": "Completed"})
    org.api("POST", "/_sandbox/convert-lead", {"lead_id": rid, "create_opportunity": False})
    (again,) = connector.send([task(org, rid, kind="task", due="2026-11-20")])
    assert (again.outcome, again.ref) == (Outcome.ALREADY, made.ref)
    (row,) = org.rows("Task")
    assert row["Status"] == "Completed"
    assert row["WhoId"].startswith("003")


def test_a_task_that_a_rep_deleted_stays_deleted(org: Org) -> None:
    connector = org.connect()
    action = task(org, org.lead())
    (made,) = connector.send([action])
    assert made.ref is not None
    org.api("DELETE", f"/sobjects/Task/{made.ref.id}")
    token = Token("activity", action.key)
    assert connector.find([token]) == {token: (made.ref,)}


def test_a_task_about_a_converted_lead_names_the_contact(org: Org) -> None:
    connector = org.connect()
    rid, live = org.lead(), org.lead()
    org.api("POST", "/_sandbox/convert-lead", {"lead_id": rid, "create_opportunity": False})
    (row,) = org.rows("Lead", Id=rid)
    receipts = connector.send([task(org, rid, 1), task(org, live, 2)])
    assert outcomes(receipts) == [Outcome.SUPERSEDED, Outcome.DONE]
    assert receipts[0].values["successor"] == f"salesforce/Contact/{row['ConvertedContactId']}"


def test_without_a_key_field_the_key_stands_in_call_object() -> None:
    """Tier S2 of reliability.md 3.2."""
    org = Org(key=None)
    connector = org.connect()
    assert connector.capabilities.keyed == {"person"}
    action = task(org, org.lead())
    (made,) = connector.send([action])
    (row,) = org.rows("Task")
    assert row["CallObject"] == action.key
    token = Token("activity", action.key)
    assert connector.find([token]) == {token: (made.ref,)}


# ---------------------------------------------------------------- rules of the org
def test_our_headers_keep_the_owner_that_was_routed(org: Org) -> None:
    thief = org.emulator.add_user({"Username": "t@acme.example", "LastName": "Thief"})
    org.emulator.add_assignment_rule("Lead", [{"owner": thief, "when": {}}])
    connector = org.connect()
    (made,) = connector.send([lead(org, 1)])
    assert made.ref is not None
    connector.send([change(made.ref.id, Title="x")])
    assert org.rows("Lead")[0]["OwnerId"] == org.rep


def test_a_duplicate_rule_alerts_or_blocks(org: Org) -> None:
    match = [{"sobject": "Lead", "fields": ["Email"]}]
    org.lead(Email="a@example.com")
    org.emulator.add_duplicate_rule("Lead", "Alerting", match, action="alert")
    assert outcomes(org.connect().send([lead(org, 1, Email="a@example.com")])) == [Outcome.DONE]
    strict = org.connect(duplicate_rule="respect")
    (refused,) = strict.send([lead(org, 2, Email="a@example.com")])
    assert (refused.outcome, refused.code) == (Outcome.REJECTED, "DUPLICATES_DETECTED")
    assert refused.problem is not None
    assert refused.problem.kind == "duplicate"


def test_the_words_of_a_validation_rule_are_shown(org: Org) -> None:
    rule = {"sobject": "Lead", "name": "R", "message": "Ask for the budget first.", "when": {"Title": "CTO"}}
    org.emulator.add_validation_rule(rule)
    (receipt,) = org.connect().send([lead(org, 1, Title="CTO")])
    assert receipt.code == "FIELD_CUSTOM_VALIDATION_EXCEPTION"
    assert receipt.problem is not None
    assert "Ask for the budget first." in receipt.problem.sentence


def refused_by(org: Org, action: Action) -> tuple[str, str]:
    (receipt,) = org.connect().send([action])
    assert receipt.outcome is Outcome.REJECTED
    assert receipt.problem is not None
    assert receipt.problem.fix
    return receipt.code, receipt.problem.kind


def test_refusals_by_the_org_are_problems_that_say_what_to_do(org: Org) -> None:
    gone = org.emulator.add_user({"Username": "g@acme.example", "LastName": "Gone", "IsActive": False})
    assert refused_by(org, lead(org, 1, OwnerId=gone)) == ("INACTIVE_OWNER_OR_USER", "owner")
    assert refused_by(org, lead(org, 2, LastName=None)) == ("REQUIRED_FIELD_MISSING", "value")
    assert refused_by(org, lead(org, 3, FirstName="x" * 41)) == ("STRING_TOO_LONG", "value")
    disposition = {"syncd_disposition__c": "unheard of"}
    assert refused_by(org, lead(org, 4, **disposition)) == ("INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", "value")


def test_another_records_unique_value_is_not_ours(org: Org) -> None:
    org.lead(syncd_hs_id__c="7")
    (receipt,) = org.connect().send([change(org.lead(), syncd_hs_id__c="7")])
    assert (receipt.outcome, receipt.code) == (Outcome.REJECTED, "DUPLICATE_VALUE")


# ---------------------------------------------------------------- the table
@pytest.mark.parametrize("code", RULINGS)
def test_every_ruling_can_be_shown_to_an_admin(org: Org, code: str) -> None:
    found = refusal([{"statusCode": code, "message": "m", "fields": ["Email"]}])
    problem = found.problem("salesforce", lead(org, 1))
    assert found.ruling is RULINGS[code]
    if found.ruling.next is not Next.LATER:
        assert problem.kind
        assert problem.fix
        assert code in problem.sentence


def test_an_apex_error_about_a_lock_is_a_lock() -> None:
    message = "trigger: execution of AfterUpdate caused by: System.DmlException: UNABLE_TO_LOCK_ROW"
    code = "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY"
    assert refusal([{"statusCode": code, "message": message}]).ruling.next is Next.LATER
    assert refusal([{"statusCode": code, "message": "boom"}]).ruling.next is Next.HUMAN


def test_an_unknown_code_is_for_a_human() -> None:
    assert refusal([{"statusCode": "NEVER_HEARD"}]).ruling.next is Next.HUMAN
    assert refusal([]).ruling.next is Next.LATER


# ---------------------------------------------------------------- whole requests
def answered(org: Org, connector: SalesforceConnector, results: Any, *, status: int = 200, **more: Any) -> None:
    rule = {"method": "*", "path": "/composite/sobjects", "status": status, "body": results, "nth": 1, **more}
    org.emulator.faults.add(rule)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"status": 500, "body": [{"errorCode": "UNKNOWN_EXCEPTION", "message": "x"}]}, Unclear),
        ({"status": 502, "body": "<html>", "content_type": "text/html"}, Unclear),
        ({"status": 503, "body": [{"errorCode": "SERVER_UNAVAILABLE", "message": "x"}]}, Unclear),
        ({"status": 200, "body": "<html>maintenance", "content_type": "text/html"}, Unclear),
        ({"status": 200, "body": "[{", "content_type": "application/json"}, Unclear),
        ({"status": 200, "body": []}, Unclear),
        ({"status": 200, "body": [{"id": "x", "success": True, "errors": []}] * 2}, Unclear),
        ({"reset": "after"}, Unclear),
        ({"truncate": 0.5}, Unclear),
        ({"status": 403, "body": [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]},
         Retryable),
        ({"status": 403, "body": [{"errorCode": "INSUFFICIENT_ACCESS", "message": "x"}]}, Unauthorized),
        ({"status": 400, "body": [{"errorCode": "JSON_PARSER_ERROR", "message": "x"}]}, Unavailable),
        ({"status": 404, "body": [{"errorCode": "NOT_FOUND", "message": "x"}]}, Unavailable),
        ({"status": 414, "body": ""}, Unavailable),
    ],
)  # fmt: skip
def test_what_an_answer_to_a_write_means(org: Org, rule: dict[str, Any], expected: type[Exception]) -> None:
    connector = org.connect()
    org.emulator.faults.add({"method": "*", "path": "/composite/sobjects", "every": 1, **rule})
    with pytest.raises(expected) as raised:
        connector.send([lead(org, 1)])
    assert type(raised.value) is expected or expected is Unavailable


@pytest.mark.parametrize("status", [406, 420])
def test_an_org_that_is_being_set_up_is_left_alone_for_a_while(status: int) -> None:
    answer = requests.Response()
    answer.status_code = status
    verdict = judge(answer)
    assert verdict is not None
    assert (verdict.fate, verdict.after) == (Fate.REFUSED, 30.0)


def test_the_daily_limit_is_waited_for_in_the_ledger(org: Org) -> None:
    connector = org.connect()
    body = [{"errorCode": "REQUEST_LIMIT_EXCEEDED", "message": "TotalRequests Limit exceeded."}]
    org.emulator.faults.add({"method": "*", "path": "/composite", "status": 403, "body": body, "every": 1})
    before = org.emulator.log.counts()["total"]
    with pytest.raises(Retryable) as raised:
        connector.find([Token("email", "a@example.com")])
    assert raised.value.after >= 600
    assert org.emulator.log.counts()["total"] - before == 1


def test_a_locked_row_stays_open(org: Org) -> None:
    connector = org.connect()
    result = {"success": False, "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": "m", "fields": []}]}
    answered(org, connector, [result])
    (receipt,) = connector.send([lead(org, 1)])
    assert (receipt.outcome, receipt.problem) == (Outcome.NOT_SENT, None)


def test_when_the_reason_cannot_be_looked_up_nothing_is_lost(org: Org) -> None:
    """The rows of a batch keep their receipts, whatever happens to the look-up after it."""
    connector = org.connect()
    good, dead = org.lead(), org.lead()
    org.api("DELETE", f"/sobjects/Lead/{dead}")
    connector.limit(1, 0)
    receipts = connector.send([change(good, "a", Title="x"), change(dead, "b", Title="x")])
    assert outcomes(receipts) == [Outcome.DONE, Outcome.NOT_SENT]


# ---------------------------------------------------------------- arithmetic
def test_a_thousand_handoffs_cost_the_arithmetic_minimum(org: Org) -> None:
    """1,000 leads and 1,000 tasks: 5 calls each. [performance.md 2.c C]"""
    connector = org.connect()
    before = org.counted()
    refs: list[Ref] = []
    for start in range(0, 1_000, 200):
        receipts = connector.send([lead(org, n) for n in range(start, start + 200)])
        refs += [r.ref for r in receipts if r.ref is not None]
    for start in range(0, 1_000, 200):
        connector.send([task(org, refs[n].id, n) for n in range(start, start + 200)])
    assert org.counted() - before == 10
    assert (len(org.rows("Lead")), len(org.rows("Task"))) == (1_000, 1_000)
