"""The clock, the fault rules and the request log, by themselves."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from connectors.loopback.kit import Clock, FaultError, Faults, RequestLog, Ticker, parse_duration

START = datetime(2026, 11, 24, 9, 30, 15, 123_999, tzinfo=UTC)


def firing(faults: Faults, calls: int, method: str = "GET", path: str = "/a") -> list[int]:
    """The 1-based numbers of the calls a fault was due on."""
    return [n for n in range(1, calls + 1) if faults.match(method, path)]


def test_a_still_clock_moves_only_by_advance_and_shows_whole_milliseconds() -> None:
    clock = Clock(START, ticking=False)
    assert clock.now() == clock.now() == START.replace(microsecond=123_000)
    assert clock.advance(1.5) == clock.now() == datetime(2026, 11, 24, 9, 30, 16, 623_000, tzinfo=UTC)


def test_a_ticking_clock_starts_where_it_is_told_and_never_goes_back() -> None:
    clock = Clock(START)
    seen = [clock.now() for _ in range(100)]
    assert seen == sorted(seen)
    assert START - timedelta(milliseconds=1) <= seen[0] < START + timedelta(minutes=1)


def test_a_clock_keeps_utc_whatever_zone_its_start_has() -> None:
    clock = Clock(START.astimezone(timezone(timedelta(hours=-8))), ticking=False)
    assert clock.now().isoformat() == "2026-11-24T09:30:15.123000+00:00"


def test_a_clock_refuses_to_go_back_and_a_start_without_zone() -> None:
    with pytest.raises(ValueError, match="forward"):
        Clock(START).advance(-1)
    with pytest.raises(ValueError, match="time zone"):
        Clock(START.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("3d 4h", 273_600), ("90m", 5_400), ("1.5h", 5_400), ("2w1d", 1_296_000), ("30 s", 30)],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "3", "3d4", "-3d", "three days", "3y"])
def test_what_is_no_duration_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match=f'"{text}" is not a duration'):
        parse_duration(text)


@pytest.mark.parametrize(
    ("rule", "fires_on"),
    [
        ({"nth": 3}, [3]),
        ({"nth": 3, "times": 2}, [3, 4]),
        ({"nth": 8, "times": None}, [8, 9, 10]),
        ({"every": 4}, [4, 8]),
        ({"every": 4, "times": 1}, [4]),
        ({"nth": 2, "every": 3, "times": None}, [2, 5, 8]),
        ({}, list(range(1, 11))),
        ({"times": 2}, [1, 2]),
        ({"probability": 0}, []),
        ({"probability": 1, "nth": 9}, [9]),
    ],
)
def test_when_a_rule_fires_among_ten_calls(rule: dict[str, Any], fires_on: list[int]) -> None:
    faults = Faults()
    faults.add({"status": 503, **rule})
    assert firing(faults, 10) == fires_on


def test_probability_is_the_same_run_for_the_same_seed() -> None:
    def run(seed: int) -> list[int]:
        faults = Faults()
        faults.add({"status": 503, "probability": 0.3, "seed": seed})
        return firing(faults, 1000)

    assert run(7) == run(7) != run(8)
    assert 230 < len(run(7)) < 370


def test_a_rule_counts_only_the_requests_it_is_about() -> None:
    faults = Faults()
    faults.add({"method": "post", "path": "/objects/(notes|tasks)$", "nth": 2, "status": 500})
    assert firing(faults, 5, "GET", "/objects/notes") == []
    assert firing(faults, 5, "POST", "/objects/notes/batch") == []
    assert firing(faults, 5, "POST", "/objects/notes") == [2]


def test_the_first_rule_wins_but_every_rule_counts() -> None:
    faults = Faults()
    first = faults.add({"status": 500, "nth": 2})
    second = faults.add({"status": 503, "nth": 2, "times": 2})
    due = [faults.match("GET", "/") for _ in range(4)]
    assert [f and f.rule_id for f in due] == [None, first, second, second]
    assert [(r["seen"], r["fired"]) for r in faults.rules()] == [(4, 1), (4, 2)]


@pytest.mark.parametrize(
    ("rule", "applied"),
    [
        ({"status": 503}, False),
        ({"status": 503, "apply": True}, True),
        ({"reset": "before"}, False),
        ({"reset": "after"}, True),
        ({"truncate": 0.5}, True),
        ({"delay_ms": 10}, True),
        ({"drip_ms": 10}, True),
        ({"status": 502, "truncate": 0.5}, False),
    ],
)
def test_whether_the_request_is_applied_by_default(rule: dict[str, Any], applied: bool) -> None:
    faults = Faults()
    faults.add(rule)
    fault = faults.match("GET", "/")
    assert fault is not None
    assert fault.apply is applied


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"status": 503, "pth": "/"}, '"pth" is not a key'),
        ({"status": 503, "path": "("}, '"path" must be a regular expression'),
        ({"status": 503, "method": "GET POST"}, '"method" must be'),
        ({"status": 503, "nth": 0}, '"nth" must be a whole number'),
        ({"status": 503, "every": 1.5}, '"every" must be'),
        ({"status": 503, "probability": 2}, '"probability" must be'),
        ({"status": 503, "times": 0}, '"times" must be'),
        ({"status": 100}, '"status" must be a final HTTP status'),
        ({"status": 1000}, '"status" must be a final HTTP status'),
        ({"status": True}, '"status" must be'),
        ({"status": 503, "headers": {"Content-Length": "3"}}, '"headers" must be'),
        ({"status": 503, "headers": {"X": "a\r\nb"}}, '"headers" must be'),
        ({"reset": "during"}, '"reset" must be'),
        ({"truncate": 1}, '"truncate" must be'),
        ({"delay_ms": -1}, '"delay_ms" must be'),
        ({"drip_ms": -1}, '"drip_ms" must be'),
        ({"reset": "after", "drip_ms": 1}, '"reset" sends nothing'),
        ({"path": "/"}, "needs one of"),
        ({"reset": "after", "body": "x"}, '"body" needs "status"'),
        ({"reset": "after", "status": 500}, '"reset" sends nothing'),
        ({"reset": "after", "chunked": True}, '"reset" sends nothing'),
        ({"chunked": 1}, '"chunked" must be true or false'),
        ({"reset": "before", "apply": True}, 'use "after"'),
        ({"truncate": 0.5, "apply": False}, '"apply" false needs'),
        (["status"], "must be a JSON object"),
    ],
)
def test_a_rule_that_cannot_be_used_is_refused_in_words(rule: dict[str, Any], problem: str) -> None:
    faults = Faults()
    with pytest.raises(FaultError, match=problem):
        faults.add(rule)
    assert faults.rules() == []


def test_all_problems_of_a_rule_are_told_at_once() -> None:
    with pytest.raises(FaultError) as caught:
        Faults().add({"pth": "/", "nth": 0, "path": "("})
    assert len(caught.value.problems) == 4


def call(log: RequestLog, endpoint: str = "GET /a") -> None:
    log.add(
        at="2026-11-24T09:30:15.123+00:00",
        method="GET",
        path="/a",
        endpoint=endpoint,
        query=(),
        status=200,
        rows_in=None,
        rows_out=3,
        ms=0.1,
        fault=None,
    )


def test_the_log_is_bounded_and_its_counts_are_not() -> None:
    log = RequestLog(keep=3)
    for _ in range(5):
        call(log)
    call(log, "POST /b")
    assert [c.n for c in log.calls()] == [4, 5, 6]
    assert log.counts() == {"total": 6, "by_endpoint": {"GET /a": 5, "POST /b": 1}}


def test_a_reset_log_counts_from_one_again() -> None:
    log = RequestLog()
    call(log)
    log.reset()
    assert log.counts() == {"total": 0, "by_endpoint": {}}
    call(log)
    assert [c.n for c in log.calls()] == [1]


def test_alarms_ring_in_order_of_their_times_and_the_clock_shows_them() -> None:
    clock = Clock(START, ticking=False)
    begin, seen = clock.now(), []
    for name, hours in (("late", 5), ("early", 1), ("also early", 1), ("beyond", 30)):
        clock.at(begin + timedelta(hours=hours), lambda name=name: seen.append((name, clock.now() - begin)))
    assert clock.advance(6 * 3600) - begin == timedelta(hours=6)
    assert seen == [
        ("early", timedelta(hours=1)),
        ("also early", timedelta(hours=1)),
        ("late", timedelta(hours=5)),
    ]
    clock.ring()
    assert clock.next_alarm() == begin + timedelta(hours=30)


def test_an_alarm_that_sets_another_is_followed_within_one_advance() -> None:
    clock = Clock(START, ticking=False)
    seen: list[datetime] = []

    def again() -> None:
        seen.append(clock.now())
        clock.at(clock.now() + timedelta(hours=1), again)

    clock.at(clock.now() + timedelta(hours=1), again)
    clock.advance(4.5 * 3600)
    assert [moment - clock.now() for moment in seen] == [timedelta(hours=-h) for h in (3.5, 2.5, 1.5, 0.5)]


def test_a_ticker_rings_what_real_time_has_passed_and_ends_with_stop() -> None:
    clock, rang = Clock(START), threading.Event()
    ticker = Ticker(clock)
    clock.at(clock.now() + timedelta(milliseconds=5), rang.set)
    assert rang.wait(60)
    ticker.stop()
    assert "loopback-clock" not in {thread.name for thread in threading.enumerate()}


def test_one_rule_can_be_taken_out_of_force() -> None:
    faults = Faults()
    first, second = faults.add({"status": 500}), faults.add({"status": 503})
    faults.remove(first)
    faults.remove(first)
    assert [rule["id"] for rule in faults.rules()] == [second]
