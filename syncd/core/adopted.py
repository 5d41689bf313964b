"""What other ledgers left: handoffs that the systems know of and this ledger does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from syncd.core.facts import Dossier, Handoff
from syncd.core.identity import Match
from syncd.core.keys import effect_key
from syncd.core.mapping import from_raw
from syncd.core.rules import KindMap, Rules
from syncd.core.types import Raw, Record, Value


def marketing_number(kind: KindMap, record: Record | None) -> int:
    """The handoff number on the marketing contact: the commit mark, written last."""
    fm = kind.feedback.get("handoff")
    return _number(record.fields.get(fm.remote)) if fm and record else 0


def crm_number(rules: Rules, record: Record | None) -> int:
    """The handoff number on a CRM record, written with it. In one system it is the commit mark itself."""
    if record is None or rules.one_system:
        return 0
    remote = rules.maps[rules.crm].kinds[record.ref.kind].stamp.get("handoff")
    return _number(record.fields.get(remote)) if remote else 0


def _number(raw: Raw) -> int:
    try:
        return int(float(raw)) if raw not in (None, "") else 0
    except (TypeError, ValueError):
        return 0


def adopted(d: Dossier, rules: Rules, found: Match, portal: str, now: datetime) -> Handoff | None:
    """A handoff that the systems know as delivered and this ledger does not: marketing's commit mark says so, or sales
    has answered it already."""
    if d.marketing is None or d.undone:
        return None
    known = d.last_number
    number = marketing_number(rules.marketing_kind, d.marketing)
    begun = crm_number(rules, found.target)
    if begun > max(number, known) and _answered(rules, found.target):
        number = begun
    if number <= known or (found.target is None and found.problem is None):
        return None
    said = _said(rules.marketing_kind, d.marketing)
    earliest = min(d.marketing.modified, found.target.modified if found.target else now, now)
    at = said["handed_over_at"] if isinstance(said["handed_over_at"], datetime) else earliest
    return Handoff(
        number=number,
        key=effect_key(portal, d.lineage, number, rules.crm, "handoff"),
        state="delivered",
        entry="adopted",
        opened=at,
        delivered=at,
        owner=str(said["owner"] or ""),
        score=_number(said["score"]) if isinstance(said["score"], (str, int, float)) else 0,
        tier=str(said["tier"] or ""),
        target=found.target.ref if found.target else None,
        rule="found in both systems",
    )


def _said(kind: KindMap, marketing: Record) -> dict[str, Value]:
    """What an earlier ledger wrote about the handoff on the marketing contact."""
    types = {"handed_over_at": "datetime", "score": "text", "owner": "text", "tier": "text"}
    said: dict[str, Value] = dict.fromkeys(types)
    for name, type_ in types.items():
        if fm := kind.feedback.get(name):
            said[name] = from_raw(marketing.fields.get(fm.remote), replace(fm, type=type_))
    return said


def _answered(rules: Rules, record: Record | None) -> bool:
    if record is None or not (kind := rules.maps[rules.crm].kinds[record.ref.kind]).status:
        return False
    status = kind.statuses.get(str(record.fields.get(kind.status) or ""))
    return status is not None and status.disposition != ""
