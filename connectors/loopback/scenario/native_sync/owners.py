"""Who owns a record on the other side: people are the same by e-mail address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from connectors.loopback.scenario.native_sync.fields import winner
from connectors.loopback.scenario.native_sync.org import Row
from connectors.loopback.scenario.native_sync.portal import OWNER, Contact

Rule = Literal["hubspot", "salesforce", "two-way", "never"]


class Owners:
    """``owners`` and ``users``: e-mail by id of the active people of HubSpot and Salesforce.

    ``default`` is the Salesforce user who gets what belongs to nobody there; "" leaves such a
    record, and its contact, with the owner it has.
    """

    def __init__(self, rule: Rule, owners: Mapping[str, str], users: Mapping[str, str], default: str) -> None:
        self._rule = rule
        self._owners = owners
        self._users = users
        self._owner_of = {email: owner for owner, email in owners.items() if email}
        self._user_of = {email: user for user, email in users.items() if email}
        self._default = default

    def of_new_row(self, contact: Contact) -> dict[str, str]:
        """What a record made of the contact says of its owner; nothing lets the org decide."""
        user = self._user(contact) if self._rule in ("hubspot", "two-way") else ""
        return {"OwnerId": user} if user else {}

    def changes(
        self, contact: Contact, row: Row, changed: Literal["hubspot", "salesforce"] | None
    ) -> tuple[dict[str, str], dict[str, str]]:
        """What is to be written to the contact and to the record."""
        ours = self._owners.get(contact.get(OWNER), "")
        theirs = self._users.get(str(row.fields["OwnerId"]), "")
        match self._rule:
            case "hubspot":
                side = winner("two-way", ours, theirs, changed="hubspot")
            case "salesforce":
                side = winner("always-salesforce", ours, theirs, changed=changed)
            case rule:
                side = winner(rule, ours, theirs, changed=changed)
        if side == "salesforce":
            owner = self._owner_of.get(theirs, "")
            reset = self._default and contact.get(OWNER)
            return ({OWNER: owner} if owner or reset else {}), {}
        user = self._user(contact) if side == "hubspot" else ""
        return {}, ({"OwnerId": user} if user not in ("", row.fields["OwnerId"]) else {})

    def _user(self, contact: Contact) -> str:
        owner = contact.get(OWNER)
        known = self._user_of.get(self._owners.get(owner, ""), "")
        return known or (self._default if owner else "")
