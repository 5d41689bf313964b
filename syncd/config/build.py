"""From validated models to the frozen values that the rest of syncd knows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Any

from syncd.config import mapping_models, models, return_models
from syncd.config.followup_build import followup, to_sign
from syncd.config.words import FEEDBACK_TYPES
from syncd.core.account_map import AccountMap
from syncd.core.accounts import reading_accounts
from syncd.core.glossary import LABELS, Wording
from syncd.core.keys import digest
from syncd.core.lists import Nurture
from syncd.core.promise import Followup
from syncd.core.recycle import Recycle
from syncd.core.reps import WEEK, Away, Rep
from syncd.core.rules import (
    Account,
    All,
    AnyOf,
    Brakes,
    Condition,
    Content,
    Did,
    FieldIs,
    FieldMap,
    Gate,
    History,
    Ignore,
    KindMap,
    Named,
    Not,
    Overflow,
    Review,
    Routing,
    Rules,
    ScoreRule,
    Status,
    SystemMap,
    Territory,
    Tier,
)
from syncd.core.standing import site_of


# ---------------------------------------------------------------- rules
def rules(
    source: models.Configuration,
    mappings: Mapping[str, mapping_models.Mapped],
    brief_template: str = "",
) -> Rules:
    """`mappings` by system, the used ones; `brief_template` is the text of that file.

    `version` is the hash of everything that decides.
    """
    handoff = source.handoff
    undated = Rules(
        version="",
        marketing=source.syncd.marketing,
        crm=source.syncd.crm,
        gate=_gate(source.qualify),
        routing=_routing(source.route),
        history=History(handoff.history, handoff.history_latest, handoff.history_window),
        brakes=Brakes(**source.brakes.model_dump()),
        maps={system: system_map(system, mapping) for system, mapping in mappings.items()},
        task_due=handoff.task_due,
        own_domains=tuple(domain.lower() for domain in source.syncd.own_domains),
        hold_ambiguous=handoff.hold_ambiguous,
        content=tuple(_content(group) for group in source.content),
        personas=tuple(_named(persona) for persona in source.persona),
        brief_template=brief_template,
        review=_review(handoff.release),
        reasons=dict(source.feedback.reasons),
        nurture=Nurture(source.nurture.list or "", source.nurture.pause or ""),
        recycle=_recycle(source.recycle),
        by_account=source.opportunities.by_account,
        followup=_followup(source),
    )
    undated = reading_accounts(undated)
    if undated.gate.borrowed:
        undated = _with_score(undated, undated.gate.source)
    return dataclasses.replace(undated, version=version(undated), agreement=agreement(undated))


def _followup(source: models.Configuration) -> Followup | None:
    if source.followup is None:
        return None
    found = followup(source.followup, (name for rep in source.route.rep for name in rep.holidays))
    return dataclasses.replace(found, version=_hash(to_sign(found)))


def _review(release: str | Mapping[str, str]) -> Review:
    if isinstance(release, str):
        return Review(everybody=release == "manual")
    return Review(tiers=tuple(sorted(tier for tier, how in release.items() if how == "manual")))


def _recycle(source: return_models.Recycle) -> Recycle:
    reasons = {reason.strip().lower(): time for reason, time in source.reasons.items()}
    return Recycle(**source.model_dump(exclude={"reasons"}), reasons=reasons)


def version(of: Rules) -> str:
    """The content hash of what decides. Signatures and brakes do not: they change no decision about anybody."""
    decides = dataclasses.replace(
        of, version="", agreement="", gate=_unsigned(of.gate), brakes=Brakes(),
        followup=to_sign(of.followup) if of.followup else None,
    )  # fmt: skip
    return _hash(decides)


def agreement(of: Rules) -> str:
    """The content hash of what marketing and sales sign: when a lead is ready."""
    return _hash((_unsigned(of.gate), of.content, of.personas))


def _unsigned(gate: Gate) -> Gate:
    return dataclasses.replace(gate, agreed_by=(), agreed_on="", agreed_version="")


def _hash(value: Any) -> str:
    return digest(json.dumps(_plain(value), sort_keys=True, ensure_ascii=False))


def _with_score(of: Rules, source: str) -> Rules:
    """Rules that read the score property of marketing, under the name that the configuration gives it."""
    kind = of.marketing_kind
    field = FieldMap(source, source.removeprefix("property:"), direction="in", type="number")
    kind = dataclasses.replace(kind, fields={**kind.fields, source: field})
    system = of.maps[of.marketing]
    system = dataclasses.replace(system, kinds={**system.kinds, kind.kind: kind})
    return dataclasses.replace(of, maps={**of.maps, of.marketing: system})


def stages(source: models.Configuration) -> dict[str, Wording]:
    """Stage → the words of this company: its own label before that of the label set."""
    labels = LABELS[source.syncd.labels]
    words = {name: Wording(label) for name, label in labels.items()}
    for name, said in source.stages.items():
        words[name] = dataclasses.replace(words.get(name, Wording()), **said.model_dump(exclude_none=True))
    return words


def _plain(value: Any) -> Any:
    """JSON of any rule; the class name keeps `All` and `AnyOf` apart."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        content = {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
        return {type(value).__name__: content}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def _gate(source: models.Qualify) -> Gate:
    tiers = sorted(source.tiers.items(), key=lambda tier: -tier[1])
    return Gate(
        threshold=source.threshold,
        fit=tuple(_score_rule(rule, None) for rule in source.fit),
        engagement=tuple(_score_rule(rule, source.half_life) for rule in source.engagement),
        fit_share=source.fit_share,
        fit_minimum=source.fit_minimum,
        engagement_minimum=source.engagement_minimum,
        must=tuple(_excepted(rule) for rule in source.must),
        vetoes=tuple(_excepted(rule) for rule in source.veto),
        hand_raise=condition(source.hand_raise) if source.hand_raise else None,
        product=condition(source.product) if source.product else None,
        tiers=tuple(Tier(name, minimum) for name, minimum in tiers),
        agreed_by=tuple(source.agreed_by),
        agreed_on=source.agreed_on,
        caps=dict(source.caps.items()),
        ignore=tuple(_ignore(rule) for rule in source.ignore),
        hysteresis=source.hysteresis,
        single_low_intent=source.single_low_intent,
        source=source.source,
        agreed_version=source.agreed_version,
    )


def _score_rule(rule: models.ScoreRule, half_life: timedelta | None) -> ScoreRule:
    """`half_life` is that of all rules of its part, for one that says no other."""
    exceptions = tuple(_named(exception) for exception in rule.exceptions)
    fades = rule.half_life or half_life
    return ScoreRule(rule.name, condition(rule), rule.points, rule.each, rule.cap, fades, exceptions)


def _named(rule: models.Named) -> Named:
    return Named(rule.name, condition(rule))


def _excepted(rule: models.Excepted) -> Named:
    return Named(rule.name, condition(rule), tuple(_named(exception) for exception in rule.exceptions))


def _ignore(rule: models.Ignore) -> Ignore:
    what = Did(
        tuple(rule.activity or ()),
        rule.matches or "",
        count=(rule.count or 2) if rule.burst else 1,
        content=rule.content or "",
        journey=rule.journey or "",
        intent=rule.intent or "",
    )
    return Ignore(rule.name, what, condition(rule.who) if rule.who else None, rule.burst)


def _content(group: models.Content) -> Content:
    return Content(group.name, group.matches, tuple(group.activity or ()), group.journey, group.intent)


def condition(when: models.When) -> Condition:
    """The one condition that a table states; `checks` made sure that it is one."""
    if when.activity or when.content or when.journey or when.intent:
        return Did(
            tuple(when.activity or ()),
            when.matches or "",
            when.within,
            when.count or 1,
            content=when.content or "",
            journey=when.journey or "",
            intent=when.intent or "",
            by=when.by or "",
        )
    if when.all_ is not None:
        return All(tuple(condition(inner) for inner in when.all_))
    if when.any_ is not None:
        return AnyOf(tuple(condition(inner) for inner in when.any_))
    if when.not_ is not None:
        return Not(condition(when.not_))
    operators: dict[str, tuple[str, ...] | str | float | bool | timedelta | None] = {
        "in": tuple(when.in_) if when.in_ else None,
        "not_in": tuple(when.not_in) if when.not_in else None,
        "contains_any": tuple(when.contains_any) if when.contains_any else None,
        "starts_with": tuple(when.starts_with) if when.starts_with else None,
        "matches": when.matches,
        "min": when.min,
        "max": when.max,
        "present": when.present,
        "absent": when.absent,
        "changed_within": when.changed_within,
    }
    op, value = next((op, value) for op, value in operators.items() if value is not None)
    return FieldIs(when.field or "", op, None if isinstance(value, bool) else value)


def _routing(source: models.Route) -> Routing:
    return Routing(
        mode=source.mode,
        fallback=source.fallback,
        owners=tuple(source.owners),
        territories=tuple(Territory(rule.name, condition(rule), tuple(rule.owners)) for rule in source.territory),
        keep_owner=source.keep_owner,
        first=tuple(source.first),
        accounts=tuple(
            Account(account.owner, tuple(map(site_of, account.domains)), tuple(account.names))
            for account in source.account
        ),
        customers=source.customers or "",
        keep_account=source.keep_account,
        reps=tuple(_rep(rep) for rep in source.rep),
        skills=tuple(Named(skill.name, condition(skill)) for skill in source.skill),
        timezone=source.timezone,
        overflow=Overflow(source.overflow.after, source.overflow.queue or "") if source.overflow else None,
        users={email.lower(): user for email, user in source.users.items()},
        reroute=source.reroute,
        hops=source.hops,
    )


def _rep(source: models.Rep) -> Rep:
    return Rep(
        email=source.email,
        weight=source.weight,
        per_day=source.per_day,
        open_leads=source.open_leads,
        skills=tuple(source.skills),
        days=tuple(WEEK.index(day) for day in source.days),
        hours=source.hours,
        away=tuple(Away(date.fromisoformat(a.from_), date.fromisoformat(a.until)) for a in source.away),
        timezone=source.timezone,
        holidays=tuple(source.holidays),
    )


# ---------------------------------------------------------------- mappings
def system_map(system: str, mapping: mapping_models.Mapped) -> SystemMap:
    kinds = {
        name: _kind(name, value)
        for name in type(mapping).model_fields
        if isinstance(value := getattr(mapping, name), mapping_models.Kind)
    }
    ends = mapping.opportunities
    return SystemMap(system, kinds, tuple(ends.won), tuple(ends.lost), _account(*mapping.account))


def _account(kind: str, source: mapping_models.AccountEntry | None) -> AccountMap | None:
    if source is None:
        return None
    customer = source.customer
    return AccountMap(
        kind=kind,
        name=source.name,
        website=source.website,
        owner=source.owner,
        link=source.link or "",
        customer=customer.field if customer else "",
        customers=tuple(customer.values) if customer else (),
        parent=source.parent or "",
    )


def _kind(name: str, source: mapping_models.Kind) -> KindMap:
    status, stage, said = source.status, source.stage, source.disposition
    return KindMap(
        kind=name,
        key=source.key or "",
        fields={field: _field(field, entry) for field, entry in source.fields.items()},
        status=status.field if status else "",
        statuses={
            value: Status(meaning.work, meaning.disposition or "", meaning.stage or "")
            for value, meaning in (status.values if status else {}).items()
        },
        new_status=(status.new or "") if status else "",
        reason=said.reason or "",
        not_before=said.not_before or "",
        disposition=said.field or "",
        dispositions=dict(said.values),
        stage=stage.field if stage else "",
        stages=dict(stage.values) if stage else {},
        stage_write=stage.write if stage else False,
        demote=stage.demote if stage else False,
        stamp=dict(source.stamp.items()),
        feedback={field: _feedback(field, entry) for field, entry in source.feedback.items()},
    )


def _field(name: str, entry: mapping_models.FieldEntry) -> FieldMap:
    return FieldMap(
        field=name,
        remote=entry.remote,
        direction=entry.direction,
        type=entry.type,
        policy=entry.policy,
        blank=entry.blank,
        values=dict(entry.values),
        transform=tuple(entry.transform),
        length=entry.length,
        default=entry.default,
    )


def _feedback(name: str, entry: mapping_models.Feedback) -> FieldMap:
    """Feedback is read back too: a new ledger learns of old handoffs from it."""
    return FieldMap(
        field=name,
        remote=entry.remote,
        direction="both",
        type=FEEDBACK_TYPES.get(name, "text"),
        values=dict(entry.values),
        length=entry.length,
    )
