"""The native sync: a second writer beside the product, by the rules of HubSpot's integration.

It works in rounds on the sandbox's clock, through both public APIs, and knows of a round only
what has changed since the last one. What real users complain about is in it: it binds a contact
to whichever record of that address was touched last, writes by record and not by field, carries
blanks, and gives a record whose owner it cannot find to its own user.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from connectors.loopback.kit import Clock
from connectors.loopback.kit.caller import Refused
from connectors.loopback.salesforce.rules import holds
from connectors.loopback.scenario.native_sync import portal as hs
from connectors.loopback.scenario.native_sync.fields import DEFAULT, winner
from connectors.loopback.scenario.native_sync.org import Org, Row
from connectors.loopback.scenario.native_sync.owners import Owners
from connectors.loopback.scenario.native_sync.pairs import Pairs
from connectors.loopback.scenario.native_sync.portal import Contact, Portal
from connectors.loopback.scenario.tables import NativeSync as Rules

# HubSpot's search knows of a write some seconds late.
_OVERLAP = timedelta(minutes=1)
_KEPT = 1_000
# What comes of reading an answer that is JSON, and not what was asked for: a fault's.
_MISSHAPEN = (LookupError, TypeError, AttributeError, ValueError)


class NativeSync:
    """``report`` tells what it has done; errors are kept as the systems worded them."""

    def __init__(
        self,
        rules: Rules,
        portal: Callable[[Iterable[str]], Portal],
        org: Callable[[Iterable[str]], Org],
        user_id: str,
    ) -> None:
        """``portal`` and ``org`` make the two sides for the fields they are to ask for;
        ``user_id`` is the integration's own Salesforce user."""
        self._rules = rules
        self._fields = DEFAULT if rules.field is None else tuple(rules.field)
        self._portal = portal([*(field.hubspot for field in self._fields), *rules.inclusion])
        self._org = org(field.salesforce for field in self._fields)
        self._stages = rules.lifecycle.model_dump()
        self._user_id = user_id
        self._since: datetime | None = None
        self._counts: Counter[str] = Counter()
        self._errors: list[dict[str, str]] = []

    def schedule(self, clock: Clock) -> None:
        """A round after every period; what is there at the start counts as known, unless it
        begins with a resync."""
        period = timedelta(seconds=self._rules.every)
        if not self._rules.resync_at_start:
            self._since = clock.now()

        def ring(due: datetime) -> None:
            clock.at(due + period, partial(ring, due + period))
            self.work(due)

        first = clock.now() + period
        clock.at(first, partial(ring, first))

    def report(self) -> dict[str, Any]:
        """``rounds``, how many records were updated and created on either side, ``errors``."""
        names = ("rounds", "hubspot_updated", "hubspot_created", "salesforce_updated", "salesforce_created")
        return {**{name: self._counts[name] for name in names}, "errors": list(self._errors)}

    def work(self, now: datetime) -> None:
        """One round; what a fault breaks off is done in the next."""
        self._counts["rounds"] += 1
        try:
            self._round(now)
            self._since = now - _OVERLAP
        except Refused as failure:
            self._note(now, str(failure))
            # Perhaps an admin took a field away.
            self._org.forget_types()
        except _MISSHAPEN as error:
            self._note(now, f"an answer of another shape: {error!r}")

    def _round(self, now: datetime) -> None:
        pairs = Pairs(
            self._portal.changed(self._since),
            self._org.changed(self._since),
            match_by_email=self._rules.match_by_email,
            included=self._included,
        )
        if not pairs:
            return
        pairs.complete(self._portal, self._org)
        default = self._user_id if self._rules.unknown_owner == "integration-user" else ""
        owners = Owners(self._rules.owner, self._portal.owners(), self._org.users(), default)
        writes = _Writes()
        for contact in pairs.contacts.values():
            row = pairs.partner(contact)
            if row is not None:
                self._compare(contact, row, pairs, owners, writes)
            elif pairs.touched(contact):
                self._without_partner(contact, owners, writes)
        if self._rules.create_contacts:
            writes.new_contacts += [self._contact_of(row) for row in pairs.strangers()]
        self._carry_out(writes, now)

    def _compare(self, contact: Contact, row: Row, pairs: Pairs, owners: Owners, writes: _Writes) -> None:
        to_hubspot, to_salesforce = writes.hubspot[contact.id], writes.salesforce[row.sobject][row.id]
        is_new = contact.link != (row.sobject, row.id)
        changed = None if is_new else pairs.changed(contact, row)
        for field in self._fields:
            if field.salesforce not in self._org.types(row.sobject):
                continue
            ours, theirs = contact.get(field.hubspot), row.text(field.salesforce)
            # Addresses are the same in any case: HubSpot keeps them in lower case.
            if field.hubspot == "email" and ours.lower() == theirs.lower():
                continue
            match winner(field.rule, ours, theirs, changed=changed):
                case "hubspot":
                    to_salesforce[field.salesforce] = ours
                case "salesforce":
                    to_hubspot[field.hubspot] = theirs
        of_contact, of_row = owners.changes(contact, row, changed)
        to_hubspot |= of_contact
        to_salesforce |= of_row
        if is_new:
            to_hubspot |= self._bond(row.sobject, row.id)

    def _without_partner(self, contact: Contact, owners: Owners, writes: _Writes) -> None:
        """A touched contact that has no record, or none any more."""
        if contact.link is not None:
            if contact.get(hs.DELETED) != "true":
                writes.hubspot[contact.id][hs.DELETED] = "true"
            if not self._rules.create_again:
                return
        if self._rules.create != "nothing" and self._included(contact):
            known = self._org.types(self._rules.create)
            texts = {field.salesforce: contact.get(field.hubspot) for field in self._fields}
            row = {name: text for name, text in texts.items() if text and name in known}
            writes.new_rows.append((contact, row | owners.of_new_row(contact)))

    def _contact_of(self, row: Row) -> dict[str, str]:
        texts = {field.hubspot: row.text(field.salesforce) for field in self._fields}
        return {name: text for name, text in texts.items() if text} | self._bond(row.sobject, row.id)

    def _bond(self, sobject: str, record_id: str) -> dict[str, str]:
        """What a contact says of the record it is bound to; its new stage, if it gets one."""
        bond = dict.fromkeys(hs.LINKS.values(), "") | {hs.LINKS[sobject]: record_id, hs.DELETED: ""}
        stage = self._stages[sobject]
        return bond | {"lifecyclestage": stage} if stage else bond

    def _carry_out(self, writes: _Writes, now: datetime) -> None:
        if writes.new_rows:
            saved = self._org.create(self._rules.create, [fields for _, fields in writes.new_rows])
            for (contact, _), (record_id, why) in zip(writes.new_rows, saved, strict=True):
                if record_id:
                    writes.hubspot[contact.id] |= self._bond(self._rules.create, record_id)
                    self._counts["salesforce_created"] += 1
                else:
                    self._note(now, f"contact {contact.id}: {why}")
        for sobject, changes in writes.salesforce.items():
            updates = {record_id: fields for record_id, fields in changes.items() if fields}
            self._count("salesforce_updated", len(updates), self._org.update(sobject, updates), now)
        synced = {hs.LAST_SYNC: now.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
        updates = {contact_id: fields | synced for contact_id, fields in writes.hubspot.items() if fields}
        self._count("hubspot_updated", len(updates), self._portal.update(updates), now)
        created = [fields | synced for fields in writes.new_contacts]
        self._count("hubspot_created", len(created), self._portal.create(created), now)

    def _count(self, name: str, tried: int, refused: list[str], now: datetime) -> None:
        self._counts[name] += tried - len(refused)
        for why in refused:
            self._note(now, why)

    def _included(self, contact: Contact) -> bool:
        return holds(self._rules.inclusion, {name: contact.get(name) or None for name in self._rules.inclusion})

    def _note(self, now: datetime, text: str) -> None:
        self._errors.append({"at": now.isoformat(timespec="milliseconds"), "error": text})
        del self._errors[:-_KEPT]


class _Writes:
    """What one round is going to write."""

    def __init__(self) -> None:
        self.hubspot: dict[str, dict[str, str]] = defaultdict(dict)
        self.salesforce: dict[str, dict[str, dict[str, str]]] = defaultdict(lambda: defaultdict(dict))
        self.new_rows: list[tuple[Contact, dict[str, str]]] = []
        self.new_contacts: list[dict[str, str]] = []
