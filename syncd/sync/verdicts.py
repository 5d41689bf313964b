"""Deciding in chunks, the brakes, and saving what was decided.

People with nothing to be written are done chunk by chunk. The others are only counted at first, so that the brakes see the
whole; then they are decided again, best first, and saved with their actions, a transaction a chunk.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from syncd.core.accounts import account_named
from syncd.core.changes import watched
from syncd.core.chunks import chunks
from syncd.core.decide import BRIEFED, RESTS, Decision, Next, decide
from syncd.core.facts import Directory
from syncd.core.plan import build, takes_over
from syncd.core.planned import Context, Planned
from syncd.core.rules import Rules
from syncd.core.stages import goes_back
from syncd.core.standing import Standing
from syncd.core.text import plural
from syncd.core.types import Action, Problem
from syncd.core.values import is_blank
from syncd.ledger import breaches, colleagues, deals, decisions, journal, people, rulings, standing
from syncd.ledger.accounts import Asked
from syncd.ledger.store import Store
from syncd.sync.briefing import acquainted
from syncd.sync.collector import seldom_collected
from syncd.sync.companies import company_asked
from syncd.sync.planfile import SavedPlan
from syncd.sync.systems import Systems

DECISION_PROBLEMS = (
    "ambiguous_match",
    "claimed_match",
    "illegal_move",
    "successor_unseen",
    "deleted_remotely",
    "no_owner",
    "not_reassigned",
    "overflow",
    "number_without_record",
    "oscillation",
    "overwritten",
    "owner_inactive",
    "unknown_status",
)
"""Kinds that a decision raises: a decision without them resolves them."""

CHUNK = 200

WAITS = "nobody can take the lead now"


@dataclass(slots=True)
class Outcome:
    """How many people were decided, how many handoffs and actions were planned, and whether a brake held everything."""

    decided: int = 0
    handoffs: int = 0
    actions: int = 0
    held: int = 0
    braked: bool = False
    moved: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Candidate:
    """`company` is that of who goes to sales now, empty for the others; `blanks` are values that would be emptied, and `back`
    says that the stage goes back or out. `passed`: the brakes let the lead go before and it only waited for a rep, or a named
    person let it go."""

    person: int
    lineage: str
    next: Next
    score: int
    company: Asked
    blanks: int
    back: bool
    passed: bool


@seldom_collected()
def decide_all(
    store: Store,
    systems: Systems,
    sync: int,
    now: datetime,
    *,
    planning: bool = False,
    approved: SavedPlan | None = None,
    stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Decide on everyone who is dirty or due. With `approved`, only that plan's actions are saved, as they were; when
    `planning`, a brake is only reported."""
    rules = systems.rules
    who = people.directory(store, rules.marketing, rules.crm)
    outcome = Outcome()
    candidates: list[_Candidate] = []
    for chunk in people.waiting(store, now):
        decided = _decisions(store, systems, chunk, who, now)
        with store.tx() as conn:
            quiet = [(person, decision) for person, decision in decided if decision.quiet]
            _save_quiet(conn, sync, quiet, now)
            for person, decision in decided:
                outcome.decided += 1
                with_sales = decision.handoff is not None and decision.handoff.active
                outcome.held += bool(decision.held and decision.verdict.ready and not with_sales and not decision.waits)
                if not decision.quiet:
                    candidates.append(_candidate(person, decision, rules))
                if rules.by_account is not None:
                    deals.at_account(conn, person, account_named(decision, rules))
        if stop():
            return outcome
    candidates.sort(key=lambda c: (c.next in RESTS, -c.score, c.lineage))
    context = Context(rules, who, systems.abilities(), systems.portal, now)
    # once for all: a look at the companies reads every address, whatever it asks for
    known = standing.with_companies(store, standing.standing(store, now), rules, (c.company for c in candidates))
    mates = colleagues.mates(store, rules, (c.company.domain for c in candidates))
    brake = None if approved is not None else _brake(store, context, candidates, systems, known)
    with store.tx() as conn:
        journal.resolve(conn, now, kinds=("brake",))
        if brake is not None:
            journal.report(conn, [brake], now)
    if brake is not None and not planning:
        outcome.braked = True
        return outcome
    for group in chunks(candidates, CHUNK):
        order = {c.person: n for n, c in enumerate(group)}
        decided = acquainted(store, rules, _decisions(store, systems, list(order), who, now), mates)
        planned, before = [], known.turns
        for person, decision in sorted(decided, key=lambda pair: order[pair[0]]):
            if decision.next is Next.HAND_OVER and (draw := standing.drawn(store, person, decision.number)):
                known = known.before(*draw)
            wanted = build(decision, context, known)
            plan = wanted if approved is None else approved.only(wanted, outcome.moved)
            if plan.taken is not None:
                known = known.after(plan.taken, now)
            planned.append((person, decision, plan, len(plan.actions) < len(wanted.actions)))
        with store.tx() as conn:
            for person, decision, plan, left_out in planned:
                _save_plan(conn, sync, person, decision, plan, now, left_out=left_out, outcome=outcome)
            standing.save_turns(conn, {p: turns for p, turns in known.turns.items() if turns is not before.get(p)})
        if stop():
            break
    return outcome


def _decisions(
    store: Store, systems: Systems, ids: Sequence[int], who: Directory, now: datetime
) -> list[tuple[int, Decision]]:
    found = people.dossiers(store, ids, systems.rules.marketing, watched(systems.rules))
    return [(person, decide(d, systems.rules, who, now, systems.portal)) for person, d in found.items()]


def _candidate(person: int, decision: Decision, rules: Rules) -> _Candidate:
    company = company_asked(decision, rules) if decision.next in BRIEFED else Asked()
    blanks = sum(is_blank(change.value) and not is_blank(change.was) for change in decision.changes)
    back = goes_back(decision.dossier.stage, decision.stage)
    passed = decision.next is Next.HAND_OVER and (decision.dossier.waiting is not None or decision.ruling is not None)
    return _Candidate(
        person, decision.dossier.lineage, decision.next, decision.score.combined, company, blanks, back, passed
    )


# ---------------------------------------------------------------- brakes
def _brake(
    store: Store, context: Context, candidates: Sequence[_Candidate], systems: Systems, known: Standing
) -> Problem | None:
    """The reason to stop and ask, if this sync would do more than it may unasked. Leads that only waited, or that a named
    person let go, were approved: many of them at once are no accident."""
    brakes = context.rules.brakes
    handoffs = sum(c.next is Next.HAND_OVER for c in candidates)
    unasked = [c for c in candidates if not c.passed]
    new = sum(c.next is Next.HAND_OVER for c in unasked)
    if new > brakes.handoffs:
        besides = f", besides {handoffs - new} that waited for a rep or that somebody released" if new < handoffs else ""
        return _asking(f"This sync would hand over {new} leads{besides}; the limit is {brakes.handoffs} (brakes.handoffs).")
    everyone = people.count(store) if len(unasked) > brakes.floor else 0
    if len(unasked) > brakes.floor and len(unasked) > brakes.share * everyone:
        return _asking(
            f"This sync would write to {len(unasked)} of {everyone} people; the limit is {brakes.share:.0%} (brakes.share)."
        )
    owners = sum(c.next is Next.REROUTE for c in candidates)
    if brakes.owner_changes < handoffs + owners:
        owners += _owner_changes(store, context, candidates, systems, known)
    if owners > brakes.owner_changes:
        return _asking(
            f"This sync would change the owner of {owners} existing records; the limit is {brakes.owner_changes} "
            "(brakes.owner_changes)."
        )
    blanks = sum(c.blanks for c in candidates)
    if blanks > brakes.blanks:
        return _asking(f"This sync would empty {plural(blanks, 'value')}; the limit is {brakes.blanks} (brakes.blanks).")
    back = sum(c.back for c in candidates)
    if back > brakes.demotions:
        return _asking(
            f"This sync would move {plural(back, 'person', 'people')} back or out of the funnel; the limit is "
            f"{brakes.demotions} (brakes.demotions)."
        )
    return None


def _asking(sentence: str) -> Problem:
    return Problem(
        "brake", "sync", f"{sentence} Nothing was sent.",
        "Look at it with: syncd plan --out plan.json, then approve it with: syncd apply plan.json",
    )  # fmt: skip


def _owner_changes(
    store: Store, context: Context, candidates: Sequence[_Candidate], systems: Systems, known: Standing
) -> int:
    total = 0
    for chunk in chunks([c for c in candidates if c.next is Next.HAND_OVER], CHUNK):
        decided = _decisions(store, systems, [c.person for c in chunk], context.directory, context.now)
        total += sum(takes_over(decision, context, known) for _, decision in decided)
    return total


# ---------------------------------------------------------------- saving
def _save_quiet(conn: sqlite3.Connection, sync: int, decided: Sequence[tuple[int, Decision]], now: datetime) -> None:
    """Those for whom nothing is written: most people, so what is the same for all of them is done at once."""
    persons = [person for person, _ in decided]
    journal.resolve_people(conn, now, persons, DECISION_PROBLEMS)
    rulings.stop_waiting(conn, [person for person, decision in decided if not decision.waits])
    decisions.clean(conn, persons)
    decisions.drop_all_upkeep(conn, persons)
    for person, decision in decided:
        _save_common(conn, sync, person, decision, decision.problems, now)
        if decision.dossier.waiting is not None:
            standing.stop_waiting(conn, person)


def _save_plan(
    conn: sqlite3.Connection,
    sync: int,
    person: int,
    decision: Decision,
    plan: Planned,
    now: datetime,
    *,
    left_out: bool,
    outcome: Outcome,
) -> None:
    journal.resolve_people(conn, now, [person], DECISION_PROBLEMS)
    if left_out:
        decisions.keep_dirty(conn, person)
    else:
        decisions.clean(conn, [person])
    if not (left_out or decision.waits):
        rulings.stop_waiting(conn, [person])
    _save_common(
        conn, sync, person, decision, (*decision.problems, *plan.problems), now, due=plan.due,
        waits=plan.again is not None, opened=plan.handoff is not None,
    )
    if decision.next is Next.HAND_OVER:
        standing.forget_draw(conn, person, decision.number)
    if plan.again is not None:
        outcome.held += 1
        standing.wait(conn, person, now)
        if decision.handoff is not None and decision.handoff.state == "open":
            decisions.withdraw(conn, person, decision.number)
    elif decision.dossier.waiting is not None:
        standing.stop_waiting(conn, person)
    if decision.next is Next.WITHDRAW:
        decisions.withdraw(conn, person, decision.number)
    elif plan.handoff is not None:
        again = decision.handoff is not None and decision.handoff.number == plan.handoff.number
        if again:
            decisions.plan_anew(conn, person, plan.handoff.number)
        lines = [(line.part, line.name, line.points, line.sentence) for line in decision.score.lines]
        decisions.save_handoff(conn, sync, person, plan.handoff, lines, plan.pool)
        outcome.handoffs += decision.next is Next.HAND_OVER and not again
    decisions.drop_upkeep(conn, person, [a.key for a in plan.actions])
    journal.report(conn, [_overwritten(a) for a in decisions.spent(conn, plan.actions) if a.upkeep], now)
    outcome.actions += decisions.save_actions(conn, sync, person, plan.actions, doubt=plan.doubt)


def _overwritten(action: Action) -> Problem:
    """A value of ours that stood there, was changed back by somebody, and would be written a second time."""
    names = ", ".join(sorted(action.fields))
    return Problem(
        "overwritten",
        f"{action.person} {names}",
        f"Somebody changes what syncd wrote in {action.target.system}: {names}. It is not written again.",
        f"Find the workflow or user that writes these fields of {action.target}, or take them out of the mapping.",
        action.person,
    )


def _save_common(
    conn: sqlite3.Connection,
    sync: int,
    person: int,
    decision: Decision,
    problems: Sequence[Problem],
    now: datetime,
    *,
    due: datetime | None = None,
    waits: bool = False,
    opened: bool = False,
) -> None:
    verdict, points = decision.verdict, decision.score
    word = "ready" if verdict.ready else "vetoed" if verdict.vetoed else "not ready"
    held = decision.held or (WAITS if waits else "")
    decisions.save_verdict(
        conn, sync, person, fit=points.fit, engagement=points.engagement, score=points.combined, tier=points.tier,
        verdict=f"held: {held}" if verdict.ready and held else word,
        due=min(filter(None, (decision.due, due)), default=None),
    )  # fmt: skip
    decisions.save_moves(conn, sync, person, decision.moves, decision.highest)
    if decision.handoff is not None and decision.handoff != decision.dossier.last_handoff:
        decisions.save_handoff(conn, sync, person, decision.handoff, ())
    if decision.handoff is not None and decision.watch is not None:
        breaches.keep(conn, decision.handoff.key, decision.watch, now)
    if decision.waits:
        rulings.wait(conn, person, now)
    if opened or decision.next is not Next.HAND_OVER:
        rulings.answer(conn, decision.answers)
    last = decision.dossier.last_handoff
    if last is not None and decision.handoff is not None and decision.handoff.owner != last.owner:
        journal.resolve_people(conn, now, [person], ("owner_changed",))
    if problems:
        journal.report(conn, [replace(p, person=p.person or decision.dossier.lineage) for p in problems], now)
