"""The webhooks journal: subscriptions, entries, snapshots (§11.1) [S:webhooks-journal.2026-03]."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import Request

from connectors.loopback.hubspot.app import Api, View
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply, integer
from connectors.loopback.hubspot.errors import ApiError, bad_input, not_emulated, not_found_numeric, validation
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.journal.entries import Entry
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes.objects import check_sensitive, unseen

_DATE = "2026-03"  # the only date in the specifications
_SNAPSHOT = "journal_snapshot"
_MINUTE_MS = 60_000
# The scopes of the specification (§1.5), and what the guide calls them.
_DATA = ("webhooks-journal-data-access", "developer.webhooks_journal.read")
_READ = ("webhooks-journal-subscription-read", "developer.webhooks_journal.subscriptions.read")
_MANAGE = ("webhooks-journal-subscription-management", "developer.webhooks_journal.subscriptions.write")
_SNAPSHOTS = ("webhooks-journal-snapshot-management", "developer.webhooks_journal.snapshots.write")


def register(api: Api) -> None:
    subscriptions, journal = SubscriptionViews(api.portal), JournalViews(api.portal)
    base = f"/webhooks-journal/subscriptions/{_DATE}"
    routes: list[tuple[str, str, View]] = [
        ("GET", base, subscriptions.page),
        ("POST", base, subscriptions.put),
        ("GET", f"{base}/<journal_subscription_id>", subscriptions.get),
        ("DELETE", f"{base}/<journal_subscription_id>", subscriptions.remove),
        ("DELETE", f"{base}/portals/<portal_id>", subscriptions.remove_all),
        ("POST", f"{base}/filters", subscriptions.filters),
        ("POST", f"/webhooks-journal/snapshots/{_DATE}/crm", journal.snapshots),
    ]
    # The journal of all accounts and that of one are the same where there is one account.
    for kind in ("journal", "journal-local"):
        one = f"/webhooks-journal/{kind}/{_DATE}"
        routes += [
            ("GET", f"{one}/earliest", journal.earliest),
            ("GET", f"{one}/latest", journal.latest),
            ("GET", f"{one}/offset/<offset>/next", journal.next),
            ("GET", f"{one}/batch/earliest/<count>", journal.earliest_batch),
            ("GET", f"{one}/batch/latest/<count>", journal.latest_batch),
            ("GET", f"{one}/batch/<offset>/next/<count>", journal.next_batch),
            ("POST", f"{one}/batch/read", journal.read),
            ("GET", f"{one}/status/<status_id>", journal.status),
        ]
    for method, path, view in routes:
        api.route(method, [path], view, family="journal")
    api.open_route("GET", ["/webhooks-journal-files/<offset>"], journal.file)


class SubscriptionViews:
    """An app sees and changes its own."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._store = portal.journal_subscriptions

    def page(self, call: Call) -> Reply:
        call.caller.require(_READ)
        found = self._store.of(call.caller.grant.app_id)
        return Reply({"results": [self._store.wire(one) for one in found]}, rows=len(found))

    def put(self, call: Call) -> Reply:
        """200; who subscribes to records must be allowed to read them [D:webhooks-journal]."""
        call.caller.require(_MANAGE)
        body, grant = call.object(), call.caller.grant
        kind = self._store.kind(body)
        call.caller.require(kind.reads)
        subscription = self._store.put(grant.app_id, grant.user_id, body, call.now)
        check_sensitive(self._portal, call, kind, subscription.properties, "read")
        return Reply(self._store.wire(subscription))

    def get(self, call: Call, journal_subscription_id: str) -> Reply:
        call.caller.require(_READ)
        return Reply(self._store.wire(self._store.get(call.caller.grant.app_id, journal_subscription_id)))

    def remove(self, call: Call, journal_subscription_id: str) -> Reply:
        call.caller.require(_MANAGE)
        self._store.remove(self._store.get(call.caller.grant.app_id, journal_subscription_id))
        return NO_CONTENT

    def remove_all(self, call: Call, portal_id: str) -> Reply:
        call.caller.require(_MANAGE)
        if integer(portal_id) == self._portal.settings.portal_id:
            for found in self._store.of(call.caller.grant.app_id):
                self._store.remove(found)
        return NO_CONTENT

    def filters(self, call: Call) -> Reply:
        call.caller.require(_MANAGE)
        raise not_emulated("filters of journal subscriptions: how their conditions combine is not documented")


class JournalViews:
    """A view gives where the events are: a URL that works for a while, without a token."""

    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._rules = portal.settings.journal
        self._entries = portal.journal_entries

    def earliest(self, call: Call) -> Reply:
        return self._one(call, self._entries.earliest(self._app(call), 1, call.now))

    def latest(self, call: Call) -> Reply:
        return self._one(call, self._entries.latest(self._app(call), 1, call.now))

    def next(self, call: Call, offset: str) -> Reply:
        return self._one(call, self._after(call, offset, 1))

    def earliest_batch(self, call: Call, count: str) -> Reply:
        return self._several(call, self._entries.earliest(self._app(call), _count(count), call.now))

    def latest_batch(self, call: Call, count: str) -> Reply:
        return self._several(call, self._entries.latest(self._app(call), _count(count), call.now))

    def next_batch(self, call: Call, offset: str, count: str) -> Reply:
        return self._several(call, self._after(call, offset, _count(count)))

    def read(self, call: Call) -> Reply:
        """``{"inputs": [offset, …]}``; 207 when some are unknown."""
        app_id, body = self._app(call), call.json()
        offsets = body.get("inputs") if isinstance(body, dict) else None
        if not isinstance(offsets, list):
            raise bad_input("Cannot deserialize value of type `java.util.ArrayList` for inputs")
        found = {str(offset): self._entries.find(app_id, str(offset), call.now) for offset in offsets}
        missing = [offset for offset, entry in found.items() if entry is None]
        return self._several(call, [entry for entry in found.values() if entry is not None], missing)

    def snapshots(self, call: Call) -> Reply:
        """A record's values as an event in the journal; ready at once, or failed for a record that is not there."""
        call.caller.require(_SNAPSHOTS)
        requests = call.object().get("snapshotRequests")
        if not isinstance(requests, list) or not all(isinstance(one, dict) for one in requests):
            raise bad_input("Cannot deserialize value of type `java.util.ArrayList` for snapshotRequests")
        return Reply({"snapshotResponses": [self._snapshot(call, one) for one in requests]}, rows=len(requests))

    def _snapshot(self, call: Call, wanted: dict[str, Any]) -> dict[str, Any]:
        kind = self._portal.kinds.resolve(str(wanted.get("objectTypeId")))
        call.caller.require(kind.reads)
        names = wanted.get("properties") or []
        check_sensitive(self._portal, call, kind, names, "read")
        status: dict[str, Any] = {"id": self._portal.new_id(), "initiatedAt": call.now, "completedAt": call.now}
        app_id = call.caller.grant.app_id
        try:
            record = self._portal.resolver.record(kind, str(wanted.get("objectId")))
            shown = [name for name in names if name not in unseen(self._portal, call, kind)]
            self._portal.journal.snapshot(app_id, kind.name, record, shown, call.now)
            status |= {"status": "SUCCESS"}
        except ApiError as error:
            status |= {"status": "FAILED", "errorCode": "VALIDATION_ERROR", "message": error.message}
        self._portal.documents.put(_SNAPSHOT, status["id"], {**status, "app": app_id})
        named = {key: wanted.get(key) for key in ("portalId", "objectId", "objectTypeId")}
        return {**named, "snapshotStatusId": status["id"]}

    def status(self, call: Call, status_id: str) -> Reply:
        call.caller.require(_SNAPSHOTS)
        stored = self._portal.documents.get(_SNAPSHOT, status_id)
        if stored is None or stored.pop("app") != call.caller.grant.app_id:
            raise not_found_numeric()
        return Reply(stored)

    def file(self, request: Request, now: int, offset: str) -> Reply:
        """The events themselves. The storage behind the URL is not HubSpot's and says 403 once it is over."""
        content = self._entries.file(offset)
        if content is None or now >= integer(request.args.get("expires", "0")):
            raise ApiError(403, "Request has expired")
        return Reply(content, rows=len(content["journalEvents"]))

    def _app(self, call: Call) -> int:
        """Whose journal it is, after everything that happened was put into it."""
        call.caller.require(_DATA)
        app_id = call.caller.grant.app_id
        self._entries.publish(app_id, call.now)
        return app_id

    def _after(self, call: Call, offset: str, count: int) -> list[Entry]:
        app_id = self._app(call)
        entry = self._entries.find(app_id, offset, call.now)
        if entry is None:
            raise not_found_numeric()
        return self._entries.after(entry, app_id, count, call.now)

    def _one(self, call: Call, entries: Sequence[Entry]) -> Reply:
        shown = self._here(call, entries)
        if shown:
            return Reply(self._wire(call, shown[0]), rows=1)
        if self._rules.without_entries == 404:
            raise not_found_numeric()
        return NO_CONTENT

    def _several(self, call: Call, entries: Sequence[Entry], missing: Sequence[str] = ()) -> Reply:
        """In the order of the journal, unlike batches of records."""
        shown = self._here(call, entries)
        body: dict[str, Any] = {
            "completedAt": instant(call.now),
            "results": [self._wire(call, entry) for entry in shown],
            "startedAt": instant(call.now),
            "status": "COMPLETE",
        }
        if missing:
            error = ApiError(404, "No journal entry has this offset", "OBJECT_NOT_FOUND", context={"ids": missing})
            body |= {"errors": [error.entry()], "numErrors": 1}
        return Reply(body, 207 if missing else 200, rows=len(shown))

    def _here(self, call: Call, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Nothing for another portal than this one."""
        asked = call.text("installPortalId")
        return entries if asked is None or integer(asked) == self._portal.settings.portal_id else []

    def _wire(self, call: Call, entry: Entry) -> dict[str, Any]:
        expires = call.now + self._rules.url_minutes * _MINUTE_MS
        url = f"{call.request.host_url}webhooks-journal-files/{entry.offset}?expires={expires}"
        return {"url": url, "expiresAt": instant(expires), "currentOffset": entry.offset}


def _count(text: str) -> int:
    count = integer(text)
    if count < 1:
        raise validation(f"count must be at least 1, it was {count}")
    return count
