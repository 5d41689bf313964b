"""What the rules ask for: every single question about a field or an activity, wherever it stands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from syncd.core.rules import All, AnyOf, Condition, Did, FieldIs, Named, Not, Rules


def questions(rules: Rules) -> Iterator[FieldIs | Did]:
    """Those of scores, must-haves, vetoes, exceptions, personas, hand raise, product, ignore rules, territories and skills."""
    gate = rules.gate
    for scored in (*gate.fit, *gate.engagement):
        yield from leaves(scored.when)
        yield from _named(scored.exceptions)
    yield from _named((*gate.must, *gate.vetoes, *rules.personas))
    for ignore in gate.ignore:
        if ignore.who is not None:
            yield from leaves(ignore.who)
    for territory in rules.routing.territories:
        yield from leaves(territory.when)
    yield from _named(rules.routing.skills)
    for short_cut in (gate.hand_raise, gate.product):
        if short_cut is not None:
            yield from leaves(short_cut)


def leaves(condition: Condition) -> Iterator[FieldIs | Did]:
    """The single questions that a condition is made of."""
    match condition:
        case FieldIs() | Did():
            yield condition
        case All() | AnyOf():
            for inner in condition.of:
                yield from leaves(inner)
        case Not():
            yield from leaves(condition.of)


def _named(conditions: Iterable[Named]) -> Iterator[FieldIs | Did]:
    for named in conditions:
        yield from leaves(named.when)
        yield from _named(named.exceptions)
