"""Line items: the net price follows from quantity, unit price and discounts."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from connectors.loopback.hubspot.rules.base import Changes, Properties, Rules

_PRICED_BY = ("quantity", "price", "discount", "hs_discount_percentage")


class LineItemRules(Rules):
    create_echo = Rules.create_echo | {"amount"}
    update_echo = Rules.update_echo | {"amount"}

    def follow(self, record_id: int, before: Properties, changes: Changes, at: int) -> None:
        super().follow(record_id, before, changes, at)
        if not changes.keys() & set(_PRICED_BY):
            return
        now = {**before, **changes}
        quantity, price, off, percent = (_number(now.get(name, "")) for name in _PRICED_BY)
        priced = now.get("quantity") and now.get("price")
        unit = price - off - price * percent / 100
        changes["amount"] = f"{quantity * unit:f}" if priced else ""


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        return Decimal(0)
