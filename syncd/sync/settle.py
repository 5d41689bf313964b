"""What may have happened: every action in doubt is looked for, and is then either done or open again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from connectors.base import Connector
from syncd.core.equal import same
from syncd.core.errors import RemoteError
from syncd.core.types import Action, Outcome, Receipt, Record, Ref, Token, Verb
from syncd.ledger import protocol
from syncd.ledger.store import Store
from syncd.sync.systems import Systems

UNKEYED_WAIT = timedelta(minutes=15)
"""Where a create carries no unique key, how long a lost request may still be applied before we believe it is not."""

PERSON = "person"


def settle(store: Store, systems: Systems, sync: int) -> Counter[Outcome]:
    """Look for every action in doubt in the usable systems. A system that fails leaves its doubts for the next sync."""
    counts: Counter[Outcome] = Counter()
    for name in systems.usable:
        connector, after = systems.connectors[name], ""
        try:
            while doubts := protocol.in_doubt(store, [name], after=after):
                after = doubts[-1].key
                receipts = _look(store, connector, doubts)
                with store.tx() as conn:
                    protocol.receive(conn, sync, receipts, connector.now())
                counts.update(receipt.outcome for _, receipt in receipts)
        except RemoteError as error:
            systems.fail(error)
    return counts


def _look(store: Store, connector: Connector, doubts: Sequence[Action]) -> list[tuple[Action, Receipt]]:
    creates = [a for a in doubts if a.verb is Verb.CREATE]
    updates = [a for a in doubts if a.verb is Verb.UPDATE and a.target.id and not _closes(a)]
    found = connector.find([token_of(a) for a in creates]) if creates else {}
    fields = sorted({name for a in updates for name in a.fields})
    live = connector.read(sorted({a.target for a in updates}), fields) if updates else {}
    receipts = []
    for action in doubts:
        if action.verb is Verb.CREATE:
            refs = found.get(token_of(action), ())
            receipt = _created(store, connector, action, refs)
        elif action.verb is Verb.UPDATE and not _closes(action):
            receipt = _updated(action, live.get(action.target))
        else:
            receipt = Receipt(action.key, Outcome.NOT_SENT)  # a link twice is a link once, and so is closing a task
        receipts.append((action, receipt))
    return receipts


def _created(store: Store, connector: Connector, action: Action, refs: Sequence[Ref]) -> Receipt:
    if refs:
        return Receipt(action.key, Outcome.ALREADY, refs[0])
    sent = protocol.last_sent(store, action.key)
    keyed = kind_of(action) in connector.capabilities.keyed
    if not keyed and sent is not None and connector.now() - sent < UNKEYED_WAIT:
        return Receipt(action.key, Outcome.UNCLEAR)
    return Receipt(action.key, Outcome.NOT_SENT)


def _closes(action: Action) -> bool:
    return "done" in action.fields


def _updated(action: Action, record: Record | None) -> Receipt:
    if record is not None and all(same(record.fields.get(n), v) for n, v in action.fields.items()):
        return Receipt(action.key, Outcome.ALREADY, record.ref)
    if action.upkeep:  # what it said may be old by now: planned again from fresh facts
        return Receipt(action.key, Outcome.SUPERSEDED, code="not_landed")
    return Receipt(action.key, Outcome.NOT_SENT)


def kind_of(action: Action) -> str:
    """What a create makes: person, task, note, activity."""
    return PERSON if action.effect == PERSON else action.target.kind


def token_of(action: Action) -> Token:
    return Token(kind_of(action), action.token)
