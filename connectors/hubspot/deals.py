"""Deals as Opportunities, for HubSpot as the CRM [hubspot.md 10.5]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation

from connectors.hubspot.api import LINKS, LIST, Api, Json
from connectors.hubspot.keyset import changed
from connectors.hubspot.people import CONTACTS
from connectors.hubspot.refusals import SYSTEM
from connectors.hubspot.values import instant
from syncd.core.chunks import chunks
from syncd.core.errors import Unavailable
from syncd.core.rules import SystemMap
from syncd.core.types import Cursor, Opportunity, Page, Ref

DEALS = "deals"
PROPERTIES = (
    "amount",
    "closedate",
    "deal_currency_code",
    "dealname",
    "dealstage",
    "hs_is_closed",
    "hs_is_closed_won",
)


class Deals:
    """`zone` and `currency` are the account's: a close date is a day there, an amount without currency is in it."""

    def __init__(self, api: Api, map: SystemMap) -> None:
        self._api, self._map = api, map
        self.zone: tzinfo = UTC
        self.currency = ""

    def pull(self, since: Cursor | None) -> Iterator[Page]:
        """All deals first, by list with their contacts; then what changed, by search, and its contacts by ⌈n/1,000⌉
        association calls. Cursors as for contacts."""
        cursor = {name: str(value) for name, value in (since or {}).items()}
        if "since" in cursor and "walk" not in cursor:
            yield from self._changes(cursor)
        else:
            yield from self._walk(cursor)

    def _walk(self, cursor: dict[str, str]) -> Iterator[Page]:
        params = {"limit": str(LIST), "properties": ",".join(PROPERTIES), "associations": CONTACTS}
        if "walk" in cursor:
            params["after"] = cursor["walk"]
        while True:
            answer = self._api.list(DEALS, params)
            since = cursor.setdefault("since", answer.now.isoformat())
            here = {"since": since, "walk": answer.after} if answer.after else {"since": since}
            people = {str(row["id"]): _inline(row) for row in answer.results}
            yield Page(here, answer.now, opportunities=self._deals(answer.results, people))
            if not answer.after:
                return
            params["after"] = answer.after

    def _changes(self, cursor: dict[str, str]) -> Iterator[Page]:
        since = datetime.fromisoformat(cursor["since"])
        last = cursor.get("last", "")
        for found in changed(self._api, DEALS, "hs_lastmodifieddate", since, PROPERTIES, last):
            following = cursor.setdefault("next", found.now.isoformat())
            resume = {"since": cursor["since"], "next": following, "last": found.last}
            people: dict[str, list[str]] = {}
            for some in chunks([str(row["id"]) for row in found.rows], LINKS):
                for deal, person in self._api.associated(DEALS, CONTACTS, some):
                    people.setdefault(deal, []).append(person)
            here = resume if found.more else {"since": following}
            yield Page(here, found.now, opportunities=self._deals(found.rows, people))

    def _deals(self, rows: Sequence[Json], people: Mapping[str, Sequence[str]]) -> list[Opportunity]:
        try:
            return [self._deal(row, people.get(str(row["id"]), ())) for row in rows]
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Unavailable(SYSTEM, "A deal has an unexpected shape.") from None

    def _deal(self, row: Json, people: Sequence[str]) -> Opportunity:
        properties = row["properties"]
        close = instant(properties.get("closedate"))
        return Opportunity(
            ref=Ref(SYSTEM, DEALS, row["id"]),
            name=properties.get("dealname") or "",
            stage=properties.get("dealstage") or "",
            status=self._status(properties),
            modified=datetime.fromisoformat(row["updatedAt"]),
            amount=_amount(properties.get("amount")),
            currency=properties.get("deal_currency_code") or self.currency,
            close=close.astimezone(self.zone).date() if close else None,
            people=tuple(Ref(SYSTEM, CONTACTS, rid) for rid in dict.fromkeys(people)),
            link="deal" if people else "",
        )

    def _status(self, properties: Mapping[str, str | None]) -> str:
        """The mapping knows the stages of this account; HubSpot's own flags know those it does not name."""
        stage = properties.get("dealstage") or ""
        if stage in self._map.won:
            return "won"
        if stage in self._map.lost:
            return "lost"
        if properties.get("hs_is_closed_won") == "true":
            return "won"
        return "lost" if properties.get("hs_is_closed") == "true" else "open"


def _inline(row: Json) -> list[str]:
    links = row.get("associations", {}).get(CONTACTS, {}).get("results", ())
    return [str(link["id"]) for link in links]


def _amount(text: str | None) -> Decimal | None:
    """Amounts keep odd forms on the wire ("5000.00", 50 decimals) [hubspot.md 3.1]."""
    try:
        return Decimal(text) if text else None
    except InvalidOperation:
        return None
