"""The admin's own tables for reports: what was spent, and which campaigns come."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TypeVar

from syncd.core.errors import Complaint, ConfigError
from syncd.core.metrics.terms import Campaign, Spend
from syncd.sync.sheets import Sheet

_Row = TypeVar("_Row")


def spend(path: Path) -> tuple[Spend, ...]:
    """Columns day (2026-11-01), amount (1200.50), currency (EUR); where known source, campaign as leads have them. Raises
    ConfigError with every row that cannot be read."""

    def read(row: Mapping[str, str]) -> Spend:
        amount = Decimal(row["amount"].strip())
        if not amount.is_finite():
            raise ValueError
        currency = row["currency"].strip().upper()
        if len(currency) != 3 or not currency.isalpha():
            raise ValueError
        return Spend(_day(row), amount, currency, row.get("source", "").strip(), row.get("campaign", "").strip())

    return _rows(
        path, ("day", "amount", "currency"), read, "a day like 2026-11-01, an amount like 1200.50, a currency like EUR"
    )


def campaigns(path: Path) -> tuple[Campaign, ...]:
    """Columns day (its begin, 2026-11-01), campaign, and where wanted note. Raises ConfigError with every row that cannot be
    read."""

    def read(row: Mapping[str, str]) -> Campaign:
        if not row["campaign"].strip():
            raise ValueError
        return Campaign(_day(row), row["campaign"].strip(), row.get("note", "").strip())

    return _rows(path, ("day", "campaign"), read, "a day like 2026-11-01 and the name of a campaign")


def _day(row: Mapping[str, str]) -> date:
    return date.fromisoformat(row["day"].strip())


def _rows(
    path: Path, needed: tuple[str, ...], read: Callable[[Mapping[str, str]], _Row], wanted: str
) -> tuple[_Row, ...]:
    if not path.is_file():
        raise ConfigError(
            [Complaint("the table does not exist.", str(path), 0, "Make it, or take its name out of [report].")]
        )
    sheet = Sheet.of(path)
    if missing := [name for name in needed if name not in sheet.header]:
        sentence = f"the table has no column {' and no column '.join(missing)}."
        raise ConfigError([Complaint(sentence, str(path), 1, f"Its first line must name: {', '.join(needed)}.")])
    found, wrong = [], []
    for line, row in sheet.rows():
        try:
            if isinstance(row, str):
                wrong.append(Complaint(row, str(path), line))
            else:
                found.append(read(row))
        except (ValueError, InvalidOperation):
            wrong.append(Complaint("the row cannot be read.", str(path), line, f"It needs {wanted}."))
    if wrong:
        raise ConfigError(wrong)
    return tuple(found)
