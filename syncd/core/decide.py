"""One person, one decision: what the facts, the rules and the clock say should happen next.

All cases of a handoff stand in `_next`, top to bottom; the first that holds wins.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from syncd.core.adopted import adopted, crm_number, marketing_number
from syncd.core.appraise import Appraisal, appraise, fresh
from syncd.core.changes import Changed
from syncd.core.complaints import illegal, orphaned
from syncd.core.deals import with_its_deals
from syncd.core.demote import Demotion, demotion, moved_on
from syncd.core.facts import Directory, Dossier, Handoff
from syncd.core.feedback import SalesView, sales_view, unknown_stage, writeback
from syncd.core.fields import Change
from syncd.core.fields import changes as changed_fields
from syncd.core.follow import followed, left_alone, may_go_on, over, who_left
from syncd.core.identity import Match, match
from syncd.core.lingering import left_over
from syncd.core.nurture import memberships
from syncd.core.qualify import SHORT_CUTS, Verdict
from syncd.core.recycle import Recycle, Wait, lost, reopened, wait, won
from syncd.core.review import WAITS, answers, sent_back, stopped
from syncd.core.rules import Did, Rules
from syncd.core.rulings import HANDOFF, RELEASE, Ruling, behind, standing
from syncd.core.score import Score
from syncd.core.signs import evidence as evidence_of
from syncd.core.signs import passed
from syncd.core.sla import Watch, watched_by
from syncd.core.stages import Evidence, Finding, Move, Rank, StageNow, advance, highest, reconcile
from syncd.core.text import span
from syncd.core.types import Problem, Raw, Record, State, Value

_ASKS = Did(("form",), intent="high")
"""Somebody who came back asks for sales."""


class Next(enum.StrEnum):
    """nothing · hand_over: open handoff `number` · complete: a lost ledger began it, look and send the rest ·
    withdraw: a veto came before anything was sent · reroute: nobody touched it, and its owner left or the promised time is
    over · review: ready, and waits for a named person."""

    NOTHING = "nothing"
    HAND_OVER = "hand_over"
    COMPLETE = "complete"
    WITHDRAW = "withdraw"
    REROUTE = "reroute"
    REVIEW = "review"


RESTS = (Next.NOTHING, Next.REVIEW)
"""No handoff moves: what is left is upkeep of an earlier one."""

PASSES = (Next.HAND_OVER, Next.REVIEW)
"""The lead goes to sales, or would but for the review."""


BRIEFED = frozenset({Next.HAND_OVER, Next.COMPLETE, Next.REROUTE, Next.REVIEW})
"""Somebody gets the lead, or is to look at it first, and a brief with it."""


@dataclass(frozen=True, slots=True)
class Decision:
    """`held` says in words why a ready lead does not go; `handoff` is the last one in its new state, `watch` how it stands to
    its promise. `ruling` lets the handoff go that is opened now; `answers` are the rulings of which something became;
    `lists` are marketing's that the person is to join (True) or to leave."""

    dossier: Dossier
    appraisal: Appraisal
    match: Match
    next: Next
    number: int
    where: Finding
    held: str = ""
    handoff: Handoff | None = None
    view: SalesView | None = None
    feedback: Mapping[str, Raw] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()
    back: Demotion | None = None
    problems: tuple[Problem, ...] = ()
    due: datetime | None = None
    ruling: Ruling | None = None
    answers: tuple[Ruling, ...] = ()
    watch: Watch | None = None
    lists: Mapping[str, bool] = field(default_factory=dict)

    @property
    def stage(self) -> str:
        return self.where.stage

    @property
    def moves(self) -> tuple[Move, ...]:
        return self.where.moves

    @property
    def entry(self) -> str:
        """How the handoff that is opened now comes about."""
        by_hand = self.ruling is not None and self.ruling.verb == HANDOFF
        return "manual" if by_hand else self.verdict.entry or "score"

    @property
    def profile(self) -> Mapping[str, Value]:
        return self.appraisal.profile

    @property
    def score(self) -> Score:
        return self.appraisal.score

    @property
    def verdict(self) -> Verdict:
        return self.appraisal.verdict

    @property
    def new_company(self) -> Changed | None:
        """The last change of employer since the last handoff was opened, if there is one: who had the lead before is then
        no reason to give it to the same rep again (S3.7)."""
        last = self.dossier.last_handoff
        found = [c for c in self.appraisal.changed if c.of_company and last is not None and c.at > last.opened]
        return found[-1] if found else None

    @property
    def passed_over(self) -> frozenset[str]:
        """CRM ids of those who did not touch the lead in the time that they promised, when it goes on: not to them again."""
        return self.watch.late if self.watch is not None and self.next is Next.REROUTE else frozenset()

    @property
    def quiet(self) -> bool:
        """Nothing is to be written to any system."""
        return self.next in RESTS and not (self.feedback or self.changes or self.lists) and self.back is None

    @property
    def waits(self) -> bool:
        """Ready, and a named person must release it."""
        return self.next is Next.REVIEW

    @property
    def is_held(self) -> bool:
        """Ready, and a human must look before it can go."""
        return (
            self.verdict.ready
            and self.next is Next.NOTHING
            and bool(self.problems)
            and not (self.handoff is not None and self.handoff.active)
        )

    @property
    def highest(self) -> str:
        return highest(self.dossier.highest, self.stage)


def decide(dossier: Dossier, rules: Rules, directory: Directory, now: datetime, portal: str) -> Decision:
    """`portal` is the id of the marketing account, part of every key."""
    dossier = with_its_deals(dossier, rules.by_account)
    found = Match(dossier.marketing, "linked") if rules.one_system else match(dossier, rules)
    handoff = adopted(dossier, rules, found, portal, now) or dossier.last_handoff
    handoff = sent_back(dossier, rules, handoff, portal, now) or handoff
    view = _view(dossier, rules, found, handoff, directory)
    handoff = followed(dossier, rules, handoff, view, found.target, now)
    watched = watched_by(dossier, rules, handoff, view, directory, now)
    handoff = over(handoff, watched) if handoff is not None else None
    left = who_left(handoff, view, directory)
    late = watched is not None and watched.promise.reassign and watched.overdue
    goes_on = (late or (left is not None and rules.routing.reroute)) and may_go_on(dossier, rules, handoff, view)

    appraisal = appraise(dossier, rules, handoff, now)
    verdict = appraisal.verdict
    what, number, held = _next(dossier, rules, appraisal, found, handoff, now, gone=left is not None, goes_on=goes_on)

    opens = number if what is Next.HAND_OVER else 0
    running = None if what is Next.WITHDRAW else handoff
    signs = evidence_of(
        dossier, appraisal.profile, rules.recycle, running, view, now, since=now if opens else None,
        silent=watched.accepted if watched else None,
    )
    if what is Next.WITHDRAW:
        signs.append(Evidence("lead", "T3x withdrawn before delivery", now, f"handoff {number}", Rank.HANDOFF))
    ruling = behind(dossier.rulings, opens) if opens else None
    if opens:
        by_hand = "manual" if ruling is not None and ruling.verb == HANDOFF else ""
        signs.append(Evidence("mql", passed(by_hand), now, f"handoff {number}", Rank.HANDOFF))
    where = reconcile(StageNow(dossier.stage, dossier.highest), signs, now)
    stage = where.stage
    with_sales = handoff if _is_theirs(handoff) else None
    feedback: Mapping[str, Raw] = {}
    changes: tuple[Change, ...] = ()
    if what in RESTS and with_sales is not None and view is not None:
        feedback, changes = _upkeep(dossier, rules, found, with_sales, view, stage)
    lists = {}
    if what in RESTS and with_sales is not None and _is_there(dossier):
        lists = memberships(rules.nurture, with_sales, lost=lost(dossier) is not None, said=dossier.listed)
    back = None
    if what in RESTS and with_sales is not None and view is not None and view.problem is None and not dossier.busy:
        back = demotion(dossier, rules.marketing_kind, with_sales, stage)
    alone = {field for field, contest in dossier.contests.items() if contest.stands(now)}
    changes = tuple(c for c in changes if c.field not in alone)
    feedback = {remote: value for remote, value in feedback.items() if remote not in alone}

    problems = orphaned(dossier, number_said=held) if held.startswith("the contact says") else []
    problems += [contest.problem(dossier.lineage) for contest in dossier.contests.values()]
    problems += illegal(dossier, where)
    if back is not None and (taken := moved_on(dossier, back)) is not None:
        problems.append(taken)
        back = None
    if found.problem is not None and (with_sales is not None or (verdict.ready and handoff is None)):
        problems.append(found.problem)
    if view is not None and view.problem is not None:
        problems.append(view.problem)
    if (verdict.ready or with_sales is not None) and (found_no := unknown_stage(dossier.marketing, rules.marketing_kind)):
        problems.append(found_no)
    if left is not None and handoff is not None and handoff.state == "delivered" and what is not Next.REROUTE:
        problems.append(left_alone(dossier, left, handoff))
    return Decision(
        dossier=dossier, appraisal=appraisal, match=found, next=what, number=number,
        where=where, held=held, handoff=handoff, view=view, feedback=feedback, changes=changes,
        back=back, problems=tuple(problems), due=_due(dossier, rules.recycle, handoff, watched, appraisal, now), ruling=ruling,
        answers=tuple(answers(dossier, verdict, handoff, opens)), watch=watched, lists=lists,
    )  # fmt: skip


def _upkeep(
    d: Dossier, rules: Rules, found: Match, handoff: Handoff, view: SalesView, stage: str
) -> tuple[Mapping[str, Raw], tuple[Change, ...]]:
    """What marketing is to be told of a handoff that sales have, and the fields that are to be brought together.

    The word back is the commit mark: it waits until all else of the handoff is over. What nobody understands (a status
    that the mapping does not know) waits for a human.
    """
    if not _is_there(d):
        return {}, ()
    assert d.marketing is not None
    feedback: Mapping[str, Raw] = {}
    if not d.busy and view.problem is None:
        feedback = writeback(
            view, handoff, rules.marketing_kind, stage=stage, current=d.marketing.fields, reasons=rules.reasons
        )
    return feedback, () if rules.one_system else changed_fields(d, rules, found)


def _is_there(d: Dossier) -> bool:
    """Whether marketing still has the person."""
    return d.marketing is not None and d.marketing.state is State.LIVE


def _is_theirs(handoff: Handoff | None) -> bool:
    """Whether sales have this handoff, or gave it back."""
    return handoff is not None and handoff.state in ("delivered", "closed") and not handoff.rejected


def stage_with(decision: Decision, recycle: Recycle, handoff: Handoff, view: SalesView, now: datetime) -> str:
    """The person's stage once this handoff is delivered and sales' side looks like `view`."""
    d = decision.dossier
    evidence = evidence_of(d, decision.profile, recycle, handoff, view, now)
    moves = advance(StageNow(decision.stage, decision.highest), evidence, now)
    return moves[-1].stage if moves else decision.stage


# ---------------------------------------------------------------- the table
def _next(
    d: Dossier, rules: Rules, appraisal: Appraisal, found: Match, last: Handoff | None, now: datetime,
    *, gone: bool, goes_on: bool,
) -> tuple[Next, int, str]:  # fmt: skip
    """`gone`: the owner of the running handoff left; `goes_on`: it may go to somebody else by itself."""
    verdict = appraisal.verdict
    if d.marketing is None or d.marketing.state is not State.LIVE:
        return Next.NOTHING, 0, "the marketing record is gone"
    if last is not None and last.state == "open":
        word = behind(d.rulings, last.number) if last.entry == "manual" else None
        if verdict.vetoed and not (word is not None and word.despite_veto):
            return Next.WITHDRAW, last.number, f"vetoed before delivery: {verdict.vetoes[0]}"
        may_go = (verdict.ready or word is not None) and found.problem is None
        if d.refused and may_go:
            return Next.HAND_OVER, last.number, ""  # as the facts are now, the CRM may take it
        if gone and d.unsent and may_go:
            return Next.HAND_OVER, last.number, ""  # to somebody who is there
        return Next.NOTHING, last.number, "being delivered"
    if last is not None and last.state == "delivered":
        return Next.REROUTE if goes_on else Next.NOTHING, last.number, "with sales"
    known = max(d.last_number, last.number if last else 0)
    by_hand = standing(d.rulings, HANDOFF, known + 1)
    if d.undone and by_hand is None:
        return Next.NOTHING, known, "undone; only a person hands it over again"
    if not known and found.target is None and (marked := marketing_number(rules.marketing_kind, d.marketing)):
        return (
            Next.NOTHING,
            0,
            f"the contact says that it was handed over (no. {marked}), but the CRM knows nothing of it",
        )
    begun = crm_number(rules, found.target)
    if begun > known and found.problem is None and not verdict.vetoed:
        return Next.COMPLETE, begun, "begun by an earlier ledger"
    if by_hand is not None:
        if why := stopped(d, verdict):
            return Next.NOTHING, known, why
        if found.problem is not None:
            return Next.NOTHING, known, found.problem.sentence
        return Next.HAND_OVER, known + 1, ""
    if last is not None and last.state == "closed":
        if why := _over(d, rules, last, appraisal, now):
            return Next.NOTHING, known, why
        if not fresh(d, last):
            giver = "a named person sent" if last.rejected else "sales gave"
            return Next.NOTHING, known, f"no fresh evidence since {giver} it back"
        if rules.gate.borrowed and verdict.entry == "score" and not appraisal.risen(rules.gate.source, last.closed):
            return Next.NOTHING, known, f"{rules.gate.source} has not risen since sales gave it back"
    if not verdict.ready:
        return Next.NOTHING, known, stopped(d, verdict)
    if found.problem is not None:
        return Next.NOTHING, known, found.problem.sentence
    if (unknown := unknown_stage(d.marketing, rules.marketing_kind)) is not None:
        return Next.NOTHING, known, unknown.sentence
    if rules.review.wants(appraisal.score.tier) and standing(d.rulings, RELEASE, known + 1) is None:
        return Next.REVIEW, known, WAITS
    return Next.HAND_OVER, max(known, begun) + 1, ""


def _over(d: Dossier, rules: Rules, last: Handoff, appraisal: Appraisal, now: datetime) -> str:
    """Why nothing that a closed handoff's lead does sends it to sales again; "" when fresh evidence does (T13 to T15).

    Whoever asks for sales, by a hand raise or a form of high intent, does not wait out a time that nobody in sales named,
    unless a deal was decided.
    """
    if last.outcome == "trash" and reopened(d, last) is None:
        return f"closed as {last.outcome}; only a person reopens it"
    waits = wait(d, rules.recycle, last)
    if last.outcome == "qualified" and waits is None:
        at, after = won(d), rules.recycle.customers
        if at is None or after is None:
            return f"closed as {last.outcome}; only a person reopens it"
        waits = Wait(at + after, f"{span(after)} after the deal was won", by_sales=True)
    if waits is None or now >= waits.until:
        return ""
    asks = appraisal.verdict.entry in SHORT_CUTS or bool(appraisal.case(now).judge(_ASKS).value)
    return "" if asks and last.outcome != "qualified" and not waits.by_sales else str(waits)


# ---------------------------------------------------------------- following sales
def _view(d: Dossier, rules: Rules, found: Match, handoff: Handoff | None, directory: Directory) -> SalesView | None:
    """Sales' side of a handoff. Where a lead was converted its contact speaks first; the lead keeps the status."""
    if handoff is None or handoff.rejected or found.target is None:
        return None
    since = handoff.opened.replace(microsecond=0)  # an older deal or call is no answer to this handoff
    converted = next((r for r in d.crm if r.ref in d.linked and r.state is State.CONVERTED), None)
    if max(r.modified for r in (found.target, converted) if r is not None) < since:
        return None  # what the ledger holds is older than the handoff itself

    def look(record: Record) -> SalesView:
        kind = rules.maps[rules.crm].kinds[record.ref.kind]
        old = left_over(d, handoff, record, kind)
        return sales_view(record, kind, d.opportunities, d.activities, directory, since=since, left_over=old)

    view = look(found.target)
    if converted is None or converted is found.target or _says(rules, found.target):
        return view
    return replace(look(converted), owner_id=view.owner_id, owner_email=view.owner_email, owner_name=view.owner_name)


def _says(rules: Rules, record: Record) -> bool:
    """Whether a rep wrote a disposition on this very record."""
    name = rules.maps[rules.crm].kinds[record.ref.kind].disposition
    return bool(name) and record.fields.get(name) not in (None, "")


def _due(
    dossier: Dossier, recycle: Recycle, handoff: Handoff | None, watched: Watch | None, appraisal: Appraisal, now: datetime
) -> datetime | None:
    """When time alone can change this decision."""
    moments = [contest.next(now) for contest in dossier.contests.values()]
    if handoff is not None and handoff.active:
        moments += [watched.next] if watched and watched.next else []
        return min(moments, default=None)
    moments += [appraisal.next_change] if appraisal.next_change else []
    if (waits := wait(dossier, recycle, handoff)) is not None:
        moments.append(waits.until)
    if recycle.customers is not None and (at := won(dossier)) is not None:
        moments.append(at + recycle.customers)
    return min((m for m in moments if m > now), default=None)
