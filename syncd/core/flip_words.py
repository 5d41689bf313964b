"""What would turn a decision, as sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from syncd.core.flip import Change, Flip, WayOut
from syncd.core.rules import Did
from syncd.core.text import day, listing, plural
from syncd.core.types import Value
from syncd.core.values import is_blank, items_of, text_of


def way_in(flips: Sequence[Flip], profile: Mapping[str, Value]) -> str:
    """'It would go if they filled a form matching "demo" before Fri 27 Nov 2026, or if employees were known to be 50-100.'"""
    clauses = [_clause(flip, profile) for flip in flips]
    if not clauses:
        return "No one or two changes that the rules ask for would do."
    return f"It would go {', or '.join(clauses)}."


def way_out(out: WayOut, profile: Mapping[str, Value]) -> str:
    """How long a lead stays ready, and what would end it."""
    stays = (
        f"It stays ready until {day(out.until)} if nothing else happens."
        if out.until
        else "Time alone does not end it."
    )
    clauses = [f"if {_words(change, profile)} ({change.source})" for change in out.changes]
    return f"{stays} It would not go {', or '.join(clauses)}." if clauses else stays


def _clause(flip: Flip, profile: Mapping[str, Value]) -> str:
    if any(change.at for change in flip.changes):
        return _waited(flip, profile)
    words = listing([_words(change, profile) for change in flip.changes])
    before = f" before {day(flip.before)}" if flip.before else ""
    return f"if {words}{before}"


def _waited(flip: Flip, profile: Mapping[str, Value]) -> str:
    at = next(change.at for change in flip.changes if change.at)
    others = [_words(change, profile) for change in flip.changes if change.at is None]
    return f"on {day(at)}, if {listing(others)}" if others else f"by itself on {day(at)}"


def _words(change: Change, profile: Mapping[str, Value]) -> str:
    if change.without:
        return f"“{change.without}” did not hold"
    return listing([*_did(change.did), *_values(change, profile)])


def _did(did: Sequence[tuple[Did, int]]) -> Iterator[str]:
    for asked, times in did:
        one = replace(asked, kinds=asked.kinds[:1], within=None, count=1)
        yield f"they {one}" + (f" {plural(times, 'time')}" if times > 1 else "")


def _values(change: Change, profile: Mapping[str, Value]) -> Iterator[str]:
    for name, value in change.values.items():
        field = name.replace("_", " ")
        if is_blank(value):
            yield f"{field} were unknown"
        elif items_of(value) == ("known",):
            yield f"{field} were known"
        else:
            now = profile.get(name)
            known = "known to be " if is_blank(now) else ""
            instead = "" if is_blank(now) else f" instead of {text_of(now)}"
            yield f"{field} were {known}{_wanted(change, value)}{instead}"


def _wanted(change: Change, value: Value) -> str:
    values = [text_of(item) for item in (*items_of(value), *change.others)]
    if change.example:
        return f"as “{change.source}” asks for ({values[0]}, for example)"
    return listing(values, "or")
