"""Reminders and broken promises as alerts: to whom, in what words, and once each, over a killed process too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import pytest

from syncd.alerts import announce
from syncd.config.secrets import Secret
from syncd.config.settings import AlertsConfig, WebhookConfig
from syncd.core.alerts import BREACH, LEAD, OWNER, REMINDER, Channel
from syncd.core.calendars import Work
from syncd.core.promise import Followup, Promise
from syncd.sync.story import explain
from tests.alerts.killed import each_delivered_lead_is_told_once, killed_while_it_tells
from tests.cli.place import Place, running
from tests.loopback.receiver import Receiver
from tests.sync.house import House, example_rules

ANNA = "anna.koehler@syncd.example"
PROMISE = Promise(status_after=None, touches={"call": 1})
ALL = (LEAD, REMINDER, BREACH)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


class Desk:
    """A house that promises, and tells a webhook; `told` is what arrived, oldest first."""

    def __init__(self, hook: Receiver, promise: Promise = PROMISE, **channel: Any) -> None:
        rules = example_rules()
        followup = Followup(usual=promise, version="p1")
        self.house = House(rules=replace(rules, followup=followup))
        secret = Secret("env", "S", Path(), {"S": "whsec-for-tests"})
        self.config = AlertsConfig(
            (Channel("webhook", **{"events": ALL} | channel),), webhook=WebhookConfig(f"{hook.base}/syncd", secret)
        )
        self._hook = hook

    def sync(self, **wait: float) -> None:
        self.house.wait(**wait)
        report = self.house.sync()
        announce(
            self.house.ledger, self.config, self.house.rules, report.now, lambda ref: f"https://crm.example/{ref.id}"
        )

    @property
    def told(self) -> list[dict[str, Any]]:
        return [alert for delivery in self._hook.deliveries for alert in json.loads(delivery.body)["alerts"]]


def test_S1_9_S1_18_the_owner_is_reminded_before_the_first_touch_is_due_and_told_when_it_is_over(
    hook: Receiver,
) -> None:
    desk = Desk(hook)
    desk.house.contact("ada")
    desk.sync()
    for _ in range(6):
        desk.sync(hours=1)
    (lead,) = desk.house.leads()
    assert [(a["event"], a["owner"], a["tier"], a["link"]) for a in desk.told] == [
        (event, ANNA, "warm", f"https://crm.example/{lead.ref.id}") for event in ALL
    ]
    _, reminder, breach = desk.told
    due = "Tue 24 Nov 2026, 13:00 (UTC)"
    assert reminder["title"] == f"Ada Lovelace (Ada Works) waits for the first call or e-mail by {due}"
    assert breach["title"] == f"Ada Lovelace (Ada Works): {ANNA} did not touch it by {due}"
    assert (breach["what"], breach["clock"], breach["promise"]) == ("first_touch", "human", "p1")
    listed = explain(desk.house.ledger, desk.house.rules, 1)["handoffs"][0]["alerts"]
    assert [(a["event"], a["state"]) for a in listed] == [(event, "sent") for event in ALL]


def test_S1_9_who_was_touched_in_time_is_told_of_nothing(hook: Receiver) -> None:
    desk = Desk(hook)
    desk.house.contact("ada")
    desk.sync()
    desk.house.salesforce.activity("call", [desk.house.leads()[0].ref], at=desk.house.time)
    for _ in range(9):
        desk.sync(hours=1)
    assert [a["event"] for a in desk.told] == [LEAD]


def test_N11_a_late_delivery_is_not_told_to_the_owner_but_to_who_minds_the_systems(
    hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = {}
    for to in ((), (OWNER,)):
        desk = Desk(hook, to=to)
        before = len(hook.deliveries)
        desk.house.contact("ada")
        with monkeypatch.context() as broken:
            broken.setattr("syncd.sync.apply.Applier._verify_owners", lambda self: None)
            desk.sync()
            desk.sync(minutes=16)
        told[to] = desk.told[before:]
    assert told[(OWNER,)] == []
    (breach,) = told[()]
    assert (breach["event"], breach["clock"], breach["owner"]) == (BREACH, "system", "")
    assert "the delay is of the systems, not of sales" in breach["title"]


def test_T8b_S1_14_missing_touches_and_a_stale_status_name_their_owner(hook: Receiver) -> None:
    desk = Desk(hook, replace(PROMISE, within=Work(2), status_after=Work(1), first_touch=Work(1)), events=(BREACH,))
    desk.house.contact("ada")
    desk.sync()
    for _ in range(50):
        desk.sync(hours=1)
    assert [a["title"].partition(": ")[2].replace(ANNA, "Anna") for a in desk.told] == [
        "Anna did not touch it by Wed 25 Nov 2026, 09:00 (UTC)",
        "the status that Anna keeps did not change until Wed 25 Nov 2026, 09:00 (UTC)",
        "Anna did not make all promised touches by Thu 26 Nov 2026, 09:00 (UTC)",
    ]


def test_a_channel_that_wants_no_reminders_gets_none(hook: Receiver) -> None:
    desk = Desk(hook, events=(LEAD,))
    desk.house.contact("ada")
    desk.sync()
    for _ in range(6):
        desk.sync(hours=1)
    assert [a["event"] for a in desk.told] == [LEAD]


def test_quiet_hours_hold_a_breach_back(hook: Receiver) -> None:
    desk = Desk(hook, events=(BREACH,), hours=(time(16), time(17)))
    desk.house.contact("ada")
    desk.sync()
    desk.sync(hours=5)
    assert desk.told == []
    desk.sync(hours=2)
    assert [a["event"] for a in desk.told] == [BREACH]


# ---------------------------------------------------------------- once
@pytest.fixture
def stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Place]:
    with running(ticking=False) as sandbox:
        yield Place(tmp_path, sandbox, capsys)


@pytest.mark.process
def test_S1_9_a_breach_is_told_once_though_the_process_is_killed_while_it_tells(
    stage: Place, hook: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "whsec-for-tests")
    config = stage.config.read_text()
    stage.config.write_text(
        f'{config}\n[followup]\nfirst_touch = "30m"\nremind = ""\n'
        '[followup.calendar]\nhours = "00:00-24:00"\ndays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]\n'
        f'[alerts.webhook]\nurl = "{hook.base}/syncd"\nsecret = {{ env = "HOOK" }}\nevents = ["breach"]\n'
    )
    stage.approve()
    stage.syncd("sync")
    stage.sandbox.clock.advance(3600)
    killed_while_it_tells(stage, hook, "sync")
    each_delivered_lead_is_told_once(stage, hook)
