"""What counts of what a person did, who they are to us, and what changed about them."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from core_making import CONTACTS, DAY, NOW, at, contact, did, dossier, gate, has, rules
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.appraise import Appraisal, appraise
from syncd.core.asks import questions
from syncd.core.changes import changes, last_changes, watched
from syncd.core.conditions import Background, evaluate
from syncd.core.decide import decide
from syncd.core.facts import Directory, Dossier, Handoff, Moved
from syncd.core.ignore import sentence
from syncd.core.rules import Content, Did, FieldIs, FieldMap, Gate, Ignore, KindMap, Named, Not, Rules, ScoreRule
from syncd.core.terms import agreement
from syncd.core.types import Activity, Raw

SECOND = timedelta(seconds=1)
VISITS = gate(engagement=(ScoreRule("Visits", Did(("page_view",)), 10, each=True),), fit_share=0.0, threshold=50)
KIND: KindMap = replace(
    CONTACTS,
    fields={
        **CONTACTS.fields,
        "title": FieldMap("title", "jobtitle", transform=("trim",)),
        "company": FieldMap("company", "company", transform=("trim",)),
        "website": FieldMap("website", "website"),
        "employees": FieldMap("employees", "numemployees", type="number"),
    },
)


def under(of: Gate, **more: object) -> Rules:
    found = replace(rules(of), **more)
    hubspot = replace(found.maps["hubspot"], kinds={"contacts": KIND})
    return replace(found, maps={**found.maps, "hubspot": hubspot})


def person(*activities: Activity, email: str = "ada@works.example", **more: object) -> Dossier:
    return dossier(**({"marketing": contact({"email": email}), "activities": activities} | more))


def found(of: Rules, who: Dossier, last: Handoff | None = None, now: datetime = NOW) -> Appraisal:
    return appraise(who, of, last, now)


def burst(count: int, apart: timedelta = SECOND, kind: str = "page_view") -> list[Activity]:
    first = at(1)
    return [replace(did(kind), at=first + n * apart) for n in range(count)]


# ---------------------------------------------------------------- what does not count
IGNORED = (
    Ignore("Jobs", Did(("page_view",), "/careers")),
    Ignore("Competitors", Did(()), who=FieldIs("email", "matches", "@rival")),
    Ignore("Crawlers", Did(("page_view",), count=4), burst=3 * SECOND),
)


@pytest.mark.parametrize(
    ("who", "points", "ignored"),
    [
        (person(did("page_view"), did("page_view")), 20, []),
        (
            person(did("page_view", url="https://a.example/careers"), did("page_view")),
            10,
            ['Jobs: 1 activity left out, looked at a page matching "/careers"'],
        ),
        (
            person(did("page_view"), did("form"), email="spy@rival.example"),
            0,
            ['Competitors: 2 activities left out, email is "spy@rival.example"'],
        ),
        (
            person(*burst(4), did("page_view", 9)),
            10,
            ["Crawlers: 4 activities left out, looked at 4 or more pages within 3 seconds of one another"],
        ),
        (person(*burst(4, 2 * SECOND)), 40, []),  # six seconds from first to fourth: somebody in a hurry
        (person(*burst(3)), 30, []),
        (person(*burst(4, kind="form")), 0, []),
    ],
)
def test_S0_19_what_does_not_count_is_left_out_and_listed(who: Dossier, points: int, ignored: list[str]) -> None:
    of = under(replace(VISITS, ignore=IGNORED))
    got = found(of, who)
    assert got.score.engagement == points
    assert [str(i) for i in got.ignored] == ignored


def test_S0_19_by_content_and_by_who_somebody_is_at_once() -> None:
    rule = Ignore("Partners’ docs", Did((), content="Docs"), who=FieldIs("email", "matches", "@partner"))
    of = under(replace(VISITS, ignore=(rule,)), content=(Content("Docs", "/docs"),))
    acts = (did("page_view", url="https://a.example/docs"), did("page_view", url="https://a.example/"))
    assert found(of, person(*acts)).score.engagement == 20
    assert found(of, person(*acts, email="a@partner.example")).score.engagement == 10
    assert sentence(rule) == 'showed interest in “Docs”, when email matches "@partner"'


def test_S0_19_an_unknown_answer_ignores_nobody() -> None:
    of = under(replace(VISITS, ignore=(Ignore("Competitors", Did(()), who=has("competitor")),)))
    assert found(of, person(did("page_view"))).score.engagement == 10


@given(st.permutations(burst(5)), st.integers(2, 6))
def test_S0_19_a_burst_is_one_in_any_order(activities: list[Activity], count: int) -> None:
    of = under(replace(VISITS, ignore=(Ignore("Bots", Did(("page_view",), count=count), burst=4 * SECOND),)))
    assert len(found(of, person(*activities)).evidence) == (5 if count > 5 else 0)


def test_S0_19_our_own_staff_counts_for_nothing() -> None:
    of = under(VISITS, own_domains=("works.example",))
    assert found(of, person(did("page_view"))).score.engagement == 0


# ---------------------------------------------------------------- personas
PERSONAS = (
    Named("Boss", FieldIs("email", "matches", "^ceo@")),
    Named("Visitor", Did(("page_view",), within=3 * DAY)),
)


def test_S4_5_the_first_persona_that_holds() -> None:
    of = under(VISITS, personas=PERSONAS)
    assert found(of, person(did("page_view"), email="ceo@works.example")).profile["persona"] == "Boss"
    assert found(of, person(did("page_view"))).profile["persona"] == "Visitor"
    assert found(of, person()).profile["persona"] is None
    assert "persona" not in found(under(VISITS), person()).profile


def test_S4_5_a_condition_may_ask_for_the_persona() -> None:
    must = Named("Right persona", FieldIs("persona", "in", ("Boss",)))
    of = under(replace(VISITS, must=(must,), threshold=0), personas=PERSONAS)
    assert found(of, person(email="ceo@works.example")).verdict.ready
    assert found(of, person(did("page_view"))).verdict.unmatched == ('Right persona: persona "Visitor" is not Boss',)
    assert found(of, person()).verdict.unmatched == ("unknown: Right persona: persona is unknown",)


def test_S4_5_a_persona_that_ends_with_time_is_looked_at_again() -> None:
    assert found(under(gate(), personas=PERSONAS), person(did("page_view", 1))).next_change == at(1) + 3 * DAY


# ---------------------------------------------------------------- changes
def moved(remote: str, was: Raw, now: Raw, days: float = 1) -> Moved:
    return Moved(remote, was, now, at(days))


@pytest.mark.parametrize(
    ("move", "sentence", "role", "company"),
    [
        (moved("jobtitle", "Intern", "Head of IT"), "title changed on Mon 2 Nov 2026: “Intern” → “Head of IT”", True, False),
        (moved("jobtitle", "CTO", None), "title changed on Mon 2 Nov 2026: “CTO” → nothing", True, False),
        (moved("company", "Acme", "Bolt"), "company changed on Mon 2 Nov 2026: “Acme” → “Bolt”", False, True),
        (moved("email", "a@acme.example", "a@bolt.example"),
         "email changed on Mon 2 Nov 2026: “a@acme.example” → “a@bolt.example”", False, True),
        (moved("email", "a@acme.example", "ada@acme.example"),
         "email changed on Mon 2 Nov 2026: “a@acme.example” → “ada@acme.example”", False, False),
        (moved("numemployees", "5", "50"), "employees changed on Mon 2 Nov 2026: “5” → “50”", False, False),
        (moved("jobtitle", None, "CTO"), None, False, False),  # seen for the first time
        (moved("jobtitle", "", "CTO"), None, False, False),
        (moved("jobtitle", "CTO ", "cto"), None, False, False),  # only looks different
        (moved("numemployees", "5", "5.0"), None, False, False),
        (moved("unmapped", "a", "b"), None, False, False),
    ],
)  # fmt: skip
def test_S3_7_a_change_is_from_one_value_to_another(
    move: Moved, sentence: str | None, role: bool, company: bool
) -> None:
    got = changes(person(moves=(move,)), KIND)
    assert [str(change) for change in got] == ([sentence] if sentence else [])
    assert any(c.of_role for c in got) is role
    assert any(c.of_company for c in got) is company


@pytest.mark.parametrize(
    ("days", "within", "holds", "because"),
    [
        (29.9, 30, True, "title changed on Sun 4 Oct 2026"),
        (30, 30, False, "title did not change within 30 days, last on Sun 4 Oct 2026"),
        (None, 30, False, "title did not change within 30 days"),
    ],
)
def test_S3_7_changed_within(days: float | None, within: int, holds: bool, because: str) -> None:
    changed = {} if days is None else {"title": at(days)}
    condition = FieldIs("title", "changed_within", within * DAY)
    truth = evaluate(condition, {}, (), NOW, Background(changed=changed))
    assert (truth.value, truth.because) == (holds, because)
    assert str(condition) == "title changed within 30 days"
    assert evaluate(Not(condition), {}, (), NOW, Background(changed=changed)).value is not holds  # never unknown


def test_S3_7_a_change_rescores_until_its_window_ends() -> None:
    of = under(gate(fit=(ScoreRule("New role", FieldIs("title", "changed_within", 10 * DAY), 40),), fit_share=1.0))
    who = person(moves=(moved("jobtitle", "Intern", "Head of IT", 4),))
    got = found(of, who)
    assert (got.score.fit, got.next_change) == (40, at(4) + 10 * DAY)
    assert found(of, who, now=at(4) + 10 * DAY).score.fit == 0


def test_S3_7_the_last_change_counts() -> None:
    who = person(moves=(moved("jobtitle", "A", "B", 9), moved("jobtitle", "B", "C", 2), moved("company", "X", "Y", 5)))
    assert last_changes(changes(who, KIND)) == {"title": at(2), "company": at(5)}


def test_the_ledger_is_asked_only_for_fields_whose_changes_matter() -> None:
    assert watched(under(gate())) == {"jobtitle", "company", "email", "website"}
    grown = Named("Grew", FieldIs("employees", "changed_within", DAY))
    assert watched(under(gate(vetoes=(grown,)))) == {"jobtitle", "company", "email", "website", "numemployees"}


def test_every_question_of_the_rules_is_known() -> None:
    names = iter("abcdefgh")
    of = under(
        gate(
            fit=(ScoreRule("f", has(next(names)), 1, exceptions=(Named("e", has(next(names))),)),),
            must=(Named("m", Not(has(next(names))), (Named("e", has(next(names))),)),),
            vetoes=(Named("v", has(next(names))),),
            ignore=(Ignore("i", Did(("form",)), who=has(next(names))),),
            hand_raise=has(next(names)),
        ),
        personas=(Named("p", has(next(names))),),
    )
    assert {q.field for q in questions(of) if isinstance(q, FieldIs)} == set("abcdefgh")


# ---------------------------------------------------------------- a new company
def handoff(state: str = "closed", opened: float = 20, **more: object) -> Handoff:
    return Handoff(1, "k", state, "score", at(opened), **more)


@pytest.mark.parametrize(
    ("days", "handoffs", "reopened"),
    [
        (5, (handoff(),), True),
        (25, (handoff(),), False),  # before the last handoff: the rep was chosen with it
        (5, (), False),  # nobody had the lead
    ],
)
def test_S3_7_a_new_company_reopens_the_routing(days: float, handoffs: tuple[Handoff, ...], reopened: bool) -> None:
    who = person(moves=(moved("company", "Acme", "Bolt", days),), handoffs=handoffs)
    decision = decide(who, under(VISITS), Directory(), NOW, "1")
    assert (decision.new_company is not None) is reopened


# ---------------------------------------------------------------- the last outreach
@pytest.mark.parametrize(
    ("activity", "holds"),
    [
        (did("call", 2, outbound=True), True),
        (did("email", 2, outbound=True), True),
        (did("email", 2), False),  # the lead wrote
        (did("call", 9, outbound=True), False),
        (did("email", 2, outbound=True, key="ours"), False),  # syncd wrote it
        (did("call", 2, outbound=True, done=False), False),
    ],
)
def test_S3_6_our_last_outreach_is_an_input(activity: Activity, holds: bool) -> None:
    reached = Did(("call", "email"), within=7 * DAY, by="us")
    of = under(replace(VISITS, vetoes=(Named("In touch", reached),)))
    got = found(of, person(activity))
    assert bool(got.verdict.vetoes) is holds
    if holds:
        assert got.verdict.vetoes == ("In touch: our side had a call or wrote an e-mail within 7 days (1 time)",)
        assert got.next_change == at(2) + 7 * DAY


# ---------------------------------------------------------------- hysteresis
@pytest.mark.parametrize(
    ("visits", "ready_before", "handoffs", "ready"),
    [
        (5, False, (), True),
        (4, False, (), False),
        (4, True, (), True),  # 40 of 50, ten lower
        (3, True, (), False),
        (4, True, (handoff("delivered"),), False),  # not waiting: sales have it
        (4, True, (handoff("closed", closed=at(30)),), True),  # came back, was ready anew, waits
    ],
)
def test_S0_20_who_waits_stays_ready_within_the_hysteresis(
    visits: int, ready_before: bool, handoffs: tuple[Handoff, ...], ready: bool
) -> None:
    who = person(*(did("page_view") for _ in range(visits)), ready=ready_before, handoffs=handoffs)
    verdict = found(under(replace(VISITS, hysteresis=10)), who, who.last_handoff).verdict
    assert verdict.ready is ready
    assert verdict.matched == (("was ready before, and stays so down to 40",) if ready and visits < 5 else ())
    if not ready:
        line = 40 if ready_before and not (handoffs and handoffs[0].active) else 50
        assert verdict.missing == (f"{line - 10 * visits} points short of {line}",)


@given(st.lists(st.integers(0, 12), min_size=2, max_size=12), st.integers(0, 40))
def test_S0_20_a_waiting_lead_changes_sides_only_across_the_whole_band(visits: list[int], hysteresis: int) -> None:
    """However the score moves: ready begins at 50 and ends below 50 − hysteresis, and nothing in between turns it."""
    of, ready = under(replace(VISITS, hysteresis=hysteresis, single_low_intent=True)), False
    for count in visits:
        points = min(100, 10 * count)
        now = found(of, person(*(did("page_view") for _ in range(count)), ready=ready)).verdict.ready
        assert now is (points >= 50 if not ready else points >= 50 - hysteresis)
        ready = now


# ---------------------------------------------------------------- another system's score
@pytest.mark.parametrize(
    ("raw", "combined", "ready", "missing"),
    [
        ("72", 72, True, ()),
        ("49.5", 50, True, ()),
        ("49.4", 49, False, ("1 point short of 50",)),
        ("-3", 0, False, ("50 points short of 50",)),
        ("250", 100, True, ()),
        (None, 0, False, ("unknown: the score of property:hubspotscore is empty",)),
    ],
)
def test_S3_4_a_property_can_be_the_score(
    raw: str | None, combined: int, ready: bool, missing: tuple[str, ...]
) -> None:
    source = "property:hubspotscore"
    of = under(replace(VISITS, source=source))
    kind = replace(KIND, fields={**KIND.fields, source: FieldMap(source, "hubspotscore", "in", "number")})
    of = replace(of, maps={**of.maps, "hubspot": replace(of.maps["hubspot"], kinds={"contacts": kind})})
    got = found(of, person(did("page_view"), marketing=contact({"email": "a@b.example", "hubspotscore": raw})))
    assert (got.score.combined, got.score.engagement) == (combined, 10)
    assert (got.verdict.ready, got.verdict.missing) == (ready, missing)


# ---------------------------------------------------------------- fresh evidence
def test_pain_7_what_came_before_the_last_closing_never_counts_again() -> None:
    """Recycled at 90 with no new visit: nothing. The score is made anew of what came later, never carried over."""
    closed = handoff(closed=at(10))
    acts = [did("page_view", d) for d in (11, 12, 13, 14, 15, 16, 17, 18, 19)]
    assert found(under(VISITS), person(*acts, handoffs=(closed,)), closed).score.engagement == 0
    later = (did("page_view", 3), did("note", 2))
    assert found(under(VISITS), person(*acts, *later, handoffs=(closed,)), closed).score.engagement == 10


def test_pain_7_and_12_a_merge_adds_no_scores() -> None:
    """The visits of both contacts are one person's list: one that both have counts once, and the cap holds."""
    of = under(replace(VISITS, engagement=(ScoreRule("Visits", Did(("page_view",)), 10, each=True, cap=30),)))
    one, other = [did("page_view", d) for d in (1, 2)], [did("page_view", d) for d in (3, 4)]
    assert found(of, person(*one, *other)).score.engagement == 30


# ---------------------------------------------------------------- the agreement in words
def test_S0_6_S0_9_criteria_say_the_rest() -> None:
    partner = Named("Partner", has("partner"))
    of = gate(
        vetoes=(Named("Small", has("small"), (partner,)),),
        ignore=IGNORED,
        hysteresis=5,
        agreed_by=("Ada", "Bob"),
        agreed_on="2026-11-01",
        agreed_version="v0",
    )
    told = agreement(under(of, personas=PERSONAS[:1], agreement="v1"))
    assert "One that was found ready and waits stays so until it misses that by more than 5." in told.ready
    assert told.vetoes[0].sentence == "small is yes; exception: “Partner” (partner is yes)"
    assert [(c.name, c.sentence) for c in told.personas] == [("Boss", 'email matches "^ceo@"')]
    assert told.counted[-3:] == (
        'never counted, Jobs: looked at a page matching "/careers"',
        'never counted, Competitors: showed interest, when email matches "@rival"',
        "never counted, Crawlers: looked at 4 or more pages within 3 seconds of one another",
    )
    assert told.to_sign == "v1"
    assert told.unsigned.startswith(
        "The rules for a lead being ready are unsigned: version v0 was signed by Ada and Bob"
    )


def test_S3_1_criteria_say_whose_score_it_is() -> None:
    told = agreement(under(gate(source="property:hubspotscore", single_low_intent=True))).ready
    assert told == (
        "A lead goes to sales when its score reaches 70 of 100 (the score is property:hubspotscore). "
        "A single look at content of low intent may tip the scale."
    )
