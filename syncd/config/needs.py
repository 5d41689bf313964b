"""What the mapping wants of a system: the fields and picklist values that `check` looks for on the live account."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.base import FieldNeed
from syncd.config.words import DISPOSITIONS, STAGES
from syncd.core.account_map import AccountMap
from syncd.core.asks import questions
from syncd.core.lists import LISTS
from syncd.core.rules import FieldIs, FieldMap, KindMap, Rules

_ENUMERATIONS = {"stage": STAGES, "disposition": DISPOSITIONS}
_IDENTITY = ("email", "last_name", "company")


def needs(rules: Rules, system: str) -> list[FieldNeed]:
    """Every remote field that syncd reads or writes in `system`, one row each, in the order of the mapping.

    A field is required when something would be decided wrongly or not be written without it: what identifies a
    person, what a rule asks for, and all that syncd writes.
    """
    asked = {rules.gate.source, *(question.field for question in questions(rules) if isinstance(question, FieldIs))}
    found: dict[tuple[str, str], FieldNeed] = {}
    for kind in rules.maps[system].kinds.values():
        for need in _of_kind(rules, system, kind, asked):
            earlier = found.get((need.kind, need.field))
            found[need.kind, need.field] = _union(earlier, need) if earlier else need
    lists = rules.nurture.lists if system == rules.marketing else ()
    return [
        *found.values(),
        *_of_account(rules.maps[system].account),
        *(FieldNeed(LISTS, name, read=False, write=True) for name in lists),
    ]


def _of_account(account: AccountMap | None) -> Iterator[FieldNeed]:
    if account is not None:
        yield FieldNeed(account.kind, account.name, required=False)
        yield FieldNeed(account.kind, account.website)
        yield FieldNeed(account.kind, account.owner)
        if account.parent:
            yield FieldNeed(account.kind, account.parent, required=False)
        if account.customer:
            yield FieldNeed(account.kind, account.customer, values=account.customers)


def _of_kind(rules: Rules, system: str, kind: KindMap, asked: set[str]) -> Iterator[FieldNeed]:
    name = kind.kind
    if kind.key:
        yield FieldNeed(name, kind.key, write=system == rules.crm and not rules.one_system)
    for field in kind.fields.values():
        gives = field.field == "owner" and system == rules.crm  # by the handoff, not by a merge
        write = field.direction in ("out", "both") or gives
        yield FieldNeed(
            name,
            field.remote,
            read=field.direction in ("in", "both"),
            write=write,
            values=tuple(dict.fromkeys(field.values.values())) if field.type in ("text", "list") else (),
            required=write or field.field in asked or field.field in _IDENTITY,
        )
    if system == rules.marketing:
        if kind.stage:
            yield FieldNeed(name, kind.stage, write=kind.stage_write, values=tuple(kind.stages), closed=True)
        for field in kind.feedback.values():
            yield FieldNeed(name, field.remote, write=True, values=_written_values(field))
    if system == rules.crm:
        if kind.status:
            values = tuple(kind.statuses)
            yield FieldNeed(name, kind.status, write=bool(kind.new_status), values=values, closed=True)
        if kind.disposition:
            yield FieldNeed(name, kind.disposition, values=tuple(kind.dispositions), closed=True)
        if kind.reason:
            yield FieldNeed(name, kind.reason, values=tuple(rules.reasons))
        if kind.not_before:
            yield FieldNeed(name, kind.not_before)
        for remote in kind.stamp.values():
            yield FieldNeed(name, remote, write=True)


def _written_values(field: FieldMap) -> tuple[str, ...]:
    return tuple(field.values.get(word, word) for word in _ENUMERATIONS.get(field.field, ()))


def _union(one: FieldNeed, other: FieldNeed) -> FieldNeed:
    return FieldNeed(
        one.kind,
        one.field,
        read=one.read or other.read,
        write=one.write or other.write,
        values=tuple(dict.fromkeys(one.values + other.values)),
        required=one.required or other.required,
        closed=one.closed or other.closed,
    )
