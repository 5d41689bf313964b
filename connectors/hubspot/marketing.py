"""Form submissions and page views: optional sources of marketing activity [hubspot.md 9.3, 9.4]."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from connectors.hubspot.api import FORM_PAGE, LIST, Answer, Api, Json
from connectors.hubspot.people import CONTACTS
from connectors.hubspot.refusals import SYSTEM
from connectors.hubspot.values import instant, is_id, milliseconds, zulu
from syncd.core.errors import Unavailable
from syncd.core.keys import digest
from syncd.core.types import Activity, Cursor, Page, Ref

LATE = timedelta(hours=1)
"""Submissions and events can arrive late and out of order."""

HISTORY = timedelta(days=180)
"""How far back either is read at first."""

_MS = timedelta(milliseconds=1)


class Forms:
    def __init__(self, api: Api) -> None:
        self._api = api

    def pull(self, since: Cursor | None, now: datetime) -> Iterator[Page]:
        """Every form's submissions, newest first, down to its watermark; 1 + forms calls when little is new.

        Submissions name an e-mail and no contact. Cursor: {form id: newest submittedAt in ms}; a walk that breaks off
        starts its form again.
        """
        marks: dict[str, int] = {str(form): int(mark) for form, mark in (since or {}).items()}
        for form, name in list(self._forms()):
            floor = max(marks.get(form, 0) - LATE // _MS, milliseconds(now - HISTORY))
            newest, params = marks.get(form, 0), {"limit": str(FORM_PAGE)}
            while True:
                where = self._api.paths.submissions(form)
                answer = self._api.get(where, "GET /form-integrations/submissions", params)
                activities, moments = _submissions(form, name, answer.results, floor)
                newest = max(newest, *moments, 0)
                if not answer.after or min(moments, default=0) < floor:
                    break
                yield Page(dict(marks), answer.now, activities=activities)
                params["after"] = answer.after
            marks[form] = newest
            yield Page(dict(marks), answer.now, activities=activities)

    def _forms(self) -> Iterator[tuple[str, str]]:
        params = {"limit": str(FORM_PAGE)}
        while True:
            answer = self._api.get(self._api.paths.forms, "GET /marketing/forms", params)
            for row in answer.results:
                yield str(row["id"]), str(row.get("name") or "")
            if not answer.after:
                return
            params["after"] = answer.after


class PageViews:
    def __init__(self, api: Api) -> None:
        self._api = api

    def probe(self) -> None:
        """One call that raises Forbidden when the account or the token has no events."""
        self._page({"eventType": "e_visited_page", "objectType": "CONTACT", "limit": "1"})

    def pull(self, since: Cursor | None, now: datetime) -> Iterator[Page]:
        """Everybody's page views since the last pull, less an hour: ⌈views/100⌉ calls.

        Cursor: {"since"} at rest, in a walk also {"next", "walk"}.
        """
        cursor = {name: str(value) for name, value in (since or {}).items()}
        since_text = cursor.get("since", (now - HISTORY).isoformat())
        params = {
            "eventType": "e_visited_page",
            "objectType": "CONTACT",
            "occurredAfter": zulu(datetime.fromisoformat(since_text) - LATE),
            "limit": str(LIST),
        }
        if "walk" in cursor:
            params["after"] = cursor["walk"]
        while True:
            answer = self._page(params)
            following = cursor.setdefault("next", answer.now.isoformat())
            here = {"since": since_text, "next": following, "walk": answer.after}
            yield Page(here if answer.after else {"since": following}, answer.now, activities=_views(answer.results))
            if not answer.after:
                return
            params["after"] = answer.after

    def _page(self, params: dict[str, str]) -> Answer:
        return self._api.get(self._api.paths.events, "GET /events/event-occurrences", params)


def _submissions(form: str, name: str, rows: Sequence[Json], floor: int) -> tuple[list[Activity], list[int]]:
    """Submissions not older than `floor`, and the moments of all in ms. Unknown keys are ignored."""
    made: list[Activity] = []
    moments: list[int] = []
    try:
        for row in rows:
            moments.append(moment := int(row["submittedAt"]))
            values = {v["name"]: v.get("value") for v in row.get("values", ())}
            email, at = str(values.get("email") or "").strip().lower(), instant(str(moment))
            if moment < floor or not email or at is None:
                continue
            rid = str(row.get("conversionId") or f"{form}:{moment}:{digest(email)}")
            url = str(row.get("pageUrl") or "")
            made.append(Activity(Ref(SYSTEM, "form", rid), "form", at, email=email, title=name, url=url))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unavailable(SYSTEM, "A form submission has an unexpected shape.") from None
    return made, moments


def _views(rows: Sequence[Json]) -> list[Activity]:
    made: list[Activity] = []
    try:
        for row in rows:
            person, at = str(row["objectId"]), instant(row["occurredAt"])
            if not is_id(person) or at is None or row["objectType"] != "CONTACT":
                continue
            seen = row.get("properties") or {}
            made.append(
                Activity(
                    Ref(SYSTEM, "page_view", str(row["id"])),
                    "page_view",
                    at,
                    (Ref(SYSTEM, CONTACTS, person),),
                    title=seen.get("hs_page_title") or "",
                    url=seen.get("hs_url") or "",
                )
            )
    except (KeyError, TypeError, AttributeError):
        raise Unavailable(SYSTEM, "A page view has an unexpected shape.") from None
    return made
