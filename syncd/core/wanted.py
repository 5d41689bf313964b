"""What syncd would like an account to have: every field that its mapping writes, or that a rep answers in, with all that
is needed to make it. Fields that are only read are the admin's own; of those with names of syncd's choice, `lost` says
what does not work without them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from syncd.core.rules import FieldMap, KindMap, Rules
from syncd.core.text import system
from syncd.core.types import Problem

SHAPES = ("text", "long", "number", "money", "bool", "date", "datetime", "choice")

READ, EDIT = "read", "edit"

KEY_LENGTH, TEXT_LENGTH, LONG_LENGTH = 32, 255, 32_000

_STAMPS = {"score": "number", "handoff": "number", "handed_over_at": "datetime", "brief": "long"}
"""Types of the stamp's fields that are not text."""

_LABELS = {"crm_id": "CRM id", "crm_type": "CRM record", "handoff": "Handoff", "work": "Work status"}

_LOST = {
    "score": "reps cannot sort their leads by score",
    "tier": "reps cannot sort their leads by tier",
    "handoff": "the record does not tell how often this person was handed over",
    "handed_over_at": "the record does not tell since when it is sales'",
    "brief": "the brief stands in the task only",
    "reason": "sales' answers come without a reason",
    "not_before": "a rep cannot say when to try again",
}
_ABILITY = "a create whose answer is lost is looked for by e-mail address, and can be made twice when that changes"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One remote field.

    type     one of SHAPES; `length` of text in UTF-16 units; `values` of a choice, or that a picklist must have
    unique   no two records may have the same value: a key
    make     False: syncd only reads it, or it is the vendor's; what is wrong with it is for people
    reps     what people in sales do with it: read, edit, or nothing ("")
    lost     what does not work without it, as the end of a sentence
    """

    kind: str
    field: str
    label: str
    type: str = "text"
    length: int = TEXT_LENGTH
    values: tuple[str, ...] = ()
    unique: bool = False
    make: bool = True
    reps: str = ""
    lost: str = ""

    def __str__(self) -> str:
        return f"{self.kind}.{self.field}"

    @property
    def shape(self) -> str:
        """ "text of 32, unique" · "number" · "choice of qualified, recycle" """
        match self.type:
            case "text":
                said = f"text of {self.length}"
            case "long":
                said = "long text"
            case "choice":
                said = f"choice of {', '.join(self.values)}"
            case "datetime":
                said = "date and time"
            case _:
                said = self.type
        return f"{said}, unique" if self.unique else said


def wanted(rules: Rules, name: str, values: Mapping[tuple[str, str], tuple[str, ...]]) -> list[Wanted]:
    """All fields of a system in the order of its mapping, each once; `values` are the picklist values that the mapping
    uses, by kind and field. Where two uses of a field differ the first decides, and the rights of reps add up."""
    found: dict[tuple[str, str], Wanted] = {}
    for kind in rules.maps[name].kinds.values():
        for row in _of_kind(rules, name, kind):
            address = row.kind, row.field
            row = replace(row, values=values.get(address, ()) if row.type == "choice" or not row.make else ())
            earlier = found.get(address)
            found[address] = row if earlier is None else _both(earlier, row)
    return list(found.values())


def _of_kind(rules: Rules, name: str, kind: KindMap) -> Iterator[Wanted]:
    at, crm = kind.kind, name == rules.crm
    if kind.key and crm and not rules.one_system:
        yield Wanted(at, kind.key, "HubSpot id (syncd)", length=KEY_LENGTH, unique=True, lost=_ABILITY)
    for field in kind.fields.values():
        yield _mapped(at, field, make=field.direction != "in")
    if name == rules.marketing:
        if kind.stage:
            yield Wanted(at, kind.stage, "Stage", make=False)
        for field in kind.feedback.values():
            row = _mapped(at, field)
            kept = row.type if field.field not in ("stage", "disposition") else "choice"
            yield replace(row, type=kept, lost=f"{system(name)} does not show a handoff's “{_words(field.field)}”")
    if crm:
        yield from _of_sales(at, kind, rules.reasons)


def _of_sales(at: str, kind: KindMap, reasons: Mapping[str, str]) -> Iterator[Wanted]:
    if kind.status:
        yield Wanted(at, kind.status, "Status", make=False)
    if kind.disposition:
        lost = f"a rep says what became of the lead only by {'its status' if kind.status else 'an opportunity'}"
        yield Wanted(at, kind.disposition, "Disposition (syncd)", "choice", reps=EDIT, lost=lost)
    if kind.reason:
        type_ = "choice" if reasons else "text"
        yield Wanted(at, kind.reason, "Reason (syncd)", type_, values=tuple(reasons), reps=EDIT, lost=_LOST["reason"])
    if kind.not_before:
        yield Wanted(at, kind.not_before, "Not before (syncd)", "date", reps=EDIT, lost=_LOST["not_before"])
    for word, remote in kind.stamp.items():
        type_ = _STAMPS.get(word, "text")
        length = LONG_LENGTH if type_ == "long" else TEXT_LENGTH
        yield Wanted(at, remote, _label(word), type_, length, reps=READ, lost=_LOST[word])


def _mapped(at: str, field: FieldMap, *, make: bool = True) -> Wanted:
    type_ = "choice" if field.values and field.type == "text" else field.type if field.type in SHAPES else "text"
    lost = f"{_words(field.field)} is not carried over"
    return Wanted(at, field.remote, _label(field.field), type_, field.length or TEXT_LENGTH, make=make, lost=lost)


def _both(one: Wanted, other: Wanted) -> Wanted:
    """The field of two uses: what a rep answers in is more than what is only shown."""
    first, second = (other, one) if other.reps == EDIT or (other.make and not one.make) else (one, other)
    return replace(
        first,
        values=first.values or second.values,
        type="choice" if "choice" in (first.type, second.type) else first.type,
        reps=first.reps or second.reps,
    )


def _label(word: str) -> str:
    return f"{_LABELS.get(word) or _words(word).capitalize()} (syncd)"


def _words(word: str) -> str:
    return word.replace("_", " ")


# ---------------------------------------------------------------- findings of a check
def explained(problem: Problem, rows: Iterable[Wanted]) -> Problem:
    """A finding of `check` about one of these fields, which also says what is lost without it, and that `setup` makes it."""
    if problem.kind in ("key_missing", "no_unique_key"):
        return replace(problem, fix=f"`syncd setup` makes it where there is none. {problem.fix}")
    _, _, about = problem.subject.partition("/")
    row = next((row for row in rows if row.make and f"{about}/".startswith(f"{row.kind}/{row.field}/")), None)
    if row is None or problem.kind not in ("field_missing", "value_missing"):
        return problem
    if problem.kind == "value_missing":
        return replace(problem, fix=f"`syncd setup` can add it. {problem.fix}")
    sentence = f"{problem.sentence} Without it {row.lost}." if row.lost else problem.sentence
    return replace(problem, sentence=sentence, fix="`syncd setup` can make it; or take it out of the mapping.")


def label_of(value: str) -> str:
    """What people read in place of a value: "could_not_reach" is "Could not reach"."""
    return value.replace("_", " ").capitalize()
