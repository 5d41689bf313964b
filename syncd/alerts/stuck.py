"""Leads that stand still, as alerts: one a lead and state."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from syncd.alerts.words import Link
from syncd.core.alerts import STUCK, Alert
from syncd.core.leaks import TITLES, Patience
from syncd.core.rules import Rules
from syncd.core.text import minute
from syncd.core.types import Ref
from syncd.ledger.leaking import standing_still
from syncd.ledger.store import Store


def stuck(store: Store, rules: Rules, patience: Patience, now: datetime, link: Link) -> Iterator[Alert]:
    """Everything that leaks at `now`; its key lasts as long as its state."""
    for leak in standing_still(store, rules, patience, now):
        yield Alert(
            key=f"stuck:{leak.key}",
            event=STUCK,
            at=now,
            title=f"{leak.email or leak.lineage}: {TITLES[leak.kind]} since {minute(leak.since)} UTC",
            text=leak.why,
            link=link(Ref.parse(leak.target)) if leak.target else "",
            owner=leak.owner,
            tier=leak.tier,
            data={"kind": leak.kind, "handoff": leak.number or None, "record": leak.target or None},
        )
