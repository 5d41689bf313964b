"""How fast handoffs were, from the decision until the owner was verified in the CRM."""

from __future__ import annotations

from datetime import datetime

from syncd.ledger.codec import to_ms
from syncd.ledger.store import Store


def pace(store: Store, since: datetime) -> dict[str, float | int | None]:
    """Of the handoffs that were opened since then: how many were delivered, the median and the 95th percentile in seconds
    (nearest rank). Those that a new ledger found delivered in the systems are left out: it does not know."""
    took = [
        row[0] / 1000
        for row in store.rows(
            "SELECT max(delivered - opened, 0) FROM handoff WHERE opened >= ? AND delivered IS NOT NULL "
            "AND entry <> 'adopted' ORDER BY 1",
            to_ms(since),
        )
    ]
    return {"delivered": len(took), "median": _nearest(took, 50), "p95": _nearest(took, 95)}


def _nearest(ordered: list[float], percent: int) -> float | None:
    return ordered[-(-len(ordered) * percent // 100) - 1] if ordered else None
