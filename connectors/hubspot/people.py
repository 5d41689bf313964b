"""Contacts as Records, and the marketing activity that stands on the contact itself."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from connectors.hubspot.api import LIST, Answer, Api, Json
from connectors.hubspot.keyset import changed
from connectors.hubspot.refusals import SYSTEM
from connectors.hubspot.values import instant
from syncd.core.errors import Unavailable
from syncd.core.rules import KindMap
from syncd.core.types import Activity, Cursor, Page, Record, Ref, State

CONTACTS = "contacts"
MERGED = "hs_merged_object_ids"

ENGAGED = frozenset({"notes_last_updated", "num_notes", "notes_last_contacted"})
CONVERTED = frozenset({"num_conversion_events", "recent_conversion_date"})
VIEWED = frozenset({"hs_analytics_num_page_views", "hs_analytics_last_timestamp"})
"""Properties that move when there is an engagement, a form submission, a page view [hubspot.md 8]."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """An activity that is known from the contact's own properties [hubspot.md 9.1]: its kind, and which property
    says when, what, and where."""

    kind: str
    at: str
    title: str = ""
    url: str = ""


OPENED = Baseline("email_open", "hs_email_last_open_date", "hs_email_last_email_name")
CLICKED = Baseline("email_click", "hs_email_last_click_date", "hs_email_last_email_name")
SUBMITTED = Baseline("form", "recent_conversion_date", "recent_conversion_event_name")
SAW = Baseline("page_view", "hs_analytics_last_timestamp", url="hs_analytics_last_url")


class People:
    """Pulls contacts. `baseline` may change between pulls, when an optional stream turns out not to be allowed."""

    def __init__(self, api: Api, kind: KindMap, baseline: Sequence[Baseline]) -> None:
        self._api, self._kind = api, kind
        self._key = "" if kind.key == "hs_object_id" else kind.key
        self.baseline = tuple(baseline)
        self.properties = wanted(kind)

    def pull(self, since: Cursor | None) -> Iterator[Page]:
        """All contacts first, by list; from then on what changed, by search.

        Cursors: {"since", "walk"} in the first walk; {"since"} at rest; {"since", "next", "last"} in a search.
        `since` is always the server's clock at the first answer of a pull.
        """
        cursor = dict(since or {})
        if "since" in cursor and "walk" not in cursor:
            yield from self._changes(cursor)
        else:
            yield from self._walk(cursor)

    def archived(self, since: Cursor | None) -> Iterator[Page]:
        """Every archived contact of the last 90 days; cursor {"walk"} in the walk."""
        after = str((since or {}).get("walk", ""))
        while True:
            answer = self._list(after, archived=True)
            after = answer.after
            cursor = {"walk": after} if after else {}
            yield self.page(answer.results, cursor, answer.now, State.ARCHIVED)
            if not after:
                return

    def page(self, rows: Sequence[Json], cursor: Cursor, now: datetime, state: State = State.LIVE) -> Page:
        """Contacts as they are on the wire to a Page. This is the hot path: one Record a contact, its `fields` the
        parsed properties themselves."""
        people: list[Record] = []
        activities: list[Activity] = []
        try:
            for row in rows:
                people.append(record := self.record(row, state))
                if state is State.LIVE:
                    activities += self._on_contact(record.ref, row["properties"])
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Unavailable(SYSTEM, "A contact has an unexpected shape.") from None
        return Page(cursor, now, people, activities)

    def record(self, row: Json, state: State = State.LIVE) -> Record:
        properties = row["properties"]
        rid = row["id"]
        moved = row["updatedAt"] if state is State.LIVE else row.get("archivedAt") or row["updatedAt"]
        merged = properties.get(MERGED)
        return Record(
            Ref(SYSTEM, CONTACTS, rid),
            properties,
            datetime.fromisoformat(moved),
            state,
            None,
            tuple(Ref(SYSTEM, CONTACTS, old) for old in merged.split(";") if old and old != rid) if merged else (),
            properties.get(self._key) if self._key else None,
        )

    def _on_contact(self, ref: Ref, properties: Json) -> Iterator[Activity]:
        for rule in self.baseline:
            text = properties.get(rule.at)
            if text and (at := instant(text)) is not None:
                yield Activity(
                    Ref(SYSTEM, rule.kind, f"{ref.id}:{rule.kind}:{text}"),
                    rule.kind,
                    at,
                    (ref,),
                    title=properties.get(rule.title) or "",
                    url=properties.get(rule.url) or "",
                )

    def _walk(self, cursor: dict[str, str]) -> Iterator[Page]:
        after = cursor.get("walk", "")
        while True:
            answer = self._list(after)
            since = cursor.setdefault("since", answer.now.isoformat())
            after = answer.after
            here = {"since": since, "walk": after} if after else {"since": since}
            yield self.page(answer.results, here, answer.now)
            if not after:
                return

    def _changes(self, cursor: dict[str, str]) -> Iterator[Page]:
        since = datetime.fromisoformat(cursor["since"])
        for found in changed(
            self._api,
            CONTACTS,
            "lastmodifieddate",
            since,
            self.properties,
            cursor.get("last", ""),
        ):
            following = cursor.setdefault("next", found.now.isoformat())
            here = (
                {"since": cursor["since"], "next": following, "last": found.last}
                if found.more
                else {"since": following}
            )
            yield self.page(found.rows, here, found.now)

    def _list(self, after: str, *, archived: bool = False) -> Answer:
        params = {"limit": str(LIST), "properties": ",".join(self.properties)}
        if archived:
            params["archived"] = "true"
        if after:
            params["after"] = after
        return self._api.list(CONTACTS, params)


def wanted(kind: KindMap) -> tuple[str, ...]:
    """The contact properties that the mapping reads, that move the streams, and that activities stand on."""
    names = {f.remote for f in kind.fields.values() if f.direction in ("in", "both")}
    names |= {f.remote for f in kind.feedback.values()}
    names |= {kind.key, kind.status, kind.reason, kind.not_before, kind.disposition, kind.stage}
    names |= set(kind.stamp.values())
    names |= ENGAGED | CONVERTED | VIEWED | {MERGED}
    for rule in (OPENED, CLICKED, SUBMITTED, SAW):
        names |= {rule.at, rule.title, rule.url}
    return tuple(sorted(names - {"", "hs_object_id", "lastmodifieddate"}))
