"""Rules on the past of one person, and what is counted of all."""

from __future__ import annotations

from datetime import datetime
from fractions import Fraction

import pytest
from core_making import DAY, NOW, at, contact, did, directory, gate, points, rules
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.backtest import PARTS, Fate, Tally, Trial, Window, fate, lift, replay
from syncd.core.facts import Dossier, Moved
from syncd.core.past import Fact, Past, Reached, Trace, as_of
from syncd.core.rules import Did, ScoreRule
from syncd.core.types import Activity, Ref

WINDOW = Window(at(30), NOW)
BORN = at(20)


def past(*reached: Reached, handed: datetime | None = None, opened: datetime | None = None) -> Past:
    return Past({}, {}, reached, opened or handed, handed)


@pytest.mark.parametrize(
    ("past_", "born", "expected"),
    [
        (past(), BORN, Fate(BORN, NOW - DAY / 86_400_000, 0, False)),
        (past(), at(50), Fate(at(30), NOW - DAY / 86_400_000, 0, False)),
        (past(), None, "not known before the end"),
        (past(), NOW, "not known before the end"),
        (past(handed=at(25)), BORN, "with sales before"),
        (past(handed=at(10)), BORN, Fate(BORN, at(10), 0, True)),
        (past(handed=BORN), BORN, Fate(BORN, BORN, 0, True)),
        # what sales say of a lead that it was given comes after the handoff, even where it is dated to its beginning
        (past(Reached("sal", at(10), at(5)), handed=at(9.9), opened=at(10)), BORN, Fate(BORN, at(9.9), 1, True)),
        (
            past(Reached("sal", at(10), at(5)), Reached("customer", at(1), at(1)), handed=at(10)),
            BORN,
            Fate(BORN, at(10), 3, True),
        ),
        # a lead that sales found by themselves: what came then is no evidence
        (past(Reached("opportunity", at(8), at(5))), BORN, Fate(BORN, at(8) - DAY / 86_400_000, 2, True)),
        (past(Reached("lost", at(8), at(5))), BORN, Fate(BORN, at(8) - DAY / 86_400_000, 2, True)),
        (past(Reached("trash", at(8), at(8))), BORN, Fate(BORN, at(8) - DAY / 86_400_000, 0, True)),
        (past(Reached("customer", at(22), at(3))), BORN, "answered by sales before"),
        (past(Reached("customer", BORN, BORN)), BORN, "answered by sales before"),
        # outcomes after the end count: they are what the rules are judged by
        (past(Reached("customer", NOW + DAY, NOW + DAY)), BORN, Fate(BORN, NOW - DAY / 86_400_000, 3, True)),
        (past(Reached("mql", at(8), at(8))), BORN, Fate(BORN, NOW - DAY / 86_400_000, 0, False)),
    ],
)  # fmt: skip
def test_N4_who_is_looked_at_and_until_when(past_: Past, born: datetime | None, expected: Fate | str) -> None:
    assert fate(past_, born, WINDOW) == expected


# ---------------------------------------------------------------- the look back
def someone(
    *activities: Activity, arrived: float = 10, facts: tuple[Fact, ...] = (), **fields: str
) -> tuple[Dossier, Past]:
    """A contact known for 20 days, whose activities arrived `arrived` days ago."""
    record = contact({"fit": "yes", **fields})
    moves = tuple(moved for fact in facts for moved in fact.moved)
    dossier = Dossier("713492963559", record, activities=activities, moves=moves)
    return dossier, Past({record.ref: Trace(BORN, facts)}, {a.ref: at(arrived) for a in activities})


def test_N4_an_activity_is_known_from_its_arrival_on() -> None:
    """It happened 15 days ago and arrived 10 days ago."""
    dossier, story = someone(did(days=15))
    assert as_of(dossier, story, at(10.1)).activities == ()
    assert as_of(dossier, story, at(10)).activities == dossier.activities


def test_N4_a_later_correction_is_taken_back() -> None:
    moved = Moved("fit", "no", "yes", at(5.5))
    dossier, story = someone(facts=(Fact(at(5), (moved,)),))
    earlier, later = as_of(dossier, story, at(6)), as_of(dossier, story, at(5))
    assert earlier.marketing is not None
    assert earlier.marketing.fields["fit"] == "no"
    assert earlier.moves == ()
    assert later.marketing == dossier.marketing
    assert later.moves == (moved,)


def test_N4_a_record_that_nobody_had_shown_yet_is_not_there() -> None:
    dossier, story = someone()
    assert as_of(dossier, story, at(21)).marketing is None


def test_N4_a_stage_is_known_when_the_ledger_learned_of_it() -> None:
    dossier, story = someone()
    story = Past(story.traces, {}, (Reached("lead", at(20), at(20)), Reached("customer", at(9), at(3))))
    assert (as_of(dossier, story, at(5)).stage, as_of(dossier, story, at(3)).stage) == ("lead", "customer")
    assert as_of(dossier, story, at(3)).highest == "customer"


# ---------------------------------------------------------------- moment by moment
DEMO = ScoreRule("Demo", Did(("form",), within=3 * DAY), 60)


def tried(dossier: Dossier, story: Past, threshold: int = 60, last: datetime = NOW, **more: ScoreRule) -> Trial:
    from syncd.core.types import Owner

    of = rules(
        gate(threshold=threshold, fit_share=0.0, engagement=tuple(more.values()) or (DEMO,), single_low_intent=True)
    )
    owner = Owner(Ref("salesforce", "User", "1"), "a@x.example", "A")
    return replay(dossier, story, Fate(BORN, last, 0, False), of, directory(owner), "portal")


def test_N4_it_passes_when_the_evidence_arrives() -> None:
    dossier, story = someone(did(days=11), arrived=10)
    trial = tried(dossier, story)
    assert (trial.passed, trial.score) == (at(10), 60)


def test_N4_evidence_that_arrived_after_the_last_moment_counts_for_nothing() -> None:
    dossier, story = someone(did(days=11), arrived=10)
    trial = tried(dossier, story, last=at(10.5))
    assert (trial.passed, trial.score) == (None, 0)


def test_N4_the_best_score_on_the_way_is_kept() -> None:
    dossier, story = someone(did(days=11), arrived=10)
    trial = tried(dossier, story, threshold=90)
    assert (trial.score, trial.passed, trial.tier) == (60, None, "")
    assert trial.decision is not None
    assert trial.decision.score.combined == 0  # the form is long ago at the end


def test_N4_time_alone_can_let_somebody_pass() -> None:
    """A form takes points for three days: nothing arrives when they are over."""
    dossier, story = someone(did(days=11), arrived=11)
    less = ScoreRule("Busy", Did(("form",), within=3 * DAY), -40)
    asked = ScoreRule("Asked", Did(("form",)), 70)
    trial = tried(dossier, story, threshold=70, less=less, asked=asked)
    assert trial.passed is not None
    assert at(8) <= trial.passed <= at(8) + DAY / 24


# ---------------------------------------------------------------- counting
histograms = st.dictionaries(
    st.integers(0, 100),
    st.tuples(st.integers(1, 50), st.integers(0, 50)).map(lambda t: [t[0], min(t), 0, 0]),
    min_size=1,
)


@given(histograms)
def test_N4_lift_is_one_on_average_and_shares_ties(scores: dict[int, list[int]]) -> None:
    people = sum(row[0] for row in scores.values())
    reached = sum(row[1] for row in scores.values())
    parts = lift(scores, 0, people)
    if not reached:
        assert parts == [None] * PARTS
        return
    assert sum(part for part in parts if part is not None) == PARTS
    if len(scores) == 1:
        assert parts == [Fraction(1)] * PARTS


def test_N4_precision_recall_and_lift_by_hand() -> None:
    """Ten people, scores 90 to 0; the best two are won, the third was accepted, and who scores 60 or more passes."""
    tally = Tally()
    dossier, story = someone(did(days=11), arrived=10)
    decision = tried(dossier, story).decision
    for n, level in enumerate([3, 3, 1, 0, 0, 0, 0, 1, 0, 0]):
        score = 90 - 10 * n
        passed = score >= 60
        tally.add(Trial(score, NOW, decision) if passed else Trial(score), Fate(BORN, NOW, level, tried=n != 3))
    assert (tally.people, tally.passed, tally.untried) == (10, 4, 1)
    assert (tally.hits, tally.there) == ([3, 2, 2], [4, 2, 2])
    assert tally.precision(0) == Fraction(3, 4)
    assert tally.recall(0) == Fraction(3, 4)
    assert tally.recall(2) == 1
    assert tally.lift(2) == [5, 5, *[0] * 8]
    assert dict(tally.entries) == {"score": 4}


def test_N4_nothing_to_divide_by_is_no_share() -> None:
    assert (Tally().precision(0), Tally().recall(0), Tally().lift(0)) == (None, None, [None] * PARTS)


def test_N4_fit_points_are_those_of_the_moment() -> None:
    moved = Moved("country", "no", "yes", at(5.5))
    dossier, story = someone(facts=(Fact(at(5), (moved,)),), country="yes")
    of = rules(gate(threshold=60, fit_share=1.0, fit=(points("Fits", "country", 60),)))
    assert replay(dossier, story, Fate(BORN, at(5.1), 0, False), of, directory(), "p").passed is None
    assert replay(dossier, story, Fate(BORN, NOW, 0, False), of, directory(), "p").passed == at(5)
