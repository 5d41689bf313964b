"""The native sync: a second writer beside the product, by the rules of HubSpot's integration.

It works in rounds on the sandbox's clock, through both public APIs, and knows of a round only
what has changed since the last one. What real users complain about is in it: it binds a contact
to whichever record of that address was touched last, writes by record and not by field, carries
blanks, and gives a record whose owner it cannot find to its own user.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce.rules import holds
from connectors.loopback.scenario.native_sync import portal as hs
from connectors.loopback.scenario.native_sync.fields import DEFAULT, Side, winner
from connectors.loopback.scenario.native_sync.http import Failed
from connectors.loopback.scenario.native_sync.org import Org, Row
from connectors.loopback.scenario.native_sync.portal import Contact, Portal
from connectors.loopback.scenario.tables import FieldRule
from connectors.loopback.scenario.tables import NativeSync as Rules

# HubSpot's search knows of a write some seconds late.
_OVERLAP = timedelta(minutes=1)
_KEPT = 1_000


class NativeSync:
    """``report`` tells what it has done; errors are kept as the systems worded them."""

    def __init__(
        self, rules: Rules, portal: Callable[[Iterable[str]], Portal], org: Callable[[Iterable[str]], Org], user_id: str
    ) -> None:
        """``portal`` and ``org`` make the two sides for the fields they are to ask for;
        ``user_id`` is the integration's own Salesforce user."""
        self._rules = rules
        self._fields = DEFAULT if rules.field is None else tuple(rules.field)
        self._portal = portal({*(field.hubspot for field in self._fields), *rules.inclusion, *_LIFECYCLE})
        self._org = org(field.salesforce for field in self._fields)
        self._user_id = user_id
        self._since: datetime | None = None
        self._report: dict[str, Any] = {
            "rounds": 0, "hubspot_updated": 0, "hubspot_created": 0, "salesforce_updated": 0, "salesforce_created": 0,
        }  # fmt: skip
        self._errors: list[dict[str, str]] = []

    def schedule(self, clock: Clock) -> None:
        """A round after every period; what is there at the start counts as known, unless it
        begins with a resync."""
        if not self._rules.resync_at_start:
            self._since = clock.now()

        def ring(due: datetime) -> None:
            after = due + timedelta(seconds=self._rules.every)
            clock.at(after, lambda: ring(after))
            self.work(due)

        first = clock.now() + timedelta(seconds=self._rules.every)
        clock.at(first, lambda: ring(first))

    def report(self) -> dict[str, Any]:
        return {**self._report, "errors": list(self._errors)}

    def work(self, now: datetime) -> None:
        """One round; what a fault breaks off is done in the next."""
        self._report["rounds"] += 1
        try:
            self._round(now)
            self._since = now - _OVERLAP
        except Failed as failure:
            self._note(now, str(failure))
            # Perhaps an admin took a field away.
            self._org.forget_types()

    def _round(self, now: datetime) -> None:
        contacts = {contact.id: contact for contact in self._portal.changed(self._since)}
        rows = {row.id: row for row in self._org.changed(self._since)}
        touched = (set(contacts), set(rows))
        if not any(touched):
            return
        self._add_partners(contacts, rows)
        writes = _Writes(now)
        self._people = (self._portal.owners(), self._org.users())
        bound: set[str] = set()
        for contact in contacts.values():
            row, new = self._partner(contact, rows)
            if row is None:
                if contact.id in touched[0]:
                    self._without_partner(contact, rows, writes)
                continue
            bound.add(row.id)
            changed = _changed(contact, row, contact.id in touched[0], row.id in touched[1])
            self._compare(contact, row, None if new else changed, writes)
        if self._rules.create_contacts:
            self._new_contacts((row for row in rows.values() if row.id in touched[1] - bound), contacts, writes)
        self._carry_out(writes)

    def _add_partners(self, contacts: dict[str, Contact], rows: dict[str, Row]) -> None:
        """Whom the touched records are bound to, or have the address of; successors too."""
        for contact in self._portal.bound_to(list(rows)):
            contacts.setdefault(contact.id, contact)
        if self._rules.match_by_email:
            addresses = {row.email for row in rows.values()} - {c.email for c in contacts.values()} - {""}
            for contact in self._portal.by_email(sorted(addresses)):
                contacts.setdefault(contact.id, contact)
        wanted: dict[str, list[str]] = defaultdict(list)
        for contact in contacts.values():
            if contact.link and contact.link[1] not in rows:
                wanted[contact.link[0]].append(contact.link[1])
        rows |= {row.id: row for row in self._org.by_id(wanted)}
        successors: dict[str, list[str]] = defaultdict(list)
        for row in rows.values():
            if row.successor and row.successor[1] not in rows:
                successors[row.successor[0]].append(row.successor[1])
        rows |= {row.id: row for row in self._org.by_id(successors)}
        if self._rules.match_by_email:
            addresses = {contact.email for contact in contacts.values() if contact.link is None} - {""}
            for row in self._org.by_email(sorted(addresses)):
                rows.setdefault(row.id, row)

    def _partner(self, contact: Contact, rows: Mapping[str, Row]) -> tuple[Row | None, bool]:
        """The live record of a contact, and whether it is bound to it only now."""
        link = contact.link
        row = rows.get(link[1]) if link else None
        if row is not None and row.successor is not None:
            successor = rows.get(row.successor[1])
            return (successor, True) if successor and not _gone(successor) else (None, False)
        if row is not None and not _gone(row):
            return row, False
        if link or not self._rules.match_by_email or not contact.email or not self._included(contact):
            return None, False
        found = [row for row in rows.values() if row.email == contact.email and not _gone(row) and not row.successor]
        return max(found, key=lambda row: (row.modified, row.id), default=None), True

    def _without_partner(self, contact: Contact, rows: Mapping[str, Row], writes: _Writes) -> None:
        if contact.link:
            if contact.get(hs.DELETED) != "true":
                writes.hubspot[contact.id][hs.DELETED] = "true"
            if not self._rules.create_again:
                return
        if self._rules.create == "nothing" or not self._included(contact):
            return
        sobject = self._rules.create
        known = self._org.types(sobject)
        fields = {rule.salesforce: contact.get(rule.hubspot) for rule in self._fields if rule.salesforce in known}
        fields = {name: text for name, text in fields.items() if text}
        if self._rules.owner in ("hubspot", "two-way") and (owner := self._user_of(contact)):
            fields["OwnerId"] = owner
        writes.new_rows.append((contact, fields))

    def _compare(self, contact: Contact, row: Row, changed: Side | None, writes: _Writes) -> None:
        to_hubspot, to_salesforce = writes.hubspot[contact.id], writes.salesforce[row.sobject][row.id]
        if contact.link is None and not self._included(contact):
            return
        known = self._org.types(row.sobject)
        for rule in self._fields:
            if rule.salesforce not in known:
                continue
            ours, theirs = contact.get(rule.hubspot), row.text(rule.salesforce)
            side = winner(rule.rule, ours, theirs, changed=changed) if not _same(rule, ours, theirs) else None
            if side == "hubspot":
                to_salesforce[rule.salesforce] = ours
            elif side == "salesforce":
                to_hubspot[rule.hubspot] = theirs
        self._compare_owners(contact, row, changed, to_hubspot, to_salesforce)
        if contact.link != (row.sobject, row.id):
            to_hubspot |= {hs.LINKS["Lead"]: "", hs.LINKS[row.sobject]: row.id}
            if stage := self._rules.lifecycle.get(row.sobject):  # type: ignore[call-overload]
                to_hubspot["lifecyclestage"] = stage

    def _compare_owners(
        self,
        contact: Contact,
        row: Row,
        changed: Side | None,
        to_hubspot: dict[str, str],
        to_salesforce: dict[str, str],
    ) -> None:
        rule = {"hubspot": "two-way", "salesforce": "always-salesforce"}.get(self._rules.owner, self._rules.owner)
        owners, users = self._people
        ours, theirs = owners.get(contact.get(hs.OWNER), ""), users.get(str(row.fields["OwnerId"]), "")
        side = winner(rule, ours, theirs, changed="hubspot" if self._rules.owner == "hubspot" else changed)
        if side == "salesforce":
            owner = next((owner for owner, email in owners.items() if email == theirs and email), "")
            if owner or (self._rules.unknown_owner == "integration-user" and contact.get(hs.OWNER)):
                to_hubspot[hs.OWNER] = owner
        elif side == "hubspot" and (user := self._user_of(contact)) not in ("", row.fields["OwnerId"]):
            to_salesforce["OwnerId"] = user

    def _user_of(self, contact: Contact) -> str:
        """The Salesforce user with the address of the contact's owner; "" to leave it."""
        owners, users = self._people
        owner = contact.get(hs.OWNER)
        email = owners.get(owner, "")
        found = next((user for user, address in users.items() if address == email and email), "")
        if found or not owner or self._rules.unknown_owner == "keep":
            return found
        return self._user_id

    def _new_contacts(self, rows: Iterable[Row], contacts: Mapping[str, Contact], writes: _Writes) -> None:
        known = {contact.email for contact in contacts.values()}
        for row in rows:
            if row.email and row.email not in known and not _gone(row) and row.successor is None:
                known.add(row.email)
                fields = {rule.hubspot: row.text(rule.salesforce) for rule in self._fields if row.text(rule.salesforce)}
                stage = self._rules.lifecycle.get(row.sobject)  # type: ignore[call-overload]
                more = {"lifecyclestage": stage} if stage else {}
                writes.new_contacts.append(fields | {hs.LINKS[row.sobject]: row.id} | more)

    def _carry_out(self, writes: _Writes) -> None:
        stamp = writes.now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if writes.new_rows:
            saved = self._org.create(self._rules.create, [fields for _, fields in writes.new_rows])
            for (contact, _), (record_id, why) in zip(writes.new_rows, saved, strict=True):
                if record_id:
                    writes.hubspot[contact.id] |= {hs.LINKS[self._rules.create]: record_id, hs.DELETED: ""}
                    self._report["salesforce_created"] += 1
                else:
                    self._note(writes.now, f"contact {contact.id}: {why}")
        for sobject, changes in writes.salesforce.items():
            real = {record_id: fields for record_id, fields in changes.items() if fields}
            refused = self._org.update(sobject, real)
            self._report["salesforce_updated"] += len(real) - len(refused)
            for why in refused:
                self._note(writes.now, why)
        updates = {i: fields | {hs.LAST_SYNC: stamp} for i, fields in writes.hubspot.items() if fields}
        refused = self._portal.update(updates)
        self._report["hubspot_updated"] += len(updates) - len(refused)
        refused_new = self._portal.create([fields | {hs.LAST_SYNC: stamp} for fields in writes.new_contacts])
        self._report["hubspot_created"] += len(writes.new_contacts) - len(refused_new)
        for why in (*refused, *refused_new):
            self._note(writes.now, why)

    def _included(self, contact: Contact) -> bool:
        return holds(self._rules.inclusion, {name: contact.get(name) or None for name in self._rules.inclusion})

    def _note(self, now: datetime, text: str) -> None:
        self._errors.append({"at": now.isoformat(timespec="milliseconds"), "error": text})
        del self._errors[:-_KEPT]


class _Writes:
    """What one round is going to write."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.hubspot: dict[str, dict[str, str]] = defaultdict(dict)
        self.salesforce: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
        self.new_rows: list[tuple[Contact, dict[str, str]]] = []
        self.new_contacts: list[dict[str, str]] = []


_LIFECYCLE = ("lifecyclestage",)


def _gone(row: Row) -> bool:
    return bool(row.fields.get("IsDeleted"))


def _changed(contact: Contact, row: Row, hubspot: bool, salesforce: bool) -> Side:
    """The side that was touched since the last round; of two, the one touched last."""
    if hubspot != salesforce:
        return "hubspot" if hubspot else "salesforce"
    return "hubspot" if contact.modified > row.modified else "salesforce"


def _same(rule: FieldRule, ours: str, theirs: str) -> bool:
    """Addresses are the same in any case: HubSpot keeps them in lower case."""
    return ours == theirs or (rule.hubspot == "email" and ours.lower() == theirs.lower())
