"""The smallest change that would turn a decision: what is told is true, and nothing smaller would do."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from core_making import CONTACTS, DAY, NOW, at, contact, did, directory, dossier, gate, owner, rules
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.decide import Next
from syncd.core.facts import Dossier, Handoff
from syncd.core.flip import MOST, Asked, Flip, ways_in, ways_out
from syncd.core.flip_words import way_in, way_out
from syncd.core.mapping import canonical
from syncd.core.rules import AnyOf, Did, FieldIs, FieldMap, Gate, Named, Rules, ScoreRule, SystemMap
from syncd.core.samples import text_matching, wishes
from syncd.core.types import Activity

DEMO = ScoreRule("Demo", Did(("form",), "demo", 30 * DAY), 60)
VISITS = ScoreRule("Visits", Did(("page_view",), "/pricing", 14 * DAY), 10, each=True, cap=40)
SIZE = ScoreRule("Size", FieldIs("employees", "in", ("50-100", "100+")), 40)
TITLE = ScoreRule("Title", FieldIs("title", "matches", "(?i)director|head of"), 60)
JUNIOR = ScoreRule("Junior", FieldIs("title", "matches", "intern"), -60)
SMALL = Named("Too small", FieldIs("employees", "in", ("1-5",)))
REACHED = Named("Reachable", AnyOf((FieldIs("phone", "present"), Did(("email_open",), within=90 * DAY))))

FIELDS = {name: FieldMap(name, name) for name in ("title", "employees", "phone")}


def world(**more: Any) -> Rules:
    of = gate(**{"threshold": 60, "fit": (TITLE, SIZE, JUNIOR), "engagement": (DEMO, VISITS), "tiers": ()} | more)
    kind = replace(CONTACTS, fields={**CONTACTS.fields, **FIELDS})
    found = rules(of)
    return replace(found, maps={**found.maps, "hubspot": SystemMap("hubspot", {"contacts": kind})})


def asked(of: Rules, *activities: Activity, handoffs: tuple[Handoff, ...] = (), **fields: str) -> Asked:
    known = dict.fromkeys(FIELDS) | fields
    person = dossier(marketing=contact(known), activities=activities, handoffs=handoffs)
    return Asked(person, of, directory(owner("lena.vogt@syncd.example")), "1", NOW)


def told(of: Asked) -> str:
    record = of.dossier.marketing
    assert record is not None
    return way_in(ways_in(of), canonical(record, of.rules.marketing_kind))


# ---------------------------------------------------------------- what is told
def test_N2_one_activity_more_and_until_when_it_would_do() -> None:
    """Fit 100; three visits give 30, a fourth one brings 40 and so 70: but the first visit ages out in two days."""
    views = [did("page_view", days, url="/pricing") for days in (12, 3, 2)]
    found = told(asked(world(threshold=70), *views, title="Director", employees="100+"))
    assert found == (
        'It would go if they filled a form matching "demo", or if they looked at a page matching "/pricing" before Thu 5 Nov '
        "2026."
    )


def test_N2_a_field_that_nobody_knows_yet_with_all_values_that_would_do() -> None:
    of = asked(world(), did(title="demo"), title="Director")
    assert of.decide().verdict.ready  # 60 and 60
    of = asked(world(fit_minimum=70), did(title="demo"), title="Director")
    assert told(of) == "It would go if employees were known to be 50-100 or 100+."


def test_N2_a_pattern_is_met_by_an_example() -> None:
    of = asked(world(fit_minimum=70), did(title="demo"), employees="100+")
    assert told(of) == "It would go if title were known to be as “Title” asks for (director, for example)."


def test_N2_a_veto_and_a_rule_that_takes_points() -> None:
    of = world(vetoes=(Named("Not them", FieldIs("title", "matches", "director")),), fit_minimum=60)
    assert told(asked(of, did(title="demo"), title="Director")) == "It would go if “Not them” did not hold."
    of = world(fit=(SIZE, ScoreRule("Base", FieldIs("employees", "present"), 60), JUNIOR), engagement=(DEMO,))
    assert (
        told(asked(of, did(title="demo"), title="intern", employees="100+")) == "It would go if “Junior” did not hold."
    )


def test_N2_a_must_have_is_met_in_each_of_its_ways() -> None:
    of = world(must=(REACHED,))
    found = told(asked(of, did(title="demo"), title="Director"))
    assert found == "It would go if they opened an e-mail before Wed 2 Dec 2026, or if phone were known."


def test_N2_two_changes_where_no_single_one_would_do() -> None:
    found = told(asked(world(fit_minimum=40, engagement=(DEMO,)), employees="100+", title="x"))
    assert found == 'It would go if they filled a form matching "demo" and title were as “Title” asks for (director, for ' \
        "example) instead of x."  # fmt: skip
    assert (
        told(asked(world(threshold=100, must=(REACHED,)))) == "No one or two changes that the rules ask for would do."
    )


def test_N2_waiting_is_a_change_too() -> None:
    """A veto on a complaint of the last 30 days ends by itself."""
    recent = Named("Complained", Did(("note",), "complaint", 30 * DAY))
    of = asked(world(vetoes=(recent,)), did(title="demo", days=1), did("note", 20, title="complaint"), title="Director")
    assert told(of) == "It would go by itself on Fri 13 Nov 2026, or if “Complained” did not hold."


def test_N2_what_sales_gave_back_needs_fresh_evidence() -> None:
    closed = Handoff(1, "k", "closed", "score", at(9), outcome="recycle", closed=at(5), delivered=at(9))
    of = asked(world(), did(title="demo", days=8), title="Director", handoffs=(closed,))
    assert told(of) == 'It would go if they filled a form matching "demo".'
    trash = replace(closed, outcome="trash")
    assert ways_in(asked(world(), title="Director", handoffs=(trash,))) == ()


def test_N2_nothing_is_told_of_a_lead_that_goes_or_is_with_sales() -> None:
    ready = asked(world(), did(title="demo"), title="Director")
    assert ready.decide().next is Next.HAND_OVER
    assert ways_in(ready) == ()
    open_ = Handoff(1, "k", "open", "score", at(1))
    assert ways_in(replace(ready, dossier=replace(ready.dossier, handoffs=(open_,), activities=()))) == ()


# ---------------------------------------------------------------- out again
def test_N2_how_long_a_ready_lead_stays_ready_and_what_would_end_it() -> None:
    of = asked(world(vetoes=(SMALL,), must=(REACHED,)), did(title="demo", days=1), title="Director", phone="1")
    out = ways_out(of)
    assert out is not None
    assert out.until == at(1) + 30 * DAY
    assert of.decide(at=out.until - timedelta(seconds=1)).verdict.ready
    assert not of.decide(at=out.until).verdict.ready
    assert way_out(out, {"phone": "1"}) == (
        "It stays ready until Wed 2 Dec 2026 if nothing else happens. It would not go if employees were known to be 1-5 "
        "(Too small), or if phone were unknown (Reachable)."
    )


def test_N2_only_a_ready_lead_can_lose_it() -> None:
    assert ways_out(asked(world(), title="x")) is None


# ---------------------------------------------------------------- true, small, few
_ACTIVITIES = st.lists(
    st.builds(
        lambda what, days: did(what[0], days, title=what[1], url=what[2]),
        st.sampled_from(
            [("form", "demo", ""), ("form", "other", ""), ("page_view", "", "/pricing"), ("email_open", "", "")]
        ),
        st.floats(0, 40, allow_nan=False),
    ),
    max_size=5,
)
_GATES = st.builds(
    world,
    threshold=st.sampled_from([30, 50, 60, 80]),
    fit_minimum=st.sampled_from([0, 40, 60]),
    must=st.sampled_from([(), (REACHED,)]),
    vetoes=st.sampled_from([(), (SMALL,), (SMALL, Named("Complained", Did(("form",), "other", 10 * DAY)))]),
    hand_raise=st.sampled_from([None, Did(("form",), "demo", 7 * DAY)]),
)
_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "title": st.sampled_from(["Director", "intern", "x"]),
        "employees": st.sampled_from(["1-5", "50-100", "7"]),
        "phone": st.just("1"),
    },
)


@given(_GATES, _ACTIVITIES, _FIELDS)
def test_N2_what_is_told_is_true(of: Rules, activities: list[Activity], fields: dict[str, str]) -> None:
    question = asked(of, *activities, **fields)
    found = ways_in(question)
    assert len(found) <= MOST
    assert len({len(flip.changes) for flip in found}) <= 1  # pairs only where no single change would do
    for flip in found:
        for told_way in (flip, *_others(flip)):
            assert question.decide(told_way.changes).next is Next.HAND_OVER
        if flip.before is not None:
            assert question.decide(flip.changes, flip.before - timedelta(milliseconds=1)).next is Next.HAND_OVER
            assert question.decide(flip.changes, flip.before).next is not Next.HAND_OVER


def _others(flip: Flip) -> list[Flip]:
    (first, *_) = flip.changes
    return [Flip((replace(first, values=dict.fromkeys(first.values, value)),)) for value in first.others]


@given(_GATES, _ACTIVITIES, _FIELDS)
def test_N2_the_smaller_change_comes_first(of: Rules, activities: list[Activity], fields: dict[str, str]) -> None:
    weights = [flip.weight for flip in ways_in(asked(of, *activities, **fields))]
    assert weights == sorted(weights)


# ---------------------------------------------------------------- samples
@pytest.mark.parametrize(
    "pattern",
    [
        "demo", "(?i)demo|pricing", "/(pricing|demo)", r"(?i)@(rival\.example|other\.test)$", r"(?ix) \b ( ceo | cfo ) \b  # x",
        r"^head\ of", "webinar|e-?book",
    ],
)  # fmt: skip
def test_a_text_is_found_for_the_patterns_that_people_write(pattern: str) -> None:
    import re

    assert re.search(pattern, text_matching(pattern), re.IGNORECASE)


def test_no_text_is_made_up_for_a_pattern_without_words() -> None:
    assert text_matching(r"\d{5}") == ""
    assert wishes(FieldIs("title", "matches", r"\d{5}"), CONTACTS) == ()


def test_a_gate_without_rules_has_no_way_in() -> None:
    of: Gate = gate()
    person: Dossier = dossier()
    assert ways_in(Asked(person, rules(of), directory(), "1", NOW)) == ()
