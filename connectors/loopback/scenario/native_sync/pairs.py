"""Which contact and which Salesforce record are one person."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping

from connectors.loopback.scenario.native_sync.fields import Side
from connectors.loopback.scenario.native_sync.org import Org, Row
from connectors.loopback.scenario.native_sync.portal import Contact, Portal


class Pairs:
    """What was touched since the last round, and whoever belongs to it.

    A contact stays bound to its record, through conversions and merges; one without is bound to
    whichever record of its address was touched last.
    """

    def __init__(
        self,
        contacts: list[Contact],
        rows: list[Row],
        *,
        match_by_email: bool,
        included: Callable[[Contact], bool],
    ) -> None:
        self.contacts = {contact.id: contact for contact in contacts}
        self.rows = {row.id: row for row in rows}
        self._touched = (frozenset(self.contacts), frozenset(self.rows))
        self._match_by_email = match_by_email
        self._included = included

    def __bool__(self) -> bool:
        return bool(self.contacts or self.rows)

    def touched(self, contact: Contact) -> bool:
        return contact.id in self._touched[0]

    def complete(self, portal: Portal, org: Org) -> None:
        """Fetch the other halves."""
        for contact in portal.bound_to(sorted(self.rows)):
            self.contacts.setdefault(contact.id, contact)
        if self._match_by_email:
            known = {contact.email for contact in self.contacts.values()}
            addresses = {row.email for row in self.rows.values()} - known - {""}
            for contact in portal.by_email(sorted(addresses)):
                self.contacts.setdefault(contact.id, contact)
        self._fetch(org, [contact.link for contact in self.contacts.values()])
        self._fetch(org, [row.successor for row in self.rows.values()])
        if self._match_by_email:
            addresses = {contact.email for contact in self.contacts.values() if contact.link is None} - {""}
            for row in org.by_email(sorted(addresses)):
                self.rows.setdefault(row.id, row)

    def partner(self, contact: Contact) -> Row | None:
        """The live record that the contact is, or is from now on, bound to."""
        if contact.link is not None:
            row = self.rows.get(contact.link[1])
            if row is not None and row.successor is not None:
                row = self.rows.get(row.successor[1])
            return row if row is not None and row.live else None
        if not self._match_by_email or not contact.email or not self._included(contact):
            return None
        found = [row for row in self.rows.values() if row.email == contact.email and row.live and not row.successor]
        return max(found, key=lambda row: (row.modified, row.id), default=None)

    def changed(self, contact: Contact, row: Row) -> Side:
        """The side that was touched since the last round; of two, the one touched last."""
        ours, theirs = self.touched(contact), row.id in self._touched[1]
        if ours != theirs:
            return "hubspot" if ours else "salesforce"
        return "hubspot" if contact.modified > row.modified else "salesforce"

    def strangers(self) -> Iterator[Row]:
        """Touched records of people whom HubSpot does not know, one for each address."""
        known = {contact.email for contact in self.contacts.values()} | {""}
        for row in self.rows.values():
            if row.id in self._touched[1] and row.email not in known and row.live and not row.successor:
                known.add(row.email)
                yield row

    def _fetch(self, org: Org, references: list[tuple[str, str] | None]) -> None:
        wanted: Mapping[str, list[str]] = defaultdict(list)
        for reference in references:
            if reference is not None and reference[1] not in self.rows:
                wanted[reference[0]].append(reference[1])
        self.rows |= {row.id: row for row in org.by_id(wanted)}
