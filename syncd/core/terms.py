"""The agreement between marketing and sales in words: when a lead is ready, what counts, and whose it is (S0.6, S3.1).

The sentences come from the rules themselves, so what is printed is what decides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from syncd.core import ignore
from syncd.core.agreement import unsigned
from syncd.core.asks import leaves
from syncd.core.content import CONTENT, groups
from syncd.core.history import LABELS
from syncd.core.routing_terms import limited, owned
from syncd.core.rules import Content, Did, Gate, Named, Routing, Rules, ScoreRule
from syncd.core.text import listing, number, plural, span


@dataclass(frozen=True, slots=True)
class Clause:
    """One rule: its name, what it asks for, and the points it gives (None for a must-have, a veto, a way of routing)."""

    name: str
    sentence: str
    points: int | None = None


@dataclass(frozen=True, slots=True)
class Agreement:
    """`ready` is the rule in one sentence. `counted` says which activities count as engagement and which never do;
    `unsigned` why the criteria lack a signature, "" when both teams signed; `to_sign` is the version that they sign."""

    version: str
    to_sign: str
    ready: str
    fit: tuple[Clause, ...]
    engagement: tuple[Clause, ...]
    must: tuple[Clause, ...]
    vetoes: tuple[Clause, ...]
    tiers: tuple[Clause, ...]
    content: tuple[Clause, ...]
    personas: tuple[Clause, ...]
    routing: tuple[Clause, ...]
    counted: tuple[str, ...]
    agreed_by: tuple[str, ...]
    agreed_on: str
    unsigned: str


def agreement(rules: Rules) -> Agreement:
    """What both teams agreed on, as the configuration in force says it."""
    gate = rules.gate
    return Agreement(
        version=rules.version,
        to_sign=rules.agreement,
        ready=ready_when(gate),
        fit=tuple(_scored(rule) for rule in gate.fit),
        engagement=tuple(_scored(rule) for rule in gate.engagement),
        must=tuple(_named(named) for named in gate.must),
        vetoes=tuple(_named(named) for named in gate.vetoes),
        tiers=tuple(Clause(tier.name, f"score of {tier.minimum} or more") for tier in gate.tiers),
        content=tuple(_group(group) for group in groups(rules)),
        personas=tuple(_named(named) for named in rules.personas),
        routing=tuple(_routing(rules.routing)),
        counted=tuple(_counted(rules)),
        agreed_by=gate.agreed_by,
        agreed_on=gate.agreed_on,
        unsigned=_unsigned(rules),
    )


def ready_when(gate: Gate) -> str:
    """The one sentence: when a lead is handed to sales."""
    needs = [f"its score reaches {gate.threshold} of 100 ({_made_of(gate)})"]
    for name, minimum in (("fit", gate.fit_minimum), ("engagement", gate.engagement_minimum)):
        if minimum:
            needs.append(f"its {name} reaches {minimum}")
    subject_to = [*_all_of(gate.must), *_none_of(gate.vetoes)]
    sentence = " ".join([f"A lead goes to sales when {listing([*needs, *subject_to])}.", *_besides(gate)])
    condition = f", provided that {listing(subject_to)}" if subject_to else ""
    if gate.hand_raise is not None:
        sentence += f" One that raised a hand ({gate.hand_raise}) goes without the score{condition}."
    if gate.product is not None:
        sentence += f" So does a product-qualified one ({gate.product}){condition}."
    return sentence


def _made_of(gate: Gate) -> str:
    if gate.borrowed:
        return f"the score is {gate.source}"
    share = round(gate.fit_share * 100, 2)
    return f"{number(share)} % fit, {number(100 - share)} % engagement"


def _besides(gate: Gate) -> Iterator[str]:
    """What is so besides, where the rules say so."""
    if gate.hysteresis:
        yield f"One that was found ready and waits stays so until it misses that by more than {gate.hysteresis}."
    if gate.single_low_intent:
        yield "A single look at content of low intent may tip the scale."


def _all_of(must: Sequence[Named]) -> Iterator[str]:
    if len(must) == 1:
        yield f"the must-have “{must[0].name}” holds"
    elif must:
        yield f"all {len(must)} must-haves hold"


def _none_of(vetoes: Sequence[Named]) -> Iterator[str]:
    if len(vetoes) == 1:
        yield f"the veto “{vetoes[0].name}” does not"
    elif vetoes:
        yield f"none of the {len(vetoes)} vetoes does"


# ---------------------------------------------------------------- the parts
def _scored(rule: ScoreRule) -> Clause:
    each = " each time" if rule.each else ""
    cap = f", at most {plural(rule.cap, 'point')} in all" if rule.cap is not None else ""
    fades = rule.half_life is not None and any(isinstance(leaf, Did) for leaf in leaves(rule.when))
    half = f", half of it gone every {span(rule.half_life)}" if fades and rule.half_life is not None else ""
    sentence = f"{rule.when}{',' if each else ''}{each}{cap}{half}{_but(rule.exceptions)}"
    return Clause(rule.name, sentence, rule.points)


def _named(named: Named) -> Clause:
    return Clause(named.name, f"{named.when}{_but(named.exceptions)}")


def _but(exceptions: Sequence[Named]) -> str:
    said = listing([f"“{exception.name}” ({exception.when})" for exception in exceptions], "or")
    return f"; exception: {said}" if said else ""


def _group(group: Content) -> Clause:
    kinds = f" ({_kinds(set(group.kinds))})" if group.kinds else ""
    return Clause(group.name, f"{group.journey}-stage, {group.intent} intent{kinds}")


def _routing(routing: Routing) -> Iterator[Clause]:
    """In the order in which they are tried."""
    yield from (Clause(*said) for said in owned(routing))
    match "" if routing.first else routing.mode:
        case "single":
            yield Clause("single", f"everybody else goes to {routing.owners[0]}")
        case "round_robin":
            yield Clause("round robin", f"everybody else goes to {listing(routing.owners, 'or')} in turn")
        case "territory":
            for territory in routing.territories:
                owners = listing(territory.owners, "or")
                turn = " in turn" if len(territory.owners) > 1 else ""
                yield Clause(territory.name, f"{territory.when}: to {owners}{turn}")
    yield from (Clause(*said) for said in limited(routing))
    yield Clause("fallback", f"{routing.fallback} gets what nobody else can take")


def _counted(rules: Rules) -> Iterator[str]:
    """What counts as engagement (S0.19)."""
    asked = {
        kind
        for rule in rules.gate.engagement
        for leaf in leaves(rule.when)
        if isinstance(leaf, Did) and leaf.by != "us"
        for kind in leaf.kinds or CONTENT
    }
    if asked:
        yield f"counted: {_kinds(asked)}"
    if ignored := set(LABELS) - asked:
        yield f"not counted, for no score rule asks for it: {_kinds(ignored)}"
    for kind, most in sorted(rules.gate.caps.items()):
        yield f"at most {plural(most, 'point')} of all rules about this alone: {_kinds({kind})}"
    yield "never counted: what syncd wrote itself, and tasks, e-mails and messages of our own side"
    if rules.own_domains:
        yield f"never counted: whatever our own staff does ({listing([f'@{d}' for d in rules.own_domains])})"
    for rule in rules.gate.ignore:
        yield f"never counted, {rule.name}: {ignore.sentence(rule)}"


def _kinds(kinds: set[str]) -> str:
    return listing([label.lower() for kind, label in LABELS.items() if kind in kinds])


def _unsigned(rules: Rules) -> str:
    gate = rules.gate
    if not gate.agreed_by:
        return "Nobody signed these criteria: name who agreed in qualify.agreed_by, and when in qualify.agreed_on."
    if not gate.agreed_on:
        return "The criteria name who agreed, but not when: set qualify.agreed_on."
    changed = unsigned(rules)
    return f"{changed.sentence} {changed.fix}" if changed is not None else ""
