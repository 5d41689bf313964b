"""Product-qualified leads: the entry "product", from the condition to the brief (S0.25)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from core_making import DAY, NOW, at, contact, did, directory, dossier, gate, must, owner, rules

from syncd.core.brief import brief
from syncd.core.decide import Next, decide
from syncd.core.facts import Handoff
from syncd.core.flip import Asked, ways_in
from syncd.core.qualify import Verdict, judge
from syncd.core.route import Route
from syncd.core.rules import Did, FieldIs, Gate, Named, ScoreRule
from syncd.core.score import score
from syncd.core.starter import starter
from syncd.core.terms import ready_when
from syncd.core.types import Activity, Value

ACTIVATED = Did(("product",), "activated", 14 * DAY)
DEMO = Did(("form",), "demo", 30 * DAY)
GATE = gate(threshold=70, product=ACTIVATED)
LENA = owner("lena.vogt@syncd.example")
ADA = contact({"email": "ada@acme.example"})


def used(title: str = "Activated", days: float = 1) -> Activity:
    return did("product", days, title=title)


def verdict(of: Gate, *activities: Activity, **profile: Value) -> Verdict:
    return judge(of, score(of, profile, activities, NOW), profile, activities, NOW)


# ---------------------------------------------------------------- the gate
@pytest.mark.parametrize(
    ("title", "days", "ready"),
    [("Activated", 1, True), ("Activated", 13.9, True), ("Activated", 14, False), ("Signed up", 1, False)],
)
def test_S0_25_value_in_the_product_qualifies_without_the_score(title: str, days: float, ready: bool) -> None:
    found = verdict(GATE, used(title, days))
    assert (found.ready, found.entry) == (ready, "product" if ready else "")
    if ready:
        assert found.matched == (
            "product-qualified: did something in the product within 14 days (1 time, “Activated”)",
        )
        assert found.missing == ()
    else:
        assert found.missing == ("70 points short of 70",)


def test_S0_25_a_page_called_activated_is_no_value_in_the_product() -> None:
    assert not verdict(GATE, did("page_view", 1, title="Activated")).ready


def test_S0_25_a_product_lead_is_subject_to_vetoes_and_must_haves() -> None:
    blocked = replace(GATE, vetoes=(Named("Competitor", FieldIs("email", "matches", "@rival")),))
    assert verdict(blocked, used(), email="x@acme.example").entry == "product"
    found = verdict(blocked, used(), email="x@rival.example")
    assert (found.ready, found.entry, found.vetoed_by) == (False, "", ("Competitor",))
    found = verdict(replace(GATE, must=(must("Size", "size"),)), used())
    assert (found.ready, found.unmatched) == (False, ("unknown: Size: size is unknown",))


def test_S0_25_a_raised_hand_goes_before_the_product_and_the_product_before_the_score() -> None:
    both = replace(GATE, hand_raise=DEMO, engagement=(ScoreRule("All", ACTIVATED, 100),), fit_share=0.0)
    asked = did("form", 1, title="Demo")
    found = verdict(both, used(), asked)
    assert found.entry == "hand_raise"
    assert [sentence.partition(":")[0] for sentence in found.matched] == ["raised a hand", "product-qualified"]
    assert verdict(both, used()).entry == "product"
    assert verdict(replace(both, product=None), used()).entry == "score"


def test_S0_25_it_leaves_by_itself_when_the_events_grow_old() -> None:
    found = verdict(GATE, used(days=4))
    assert found.next_change == at(4) + 14 * DAY


# ---------------------------------------------------------------- deciding
def test_S0_25_after_sales_gave_it_back_only_new_product_events_count() -> None:
    closed = Handoff(
        1, "k", "closed", "product", opened=at(6), delivered=at(6), owner=LENA.email, outcome="recycle", closed=at(3)
    )

    def decided(*activities: Activity) -> Next:
        case = dossier(marketing=ADA, handoffs=(closed,), activities=activities)
        return decide(case, rules(GATE), directory(LENA), NOW, "1").next

    assert decided(used(days=7)) is Next.NOTHING
    assert decided(used(days=7), used(days=1)) is Next.HAND_OVER


# ---------------------------------------------------------------- in words
def test_S0_25_the_brief_says_pql_and_what_was_done_in_the_product() -> None:
    done = (used("Signed up", 5), used("Created a project", 2), used("Created a project", 1.5), used())
    of = rules(GATE)
    case, points = dossier(marketing=ADA, activities=done), score(GATE, {}, done, NOW)
    made = brief(
        case, {"email": "ada@acme.example"}, points, judge(GATE, points, {}, done, NOW), Route(LENA, "single"), of, NOW
    )
    assert made.title == "Lead: ada@acme.example, score 0, uses the product"
    assert "Passed because the lead got value in the product (PQL); score 0 of 70 (fit 0, engagement 0)." in made.text
    assert "In the product: Product: Activated" in made.text
    assert "In the product: Product: Created a project (2 times, last on" in made.text.replace(" [", " (")
    assert "On the way to buying: contact: product-qualified: did something in the product" in made.text
    assert "Last talk" not in made.text, "an event of the product is no talk"


def test_S0_25_S0_6_the_agreement_says_when_a_lead_is_product_qualified() -> None:
    said = ready_when(replace(GATE, vetoes=(Named("Competitor", FieldIs("email", "matches", "@rival")),)))
    assert said.endswith(
        "So does a product-qualified one (did something in the product matching \"activated\" within 14 days), provided "
        "that the veto “Competitor” does not."
    )  # fmt: skip


def test_S0_25_what_would_flip_it_and_the_first_policy_test_know_the_product() -> None:
    of = rules(GATE)
    (way, *_) = ways_in(Asked(dossier(marketing=ADA), of, directory(LENA), "1", NOW))
    (change,) = way.changes
    assert (change.source, change.did) == ("value in the product", ((ACTIVATED, 1),))
    assert next(test for test in starter(of) if test.expect.entry).expect.entry == "product"
