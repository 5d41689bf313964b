"""Batches of actions as collections of rows, and each row's result as receipts.

    create person   PATCH composite/sobjects/Lead/{key}     upsert by external id; POST without one
    update person   PATCH composite/sobjects                by id
    create task     PATCH composite/sobjects/Task/{key}     upsert; POST with the key in CallObject
    update task     PATCH composite/sobjects                by id

Results come by position, 200 rows a call, one bad row sinks no other. [salesforce.md 4]
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.salesforce.client import Client
from connectors.salesforce.lookup import Lookup
from connectors.salesforce.schema import TASK, Schema
from connectors.salesforce.soql import ID
from connectors.salesforce.verdicts import Next, Refusal, refusal
from connectors.transport import Purpose
from syncd.core.errors import RemoteError, Unclear
from syncd.core.types import (
    Action,
    Outcome,
    Problem,
    Raw,
    Receipt,
    Ref,
    State,
    Token,
    Verb,
)

BATCH = 200
SUBJECT = 255
TEXT = 32_000

SUBTYPES = {"call": "Call", "email": "Email"}
PRIORITIES = {"high": "High", "normal": "Normal", "low": "Low"}


@dataclass(slots=True)
class Row:
    """One record to send, and the places of the actions that it carries, the winning one last."""

    body: dict[str, Any]
    places: list[int] = field(default_factory=list)


class Writer:
    def __init__(self, client: Client, schema: Schema, lookup: Lookup) -> None:
        self._client, self._schema, self._lookup = client, schema, lookup
        self.keyed: frozenset[str] = frozenset()

    def send(self, actions: Sequence[Action]) -> list[Receipt]:
        """Receipts in the order of the actions, which must be of one group and at most 200."""
        if len(actions) > BATCH or len({self.group(action) for action in actions}) != 1:
            raise ValueError("a send takes at most 200 actions of one group")
        head = actions[0]
        receipts: dict[int, Receipt] = {}
        rows = self._rows(actions, receipts)
        refused: dict[int, Refusal] = {}
        if rows:
            method, key = self._address(head)
            purpose = Purpose.HANDOFF if any(a.urgent for a in actions) else Purpose.FEEDBACK
            results = self._client.write(method, [row.body for row in rows], purpose, key=key)
            for row, result in zip(rows, results, strict=True):
                self._settle(actions, row, result, receipts, refused)
            crowded = [row for row in rows if len(row.places) > 1 and row.places[0] in refused]
            self._settle_apart(actions, crowded, receipts, refused)
            self._look(actions, receipts, refused)
        return [receipts[place] for place in range(len(actions))]

    def group(self, action: Action) -> str:
        """Actions of one group may travel together. ValueError for what Salesforce has not."""
        if action.verb is Verb.LINK:
            raise ValueError("a task of Salesforce names its person itself: there are no links")
        keyed = " keyed" if action.verb is Verb.CREATE and self._upserts(action) else ""
        return f"{action.verb} {self._schema.sobject(action.target.kind)}{keyed}"

    # ------------------------------------------------------------ actions to rows
    def _address(self, action: Action) -> tuple[str, str]:
        """Method, and "Lead/Ext__c" for an upsert."""
        kind = self._schema.sobject(action.target.kind)
        if action.verb is Verb.UPDATE:
            return "PATCH", ""
        if self._upserts(action):
            key = self._schema.task_key() if kind == TASK else self._schema.person_key(kind)
            return "PATCH", f"{kind}/{key}"
        return "POST", ""

    def _upserts(self, action: Action) -> bool:
        if self._is_task(action):
            return "task" in self.keyed
        return "person" in self.keyed and bool(action.token)

    def _is_task(self, action: Action) -> bool:
        return self._schema.sobject(action.target.kind) == TASK

    def _rows(self, actions: Sequence[Action], receipts: dict[int, Receipt]) -> list[Row]:
        """One row a record: equal keys or ids twice in one request would fail both. Rows of one
        parent stand together, which locks it less often. Unsendable actions get receipts at once."""
        rows: dict[str, Row] = {}
        for place, action in enumerate(actions):
            if action.verb is Verb.UPDATE and not ID.fullmatch(action.target.id):
                receipts[place] = self._malformed(action)
                continue
            identity = self._identity(action, place)
            row = rows.setdefault(identity, Row({"attributes": {"type": self._schema.sobject(action.target.kind)}}))
            row.body.update(self._body(action))
            row.places.append(place)
        return sorted(rows.values(), key=lambda row: str(row.body.get("WhoId", "")))

    def _identity(self, action: Action, place: int) -> str:
        if action.verb is Verb.UPDATE:
            return action.target.id
        if self._upserts(action):
            return action.key if self._is_task(action) else action.token
        return str(place)

    def _body(self, action: Action) -> dict[str, Raw]:
        kind = self._schema.sobject(action.target.kind)
        if action.verb is Verb.UPDATE:
            return {"id": action.target.id, **self._fields(action)}
        if kind == TASK:
            return {**self._fields(action), self._schema.task_key(): action.key}
        key = self._schema.person_key(kind)
        return {**self._fields(action), **({key: action.token} if key and action.token else {})}

    def _fields(self, action: Action) -> dict[str, Raw]:
        kind, fields = self._schema.sobject(action.target.kind), action.fields
        if kind == TASK:
            fields = task_fields(fields) if action.verb is Verb.CREATE else task_change(fields)
        return {name: value for name, value in fields.items() if self._schema.has(kind, name)}

    def _held(self, action: Action) -> dict[str, Raw]:
        """What a person holds once this is written: None where we have no such field. Of a task nothing is asked."""
        if self._is_task(action):
            return {}
        sent = self._fields(action)
        return {name: sent.get(name) for name in action.fields}

    def _malformed(self, action: Action) -> Receipt:
        subject = f"{self._client.system}/{action.target.kind}/MALFORMED_ID/{action.person}"
        problem = Problem(
            "reference",
            subject,
            f"{action.target.kind}: what should be a record id is none.",
            "Correct the field that holds it.",
            action.person,
        )
        return Receipt(action.key, Outcome.REJECTED, problem=problem, code="MALFORMED_ID")

    # ------------------------------------------------------------ results to receipts
    def _settle(
        self,
        actions: Sequence[Action],
        row: Row,
        result: Mapping[str, Any],
        receipts: dict[int, Receipt],
        refused: dict[int, Refusal],
    ) -> None:
        if not result.get("success"):
            found = refusal(result.get("errors") or ())
            refused.update(dict.fromkeys(row.places, found))
            return
        for place in row.places:
            action = actions[place]
            made = result.get("created", True) and place == row.places[-1]
            done = action.verb is Verb.UPDATE or made
            ref = Ref(self._client.system, self._schema.sobject(action.target.kind), result["id"])
            outcome = Outcome.DONE if done else Outcome.ALREADY
            receipts[place] = Receipt(action.key, outcome, ref, self._held(action))

    def _settle_apart(
        self,
        actions: Sequence[Action],
        crowded: Sequence[Row],
        receipts: dict[int, Receipt],
        refused: dict[int, Refusal],
    ) -> None:
        """Several updates of one record went as one row and were refused: each by itself, in as
        many calls as the fullest row has actions, so that a bad field sinks no good one."""
        waves = [
            row
            for row in crowded
            if refused[row.places[0]].ruling.next is Next.HUMAN and actions[row.places[0]].verb is Verb.UPDATE
        ]
        for turn in range(max((len(row.places) for row in waves), default=0)):
            places = [row.places[turn] for row in waves if turn < len(row.places)]
            for place in places:
                del refused[place]
            apart = [actions[place] for place in places]
            try:
                answers = self.send(apart)
            except RemoteError as error:
                lost = Outcome.UNCLEAR if isinstance(error, Unclear) else Outcome.NOT_SENT
                answers = [Receipt(action.key, lost) for action in apart]
            receipts.update(zip(places, answers, strict=True))

    def _look(
        self,
        actions: Sequence[Action],
        receipts: dict[int, Receipt],
        refused: Mapping[int, Refusal],
    ) -> None:
        """Receipts for refused rows; what may have a good reason is looked up, two calls for all."""
        asked = [place for place, r in refused.items() if r.ruling.next in (Next.KEY, Next.TARGET)]
        try:
            own = self._own([actions[place] for place in asked])
            became = self._became(actions, asked, refused, own)
        except RemoteError:
            # The rows were surely refused. Why, the next sync will see.
            own, became = {}, {}
            receipts.update((p, Receipt(actions[p].key, Outcome.NOT_SENT, code=refused[p].code)) for p in asked)
        for place, found in refused.items():
            if place in receipts:
                continue
            action = actions[place]
            match found.ruling.next:
                case Next.LATER:
                    receipt = Receipt(action.key, Outcome.NOT_SENT, code=found.code)
                case Next.KEY if action.key in own:
                    receipt = Receipt(action.key, Outcome.ALREADY, own[action.key], code=found.code)
                case Next.TARGET if action.key in became:
                    receipt = became[action.key]
                case _:
                    problem = found.problem(self._client.system, action)
                    receipt = Receipt(action.key, Outcome.REJECTED, problem=problem, code=found.code)
            receipts[place] = receipt

    def _own(self, actions: Sequence[Action]) -> dict[str, Ref]:
        """Action key → the record that carries the key or external id which this action creates."""
        tokens: dict[str, Token] = {}
        for action in actions:
            if action.verb is Verb.CREATE and self._upserts(action):
                is_task = self._is_task(action)
                tokens[action.key] = Token("task", action.key) if is_task else Token("person", action.token)
        found = self._lookup.find(list(tokens.values())) if tokens else {}
        return {
            key: next((r for r in found[token] if r.kind != "Contact"), found[token][0])
            for key, token in tokens.items()
            if found.get(token)
        }

    def _subject(self, action: Action) -> Ref | None:
        """The record that must be live for this action: its target, or the person of a task."""
        if action.target.id:
            return action.target
        person, kind = action.fields.get("person"), action.fields.get("person_kind")
        if self._is_task(action) and person and kind:
            return Ref(action.target.system, str(kind), str(person))
        return None

    def _became(
        self,
        actions: Sequence[Action],
        places: Sequence[int],
        refused: Mapping[int, Refusal],
        own: Mapping[str, Ref],
    ) -> dict[str, Receipt]:
        """Action key → receipt, for actions whose record is not live any more."""
        targets: dict[str, Ref] = {}
        for place in places:
            action = actions[place]
            target = self._subject(action) or own.get(action.key)
            if refused[place].ruling.next is Next.TARGET and target is not None:
                targets[action.key] = target
        found = self._lookup.read(list(targets.values()), ()) if targets else {}
        receipts: dict[str, Receipt] = {}
        for place in places:
            action = actions[place]
            ref = targets.get(action.key)
            record = found.get(ref) if ref else None
            if ref is None or (record is not None and record.state is State.LIVE):
                continue
            became: dict[str, Raw] = {"state": (record.state if record else State.DELETED).value}
            if record is not None and record.successor is not None:
                became["successor"] = str(record.successor)
            receipts[action.key] = Receipt(action.key, Outcome.SUPERSEDED, ref, became, code=refused[place].code)
        return receipts


def task_fields(canonical: Mapping[str, Raw]) -> dict[str, Raw]:
    """`ACTIVITY_FIELDS` as fields of a Task: open when it is due, else completed on its day.

    A Task has a date and no time. [salesforce.md 11.5]
    """
    due, at = canonical.get("due"), canonical.get("at")
    fields: dict[str, Raw] = {
        "Subject": cut(str(canonical.get("subject") or ""), SUBJECT),
        "Description": cut(str(canonical.get("body") or ""), TEXT) or None,
        "Status": "Completed" if due is None else "Not Started",
        "ActivityDate": str(due or at)[:10] if due or at else None,
        "Priority": PRIORITIES.get(str(canonical.get("priority")), "Normal"),
        "TaskSubtype": SUBTYPES.get(str(canonical.get("channel")), "Task"),
        "OwnerId": canonical.get("owner"),
        "WhoId": canonical.get("person"),
    }
    return {name: value for name, value in fields.items() if value is not None}


def task_change(canonical: Mapping[str, Raw]) -> dict[str, Raw]:
    """What may be changed in a Task that exists: "done" closes it."""
    return {"Status": "Completed"} if canonical.get("done") is True else {}


def cut(text: str, limit: int) -> str:
    """At most `limit` UTF-16 units, no character split."""
    return text.encode("utf-16-le", "surrogatepass")[: 2 * limit].decode("utf-16-le", "ignore")
