"""The rate limiter and the budget: exact, shared by threads, and never asleep for long (N7, F06, F07)."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.transport import Budget, Call, Limiter, Purpose
from syncd.core.errors import Retryable, Unavailable
from tests.connectors.transport.scripted import READ, WRITE, Server, Step


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def limiter(time: Time, calls: int, seconds: float, patience: float = 1e9) -> Limiter:
    return Limiter("crm", {"lane": (calls, seconds)}, clock=time.clock, sleep=time.sleep, patience=patience)


def starts(time: Time, limited: Limiter, gaps: Sequence[float]) -> list[float]:
    found = []
    for gap in gaps:
        time.now += gap
        limited.wait("lane")
        found.append(time.now)
    return found


@settings(deadline=None)
@given(st.integers(1, 6), st.floats(0.5, 10), st.lists(st.floats(0, 3), min_size=1, max_size=60))
def test_no_window_ever_holds_more_than_its_calls(calls: int, seconds: float, gaps: list[float]) -> None:
    time = Time()
    found = starts(time, limiter(time, calls, seconds), gaps)
    for first, later in zip(found, found[calls:], strict=False):
        assert later - first >= seconds - 1e-6


def test_below_the_limit_nothing_waits() -> None:
    time = Time()
    assert starts(time, limiter(time, 4, 1.0), [0, 0, 0, 0]) == [0, 0, 0, 0]
    assert starts(time, limiter(time, 4, 1.0), [0.3] * 20)[-1] == pytest.approx(6.0)


def test_a_long_wait_is_not_slept() -> None:
    time = Time()
    limited = limiter(time, 1, 60.0, patience=20.0)
    limited.wait("lane")
    with pytest.raises(Retryable) as caught:
        limited.wait("lane")
    assert caught.value.after == pytest.approx(60.0)
    assert time.now == 0.0


def test_the_limit_follows_what_the_server_says() -> None:
    time = Time()
    limited = limiter(time, 90, 10.0)
    limited.learn("lane", 2, 5.0)
    assert starts(time, limited, [0, 0, 0]) == [0, 0, 5.0]
    limited.learn("lane", 100, 5.0)
    assert starts(time, limited, [0, 0]) == [5.0, 5.0]
    for nonsense in ((0, 5.0), (-1, 5.0), (5, 0.0)):
        limited.learn("lane", *nonsense)
    assert starts(time, limited, [0]) == [5.0]


def test_a_hold_delays_everything_behind_it() -> None:
    time = Time()
    limited = limiter(time, 100, 1.0)
    limited.hold("lane", 10.0)
    assert starts(time, limited, [0, 0]) == [10.0, 10.0]


def test_an_unknown_lane_is_free() -> None:
    limiter(Time(), 1, 1e6).wait("other")


def test_threads_share_the_limit() -> None:
    time, lock, moments = Time(), threading.Lock(), []

    def note(seconds: float) -> None:
        with lock:
            moments.append(seconds)

    limited = Limiter("crm", {"lane": (5, 1.0)}, clock=time.clock, sleep=note, patience=1e9)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: limited.wait("lane"), range(50)))
    assert sorted(moments) == [float(n // 5) for n in range(5, 50)]


# ---------------------------------------------------------------- budget
def test_the_budget_counts_attempts_exactly() -> None:
    server = Server(Step(502))
    transport = server.transport()
    transport.budget.limit(2, 0)
    with pytest.raises(Unavailable, match="API budget"):
        transport.request("GET", "/x", READ)
    assert len(server.requests) == 2
    assert transport.spent == {"pull": 2}


def test_the_reserve_is_for_handoffs_only() -> None:
    server = Server()
    transport = server.transport()
    answer = Call("answer", Purpose.FEEDBACK, safe=False)
    transport.budget.limit(5, 3)
    for _ in range(2):
        transport.request("POST", "/x", answer, json={})
    with pytest.raises(Unavailable, match="3 calls kept for handoffs"):
        transport.request("POST", "/x", answer, json={})
    transport.request("GET", "/x", READ)  # what brings handoffs to light
    for _ in range(2):
        transport.request("POST", "/x", WRITE, json={})
    with pytest.raises(Unavailable):
        transport.request("POST", "/x", WRITE, json={})
    assert len(server.requests) == 5


def test_a_token_call_is_free() -> None:
    server = Server()
    transport = server.transport()
    transport.budget.limit(0, 0)
    transport.request("POST", "/token", Call("token", Purpose.TOKEN), data={"a": "b"})
    assert transport.budget.left == 0


def test_no_bound_is_no_bound() -> None:
    budget = Budget("crm")
    budget.limit(1)
    budget.limit(None)
    for _ in range(10):
        budget.spend(Purpose.PULL)
    assert budget.left is None


def test_threads_never_overspend() -> None:
    budget = Budget("crm")
    budget.limit(100, 0)

    def spend(_n: int) -> bool:
        try:
            budget.spend(Purpose.PULL)
        except Unavailable:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(spend, range(500))) == 100


def test_what_is_not_allowed_does_not_wait_for_the_limiter() -> None:
    server = Server()
    limited = Limiter("crm", {"general": (1, 10.0)}, clock=server.clock, sleep=server.sleep)
    transport = server.transport(limiter=limited)
    transport.request("GET", "/x", READ)
    transport.budget.limit(0)
    with pytest.raises(Unavailable):
        transport.request("GET", "/x", READ)
    assert server.slept == []
