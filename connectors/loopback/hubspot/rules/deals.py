"""Deals: what follows from the stage and the amount."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation

from connectors.loopback.hubspot.history import Source
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.rules.base import Changes, Properties, Rules


class DealRules(Rules):
    create_echo = Rules.create_echo | {
        "hs_closed_amount",
        "hs_deal_stage_probability",
        "hs_is_closed",
        "hs_is_closed_won",
        "hs_open_deal_create_date",
        "hs_projected_amount",
        "pipeline",
    }
    epoch_echo = re.compile("hs_open_deal_create_date")

    def begin(self, record_id: int, changes: Changes, source: Source, at: int) -> None:
        super().begin(record_id, changes, source, at)
        changes.setdefault("pipeline", self.pipelines.default("deals"))

    def follow(self, record_id: int, before: Properties, changes: Changes, at: int) -> None:
        super().follow(record_id, before, changes, at)
        self.stage_dates("dealstage", before, changes, at)
        if "dealstage" not in changes and "amount" not in changes:
            return
        now = {**before, **changes}
        stage = self.pipelines.stage("deals", now.get("dealstage", ""))
        if stage is None:
            return
        closed = stage["metadata"].get("isClosed") == "true"
        # The float's own decimal expansion: "0.4" reads "0.4000000000000000222…" [R:nango-ELv2].
        probability = Decimal(float(stage["metadata"].get("probability", "0")))
        won = closed and probability == 1
        changes["hs_is_closed"] = str(closed).lower()
        changes["hs_is_closed_won"] = str(won).lower()
        changes["hs_deal_stage_probability"] = str(probability)
        amount = _amount(now.get("amount", ""))
        changes["hs_closed_amount"] = str(amount) if won else "0"
        changes["hs_projected_amount"] = str(amount * probability)
        if not closed and "hs_open_deal_create_date" not in before:
            changes["hs_open_deal_create_date"] = instant(at)


def _amount(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)
