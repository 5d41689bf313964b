"""A report of a ledger: reads what a period needs, and lets `core.metrics` count it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta, tzinfo

from syncd.core.agreement import unsigned
from syncd.core.appraise import appraise
from syncd.core.chunks import chunks
from syncd.core.facts import Dossier, Handoff
from syncd.core.metrics.compare import Alarm, alarms, slow
from syncd.core.metrics.credit import Story, credits
from syncd.core.metrics.funnel import funnel, stays
from syncd.core.metrics.lead import Lead, first_touch
from syncd.core.metrics.report import Report, report
from syncd.core.metrics.tally import value_of
from syncd.core.metrics.terms import Period, ReportRules, Spend, period
from syncd.core.rules import Rules
from syncd.core.types import Opportunity
from syncd.core.values import text_of
from syncd.ledger import journal, people
from syncd.ledger.passed import moves, passed, score_rules_of, sharers, steps_of, taken_up, unmoved
from syncd.ledger.store import Store

_CAMPAIGN = ("first_campaign", "latest_campaign")
_BEFORE = ("form", "page_view", "email_open", "email_click", "product", "call", "meeting", "message")
_WHO, _HOW = ("owner", "team", "tier"), ("entry", "criteria", "path", "rule", "before")
_WEEKLY = timedelta(days=70)
"""Up to this length of a report its cohorts are weeks; beyond, months."""


def make(store: Store, rules: Rules, of: ReportRules, when: Period, spend: Sequence[Spend] = ()) -> Report:
    """The report of a period."""
    persona = ("persona",) if rules.personas else ()
    return report(
        when,
        leads(store, rules, of, when),
        funnel(stays(moves(store)), when.since, when.until, of.stuck),
        dimensions=(*_WHO, "source", "campaign", *of.segments, *persona, *_HOW),
        contacts=unmoved(store),
        alarms=watched(store, rules, of, journal.last_seen(store)),
        spend=spend,
        signed=_signed(rules),
    )


def watched(store: Store, rules: Rules, of: ReportRules, now: datetime) -> tuple[Alarm, ...]:
    """The alarms as things stand now, whatever the period of a report."""
    first, begin, _ = of.watch.span(now)
    there = of.zone
    span = period(first.astimezone(there).date(), now.astimezone(there).date(), there)
    found = list(leads(store, rules, of, span))
    late = slow(found, of.targets.system_time, begin)
    return (*alarms(found, of.watch, now), *((late,) if late else ()))


def leads(store: Store, rules: Rules, of: ReportRules, when: Period) -> Iterator[Lead]:
    """Every lead that was passed or accepted in the period, and earlier ones of these people. What an opportunity counts for
    does not depend on the period."""
    wanted = sorted({*passed(store, when.since, when.until), *taken_up(store, when.since, when.until)})
    dossiers = _dossiers(store, rules, wanted)
    deals = {deal.ref for dossier in dossiers.values() for deal in dossier.opportunities}
    others = _dossiers(store, rules, sorted(sharers(store, deals) - set(wanted)) if deals else [])
    moved = steps_of(store, [*dossiers, *others])
    stories = {
        person: Story(
            dossier.lineage,
            tuple(h for h in dossier.handoffs if h.delivered is not None and h.state != "void"),
            tuple(moved[person]),
            tuple(deal for deal in dossier.opportunities if not deal.deleted),
        )
        for person, dossier in (*dossiers.items(), *others.items())
    }
    credited = credits(stories.values())
    gave, now = score_rules_of(store, wanted), journal.last_seen(store)
    for person, dossier in dossiers.items():
        groups = _groups(dossier, rules, of, now)
        for handoff in stories[person].handoffs:
            if handoff.delivered is not None and handoff.delivered < when.until:
                yield _lead(
                    dossier, handoff, stories[person], credited.get((dossier.lineage, handoff.number), ()),
                    gave.get((person, handoff.number), ()),
                    {**groups, "criteria": handoff.criteria, "cohort": _cohort(handoff.delivered, when, of.zone)},
                )  # fmt: skip


def _dossiers(store: Store, rules: Rules, ids: Sequence[int]) -> dict[int, Dossier]:
    found: dict[int, Dossier] = {}
    for some in chunks(ids, people.CHUNK):
        found |= people.dossiers(store, some, rules.marketing)
    return found


def _lead(
    dossier: Dossier,
    handoff: Handoff,
    story: Story,
    deals: tuple[Opportunity, ...],
    gave: tuple[str, ...],
    groups: dict[str, str],
) -> Lead:
    assert handoff.delivered is not None
    return Lead(
        lineage=dossier.lineage,
        number=handoff.number,
        entry=handoff.entry,
        opened=handoff.opened,
        delivered=handoff.delivered,
        owner=handoff.owner,
        team=handoff.rule,
        tier=handoff.tier,
        score=handoff.score,
        work=handoff.work,
        outcome=handoff.outcome,
        reason=handoff.reason,
        closed=handoff.closed,
        touched=first_touch(handoff, dossier.activities),
        groups=groups,
        steps=story.steps_of(handoff),
        deals=deals,
        rules=gave,
        before=_did(dossier, handoff.opened),
        returned=any(h.number > handoff.number for h in story.handoffs),
        target=str(handoff.target or ""),
    )


def _groups(dossier: Dossier, rules: Rules, of: ReportRules, now: datetime) -> dict[str, str]:
    """Dimensions of a person, as its marketing record says them now. The persona is that of today's rules."""
    profile = appraise(dossier, rules, None, now).profile
    campaign = next((profile[name] for name in _CAMPAIGN if profile.get(name)), None)
    values = {
        "source": profile.get("source"),
        "campaign": campaign,
        **{name: profile.get(name) for name in of.segments},
    }
    if rules.personas:
        values["persona"] = profile.get("persona") or "none"
    return {name: "" if value is None else text_of(value) for name, value in values.items()}


def _did(dossier: Dossier, opened: datetime) -> tuple[str, ...]:
    done = {a.kind for a in dossier.activities if a.at <= opened}
    return tuple(kind for kind in _BEFORE if kind in done)


def _cohort(delivered: datetime, when: Period, there: tzinfo) -> str:
    day = delivered.astimezone(there).date()
    if when.length > _WEEKLY:
        return f"{day:%Y-%m}"
    monday = day - timedelta(days=day.weekday())
    return f"week of {monday.isoformat()}"


def _signed(rules: Rules) -> str:
    """The agreement in force, and who stands by it (S0.9)."""
    gate = rules.gate
    who = (
        f"agreed by {', '.join(gate.agreed_by)} on {gate.agreed_on}"
        if gate.agreed_by and gate.agreed_on
        else "signed by nobody"
    )
    return f"Criteria {rules.version}, {who}{', and changed since' if unsigned(rules) else ''}."


def chosen(found: Iterable[Lead], where: dict[str, str]) -> list[Lead]:
    """The leads with these values of dimensions."""
    return [lead for lead in found if all(value_of(lead, name) == value for name, value in where.items())]
