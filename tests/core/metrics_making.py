"""A ledger small enough to count by hand, and short names for the rows of reports."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from syncd.core.metrics.lead import Lead, Step
from syncd.core.metrics.report import Report, report
from syncd.core.metrics.terms import Period
from syncd.core.types import Opportunity, Ref

BEGIN = datetime(2026, 10, 1, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OCTOBER = Period(BEGIN, datetime(2026, 11, 1, tzinfo=UTC), date(2026, 10, 1), date(2026, 10, 31))
DIMENSIONS = ("owner", "team", "tier", "source", "entry", "criteria", "path", "rule", "before")


def at(days: float) -> datetime:
    return BEGIN + days * DAY


def steps(delivered: datetime, *stages: str, implied: str = "") -> tuple[Step, ...]:
    """Moves an hour apart from the delivery on."""
    return tuple(
        Step(stage, "T18 implied by sql" if stage == implied else "status", delivered + n * HOUR, delivered + n * HOUR)
        for n, stage in enumerate(stages)
    )


def deal(rid: str, status: str, amount: str | None = None, currency: str = "EUR", **more: Any) -> Opportunity:
    worth = Decimal(amount) if amount is not None else None
    given = {"modified": at(20), "link": "contact_role"} | more
    return Opportunity(
        Ref("salesforce", "Opportunity", rid), f"Deal {rid}", status, status, amount=worth, currency=currency, **given
    )


def lead(lineage: str, days: float = 1, *stages: str, **more: Any) -> Lead:
    """Passed so many days after the begin, ten minutes after it qualified."""
    passed = at(days)
    made = {
        "lineage": lineage,
        "number": 1,
        "entry": "score",
        "opened": passed - timedelta(minutes=10),
        "delivered": passed,
        "owner": "ann@syncd.example",
        "work": "new",
        "steps": steps(passed, "mql", "handed_off", *stages),
        "groups": {"source": "Webinar", "criteria": "v1", "cohort": "2026-10"},
    }
    return Lead(**(made | more))


HAND_MADE = (
    lead(
        "1",
        1,
        "sal",
        "sql",
        "opportunity",
        "customer",
        touched=at(1) + 4 * timedelta(minutes=1),
        outcome="qualified",
        deals=(deal("A", "won", "1000.00"), deal("B", "won", "50.50", "USD")),
        rules=("Right size", "Pricing"),
    ),
    lead(
        "2",
        2,
        "sal",
        "sql",
        "opportunity",
        "lost",
        touched=at(2) + 2 * HOUR,
        outcome="qualified",
        deals=(deal("C", "lost", "700"),),
    ),
    lead(
        "3",
        3,
        "sal",
        "sql",
        touched=at(3) + 30 * HOUR,
        work="qualified",
        steps=steps(at(3), "mql", "handed_off", "sal", "sql", implied="sal"),
        owner="bob@syncd.example",
    ),
    lead(
        "4",
        4,
        "recycled",
        outcome="recycle",
        reason="Budget next year",
        closed=at(6),
        returned=True,
        groups={"source": "List", "criteria": "v2", "cohort": "2026-10"},
    ),
    lead(
        "5",
        5,
        "trash",
        outcome="trash",
        reason="Other",
        closed=at(6),
        groups={"source": "List", "criteria": "v2", "cohort": "2026-10"},
    ),
    lead("6", 6, work="", owner="bob@syncd.example"),
    lead("7", 7, "sal", touched=at(12), work="in_progress", deals=(), entry="adopted"),
    lead("8", 8, "unreachable", outcome="could_not_reach", reason="", closed=at(20), tier="hot"),
    lead("9", 31.5),  # of the next month
)


def october(leads: tuple[Lead, ...] = HAND_MADE, **more: Any) -> Report:
    return report(OCTOBER, leads, (), dimensions=DIMENSIONS, **more)
