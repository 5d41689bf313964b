"""Taking a sync back: an ordinary plan with ordinary preconditions.

A value goes back only where the live one is still what we wrote; created leads are closed and marked, open tasks are
closed, and nothing is ever deleted. What cannot be taken back is listed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from syncd.core.equal import same
from syncd.core.errors import Complaint, ConfigError
from syncd.core.keys import field_key
from syncd.core.lists import LISTS
from syncd.core.rules import Rules
from syncd.core.types import Action, Outcome, Problem, Raw, Record, Ref, Verb
from syncd.ledger import decisions, family, journal
from syncd.ledger.store import Store
from syncd.sync.apply import Applier
from syncd.sync.round import Report, close_report
from syncd.sync.systems import Systems, look

MARK = "undone by syncd"


@dataclass(frozen=True, slots=True)
class Inverse:
    """`actions` take a sync back; `left` says in a sentence each what stays."""

    actions: tuple[Action, ...]
    left: tuple[str, ...]


def invert(store: Store, rules: Rules, portal: str, sync: int) -> Inverse:
    """The inverse of everything that `sync` did. Raises ConfigError when there was no such sync."""
    if not journal.exists(store, sync):
        raise ConfigError([Complaint(f"There was no sync {sync}.", fix="See the syncs with: syncd status")])
    actions, left = [], []
    for row in journal.receipts_of(store, "sync", sync):
        action: Action = row["action"]
        if row["outcome"] not in (Outcome.DONE, Outcome.ALREADY):
            continue
        fields, before, sentence = _reverse(rules, action, row["ref"], row["was"], row["now"])
        if sentence:
            left.append(sentence)
        if not fields:
            continue
        target = Ref.parse(row["ref"]) if row["ref"] else action.target
        actions.append(
            Action(
                key=field_key(portal, action.person, target.system, f"undo {sync}", action.key),
                effect=f"undo:{action.effect}",
                verb=Verb.UPDATE,
                target=target,
                fields=fields,
                before=before,
                guard=bool(before),
                person=action.person,
                cause=f"undo of sync {sync}",
                handoff=action.handoff,
                order=90,
            )
        )
    return Inverse(tuple(actions), tuple(left))


def _reverse(
    rules: Rules, action: Action, ref: str | None, was: dict[str, Raw], now: dict[str, Raw]
) -> tuple[dict[str, Raw], dict[str, Raw], str]:
    """(fields to write, what must still be there, what stays) for one receipt."""
    match action.verb, action.effect:
        case Verb.UPDATE, _:
            stage = _stage(rules, action)
            before = {name: now[name] for name in was if name in now and name != stage}
            left = f"{action.target} keeps {stage} {now[stage]!r}: a stage only moves forward." if stage in was else ""
            return {name: was[name] for name in before}, before, left
        case Verb.CREATE, "person":
            kind = rules.maps[action.target.system].kinds[action.target.kind]
            closed = next((raw for raw, s in kind.statuses.items() if s.disposition == "trash"), "")
            fields: dict[str, Raw] = {kind.status: closed} if kind.status and closed else {}
            if kind.reason:
                fields[kind.reason] = MARK
            return fields, {}, f"{ref} stays, closed and marked “{MARK}”."
        case Verb.CREATE, "task":
            return {"done": True}, {}, f"{ref} stays, closed."
        case Verb.LINK, _ if action.target.kind == LISTS:
            return {}, {}, f"{action.target} stays as it is: {action.cause}."
        case Verb.CREATE, _:
            return {}, {}, f"{ref} ({action.effect}) stays."
        case _:
            return {}, {}, ""


def still_standing(inverse: Inverse, systems: Systems) -> Inverse:
    """Without the fields that hold other values than ours by now: those stay, and are listed."""
    actions, left = [], list(inverse.left)
    live: dict[Ref, Record] = {}
    for name, connector in systems.connectors.items():
        mine = [a for a in inverse.actions if a.guard and a.target.system == name]
        if mine:
            live |= connector.read(sorted({a.target for a in mine}), sorted({f for a in mine for f in a.before}))
    for action in inverse.actions:
        if not action.guard:
            actions.append(action)
            continue
        record = live.get(action.target)
        standing = {n for n, v in action.before.items() if record and same(record.fields.get(n), v)}
        left += [f"{action.target} {n} stays: it has changed since." for n in action.before if n not in standing]
        if standing:
            actions.append(
                replace(
                    action,
                    fields={n: action.fields[n] for n in action.fields if n in standing},
                    before={n: action.before[n] for n in action.before if n in standing},
                )
            )
    return Inverse(tuple(actions), tuple(left))


def _stage(rules: Rules, action: Action) -> str:
    """Marketing's stage field, which HubSpot refuses to move back; "" for what is no person."""
    kind = rules.maps[action.target.system].kinds.get(action.target.kind)
    return kind.stage if kind is not None and action.target.system == rules.marketing else ""


def preview(store: Store, systems: Systems, sync: int) -> tuple[list[Problem], Inverse]:
    """What the systems' checks found, and what `undo` would do now. Raises RemoteError."""
    found = look(store, systems)
    for error in systems.out.values():
        raise error
    return found, still_standing(invert(store, systems.rules, systems.portal, sync), systems)


def undo(
    store: Store, systems: Systems, sync: int, *, stop: Callable[[], bool] = lambda: False
) -> tuple[Report, Inverse]:
    """Take `sync` back now. Handoffs that it opened become void and are not opened again by themselves.

    Raises RemoteError, with nothing done, when one of the systems cannot be used.
    """
    found, inverse = preview(store, systems, sync)
    number = journal.begin(store, "undo", systems.rules.version, systems.now())
    with store.tx() as conn:
        for action in inverse.actions:
            person = family.person_of(conn, action.person)
            assert person is not None  # the ledger itself named it
            decisions.save_actions(conn, number, person, [action])
        journal.void_handoffs(conn, sync, "undone")
    report = Report(number, "undo", systems.now(), planned=len(inverse.actions))
    applier = Applier(store, systems, number, stop, only_own=True)
    applier.run()
    close_report(store, systems, report, found, applier.outcomes, applier.writes)
    return report, inverse
