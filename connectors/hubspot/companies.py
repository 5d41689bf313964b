"""Companies as accounts, for HubSpot as the CRM [hubspot.md 4.8, 10]."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from connectors.hubspot.api import LIST, Api, Json
from connectors.hubspot.keyset import changed
from connectors.hubspot.people import MERGED
from connectors.hubspot.refusals import SYSTEM
from syncd.core.account_map import AccountMap
from syncd.core.errors import Unavailable
from syncd.core.standing import site_of
from syncd.core.types import CrmAccount, Cursor, Page, Ref

COMPANIES = "companies"


class Companies:
    def __init__(self, api: Api, account: AccountMap) -> None:
        self._api, self._map = api, account
        self._properties = (*account.fields, MERGED)

    def pull(self, since: Cursor | None) -> Iterator[Page]:
        """All companies first, by list; then what changed, by search. Cursors as for contacts."""
        cursor = {name: str(value) for name, value in (since or {}).items()}
        if "since" in cursor and "walk" not in cursor:
            yield from self._changes(cursor)
        else:
            yield from self._walk(cursor)

    def archived(self, since: Cursor | None) -> Iterator[Page]:
        """Every archived company of the last 90 days; cursor {"walk"} in the walk."""
        params = self._params(str((since or {}).get("walk", ""))) | {"archived": "true"}
        while True:
            answer = self._api.list(COMPANIES, params)
            cursor = {"walk": answer.after} if answer.after else {}
            yield Page(cursor, answer.now, accounts=self._accounts(answer.results, deleted=True))
            if not answer.after:
                return
            params["after"] = answer.after

    def _walk(self, cursor: dict[str, str]) -> Iterator[Page]:
        params = self._params(cursor.get("walk", ""))
        while True:
            answer = self._api.list(COMPANIES, params)
            since = cursor.setdefault("since", answer.now.isoformat())
            here = {"since": since, "walk": answer.after} if answer.after else {"since": since}
            yield Page(here, answer.now, accounts=self._accounts(answer.results))
            if not answer.after:
                return
            params["after"] = answer.after

    def _changes(self, cursor: dict[str, str]) -> Iterator[Page]:
        since, last = datetime.fromisoformat(cursor["since"]), cursor.get("last", "")
        for found in changed(self._api, COMPANIES, "hs_lastmodifieddate", since, self._properties, last):
            following = cursor.setdefault("next", found.now.isoformat())
            resume = {"since": cursor["since"], "next": following, "last": found.last}
            here = resume if found.more else {"since": following}
            yield Page(here, found.now, accounts=self._accounts(found.rows))

    def _params(self, after: str) -> dict[str, str]:
        params = {"limit": str(LIST), "properties": ",".join(self._properties)}
        return params | {"after": after} if after else params

    def _accounts(self, rows: Sequence[Json], *, deleted: bool = False) -> list[CrmAccount]:
        try:
            return [self._account(row, deleted=deleted) for row in rows]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Unavailable(SYSTEM, "A company has an unexpected shape.") from None

    def _account(self, row: Json, *, deleted: bool) -> CrmAccount:
        properties, rid, fields = row["properties"], str(row["id"]), self._map
        stamp = row.get("archivedAt") or row["updatedAt"] if deleted else row["updatedAt"]
        merged = properties.get(MERGED) or ""
        return CrmAccount(
            ref=Ref(SYSTEM, COMPANIES, rid),
            name=properties.get(fields.name) or "",
            domain=site_of(properties.get(fields.website) or ""),
            owner=properties.get(fields.owner) or "",
            modified=datetime.fromisoformat(stamp),
            customer=bool(fields.customer) and properties.get(fields.customer) in fields.customers,
            deleted=deleted,
            aliases=tuple(Ref(SYSTEM, COMPANIES, old) for old in merged.split(";") if old and old != rid),
            parent=properties.get(fields.parent) or "",
        )
