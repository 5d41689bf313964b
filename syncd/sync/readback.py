"""Reading back what a system may say that it wrote, and swallow."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.base import Connector
from syncd.core.equal import same
from syncd.core.errors import RemoteError
from syncd.core.types import Action, Outcome, Problem, Receipt


def confirmed(connector: Connector, batch: Sequence[Action], receipts: Sequence[Receipt]) -> list[Receipt]:
    """The receipts as the live records prove them. Where nobody can look, it is unclear and settled by the next sync."""
    doubted = {a.key: a for a in batch if a.swallowed}
    claims = [r for r in receipts if r.key in doubted and r.outcome in (Outcome.DONE, Outcome.ALREADY)]
    if not claims:
        return list(receipts)
    actions = [doubted[r.key] for r in claims]
    fields = sorted({name for a in actions for name in a.fields})
    try:
        live = connector.read(sorted({a.target for a in actions}), fields)
    except RemoteError:
        unclear = {r.key: Receipt(r.key, Outcome.UNCLEAR) for r in claims}
        return [unclear.get(r.key, r) for r in receipts]
    wrong = {}
    for action in actions:
        record = live.get(action.target)
        if record is None or not all(same(record.fields.get(n), v) for n, v in action.fields.items()):
            wrong[action.key] = _swallowed(action)
    return [wrong.get(r.key, r) for r in receipts]


def _swallowed(action: Action) -> Receipt:
    names = ", ".join(action.fields)
    problem = Problem(
        "stage_refused",
        f"{action.target}/{names}",
        f"{action.target.system} said that it wrote {names} of {action.target}, and reads otherwise.",
        f"Look for a workflow that writes {names}, or set demote = false in mappings/{action.target.system}.toml.",
        action.person,
    )
    return Receipt(action.key, Outcome.REJECTED, action.target, problem=problem, code="SWALLOWED")
