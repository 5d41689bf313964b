"""Links of activities to their people: default associations, which change nothing when made again [hubspot.md 10.1]."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.hubspot.api import Api
from connectors.hubspot.people import CONTACTS
from connectors.hubspot.receipts import done, gone, rejected
from connectors.hubspot.refusals import SYSTEM, Refusal, of_entry
from connectors.hubspot.splitting import MISSING, Row, bisect
from connectors.transport import Purpose
from syncd.core.types import Action, Receipt, Ref


def person_kind(action: Action) -> str:
    return str(action.fields.get("person_kind") or CONTACTS)


def link(api: Api, actions: Sequence[Action], purpose: Purpose) -> dict[str, Receipt]:
    """Receipts by key, in one call when all is well. `fields`: "from" (the activity's id) and "person"."""
    source, target = actions[0].target.kind, person_kind(actions[0])

    def post(rows: Sequence[Row]) -> dict[str, Receipt]:
        answer = api.associate(source, target, [_pair(row) for row in rows], purpose)
        if not answer.errors:
            return {row.action.key: _linked(row) for row in rows}
        there = set(api.associated(source, target, [_pair(row)[0] for row in rows], purpose))
        refusals = [of_entry(entry) for entry in answer.errors]
        return {
            row.action.key: _linked(row) if _pair(row) in there else refused(row, _cause(row, refusals)) for row in rows
        }

    return bisect([Row(action, {}) for action in actions], post, refused)


def refused(row: Row, refusal: Refusal) -> Receipt:
    if refusal.category == MISSING:
        return gone(row.action, None)
    return rejected(row.action, refusal)


def _cause(row: Row, refusals: Sequence[Refusal]) -> Refusal:
    """The error that names one end of this link, else the first."""
    ends = set(_pair(row))
    return next((refusal for refusal in refusals if ends & set(refusal.ids)), refusals[0])


def _pair(row: Row) -> tuple[str, str]:
    return str(row.action.fields["from"]), str(row.action.fields["person"])


def _linked(row: Row) -> Receipt:
    return done(row.action, Ref(SYSTEM, row.action.target.kind, _pair(row)[0]), {})
