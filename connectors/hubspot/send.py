"""`send`: one remote batch of writes, one receipt an action [hubspot.md 5, 6, 7].

HubSpot shuffles results, so they are matched by id, by our key, or by trace; it refuses a whole batch for one bad
row, so such a batch is split until the bad row stands alone; it says 200 to a lifecycle stage that it did not set, so
the echo is compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, tzinfo
from typing import Any

from connectors.hubspot import lists
from connectors.hubspot.activities import KEY, SHAPES, object_of, properties_of
from connectors.hubspot.api import BATCH, LINKS, Answer, Api, Json
from connectors.hubspot.links import link, person_kind
from connectors.hubspot.lookup import Lookup
from connectors.hubspot.people import CONTACTS
from connectors.hubspot.receipts import (
    already,
    done,
    gone,
    not_an_id,
    not_sent,
    rejected,
    unclear,
    undelivered,
    unkeyed,
    unset,
)
from connectors.hubspot.refusals import SYSTEM, Refusal, of_entry
from connectors.hubspot.splitting import MISSING, Post, Row, bisect
from connectors.hubspot.values import instant, is_id, wire
from connectors.transport import Purpose
from syncd.core.errors import RemoteError
from syncd.core.lists import LISTS
from syncd.core.types import Action, Raw, Receipt, Ref, State, Token, Verb


class Sender:
    def __init__(self, api: Api, lookup: Lookup, stage: str) -> None:
        """`stage` is the lifecycle property, which HubSpot may silently refuse to move back."""
        self._api, self._lookup, self._stage = api, lookup, stage
        self._lists = lists.Lists(api)
        self.zone: tzinfo = UTC

    # ------------------------------------------------------------ what travels together
    def batch(self, action: Action) -> tuple[str, int]:
        kind = _concrete(action).target.kind
        if kind == LISTS:
            return lists.group(action), lists.MEMBERS
        if action.verb is Verb.LINK:
            return f"link {kind} {person_kind(action)}", LINKS
        if action.swallowed:
            return f"{action.verb} {kind} stage", 1
        return f"{action.verb} {kind}", BATCH

    def send(self, actions: Sequence[Action]) -> list[Receipt]:
        """Receipts in the order of the actions. Two actions on one record go in two calls, in this order: HubSpot
        refuses a batch that names an id twice."""
        purpose = Purpose.HANDOFF if any(a.urgent for a in actions) else Purpose.FEEDBACK
        receipts: dict[str, Receipt] = {}
        for position, wave in enumerate(_waves([_concrete(action) for action in actions])):
            try:
                receipts |= self._wave(wave, purpose)
            except RemoteError as error:
                if position == 0:
                    raise
                receipts |= undelivered(wave, error)
        return [receipts[action.key] for action in actions]

    def _wave(self, actions: Sequence[Action], purpose: Purpose) -> dict[str, Receipt]:
        receipts: dict[str, Receipt] = {}
        sendable: list[Action] = []
        for action in actions:
            refusal = self._unsendable(action)
            if refusal is None:
                sendable.append(action)
            else:
                receipts[action.key] = refusal
        if not sendable:
            return receipts
        first = sendable[0]
        if first.target.kind == LISTS:
            return receipts | self._lists.send(sendable, purpose)
        if first.verb is Verb.LINK:
            return receipts | link(self._api, sendable, purpose)
        kind = first.target.kind
        rows = [self._row(action) for action in sendable]
        return receipts | bisect(rows, self._post(kind, first.verb, purpose), self._refused)

    def _unsendable(self, action: Action) -> Receipt | None:
        """Rows that must not travel: an id that is none, or a create that could happen twice."""
        kind = action.target.kind
        if kind == LISTS:
            return None if is_id(str(action.fields.get("person", ""))) else not_an_id(action)
        if action.verb is Verb.LINK:
            ids = (str(action.fields.get("from", "")), str(action.fields.get("person", "")))
            return None if all(map(is_id, ids)) else not_an_id(action)
        if action.verb is Verb.UPDATE and not is_id(action.target.id):
            return not_an_id(action)
        if action.verb is Verb.CREATE and kind in SHAPES and kind not in self._lookup.keyed:
            return None if self._lookup.whose is not None else unkeyed(action)
        return None

    # ------------------------------------------------------------ rows
    def _row(self, action: Action) -> Row:
        kind = action.target.kind
        create = action.verb is Verb.CREATE
        if kind in SHAPES:
            properties = properties_of(kind, action.fields, self.zone, create=create)
        else:
            properties = {name: wire(value) for name, value in action.fields.items()}
        body: Json = {"properties": properties, "objectWriteTraceId": action.key}
        if not create:
            return Row(action, {"id": action.target.id, **body})
        if kind not in SHAPES:
            return Row(action, body)
        if kind in self._lookup.keyed:
            properties[KEY] = action.key
            return Row(action, {"id": action.key, "idProperty": KEY, **body})
        marked = SHAPES[kind].body
        gap = "<br><br>" if SHAPES[kind].html else "\n\n"
        properties[marked] = f"{properties.get(marked, '')}{gap}[{action.key}]"
        if person := action.fields.get("person"):
            link = {
                "associationCategory": "HUBSPOT_DEFINED",
                "associationTypeId": SHAPES[kind].contact,
            }
            body["associations"] = [{"to": {"id": str(person)}, "types": [link]}]
        return Row(action, body)

    def _post(self, kind: str, verb: Verb, purpose: Purpose) -> Post:
        endpoint = "update" if verb is Verb.UPDATE else "create"
        if verb is Verb.CREATE and kind in SHAPES and kind in self._lookup.keyed:
            endpoint = "upsert"

        def post(rows: Sequence[Row]) -> dict[str, Receipt]:
            body = {"inputs": [row.body for row in rows]}
            answer = self._api.batch(kind, endpoint, body, purpose)
            return self._receipts(kind, endpoint, rows, answer)

        return post

    # ------------------------------------------------------------ answers
    def _receipts(self, kind: str, endpoint: str, rows: Sequence[Row], answer: Answer) -> dict[str, Receipt]:
        """Every row finds its result or its error; who finds neither is read back, or is unclear."""
        receipts: dict[str, Receipt] = {}
        open_rows = {_mark(endpoint, row): row for row in rows}
        for result in answer.written:
            row = open_rows.pop(_mark_of(endpoint, result, open_rows), None)
            if row is not None:
                receipts[row.action.key] = self._landed(kind, row, result)
        lost: list[Row] = []
        for refusal in map(of_entry, answer.errors):
            for mark in [mark for mark, row in open_rows.items() if _concerns(refusal, row)]:
                row = open_rows.pop(mark)
                if refusal.category == MISSING:
                    lost.append(row)
                else:
                    receipts[row.action.key] = self._refused(row, refusal)
        return receipts | self._vanished(lost) | self._read_back(endpoint, [*open_rows.values()])

    def _landed(self, kind: str, row: Row, result: Json) -> Receipt:
        """`values` are what the echo says, and what was sent where the echo, a subset, is silent."""
        ref = Ref(SYSTEM, kind, str(result["id"]))
        echo = result.get("properties") or {}
        values = {name: echo.get(name, sent) for name, sent in row.properties.items()}
        if self._stage_refused(row, values):
            return unset(row.action, ref, self._stage, values)
        if row.action.verb is Verb.CREATE and result.get("new") is False:
            return already(row.action, ref, values)
        return done(row.action, ref, values, instant(result.get("updatedAt")))

    def _stage_refused(self, row: Row, values: Mapping[str, Raw]) -> bool:
        intended = row.properties.get(self._stage)
        return bool(intended) and values[self._stage] != intended

    def _refused(self, row: Row, refusal: Refusal) -> Receipt:
        """One row that was refused for what it is."""
        if row.action.verb is Verb.CREATE and (refusal.category == "CONFLICT" or refusal.status == 409):
            return self._conflicted(row, refusal)
        if refusal.category == MISSING:
            return self._vanished([row])[row.action.key]
        return rejected(row.action, refusal)

    def _conflicted(self, row: Row, refusal: Refusal) -> Receipt:
        """A create whose unique value is taken: by our own key (a late twin of this request) or by the same address it
        is there already; else nobody knows why."""
        kind, action = row.action.target.kind, row.action
        if is_id(refusal.existing):
            return already(action, Ref(SYSTEM, kind, refusal.existing), {})
        token = Token(kind, action.key) if kind in SHAPES else Token("email", row.properties.get("email", ""))
        try:
            found = self._lookup.find([token])[token]
        except RemoteError:
            return not_sent(action)
        return already(action, found[0], {}) if len(found) == 1 else rejected(action, refusal)

    def _vanished(self, rows: Sequence[Row]) -> dict[str, Receipt]:
        """What became of records that could not be written. Nothing was; if nobody can say, later."""
        try:
            records = self._lookup.read([row.action.target for row in rows], ())
        except RemoteError:
            return {row.action.key: not_sent(row.action) for row in rows}
        return {row.action.key: gone(row.action, records.get(row.action.target)) for row in rows}

    def _read_back(self, endpoint: str, rows: Sequence[Row]) -> dict[str, Receipt]:
        """Rows that the answer is silent about: a contact that was merged answers under its new id."""
        contacts = [row for row in rows if row.action.target.kind == CONTACTS]
        receipts = {row.action.key: unclear(row.action) for row in rows}
        if endpoint != "update" or not contacts:
            return receipts
        names = sorted({name for row in contacts for name in row.properties})
        try:
            records = self._lookup.read([row.action.target for row in contacts], names)
        except RemoteError:
            return receipts
        for row in contacts:
            record = records.get(row.action.target)
            if record is None or record.state is State.ARCHIVED:
                receipts[row.action.key] = gone(row.action, record)
            elif all((record.fields[n] or "") == sent for n, sent in row.properties.items()):
                heir = record.successor or record.ref
                receipts[row.action.key] = done(row.action, heir, dict(record.fields))
        return receipts


# ---------------------------------------------------------------- matching
def _mark(endpoint: str, row: Row) -> str:
    """By what a row will know its result: its record's id, our key, or (plain creates) our trace."""
    return row.action.target.id if endpoint == "update" else row.action.key


def _mark_of(endpoint: str, result: Json, rows: Mapping[str, Row]) -> str:
    """The mark of a result. A create's result names nothing of ours but what we sent with it."""
    echo = result.get("properties") or {}
    match endpoint:
        case "update":
            return str(result.get("id", ""))
        case "upsert":
            return str(echo.get(KEY) or "")
        case _:
            alike = [m for m, row in rows.items() if _echoes(row, echo)]
            return alike[0] if alike else ""


def _echoes(row: Row, echo: Mapping[str, Any]) -> bool:
    """Whether this echo is of this row: its identifying property came back."""
    if row.action.target.kind in SHAPES:
        return row.action.key in str(echo.get(SHAPES[row.action.target.kind].body) or "")
    sent = row.properties.get("email", "")
    return bool(sent) and str(echo.get("email") or "").lower() == sent.strip().lower()


def _concerns(refusal: Refusal, row: Row) -> bool:
    """Whether an error entry of a 207 is about this row."""
    if row.action.key in refusal.traces:
        return True
    return bool(row.action.target.id) and row.action.target.id in refusal.ids


def _concrete(action: Action) -> Action:
    """The action with the HubSpot object that its target means: a plan says task, note, activity."""
    kind = object_of(action.target.kind)
    return replace(action, target=action.target._replace(kind=kind)) if kind else action


def _waves(actions: Sequence[Action]) -> list[list[Action]]:
    """The actions in as few lists as possible, none of which names a record twice, in order."""
    waves: list[list[Action]] = []
    depth: dict[str, int] = {}
    for action in actions:
        same = action.target.id if action.verb is Verb.UPDATE else action.key
        at = depth.get(same, 0)
        depth[same] = at + 1
        if at == len(waves):
            waves.append([])
        waves[at].append(action)
    return waves
