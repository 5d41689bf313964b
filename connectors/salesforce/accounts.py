"""Accounts: their query, and the bell that says whether it is worth asking.

A composite holds at most five queries, and people, tasks, opportunities and users are five. It holds 25 subrequests,
though, and `/updated` and `/deleted` are no queries: they ride along, and accounts are asked for when one of them
names somebody, or does not answer, as after a long rest: they know 30 and 15 days. Both know whole minutes only, and say how
far they have seen (`latestDateCovered`). [salesforce.md 5, 7]
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from connectors.salesforce import rows
from connectors.salesforce.client import Answer, Sub
from syncd.core.account_map import AccountMap
from syncd.core.standing import site_of
from syncd.core.types import CrmAccount, Ref

_LISTS = {"updated": "ids", "deleted": "deletedRecords"}


@dataclass(frozen=True, slots=True)
class Bell:
    """Did an account change between two moments?"""

    sobject: str
    since: datetime
    until: datetime

    @property
    def subs(self) -> list[Sub]:
        span = f"start={quote(self.since.isoformat())}&end={quote(self.until.isoformat())}"
        return [Sub(what, f"sobjects/{self.sobject}/{what}/?{span}") for what in _LISTS]

    def covered(self, answers: Mapping[str, Answer]) -> datetime | None:
        """Until when surely nothing changed; None when something did, or when that cannot be known."""
        found = [(answers[what], name) for what, name in _LISTS.items()]
        if any(not answer.ok or answer.body[name] for answer, name in found):
            return None
        return min(rows.instant(answer.body["latestDateCovered"]) for answer, _ in found)


def account(system: str, row: rows.Row, fields: AccountMap) -> CrmAccount:
    master = row.get("MasterRecordId") if row.get("IsDeleted") else None
    return CrmAccount(
        ref=Ref(system, fields.kind, row["Id"]),
        name=str(rows.dig(row, fields.name) or ""),
        domain=site_of(str(rows.dig(row, fields.website) or "")),
        owner=str(rows.dig(row, fields.owner) or ""),
        modified=rows.instant(row["LastModifiedDate"]),
        customer=bool(fields.customer) and rows.dig(row, fields.customer) in fields.customers,
        deleted=bool(row.get("IsDeleted")),
        successor=Ref(system, fields.kind, master) if master else None,
        parent=str(rows.dig(row, fields.parent) or "") if fields.parent else "",
    )
