"""A dossier as it would be: with other values, with more activities. What is decided about it is then really decided."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from syncd.core.facts import Dossier
from syncd.core.mapping import to_raw
from syncd.core.rules import KindMap, Rules
from syncd.core.types import Activity, Raw, Value
from syncd.core.values import is_blank, text_of


def with_values(dossier: Dossier, rules: Rules, values: Mapping[str, Value]) -> Dossier:
    """The dossier with these canonical values on the marketing record. A field that its mapping lacks is left out."""
    record = dossier.marketing
    if record is None:
        return dossier
    fields = dict(record.fields)
    for name, value in values.items():
        if (place := remote_of(name, rules.marketing_kind)) is not None:
            fields[place] = raw_of(name, value, rules.marketing_kind)
    return replace(dossier, marketing=replace(record, fields=fields))


def with_activities(dossier: Dossier, more: Sequence[Activity]) -> Dossier:
    """The dossier with more activities."""
    return replace(dossier, activities=(*dossier.activities, *more))


def remote_of(name: str, kind: KindMap) -> str | None:
    """The remote field in which a canonical one stands; None when it has none."""
    if (fm := kind.fields.get(name)) is not None:
        return fm.remote
    return {"stage": kind.stage, "work_status": kind.status}.get(name) or None


def raw_of(name: str, value: Value, kind: KindMap) -> Raw:
    """The raw value by which marketing would say it; None for no value, and for a stage or status it has no word for."""
    if is_blank(value):
        return None
    if (fm := kind.fields.get(name)) is not None:
        raw = to_raw(value, fm)
        return _plain(value) if raw is None else raw
    if name == "stage":
        return next((raw for raw, stage in kind.stages.items() if stage == value), None)
    return next((raw for raw, status in kind.statuses.items() if status.work == value), None)


def _plain(value: Value) -> Raw:
    """A value of another type than its field, as text: what the mapping makes of it is what would be decided on."""
    return value.isoformat() if isinstance(value, date | datetime) else text_of(value)
