"""Why a field of a person has the value that it has: both sides, what they agreed on, who wins by which rule, and what was
decided before (C15)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from syncd.core.equal import same
from syncd.core.fields import OWN_FIELDS, compare
from syncd.core.merge import CRM, MARKETING, Merge
from syncd.core.rules import FieldMap, Rules
from syncd.core.types import Record, State
from syncd.core.values import name_of
from syncd.core.writers import Places, named
from syncd.ledger import journal, writers
from syncd.ledger.store import Store
from syncd.sync.view import View


def why_value(store: Store, rules: Rules, person: int, field: str) -> dict[str, Any]:
    """The story of one field as JSON, decided on what the ledger holds.

    now       what holds at this moment: `winner` and `loser` are systems ("" for nobody), `rule` is in words
    decided   each write that brought the sides together, oldest first, as it was decided then
    """
    view = View.of(store, rules)
    ((_, decision),) = view.decisions([person])
    d, target = decision.dossier, decision.match.target
    records = [record for record in (d.marketing, None if rules.one_system else target) if record is not None]
    both = target is not None and d.marketing is not None and target.state is State.LIVE and not rules.one_system
    found = [row for row in compare(d, rules, target) if row[0] == field] if both and target else []
    contest = d.contests.get(field)
    return {
        "person": {"lineage": d.lineage, "name": name_of(decision.profile), "email": decision.profile.get("email")},
        "field": field,
        "sides": [side for record in records if (side := _side(store, rules, person, record, field))],
        "agreed": list(d.agreed[field]) if field in d.agreed else None,
        "now": _now(rules, found[0][-1], found[0][2]) if found else _alone(rules, decision.stage, field, both=both),
        "decided": [
            _decided(rules, row, field)
            for row in journal.receipts_of(store, "person", person)
            if field in _fields(row["action"].effect) and row["outcome"] == "done"
        ],
        "stages": [_times(event) for event in journal.stage_history(store, person)] if field == "stage" else [],
        "contest": contest.problem(d.lineage).sentence if contest else None,
        "as_of": view.now.isoformat(),
    }  # fmt: skip


def _side(store: Store, rules: Rules, person: int, record: Record, field: str) -> dict[str, Any] | None:
    """What one side says, since when as far as the ledger saw it change, and whether syncd wrote it."""
    kind = rules.maps[record.ref.system].kinds[record.ref.kind]
    remote = next((there for ours, there in named(kind) if ours == field), None)
    if remote is None:
        return None
    value, fm = record.fields.get(remote), kind.fields.get(field)
    moved = [
        fact for fact in journal.facts_of(store, person)
        if fact["ref"] == str(record.ref) and remote in fact["changed"]
    ]  # fmt: skip
    ours = [write for write in writers.own_writes(store, [record.ref], {remote}) if same(write.value, value)]
    by_us = bool(ours) and (not moved or ours[-1].at >= moved[-1]["modified"])
    at = ours[-1].at if by_us else moved[-1]["modified"] if moved else None
    return {
        "system": record.ref.system,
        "ref": str(record.ref),
        "remote": remote,
        "value": value,
        "direction": fm.direction if fm else None,
        "changed": at.isoformat() if at else None,
        "modified": record.modified.isoformat(),
        "by_syncd": by_us,
    }


def _now(rules: Rules, merged: Merge, crm: FieldMap) -> dict[str, Any]:
    systems = {MARKETING: rules.marketing, CRM: rules.crm}
    loser = {MARKETING: CRM, CRM: MARKETING}.get(merged.winner, "")
    return {
        "winner": systems.get(merged.winner, ""), "loser": systems.get(loser, ""), "rule": merged.rule, "policy": crm.policy,
    }  # fmt: skip


def _alone(rules: Rules, stage: str, field: str, *, both: bool) -> dict[str, Any]:
    """Why nothing is merged here."""
    if field == "stage":
        rule = f"the evidence of both systems decides: {stage}"
    elif field in OWN_FIELDS:
        rule = "the handoff decides it, and sales from then on"
    elif rules.one_system:
        rule = "marketing and sales share the record"
    elif not both:
        rule = "the person has no live record in both systems"
    else:
        rule = "only one side has this field"
    return {"winner": "", "loser": "", "rule": rule, "policy": None}


def _fields(effect: str) -> Sequence[str]:
    return effect.removeprefix("field:").split("+") if effect.startswith("field:") else ()


def _decided(rules: Rules, row: Mapping[str, Any], field: str) -> dict[str, Any]:
    """A receipt: the side that was written lost."""
    action = row["action"]
    loser = action.target.system
    kind = rules.maps[loser].kinds[action.target.kind]
    remote = kind.fields[field].remote if field in kind.fields else ""
    told = [part.removeprefix(f"{field}: ") for part in action.cause.split("; ") if part.startswith(f"{field}: ")]
    return {
        "at": row["at"].isoformat(),
        "sync": row["sync"],
        "winner": rules.marketing if loser == rules.crm else rules.crm,
        "loser": loser,
        "was": row["was"].get(remote),
        "value": row["now"].get(remote),
        "rule": told[0] if told else action.cause,
        "ref": row["ref"],
    }


def _times(event: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value.isoformat() if hasattr(value, "isoformat") else value for key, value in event.items()}


def canonical_name(rules: Rules, places: Places, field: str) -> str:
    """Our name of a field that was named as a system calls it."""
    for (system, kind), remote in places.items():
        pairs = named(rules.maps[system].kinds[kind])
        if field not in {ours for ours, _ in pairs}:
            return next((ours for ours, there in pairs if there == remote), field)
    return field
