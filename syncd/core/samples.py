"""Ways to make a condition hold: values and activities that a rule asks for, for questions of the kind "what if".

A sample is a guess from the rule's own words. Whoever uses one decides again and looks whether it did what it should.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from syncd.core.conditions import Background, evaluate
from syncd.core.content import about
from syncd.core.rules import All, AnyOf, Condition, Content, Did, FieldIs, KindMap, Not
from syncd.core.types import Activity, Ref, Value
from syncd.core.values import items_of, text_of

_KNOWN: Mapping[str, Value] = {"number": 1, "money": 1, "bool": True, "list": ("known",)}
_NOTHING_ELSE = "something else"
_MOST = 6
"""Alternatives of one condition: lists of a hundred countries are no hundred answers."""

_USUAL_KINDS = ("page_view",)
"""Of a rule that asks for any kind of content."""

_LOOSE = ("matches", "contains_any", "starts_with", "not_in", "min", "max")
_OPPOSITE: Mapping[str, str] = {"in": "not_in", "not_in": "in", "present": "absent", "absent": "present"}


@dataclass(frozen=True, slots=True)
class Wish:
    """One way: `values` that the fields would have (None: none), and activities that would have been seen.

    `example`: other values would do as well, for the rule asks for a pattern or a limit."""

    values: Mapping[str, Value] = field(default_factory=dict)
    did: tuple[Did, ...] = ()
    example: bool = False


def wishes(condition: Condition, kind: KindMap) -> tuple[Wish, ...]:
    """Ways to make a condition hold, at most a handful; none where no value can be guessed. `kind` knows the types."""
    return tuple(_wishes(condition, kind))[:_MOST]


def _wishes(condition: Condition, kind: KindMap) -> Iterator[Wish]:
    match condition:
        case FieldIs():
            loose = condition.op in _LOOSE
            yield from (Wish({condition.field: value}, example=loose) for value in _values(condition, kind))
        case Did():
            yield Wish(did=(condition,))
        case All(of=parts):
            whole = _joined([next(iter(_wishes(part, kind)), None) for part in parts])
            if whole is not None:
                yield whole
        case AnyOf(of=parts):
            for part in parts:
                yield from _wishes(part, kind)
        case Not(of=FieldIs(op=op) as inner) if op in _OPPOSITE:
            yield from _wishes(FieldIs(inner.field, _OPPOSITE[op], inner.value), kind)
        case _:
            return


def _joined(parts: list[Wish | None]) -> Wish | None:
    """All of them together; None when one is impossible or two contradict."""
    values: dict[str, Value] = {}
    did: list[Did] = []
    for part in parts:
        if part is None or any(values.get(name, value) != value for name, value in part.values.items()):
            return None
        values |= part.values
        did += part.did
    return Wish(values, tuple(did), any(part.example for part in parts if part))


def _values(condition: FieldIs, kind: KindMap) -> Iterator[Value]:
    wanted = condition.value
    match condition.op:
        case "in" | "contains_any" | "starts_with":
            yield from (_typed(text_of(item), condition.field, kind) for item in items_of(wanted))
        case "not_in":
            yield _NOTHING_ELSE
        case "matches":
            if found := text_matching(str(wanted)):
                yield found
        case "min" | "max":
            yield wanted if isinstance(wanted, float) else None
        case "present":
            yield _known(condition.field, kind)
        case "absent":
            yield None


def _typed(text: str, name: str, kind: KindMap) -> Value:
    """A value as the rule writes it, in the type of its field."""
    fm = kind.fields.get(name)
    if fm is not None and fm.type == "bool":
        return text == "true"
    return (text,) if fm is not None and fm.type == "list" else text


def _known(name: str, kind: KindMap) -> Value:
    fm = kind.fields.get(name)
    if fm is not None and fm.type in ("date", "datetime"):
        return date(2026, 1, 1)
    return _KNOWN.get(fm.type, "known") if fm is not None else "known"


# ---------------------------------------------------------------- activities
def happened(did: Did, at: datetime, content: Sequence[Content], number: int = 0) -> Activity:
    """An activity of the kind that a rule counts, made up; `number` keeps several apart. `content` are the groups in
    force: where the rule asks for some, its text is one that belongs there."""
    patterns = [(did.matches, ())] if did.matches else [("", ()), *((group.matches, group.kinds) for group in content)]
    tried = [_made_up(did.kinds or kinds or _USUAL_KINDS, pattern, at, number) for pattern, kinds in patterns]
    return next((activity for activity in tried if about(did, activity, content)), tried[0])


def _made_up(kinds: Sequence[str], pattern: str, at: datetime, number: int) -> Activity:
    kind = kinds[0]
    text = text_matching(pattern) if pattern else ""
    is_address = text.startswith("/")
    return Activity(
        Ref("what-if", kind, f"{text or kind} {number}"),
        kind,
        at,
        title="" if is_address else text,
        url=text if is_address else "",
    )


def can_happen(did: Did, content: Sequence[Content]) -> bool:
    """Whether a made-up activity is one that the rule counts."""
    moment = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    enough = [happened(did, moment, content, number) for number in range(did.count)]
    return bool(evaluate(did, {}, enough, moment + timedelta(seconds=1), Background(content)).value)


# ---------------------------------------------------------------- texts
_CLASSES = re.compile(r"\\[bBsSdDwWAZ]")
_WORDS = re.compile(r"[^\W_](?:[\w.'-]| (?=\w))*")


@functools.lru_cache(maxsize=1024)
def text_matching(pattern: str) -> str:
    """A short text in which the regular expression is found, made of its own words; "" when none comes to mind."""
    verbose = re.match(r"\(\?[a-zA-Z]*x", pattern) is not None
    plain = re.sub(r"^\(\?[a-zA-Z]+\)", "", pattern)
    if verbose:
        plain = re.sub(r"(?<!\\)#.*", " | ", plain)
        plain = re.sub(r"(?<!\\)\s+", "|", plain)
    plain = re.sub(r"\\(.)", r"\1", _CLASSES.sub("|", plain))
    compiled = re.compile(pattern, re.IGNORECASE)
    for word in _WORDS.findall(plain):
        for text in (word, f"/{word}", f"ada@{word}", f"{word}@example.com"):
            if compiled.search(text):
                return str(text)
    return ""
