"""The brief: six headings, evidence on every line, and nothing that nobody said."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from core_making import DAY, NOW, at, contact, did, dossier, gate, owner, rules
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.brief import Brief, brief
from syncd.core.facts import Colleague, Handoff
from syncd.core.qualify import judge
from syncd.core.route import Route
from syncd.core.rules import Did, FieldIs, Rules, ScoreRule, Tier
from syncd.core.score import score
from syncd.core.text import utf16
from syncd.core.types import Activity, Owner, Value

DEMO = Did(("form",), "demo", 30 * DAY)
GATE = gate(
    threshold=60,
    fit=(ScoreRule("Decision maker", FieldIs("title", "matches", "head"), 80),),
    engagement=(
        ScoreRule("Asked for a demo", DEMO, 60),
        ScoreRule("Pages", Did(("page_view",), within=14 * DAY), 8, each=True, cap=24),
    ),
    hand_raise=DEMO,
    tiers=(Tier("hot", 85), Tier("warm", 60)),
)
LENA = owner("lena.vogt@syncd.example", timezone="Europe/Berlin")
WORDS = "We lose leads between marketing and sales."
ADA: dict[str, Value] = {
    "email": "ada@acme.example",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "title": "Head of Sales",
    "phone": "+1 212 555 0100",
    "company": "Acme",
    "city": "New York",
    "country": "United States",
    "timezone": "america_slash_new_york",
    "employees": "50-100",
    "challenge": WORDS,
}
STORY = (
    did("page_view", 20, title="Speed to lead", url="https://syncd.example/blog/speed"),
    did("meeting", 9, title="Product tour"),
    did("page_view", 3, title="Pricing", url="https://syncd.example/pricing"),
    did("form", 0.2, title="Demo request", body=f"Message: {WORDS}"),
)


def told(
    profile: dict[str, Value] = ADA, activities: tuple[Activity, ...] = STORY, *, owned_by: Owner | None = LENA,
    options: dict[str, Any] | None = None, under: Rules | None = None, **more: Any,
) -> Brief:  # fmt: skip
    points = score(GATE, profile, activities, NOW)
    verdict = judge(GATE, points, profile, activities, NOW)
    person = dossier(**({"activities": activities, "stage": "lead"} | more))
    route = Route(owned_by, "Americas", ('country is "United States"',))
    return brief(person, profile, points, verdict, route, under or rules(GATE), NOW, **(options or {}))


def section(of: Brief, heading: str) -> list[str]:
    """The lines under a heading of the text."""
    for block in of.text.split("\n\n"):
        head, *lines = block.split("\n")
        if head.split(" (")[0] == heading:
            return [line.strip() for line in lines]
    raise AssertionError(f"no {heading}")


def test_S2_7_to_S2_12_the_six_headings_in_order() -> None:
    headings = [block.split("\n")[0].split(" (")[0] for block in told().text.split("\n\n")[1:]]
    assert headings == ["WHO", "WHERE", "WHAT", "WHEN", "WHY", "HOW"]


def test_S2_7_who() -> None:
    lines = section(told(colleagues=(Colleague("Bob Babbage", "CTO"),)), "WHO")
    assert "Name: Ada Lovelace" in lines
    assert "Team-mates we know: Bob Babbage (CTO)" in lines
    assert "Industry: unknown" in lines
    assert "Market position, news, products, leadership: unknown" in lines


def test_S2_8_where() -> None:
    assert section(told(), "WHERE") == [
        "Location: New York, United States",
        "Local time: Tue 3 Nov 2026, 09:05 (America/New_York)",
        "Hours apart: 6 hours behind Lena Vogt",
        "Other offices: unknown",
        "On the way to buying: lead: raised a hand: filled a form within 30 days (1 time, “Demo request”)",
    ]


@pytest.mark.parametrize(
    ("theirs", "ours", "apart"),
    [
        ("Europe/Paris", "Europe/Berlin", "none: the same time as Lena Vogt"),
        ("asia_slash_kolkata", "Europe/Berlin", "4.5 hours ahead of Lena Vogt"),
        ("Europe/London", "Europe/Berlin", "1 hour behind Lena Vogt"),
        ("nowhere", "Europe/Berlin", "unknown"),
        ("Europe/London", "", "unknown"),
        (None, "Europe/Berlin", "unknown"),
    ],
)
def test_S2_8_hours_apart(theirs: str | None, ours: str, apart: str) -> None:
    found = told(ADA | {"timezone": theirs}, owned_by=replace(LENA, timezone=ours))
    assert f"Hours apart: {apart}" in section(found, "WHERE")


def test_S2_9_what_late_stage_first_with_its_evidence() -> None:
    assert section(told(), "WHAT") == [
        "Late stage: Form: Demo request [1 time, last on Tue 3 Nov 2026, 09:17 UTC; late-stage forms: high intent]",
        "Late stage: Page: Pricing, https://syncd.example/pricing [1 time, last on Sat 31 Oct 2026, 14:05 UTC; "
        "late-stage content: medium intent]",
        "Early stage: Page: Speed to lead, https://syncd.example/blog/speed [1 time, last on Wed 14 Oct 2026, 14:05 UTC]",
        "Last talk: Meeting: Product tour [Sun 25 Oct 2026, 14:05 UTC]",
        "Shared inside the company: unknown",
        "First source: unknown",
    ]


def test_a_rep_reads_no_technical_addresses() -> None:
    text = told().text
    assert not [ref for ref in (contact().ref, *(a.ref for a in STORY)) if str(ref) in text]


def test_S2_9_a_long_list_is_short_and_keeps_the_late_stage() -> None:
    many = tuple(did("page_view", n, title=f"Post {n}") for n in range(1, 40)) + STORY
    lines = section(told(activities=many, options={"activities": 5}), "WHAT")
    assert [line.split(":")[0] for line in lines].count("Late stage") == 2
    assert [line.split(":")[0] for line in lines].count("Early stage") == 4
    assert "Early stage: and 37 more" in lines


def test_S2_10_when() -> None:
    assert section(told(), "WHEN") == [
        "First seen: Wed 14 Oct 2026, 20 days ago [Page]",
        "Last seen: Tue 3 Nov 2026, today [Form]",
        "How often: 4 activities in 21 days; rising, 3 in the last 14 days after 1 in the 14 before",
        "Urgency: high [asked for a conversation]",
    ]


@pytest.mark.parametrize(
    ("days", "urgency"),
    [
        ([1, 2, 3], "raised [3 activities in the last 7 days]"),
        ([1, 2, 9], "normal [no conversation asked for, fewer than 3 activities in the last 7 days]"),
        ([], "normal [no conversation asked for, fewer than 3 activities in the last 7 days]"),
    ],
)
def test_S2_10_urgency_has_its_rule(days: list[float], urgency: str) -> None:
    found = told(activities=tuple(did("page_view", d) for d in days))
    assert f"Urgency: {urgency}" in section(found, "WHEN")


def test_S2_11_why_is_quoted_with_its_source() -> None:
    assert section(told(), "WHY") == [f"“{WORDS}” [Form: Demo request, Tue 3 Nov 2026, 09:17 UTC]"]
    elsewhere = section(told(activities=STORY[:3]), "WHY")
    assert elsewhere == [f"“{WORDS}” [challenge, HubSpot, as of Mon 2 Nov 2026]"]


@pytest.mark.parametrize("challenge", [None, "", "  "])
def test_S2_11_S2_12_without_a_why_it_is_asked_and_how_is_withheld(challenge: Value) -> None:
    found = told(ADA | {"challenge": challenge, "how_we_help": "A secret"})
    assert section(found, "WHY") == ["not known — ask first"]
    assert section(found, "HOW") == ["withheld until the why is known"]
    assert "Ask first: What made you look for a solution now?" in found.text
    assert "A secret" not in found.text


def test_S2_12_with_a_why_how_starts_from_it() -> None:
    assert section(told(), "HOW") == ["Start from their own words above; they looked at “Demo request” and “Pricing”."]
    assert section(told(ADA | {"how_we_help": "Show the routing."}), "HOW") == [
        "Show the routing. [HubSpot, as of Mon 2 Nov 2026]"
    ]


def test_S1_7_the_points_that_crossed_the_line() -> None:
    text = told().text
    assert '+80 Decision maker: title is "Head of Sales"\n' in text
    assert "+60 Asked for a demo: filled a form" in text
    assert "last on Tue 3 Nov 2026, 09:17 UTC" in text
    assert "score 74 of 60 (fit 80, engagement 68)" in text


@pytest.mark.parametrize(
    ("gone", "sentence"),
    [
        (("phone", "mobile"), "No phone known."),
        (("email",), "No e-mail known."),
        (("first_name", "last_name"), "No name known."),
    ],
)
def test_S1_6_a_missing_name_phone_or_email_is_named(gone: tuple[str, ...], sentence: str) -> None:
    assert sentence not in told().text
    assert sentence in told(ADA | dict.fromkeys(gone)).text


def test_S4_16_the_next_step_who_and_by_when() -> None:
    first = told().text.split("\n")[0]
    assert first == (
        "Next step: Lena Vogt calls or writes by Tue 3 Nov 2026, 19:05 (Europe/Berlin). "
        '[Americas; country is "United States"]'
    )
    assert "by Tue 3 Nov 2026, 18:05 (UTC)" in told(owned_by=replace(LENA, timezone="")).text


def test_N10_what_sales_said_the_last_time() -> None:
    last = Handoff(
        1, "k", "closed", "score", at(60), owner="lena.vogt@syncd.example", outcome="recycle", reason="budget",
        closed=at(10),
    )  # fmt: skip
    assert (
        "Handed over before: no. 1 to lena.vogt@syncd.example, closed Sat 24 Oct 2026, 14:05 UTC as recycle (budget); "
        "3 activities since."
    ) in told(handoffs=(last,)).text


def test_S2_6_completeness_counts_what_is_known() -> None:
    empty = told({}, ())
    assert 0 < empty.complete < told().complete < 100
    assert f"This brief is {told().complete} % complete." in told().text


def test_the_title() -> None:
    assert told().title == "Warm lead: Ada Lovelace (Acme), score 74, asked for a conversation"
    assert told({"email": "x@y.example"}, ()).title == "Lead: x@y.example, score 0"
    assert told({}, ()).title == "Lead: Lead, score 0"


def test_what_we_did_ourselves_is_no_activity_of_the_lead() -> None:
    ours = did("email", 1, title="Our mailing", outbound=True)
    planned = did("meeting", 1, title="Planned", done=False)
    assert told(activities=(*STORY, ours, planned)).text == told().text


# ---------------------------------------------------------------- shape
class Tags(HTMLParser):
    """Fails on a tag that is closed in the wrong order or never."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text: list[str] = []
        self._line = ""
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag
        if tag != "a":
            self.text.append(self._line)
            self._line = ""

    def handle_data(self, data: str) -> None:
        self._line += data


def test_the_html_says_the_same() -> None:
    found = told()
    text = Tags(found.html).text
    for block in found.text.split("\n\n")[1:]:
        assert {line.strip() for line in block.split("\n")[1:]} <= set(text)


def test_what_people_type_is_no_markup() -> None:
    found = told(ADA | {"company": "<script>alert(1)</script>", "challenge": "a\n<b>bold</b> & so on\u202e"})
    assert "<script>" not in found.html
    assert "“a<br>&lt;b&gt;bold&lt;/b&gt; &amp; so on”" in found.html
    assert "\u202e" not in found.text
    Tags(found.html)


@given(
    st.integers(150, 4_000),
    st.fixed_dictionaries(
        {}, optional={f: st.text(max_size=300) for f in ("title", "company", "challenge", "city", "first_name")}
    ),
    st.lists(st.tuples(st.sampled_from(["form", "page_view", "call"]), st.text(max_size=80)), max_size=6),
)
def test_it_always_fits(limit: int, profile: dict, story: list) -> None:
    activities = tuple(did(kind, n, title=title) for n, (kind, title) in enumerate(story))
    found = told(profile, activities, options={"limit": limit}, marketing=contact())
    assert utf16(found.title) <= 200
    if limit > 250:
        assert utf16(found.title) + 2 + utf16(found.text) <= limit
    assert utf16(found.html) <= limit
    assert 0 <= found.complete <= 100
    Tags(found.html)


def test_a_cut_brief_says_where_the_rest_is() -> None:
    found = told(options={"limit": 800})
    assert found.text.endswith("\n… cut; all of it: syncd brief 713492963559")
    assert found.text.startswith("Next step: ")
