"""A finished planning round as a plan: what would be written, and what it would cost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from syncd.core.types import Action
from syncd.ledger import journal
from syncd.ledger.store import Store
from syncd.sync.planfile import SavedPlan
from syncd.sync.round import Report
from syncd.sync.systems import Systems


def collect(store: Store, systems: Systems, report: Report) -> SavedPlan:
    """Everything that the planning round `report` left to do in its fork."""
    handoffs = journal.handoffs_of(store, report.sync)
    return SavedPlan(
        rules=systems.rules.version,
        accounts={name: health.account for name, health in systems.health.items()},
        made=report.now,
        handoffs={h.key: (h, pool) for h, _, pool in handoffs},
        people={h.key: lineage for h, lineage, _ in handoffs},
        actions={a.key: a for a in journal.actions_of(store, report.sync)},
    )


def expected_calls(systems: Systems, actions: Sequence[Action]) -> dict[str, int]:
    """API calls that sending these actions takes at best: full batches, and one look before people are written."""
    counts: Counter[tuple[str, str, int]] = Counter()
    for action in actions:
        group, size = systems.connectors[action.target.system].batch(action)
        counts[(action.target.system, group, size)] += 1
    calls: Counter[str] = Counter()
    for (system, _, size), n in counts.items():
        calls[system] += -(-n // size)
    return dict(calls)
