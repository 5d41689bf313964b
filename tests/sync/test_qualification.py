"""Who is ready, told over days: changes of role and company, points that fade, leads that wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from syncd.cli.explain import tell
from syncd.core.agreement import unsigned
from syncd.core.rules import Did, FieldIs, FieldMap, Gate, Ignore, Named, Rules, ScoreRule
from syncd.core.types import Ref
from syncd.ledger import people
from syncd.sync.story import explain
from tests.sync.house import House, example_rules

DAY = timedelta(days=1)


def house(**gate: Any) -> House:
    return House(rules=with_gate(example_rules(), **gate))


def with_gate(rules: Rules, **gate: Any) -> Rules:
    return replace(rules, gate=replace(rules.gate, **gate))


def story(of: House, person: Ref) -> dict[str, Any]:
    (found,) = people.find(of.ledger, str(person), "hubspot")
    return explain(of.ledger, of.rules, found)


def owner(of: House, lead: Ref) -> str:
    users = {ref.id: row.value.email for ref, row in of.salesforce.rows.items() if ref.kind == "User"}
    return str(users[of.salesforce.get(lead).fields["OwnerId"]])


def due(of: House) -> Any:
    return of.ledger.value("SELECT due FROM person")


# ---------------------------------------------------------------- changes
def test_S3_7_a_new_role_scores_anew_and_shows_before_and_after() -> None:
    at = house()
    ada = at.contact("ada", jobtitle="Student")
    at.sync()
    assert at.leads() == []
    assert story(at, ada)["moves"] == [], "the first sight of a title is no change"
    at.wait(days=1)
    at.hubspot.edit(ada, jobtitle="Managing Director")
    at.asks(ada)
    at.sync()
    assert len(at.leads()) == 1
    (move,) = story(at, ada)["moves"]
    assert move == {
        "sentence": "title changed on Wed 25 Nov 2026: “Student” → “Managing Director”", "fit_before": 20, "fit": 100,
    }  # fmt: skip


def test_S3_7_changed_within_opens_and_closes_by_itself() -> None:
    """A new title is worth a look for two days; then the person is decided again at that very moment, and no sooner."""
    new = ScoreRule("New role", FieldIs("title", "changed_within", 2 * DAY), 40)
    at = house(fit=(new,), engagement=(), fit_share=1.0, threshold=90, fit_minimum=0, engagement_minimum=0)
    ada = at.contact("ada", demo=False)
    at.sync()
    at.hubspot.edit(ada, jobtitle="Head of IT")
    at.sync()
    assert at.ledger.value("SELECT score FROM person") == 40
    changed = at.hubspot.get(ada).modified
    assert due(at) == int((changed + 2 * DAY).timestamp() * 1000)
    at.wait(days=1)
    assert at.sync().decided == 0, "nobody is looked at before"
    at.wait(days=1, minutes=1)
    assert at.sync().decided == 1
    assert at.ledger.value("SELECT score FROM person") == 0
    assert due(at) is None


def test_S3_7_a_new_company_reopens_the_routing_of_a_lead_that_came_back() -> None:
    at = house()
    ada = at.contact("ada")
    at.sync()
    (lead,) = at.leads()
    assert owner(at, lead.ref).startswith("anna")
    at.wait(days=1)
    at.salesforce.edit(lead.ref, Status="Recycled")
    at.settle_down()
    at.wait(days=5)
    at.hubspot.edit(ada, company="Brontë Mills", country="Ireland")
    at.asks(ada)
    at.settle_down()
    assert len(at.leads()) == 1
    assert owner(at, lead.ref) == "niamh.osullivan@syncd.example"
    why = story(at, ada)["handoffs"][-1]["route"]["why"]
    assert why[-1].startswith("company changed on ")


def test_S3_7_without_a_new_company_the_rep_keeps_the_lead() -> None:
    at = house()
    ada = at.contact("ada")
    at.sync()
    (lead,) = at.leads()
    at.wait(days=1)
    at.salesforce.edit(lead.ref, Status="Recycled")
    at.settle_down()
    at.wait(days=5)
    at.hubspot.edit(ada, country="Ireland")
    at.asks(ada)
    at.settle_down()
    assert owner(at, lead.ref).startswith("anna")


# ---------------------------------------------------------------- time
def test_S3_6_points_fade_and_each_change_is_decided_when_it_comes() -> None:
    """Twenty points that halve every day: twenty decisions until nothing is left, and then the person costs nothing."""
    fading = ScoreRule("Form", Did(("form",)), 20, half_life=DAY)
    at = house(fit=(), engagement=(fading,), fit_share=0.0, threshold=90, fit_minimum=0, engagement_minimum=0)
    at.contact("ada")
    seen = []
    at.sync()
    while (next_due := due(at)) is not None:
        seen.append(at.ledger.value("SELECT score FROM person"))
        ahead = next_due / 1000 - at.time.timestamp()
        at.wait(seconds=ahead - 1.5)
        assert at.sync().decided == 0, "half a second too early"
        assert at.sync().decided == 1
    assert seen == list(range(19, 0, -1))
    assert at.ledger.value("SELECT score FROM person") == 0
    at.wait(days=300)
    assert at.sync().decided == 0


def test_S0_20_a_waiting_lead_does_not_flicker() -> None:
    """Held because two records have its address; its score fades to just below the line, and it is still ready; further
    down it is not, and does not come back by the first points above."""
    fading = ScoreRule("Form", Did(("form",)), 100, half_life=DAY)
    only = {"fit": (), "engagement": (fading,), "fit_share": 0.0, "fit_minimum": 0, "engagement_minimum": 0}
    at = house(**only, threshold=60, hysteresis=10)
    ada = at.contact("ada")
    for _ in range(2):
        at.salesforce.person("Lead", {"Email": "ada@ada-works.example", "LastName": "Lovelace", "Company": "x"})
    at.sync()
    assert verdict(at).startswith("held: ")
    at.wait(hours=18)  # 100 → 58
    at.sync()
    told = story(at, ada)
    assert (told["score"]["combined"], verdict(at)[:5]) == (58, "held:")
    assert "was ready before, and stays so down to 50" in told["decision"]["matched"]
    at.wait(hours=8)
    at.sync()
    assert verdict(at) == "not ready"
    assert story(at, ada)["decision"]["missing"] == ["14 points short of 60"]


def verdict(of: House) -> str:
    return str(of.ledger.value("SELECT verdict FROM person"))


# ---------------------------------------------------------------- reach, persona, ignore
@pytest.mark.parametrize(
    ("known", "stage"),
    [({"email": None}, "contact"), ({}, "lead"), ({"email": None, "phone": "+49 30 1234567"}, "lead")],
    ids=["neither", "e-mail", "phone"],
)
def test_S0_23_who_cannot_be_reached_is_no_lead(known: dict[str, Any], stage: str) -> None:
    """HubSpot calls all three a lead."""
    at = house()
    ada = at.contact("ada", ready=False, **known)
    at.sync()
    assert story(at, ada)["stage"]["now"] == stage


def test_S4_5_explain_and_brief_show_the_persona_or_none() -> None:
    at = house()
    ada, bob = at.contact("ada"), at.contact("bob", jobtitle="Head of IT")
    at.sync()
    assert story(at, ada)["persona"] == "Managing director"
    assert "Persona: Managing director" in story(at, ada)["handoffs"][0]["brief"]
    assert story(at, bob)["persona"] == "none"
    assert "Persona: none" in story(at, bob)["handoffs"][0]["brief"]


def test_S0_19_explain_lists_what_does_not_count() -> None:
    at = house(ignore=(Ignore("Bots", Did(("page_view",), "pricing")),))
    ada = at.contact("ada")
    at.sync()
    assert story(at, ada)["ignored"] == ['Bots: 1 activity left out, looked at a page matching "pricing"']
    assert not [
        line for line in story(at, ada)["score"]["lines"] if "pricing" in line["name"].lower() and line["points"] == 6
    ]


# ---------------------------------------------------------------- another system's score
def borrowed(rules: Rules) -> Rules:
    source = "property:hubspotscore"
    hubspot = rules.maps["hubspot"]
    kind = rules.marketing_kind
    kind = replace(kind, fields={**kind.fields, source: FieldMap(source, "hubspotscore", "in", "number")})
    hubspot = replace(hubspot, kinds={"contacts": kind})
    rules = with_gate(rules, source=source, fit_minimum=0, engagement_minimum=0)
    return replace(rules, maps={**rules.maps, "hubspot": hubspot})


def test_pain_7_an_old_score_of_another_system_does_not_fire_again() -> None:
    """HubSpot's score stays at 80 when sales give Ada back: a visit alone brings nothing, a higher score does."""
    at = House(rules=borrowed(example_rules()))
    ada = at.contact("ada", demo=False, hubspotscore="80")
    at.sync()
    (lead,) = at.leads()
    assert story(at, ada)["score"]["source"] == "property:hubspotscore"
    at.wait(days=1)
    at.salesforce.edit(lead.ref, Status="Recycled")
    at.settle_down()
    at.wait(days=35)
    at.hubspot.activity("page_view", [ada], at=at.time, title="Pricing")
    at.settle_down()
    assert story(at, ada)["missing"] == ["property:hubspotscore has not risen since sales gave it back"]
    at.hubspot.edit(ada, hubspotscore="85")
    at.settle_down()
    assert len(story(at, ada)["handoffs"]) == 2


# ---------------------------------------------------------------- the agreement
@pytest.mark.parametrize(
    ("signed", "told"),
    [("", False), ("v1", False), ("v0", True)],
    ids=["nobody noted a version", "as signed", "changed since"],
)
def test_S0_9_an_unsigned_change_is_flagged(signed: str, told: bool) -> None:
    gate = Gate(60, (), (), agreed_by=("Ada", "Bob"), agreed_on="2026-11-01", agreed_version=signed)
    found = unsigned(replace(example_rules(), gate=gate, agreement="v1"))
    assert (found is not None) is told
    if found is not None:
        assert found.sentence == (
            "The rules for a lead being ready are unsigned: version v0 was signed by Ada and Bob on 2026-11-01, this is v1."
        )
        assert 'agreed_version = "v1"' in found.fix


def test_S0_13_an_exception_is_marked_in_explain() -> None:
    small = Named(
        "Too small",
        FieldIs("employees", "in", ("100-500",)),
        (Named("Partner", FieldIs("company", "matches", "^Ada")),),
    )
    at = house(vetoes=(small,))
    ada = at.contact("ada")
    at.sync()
    assert len(at.leads()) == 1
    assert story(at, ada)["decision"]["exceptions"] == [
        'Too small: exception “Partner”, company is "Ada Works"; employees is "100-500"'
    ]


def test_N2_explain_prints_persona_change_exception_fading_and_what_was_left_out(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Ada was an assistant, is a managing director now, and looked at a job advertisement; her company is an exception."""
    small = Named(
        "Too small",
        FieldIs("employees", "in", ("100-500",)),
        (Named("Partner", FieldIs("company", "matches", "^Ada")),),
    )
    fading = tuple(replace(rule, half_life=7 * DAY) for rule in example_rules().gate.engagement)
    at = house(vetoes=(small,), engagement=fading, ignore=(Ignore("Jobs", Did(("page_view",), "/jobs")),))
    ada = at.contact("ada", jobtitle="Assistant")
    at.sync()
    at.wait(days=1)
    at.hubspot.edit(ada, jobtitle="Managing Director")
    at.hubspot.activity("page_view", [ada], at=at.time, title="Jobs", url="https://www.syncd.example/jobs")
    at.sync()
    tell(story(at, ada), {})
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert "persona: Managing director" in lines
    assert "title changed on Wed 25 Nov 2026: “Assistant” → “Managing Director” (fit 20 → 100)" in lines
    assert '+  exception: Too small: exception “Partner”, company is "Ada Works"; employees is "100-500"' in lines
    assert '.  Jobs: 1 activity left out, looked at a page matching "/jobs"' in lines
    (demo,) = [line for line in lines if line.startswith("+54  Asked for a demo")]
    assert demo.endswith("60 points when new, half of it every 7 days")
