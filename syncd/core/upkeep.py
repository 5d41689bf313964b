"""After the handoff: sales' answer for marketing, and the fields that moved on one side."""

from __future__ import annotations

import json
from collections.abc import Iterable

from syncd.core.decide import Decision
from syncd.core.demote import demote
from syncd.core.fields import Change
from syncd.core.keys import field_key
from syncd.core.lists import Said
from syncd.core.nurture import membership
from syncd.core.planned import Context, held
from syncd.core.types import Action, Record, Verb, rank


def upkeep(decision: Decision, ctx: Context) -> tuple[Action, ...]:
    """Sales' answer for marketing, fields that moved, lists to join and leave, and a stage that goes back."""
    d, rules = decision.dossier, ctx.rules
    assert d.marketing is not None
    actions = []
    if decision.feedback:
        before = held(d.marketing, decision.feedback)
        said = json.dumps([dict(decision.feedback), before], sort_keys=True)
        sides = (d.marketing,) if rules.one_system else d.crm
        moved = f"{said}|{_times(sides)}|{_deals(decision)}|{d.told}"  # anew when what was told is gone again
        actions.append(
            Action(
                key=field_key(ctx.portal, d.lineage, rules.marketing, "feedback", moved),
                effect=f"feedback:{decision.number}",
                verb=Verb.UPDATE,
                target=d.marketing.ref,
                fields=decision.feedback,
                before=before,
                person=d.lineage,
                cause=f"sales: {decision.view.work if decision.view else ''}".strip(": "),
                handoff=decision.number,
                order=rank(Verb.UPDATE, "feedback"),
            )
        )
    for side in (rules.crm, rules.marketing):
        changes = [c for c in decision.changes if c.side == side]
        if changes:
            record = d.marketing if side == rules.marketing else decision.match.target
            assert record is not None
            actions.append(_field_action(ctx, decision, record, changes, _times((d.marketing, *d.crm))))
    for name, member in decision.lists.items():
        told = d.listed.get(name, Said())
        actions.append(membership(ctx.portal, d.lineage, d.marketing.ref, name, member, told, decision.number))
    if decision.back is not None:
        actions += demote(decision.back, ctx.portal, d.lineage, decision.number)
    return tuple(actions)


def _field_action(ctx: Context, decision: Decision, record: Record, changes: list[Change], moved: str) -> Action:
    fields = {c.remote: c.value for c in changes}
    names = "+".join(c.field for c in changes)
    lineage = decision.dossier.lineage
    return Action(
        key=field_key(
            ctx.portal, lineage, record.ref.system, names, json.dumps(fields, sort_keys=True, default=str) + moved
        ),
        effect=f"field:{names}",
        verb=Verb.UPDATE,
        target=record.ref,
        fields=fields,
        before={c.remote: c.was for c in changes},
        guard=True,
        agrees={c.field: c.pair for c in changes},
        person=lineage,
        cause=_because(changes),
        handoff=decision.number,
        order=rank(Verb.UPDATE, "field:"),
    )


def _because(changes: list[Change]) -> str:
    """The rule by which the fields moved; each with its own where they moved by several."""
    rules = list(dict.fromkeys(c.rule for c in changes))
    return rules[0] if len(rules) == 1 else "; ".join(f"{c.field}: {c.rule}" for c in changes)


def _times(records: Iterable[Record]) -> str:
    return "|".join(f"{r.ref}@{r.modified.isoformat()}" for r in sorted(records, key=lambda r: r.ref))


def _deals(decision: Decision) -> str:
    return "|".join(f"{o.ref}@{o.modified.isoformat()}" for o in decision.dossier.opportunities)
