"""The numbers of a report, from the public APIs of HubSpot and Salesforce alone: nothing of syncd is imported or read.

    python quarter.py --from 2026-11-02 --to 2027-01-31 < ready.json

`ready.json` is the line that a sandbox prints when it is ready. What is read of HubSpot: contacts with the histories of the
stamps that syncd leaves (handoff number, when the lead was ready, owner, tier), and their analytics. Of Salesforce: leads,
contacts and their histories, tasks, opportunities with their roles and histories.

A number of the handoff stamp that appears on a contact is a handoff that reached sales, at that moment. Everything that sales
did from then on, until the next one was opened, is its story.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from math import ceil, sqrt
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

Row = dict[str, Any]

OPEN, WORKING, QUALIFIED = "Open - Not Contacted", "Working - Contacted", "Qualified"
OUTCOMES = {
    QUALIFIED: "qualified",
    "Closed - Converted": "qualified",
    "Recycled": "recycle",
    "Could Not Reach": "could_not_reach",
    "Closed - Not Converted": "trash",
}
WORDS = {
    OPEN: "new",
    WORKING: "in_progress",
    QUALIFIED: "qualified",
    "Closed - Converted": "converted",
    "Recycled": "recycled",
    "Could Not Reach": "could_not_reach",
    "Closed - Not Converted": "closed",
}
STAMPS = ("syncd_handoff_no", "syncd_handed_over_at", "syncd_owner", "syncd_tier", "syncd_reason")
ABOUT = ("hs_analytics_source", "industry")
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


# ---------------------------------------------------------------- the two APIs
class Api:
    def __init__(self, url: str, token: str = "") -> None:
        self.url, self.token = url, token

    def get(self, path: str, **query: Any) -> Any:
        address = self.url + path + (f"?{urlencode(query)}" if query else "")
        return self._send(Request(address))

    def post(self, path: str, **form: str) -> Any:
        return self._send(Request(self.url + path, data=urlencode(form).encode()))

    def _send(self, request: Request) -> Any:
        if self.token:
            request.add_header("Authorization", f"Bearer {self.token}")
        with urlopen(request) as answer:
            return json.load(answer, parse_float=Decimal)


def contacts(hubspot: Api) -> Iterator[Row]:
    """Every contact, with histories. 50 a page is the most with histories."""
    after: dict[str, str] = {}
    while True:
        page = hubspot.get(
            "/crm/v3/objects/contacts",
            limit=50,
            properties=",".join(ABOUT),
            propertiesWithHistory=",".join(STAMPS),
            **after,
        )
        yield from page["results"]
        if "paging" not in page:
            return
        after = {"after": page["paging"]["next"]["after"]}


def query(salesforce: Api, soql: str) -> list[Row]:
    page = salesforce.get("/services/data/v62.0/query", q=soql)
    rows: list[Row] = page["records"]
    while not page["done"]:
        page = salesforce.get(page["nextRecordsUrl"])
        rows += page["records"]
    return rows


def when(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def sure(text: str) -> datetime:
    return datetime.fromisoformat(text)


# ---------------------------------------------------------------- what they say
@dataclass
class Deal:
    """`moves`: (moment, stage) from its creation on."""

    id: str
    link: str
    people: set[str]
    stage: str
    open: bool
    won: bool
    amount: Decimal | None
    currency: str
    created: datetime
    modified: datetime


@dataclass
class Person:
    """`records`: ids in Salesforce; `said`: (moment, status or disposition) as a human of sales said it, in order."""

    contact: str
    source: str
    industry: str
    stamps: dict[str, list[tuple[datetime, str]]]
    records: set[str] = field(default_factory=set)
    touches: list[datetime] = field(default_factory=list)
    said: list[tuple[datetime, str, str]] = field(default_factory=list)
    deals: list[Deal] = field(default_factory=list)

    @property
    def is_lead(self) -> bool:
        return any(record.startswith("00Q") for record in self.records)


@dataclass
class Lead:
    person: Person
    number: int
    delivered: datetime
    opened: datetime
    next: datetime
    owner: str
    tier: str
    touched: datetime | None = None
    level: int = 0
    implied: bool = False
    lost: bool = False
    outcome: str = ""
    reason: str = ""
    work: str = ""
    returned: bool = False
    deals: list[Deal] = field(default_factory=list)

    @property
    def name(self) -> str:
        return f"{self.person.contact}/{self.number}"


class World:
    """Everything that both systems say, person by person."""

    def __init__(self, hubspot: Api, salesforce: Api) -> None:
        self.people = {row["id"]: _person(row) for row in contacts(hubspot)}
        leads = query(
            salesforce,
            "SELECT Id, Status, IsConverted, ConvertedContactId, ConvertedOpportunityId, syncd_hs_id__c, syncd_reason__c, "
            "syncd_disposition__c, CreatedDate, LastModifiedDate FROM Lead",
        )
        known = query(
            salesforce,
            "SELECT Id, syncd_hs_id__c, syncd_disposition__c, syncd_reason__c, LastModifiedDate FROM Contact",
        )
        self._of: dict[str, Person] = {}
        for row in (*leads, *known):
            if (person := self.people.get(row["syncd_hs_id__c"] or "")) is not None:
                self._belongs(row["Id"], person)
        for row in leads:
            if row["ConvertedContactId"] and row["Id"] in self._of:
                self._belongs(row["ConvertedContactId"], self._of[row["Id"]])
        self._statuses(salesforce, leads)
        for row in (*leads, *known):
            person = self._of.get(row["Id"])
            if person is not None and row["syncd_disposition__c"]:
                person.said.append(
                    (sure(row["LastModifiedDate"]), row["syncd_disposition__c"], row["syncd_reason__c"] or "")
                )
        self._tasks(salesforce)
        self._deals(salesforce, leads)
        for person in self.people.values():
            person.touches.sort()
            person.said.sort(key=lambda said: said[0])

    def _belongs(self, record: str, person: Person) -> None:
        self._of[record] = person
        person.records.add(record)

    def _statuses(self, salesforce: Api, leads: list[Row]) -> None:
        """A lead begins with the status that its first change found, or with the one it has."""
        reasons = {row["Id"]: row["syncd_reason__c"] or "" for row in leads}
        changes: dict[str, list[Row]] = defaultdict(list)
        for row in query(
            salesforce,
            "SELECT LeadId, Field, OldValue, NewValue, CreatedDate FROM LeadHistory ORDER BY CreatedDate, Id",
        ):
            if row["Field"] == "Status":
                changes[row["LeadId"]].append(row)
        for row in leads:
            person, mine = self._of.get(row["Id"]), changes[row["Id"]]
            if person is None:
                continue
            first = mine[0]["OldValue"] if mine else row["Status"]
            person.said.append((sure(row["CreatedDate"]), first, ""))
            person.said += [(sure(c["CreatedDate"]), c["NewValue"], reasons[row["Id"]]) for c in mine]

    def _tasks(self, salesforce: Api) -> None:
        """Calls and e-mails that a human logged; what syncd made carries its key."""
        for row in query(
            salesforce,
            "SELECT WhoId, TaskSubtype, IsClosed, CompletedDateTime, LastModifiedDate, syncd_key__c FROM Task",
        ):
            person = self._of.get(row["WhoId"] or "")
            is_talk = row["TaskSubtype"] in ("Call", "Email")
            if person is not None and row["IsClosed"] and is_talk and not row["syncd_key__c"]:
                person.touches.append(sure(row["CompletedDateTime"] or row["LastModifiedDate"]))

    def _deals(self, salesforce: Api, leads: list[Row]) -> None:
        roles: dict[str, set[str]] = defaultdict(set)
        for row in query(salesforce, "SELECT OpportunityId, ContactId FROM OpportunityContactRole"):
            roles[row["OpportunityId"]].add(row["ContactId"])
        made_from = {
            row["ConvertedOpportunityId"]: row["ConvertedContactId"] for row in leads if row["ConvertedOpportunityId"]
        }
        for row in query(
            salesforce,
            "SELECT Id, StageName, IsClosed, IsWon, Amount, CurrencyIsoCode, CreatedDate, LastModifiedDate FROM Opportunity",
        ):
            people = roles.get(row["Id"]) or {made_from.get(row["Id"], "")}
            deal = Deal(
                id=row["Id"],
                link="contact_role" if row["Id"] in roles else "converted",
                people=people,
                stage=row["StageName"],
                open=not row["IsClosed"],
                won=row["IsWon"],
                amount=row["Amount"],
                currency=row["CurrencyIsoCode"],
                created=sure(row["CreatedDate"]),
                modified=sure(row["LastModifiedDate"]),
            )
            for person in {id(p): p for r in people if (p := self._of.get(r)) is not None}.values():
                person.deals.append(deal)


def _person(row: Row) -> Person:
    told, histories = row["properties"], row["propertiesWithHistory"]
    return Person(
        contact=row["id"],
        source=told.get("hs_analytics_source") or "",
        industry=told.get("industry") or "",
        stamps={
            name: sorted((sure(v["timestamp"]), v["value"] or "") for v in histories.get(name) or ()) for name in STAMPS
        },
    )


# ---------------------------------------------------------------- leads and what became of them
def passed(person: Person) -> Iterator[Lead]:
    """A handoff for each number that the stamp ever had."""
    numbers = [(at, int(float(text))) for at, text in person.stamps["syncd_handoff_no"] if text]
    firsts = [(at, n) for i, (at, n) in enumerate(numbers) if all(n != m for _, m in numbers[:i])]
    for i, (at, number) in enumerate(firsts):
        following = firsts[i + 1][0] if i + 1 < len(firsts) else END_OF_TIME
        yield Lead(
            person,
            number,
            delivered=at,
            opened=_stamp(person, "syncd_handed_over_at", at, sure),
            next=following,
            owner=_latest(person, "syncd_owner", following),
            tier=_latest(person, "syncd_tier", following),
            returned=following < END_OF_TIME,
        )


def _latest(person: Person, name: str, before: datetime) -> str:
    return next((value for at, value in reversed(person.stamps[name]) if at < before), "")


def _stamp(person: Person, name: str, at: datetime, read: Callable[[str], datetime]) -> datetime:
    return read(next(value for moment, value in reversed(person.stamps[name]) if moment <= at))


def follow(lead: Lead) -> None:
    """What sales did about it, from its opening until the next one."""
    person = lead.person
    since = lead.opened.replace(microsecond=0)
    said = [(at, word, why) for at, word, why in person.said if since <= at < lead.next]
    before = [word for at, word, _ in person.said if at < since]
    if before and lead.number == 1:
        said.insert(0, (lead.delivered, before[-1], ""))  # somebody had it in work already
    deals = [deal for deal in person.deals if since <= deal.created < lead.next]
    lead.deals = deals
    for at, word, why in said:
        lead.outcome, lead.reason = OUTCOMES.get(word, word if word in OUTCOMES.values() else ""), why
        lead.work = WORDS.get(word, lead.work)
        closed = at
    if not lead.work and not lead.person.is_lead:
        lead.work = "new"  # a contact has no status: nobody touched it is what is known
    if lead.returned and lead.outcome:
        lead.reason = _latest(person, "syncd_reason", lead.next)  # sales' own field has that of the next handoff by now
    if deals and not lead.outcome:
        lead.outcome = "qualified"
    ended = closed if said and lead.outcome else END_OF_TIME
    lead.touched = next((at for at in person.touches if lead.delivered <= at < lead.next), None)
    if lead.touched is not None and lead.touched > ended:
        lead.touched = None
    words = [word for _, word, _ in said]
    is_taken = lead.touched is not None or WORKING in words
    is_qualified = any(OUTCOMES.get(word, word) == "qualified" for word in words)
    won, open_ = any(d.won for d in deals), any(d.open for d in deals)
    lead.lost = bool(deals) and not won and not open_
    lead.level = 4 if won else 3 if deals else 2 if is_qualified else 1 if is_taken else 0


# ---------------------------------------------------------------- numbers
HOLDS: dict[str, Callable[[Lead], bool]] = {
    "passed": lambda lead: True,
    "touched": lambda lead: lead.touched is not None,
    "accepted": lambda lead: lead.level >= 1,
    "qualified": lambda lead: lead.level >= 2,
    "opportunity": lambda lead: lead.level >= 3,
    "won": lambda lead: lead.level >= 4,
    "lost": lambda lead: lead.lost,
    "rejected": lambda lead: lead.outcome in ("recycle", "trash") and lead.level < 3,
    "not_ready": lambda lead: lead.outcome == "recycle" and lead.level < 3,
    "trash": lambda lead: lead.outcome == "trash",
    "unreachable": lambda lead: lead.outcome == "could_not_reach",
    "returned": lambda lead: lead.returned,
    "untouched": lambda lead: lead.touched is None and not lead.outcome and lead.level < 2,
    "missing": lambda lead: not lead.work and not lead.outcome and lead.level < 1,
}
BEFORE = {"qualified": "accepted", "opportunity": "qualified", "won": "opportunity"}
BUCKETS = ((300, "within 5 minutes"), (3_600, "within an hour"), (14_400, "within 4 hours"), (86_400, "within a day"),
           (259_200, "within 3 days"))  # fmt: skip


def rate(hits: int, of: int) -> Row:
    """With the range in which the true share lies with 95 % confidence (Wilson 1927)."""
    if not of:
        return {"hits": hits, "of": of, "share": None, "low": None, "high": None}
    z, p = 1.959963984540054, hits / of
    middle, reach = p + z * z / (2 * of), z * sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    low = 0.0 if hits == 0 else max(0.0, (middle - reach) / (1 + z * z / of))
    high = 1.0 if hits == of else min(1.0, (middle + reach) / (1 + z * z / of))
    return {"hits": hits, "of": of, "share": p, "low": low, "high": high}


def within(seconds: list[float], percent: int) -> float | None:
    """The nearest rank."""
    ordered = sorted(seconds)
    return ordered[max(0, ceil(len(ordered) * percent / 100) - 1)] if ordered else None


def count(leads: Iterable[Lead], name: str) -> int:
    return sum(map(HOLDS[name], leads))


def revenue(leads: Iterable[Lead]) -> dict[str, str]:
    total: dict[str, Decimal] = defaultdict(Decimal)
    for lead in leads:
        for deal in lead.deals:
            if deal.won and deal.amount is not None:
                total[deal.currency] += deal.amount
    return {currency: f"{amount.normalize():f}" for currency, amount in sorted(total.items())}


def human(leads: Iterable[Lead]) -> list[float]:
    return [(lead.touched - lead.delivered).total_seconds() for lead in leads if lead.touched]


def machine(leads: Iterable[Lead]) -> list[float]:
    return [max((lead.delivered - lead.opened).total_seconds(), 0.0) for lead in leads]


def numbers(leads: list[Lead]) -> Row:
    return {name: rate(count(leads, name), len(leads)) for name in HOLDS}


def steps(leads: list[Lead]) -> Row:
    """Each stage by the one before it."""
    return {name: rate(count(leads, name), count(leads, before)) for name, before in BEFORE.items()}


def clocks(leads: list[Lead]) -> Row:
    found: Row = {}
    for name, times in (("sales", human(leads)), ("systems", machine(leads))):
        buckets = Counter(next((word for most, word in BUCKETS if time <= most), "later") for time in times)
        table: Row = {word: buckets[word] for _, word in BUCKETS} | {"later": buckets["later"]}
        table["not yet"] = len(leads) - len(times)
        table |= {
            "median": within(times, 50),
            "90 of 100 within": within(times, 90),
            "95 of 100 within": within(times, 95),
        }
        found[name] = table
    return found


def by(leads: list[Lead], value: Callable[[Lead], str]) -> Row:
    """The tables of marketing: what became of them."""
    return {
        name: [
            len(group), rate(count(group, "accepted"), len(group)), rate(count(group, "not_ready"), len(group)),
            rate(count(group, "opportunity"), len(group)), count(group, "won"), revenue(group),
        ]
        for name, group in _groups(leads, value).items()
    }  # fmt: skip


def by_worker(leads: list[Lead], value: Callable[[Lead], str]) -> Row:
    """The tables of sales: how fast, and what became of them."""
    return {
        name: [
            len(group), count(group, "untouched"), within(human(group), 50), within(human(group), 90),
            within(machine(group), 50), rate(count(group, "accepted"), len(group)),
            rate(count(group, "rejected"), len(group)), count(group, "won"), revenue(group),
        ]
        for name, group in _groups(leads, value).items()
    }  # fmt: skip


def _groups(leads: list[Lead], value: Callable[[Lead], str]) -> dict[str, list[Lead]]:
    groups: dict[str, list[Lead]] = defaultdict(list)
    for lead in leads:
        groups[value(lead) or "(not known)"].append(lead)
    return groups


def everything(world: World, first: date, last: date) -> Row:
    begin = datetime.combine(first, time(), UTC)
    end = datetime.combine(last + timedelta(days=1), time(), UTC)
    found = [lead for person in world.people.values() for lead in passed(person)]
    for lead in found:
        follow(lead)
    leads = [lead for lead in found if begin <= lead.delivered < end]
    deals = [deal for lead in leads for deal in lead.deals]
    given = Counter((lead.outcome, lead.reason) for lead in leads if lead.outcome not in ("", "qualified"))
    return {
        "numbers": numbers(leads),
        "steps": steps(leads),
        "leads": {name: sorted(lead.name for lead in leads if holds(lead)) for name, holds in HOLDS.items()},
        "deals": dict(sorted(Counter(deal.link for deal in deals).items())),
        "revenue": revenue(leads),
        "clocks": clocks(leads),
        "owner": by_worker(leads, lambda lead: lead.owner),
        "tier": by_worker(leads, lambda lead: lead.tier),
        "source": by(leads, lambda lead: lead.person.source),
        "industry": by(leads, lambda lead: lead.person.industry),
        "trend": by(leads, lambda lead: f"{lead.delivered:%Y-%m}"),
        "reasons": sorted([outcome, reason or "(not known)", n] for (outcome, reason), n in given.items()),
    }


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--from", dest="first", type=date.fromisoformat, required=True)
    options.add_argument("--to", dest="last", type=date.fromisoformat, required=True)
    asked = options.parse_args()
    ready = json.load(sys.stdin)
    hubspot = Api(ready["hubspot"]["url"], ready["hubspot"]["token"])
    salesforce = Api(ready["salesforce"]["url"])
    granted = salesforce.post(
        "/services/oauth2/token",
        grant_type="client_credentials",
        client_id=ready["salesforce"]["client_id"],
        client_secret=ready["salesforce"]["client_secret"],
    )
    salesforce.token = granted["access_token"]
    json.dump(everything(World(hubspot, salesforce), asked.first, asked.last), sys.stdout)


if __name__ == "__main__":
    main()
