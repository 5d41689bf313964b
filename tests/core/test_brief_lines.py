"""The brief line by line: colleagues, campaigns, what changed since, evidence or a question everywhere, and the template."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core_making import CONTACTS, NOW, at, did, dossier, rules
from hypothesis import given
from hypothesis import strategies as st
from test_brief import ADA, GATE, LENA, STORY, section, told

from syncd.core.brief import Brief, brief
from syncd.core.brief.case import Case
from syncd.core.brief.layout import NAMES, USUAL, unknown_names
from syncd.core.brief.sections import HOW_WITHHELD, sections
from syncd.core.facts import Colleague, Handoff, Moved
from syncd.core.qualify import judge
from syncd.core.route import Route
from syncd.core.rules import FieldMap, Rules, SystemMap
from syncd.core.score import score
from syncd.core.types import Activity, Ref, Value

BOB = Colleague("Bob Babbage", "CTO", 4, at(2), ("Pricing", "Security"))
EVE = Colleague("Eve", activities=0)
LAST = Handoff(
    1, "k", "closed", "score", at(60), owner="lena.vogt@syncd.example", outcome="recycle", reason="budget", score=62,
    closed=at(10),
)  # fmt: skip


# ---------------------------------------------------------------- colleagues
def test_S2_7_team_mates_are_named_with_their_titles() -> None:
    assert "Team-mates we know: Bob Babbage (CTO) and Eve" in section(told(colleagues=(BOB, EVE)), "WHO")
    assert "Team-mates we know: unknown" in section(told(), "WHO")


def test_S2_9_how_active_colleagues_are_and_what_both_looked_at() -> None:
    lines = section(told(colleagues=(BOB, EVE)), "WHAT")
    assert (
        "Colleague: Bob Babbage, 4 activities: “Pricing” and “Security” [last on Sun 1 Nov 2026, 14:05 UTC]"
    ) in lines
    assert "Shared inside the company: “Pricing” was looked at by Bob Babbage, too [activities of both]" in lines
    assert not [line for line in lines if line.startswith("Colleague: Eve")]
    said = section(told(ADA | {"shared": "the whole board"}, colleagues=(BOB,)), "WHAT")
    assert "Shared inside the company: the whole board" in said


# ---------------------------------------------------------------- campaigns
def test_S4_15_sources_campaigns_and_what_is_running() -> None:
    profile = ADA | {
        "source": "PAID_SEARCH", "source_detail": "spring", "latest_source": "DIRECT", "first_campaign": "Launch",
        "latest_campaign": "Launch", "sequences": 2, "last_mailing": "Newsletter 12",
    }  # fmt: skip
    visit = did(
        "page_view", 2, title="Landing", url="https://x.example/?utm_campaign=fall&utm_source=ads&utm_medium=cpc"
    )
    lines = section(told(profile, (*STORY, visit)), "WHAT")
    for line in (
        "First source: PAID_SEARCH, spring",
        "Latest source: DIRECT",
        "Campaign: Launch",
        "Campaign: fall (ads/cpc) [address, Sun 1 Nov 2026, 14:05 UTC]",
        "Sequences running: 2",
        "Last marketing e-mail: Newsletter 12",
    ):
        assert lines.count(line) == 1, line


def test_S4_15_what_is_no_address_names_no_campaign() -> None:
    visit = did("page_view", 2, title="Landing", url="http://[utm_campaign=x")
    assert not [line for line in section(told(activities=(visit,)), "WHAT") if line.startswith("Campaign")]


# ---------------------------------------------------------------- since
def test_N10_what_changed_since_sales_last_had_the_lead() -> None:
    note = replace(did("note", 11, body="No money\nbefore May"), ref=Ref("salesforce", "Task", "00T1"))
    moved = Moved("jobtitle", "Analyst", "Head of Sales", at(5))
    before = Moved("jobtitle", "Intern", "Analyst", at(90))
    of = with_titles(rules(GATE))
    found = told(activities=(*STORY, note), handoffs=(LAST,), moves=(before, moved), under=of)
    (block,) = [b for b in found.text.split("\n\n") if b.startswith("SINCE")]
    assert block.split("\n") == [
        "SINCE YOU LAST HAD THIS LEAD (handoff 1)",
        "  Handed over before: no. 1 to lena.vogt@syncd.example, closed Sat 24 Oct 2026, 14:05 UTC as recycle (budget); "
        "3 activities since.",
        "  Sales said: “No money before May” [note, Fri 23 Oct 2026, 14:05 UTC]",
        "  Score: 62 then, 74 now",
        "  Changed: title changed on Thu 29 Oct 2026: “Analyst” → “Head of Sales”",
        "  New: Form: Demo request [Tue 3 Nov 2026, 09:17 UTC]",
        "  New: Page: Pricing, https://syncd.example/pricing [Sat 31 Oct 2026, 14:05 UTC]",
        "  New: Meeting: Product tour [Sun 25 Oct 2026, 14:05 UTC]",
    ]


def test_N10_a_first_handoff_has_no_such_part() -> None:
    assert "SINCE" not in told().text
    assert "SINCE" not in told(handoffs=(replace(LAST, state="delivered", closed=None),)).text


def test_N10_many_new_activities_are_counted() -> None:
    found = told(activities=tuple(did("page_view", n / 10, title=f"Post {n}") for n in range(1, 10)), handoffs=(LAST,))
    assert found.text.count("  New: ") == 6
    assert "  New: and 4 more" in found.text


def test_S2_8_a_new_location() -> None:
    of = with_titles(rules(GATE))
    found = told(moves=(Moved("city", "Boston", "New York", at(5)),), under=of)
    assert "New location: city changed on Thu 29 Oct 2026: “Boston” → “New York”" in section(found, "WHERE")


def with_titles(of: Rules) -> Rules:
    """Rules whose mapping knows title and city."""
    fields = {**CONTACTS.fields, "title": FieldMap("title", "jobtitle"), "city": FieldMap("city", "city")}
    return replace(
        of, maps={**of.maps, "hubspot": SystemMap("hubspot", {"contacts": replace(CONTACTS, fields=fields)})}
    )


# ---------------------------------------------------------------- evidence
@given(
    st.dictionaries(
        st.sampled_from([*ADA, "persona", "offices", "shared", "source"]), st.text(min_size=1, max_size=20)
    ),
    st.lists(st.sampled_from(STORY), max_size=4),
    st.lists(st.sampled_from([BOB, EVE]), max_size=2),
)
def test_N10_no_line_without_a_source_or_a_question(
    profile: dict[str, Value], story: list[Activity], who: list[Colleague]
) -> None:
    person = dossier(activities=tuple(story), colleagues=tuple(who))
    points = score(GATE, profile, story, NOW)
    verdict = judge(GATE, points, profile, story, NOW)
    case = Case(person, profile, points, verdict, Route(LENA, "Americas", ()), rules(GATE), NOW, 12)
    for block in sections(case):
        for line in block.lines:
            if line.known:
                assert line.source or block.note or block.heading == "How", (block.heading, str(line))
            else:
                assert line.ask or line.unknown == HOW_WITHHELD, (block.heading, str(line))


def test_N10_the_contact_is_linked() -> None:
    of = brief_with(portal="147893286")
    address = "https://app.hubspot.com/contacts/147893286/record/0-1/713492963559"
    assert f"WHO (HubSpot, as of Mon 2 Nov 2026, {address})" in of.text
    assert f'<a href="{address}">{address}</a>' in of.html
    assert "app.hubspot.com" not in told().text


def test_an_address_ends_where_markup_begins() -> None:
    found = told(ADA | {"website": 'https://x.example/"onclick=1<b>?a=1&b=2.'})
    assert 'href="https://x.example/&quot;onclick' not in found.html
    assert "<b>" not in found.html


# ---------------------------------------------------------------- priority
@pytest.mark.parametrize(
    ("activities", "title", "priority"),
    [(STORY, "Head of Sales", "high"), (STORY[:3], "Head of Sales", "normal"), ((), "Head of Sales", "normal")],
)
def test_S1_17_who_asked_for_a_conversation_is_urgent(
    activities: tuple[Activity, ...], title: str, priority: str
) -> None:
    assert told(ADA | {"title": title}, activities).priority == priority


def test_S1_17_the_best_tier_is_urgent() -> None:
    cold = replace(GATE, hand_raise=None)
    assert brief_with(rules(cold)).priority == "normal", "74 is warm"
    best = replace(cold, tiers=(replace(GATE.tiers[0], minimum=70), replace(GATE.tiers[1], minimum=60)))
    assert brief_with(rules(best)).priority == "high"


# ---------------------------------------------------------------- template
def brief_with(of: Rules | None = None, *, portal: str = "", limit: int = 32_000, **profile: Value) -> Brief:
    rulebook = of or rules(GATE)
    person = ADA | profile
    points = score(rulebook.gate, person, STORY, NOW)
    verdict = judge(rulebook.gate, points, person, STORY, NOW)
    route = Route(LENA, "Americas", ())
    return brief(
        dossier(activities=STORY), person, points, verdict, route, rulebook, NOW, portal=portal, limit=limit
    )  # fmt: skip


def templated(text: str, **profile: Value) -> Brief:
    return brief_with(replace(rules(GATE), brief_template=text), **profile)


def test_N10_a_template_orders_the_parts_in_its_own_words() -> None:
    found = templated("Call ${name} ($company) by $due, $$5.\n${questions}\n\n$since\n\n${why}\nThen ${score}.\n")
    blocks = found.text.split("\n\n")
    assert blocks[0].startswith("Call Ada Lovelace (Acme) by Tue 3 Nov 2026, 19:05 (Europe/Berlin), $5.\nAsk first: ")
    assert blocks[1].startswith("WHY\n")
    assert blocks[2] == "Then 74."
    assert len(blocks) == 3
    assert found.html.index("<p>Call Ada") < found.html.index("<h3>Why</h3>") < found.html.index("<p>Then 74.</p>")


def test_what_a_lead_types_names_nothing_in_a_template() -> None:
    found = templated("Hello ${name}", first_name="${why}", last_name="$5")
    assert found.text == "Hello ${why} $5"


def test_the_usual_order_is_a_template_like_any_other() -> None:
    assert templated(USUAL) == brief_with()
    assert list(unknown_names(USUAL)) == []


def test_unknown_names_come_with_their_lines() -> None:
    assert list(unknown_names("$who\n${whi} $$\n $5")) == [(2, "whi"), (3, "")]
    assert list(unknown_names(" ".join(f"${{{name}}}" for name in NAMES))) == []
