"""The HubSpot side of the native sync: contacts and owners through the public API."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connectors.loopback.kit.caller import Caller
from connectors.loopback.scenario.native_sync.batches import batches

# The names that HubSpot's own integration gives them, as portals that have it list them.
LEAD_ID, CONTACT_ID = "salesforceleadid", "salesforcecontactid"
LAST_SYNC, DELETED, OWNER_ID = "salesforcelastsynctime", "salesforcedeleted", "salesforceownerid"
OWNER = "hubspot_owner_id"
LINKS = {"Lead": LEAD_ID, "Contact": CONTACT_ID}
GROUP = "salesforceinformation"
PROPERTIES = (
    {"name": LEAD_ID, "label": "Salesforce Lead ID", "type": "string", "fieldType": "text"},
    {"name": CONTACT_ID, "label": "Salesforce Contact ID", "type": "string", "fieldType": "text"},
    {"name": OWNER_ID, "label": "Salesforce Owner ID", "type": "string", "fieldType": "text"},
    {"name": LAST_SYNC, "label": "Last Salesforce Sync Time", "type": "datetime", "fieldType": "date"},
    {"name": DELETED, "label": "Salesforce Deleted", "type": "enumeration", "fieldType": "select",
     "options": [{"label": "True", "value": "true"}, {"label": "False", "value": "false"}]},
)  # fmt: skip
_PAGE, _BATCH = 100, 100
_MODIFIED = "lastmodifieddate"


@dataclass(frozen=True)
class Contact:
    id: str
    properties: Mapping[str, str]

    def get(self, name: str) -> str:
        """ "" for what is not set."""
        return self.properties.get(name) or ""

    @property
    def modified(self) -> datetime:
        return datetime.fromisoformat(self.get(_MODIFIED))

    @property
    def email(self) -> str:
        return self.get("email").lower()

    @property
    def link(self) -> tuple[str, str] | None:
        """Object and id of the Salesforce record it is bound to; a contact outranks a lead."""
        for sobject in ("Contact", "Lead"):
            if found := self.get(LINKS[sobject]):
                return sobject, found
        return None


class Portal:
    def __init__(self, http: Caller, properties: Iterable[str]) -> None:
        """``properties``: what of a contact is asked for, beside what links it."""
        self._http = http
        names = {*properties, *LINKS.values(), DELETED, OWNER, "email", _MODIFIED}
        self._properties = sorted(names)

    def changed(self, since: datetime | None) -> list[Contact]:
        """Contacts modified since then, oldest change first; None: every contact, by id."""
        found = self._list() if since is None else self._search(_MODIFIED, "GTE", str(round(since.timestamp() * 1000)))
        return list(found)

    def bound_to(self, record_ids: Sequence[str]) -> list[Contact]:
        """The contacts that are bound to one of these Leads or Contacts."""
        return [
            contact
            for name in LINKS.values()
            for some in batches(record_ids, _BATCH)
            for contact in self._search(name, "IN", list(some))
        ]

    def by_email(self, emails: Sequence[str]) -> list[Contact]:
        found = []
        for some in batches(emails, _BATCH):
            asked = {"idProperty": "email", "properties": self._properties, "inputs": [{"id": email} for email in some]}
            answer = self._http.call("POST", "/crm/v3/objects/contacts/batch/read", json=asked)
            found += [_contact(row) for row in answer["results"]]
        return found

    def update(self, changes: Mapping[str, Mapping[str, str]]) -> list[str]:
        """Properties by contact id; what was refused, as sentences."""
        inputs = [{"id": contact_id, "properties": properties} for contact_id, properties in changes.items()]
        return self._write("update", inputs)

    def create(self, contacts: Sequence[Mapping[str, str]]) -> list[str]:
        return self._write("create", [{"properties": properties} for properties in contacts])

    def owners(self) -> dict[str, str]:
        """E-mail (lower case) by id of every active owner."""
        found: dict[str, str] = {}
        params: dict[str, Any] = {"limit": 100}
        while True:
            page = self._http.call("GET", "/crm/v3/owners", params=params)
            found |= {row["id"]: (row["email"] or "").lower() for row in page["results"]}
            if "paging" not in page:
                return found
            params["after"] = page["paging"]["next"]["after"]

    def _write(self, verb: str, inputs: Sequence[Mapping[str, Any]]) -> list[str]:
        refused: list[str] = []
        for some in batches(inputs, _BATCH):
            answer = self._http.call("POST", f"/crm/v3/objects/contacts/batch/{verb}", json={"inputs": some})
            refused += [error["message"] for error in answer.get("errors", ())]
        return refused

    def _list(self) -> Iterator[Contact]:
        params: dict[str, Any] = {"limit": _PAGE, "properties": ",".join(self._properties)}
        while True:
            page = self._http.call("GET", "/crm/v3/objects/contacts", params=params)
            yield from map(_contact, page["results"])
            if "paging" not in page:
                return
            params["after"] = page["paging"]["next"]["after"]

    def _search(self, name: str, operator: str, value: str | list[str]) -> Iterator[Contact]:
        """Up to the 10,000 that a search gives; later changes are found the next time."""
        filtered = {"propertyName": name, "operator": operator, "values" if operator == "IN" else "value": value}
        asked: dict[str, Any] = {
            "filterGroups": [{"filters": [filtered]}],
            "sorts": [{"propertyName": _MODIFIED, "direction": "ASCENDING"}],
            "properties": self._properties,
            "limit": _PAGE,
        }
        while True:
            page = self._http.call("POST", "/crm/v3/objects/contacts/search", json=asked)
            yield from map(_contact, page["results"])
            after = page.get("paging", {}).get("next", {}).get("after")
            if after is None or int(after) >= 10_000:
                return
            asked["after"] = after


def _contact(row: Mapping[str, Any]) -> Contact:
    return Contact(row["id"], row["properties"])
