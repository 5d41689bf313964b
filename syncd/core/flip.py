"""The smallest change that would turn a decision (N2): "would go if they looked at the pricing page before Fri 27 Nov".

Single changes are tried first, then pairs. What would be different is guessed from the rules; then it is really decided
again on the changed dossier, and only what turned the decision is told. In this order the smaller one comes first:

    fewer things that happen       1 form before 3 page views
    activity                       something they may do
    known                          a field that nobody knows yet
    time                           nothing at all, and waiting
    changed                        a field that has another value
    lifted                         a veto, or a rule that takes points, that did not hold
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

from syncd.core.content import groups
from syncd.core.decide import PASSES, Decision, Next, decide
from syncd.core.facts import Directory, Dossier
from syncd.core.rules import Condition, Did, Named, Rules, ScoreRule
from syncd.core.samples import Wish, can_happen, happened, wishes
from syncd.core.types import Value
from syncd.core.values import is_blank
from syncd.core.whatif import with_activities, with_values

KINDS = ("activity", "known", "time", "changed", "lifted")
MOST = 3
"""So many ways are told."""

_REPEATS = 8
_MOMENTS = 250
"""So many changes by time alone are looked at: points that fade change one by one."""

_PARTNERS = 14
_HORIZON = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class Change:
    """Something that would be different. `source` is the rule that asks for it; `size` how many things happen.

    did     (activity, how often)
    values  canonical field → value, None for none; `others` are values that would do as well, where it is one field
    at      the moment of the decision, when nothing but time passes
    without the name of a veto or a rule that does not hold
    example other values would do as well
    """

    kind: str
    source: str
    size: int = 1
    did: tuple[tuple[Did, int], ...] = ()
    values: Mapping[str, Value] = field(default_factory=dict)
    others: tuple[Value, ...] = ()
    at: datetime | None = None
    without: str = ""
    example: bool = False

    @property
    def what(self) -> tuple[object, ...]:
        """What is asked for, whatever the value and the number."""
        return self.kind, self.source, tuple(self.values), tuple(did for did, _ in self.did)


@dataclass(frozen=True, slots=True)
class Flip:
    """Changes that together turn the decision. `before`: what is to be done must happen before this moment."""

    changes: tuple[Change, ...]
    before: datetime | None = None

    @property
    def weight(self) -> tuple[int, int, int]:
        kinds = [KINDS.index(change.kind) for change in self.changes]
        return len(self.changes), sum(change.size for change in self.changes), sum(kinds)


@dataclass(frozen=True)
class Asked:
    """One person at one moment, decided on again and again."""

    dossier: Dossier
    rules: Rules
    directory: Directory
    portal: str
    now: datetime

    def decide(self, changes: Sequence[Change] = (), at: datetime | None = None) -> Decision:
        """The decision if these changes had happened by `at`."""
        moment = at or self.now
        dossier, rules = self.dossier, self.rules
        for change in changes:
            moment = change.at or moment
            rules = _without(rules, change.without)
            dossier = with_values(dossier, rules, change.values)
            for did, times in change.did:
                more = [happened(did, moment, groups(rules), number) for number in range(times)]
                dossier = with_activities(dossier, more)
        return decide(dossier, rules, self.directory, moment, self.portal)

    @cached_property
    def moments(self) -> tuple[tuple[datetime, Decision], ...]:
        """The moments ahead at which time alone may change something, each with its decision, as far as one looks."""
        found: list[tuple[datetime, Decision]] = []
        due = self.decide().due
        while due is not None and due <= self.now + _HORIZON and len(found) < _MOMENTS:
            found.append((due, self.decide(at=due)))
            due = found[-1][1].due
        return tuple(found)


def _without(rules: Rules, name: str) -> Rules:
    if not name:
        return rules
    gate = rules.gate
    return replace(
        rules,
        gate=replace(
            gate,
            vetoes=tuple(veto for veto in gate.vetoes if veto.name != name),
            fit=tuple(rule for rule in gate.fit if rule.name != name),
            engagement=tuple(rule for rule in gate.engagement if rule.name != name),
        ),
    )


# ---------------------------------------------------------------- what would hand a lead over
def ways_in(asked: Asked) -> tuple[Flip, ...]:
    """The smallest changes that would hand this person over now, at most `MOST`; none for one that is with sales, that goes
    anyway, or for whom no one or two changes would do."""
    decision = asked.decide()
    if decision.next is not Next.NOTHING or (decision.handoff is not None and decision.handoff.active):
        return ()
    found: list[Flip] = []
    helpful: list[tuple[tuple[int, int], Change]] = []
    short = _shortfall(decision)
    for change in _candidates(asked, decision):
        tried = asked.decide([change])
        if tried.next in PASSES:
            found.append(Flip((change,)))
        elif (left := _shortfall(tried)) < short:
            helpful.append((left, change))
    if not found:
        best = [change for _, change in sorted(helpful, key=lambda pair: (pair[0], pair[1].size))[:_PARTNERS]]
        found = [
            Flip(pair)
            for pair in itertools.combinations(best, 2)
            if pair[0].source != pair[1].source and asked.decide(pair).next in PASSES
        ]
    return tuple(replace(flip, before=_before(asked, flip)) for flip in _smallest(found))


def _shortfall(decision: Decision) -> tuple[int, int]:
    """How far from ready: conditions that stand in the way, then points."""
    verdict, points = decision.verdict, decision.score
    return len(verdict.vetoes) + len(verdict.unmatched) + bool(decision.held), -(points.fit + points.engagement)


def _smallest(found: Sequence[Flip]) -> list[Flip]:
    """The smallest few, each asking for something else."""
    told: list[Flip] = []
    for flip in sorted(found, key=lambda flip: flip.weight):
        what = [change.what for change in flip.changes]
        if len(told) < MOST and all(what != [change.what for change in t.changes] for t in told):
            told.append(flip)
    return [_with_alternatives(flip, found) for flip in told]


def _with_alternatives(flip: Flip, found: Sequence[Flip]) -> Flip:
    """Other values of the same field by the same rule that would do as well, told in one breath."""
    first = flip.changes[0]
    if len(flip.changes) > 1 or len(first.values) != 1 or first.did or first.example:
        return flip
    alike = [other.changes[0] for other in found if [change.what for change in other.changes] == [first.what]]
    others = [value for change in alike for value in change.values.values() if change != first]
    return Flip((replace(first, others=tuple(others)),))


def _before(asked: Asked, flip: Flip) -> datetime | None:
    """Until when the activities of a flip would still do; None when no end is in sight, or when time is part of it."""
    if not any(change.did for change in flip.changes) or any(change.at for change in flip.changes):
        return None
    turned = (at for at, _ in asked.moments if asked.decide(flip.changes, at=at).next not in PASSES)
    return next(turned, None)


# ---------------------------------------------------------------- what would take a lead out
@dataclass(frozen=True, slots=True)
class WayOut:
    """`until`: the lead stays ready until then by itself (None: no end in sight); `changes` would take it out."""

    until: datetime | None
    changes: tuple[Change, ...]


def ways_out(asked: Asked) -> WayOut | None:
    """What would end the readiness of a lead that is ready and not with sales yet; None for others."""
    decision = asked.decide()
    if not decision.verdict.ready or (decision.handoff is not None and decision.handoff.active):
        return None
    until = next((at for at, then in asked.moments if not then.verdict.ready), None)
    changes = []
    for named in (*asked.rules.gate.vetoes, *asked.rules.gate.must):
        harmful = [c for c in _harms(asked, decision, named) if not asked.decide([c]).verdict.ready]
        found = [Flip((change,)) for change in harmful]
        changes += [flip.changes[0] for flip in _smallest(found)[:1]]
    return WayOut(until, tuple(changes[:MOST]))


def _harms(asked: Asked, decision: Decision, named: Named) -> Iterator[Change]:
    """Values that make a veto hold; a must-have's fields without theirs."""
    for wish in wishes(named.when, asked.rules.marketing_kind):
        if named in asked.rules.gate.vetoes:
            yield from _changes(named.name, wish, decision)
        elif values := {name: None for name in wish.values if not is_blank(decision.profile.get(name))}:
            yield Change("changed", named.name, values=values)


# ---------------------------------------------------------------- candidates
def _candidates(asked: Asked, decision: Decision) -> Iterator[Change]:
    """Single changes that might help, from the rules."""
    gate = asked.rules.gate
    for rule in (*gate.engagement, *gate.fit):
        if rule.points > 0:
            for wish in _wishes(asked, rule.when):
                yield from _repeated(rule, wish, decision)
        elif any(line.name == rule.name for line in decision.score.lines):
            yield Change("lifted", rule.name, without=rule.name)
    for named in gate.must:
        for wish in _wishes(asked, named.when):
            yield from _changes(named.name, wish, decision)
    for wish in _wishes(asked, gate.hand_raise) if gate.hand_raise is not None else ():
        yield from _changes("a raised hand", wish, decision)
    for wish in _wishes(asked, gate.product) if gate.product is not None else ():
        yield from _changes("value in the product", wish, decision)
    for name in decision.verdict.vetoed_by:
        yield Change("lifted", name, without=name)
    for at, _ in asked.moments:
        yield Change("time", "time", at=at)


def _wishes(asked: Asked, condition: Condition) -> Iterator[Wish]:
    for wish in wishes(condition, asked.rules.marketing_kind):
        if all(can_happen(did, groups(asked.rules)) for did in wish.did):
            yield wish


def _repeated(rule: ScoreRule, wish: Wish, decision: Decision) -> Iterator[Change]:
    """A rule that counts every match may need several."""
    for change in _changes(rule.name, wish, decision):
        yield change
        if rule.each and change.did:
            for times in range(2, _REPEATS + 1):
                yield replace(change, size=times, did=tuple((did, times) for did, _ in change.did))


def _changes(source: str, wish: Wish, decision: Decision) -> Iterator[Change]:
    new = {name: value for name, value in wish.values.items() if decision.profile.get(name) != value}
    if not new and not wish.did:
        return
    known = any(not is_blank(decision.profile.get(name)) for name in new)
    kind = "changed" if known else "known" if new else "activity"
    did = tuple((did, did.count) for did in wish.did)
    yield Change(
        kind, source, size=len(new) + sum(times for _, times in did), did=did, values=new, example=wish.example
    )
