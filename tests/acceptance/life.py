"""What people do in both systems, through the emulators' own doors: a town in which marketers and reps live."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.acceptance.town import URLS, Town

STAGES = {"open": "Qualification", "won": "Closed Won", "lost": "Closed Lost"}


class Refused(Exception):
    """The system said no, as it would to a person."""


class Life(Town):
    # ------------------------------------------------------------ marketing
    def buyer(self, name: str, **properties: str) -> str:
        """A contact that is ready; returns its id."""
        at = self.clock.now()
        given = {
            "email": f"{name}@{name}-works.example", "firstname": name.title(), "lastname": "Buyer", "jobtitle": "Buyer",
            "company": f"{name.title()} Works", "phone": "+49 30 1234567", **properties,
        }  # fmt: skip
        (rid,) = self.sandbox.hubspot.seed("contacts", [{"properties": given, "createdAt": at, "updatedAt": at}])
        return rid

    def contact(self, rid: str) -> dict[str, Any]:
        found = {str(row["id"]): row for row in self.sandbox.hubspot.snapshot()["contacts"]}
        return dict(found[rid]["properties"])

    def merges_contacts(self, primary: str, other: str) -> str:
        return str(self.act("hubspot", "merge", primary=primary, other=other)["id"])

    # ------------------------------------------------------------ sales
    def says(self, rid: str, **fields: Any) -> None:
        """A rep writes on a Lead or Contact."""
        self.act("salesforce", "record", sobject=_kind(rid), id=rid, fields=fields)

    def converts(self, lead: str, *, deal: bool = False, **more: Any) -> dict[str, str]:
        return self.act("salesforce", "convert-lead", lead_id=lead, create_opportunity=deal, **more)

    def deal(self, *, account: str = "", contact: str = "", stage: str = "open", **fields: Any) -> str:
        """A new Opportunity; with `contact` it gets a contact role."""
        close = (self.clock.now() + timedelta(days=60)).date().isoformat()
        given = {"Name": "Big", "StageName": STAGES[stage], "CloseDate": close, **fields}
        given |= {"AccountId": account} if account else {}
        deal = self.act("salesforce", "record", sobject="Opportunity", fields=given)["id"]
        if contact:
            role = {"OpportunityId": deal, "ContactId": contact}
            self.act("salesforce", "record", sobject="OpportunityContactRole", fields=role)
        return str(deal)

    def moves(self, deal: str, stage: str, **fields: Any) -> None:
        self.act("salesforce", "record", sobject="Opportunity", id=deal, fields={"StageName": STAGES[stage], **fields})

    def merges(self, winner: str, loser: str) -> None:
        self.act("salesforce", "merge", sobject=_kind(winner), winner=winner, loser=loser)

    def deletes(self, rid: str) -> None:
        self.act("salesforce", "delete", id=rid)

    def restores(self, rid: str) -> None:
        self.act("salesforce", "undelete", ids=[rid])

    def reps(self) -> list[str]:
        return sorted(rep.user_id for rep in self.sandbox.world.crew.reps if rep.user_id)

    # ------------------------------------------------------------ looking
    def record(self, sobject: str, rid: str) -> dict[str, Any]:
        return next(row for row in self.sandbox.salesforce.snapshot()[sobject] if row["Id"] == rid)

    def live(self, sobject: str) -> list[dict[str, Any]]:
        rows = self.sandbox.salesforce.snapshot().get(sobject, [])
        return [row for row in rows if not row["IsDeleted"] and not row.get("IsConverted")]

    def until(self, at: datetime) -> None:
        self.clock.advance(max((at - self.clock.now()).total_seconds(), 1))

    def act(self, system: str, action: str, **body: Any) -> Any:
        answer = self.http.request("POST", f"{URLS[system]}/_sandbox/{action}", json=body)
        if not answer.ok:
            raise Refused(answer.text)
        self.clock.advance(60)
        return answer.json()


def _kind(rid: str) -> str:
    return {"00Q": "Lead", "003": "Contact"}[rid[:3]]
