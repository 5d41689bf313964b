"""From a decision to actions: the record first, then its owner, the work item with the brief, the history, the word back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from syncd.core import history
from syncd.core.appraise import fresh
from syncd.core.brief import LONGEST, Brief, brief, headed
from syncd.core.decide import Decision, Next, stage_with
from syncd.core.facts import Handoff
from syncd.core.feedback import ACCEPTED_STAGES, SalesView, writeback
from syncd.core.fields import OWN_FIELDS, compare
from syncd.core.follow import left_open
from syncd.core.keys import digest, effect_key
from syncd.core.lingering import starts_anew, status_after
from syncd.core.mapping import remote
from syncd.core.merge import UNCHANGED
from syncd.core.planned import Context, Planned, held
from syncd.core.receiver import receiver
from syncd.core.route import Route
from syncd.core.rules import KindMap, Rules
from syncd.core.sla import task_due
from syncd.core.stages import FUNNEL
from syncd.core.standing import Standing
from syncd.core.text import minute
from syncd.core.types import Action, Problem, Raw, Record, Ref, Verb, rank
from syncd.core.upkeep import upkeep


def build(decision: Decision, ctx: Context, standing: Standing) -> Planned:
    """The actions of one decision."""
    match decision.next:
        case Next.HAND_OVER | Next.COMPLETE:
            return _hand_over(decision, ctx, standing)
        case Next.REROUTE:
            return _reroute(decision, ctx, standing)
        case Next.WITHDRAW:
            return Planned()
        case Next.NOTHING | Next.REVIEW:
            return Planned(actions=upkeep(decision, ctx))


# ---------------------------------------------------------------- a handoff
def takes_over(decision: Decision, ctx: Context, standing: Standing) -> bool:
    """Whether handing this person over would take an existing record from its owner."""
    had, chosen = receiver(decision, ctx.rules, ctx.directory, standing, ctx.now)
    return had != "" and chosen.owner is not None and chosen.owner.ref.id != had


def _nobody(lineage: str, chosen: Route) -> Planned:
    """Of a lead that no owner was found for: it waits, or is held with the problem."""
    if chosen.again is not None:
        return Planned(again=chosen.again)
    problem = chosen.problem or Problem("no_owner", lineage, "No live owner was found.")
    return Planned(problems=(replace(problem, subject=lineage, person=lineage),))


def _nobody_else(lineage: str, chosen: Route) -> Problem:
    """Of a lead that was not touched in time, and that only those can take who had it."""
    return Problem(
        "not_reassigned", lineage, f"Nobody touched the lead in time, and nobody else can take it: {'; '.join(chosen.why)}.",
        "Ask its owner, give it to somebody else in the CRM, or name more owners in [route].", lineage,
    )  # fmt: skip


def _kind(ctx: Context, target: Record | None) -> KindMap:
    """The kind of CRM record that the person is, or becomes."""
    return ctx.rules.maps[ctx.rules.crm].kinds[target.ref.kind if target else ctx.crm.create_kind]


def _hand_over(decision: Decision, ctx: Context, standing: Standing) -> Planned:
    d, rules, target = decision.dossier, ctx.rules, decision.match.target
    _, chosen = receiver(decision, rules, ctx.directory, standing, ctx.now)
    if chosen.owner is None:
        return _nobody(d.lineage, chosen)
    story = brief_of(decision, ctx.rules, chosen, ctx.now, ctx.portal, ctx.crm.text_limit)
    handoff = _opened(decision, ctx, chosen, story, target)
    build = _Builder(decision, ctx, _kind(ctx, target), handoff, chosen, story)
    begun = decision.next is Next.COMPLETE
    if not begun:
        build.person(target)
    build.work()
    build.history()
    build.word_back(target)
    return Planned(
        handoff=handoff,
        actions=tuple(build.actions),
        taken=chosen.taken,
        problems=(chosen.problem,) if chosen.problem else (),
        doubt=begun,
    )


def _reroute(decision: Decision, ctx: Context, standing: Standing) -> Planned:
    """A delivered lead whose owner left, or did not touch it in time: a new owner on the record, where it did not move
    meanwhile, and a follow-up."""
    d, target, handoff = decision.dossier, decision.match.target, decision.handoff
    assert target is not None
    assert handoff is not None
    had, chosen = receiver(decision, ctx.rules, ctx.directory, standing, ctx.now)
    if chosen.owner is None:
        return Planned(problems=(_nobody_else(d.lineage, chosen),)) if decision.passed_over else _nobody(d.lineage, chosen)
    story = brief_of(decision, ctx.rules, chosen, ctx.now, ctx.portal, ctx.crm.text_limit)
    build = _Builder(decision, ctx, _kind(ctx, target), handoff, chosen, story)
    build.reroute(target, handoff.rerouted + 1, had)
    return Planned(actions=tuple(build.actions), taken=chosen.taken)


def brief_of(
    decision: Decision, rules: Rules, chosen: Route, now: datetime, portal: str, limit: int = LONGEST
) -> Brief:
    """What whoever was chosen is told, of somebody in the stage that this decision leads to."""
    dossier = replace(decision.dossier, stage=decision.stage)
    return brief(
        dossier, decision.profile, decision.score, decision.verdict, chosen, rules, now, portal=portal, limit=limit
    )


def _opened(decision: Decision, ctx: Context, chosen: Route, story: Brief, target: Record | None) -> Handoff:
    d, last, followup = decision.dossier, decision.handoff, ctx.rules.followup
    assert chosen.owner is not None
    evidence = fresh(d, decision.handoff)
    again = last is not None and last.state == "open" and last.number == decision.number
    return Handoff(
        number=decision.number,
        key=effect_key(ctx.portal, d.lineage, decision.number, ctx.rules.crm, "handoff"),
        state="open",
        entry=decision.entry,
        opened=last.opened if last is not None and again else ctx.now,
        owner=chosen.owner.called,
        owner_id=chosen.owner.ref.id,
        rule=chosen.rule,
        why=chosen.why,
        score=decision.score.combined,
        tier=decision.score.tier,
        criteria=ctx.rules.version,
        brief=story.text,
        target=target.ref if target else None,
        evidence=evidence[-1].at if evidence else None,
        promise=followup.version if followup else "",
        promised=followup.of(decision.score.tier) if followup else None,
    )


class _Builder:
    """Collects the actions of one handoff."""

    def __init__(
        self, decision: Decision, ctx: Context, kind: KindMap, handoff: Handoff, chosen: Route, story: Brief
    ) -> None:
        self.decision, self.ctx, self.kind, self.handoff, self.story = decision, ctx, kind, handoff, story
        assert chosen.owner is not None
        self.owner = chosen.owner
        self.actions: list[Action] = []
        self.cause = f"handoff {handoff.number}: {chosen.rule}"
        self._person_key: str | None = None
        self._waits: str | None = None

    # ---- the record and its owner
    def person(self, target: Record | None) -> None:
        rules, d, kind = self.ctx.rules, self.decision.dossier, self.kind
        assert d.marketing is not None
        owner_field = kind.fields["owner"].remote
        stamp = self._stamp()
        if target is None:
            fields = remote(self.decision.profile, kind, create=True)
            if kind.status and kind.new_status:
                fields[kind.status] = kind.new_status
            fields |= {owner_field: self.owner.ref.id} | stamp
            self._person_key = self._add(
                "person", Verb.CREATE, Ref(rules.crm, kind.kind, ""), fields, token=d.marketing.ref.id,
                agrees=_pairs(rules, kind, d.marketing, fields),
            )  # fmt: skip
            return
        fields, agrees = self._onto(target)
        if starts_anew(d, kind, target):
            fields[kind.status] = kind.new_status
        for name in (kind.disposition, kind.reason, kind.not_before):
            if name and target.fields.get(name) not in (None, "") and name not in _feedback_names(rules):
                fields[name] = None
        if kind.key and "person" in self.ctx.crm.keyed and target.token is None and not rules.one_system:
            fields[kind.key] = d.marketing.ref.id
        if str(target.fields.get(owner_field) or "") != self.owner.ref.id:
            fields[owner_field] = self.owner.ref.id
        fields |= stamp
        self._person_key = self._add(
            "person", Verb.UPDATE, target.ref, fields, before=held(target, fields), guard=True, agrees=agrees
        )

    def _stamp(self) -> dict[str, Raw]:
        """What the handoff writes on the CRM record itself."""
        values: dict[str, Raw] = {
            "score": self.handoff.score,
            "tier": self.handoff.tier,
            "handoff": self.handoff.number,
            "handed_over_at": self.ctx.now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "brief": self.story.text,
        }
        if self.ctx.rules.one_system:  # there the number and the time are the commit mark, which comes last
            del values["handoff"], values["handed_over_at"]
        return {remote_name: values[name] for name, remote_name in self.kind.stamp.items() if name in values}

    def _onto(self, target: Record) -> tuple[dict[str, Raw], dict[str, tuple[Raw, Raw]]]:
        """Marketing's fields for an existing record, as each field's policy allows."""
        if self.ctx.rules.one_system:
            return {}, {}
        fields: dict[str, Raw] = {}
        agrees: dict[str, tuple[Raw, Raw]] = {}
        for name, _, fm, mine, theirs, result in compare(self.decision.dossier, self.ctx.rules, target):
            if result.to_crm is not UNCHANGED:
                fields[fm.remote] = result.to_crm
                agrees[name] = (mine, result.to_crm)
            elif result.to_marketing is UNCHANGED:
                agrees[name] = (mine, theirs)
        return fields, agrees

    def reroute(self, target: Record, time: int, had: str) -> None:
        """The record's next owner, and the work that waits for the change."""
        owner_field = self.kind.fields["owner"].remote
        left = self.ctx.directory.crm_by_id(had)
        name, watched = left.called if left else had, self.decision.watch
        self.cause = f"re-routed: {name} is inactive"
        if had in self.decision.passed_over and watched is not None and watched.due is not None:
            self.cause = f"re-routed: {name} did not touch it by {minute(watched.due)} UTC"
        self._waits = self._add(
            f"reroute:{time}", Verb.UPDATE, target.ref, {owner_field: self.owner.ref.id}, before={owner_field: had},
            guard=True,
        )  # fmt: skip
        self.work(f":{time}")
        if task := left_open(self.decision.dossier, self.handoff, self.ctx.portal, had, target.ref.system):
            self._add(f"closed:{time}", Verb.UPDATE, task.ref, {"done": True}, needs={"when": self._waits})

    # ---- the work item, the brief, the history
    def work(self, nth: str = "") -> None:
        """One follow-up task for the owner; where activities are linked separately the brief is a note of its own."""
        moment = task_due(self.ctx.rules, self.owner, self.handoff.tier, self.ctx.now)
        due = moment.isoformat(timespec="seconds").replace("+00:00", "Z")
        if self.ctx.crm.linked:
            self._activity(
                f"brief{nth}", "note", f"{self.story.title}\n\n{self.story.text}", self.story.title,
                html=headed(self.story),
            )  # fmt: skip
        self._activity(
            f"task{nth}", "task", self.story.text if not self.ctx.crm.linked else self.story.title, self.story.title,
            due=due, priority=self.story.priority,
        )  # fmt: skip

    def history(self) -> None:
        """What marketing and the product saw: a digest, or the latest activities one by one. In one system the timeline is
        there."""
        rules, d, crm = self.ctx.rules, self.decision.dossier, self.ctx.crm
        mode = rules.history.mode
        acts = [a for a in d.activities if not a.key and (a.kind == "product" or a.ref.system == rules.marketing)]
        if mode in ("digest", "both") and acts:
            text = history.digest(acts, self.ctx.now, rules.history.window, crm.text_limit)
            self._activity(
                "digest", "note" if crm.linked else "activity", text, "Marketing activity history", channel="digest",
                at=self.ctx.now,
            )  # fmt: skip
        if mode in ("each", "both") and not rules.one_system:
            for a in history.each(acts, rules.history.latest, rules.history.window, self.ctx.now):
                self._activity(
                    f"activity:{digest(str(a.ref))}", "activity", a.body or a.url, a.title or a.kind, channel=a.kind,
                    at=a.at, outbound=a.outbound,
                )  # fmt: skip

    def _activity(
        self, effect: str, kind: str, body: str, subject: str, *, at: datetime | None = None, **extra: Raw
    ) -> None:
        moment = (at or self.ctx.now).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        fields: dict[str, Raw] = {"subject": subject, "body": body, "at": moment, "owner": self.owner.ref.id, **extra}
        needs = self._about(fields)
        key = self._add(effect, Verb.CREATE, Ref(self.ctx.rules.crm, kind, ""), fields, needs=needs)
        if self.ctx.crm.linked:
            about: dict[str, Raw] = {}
            needs = self._about(about) | {"from": key}
            self._add(f"link:{effect}", Verb.LINK, Ref(self.ctx.rules.crm, kind, ""), about, needs=needs)

    def _about(self, fields: dict[str, Raw]) -> dict[str, str]:
        """Whom an activity is with: known now, or known once the record exists. It waits for the record either way."""
        target = self.handoff.target
        if target is not None:
            fields["person"], fields["person_kind"] = target.id, target.kind
        needs = {"person": self._person_key} if self._person_key else {}
        return needs | ({"when": self._waits} if self._waits else {})

    # ---- the word back
    def word_back(self, target: Record | None) -> None:
        """Marketing's contact learns who has the lead; written last, it is the mark that all the rest is over."""
        rules, d = self.ctx.rules, self.decision.dossier
        assert d.marketing is not None
        kind = rules.marketing_kind
        status = status_after(d, self.kind, target)
        view = SalesView(
            work=status.work,
            stage=status.stage,
            accepted=status.stage in ACCEPTED_STAGES,
            owner_id=self.owner.ref.id,
            owner_email=self.owner.email,
            owner_name=self.owner.name,
            at=self.ctx.now,
        )
        delivered = replace(self.handoff, state="delivered", delivered=self.ctx.now)
        stage = stage_with(self.decision, rules.recycle, delivered, view, self.ctx.now)
        fields = writeback(view, delivered, kind, stage=stage, current=d.marketing.fields)
        needs = {f"after:{a.effect}": a.key for a in self.actions if a.key != self._person_key}
        if self._person_key:
            needs["when"] = self._person_key
        crm_id = kind.feedback.get("crm_id")
        if target is None and crm_id is not None and self._person_key:
            fields.pop(crm_id.remote, None)
            needs[f"field:{crm_id.remote}"] = self._person_key
        crm_type = kind.feedback.get("crm_type")
        if target is None and crm_type is not None:
            fields[crm_type.remote] = self.ctx.crm.create_kind
        fields |= _stage_forward(kind, d.marketing)
        bound = [slot.removeprefix("field:") for slot in needs if slot.startswith("field:")]
        before = held(d.marketing, [*fields, *bound])
        self._add("feedback", Verb.UPDATE, d.marketing.ref, fields, before=before, needs=needs)

    def _add(
        self,
        effect: str,
        verb: Verb,
        target: Ref,
        fields: Mapping[str, Raw],
        *,
        before: Mapping[str, Raw] | None = None,
        guard: bool = False,
        needs: Mapping[str, str] | None = None,
        token: str = "",
        agrees: Mapping[str, tuple[Raw, Raw]] | None = None,
    ) -> str:
        key = effect_key(self.ctx.portal, self.decision.dossier.lineage, self.handoff.number, target.system, effect)
        self.actions.append(
            Action(
                key=key, effect=effect, verb=verb, target=target, fields=fields, before=before or {}, guard=guard,
                needs=needs or {}, token=token or key, agrees=agrees or {}, person=self.decision.dossier.lineage,
                cause=self.cause, handoff=self.handoff.number, order=rank(verb, effect),
            )
        )  # fmt: skip
        return key


def _pairs(rules: Rules, kind: KindMap, marketing: Record, written: Mapping[str, Raw]) -> dict[str, tuple[Raw, Raw]]:
    """What both sides hold once a new record is written."""
    return {
        name: (marketing.fields.get(fm.remote), written.get(kind.fields[name].remote))
        for name, fm in rules.marketing_kind.fields.items()
        if name in kind.fields and name not in OWN_FIELDS and kind.fields[name].remote in written
    }


def _feedback_names(rules: Rules) -> frozenset[str]:
    """Remote names that the word back writes: in one system they are not cleared twice."""
    if not rules.one_system:
        return frozenset()
    return frozenset(fm.remote for fm in rules.marketing_kind.feedback.values())


def _stage_forward(kind: KindMap, record: Record) -> dict[str, Raw]:
    """Marketing's own stage field up to MQL, where the mapping lets syncd write it; never backward."""
    if not kind.stage_write:
        return {}
    now = kind.stages.get(str(record.fields.get(kind.stage) or ""), "contact")
    if now not in FUNNEL or FUNNEL.index(now) >= FUNNEL.index("mql"):
        return {}
    value = next((raw for raw, canonical in kind.stages.items() if canonical == "mql"), None)
    return {kind.stage: value} if value else {}
