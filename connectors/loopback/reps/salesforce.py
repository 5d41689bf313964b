"""The reps' work in Salesforce: through REST, each with a session of their own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.loopback.kit.caller import Caller
from connectors.loopback.reps.desk import Case
from connectors.loopback.reps.plan import Step
from connectors.loopback.world.crew import Member

_BASE = "/services/data/v62.0"
_DISPOSITIONS = {
    "qualified": "qualified",
    "recycled": "recycle",
    "unreachable": "could_not_reach",
    "trash": "trash",
}
_STATUSES = {
    "working": "Working - Contacted",
    "qualified": "Qualified",
    "recycled": "Recycled",
    "unreachable": "Could Not Reach",
    "trash": "Closed - Not Converted",
}


class SalesforceDesk:
    """Leads with a handoff number, and Contacts with an open Task of syncd's."""

    system = "salesforce"

    def __init__(self, api: Caller) -> None:
        self._api = api

    def inbox(self, members: Sequence[Member]) -> list[tuple[Member, Case]]:
        by_user = {member.user_id: member for member in members}
        owners = ", ".join(f"'{user_id}'" for user_id in by_user)
        # Everybody may read everything here, so one of them looks for all.
        reader = members[0]
        leads = self._query(
            reader,
            "SELECT Id, Email, OwnerId, syncd_handoff_no__c FROM Lead WHERE IsConverted = false "
            f"AND syncd_handoff_no__c != null AND OwnerId IN ({owners}) "
            "AND Status = 'Open - Not Contacted' ORDER BY CreatedDate, Id",
        )
        tasks = self._query(
            reader,
            "SELECT Id, WhoId, OwnerId FROM Task WHERE syncd_key__c != null "
            f"AND IsClosed = false AND OwnerId IN ({owners}) ORDER BY CreatedDate, Id",
        )
        found = {row["Id"]: (by_user[row["OwnerId"]], _case("Lead", row)) for row in leads}
        for task in tasks:
            who, member = task["WhoId"] or "", by_user[task["OwnerId"]]
            if who.startswith("003") and who not in found:
                found[who] = (member, self._contact(member, who))
            if who in found:
                found[who][1].facts["task"] = task["Id"]
        return list(found.values())

    def carry_out(self, member: Member, case: Case, step: Step, now: datetime) -> dict[str, Any]:
        match step.act:
            case "call" | "email":
                return self._log(member, case, step, now)
            case "convert":
                return self._convert(member, case, step, now)
            case "propose" | "won" | "lost":
                return self._move_deal(member, case, step, now)
            case _:
                return self._judge(member, case, step, now)

    def _log(self, member: Member, case: Case, step: Step, now: datetime) -> dict[str, Any]:
        call = step.act == "call"
        text = "Talked to them." if step.reached else "Nobody there, left a message."
        written = {
            "WhoId": case.contact_id or case.id,
            "Subject": "Call" if call else "Email: following up",
            "TaskSubtype": "Call" if call else "Email",
            "Status": "Completed",
            "ActivityDate": now.date().isoformat(),
            "Description": text if call else "Sent what we talked about.",
        }
        self._api.call("POST", f"{_BASE}/sobjects/Task", token=member.token, json=written)
        if task_id := case.facts.pop("task", ""):
            self._patch(member, "Task", task_id, {"Status": "Completed"})
        return written

    def _judge(self, member: Member, case: Case, step: Step, now: datetime) -> dict[str, Any]:
        written: dict[str, Any] = {}
        if case.kind == "Lead":
            written["Status"] = _STATUSES[step.act]
        elif step.act in _DISPOSITIONS:
            written["syncd_disposition__c"] = _DISPOSITIONS[step.act]
        if step.reason:
            written["syncd_reason__c"] = step.reason
        if step.rest_days:
            until = now.date() + timedelta(days=step.rest_days)
            written["syncd_not_before__c"] = until.isoformat()
        if written:
            self._patch(member, case.kind, case.id, written)
        return written

    def _convert(self, member: Member, case: Case, step: Step, now: datetime) -> dict[str, Any]:
        """A Lead by the sandbox's convert button; a Contact just gets an Opportunity."""
        currency = {"CurrencyIsoCode": step.currency} if step.currency else {}
        if case.kind == "Lead":
            asked = {
                "lead_id": case.id,
                "create_opportunity": not step.bare,
                "amount": None if step.bare else step.amount,
                "user": member.user_id,
            }
            done = self._api.call("POST", "/_sandbox/convert-lead", json=asked)
            case.contact_id, case.deal_id = done["contact_id"], done["opportunity_id"] or ""
            if currency and case.deal_id:
                self._patch(member, "Opportunity", case.deal_id, currency)
            return {**asked, **done, **currency}
        if step.bare:
            return {}
        written = currency | {
            "Name": f"{case.facts['name']} – syncd",
            "AccountId": case.facts["account"],
            "StageName": "Qualification",
            "Amount": step.amount,
            "CloseDate": (now.date() + timedelta(days=60)).isoformat(),
            "ContactId": case.id,
        }
        done = self._api.call("POST", f"{_BASE}/sobjects/Opportunity", token=member.token, json=written)
        case.deal_id = done["id"]
        return written | {"opportunity_id": case.deal_id}

    def _move_deal(self, member: Member, case: Case, step: Step, now: datetime) -> dict[str, Any]:
        if not case.deal_id:
            return {}
        stages = {"propose": "Proposal/Price Quote", "won": "Closed Won", "lost": "Closed Lost"}
        written: dict[str, Any] = {"StageName": stages[step.act]}
        if step.act == "propose":
            written["Amount"] = step.amount
        else:
            written["CloseDate"] = now.date().isoformat()
        self._patch(member, "Opportunity", case.deal_id, written)
        return written | {"opportunity_id": case.deal_id}

    def _contact(self, member: Member, contact_id: str) -> Case:
        row = self._api.call(
            "GET",
            f"{_BASE}/sobjects/Contact/{contact_id}",
            token=member.token,
            params={"fields": "Id,Name,Email,AccountId,syncd_handoff_no__c"},
        )
        case = _case("Contact", row)
        case.facts = {"name": row["Name"], "account": row["AccountId"]}
        return case

    def _patch(self, member: Member, sobject: str, record_id: str, fields: dict[str, Any]) -> None:
        path = f"{_BASE}/sobjects/{sobject}/{record_id}"
        self._api.call("PATCH", path, token=member.token, json=fields)

    def _query(self, member: Member, soql: str) -> list[dict[str, Any]]:
        page = self._api.call("GET", f"{_BASE}/query", token=member.token, params={"q": soql})
        rows: list[dict[str, Any]] = page["records"]
        while not page["done"]:
            page = self._api.call("GET", page["nextRecordsUrl"], token=member.token)
            rows += page["records"]
        return rows


def _case(kind: str, row: dict[str, Any]) -> Case:
    number = row["syncd_handoff_no__c"]
    return Case(
        kind=kind,
        id=row["Id"],
        number="" if number is None else str(int(number)),
        email=row["Email"] or "",
    )
