"""The Salesforce side of the native sync: Leads and Contacts through REST."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.loopback.kit.caller import Caller
from connectors.loopback.scenario.native_sync.batches import batches

BASE = "/services/data/v62.0"
OBJECTS = ("Contact", "Lead")
_BATCH = 200
_NUMBERS = {"int": int, "double": float, "currency": float, "percent": float}


@dataclass(frozen=True)
class Row:
    sobject: str
    fields: Mapping[str, Any]

    @property
    def id(self) -> str:
        return str(self.fields["Id"])

    @property
    def modified(self) -> datetime:
        return datetime.strptime(self.fields["SystemModstamp"], "%Y-%m-%dT%H:%M:%S.%f%z")

    @property
    def email(self) -> str:
        return str(self.fields.get("Email") or "").lower()

    @property
    def live(self) -> bool:
        return not self.fields.get("IsDeleted")

    @property
    def successor(self) -> tuple[str, str] | None:
        """The record that stands in its place since a conversion or a merge."""
        if self.fields.get("ConvertedContactId"):
            return "Contact", str(self.fields["ConvertedContactId"])
        if self.fields.get("MasterRecordId"):
            return self.sobject, str(self.fields["MasterRecordId"])
        return None

    def text(self, name: str) -> str:
        """The value as HubSpot would write it; "" for none."""
        value = self.fields.get(name)
        match value:
            case None:
                return ""
            case bool():
                return str(value).lower()
            case float() if value.is_integer():
                return str(int(value))
        return str(value)


class Org:
    def __init__(self, http: Caller, fields: Iterable[str]) -> None:
        """``fields``: what is asked for of either object, where it has it."""
        self._http = http
        self._wanted = sorted({*fields, "Id", "Email", "OwnerId", "SystemModstamp", "IsDeleted", "MasterRecordId"})
        self._types: dict[str, dict[str, str]] = {}

    def types(self, sobject: str) -> dict[str, str]:
        """Type by name of every field that the integration's user sees."""
        if sobject not in self._types:
            described = self._http.call("GET", f"{BASE}/sobjects/{sobject}/describe")
            self._types[sobject] = {field["name"]: field["type"] for field in described["fields"]}
        return self._types[sobject]

    def forget_types(self) -> None:
        """Ask again: an admin may have changed them."""
        self._types.clear()

    def changed(self, since: datetime | None) -> list[Row]:
        """Leads and Contacts touched since then, deleted ones too; None: all that are there."""
        if since is None:
            return self._rows("IsDeleted = false")
        return self._rows(f"SystemModstamp >= {since.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}")

    def by_id(self, record_ids: Mapping[str, Sequence[str]]) -> list[Row]:
        """Ids by object; deleted records too."""
        return [
            row
            for sobject, ids in record_ids.items()
            for some in batches(ids, _BATCH)
            for row in self._select(sobject, f"Id IN ({_quoted(some)})")
        ]

    def by_email(self, emails: Sequence[str]) -> list[Row]:
        """Live Contacts, and Leads that are not converted."""
        return [
            row
            for some in batches(emails, _BATCH)
            for row in self._rows(f"IsDeleted = false AND Email IN ({_quoted(some)})")
            if row.successor is None
        ]

    def update(self, sobject: str, changes: Mapping[str, Mapping[str, str]]) -> list[str]:
        """Texts by record id and field; what was refused, as sentences."""
        rows = [{"id": record_id, **self._typed(sobject, fields)} for record_id, fields in changes.items()]
        return [problem for _, problem in self._save("PATCH", sobject, rows) if problem]

    def create(self, sobject: str, rows: Sequence[Mapping[str, str]]) -> list[tuple[str, str]]:
        """(id, "") or ("", why not) for each. The org's assignment rules run: nothing says no."""
        return self._save("POST", sobject, [self._typed(sobject, fields) for fields in rows])

    def users(self) -> dict[str, str]:
        """E-mail (lower case) by id of every active user."""
        rows = self._query("SELECT Id, Email FROM User WHERE IsActive = true")
        return {row["Id"]: (row["Email"] or "").lower() for row in rows}

    def _typed(self, sobject: str, fields: Mapping[str, str]) -> dict[str, Any]:
        return {name: self._value(self.types(sobject).get(name, ""), text) for name, text in fields.items()}

    def _value(self, kind: str, text: str) -> Any:
        if text == "":
            return False if kind == "boolean" else None
        if kind == "boolean":
            return text == "true"
        if kind in _NUMBERS:
            try:
                return _NUMBERS[kind](text)
            except ValueError:
                return text
        return text

    def _save(self, method: str, sobject: str, rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
        outcome: list[tuple[str, str]] = []
        for some in batches(rows, _BATCH):
            records = [{"attributes": {"type": sobject}, **row} for row in some]
            asked = {"allOrNone": False, "records": records}
            for saved in self._http.call(method, f"{BASE}/composite/sobjects", json=asked):
                why = "; ".join(f"{error['statusCode']}: {error['message']}" for error in saved["errors"])
                outcome.append((saved.get("id") or "", why))
        return outcome

    def _rows(self, condition: str) -> list[Row]:
        return [row for sobject in OBJECTS for row in self._select(sobject, condition)]

    def _select(self, sobject: str, condition: str) -> Iterator[Row]:
        converted = ["ConvertedContactId"] if sobject == "Lead" else []
        names = [name for name in self._wanted if name in self.types(sobject)] + converted
        soql = f"SELECT {', '.join(names)} FROM {sobject} WHERE {condition} ORDER BY SystemModstamp, Id"
        return (Row(sobject, fields) for fields in self._query(soql))

    def _query(self, soql: str) -> Iterator[dict[str, Any]]:
        page = self._http.call("GET", f"{BASE}/queryAll", params={"q": soql})
        yield from page["records"]
        while not page["done"]:
            page = self._http.call("GET", page["nextRecordsUrl"])
            yield from page["records"]


def _quoted(texts: Iterable[str]) -> str:
    escaped = (text.replace("\\", "\\\\").replace("'", "\\'") for text in texts)
    return ", ".join(f"'{text}'" for text in escaped)
