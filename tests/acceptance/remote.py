"""Reading both systems over their public APIs, with `requests` and nothing of syncd."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from rulebook import Event

Row = Mapping[str, Any]

ENGAGEMENTS = {
    "calls": ("call", "hs_call_title", ""),
    "emails": ("email", "hs_email_subject", "hs_email_direction"),
    "meetings": ("meeting", "hs_meeting_title", ""),
    "notes": ("note", "hs_note_body", ""),
    "tasks": ("task", "hs_task_subject", ""),
}
"""Object → our word, its title, who reached out."""
NO_MEETING = ("SCHEDULED", "RESCHEDULED", "NO_SHOW", "CANCELED")
LAST_MAIL = {"email_open": "hs_email_last_open_date", "email_click": "hs_email_last_click_date"}
SYNCD = ("syncd_",)


def instant(text: str | int | None) -> datetime | None:
    if text in (None, ""):
        return None
    if str(text).isdecimal():
        return datetime.fromtimestamp(int(text) / 1000, UTC)
    return datetime.fromisoformat(str(text).replace("+0000", "+00:00"))


@dataclass
class Contact:
    """A HubSpot contact: properties as they are, and as they were."""

    id: str
    properties: Mapping[str, str | None]
    versions: Mapping[str, Sequence[Row]]
    events: list[Event] = field(default_factory=list)
    ours: list[Row] = field(default_factory=list)
    deals: list[Row] = field(default_factory=list)

    @property
    def email(self) -> str:
        return (self.properties.get("email") or "").lower()

    def says(self, name: str) -> str:
        return self.properties.get(name) or ""

    def was(self, name: str, at: datetime) -> str | None:
        """The value of a property at that time."""
        for version in self.versions.get(name, ()):
            stamp = instant(version["timestamp"])
            if stamp is not None and stamp <= at:
                return str(version["value"])
        return None


class HubSpot:
    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._http = requests.Session()
        self._http.headers["Authorization"] = f"Bearer {token}"
        self.now = datetime.now(UTC)

    def pages(self, path: str, **params: Any) -> Iterator[Row]:
        while True:
            answer = self._http.get(self._url + path, params=params, timeout=60)
            answer.raise_for_status()
            self.now = parsedate_to_datetime(answer.headers["Date"])
            body = answer.json()
            yield from body["results"]
            following = body.get("paging", {}).get("next")
            if not following:
                return
            params["after"] = following["after"]

    def owners(self) -> dict[str, Row]:
        """Owner id → owner; archived ones are no owners any more."""
        return {row["id"]: row for row in self.pages("/crm/v3/owners", limit=100)}

    def contacts(self, rule_names: Sequence[str]) -> dict[str, Contact]:
        names = sorted(
            {*rule_names, "hs_lead_status", "hubspot_owner_id", "hs_email_last_email_name", *LAST_MAIL.values()}
        )
        names += [name for name in self._names("contacts") if name.startswith(SYNCD)]
        found = {
            row["id"]: Contact(row["id"], row["properties"], row["propertiesWithHistory"])
            for row in self.pages(
                "/crm/v3/objects/contacts", limit=50, properties=",".join(names), propertiesWithHistory=",".join(names)
            )
        }
        self._add_forms(found)
        self._add_views(found)
        self._add_mail(found)
        for kind in ENGAGEMENTS:
            self._add_engagements(found, kind)
        self._add_deals(found)
        return found

    def _names(self, kind: str) -> list[str]:
        return [row["name"] for row in self.pages(f"/crm/v3/properties/{kind}")]

    def _add_forms(self, contacts: Mapping[str, Contact]) -> None:
        by_email = {c.email: c for c in contacts.values() if c.email}
        for form in self.pages("/marketing/v3/forms", limit=50):
            for row in self.pages(f"/form-integrations/v1/submissions/forms/{form['id']}", limit=50):
                email = next((v["value"] for v in row["values"] if v["name"] == "email"), "").strip().lower()
                at = instant(row["submittedAt"])
                if email in by_email and at is not None:
                    by_email[email].events.append(Event("form", at, form["name"], row.get("pageUrl") or ""))

    def _add_views(self, contacts: Mapping[str, Contact]) -> None:
        for row in self.pages("/events/v3/events", eventType="e_visited_page", objectType="CONTACT", limit=100):
            at = instant(row["occurredAt"])
            if str(row["objectId"]) in contacts and at is not None:
                seen = row["properties"]
                event = Event("page_view", at, seen.get("hs_page_title", ""), seen.get("hs_url", ""))
                contacts[str(row["objectId"])].events.append(event)

    def _add_mail(self, contacts: Mapping[str, Contact]) -> None:
        for contact in contacts.values():
            for kind, name in LAST_MAIL.items():
                if (at := instant(contact.says(name))) is not None:
                    contact.events.append(Event(kind, at, contact.says("hs_email_last_email_name")))

    def _add_engagements(self, contacts: Mapping[str, Contact], kind: str) -> None:
        word, title, direction = ENGAGEMENTS[kind]
        names = f"hs_timestamp,hubspot_owner_id,syncd_key,hs_note_body,hs_meeting_outcome,{title},{direction}"
        path = f"/crm/v3/objects/{kind}"
        for row in self.pages(path, limit=100, associations="contacts", properties=names.strip(",")):
            said = row["properties"]
            people = {link["id"] for link in row.get("associations", {}).get("contacts", {}).get("results", ())}
            for contact in (contacts[rid] for rid in people if rid in contacts):
                if said.get("syncd_key"):
                    contact.ours.append({"kind": kind, "id": row["id"], **said})
                elif (at := instant(said.get("hs_timestamp"))) and said.get("hs_meeting_outcome") not in NO_MEETING:
                    ours = kind == "tasks" or said.get(direction) == "EMAIL"
                    contact.events.append(Event(word, at, said.get(title) or "", ours=ours))

    def _add_deals(self, contacts: Mapping[str, Contact]) -> None:
        names = "dealname,dealstage,amount,hs_is_closed,hs_is_closed_won,hs_lastmodifieddate"
        for row in self.pages("/crm/v3/objects/deals", limit=100, associations="contacts", properties=names):
            for link in row.get("associations", {}).get("contacts", {}).get("results", ()):
                if link["id"] in contacts and row not in contacts[link["id"]].deals:
                    contacts[link["id"]].deals.append(row)


@dataclass
class Org:
    """What Salesforce holds, rows as they came. `tasks` are ours, `calls` those that people logged, by whom they are with."""

    leads: list[Row]
    contacts: list[Row]
    tasks: dict[str, list[Row]]
    calls: dict[str, list[Event]]
    opportunities: dict[str, list[Row]]
    users: dict[str, Row]
    owner_moves: dict[str, list[Row]]
    integration: str

    @property
    def live(self) -> Iterator[tuple[str, Row]]:
        yield from (("Lead", lead) for lead in self.leads if not lead["IsConverted"])
        yield from (("Contact", contact) for contact in self.contacts)


class Salesforce:
    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self._url = url
        self._http = requests.Session()
        asked = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        answer = self._http.post(f"{url}/services/oauth2/token", data=asked, timeout=60)
        answer.raise_for_status()
        self._http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        self._me = answer.json()["id"].rsplit("/", 1)[1]

    def query(self, soql: str) -> list[Row]:
        answer = self._http.get(f"{self._url}/services/data/v65.0/query", params={"q": soql}, timeout=60)
        answer.raise_for_status()
        page = answer.json()
        rows: list[Row] = page["records"]
        while not page["done"]:
            answer = self._http.get(self._url + page["nextRecordsUrl"], timeout=60)
            answer.raise_for_status()
            page = answer.json()
            rows += page["records"]
        return rows

    def org(self) -> Org:
        ours = (
            "Id, Email, OwnerId, CreatedDate, LastModifiedDate, syncd_hs_id__c, syncd_handoff_no__c, syncd_score__c, "
            "syncd_handed_over_at__c, syncd_brief__c, syncd_disposition__c, syncd_reason__c, syncd_not_before__c"
        )
        tasks: dict[str, list[Row]] = defaultdict(list)
        for row in self.query(
            "SELECT Id, WhoId, OwnerId, Subject, Description, Status, syncd_key__c FROM Task WHERE syncd_key__c != null"
        ):
            tasks[row["WhoId"] or ""].append(row)
        calls: dict[str, list[Event]] = defaultdict(list)
        for row in self.query(
            "SELECT WhoId, Subject, CompletedDateTime FROM Task WHERE syncd_key__c = null AND TaskSubtype = 'Call' "
            "AND IsClosed = true AND WhoId != null"
        ):
            if (at := instant(row["CompletedDateTime"])) is not None:
                calls[row["WhoId"]].append(Event("call", at, row["Subject"] or ""))
        opportunities: dict[str, list[Row]] = defaultdict(list)
        for row in self.query(
            "SELECT ContactId, Opportunity.Id, Opportunity.Name, Opportunity.StageName, Opportunity.Amount, "
            "Opportunity.IsClosed, Opportunity.IsWon, Opportunity.LastModifiedDate FROM OpportunityContactRole"
        ):
            opportunities[row["ContactId"]].append(row["Opportunity"])
        moves: dict[str, list[Row]] = defaultdict(list)
        for sobject in ("Lead", "Contact"):
            parent = f"{sobject}Id"
            for row in self.query(
                f"SELECT {parent}, OldValue, NewValue, CreatedDate, CreatedById FROM {sobject}History "
                "WHERE Field = 'Owner' ORDER BY CreatedDate"
            ):
                moves[row[parent]].append(row)
        return Org(
            leads=self.query(f"SELECT {ours}, Status, IsConverted, ConvertedContactId FROM Lead"),
            contacts=self.query(f"SELECT {ours} FROM Contact"),
            tasks=tasks,
            calls=calls,
            opportunities=opportunities,
            users={row["Id"]: row for row in self.query("SELECT Id, Email, IsActive FROM User")},
            owner_moves=moves,
            integration=self._me,
        )
