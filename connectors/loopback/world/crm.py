"""What Salesforce already knows: Accounts, Contacts, Leads open and converted, Opportunities."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import Any, Protocol

from connectors.loopback.world.companies import Company, salesforce_account
from connectors.loopback.world.crew import Crew
from connectors.loopback.world.instants import DAY_MS, day, salesforce_datetime
from connectors.loopback.world.lexicon import Weighted, between, pick
from connectors.loopback.world.people import Person

IN_CRM = ("open_lead", "contact", "converted", "ambiguous", "inactive_owner")

_OPEN_STATUS = Weighted(
    {
        "Open - Not Contacted": 50,
        "Working - Contacted": 35,
        "Recycled": 15,
    }.items()
)
_LEAD_SOURCE = Weighted(
    {
        "Web": 55,
        "Phone Inquiry": 10,
        "Partner Referral": 10,
        "Purchased List": 15,
        "Other": 10,
    }.items()
)
_OPEN_STAGES = ("Prospecting", "Qualification", "Proposal/Price Quote", "Negotiation/Review")


class SalesforceSeed(Protocol):
    def seed(self, sobject: str, rows: Any) -> list[str]: ...


@dataclass
class CrmWriter:
    """Collects what a chunk of people means for the CRM; ``flush`` loads it, parents first."""

    salesforce: SalesforceSeed
    crew: Crew
    now: int
    dice: Random
    counts: Counter[str] = field(default_factory=Counter)
    _companies: list[Company] = field(default_factory=list)
    _people: list[tuple[Person, str, bool]] = field(default_factory=list)

    def add_company(self, company: Company) -> None:
        """Give the company an Account."""
        self._companies.append(company)

    def add_person(self, person: Person, kind: str, *, ready: bool = False) -> None:
        """``kind`` is one of IN_CRM. A ready person's old deal was lost, never won or open."""
        company = person.company
        if company is None:
            raise ValueError("Only people of a company are in the CRM.")
        missing = not company.account_id and company not in self._companies
        if missing and kind in ("contact", "converted"):
            self._companies.append(company)
        self._people.append((person, kind, ready))

    def flush(self) -> None:
        self._flush_accounts()
        converted = [(p, ready) for p, kind, ready in self._people if kind == "converted"]
        self._seed("Contact", [self._contact(p) for p, kind, _ in self._people if kind == "contact"])
        self._flush_converted(converted)
        leads = []
        for person, kind, _ in self._people:
            if kind == "inactive_owner":
                leads.append(self._lead(person, self.crew.inactive.user_id))
            elif kind in ("open_lead", "ambiguous"):
                leads += [self._lead(person) for _ in range(2 if kind == "ambiguous" else 1)]
        ids = self._seed("Lead", leads)
        self._seed(
            "Task",
            [
                self._call(lead_id, lead)
                for lead_id, lead in zip(ids, leads, strict=True)
                if lead["Status"] == "Working - Contacted"
            ],
        )
        self._people.clear()

    def _flush_accounts(self) -> None:
        rows = [salesforce_account(company, self._owner(company)) | self._stamps(600) for company in self._companies]
        for company, account_id in zip(self._companies, self._seed("Account", rows), strict=True):
            company.account_id = account_id
        self._companies.clear()

    def _flush_converted(self, people: list[tuple[Person, bool]]) -> None:
        contacts = [self._contact(person) for person, _ in people]
        contact_ids = self._seed("Contact", contacts)
        deals = [self._deal(contact, ready) for contact, (_, ready) in zip(contacts, people, strict=True)]
        deal_ids = self._seed("Opportunity", deals)
        self._seed(
            "OpportunityContactRole",
            [
                {
                    "OpportunityId": deal,
                    "ContactId": contact,
                    "Role": "Decision Maker",
                    "IsPrimary": True,
                }
                for deal, contact in zip(deal_ids, contact_ids, strict=True)
            ],
        )
        leads = []
        for (person, _), contact, contact_id, deal_id in zip(people, contacts, contact_ids, deal_ids, strict=True):
            lead = self._lead(person, contact["OwnerId"])
            converted = lead["LastModifiedDate"]
            leads.append(
                lead
                | {
                    "Status": "Closed - Converted",
                    "IsConverted": True,
                    "ConvertedDate": converted[:10],
                    "ConvertedAccountId": contact["AccountId"],
                    "ConvertedContactId": contact_id,
                    "ConvertedOpportunityId": deal_id,
                }
            )
        self._seed("Lead", leads)

    def _lead(self, person: Person, owner_id: str = "") -> dict[str, Any]:
        company = _company(person)
        return {
            **self._person(person),
            "Company": company.name,
            "Country": company.country.name,
            "State": company.city.state or None,
            "City": company.city.name,
            "PostalCode": company.postcode or None,
            "Industry": company.industry.salesforce,
            "NumberOfEmployees": company.employees,
            "AnnualRevenue": float(company.revenue),
            "Status": _OPEN_STATUS.draw(self.dice),
            "LeadSource": _LEAD_SOURCE.draw(self.dice),
            "OwnerId": owner_id or self._owner(company),
            **self._stamps(200),
        }

    def _contact(self, person: Person) -> dict[str, Any]:
        company = _company(person)
        return {
            **self._person(person),
            "AccountId": company.account_id,
            "MailingCountry": company.country.name,
            "MailingCity": company.city.name,
            "OwnerId": self._owner(company),
            **self._stamps(500),
        }

    def _person(self, person: Person) -> dict[str, Any]:
        # Reps type addresses as they see them: the CRM keeps the capitals that HubSpot folds.
        local, _, domain = person.email.partition("@")
        email = f"{local.title()}@{domain}" if self.dice.random() < 0.2 else person.email
        return {
            "FirstName": person.given or None,
            "LastName": person.family,
            "Email": email,
            "Title": person.title or None,
            "Phone": person.phone or None,
            "MobilePhone": person.mobile or None,
        }

    def _deal(self, contact: dict[str, Any], lost: bool) -> dict[str, Any]:
        dice = self.dice
        stage = pick(dice, (*_OPEN_STAGES, "Closed Won", "Closed Won", "Closed Lost"))
        if lost:
            stage = "Closed Lost"
        closes = self.now + between(dice, 5, 90) * DAY_MS * (-1 if stage.startswith("Closed") else 1)
        return {
            "AccountId": contact["AccountId"],
            "Name": f"{contact['LastName']} – syncd",
            "StageName": stage,
            "Amount": float(between(dice, 4, 120) * 500),
            "CloseDate": day(closes),
            "OwnerId": contact["OwnerId"],
            **self._stamps(120),
        }

    def _call(self, lead_id: str, lead: dict[str, Any]) -> dict[str, Any]:
        return {
            "WhoId": lead_id,
            "OwnerId": lead["OwnerId"],
            "Subject": "Call",
            "Status": "Completed",
            "TaskSubtype": "Call",
            "ActivityDate": lead["LastModifiedDate"][:10],
            "CreatedDate": lead["LastModifiedDate"],
            "LastModifiedDate": lead["LastModifiedDate"],
            "SystemModstamp": lead["LastModifiedDate"],
        }

    def _owner(self, company: Company) -> str:
        return self.crew.seller(self.dice, company.country.territory).user_id

    def _stamps(self, days: int) -> dict[str, str]:
        """Created up to ``days`` ago and touched since, at least a day ago."""
        created = self.now - between(self.dice, DAY_MS, days * DAY_MS)
        modified = between(self.dice, created, self.now - DAY_MS)
        return {
            "CreatedDate": salesforce_datetime(created),
            "LastModifiedDate": salesforce_datetime(modified),
            "SystemModstamp": salesforce_datetime(modified),
        }

    def _seed(self, sobject: str, rows: list[dict[str, Any]]) -> list[str]:
        if not rows:
            return []
        self.counts[sobject] += len(rows)
        return self.salesforce.seed(sobject, rows)


def _company(person: Person) -> Company:
    assert person.company is not None
    return person.company
