"""A batch that is refused for one row: split it until that row stands alone [hubspot.md 5.1; reliability.md F04]."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from connectors.hubspot.api import Json
from connectors.hubspot.receipts import undelivered
from connectors.hubspot.refusals import Refusal, Refused
from syncd.core.errors import RemoteError
from syncd.core.types import Action, Receipt

SPLIT = frozenset({400, 409, 413, 414})
"""Answers that mean: nothing of this batch was written, perhaps because of one row. (404 is about the path.)"""

MISSING = "OBJECT_NOT_FOUND"

ALL_GUILTY = frozenset({"PROPERTY_DOESNT_EXIST", "READ_ONLY_VALUE"})
"""Flaws that every row with that property has."""


@dataclass(frozen=True, slots=True)
class Row:
    """One input of a batch: the action, what is sent for it, and the properties in it."""

    action: Action
    body: Json

    @property
    def properties(self) -> Mapping[str, str]:
        held: Mapping[str, str] = self.body.get("properties", {})
        return held


Post = Callable[[Sequence[Row]], dict[str, Receipt]]
"""Sends rows in one call: receipts by action key, for every row."""


def bisect(rows: Sequence[Row], post: Post, refused: Callable[[Row, Refusal], Receipt]) -> dict[str, Receipt]:
    """Send the rows; when all are refused because of some, split until those stand alone.

    Only a refused batch is sent again, and a refused batch wrote nothing. One bad row among n costs
    at most 2·log2(n) + 1 further calls. The first call's errors are the caller's; later ones become
    receipts, so that rows which landed keep theirs.
    """
    receipts: dict[str, Receipt] = {}
    pending: list[Sequence[Row]] = [rows]
    first = True
    while pending:
        part = pending.pop(0)
        try:
            receipts |= post(part)
        except RemoteError as error:
            refusal = error.refusal if isinstance(error, Refused) else None
            if refusal is not None and (refusal.status in SPLIT or refusal.category == MISSING):
                guilty, parts = split(part, refusal)
                receipts |= {row.action.key: refused(row, refusal) for row in guilty}
                pending[:0] = parts
            elif first:
                raise
            else:
                receipts |= undelivered([row.action for row in part], error)
        first = False
    return receipts


def split(rows: Sequence[Row], refusal: Refusal) -> tuple[Sequence[Row], list[Sequence[Row]]]:
    """Of a refused batch: the rows that are surely the cause, and what to send next."""
    if len(rows) == 1:
        return rows, []
    named = {name for code, name in refusal.flaws if code in ALL_GUILTY}
    guilty = [row for row in rows if named & row.properties.keys()]
    if guilty:
        rest = [row for row in rows if row not in guilty]
        return guilty, [rest] if rest else []
    flawed = {name for _, name in refusal.flaws}
    suspects = [row for row in rows if flawed & row.properties.keys()]
    if 0 < len(suspects) < len(rows):
        return (), [[row for row in rows if row not in suspects], suspects]
    half = len(rows) // 2
    return (), [rows[:half], rows[half:]]
