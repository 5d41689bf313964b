"""Why, and why not: everything the ledger knows about one person's way, from facts to receipts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from syncd.core import flip, flip_words
from syncd.core.appraise import Appraisal
from syncd.core.conditions import counts
from syncd.core.deals import LINKS
from syncd.core.decide import Decision
from syncd.core.facts import BY_HAND, ROUTED, Handoff
from syncd.core.keys import digest
from syncd.core.rules import Named, Rules
from syncd.core.rulings import Ruling
from syncd.core.score import score
from syncd.core.stages import FUNNEL, Loser, Rank, highest
from syncd.core.values import name_of
from syncd.ledger import alerts, journal
from syncd.ledger.store import Store
from syncd.sync.promised import promised
from syncd.sync.view import View, missing

_TAKEN = ("sal", "sql", "opportunity", "customer")

TREND = timedelta(days=14)
"""How far back a score is looked at anew to say where it is going."""


def explain(store: Store, rules: Rules, person: int) -> dict[str, Any]:
    """The whole story of one person as JSON: refs, stage with history, score with its lines, decision with the rules that did
    and did not match, handoffs with route, owner, brief and receipts, and what is missing for one that was not handed over.

    Decided on what the ledger holds, at the time of its last sync.
    """
    view = View.of(store, rules)
    ((_, decision),) = view.decisions([person])
    dossier, now = decision.dossier, view.now
    receipts = journal.receipts_of(store, "person", person)
    history = journal.stage_history(store, person)
    refs = sorted({str(r.ref) for r in (*dossier.crm, *([dossier.marketing] if dossier.marketing else []))})
    return {
        "person": {
            "lineage": dossier.lineage,
            "name": name_of(decision.profile),
            "email": decision.profile.get("email"),
            "refs": refs,
        },
        "stage": {
            "now": decision.stage,
            "highest": decision.highest,
            "because": decision.where.winner.rule if decision.where.winner else None,
            "against": [_lost(loser) for loser in decision.where.losers if not _passed(loser, decision.stage)],
            "history": [_times(event) for event in history],
        },
        "came": _came(decision, view),
        "persona": (decision.profile.get("persona") or "none") if rules.personas else None,
        "moves": _moves(decision.appraisal, view),
        "ignored": [str(ignored) for ignored in decision.appraisal.ignored],
        "score": scored(decision, view),
        "decision": _decision(decision, rules),
        "missing": missing(decision),
        "flip": _flip(decision, view),
        "criteria": _criteria(decision, view),
        "route": _route(decision, view),
        "match": {
            "how": decision.match.how,
            "target": str(decision.match.target.ref) if decision.match.target else None,
            "problem": decision.match.problem.sentence if decision.match.problem else None,
        },
        "rulings": [_ruling(ruling) for ruling in dossier.rulings],
        "handoffs": [
            _handoff(store, person, h, [r for r in receipts if r["action"].handoff == h.number])
            | {"accepted": _accepted(history, h), "followup": promised(decision, h, view)}
            for h in dossier.handoffs
        ],
        "writes": [
            {"effect": a.effect, "verb": a.verb.value, "target": str(a.target), "cause": a.cause, "key": a.key}
            for a in journal.open_actions(store, person)
        ],
        "deals": [
            {"ref": str(o.ref), "name": o.name, "status": o.status, "amount": str(o.amount) if o.amount is not None else None,
             "currency": o.currency, "link": o.link, "linked": LINKS.get(o.link, o.link)}
            for o in decision.dossier.opportunities if not o.deleted
        ],
        "activities": [
            {"at": a.at.isoformat(), "kind": a.kind, "title": a.title, "url": a.url, "ref": str(a.ref)}
            for a in dossier.activities
            if not a.key
        ],
        "changes": [_times(fact) for fact in journal.facts_of(store, person)],
        "problems": [
            {"kind": p["kind"], "sentence": p["sentence"], "fix": p["fix"]}
            for p in journal.problems(store)
            if p["person"] == dossier.lineage
        ],
        "as_of": now.isoformat(),
    }


def _passed(loser: Loser, stage: str) -> bool:
    """Whether it only says where the person was on the way."""
    said = loser.evidence
    return said.rank < Rank.STATUS and highest(said.stage, stage) == stage and said.stage in FUNNEL


def _lost(loser: Loser) -> dict[str, Any]:
    """Evidence for another stage, and why it did not count (B4)."""
    said = loser.evidence
    return {
        "stage": said.stage, "rule": said.rule, "source": said.source, "at": said.at.isoformat(), "why": loser.why,
    }  # fmt: skip


def _came(decision: Decision, view: View) -> dict[str, Any]:
    """How the person entered the funnel (S0.5): the source, since when they are known, and the first thing they did."""
    profile, activities = decision.profile, decision.dossier.activities
    first = min((a for a in activities if counts(a) and a.done and a.at <= view.now), key=lambda a: a.at, default=None)
    seen = profile.get("first_seen_at")
    moments = [seen] if isinstance(seen, datetime) else []
    moments += [first.at] if first else []
    return {
        "source": profile.get("source"),
        "since": min(moments).isoformat() if moments else None,
        "first": {"at": first.at.isoformat(), "kind": first.kind, "title": first.title} if first else None,
    }


def _moves(found: Appraisal, view: View) -> list[dict[str, Any]]:
    """New roles and new companies, newest first, and what each did to the fit (S3.7)."""
    moves = []
    for change in reversed(found.changed):
        if change.of_role or change.of_company:
            as_it_was = {**found.profile, change.field: change.was}
            before = score(view.rules.gate, as_it_was, found.evidence, view.now, found.background)
            moves.append({"sentence": str(change), "fit_before": before.fit, "fit": found.score.fit})
    return moves


def scored(decision: Decision, view: View) -> dict[str, Any]:
    """The lines that gave or took points, and in `unmatched` the rules that would have. `next_change` is when time alone
    changes something."""
    points, gate, case = decision.score, view.rules.gate, decision.appraisal.case(view.now)
    given = {(line.part, line.name) for line in points.lines}
    return {
        "fit": points.fit,
        "engagement": points.engagement,
        "combined": points.combined,
        "threshold": gate.threshold,
        "tier": points.tier,
        "source": gate.source,
        "next_change": points.next_change.isoformat() if points.next_change else None,
        "trend": {"days": TREND.days, "was": _earlier(decision, view)},
        "lines": [
            {
                "part": line.part,
                "name": line.name,
                "points": line.points,
                "because": line.sentence,
                "evidence": [str(a.ref) for a in line.truth.evidence],
            }
            for line in points.lines
        ],
        "unmatched": [
            {
                "part": part,
                "name": rule.name,
                "points": rule.points,
                "because": case.judge(rule.when).because,
            }
            for part, scored in (("fit", gate.fit), ("engagement", gate.engagement))
            for rule in scored
            if (part, rule.name) not in given
        ],
    }


def _earlier(decision: Decision, view: View) -> int | None:
    """The combined score as it was two weeks ago by the rules of today (S2.4): conditions see nothing that came later. None
    when another system keeps it."""
    found, then = decision.appraisal, view.now - TREND
    if view.rules.gate.borrowed:
        return None
    return score(view.rules.gate, found.profile, found.evidence, then, found.background).combined


def _decision(decision: Decision, rules: Rules) -> dict[str, Any]:
    verdict = decision.verdict
    return {
        "next": decision.next.value,
        "ready": verdict.ready,
        "entry": verdict.entry,
        "held": decision.held,
        "matched": list(verdict.matched),
        "exceptions": list(verdict.exceptions),
        "unmatched": list(verdict.unmatched),
        "vetoes": list(verdict.vetoes),
        "missing": list(verdict.missing),
        "criteria": rules.version,
    }


def _criteria(decision: Decision, view: View) -> dict[str, list[dict[str, Any]]]:
    """Each must-have and each veto: whether it holds (None: unknown), and because of what."""
    gate, case = view.rules.gate, decision.appraisal.case(view.now)

    def told(named: Named) -> dict[str, Any]:
        truth = case.judge(named.when)
        return {"name": named.name, "holds": truth.value, "because": truth.because}

    return {"must": [told(named) for named in gate.must], "vetoes": [told(named) for named in gate.vetoes]}


def _route(decision: Decision, view: View) -> dict[str, Any]:
    """Who would get the person now, ready or not; `again` is when to look anew while nobody can."""
    chosen = view.route(decision)
    owner = chosen.owner.called if chosen.owner else None
    again = chosen.again.isoformat() if chosen.again else None
    return {"owner": owner, "rule": chosen.rule, "why": list(chosen.why), "again": again}


def _flip(decision: Decision, view: View) -> dict[str, Any] | None:
    """The smallest changes that would turn the decision, or what would end a readiness; None for who is with sales."""
    asked = flip.Asked(decision.dossier, view.rules, view.directory, view.portal, view.now)
    if (out := flip.ways_out(asked)) is not None:
        until = out.until.isoformat() if out.until else None
        return {"sentence": flip_words.way_out(out, decision.profile), "until": until}
    if not missing(decision):
        return None
    ways = flip.ways_in(asked)
    return {
        "sentence": flip_words.way_in(ways, decision.profile),
        "ways": [
            {
                "changes": [
                    {"kind": change.kind, "rule": change.source, "size": change.size} for change in way.changes
                ],
                "before": way.before.isoformat() if way.before else None,
            }
            for way in ways
        ],
    }


def _ruling(ruling: Ruling) -> dict[str, Any]:
    return {
        "at": ruling.at.isoformat(), "verb": ruling.verb, "number": ruling.number, "by": ruling.by,
        "reason": ruling.reason, "to": ruling.to, "despite_veto": ruling.despite_veto, "state": ruling.state,
        "answer": ruling.answer, "sentence": str(ruling),
    }  # fmt: skip


def _handoff(store: Store, person: int, h: Handoff, receipts: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "number": h.number,
        "state": h.state,
        "entry": h.entry,
        "score": h.score,
        "tier": h.tier,
        "lines": journal.score_lines(store, person, h.number),
        "criteria": h.criteria,
        "route": {
            "rule": h.rule,
            "why": list(h.why),
            "hops": [{"at": hop.at.isoformat(), "owner": hop.owner, "why": hop.why} for hop in h.hops],
        },
        "owner": {"email": h.owner, "id": h.owner_id},
        "target": str(h.target) if h.target else None,
        "opened": h.opened.isoformat(),
        "delivered": h.delivered.isoformat() if h.delivered else None,
        "seconds": _seconds(h),
        "work": h.work,
        "outcome": h.outcome,
        "reason": h.reason,
        "not_before": h.not_before.isoformat() if h.not_before else None,
        "closed": h.closed.isoformat() if h.closed else None,
        "alerts": list(alerts.about(store, h.key)),
        "brief": h.brief,
        "receipts": [
            {
                "at": r["at"].isoformat(),
                "effect": r["action"].effect,
                "verb": r["action"].verb.value,
                "outcome": r["outcome"],
                "ref": r["ref"],
                "code": r["code"],
                "key": r["action"].key,
            }
            for r in receipts
        ],
    }


def _seconds(h: Handoff) -> dict[str, float | None]:
    """How long the handoff took (S0.3, S1.18, S4.17): from the last thing that counted to the decision, and from there until
    the owner was verified in the CRM."""

    def between(start: datetime | None, end: datetime | None) -> float | None:
        return max((end - start).total_seconds(), 0.0) if start and end else None

    return {"to_decide": between(h.evidence, h.opened), "to_deliver": between(h.opened, h.delivered)}


def _accepted(history: Sequence[Mapping[str, Any]], h: Handoff) -> dict[str, str] | None:
    """When sales was seen to take the lead over, and the version of the brief that lay before them then (S2.13): its digest,
    for one brief is sent with the handoff and another with each re-route."""
    if h.delivered is None:
        return None
    end = h.closed or datetime.max.replace(tzinfo=UTC)
    taken = [e for e in history if e["stage"] in _TAKEN and h.delivered <= e["at"] <= end]
    if not taken:
        return None
    at = taken[0]["seen"]
    briefs = [h.brief, *(hop.why for hop in h.hops[1:] if hop.why not in (ROUTED, BY_HAND) and hop.at <= at)]
    return {"at": at.isoformat(), "stage": taken[0]["stage"], "brief": digest(*briefs)[:12]}


def _times(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in row.items()}
