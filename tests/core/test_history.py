"""The story for the CRM's timeline."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core_making import DAY, NOW, did
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.history import digest, each
from syncd.core.text import utf16

WINDOW = 180 * DAY


def test_S1_7_the_timeline() -> None:
    story = [
        did("page_view", 2, title="Pricing", url="https://acme.example/pricing"),
        did("form", 0.1, title="Demo request"),
        did("page_view", 2.05, title="Pricing", url="https://acme.example/pricing"),
        did("email_click", 2.1, title="Three things\nthat got faster"),
        did("call", 40),
    ]
    assert digest(story, NOW, WINDOW, 10_000) == (
        "Tue 3 Nov 2026, UTC\n"
        "  11:41  Form: Demo request\n"
        "\n"
        "Sun 1 Nov 2026, UTC\n"
        "  14:05  Page: Pricing, https://acme.example/pricing (×2)\n"
        "  11:41  E-mail clicked: Three things that got faster\n"
        "\n"
        "Thu 24 Sep 2026, UTC\n"
        "  14:05  Call"
    )


@pytest.mark.parametrize(
    "activity",
    [did(days=180), did(days=-1), did(key="syncd_x"), did("task", done=False)],
    ids=["outside the window", "in the future", "written by syncd", "still to be done"],
)
def test_what_is_no_part_of_the_story(activity: object) -> None:
    assert digest([activity], NOW, WINDOW, 10_000) == "No activity in the last 180 days."  # type: ignore[list-item]
    assert each([activity], 20, WINDOW, NOW) == ()  # type: ignore[list-item]


def test_what_does_not_fit_is_counted() -> None:
    story = [did("page_view", n, title=f"Page {n}") for n in range(1, 30)]
    text = digest(story, NOW, WINDOW, 200)
    lines = text.split("\n")
    assert lines[0] == "Mon 2 Nov 2026, UTC"
    assert lines[-1] == "… and 25 earlier"
    assert sum(line.startswith("  ") for line in lines) == 4
    assert lines[-2].startswith("  ")  # no day without a line


@given(
    st.lists(st.tuples(st.sampled_from(["form", "page_view"]), st.integers(0, 200), st.text(max_size=30)), max_size=20),
    st.integers(40, 400),
)
def test_the_digest_never_exceeds_its_limit(story: list, limit: int) -> None:
    activities = [did(kind, days, title=title) for kind, days, title in story]
    assert utf16(digest(activities, NOW, WINDOW, limit)) <= limit


@given(st.lists(st.integers(0, 90), max_size=20))
def test_a_digest_with_room_leaves_nothing_out(days: list[int]) -> None:
    text = digest([did(days=d, title=f"Form {n}") for n, d in enumerate(days)], NOW, WINDOW, 100_000)
    assert all(f"Form {n}" in text for n in range(len(days)))
    assert "earlier" not in text


def test_a_digest_that_fits_exactly_is_whole() -> None:
    story = [did("page_view", n, title=f"Page {n}") for n in range(1, 5)]
    whole = digest(story, NOW, WINDOW, 10_000)
    assert digest(story, NOW, WINDOW, utf16(whole)) == whole
    assert "earlier" in digest(story, NOW, WINDOW, utf16(whole) - 1)


def test_each_gives_the_latest_oldest_first() -> None:
    a, b, c = did(days=3), did(days=2), did(days=1)
    assert each([b, c, a], 2, WINDOW, NOW) == (b, c)
    assert each([b, c, a], 20, WINDOW, NOW) == (a, b, c)


def test_each_has_one_order_for_equal_times() -> None:
    a = did(days=1)
    b = replace(a, ref=a.ref._replace(id="0"))
    assert each([a, b], 2, WINDOW, NOW) == each([b, a], 2, WINDOW, NOW)
