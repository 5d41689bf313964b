"""Sending: rank by rank, batch by batch. Look at live values, write intents, send, write receipts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from connectors.base import Connector
from syncd.core.equal import same
from syncd.core.errors import Rejected, RemoteError, Retryable, Unclear
from syncd.core.retries import wait_after
from syncd.core.types import Action, Outcome, Problem, Raw, Receipt, Record, Ref, State, Token, Verb
from syncd.ledger import decisions, family, journal, people, protocol
from syncd.ledger.intake import Intake
from syncd.ledger.store import Store
from syncd.sync.pull import shapes
from syncd.sync.readback import confirmed
from syncd.sync.settle import PERSON, kind_of, token_of
from syncd.sync.systems import Systems

PERSON_RANK = 10
FETCH = 2000


class Applier:
    """One pass over everything that is open and whose time has come; with `only_own`, over what this very sync planned.
    `refused` are the systems that refused something for good."""

    def __init__(
        self, store: Store, systems: Systems, sync: int, stop: Callable[[], bool], *, only_own: bool = False
    ) -> None:
        self.store, self.systems, self.sync, self.stop = store, systems, sync, stop
        self.only = sync if only_own else None
        self.outcomes: Counter[Outcome] = Counter()
        self.writes: Counter[str] = Counter()
        self.refused: set[str] = set()
        self._lost = True  # whether an action may stand open that waits for one that was overtaken

    def run(self) -> None:
        """Send what can be sent. A system that fails is left alone for the rest of the sync. Raises LedgerError for an imported
        ledger."""
        self.store.refuse_imported()
        verified = False
        for rank in protocol.ranks(self.store, self.systems.usable):
            if rank > PERSON_RANK and not verified:
                self._verify_owners()
                verified = True
            self._rank(rank)
            if self.stop():
                return
        if not verified:
            self._verify_owners()

    def _rank(self, rank: int) -> None:
        while not self.stop():
            if self._lost:
                self._overtaken()
            now = self.systems.now()
            actions = protocol.ready(self.store, self.systems.usable, rank, now, FETCH, self.only)
            if not actions:
                return
            for batch in _batches(self.systems, actions):
                connector = self.systems.connectors[batch[0].target.system]
                if connector.name in self.systems.out:
                    continue
                try:
                    self._batch(connector, batch)
                except RemoteError as error:
                    self.systems.fail(error)
                if self.stop():
                    return

    def _batch(self, connector: Connector, batch: Sequence[Action]) -> None:
        """One remote batch. Raises RemoteError when the system cannot be used any further."""
        settled, batch = self._precheck(connector, batch)
        if settled:
            self._receive(connector, settled)
        if not batch:
            return
        with self.store.tx() as conn:
            journal.note_calls(conn, self.sync, self.systems.calls())
            protocol.intend(conn, self.sync, batch, connector.now())
        try:
            receipts = connector.send(batch)
        except Unclear:
            self._receive(connector, [(a, Receipt(a.key, Outcome.UNCLEAR)) for a in batch])
            return
        except Rejected as error:
            problem = Problem("rejected", "", error.sentence, error.fix)
            self._receive(
                connector, [(a, Receipt(a.key, Outcome.REJECTED, problem=problem, code=error.code)) for a in batch]
            )
            return
        except RemoteError as error:
            self._receive(connector, [(a, Receipt(a.key, Outcome.NOT_SENT)) for a in batch])
            if isinstance(error, Retryable) and error.after <= 0:
                return
            raise
        by_key = {r.key: r for r in confirmed(connector, batch, receipts)}
        self._receive(connector, [(a, by_key.get(a.key, Receipt(a.key, Outcome.UNCLEAR))) for a in batch])

    # ------------------------------------------------------------ before
    def _precheck(
        self, connector: Connector, batch: Sequence[Action]
    ) -> tuple[list[tuple[Action, Receipt]], list[Action]]:
        """What live values say: (actions that are settled without sending, actions to send)."""
        settled: dict[str, Receipt] = {}
        people_new = [a for a in batch if a.effect == PERSON and a.verb is Verb.CREATE]
        if people_new:
            settled |= self._known_people(connector, people_new)
        unkeyed = [
            a
            for a in batch
            if a.verb is Verb.CREATE and a.effect != PERSON and kind_of(a) not in connector.capabilities.keyed
        ]
        if unkeyed:
            found = connector.find([token_of(a) for a in unkeyed])
            settled |= {
                a.key: Receipt(a.key, Outcome.ALREADY, found[token_of(a)][0]) for a in unkeyed if found.get(token_of(a))
            }
        guarded = [a for a in batch if a.guard]
        if guarded:
            settled |= _moved(connector, guarded)
        return (
            [(a, settled[a.key]) for a in batch if a.key in settled],
            [a for a in batch if a.key not in settled],
        )

    def _known_people(self, connector: Connector, actions: Sequence[Action]) -> dict[str, Receipt]:
        """A last look before a person is created: ours is there already, or someone else made it meanwhile."""
        kind = self.systems.rules.maps[connector.name].kinds[actions[0].target.kind]
        email = kind.fields["email"].remote if "email" in kind.fields else ""
        tokens: dict[str, list[Token]] = {}
        for a in actions:
            tokens[a.key] = [token_of(a)]
            if address := str(a.fields.get(email) or "").lower():
                tokens[a.key].append(Token("email", address))
        found = connector.find([t for ts in tokens.values() for t in ts])
        receipts = {}
        for a in actions:
            ours, *others = (found.get(t, ()) for t in tokens[a.key])
            if ours:
                receipts[a.key] = Receipt(a.key, Outcome.ALREADY, ours[0])
            elif any(others):
                receipts[a.key] = Receipt(a.key, Outcome.SUPERSEDED, code="exists_meanwhile")
        return receipts

    # ------------------------------------------------------------ after
    def _receive(self, connector: Connector, results: Sequence[tuple[Action, Receipt]]) -> None:
        now = connector.now()
        with self.store.tx() as conn:
            journal.note_calls(conn, self.sync, self.systems.calls())
            for action, receipt in results:
                due = None
                if receipt.outcome is Outcome.NOT_SENT and action.upkeep:
                    receipt = replace(receipt, outcome=Outcome.SUPERSEDED, code="later")  # from fresh facts next time
                if receipt.outcome is Outcome.NOT_SENT:
                    due = now + wait_after(protocol.attempts(conn, action.key))
                protocol.receive(conn, self.sync, [(action, receipt)], now, due=due)
                self.outcomes[receipt.outcome] += 1
                self._lost |= receipt.outcome is Outcome.SUPERSEDED
                self.writes[connector.name] += receipt.outcome is Outcome.DONE
                if receipt.problem is not None:
                    (row,) = journal.report(conn, [_named(receipt.problem, action)], now)
                    if receipt.outcome is Outcome.REJECTED:
                        self.refused.add(connector.name)
                        decisions.blame(conn, action.key, row)

    def _overtaken(self) -> None:
        while lost := protocol.overtaken(self.store):
            with self.store.tx() as conn:
                protocol.receive(
                    conn,
                    self.sync,
                    [(a, Receipt(a.key, Outcome.SUPERSEDED, code="overtaken")) for a in lost],
                    self.systems.now(),
                )
            self.outcomes[Outcome.SUPERSEDED] += len(lost)
        self._lost = False

    def _verify_owners(self) -> None:
        """Read the owner of each new handoff back from the CRM; only then is it delivered."""
        crm = self.systems.crm
        waiting = protocol.undelivered(self.store, crm.name) if crm.name not in self.systems.out else []
        if not waiting:
            return
        kinds = self.systems.rules.maps[crm.name].kinds
        owner_fields = sorted({k.fields["owner"].remote for k in kinds.values() if "owner" in k.fields})
        try:
            live = crm.read(sorted({ref for *_, ref in waiting}), owner_fields)
        except RemoteError as error:
            self.systems.fail(error)
            return
        who = people.directory(self.store, self.systems.rules.marketing, crm.name)
        intake = Intake(self.store, self.sync, shapes(self.systems.rules, crm))
        now = crm.now()
        with self.store.tx() as conn:
            for handoff, person, owner_id, ref in waiting:
                record = live.get(ref)
                actual = owner_id  # it moved on or is gone already: delivered as it was sent, the next decision sees it
                if record is not None and record.state is State.LIVE:
                    ref = record.ref
                    actual = str(record.fields.get(kinds[ref.kind].fields["owner"].remote) or "")
                owner = who.crm_by_id(actual)
                name = owner.called if owner else actual
                protocol.deliver(conn, handoff, person, intake.record(conn, ref), ref, name, actual, now)
                if not same_id(actual, owner_id):
                    journal.report(conn, [self._taken(person, ref, name)], now)

    def _taken(self, person: int, ref: Ref, owner: str) -> Problem:
        return Problem(
            "owner_changed",
            str(ref),
            f"{ref.system} gave this record to {owner or 'nobody'} instead of the routed owner.",
            "Look for an assignment rule, a flow or another integration that writes the owner.",
            person=family.lineage(self.store, person),
        )


def same_id(a: str, b: str) -> bool:
    """Salesforce ids come in 15 and 18 characters; the first 15 decide, with case."""
    return a == b or (len(a) in (15, 18) and len(b) in (15, 18) and a[:15] == b[:15])


def _moved(connector: Connector, actions: Sequence[Action]) -> dict[str, Receipt]:
    """Of guarded actions: those whose record is gone or holds other values than when this was planned."""
    fields = sorted({name for a in actions for name in a.before})
    live = connector.read(sorted({a.target for a in actions}), fields)
    receipts = {}
    for a in actions:
        record: Record | None = live.get(a.target)
        if record is None or record.state is not State.LIVE:
            receipts[a.key] = Receipt(a.key, Outcome.SUPERSEDED, code="GONE", values=_became(record))
        elif all(same(record.fields.get(n), v) for n, v in a.fields.items()):
            receipts[a.key] = Receipt(a.key, Outcome.ALREADY, record.ref)
        elif not all(same(record.fields.get(n), v) for n, v in a.before.items()):
            receipts[a.key] = Receipt(a.key, Outcome.SUPERSEDED, code="moved")
    return receipts


def _became(record: Record | None) -> dict[str, Raw]:
    """What the ledger should show of a record that is not live any more."""
    if record is None:
        return {"state": State.DELETED.value}
    return {"state": record.state.value, "successor": str(record.successor) if record.successor else None}


def _batches(systems: Systems, actions: Sequence[Action]) -> Iterator[list[Action]]:
    """Full batches of one group each; a record stands in a batch only once."""
    groups: dict[tuple[str, str], list[list[Action]]] = {}
    for action in actions:
        group, size = systems.connectors[action.target.system].batch(action)
        batches = groups.setdefault((action.target.system, group), [])
        home = next(
            (b for b in batches[-2:] if len(b) < size and not _repeats(b, action)),
            None,
        )
        if home is None:
            batches.append(home := [])
        home.append(action)
    for batches in groups.values():
        yield from batches


def _repeats(batch: Sequence[Action], action: Action) -> bool:
    return bool(action.verb is Verb.UPDATE and any(a.target == action.target for a in batch))


def _named(problem: Problem, action: Action) -> Problem:
    """A refused write is one problem per cause and person."""
    return replace(
        problem, subject=problem.subject or f"{action.person} {action.effect}", person=problem.person or action.person
    )
