"""Three values per field: what both sides agreed on, marketing's now, the CRM's now.

Who wins:

| moved since they agreed | fill_blank   | prefer_crm | prefer_marketing | newest    |
|-------------------------|--------------|------------|------------------|-----------|
| neither                 | nobody       | nobody     | nobody           | nobody    |
| marketing               | nobody       | marketing  | marketing        | marketing |
| CRM                     | nobody       | crm        | crm              | crm       |
| both, or never agreed   | nobody       | crm        | marketing        | the later |

Over the table stands what holds for every field: equal values win nothing; a filled side fills a blank one, unless
that one was emptied on purpose; a blank value overwrites a filled one only if it was emptied since they agreed and the
other side's mapping says `blank`; and a side is written only if both mappings' directions allow it.

A field's default ("[not provided]") counts as blank. Values are compared by what they mean: our own write coming back,
cut or spelled otherwise, is no change. Where the two mappings name different policies the CRM's counts: there the
people work.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from syncd.core.mapping import from_raw, same_value, to_raw
from syncd.core.rules import FieldMap
from syncd.core.types import Raw
from syncd.core.values import is_blank


class Unchanged(enum.Enum):
    UNCHANGED = "unchanged"


UNCHANGED: Final = Unchanged.UNCHANGED


@dataclass(frozen=True, slots=True)
class Merge:
    """What to write to each side, raw, or UNCHANGED. `winner`: marketing, crm, "". `rule` says why in words."""

    to_marketing: Raw | Unchanged
    to_crm: Raw | Unchanged
    winner: str
    rule: str


MARKETING, CRM, NOBODY, LATER = "marketing", "crm", "", "later"

_WINNER: Mapping[tuple[bool, bool], Mapping[str, str]] = {
    (False, False): {
        "fill_blank": NOBODY, "prefer_crm": NOBODY, "prefer_marketing": NOBODY, "newest": NOBODY,
    },
    (True, False): {
        "fill_blank": NOBODY, "prefer_crm": MARKETING, "prefer_marketing": MARKETING, "newest": MARKETING,
    },
    (False, True): {
        "fill_blank": NOBODY, "prefer_crm": CRM, "prefer_marketing": CRM, "newest": CRM,
    },
    (True, True): {
        "fill_blank": NOBODY, "prefer_crm": CRM, "prefer_marketing": MARKETING, "newest": LATER,
    },
}  # fmt: skip
"""(marketing moved, CRM moved) → policy → winner."""

_MOVED = {
    (False, False): "neither side moved",
    (True, False): "only marketing moved",
    (False, True): "only the CRM moved",
    (True, True): "both sides moved",
}


@dataclass(frozen=True, slots=True)
class _Side:
    """One side of a field. `moved` since both agreed; `emptied`: it moved to blank."""

    name: str
    fm: FieldMap
    now: Raw
    blank: bool
    moved: bool

    @property
    def emptied(self) -> bool:
        return self.moved and self.blank


def merge(
    fm_marketing: FieldMap,
    fm_crm: FieldMap,
    agreed: tuple[Raw, Raw] | None,
    marketing: Raw,
    crm: Raw,
    marketing_at: datetime,
    crm_at: datetime,
) -> Merge:
    """What one field of one person should become. `agreed` is the pair of the last receipt, None before the first;
    `…_at` is when each record was last modified. After the result is written, the same question has no answer left."""
    mine = _side(MARKETING, fm_marketing, marketing, agreed[0] if agreed else None, agreed is None)
    theirs = _side(CRM, fm_crm, crm, agreed[1] if agreed else None, agreed is None)
    winner, rule = _winner(mine, theirs, agreed is None, marketing_at, crm_at)
    if winner is None:
        return Merge(UNCHANGED, UNCHANGED, "", rule)
    loser = theirs if winner is mine else mine
    written = _written(winner, loser)
    if written is UNCHANGED:
        return Merge(UNCHANGED, UNCHANGED, winner.name, f"{rule}; {loser.name} is not written")
    if winner is mine:
        return Merge(UNCHANGED, written, winner.name, rule)
    return Merge(written, UNCHANGED, winner.name, rule)


def _side(name: str, fm: FieldMap, now: Raw, before: Raw, first: bool) -> _Side:
    return _Side(name, fm, now, _blank(now, fm), first or not same_value(now, before, fm))


def _winner(
    mine: _Side, theirs: _Side, first: bool, marketing_at: datetime, crm_at: datetime
) -> tuple[_Side | None, str]:
    if _equal(mine, theirs):
        return None, "both sides say the same"
    if mine.blank or theirs.blank:
        return _filling(mine, theirs, first)
    moved = (mine.moved, theirs.moved)
    policy = theirs.fm.policy
    how = "they never agreed before" if first else _MOVED[moved]
    match _WINNER[moved][policy]:
        case "marketing":
            return mine, f"{how} ({policy})"
        case "crm":
            return theirs, f"{how} ({policy})"
        case "later":
            return (mine if marketing_at > crm_at else theirs), f"{how} ({policy})"
        case _:
            return None, f"{how} ({policy})"


def _filling(mine: _Side, theirs: _Side, first: bool) -> tuple[_Side | None, str]:
    """One side is blank, the other is not."""
    blank, filled = (mine, theirs) if mine.blank else (theirs, mine)
    if first or (filled.moved and not blank.moved):
        return filled, f"{blank.name} was blank"
    if not blank.emptied:
        return None, _MOVED[(mine.moved, theirs.moved)]
    if filled.moved:
        return filled, f"{blank.name} was emptied, but {filled.name} has a new value"
    if filled.fm.blank:
        return blank, f"{blank.name} was emptied, and blank may overwrite {filled.name}"
    return None, f"{blank.name} was emptied; blank never overwrites"


def _written(winner: _Side, loser: _Side) -> Raw | Unchanged:
    """The winner's value as the loser's system spells it, or UNCHANGED where it may not or need not be written."""
    if winner.fm.direction == "out" or loser.fm.direction == "in":
        return UNCHANGED
    value = None if winner.blank else to_raw(from_raw(winner.now, winner.fm), loser.fm)
    if is_blank(value) and not winner.blank:
        return UNCHANGED  # the loser's type cannot hold it
    return UNCHANGED if same_value(value, loser.now, loser.fm) else value


def _equal(mine: _Side, theirs: _Side) -> bool:
    """The same value, or the same as far as the other side can hold it (its length, its picklist)."""
    if mine.blank or theirs.blank:
        return mine.blank and theirs.blank
    ours, other = from_raw(mine.now, mine.fm), from_raw(theirs.now, theirs.fm)
    return (
        ours == other
        or same_value(to_raw(ours, theirs.fm), theirs.now, theirs.fm)
        or same_value(to_raw(other, mine.fm), mine.now, mine.fm)
    )


def _blank(raw: Raw, fm: FieldMap) -> bool:
    return is_blank(from_raw(raw, fm)) or (fm.default is not None and same_value(raw, fm.default, fm))
