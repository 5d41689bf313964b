"""syncd run: real processes and real signals."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.cli.place import Lines, Place

pytestmark = pytest.mark.process


@contextmanager
def daemon(place: Place, *args: str, every: str = "0.3") -> Iterator[tuple[subprocess.Popen[str], Lines, Lines]]:
    """A running daemon with the lines of its output and of its log; killed at the end if it still lives."""
    with place.start("run", "--every", every, "--json", *args) as child:
        out, log = Lines(child.stdout), Lines(child.stderr)
        try:
            log.wait("daemon_started")
            yield child, out, log
        finally:
            child.kill()
            sys.stderr.writelines(log.seen)  # pytest shows it when the test fails


def stop(child: subprocess.Popen[str], number: signal.Signals = signal.SIGTERM) -> int:
    """The exit code, which must come within seconds."""
    child.send_signal(number)
    return child.wait(timeout=10)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_syncs_and_stops_cleanly_within_seconds(approved: Place, number: signal.Signals) -> None:
    with daemon(approved) as (child, out, log):
        first = json.loads(out.wait('"sync"'))
        assert {"sync", "pulled", "handoffs", "actions", "writes", "api_calls", "problems"} <= set(first)
        second = json.loads(out.wait('"sync"', 2))
        assert second["sync"] == first["sync"] + 1
        assert stop(child, number) == 0
        log.wait("daemon_stopped")
    assert approved.syncd("sync").code in (0, 1)  # the ledger is free


def test_a_tick_hands_over_whoever_became_ready(own: Place) -> None:
    own.edit("threshold = 60", "threshold = 100")
    own.approve()
    handed = len(own.emails())
    own.edit("threshold = 100", "threshold = 60")
    with daemon(own) as (child, out, _):
        report = json.loads(out.wait('"handoffs": '))
        assert report["handoffs"] > 0
        assert report["writes"]["salesforce"] > 0
        assert stop(child) == 0
    assert len(own.emails()) == handed + report["handoffs"]
    assert own.leads()


@pytest.mark.parametrize("fresh", [True, False])
def test_a_second_daemon_is_refused(own: Place, fresh: bool) -> None:
    if not fresh:
        own.approve()
    with daemon(own) as (child, _, _):
        with own.start("run") as second:
            try:
                _, err = second.communicate(timeout=30)
            finally:
                second.kill()
        assert second.returncode == 4
        assert f"process {child.pid}" in err
        assert stop(child) == 0


def test_other_writers_are_refused_while_it_runs_and_readers_are_not(approved: Place) -> None:
    with daemon(approved) as (child, _, _):
        for args in (["sync"], ["apply", "plan.json"], ["undo", "1"], ["problems", "retry"]):
            ran = approved.syncd(*args)
            assert (args, ran.code) == (args, 4)
            assert "a daemon (syncd run) must be stopped first" in ran.err
        for args in (["status"], ["handoffs"], ["problems"], ["plan"]):
            assert approved.syncd(*args).code in (0, 1)
        assert stop(child) == 0


def test_without_an_approved_plan_it_says_how_and_goes_on_by_itself_once_one_is_applied(own: Place) -> None:
    before = own.contents()
    with daemon(own) as (child, out, log):
        told = json.loads(out.wait('"approve"'))
        assert told["plan"]["leads"]
        assert "syncd plan --out plan.json" in told["approve"]
        log.wait("approval_needed")
        assert own.contents() == before
        assert own.approve().code in (0, 1)
        assert json.loads(out.wait('"mode": "sync"'))["actions"] == {}
        assert stop(child) == 0
    plans = [line for line in out.seen if '"approve"' in line]
    assert len(plans) == 1  # one plan, not one a minute


def test_sighup_reads_the_configuration_again_and_refuses_a_broken_one(approved: Place) -> None:
    with daemon(approved) as (child, out, log):
        before = json.loads(log.wait("daemon_started"))
        assert before["every"] == 0.3
        good = approved.config.read_text()
        approved.edit("threshold = 60", "threshold = 600")
        child.send_signal(signal.SIGHUP)
        assert "threshold" in log.wait("config_refused")
        approved.config.write_text(good.replace('ledger = "syncd.db"', 'ledger = "other.db"'))
        child.send_signal(signal.SIGHUP)
        log.wait("The ledger cannot be changed")
        approved.config.write_text(good.replace("threshold = 60", "threshold = 61"))
        child.send_signal(signal.SIGHUP)
        rules = json.loads(log.wait("config_read"))["rules"]
        out.wait('"sync"', len([line for line in out.seen if '"sync"' in line]) + 2)
        assert stop(child) == 0
    assert rules in approved.syncd("status").out


def test_a_remote_call_that_hangs_does_not_hold_it(approved: Place) -> None:
    hubspot = approved.sandbox.hubspot
    with daemon(approved) as (child, out, log):
        out.wait('"sync"')
        approved.fault("hubspot", path="", delay_ms=14_000)
        while not hubspot.faults.rules()[0]["fired"]:  # until the daemon hangs in a call
            assert child.poll() is None
        assert stop(child) == 0
        log.wait("A remote call did not come back")


def test_a_system_that_is_away_is_only_logged(approved: Place) -> None:
    with daemon(approved) as (child, out, log):
        out.wait('"sync"')
        approved.fault("salesforce", path="", status=503)
        log.wait("system_out")
        approved.heal("salesforce")
        out.wait('"out": {}', len([line for line in out.seen if '"out": {}' in line]) + 1)
        assert stop(child) == 0


def test_a_brake_is_logged_with_what_to_do(own: Place) -> None:
    own.edit("threshold = 60", "threshold = 100")
    own.approve()
    own.edit("threshold = 100", "threshold = 60")
    own.edit("handoffs = 200", "handoffs = 1")
    before = own.contents()
    with daemon(own) as (child, _, log):
        told: dict[str, Any] = json.loads(log.wait('"brake"'))
        assert "stop this daemon" in told["fix"]
        assert stop(child) == 0
    assert own.contents() == before


def test_a_ledger_that_is_damaged_while_it_runs_ends_it_with_4(approved: Place) -> None:
    with daemon(approved, every="1") as (child, out, log):
        out.wait('"sync"')
        body = approved.ledger.read_bytes()
        approved.ledger.write_bytes(body[:4096] + bytes(b ^ 0xFF for b in body[4096:]))
        log.wait("ledger_failed")
        assert child.wait(timeout=30) == 4
