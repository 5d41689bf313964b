"""Is it so? Every contact that meets the rule, and no other, was handed over exactly once, and sales' answers came back.

    python tests/acceptance/independent.py --ready READY.json --config config.toml [--now ISO] [--json]

READY.json is the line that `syncd sandbox` prints. Reads both systems over their public APIs and shares no code with
syncd. A contact that was handed over is judged as it was at that moment, all others as they are now (or at --now).
Prints every deviation as a sentence; exit 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from remote import Contact, HubSpot, Org, Row, Salesforce, instant
from rulebook import Event, Rulebook

SETTLED = timedelta(minutes=10)
"""By then a handoff is written: an owner that changes later was changed by sales."""
HISTORY = timedelta(days=180)
FREE_MAIL = ("gmail.com", "gmx.de", "outlook.com", "web.de", "yahoo.com", "hotmail.com", "icloud.com", "proton.me")
DIGEST = "Marketing activity history"
REPS_OWN = ("syncd_disposition", "syncd_reason", "syncd_not_before")
"""Where HubSpot is the CRM, reps write these, on any contact of theirs."""
EXITS = {"recycle": "recycled", "could_not_reach": "unreachable", "trash": "trash"}


@dataclass
class Findings:
    """What was looked at, and every deviation in words."""

    contacts: int = 0
    ready: int = 0
    handed_over: int = 0
    held: int = 0
    answered: int = 0
    deviations: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Receiver:
    """`before`: who owned the record when the handoff came ("" when it was new); `first`: who owned it right after; `now`."""

    before: str
    first: str
    now: str


def _mail_domain(address: str) -> str:
    return address.rpartition("@")[2].lower()


def _domain(contact: Contact) -> str:
    """The company's domain: of the e-mail address, or of the website where the address is a free one."""
    domain = _mail_domain(contact.email)
    if domain and domain not in FREE_MAIL:
        return domain
    return contact.says("website").lower().partition("//")[2].removeprefix("www.").partition("/")[0]


class Check:
    """One run. `org` is None where HubSpot is the CRM."""

    def __init__(self, book: Rulebook, contacts: dict[str, Contact], owners: dict[str, Row], org: Org | None) -> None:
        self.book, self.contacts, self.org = book, contacts, org
        self.found = Findings(contacts=len(contacts))
        people = owners.values() if org is None else [u for u in org.users.values() if u["IsActive"]]
        key = "id" if org is None else "Id"
        self.active = {str(p[key]): (p["email"] if org is None else p["Email"]).lower() for p in people}
        self.by_domain: dict[str, list[Contact]] = defaultdict(list)
        for contact in contacts.values():
            self.by_domain[_mail_domain(contact.email)].append(contact)
        self.turns: dict[tuple[str, tuple[str, ...]], Counter[str]] = defaultdict(Counter)
        self.by_email: dict[str, list[tuple[str, Row]]] = defaultdict(list)
        self.by_key: dict[str, list[Row]] = defaultdict(list)
        self.known_as: dict[str, list[Row]] = defaultdict(list)
        if org is not None:
            for kind, row in org.live:
                self.by_email[(row["Email"] or "").lower()].append((kind, row))
            self.heir = {lead["Id"]: lead["ConvertedContactId"] for lead in org.leads}
            for row in (*org.leads, *org.contacts):
                if row["syncd_hs_id__c"]:
                    self.by_key[row["syncd_hs_id__c"]].append(row)
                if row["Email"]:
                    self.known_as[row["Email"].lower()].append(row)

    def run(self, now: datetime, fixed: bool) -> Findings:
        for contact in self.contacts.values():
            for sentence in self.person(contact, now, fixed):
                self.found.deviations.append(f"contact {contact.id} ({contact.email}): {sentence}")
        self.strangers()
        self.fairness()
        return self.found

    # ------------------------------------------------------------ one contact
    def person(self, contact: Contact, now: datetime, fixed: bool) -> Iterator[str]:
        number = int(float(contact.says("syncd_handoff_no") or 0))
        stamped = instant(contact.says("syncd_handed_over_at"))
        at = now if fixed or stamped is None else stamped
        profile = self.book.profile(lambda name: contact.was(name, at))
        verdict = self.book.judge(profile, [*contact.events, *self.calls_of(contact)], at)
        held = self.org is not None and self.candidates(contact, at) > 1
        self.found.ready += verdict.ready
        self.found.held += verdict.ready and held
        if number == 0:
            if verdict.ready and not held:
                yield f"meets the rule ({verdict.why}) and was not handed over"
            yield from self.untouched(contact)
            return
        self.found.handed_over += 1
        if not verdict.ready:
            yield f"was handed over, but does not meet the rule: {verdict.why}"
        if held:
            yield "was handed over, although two live records share its e-mail"
        if stamped is None:
            yield "was handed over, and does not say when"
            return
        if contact.says("syncd_score") not in ("", str(verdict.combined)):
            yield f"was handed over with score {contact.says('syncd_score')}, but has {verdict.combined}"
        if self.org is None:
            yield from self.in_hubspot(contact, number, stamped, profile)
        else:
            yield from self.in_salesforce(contact, number, stamped, profile)

    def candidates(self, contact: Contact, at: datetime) -> int:
        """How many live records share the e-mail, less those that were made later."""
        known = self.by_email[contact.email] if contact.email else []
        return sum((instant(row["CreatedDate"]) or at) <= at for _, row in known)

    def calls_of(self, contact: Contact) -> list[Event]:
        """The calls that sales logged with this person, on whatever record."""
        if self.org is None:
            return []
        rows = {row["Id"] for row in self.by_key[contact.id]}
        rows |= {row["Id"] for row in self.known_as[contact.email] if row["syncd_hs_id__c"] in (None, contact.id)}
        heirs = {self.heir[rid] for rid in rows if self.heir.get(rid)}
        return [call for rid in rows | heirs for call in self.org.calls.get(rid, ())]

    def untouched(self, contact: Contact) -> Iterator[str]:
        reps = REPS_OWN if self.org is None else ()
        marks = [name for name, value in contact.properties.items() if name.startswith("syncd_") and value]
        if said := sorted(set(marks).difference(reps)):
            yield f"was not handed over, but has {', '.join(said)}"
        if self.by_key[contact.id]:
            yield "was not handed over, but a CRM record carries its id"
        if contact.ours:
            yield "was not handed over, but syncd wrote on its timeline"

    # ------------------------------------------------------------ the handoff
    def in_salesforce(self, contact: Contact, number: int, at: datetime, profile: dict[str, Any]) -> Iterator[str]:
        assert self.org is not None
        keyed = self.by_key[contact.id]
        live = {row["Id"]: (kind, row) for kind, row in self.org.live if row["syncd_hs_id__c"] == contact.id}
        live |= {row["Id"]: (kind, row) for kind, row in self.by_email[contact.email]}
        heirs = {row["ConvertedContactId"] for row in keyed if row.get("ConvertedContactId")}
        live |= {row["Id"]: ("Contact", row) for row in self.org.contacts if row["Id"] in heirs}
        if len(live) != 1:
            yield f"has {len(live)} live records instead of one: {', '.join(sorted(live)) or 'none'}"
            return
        ((kind, record),) = live.values()
        marked = next((row for row in (*keyed, record) if row["syncd_handoff_no__c"]), None)
        if marked is None:
            yield f"{record['Id']} carries no handoff number"
            return
        if contact.id not in {row["syncd_hs_id__c"] for row in (record, marked)}:
            yield f"{marked['Id']} does not carry the contact's id"
        if marked["syncd_handoff_no__c"] != number:
            yield f"{marked['Id']} says handoff {marked['syncd_handoff_no__c']}, the contact says {number}"
        if not marked["syncd_brief__c"]:
            yield f"{marked['Id']} has no brief"
        if (contact.says("syncd_crm_id"), contact.says("syncd_crm_type")) != (record["Id"], kind):
            yield f"knows {contact.says('syncd_crm_type')} {contact.says('syncd_crm_id')}, but is {kind} {record['Id']}"
        receiver = self.receiver(marked, record, at)
        yield from self.route(contact, receiver, profile, at)
        tasks = [t for row in {record["Id"], marked["Id"]} for t in self.org.tasks.get(row, ())]
        told = [t["Description"] or "" for t in tasks if t["Subject"] == DIGEST]
        work = [t for t in tasks if t["Subject"] != DIGEST]
        yield from self.once(contact, number, at, len(work), told)
        if work and work[-1]["OwnerId"] != receiver.first:
            yield f"its follow-up belongs to {work[-1]['OwnerId']}, not to the owner {receiver.first}"
        yield from self.answer_in_salesforce(contact, record, marked, at)

    def receiver(self, marked: Row, record: Row, at: datetime) -> Receiver:
        assert self.org is not None
        moves = [m for m in self.org.owner_moves.get(marked["Id"], ()) if m["OldValue"] and m["NewValue"]]
        late = [m for m in moves if (instant(m["CreatedDate"]) or at) > at + SETTLED]
        soon = [m for m in moves if m not in late and (instant(m["CreatedDate"]) or at) >= at.replace(microsecond=0)]
        first = late[0]["OldValue"] if late else marked["OwnerId"]
        existed = (instant(marked["CreatedDate"]) or at) < at.replace(microsecond=0)
        before = (soon[0]["OldValue"] if soon else first) if existed else ""
        return Receiver(before, first, record["OwnerId"])

    def in_hubspot(self, contact: Contact, number: int, at: datetime, profile: dict[str, Any]) -> Iterator[str]:
        name = "hubspot_owner_id"
        before = contact.was(name, at - timedelta(milliseconds=1)) or ""
        receiver = Receiver(before, contact.was(name, at + SETTLED) or "", contact.says(name))
        yield from self.route(contact, receiver, profile, at)
        notes = [row["hs_note_body"] or "" for row in contact.ours if row["kind"] == "notes"]
        told = [text for text in notes if text.startswith(DIGEST)]
        tasks = [row for row in contact.ours if row["kind"] == "tasks"]
        if len(notes) - len(told) != number:
            yield f"has {len(notes) - len(told)} briefs for {number} handoffs"
        yield from self.once(contact, number, at, len(tasks), told)
        if tasks and tasks[-1]["hubspot_owner_id"] != receiver.first:
            yield f"its follow-up belongs to {tasks[-1]['hubspot_owner_id']}, not to the owner {receiver.first}"
        yield from self.answer_in_hubspot(contact, at)

    def once(self, contact: Contact, number: int, at: datetime, work: int, told: list[str]) -> Iterator[str]:
        """One follow-up and one history a handoff; the newest history tells all that marketing saw."""
        if work != number:
            yield f"has {work} follow-ups for {number} handoffs"
        seen = [e for e in contact.events if at - HISTORY < e.at <= at and e.kind in ("form", "page_view")]
        if len(told) != number and (told or seen):
            yield f"has {len(told)} histories for {number} handoffs"
            return
        text = told[-1].replace("&amp;", "&") if told else ""
        missing = [e for e in seen if not _tells(text, e)] if "earlier" not in text[-40:] else []
        for event in missing:
            yield f"its history leaves out {event.kind} “{event.title}” of {event.at:%d %b %H:%M}"

    # ------------------------------------------------------------ to the right owner
    def route(self, contact: Contact, receiver: Receiver, profile: dict[str, Any], at: datetime) -> Iterator[str]:
        """Who owned it and is still there keeps it; else who owns the company of a customer; else the pool of the first
        territory; else the fallback."""
        keeps = self.book.config["route"].get("keep_owner", True)
        if keeps and receiver.before in self.active:
            if receiver.first != receiver.before:
                yield f"{receiver.before} owned the record, and it was given to {receiver.first}"
            return
        if owners := self.company_owners(contact, at):
            if receiver.first not in owners:
                yield f"is of a customer whose people {' or '.join(owners)} owns, and was given to {receiver.first}"
            return
        name, wanted = self.book.pool(profile)
        ids = {email: rid for rid, email in self.active.items()}
        pool = tuple(ids[email] for email in wanted if email in ids)
        if not pool:
            name, pool = "fallback", (ids[self.book.config["route"]["fallback"]],)
        self.turns[(name, pool)][receiver.first] += 1
        if receiver.first not in pool:
            yield f"belongs to {name} ({', '.join(pool)}), and was given to {receiver.first}"

    def company_owners(self, contact: Contact, at: datetime) -> list[str]:
        """Of a customer's company: those active owners who had the most of its people in the CRM then."""
        company = _domain(contact)
        before = at - timedelta(milliseconds=1)
        colleagues = self.by_domain[company] if company else []
        rows = [] if self.org is None else [r for r in self.org.contacts if _mail_domain(r["Email"] or "") == company]
        won = any(
            deal["IsWon"] and (instant(deal["LastModifiedDate"]) or at) < at
            for row in rows
            for deal in (self.org.opportunities if self.org else {}).get(row["Id"], ())
        )
        if not won and not any(c.was("lifecyclestage", before) in ("customer", "evangelist") for c in colleagues):
            return []
        if self.org is None:
            had = Counter(owner for c in colleagues if (owner := c.was("hubspot_owner_id", before)))
        else:
            known = [r for r in rows if (instant(r["CreatedDate"]) or at) < at]
            had = Counter(str(self.owner_then(row, at)) for row in known)
        had = Counter({owner: n for owner, n in had.items() if owner in self.active})
        return sorted(owner for owner, n in had.items() if n == max(had.values()))

    def owner_then(self, row: Row, at: datetime) -> Any:
        """The owner of a Salesforce record before `at`: what the first later change took it from."""
        assert self.org is not None
        moves = self.org.owner_moves.get(row["Id"], ())
        later = [m for m in moves if (instant(m["CreatedDate"]) or at) >= at and m["OldValue"]]
        return later[0]["OldValue"] if later else row["OwnerId"]

    def fairness(self) -> None:
        for (name, pool), turns in self.turns.items():
            counts = [turns[rid] for rid in pool]
            if max(counts) - min(counts) > 1:
                self.found.deviations.append(f"{name}: the owners took {counts} leads, not turns")

    def strangers(self) -> None:
        """Records with our marks that belong to nobody who was handed over."""
        if self.org is None:
            return
        handed = {c.id for c in self.contacts.values() if c.says("syncd_handoff_no")}
        for row in (*self.org.leads, *self.org.contacts):
            if row["syncd_handoff_no__c"] and row["syncd_hs_id__c"] not in handed:
                self.found.deviations.append(f"{row['Id']} carries a handoff of nobody ({row['syncd_hs_id__c']})")
        keys = Counter(task["syncd_key__c"] for tasks in self.org.tasks.values() for task in tasks)
        self.found.deviations += [f"task key {key} exists {n} times" for key, n in keys.items() if n > 1]

    # ------------------------------------------------------------ the way back
    def answer_in_salesforce(self, contact: Contact, record: Row, marked: Row, at: datetime) -> Iterator[str]:
        assert self.org is not None
        kind = self.book.maps["salesforce"]["Lead" if "Status" in marked else "Contact"]
        status = kind.get("status", {}).get("values", {}).get(marked.get("Status"), {})
        deals = [
            (d["IsWon"], not d["IsClosed"], d["LastModifiedDate"], d)
            for d in self.org.opportunities.get(record["Id"], ())
            if (instant(d["LastModifiedDate"]) or at) >= at.replace(microsecond=0)
        ]
        deal = max(deals, key=lambda d: d[:3])[3] if deals else None
        said = marked["syncd_disposition__c"] or status.get("disposition") or ("qualified" if deal else "")
        user = self.org.users.get(record["OwnerId"])
        expected = {
            "syncd_disposition": said,
            "syncd_reason": marked["syncd_reason__c"] or "",
            "syncd_not_before": marked["syncd_not_before__c"] or "",
            "syncd_owner": user["Email"] if user else "",
            "syncd_opportunity_id": deal["Id"] if deal else "",
            "syncd_opportunity_name": deal["Name"] if deal else "",
            "syncd_opportunity_stage": deal["StageName"] if deal else "",
            "syncd_opportunity_amount": deal["Amount"] if deal else "",
        }
        if status:
            expected["syncd_work_status"] = status["work"]
        if said in EXITS and deal is None:
            expected["syncd_stage"] = EXITS[said]
        yield from self.heard(contact, expected, said)

    def answer_in_hubspot(self, contact: Contact, at: datetime) -> Iterator[str]:
        status = self.book.contacts["status"]["values"].get(contact.says("hs_lead_status"), {})
        deals = []
        for row in contact.deals:
            said, moved = row["properties"], instant(row["properties"]["hs_lastmodifieddate"])
            if moved is not None and moved >= at:
                won, closed = said.get("hs_is_closed_won") == "true", said.get("hs_is_closed") == "true"
                deals.append((won, not closed, moved, row))
        deal = max(deals, key=lambda d: d[:3])[3]["properties"] if deals else {}
        said = contact.says("syncd_disposition") or status.get("disposition") or ("qualified" if deal else "")
        expected = {
            "syncd_owner": self.active.get(contact.says("hubspot_owner_id"), ""),
            "syncd_opportunity_name": deal.get("dealname") or "",
            "syncd_opportunity_stage": deal.get("dealstage") or "",
            "syncd_opportunity_amount": deal.get("amount") or "",
        }
        if status:
            expected["syncd_work_status"] = status["work"]
        if said in EXITS and not deal:
            expected["syncd_stage"] = EXITS[said]
        yield from self.heard(contact, expected, said)

    def heard(self, contact: Contact, expected: dict[str, Any], said: str) -> Iterator[str]:
        self.found.answered += bool(said)
        for name, value in expected.items():
            if not _same(contact.says(name), value):
                yield f"{name} is “{contact.says(name)}”, and in the CRM it is “{value}”"


def _tells(text: str, event: Event) -> bool:
    """By what a reader would look for: a form's name, a page's address."""
    return (event.title if event.kind == "form" else event.url) in text


def _same(ours: str, theirs: Any) -> bool:
    try:
        return float(ours) == float(theirs)
    except ValueError:
        return ours == str(theirs)


def examine(ready: dict[str, Any], config: Path, now: datetime | None = None) -> Findings:
    book = Rulebook(config)
    hubspot = HubSpot(ready["hubspot"]["url"], ready["hubspot"]["token"])
    contacts = hubspot.contacts(book.remote_names())
    org = None
    if book.crm == "salesforce":
        login = ready["salesforce"]
        org = Salesforce(login["url"], login["client_id"], login["client_secret"]).org()
    return Check(book, contacts, hubspot.owners(), org).run(now or hubspot.now, now is not None)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ready", type=Path, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--now", type=lambda text: datetime.fromisoformat(text).astimezone(UTC))
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = examine(json.loads(asked.ready.read_text()), asked.config, asked.now)
    if asked.json:
        sys.stdout.write(json.dumps(vars(found)) + "\n")
    else:
        sys.stdout.write("".join(f"{sentence}\n" for sentence in found.deviations))
        sys.stdout.write(
            f"{found.contacts} contacts: {found.ready} meet the rule, {found.handed_over} were handed over, "
            f"{found.held} are held, {found.answered} were answered; {len(found.deviations)} deviations\n"
        )
    return 1 if found.deviations else 0


if __name__ == "__main__":
    sys.exit(main())
