"""The reps' work where HubSpot itself is the CRM: through the CRM API, with a token of theirs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.loopback.kit.caller import Caller
from connectors.loopback.reps.desk import Case
from connectors.loopback.reps.plan import Step
from connectors.loopback.world.crew import Member

_OBJECTS = "/crm/v3/objects"
_PAGE = 100
# To a contact, by kind of record [hubspot sheet 10.1].
_TO_CONTACT = {"calls": 194, "emails": 198, "deals": 3}
_CONNECTED = "f240bbac-87c9-4f6e-bf70-924b57d47db7"
_NO_ANSWER = "73a0d17f-1163-4015-bdd5-ec830791da20"
_STATUSES = {
    "working": "ATTEMPTED_TO_CONTACT",
    "qualified": "CONNECTED",
    "recycled": "BAD_TIMING",
    "unreachable": "ATTEMPTED_TO_CONTACT",
    "trash": "UNQUALIFIED",
}
_DISPOSITIONS = {
    "qualified": "qualified",
    "recycled": "recycle",
    "unreachable": "could_not_reach",
    "trash": "trash",
}
_STAGES = {"propose": "decisionmakerboughtin", "won": "closedwon", "lost": "closedlost"}


class HubSpotDesk:
    """Contacts of an owner whose lead status is NEW."""

    system = "hubspot"

    def __init__(self, api: Caller, token: str) -> None:
        self._api = api
        self._token = token

    def inbox(self, members: Sequence[Member]) -> list[tuple[Member, Case]]:
        by_owner = {member.owner_id: member for member in members}
        filters: list[dict[str, Any]] = [
            {"propertyName": "hubspot_owner_id", "operator": "IN", "values": sorted(by_owner)},
            {"propertyName": "hs_lead_status", "operator": "EQ", "value": "NEW"},
        ]
        asked = {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": ["email", "syncd_handoff_no", "hubspot_owner_id"],
            "limit": _PAGE,
        }
        found = self._call("POST", f"{_OBJECTS}/contacts/search", json=asked)
        return [(by_owner[row["properties"]["hubspot_owner_id"]], _case(row)) for row in found["results"]]

    def carry_out(self, member: Member, case: Case, step: Step, now: datetime) -> dict[str, Any]:
        match step.act:
            case "call":
                return self._create("calls", case, _call_properties(member, step, now))
            case "email":
                return self._create("emails", case, _email_properties(member, now))
            case "convert":
                return self._open_deal(member, case, step, now)
            case "propose" | "won" | "lost":
                return self._move_deal(case, step, now)
            case _:
                return self._judge(case, step, now)

    def _judge(self, case: Case, step: Step, now: datetime) -> dict[str, Any]:
        written = {"hs_lead_status": _STATUSES[step.act]}
        if step.act in _DISPOSITIONS:
            written["syncd_disposition"] = _DISPOSITIONS[step.act]
        if step.reason:
            written["syncd_reason"] = step.reason
        if step.rest_days:
            until = now.date() + timedelta(days=step.rest_days)
            written["syncd_not_before"] = until.isoformat()
        self._update("contacts", case.id, written)
        return written

    def _open_deal(self, member: Member, case: Case, step: Step, now: datetime) -> dict[str, Any]:
        if step.bare:
            self._update("contacts", case.id, {"hs_lead_status": "OPEN_DEAL"})
            return {"hs_lead_status": "OPEN_DEAL"}
        written = {
            "dealname": f"{case.email or case.id} – syncd",
            "pipeline": "default",
            "dealstage": "qualifiedtobuy",
            "amount": str(step.amount),
            "closedate": f"{(now.date() + timedelta(days=60)).isoformat()}T00:00:00Z",
            "hubspot_owner_id": member.owner_id,
        }
        done = self._create("deals", case, written)
        case.deal_id = done["id"]
        self._update("contacts", case.id, {"hs_lead_status": "OPEN_DEAL"})
        return done

    def _move_deal(self, case: Case, step: Step, now: datetime) -> dict[str, Any]:
        if not case.deal_id:
            return {}
        written = {"dealstage": _STAGES[step.act]}
        if step.act == "propose":
            written["amount"] = str(step.amount)
        else:
            written["closedate"] = f"{now.date().isoformat()}T00:00:00Z"
        self._update("deals", case.deal_id, written)
        return written | {"id": case.deal_id}

    def _create(self, kind: str, case: Case, properties: dict[str, str]) -> dict[str, Any]:
        link = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _TO_CONTACT[kind]}
        asked = {
            "properties": properties,
            "associations": [{"to": {"id": case.id}, "types": [link]}],
        }
        done = self._call("POST", f"{_OBJECTS}/{kind}", json=asked)
        return properties | {"id": done["id"]}

    def _update(self, kind: str, record_id: str, properties: dict[str, str]) -> None:
        path = f"{_OBJECTS}/{kind}/{record_id}"
        self._call("PATCH", path, json={"properties": properties})

    def _call(self, method: str, path: str, **body: Any) -> Any:
        return self._api.call(method, path, token=self._token, **body)


def _case(row: dict[str, Any]) -> Case:
    properties = row["properties"]
    return Case(
        kind="contacts",
        id=row["id"],
        number=properties.get("syncd_handoff_no") or "",
        email=properties.get("email") or "",
    )


def _call_properties(member: Member, step: Step, now: datetime) -> dict[str, str]:
    return {
        "hs_timestamp": now.isoformat().replace("+00:00", "Z"),
        "hs_call_title": "Call",
        "hs_call_body": "Talked to them." if step.reached else "Nobody there.",
        "hs_call_direction": "OUTBOUND",
        "hs_call_status": "COMPLETED",
        "hs_call_disposition": _CONNECTED if step.reached else _NO_ANSWER,
        "hubspot_owner_id": member.owner_id,
    }


def _email_properties(member: Member, now: datetime) -> dict[str, str]:
    return {
        "hs_timestamp": now.isoformat().replace("+00:00", "Z"),
        "hs_email_direction": "EMAIL",
        "hs_email_subject": "Following up",
        "hs_email_text": "Sent what we talked about.",
        "hs_email_status": "SENT",
        "hubspot_owner_id": member.owner_id,
    }
