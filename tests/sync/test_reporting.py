"""The numbers of a whole house: leads that are handed over, worked, won, sent back; and alarms that are told once."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from syncd.alerts.news import news
from syncd.core.alerts import ALARM, Channel
from syncd.core.errors import ConfigError
from syncd.core.metrics.lead import METRICS
from syncd.core.metrics.report import Report
from syncd.core.metrics.terms import ReportRules, Spend, Targets, period
from syncd.core.zones import zone
from syncd.ledger import journal
from syncd.sync import report_sheets, reporting
from syncd.sync.alarming import look
from tests.sync.house import START, House

WEEK = period(date(2026, 11, 23), date(2026, 12, 6), UTC)


def told(house: House, of: ReportRules | None = None) -> Report:
    return reporting.make(house.ledger, house.rules, of or ReportRules(), WEEK)


def test_S1_22_S1_25_to_S1_29_what_the_house_did_is_what_the_report_says() -> None:
    """Ada is called after an hour and wins; Grace is sent back, not ready; nobody touches Edsger."""
    house = House()
    for name in ("ada", "grace", "edsger"):
        house.contact(name, hs_analytics_source="REFERRALS" if name == "ada" else "PAID_SEARCH")
    house.sync()
    ada, grace, _ = (
        next(r for r in house.leads() if r.fields["Email"].startswith(name)) for name in ("ada", "grace", "edsger")
    )
    house.wait(hours=1)
    house.salesforce.activity("call", [ada.ref], at=house.time, outbound=True)
    house.salesforce.edit(ada.ref, Status="Working - Contacted")
    house.sync()
    house.wait(days=1)
    house.salesforce.edit(grace.ref, Status="Recycled", syncd_reason__c="Budget next year")
    house.salesforce.opportunity(people=[ada.ref], status="won", amount=Decimal(1200), currency="EUR")
    house.sync()
    report = told(house)
    counts = report.total.counts
    wanted = {"passed": 3, "accepted": 1, "touched": 1, "opportunity": 1, "won": 1, "not_ready": 1, "untouched": 1}
    assert {name: counts[name] for name in wanted} == wanted
    assert counts["missing"] == 0
    assert report.total.revenue == {"EUR": Decimal(1200)}
    assert report.total.follow_up.median is not None
    assert timedelta(minutes=59) <= report.total.follow_up.median <= timedelta(hours=1)
    assert [(source, t.counts["won"]) for source, t in report.breakdowns["source"].rows] == [
        ("REFERRALS", 1),
        ("PAID_SEARCH", 0),
    ]
    assert [lead.lineage for lead in METRICS["won"].of(report.leads)] == [ada.fields["syncd_hs_id__c"]]
    assert report.breakdowns["criteria"].rows[0][0] == house.rules.version
    assert "Demo request" in {name for name, _ in report.breakdowns["rule"].rows} or report.breakdowns["rule"].rows


def test_S1_27_accepted_by_date_counts_whom_an_earlier_period_passed() -> None:
    house = House()
    house.contact("ada")
    house.sync()
    house.wait(days=20)
    house.salesforce.edit(house.leads()[0].ref, Status="Working - Contacted")
    house.sync()
    later = reporting.make(house.ledger, house.rules, ReportRules(), period(date(2026, 12, 7), date(2026, 12, 20), UTC))
    assert (later.total.counts["passed"], len(later.accepted)) == (0, 1)
    assert (told(house).total.counts["accepted"], len(told(house).accepted)) == (1, 0)


def test_S1_28_a_deal_of_two_leads_counts_for_whoever_was_passed_first_in_any_period() -> None:
    """Ada's deal is won. A fortnight later Grace is passed and joins it: it is no revenue of Grace's period, in which nothing
    happened with Ada."""
    house = House()
    house.contact("ada")
    house.sync()
    ada = house.leads()[0].ref
    house.wait(days=1)
    won: dict[str, Any] = {"id": "006A", "status": "won", "amount": Decimal(900), "currency": "EUR"}
    house.salesforce.opportunity(people=(ada,), **won)
    house.sync()
    house.wait(days=14)
    house.contact("grace")
    house.sync()
    house.wait(days=1)
    house.salesforce.opportunity(people=tuple(r.ref for r in house.leads()), **won)
    house.sync()
    second = reporting.make(
        house.ledger, house.rules, ReportRules(), period(date(2026, 12, 7), date(2026, 12, 20), UTC)
    )
    assert (second.total.counts["passed"], second.total.counts["won"], second.total.revenue) == (1, 1, {})
    assert told(house).total.revenue == {"EUR": Decimal(900)}


def test_S1_36_one_query_the_same_numbers_whoever_asks_and_however_often() -> None:
    house = House()
    house.contact("ada")
    house.sync()
    assert told(house) == told(house)


def test_C17_days_begin_where_the_company_is() -> None:
    """Honolulu's Monday ends ten hours after UTC's; Auckland's begins thirteen before. Berlin's 25 October has 25 hours."""
    there = zone("Pacific/Honolulu")
    assert there is not None
    assert period(date(2026, 11, 2), date(2026, 11, 2), there).since == datetime(2026, 11, 2, 10, tzinfo=UTC)
    there = zone("Pacific/Auckland")
    assert there is not None
    assert period(date(2026, 11, 2), date(2026, 11, 2), there).since == datetime(2026, 11, 1, 11, tzinfo=UTC)
    there = zone("Europe/Berlin")
    assert there is not None
    assert period(date(2026, 10, 25), date(2026, 10, 25), there).length == timedelta(hours=25)


# ---------------------------------------------------------------- alarms
def slow_house() -> tuple[House, ReportRules]:
    house = House()
    house.contact("ada")
    house.sync()
    return house, ReportRules(targets=Targets(system_time=timedelta(milliseconds=1)))


def alarms(house: House) -> list[str]:
    return [
        a.key
        for a in news(house.ledger, house.rules, START - timedelta(days=1), lambda ref: "", Channel("slack"))
        if a.event == ALARM
    ]


def test_S0_3_S1_31_an_alarm_opens_once_and_heals() -> None:
    house, of = slow_house()
    house.ledger.conn.execute("UPDATE handoff SET opened = opened - 60000")
    assert look(house.ledger, house.rules, of, house.time)
    (first,) = alarms(house)
    (problem,) = journal.problems(house.ledger)
    assert (problem["kind"], problem["subject"]) == ("alarm", "system_time")
    assert problem["sentence"].startswith("From qualified to delivered one lead of twenty took longer than 1 min;")
    assert not look(house.ledger, house.rules, of, house.time)  # once a day
    house.wait(days=1)
    assert look(house.ledger, house.rules, of, house.time)
    assert alarms(house) == [first]  # it goes on: no news
    house.wait(days=1)
    assert look(house.ledger, house.rules, ReportRules(), house.time)
    assert alarms(house) == []
    house.wait(days=1)
    assert look(house.ledger, house.rules, of, house.time)
    (again,) = alarms(house)
    assert again != first


def test_S1_31_an_empty_ledger_raises_nothing() -> None:
    house = House()
    assert look(house.ledger, house.rules, ReportRules(), house.time)
    assert journal.problems(house.ledger) == []


# ---------------------------------------------------------------- the admin's tables
def test_S4_22_S1_35_spend_and_campaigns_from_files(tmp_path: Path) -> None:
    (tmp_path / "spend.csv").write_text(
        "day;amount;currency;source\n2026-11-02;1200.50;eur;PAID_SEARCH\n", encoding="utf-8"
    )
    assert report_sheets.spend(tmp_path / "spend.csv") == (
        Spend(date(2026, 11, 2), Decimal("1200.50"), "EUR", "PAID_SEARCH"),
    )
    (tmp_path / "c.csv").write_text("day,campaign,note\n2026-12-01,Winter fair,\n", encoding="utf-8")
    assert [c.name for c in report_sheets.campaigns(tmp_path / "c.csv")] == ["Winter fair"]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("day,amount\n", "the table has no column currency."),
        (
            "day,amount,currency\n2026-13-01,1,EUR\n2026-11-01,x,EUR\n2026-11-01,1,EUR\n2026-11-01,1,€\n2026-11-01,NaN,EUR\n",
            "2 the row cannot be read. 3 the row cannot be read. 5 the row cannot be read. 6 the row cannot be read.",
        ),
        ("day,amount,currency\n2026-11-01,1\n", "2 the row has 2 cells, and the header 3."),
    ],
)
def test_rows_that_cannot_be_read_are_all_listed(text: str, complaint: str, tmp_path: Path) -> None:
    (tmp_path / "spend.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as found:
        report_sheets.spend(tmp_path / "spend.csv")
    told = [f"{c.line} {c.sentence}" if c.line > 1 else c.sentence for c in found.value.complaints]
    assert " ".join(told) == complaint


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="does not exist"):
        report_sheets.campaigns(tmp_path / "none.csv")
