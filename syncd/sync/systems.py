"""The connectors of a ledger, what their last check found, and how many calls they may spend."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from connectors.base import Capabilities, Connector, FieldNeed, Health
from syncd.core.errors import LedgerError, RemoteError, Unauthorized
from syncd.core.keys import digest
from syncd.core.lists import LISTS, Nurture
from syncd.core.planned import Crm
from syncd.core.rules import Rules
from syncd.core.types import Problem
from syncd.core.wanted import Wanted, explained, wanted
from syncd.ledger import journal
from syncd.ledger.codec import from_json, from_ms, to_json, to_ms
from syncd.ledger.store import Store
from syncd.sync.causes import go_on
from syncd.sync.recall import Recall

CHECK_EVERY = 3600.0
"""Seconds, by this machine's clock: how long the findings of a check are believed; `syncd problems retry` forgets them."""


@dataclass(frozen=True, slots=True)
class Share:
    """Of the account's daily API calls: what syncd may use, and what of it is kept for handoffs."""

    daily: float = 0.5
    reserve: float = 0.1


@dataclass(frozen=True, slots=True)
class Budget:
    """API calls of one system for the day: what is ours, what of it is spent, what is kept for handoffs."""

    ours: int
    spent: int
    reserve: int


@dataclass(slots=True)
class Systems:
    """Both sides, in one system the same connector, and sources that are only read. `out` are those that sit this sync out,
    with the reason; `loopback` are emulators on this machine, whose clocks may be anywhere."""

    rules: Rules
    connectors: Mapping[str, Connector]
    needs: Mapping[str, Sequence[FieldNeed]]
    shares: Mapping[str, Share] = field(default_factory=dict)
    wall: Callable[[], float] = time.time
    recall: Recall = field(default_factory=Recall)
    loopback: frozenset[str] = frozenset()
    health: dict[str, Health] = field(default_factory=dict)
    out: dict[str, RemoteError] = field(default_factory=dict)
    budget: dict[str, Budget] = field(default_factory=dict)

    @property
    def marketing(self) -> Connector:
        return self.connectors[self.rules.marketing]

    @property
    def crm(self) -> Connector:
        return self.connectors[self.rules.crm]

    @property
    def usable(self) -> list[str]:
        return [name for name in self.connectors if name not in self.out]

    @property
    def both(self) -> bool:
        """Both sides of the handoff answer. A source that is only read may be away: what it said before still holds."""
        return self.rules.marketing not in self.out and self.rules.crm not in self.out

    @property
    def sources(self) -> list[str]:
        """Systems that are only read: no people come from there."""
        return [name for name in self.connectors if name not in self.rules.maps]

    @property
    def portal(self) -> str:
        """The marketing account that all keys are made of."""
        return self.health[self.rules.marketing].account

    def abilities(self) -> Crm:
        caps = self.health[self.rules.crm].capabilities
        return Crm(caps.create_kind, caps.linked, caps.keyed, caps.text_limit)

    def wanted(self, name: str) -> list[Wanted]:
        """What a system with people should have."""
        return wanted(self.rules, name, {(need.kind, need.field): need.values for need in self.needs[name]})

    def explained(self, name: str, health: Health) -> list[Problem]:
        """What a check found, with what is lost by it."""
        rows = self.wanted(name) if name in self.rules.maps else []
        return [explained(problem, rows) for problem in health.problems]

    def now(self) -> datetime:
        """The marketing system's clock, or the CRM's while marketing is away."""
        first = self.rules.marketing if self.rules.marketing not in self.out else self.rules.crm
        return self.connectors[first].now()

    def fail(self, error: RemoteError) -> None:
        self.out.setdefault(error.system, error)

    def calls(self) -> dict[str, dict[str, int]]:
        return {name: dict(connector.calls) for name, connector in self.connectors.items()}

    def close(self) -> None:
        for connector in self.connectors.values():
            connector.close()


def look(store: Store, systems: Systems, *, fresh: bool = False, keep: bool = True) -> list[Problem]:
    """Check both systems, at most once an hour, and hold each to its share of the API budget. Without `keep` nothing is
    written, for a ledger that is only read.

    Raises LedgerError when the ledger belongs to other accounts.
    """
    systems.recall.store = store
    problems: list[Problem] = []
    for name, connector in systems.connectors.items():
        try:
            health = None if fresh else _remembered(store, systems, name)
            if health is None:
                health = connector.check(systems.needs[name])
                if keep:
                    _remember(store, systems, name, health)
            else:
                connector.resume(health)
        except RemoteError as error:
            systems.fail(error)
            continue
        systems.health[name] = health
        problems += systems.explained(name, health)
        if health.fatal:
            systems.fail(_unusable(name, health))
            continue
        _same_account(store, name, health, keep=keep)
        _ration(store, systems, name, health)
    return problems


def look_again(store: Store, systems: Systems, names: Iterable[str]) -> list[Problem]:
    """Check these systems now, whatever an earlier check found: they refused something that they should have taken."""
    problems: list[Problem] = []
    for name in sorted(set(names) - set(systems.out)):
        try:
            health = systems.connectors[name].check(systems.needs[name])
        except RemoteError as error:
            systems.fail(error)
            continue
        _remember(store, systems, name, health)
        problems += systems.explained(name, health)
    return problems


def _unusable(name: str, health: Health) -> Unauthorized:
    worst = health.problems[0] if health.problems else Problem("unusable", name, "The system refuses.")
    return Unauthorized(name, worst.sentence, fix=worst.fix)


def _same_account(store: Store, name: str, health: Health, *, keep: bool) -> None:
    known = journal.get(store, f"account:{name}")
    if known is None and not keep:
        return
    if known is None:
        with store.tx() as conn:
            journal.put(conn, f"account:{name}", health.account)
    elif known != health.account:
        raise LedgerError(
            f"This ledger belongs to {name} account {known}, but the credentials are those of {health.account}.",
            "Name another ledger file in the config, or the credentials of the first account.",
        )


def _ration(store: Store, systems: Systems, name: str, health: Health) -> None:
    share = systems.shares.get(name, Share())
    if not health.limit:
        systems.connectors[name].limit(None, 0)
        return
    ours = int(health.limit * share.daily)
    spent = journal.spent(store, name, health.now - timedelta(days=1))
    systems.budget[name] = budget = Budget(ours, spent, int(ours * share.reserve))
    systems.connectors[name].limit(max(0, ours - spent), budget.reserve)


# ---------------------------------------------------------------- remembering a check
def _fingerprint(systems: Systems, name: str) -> str:
    return digest(systems.rules.version, *(str(need) for need in systems.needs[name]))


def _remember(store: Store, systems: Systems, name: str, health: Health) -> None:
    caps = health.capabilities
    text = journal.get(store, f"check:{name}")
    before = from_json(text)["problems"] if text else []
    gone = {(kind, subject) for kind, subject, *_ in before} - {(p.kind, p.subject) for p in health.problems}
    go_on(store, gone)
    with store.tx() as conn:
        journal.resolve_these(conn, health.now, gone)
        journal.put(
            conn,
            f"check:{name}",
            to_json(
                {
                    "fingerprint": _fingerprint(systems, name), "account": health.account, "now": to_ms(health.now),
                    "wall": systems.wall(), "fatal": health.fatal,
                    "missing": sorted(health.missing), "used": health.used, "limit": health.limit,
                    "facts": dict(health.facts), "keyed": sorted(caps.keyed), "linked": caps.linked,
                    "person_kinds": caps.person_kinds, "create_kind": caps.create_kind, "text_limit": caps.text_limit,
                    "problems": [[p.kind, p.subject, p.sentence, p.fix] for p in health.problems],
                }
            ),
        )  # fmt: skip


def _remembered(store: Store, systems: Systems, name: str) -> Health | None:
    """The last check, if it was not fatal, is recent, and was about the same mapping. What it found wrong is on record."""
    text = journal.get(store, f"check:{name}")
    if text is None:
        return None
    saved = from_json(text)
    recent = 0 <= systems.wall() - saved["wall"] < CHECK_EVERY
    if saved["fatal"] or not recent or saved["fingerprint"] != _fingerprint(systems, name):
        return None
    return Health(
        account=saved["account"],
        now=from_ms(saved["now"]),
        capabilities=Capabilities(
            frozenset(saved["keyed"]), saved["linked"], tuple(saved["person_kinds"]), saved["create_kind"],
            saved["text_limit"],
        ),
        missing=frozenset((kind, name_) for kind, name_ in saved["missing"]),
        used=saved["used"],
        limit=saved["limit"],
        facts=saved["facts"],
    )  # fmt: skip


def without_missing(rules: Rules, missing: Mapping[str, frozenset[tuple[str, str]]]) -> Rules:
    """The rules without the remote fields that an account lacks: what remains still works, `check` says what is lost."""
    maps = {}
    for name, system in rules.maps.items():
        gone = missing.get(name, frozenset())
        kinds = {}
        for kind_name, kind in system.kinds.items():
            lost = {remote for k, remote in gone if k == kind_name}
            kinds[kind_name] = (
                kind
                if not lost
                else replace(
                    kind,
                    fields={n: fm for n, fm in kind.fields.items() if fm.remote not in lost},
                    feedback={n: fm for n, fm in kind.feedback.items() if fm.remote not in lost},
                    stamp={n: remote for n, remote in kind.stamp.items() if remote not in lost},
                    key="" if kind.key in lost else kind.key,
                    reason="" if kind.reason in lost else kind.reason,
                    not_before="" if kind.not_before in lost else kind.not_before,
                    disposition="" if kind.disposition in lost else kind.disposition,
                )
            )
        maps[name] = replace(system, kinds=kinds)
    lost = {name for kind, name in missing.get(rules.marketing, ()) if kind == LISTS}
    nurture = Nurture(*("" if name in lost else name for name in (rules.nurture.list, rules.nurture.pause)))
    return replace(rules, maps=maps, nurture=nurture)
