"""First policy tests from the rules themselves: a lead that passes, and one for each thing that keeps it back.

Nothing is promised: each lead is decided on, and what comes out is what its test expects. Rules for which no lead comes to
mind have no test.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

from syncd.core.content import CONTENT, groups
from syncd.core.policy import USUAL_NOW, Expect, Happened, PolicyTest, decided, run
from syncd.core.rules import Condition, Content, Did, Rules, ScoreRule
from syncd.core.samples import Wish, can_happen, happened, wishes
from syncd.core.types import Value

_AGO = timedelta(hours=2)
_OFTEN = 10
_PERSON: Mapping[str, Value] = {"email": "ada@example.com"}


def starter(rules: Rules) -> tuple[PolicyTest, ...]:
    """Tests that pass under these rules, each with a name of its own."""
    found: dict[str, PolicyTest] = {}
    for test in _tests(rules):
        if not run(test, rules).failures:
            found.setdefault(test.name.lower(), test)
    return tuple(found.values())


def _tests(rules: Rules) -> Iterator[PolicyTest]:
    stranger = _test("Nobody knows anything about them", {})
    yield replace(stranger, expect=Expect(ready=False))
    ideal = _ideal(rules)
    if ideal is None:
        return
    yield replace(ideal, expect=_as_it_is(ideal, rules))
    idle = replace(ideal, name="They fit, and did nothing", activities=())
    yield replace(idle, expect=replace(_as_it_is(idle, rules), owner=(), rule=None))
    for veto in rules.gate.vetoes:
        for wish in wishes(veto.when, rules.marketing_kind):
            vetoed = _with(ideal, wish, f"Vetoed: {veto.name}", rules)
            yield replace(vetoed, expect=Expect(ready=False, veto=veto.name))
    for must in rules.gate.must:
        lacking = _without(replace(ideal, name=f"Lacks: {must.name}"), must.when, rules)
        yield replace(lacking, expect=Expect(ready=False, says=(f"must: {must.name}",)))
    for territory in rules.routing.territories:
        for wish in wishes(territory.when, rules.marketing_kind):
            there = _with(ideal, wish, f"Goes to: {territory.name}", rules)
            yield replace(there, expect=Expect(ready=True, rule=territory.name, owner=territory.owners))


def _test(name: str, lead: Mapping[str, Value], *did: Happened) -> PolicyTest:
    return PolicyTest(name, {**_PERSON, **lead}, did, USUAL_NOW, Expect())


# ---------------------------------------------------------------- a lead that passes
def _ideal(rules: Rules) -> PolicyTest | None:
    """A lead that is ready: all that gives points and does no harm, piece by piece; None when that does not suffice."""
    lead = _test("They fit, and show interest", {})
    gate = rules.gate
    wanted: list[Condition] = [named.when for named in gate.must]
    for rule in sorted((*gate.fit, *gate.engagement), key=lambda r: -r.points):
        wanted += [rule.when] * _times(rule)
    wanted += [short_cut for short_cut in (gate.hand_raise, gate.product) if short_cut is not None]
    for condition in wanted:
        better = max(
            (_with(lead, wish, lead.name, rules) for wish in wishes(condition, rules.marketing_kind)),
            key=lambda tried: _worth(tried, rules),
            default=lead,
        )
        if _worth(better, rules) > _worth(lead, rules):
            lead = better
    return lead if decided(lead, rules)[0].verdict.ready else None


def _times(rule: ScoreRule) -> int:
    """How often a rule is worth to be met."""
    if rule.points <= 0:
        return 0
    return min(_OFTEN, -(-(rule.cap or rule.points) // rule.points)) if rule.each else 1


def _worth(test: PolicyTest, rules: Rules) -> tuple[int, int, bool, int]:
    """Fewer vetoes first, then more must-haves, then whether it is ready, then more points."""
    decision, _ = decided(test, rules)
    points = decision.score
    verdict = decision.verdict
    return -len(verdict.vetoes), -len(verdict.unmatched), verdict.ready, points.fit + points.engagement


def _as_it_is(test: PolicyTest, rules: Rules) -> Expect:
    """What comes out today."""
    decision, chosen = decided(test, rules)
    ready = decision.verdict.ready
    return Expect(
        ready=ready,
        score=decision.score.combined,
        tier=decision.score.tier or None,
        entry=decision.verdict.entry if ready else None,
        rule=chosen.rule,
    )


# ---------------------------------------------------------------- changed a little
def _with(test: PolicyTest, wish: Wish, name: str, rules: Rules) -> PolicyTest:
    content = groups(rules)
    more = tuple(done for did in wish.did if can_happen(did, content) for done in _happened(did, content))
    return replace(test, name=name, lead={**test.lead, **wish.values}, activities=(*test.activities, *more))


def _happened(did: Did, content: Sequence[Content]) -> Iterator[Happened]:
    for number in range(did.count):
        activity = happened(did, USUAL_NOW, content, number)
        yield Happened(activity.kind, _AGO, activity.title, activity.url)


def _without(test: PolicyTest, condition: Condition, rules: Rules) -> PolicyTest:
    """Without everything that could make a condition hold."""
    ways = wishes(condition, rules.marketing_kind)
    kinds = {kind for wish in ways for did in wish.did for kind in did.kinds or CONTENT}
    names = {name for wish in ways for name in wish.values} - set(_PERSON)
    return replace(
        test,
        lead={name: value for name, value in test.lead.items() if name not in names},
        activities=tuple(done for done in test.activities if done.kind not in kinds),
    )
