"""What `load` makes of a sound configuration."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from config_workshop import ENVIRON, ROOT

from syncd.config import load, needs
from syncd.config.mapping_models import FieldEntry
from syncd.config.models import Brakes, Handoff, Qualify, Route
from syncd.config.words import DISPOSITIONS, STAGES
from syncd.core import rules as core
from syncd.core.rules import All, AnyOf, Did, FieldIs, Not

EXAMPLE = ROOT / "config.example.toml"


def test_the_example_is_sound() -> None:
    config = load(EXAMPLE, environ=ENVIRON)
    assert config.path == EXAMPLE
    assert config.ledger == ROOT / "syncd.db"
    assert config.poll == timedelta(seconds=60)
    assert config.rules.routing.fallback
    assert {t.name for t in config.rules.gate.tiers} == {"hot", "warm"}
    assert config.salesforce is not None
    assert config.salesforce.timeout == 60.0


def test_the_example_shows_every_key() -> None:
    """Nobody should have to look elsewhere for what can be configured: each key stands there, set or commented out."""
    from syncd.config.schema import config_schema

    text = EXAMPLE.read_text()
    schema = config_schema()
    keys = {key for table in [schema, *schema["$defs"].values()] for key in table["properties"]}
    assert {key for key in keys if key not in text} == set()


def test_the_ledger_is_absolute_and_beside_the_configuration(shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop.folder)
    assert load(Path("config.toml"), environ=ENVIRON).ledger == shop.folder / "syncd.db"


def test_own_mappings_and_shipped_ones(shop) -> None:
    shop.mapping("hubspot", ('remote = "jobtitle"', 'remote = "my_title"'))
    assert shop.load().rules.marketing_kind.fields["title"].remote == "my_title"
    shop.config(('mappings = "maps"\n', ""))
    assert shop.load().rules.marketing_kind.fields["title"].remote == "jobtitle"


# ---------------------------------------------------------------- conditions
@pytest.mark.parametrize(
    ("toml", "condition"),
    [
        ('field = "title"\nin = ["CEO", 5, true]', FieldIs("title", "in", ("CEO", "5", "true"))),
        ('field = "title"\nnot_in = ["CEO"]', FieldIs("title", "not_in", ("CEO",))),
        ('field = "title"\ncontains_any = ["chief"]', FieldIs("title", "contains_any", ("chief",))),
        ('field = "postal_code"\nstarts_with = ["10", 12]', FieldIs("postal_code", "starts_with", ("10", "12"))),
        ('field = "title"\nmatches = "^a"', FieldIs("title", "matches", "^a")),
        ('field = "revenue"\nmin = 0', FieldIs("revenue", "min", 0.0)),
        ('field = "revenue"\nmax = 1.5', FieldIs("revenue", "max", 1.5)),
        ('field = "title"\npresent = true', FieldIs("title", "present")),
        ('field = "title"\nabsent = true', FieldIs("title", "absent")),
        ('activity = "form"', Did(("form",))),
        (
            'activity = ["call", "email"]\nmatches = "x"\nwithin = "2w"\ncount = 3',
            Did(("call", "email"), "x", timedelta(weeks=2), 3),
        ),
        ('not = { field = "title", absent = true }', Not(FieldIs("title", "absent"))),
        (
            'any = [{ field = "title", present = true }, { all = [{ activity = "form" }] }]',
            AnyOf((FieldIs("title", "present"), All((Did(("form",)),)))),
        ),
    ],
)
def test_condition(shop, toml: str, condition: core.Condition) -> None:
    shop.config(('field = "title"\nmatches = "(?i)director"', toml))
    assert shop.load().rules.gate.fit[0].when == condition


def test_rules_in_order(shop) -> None:
    shop.config(
        ("threshold = 60", "threshold = 70\nfit_share = 0.25\ntiers = { warm = 70, hot = 90 }"),
        ("[route]", '[qualify.hand_raise]\nactivity = "form"\n\n[route]'),
    )
    gate = shop.load().rules.gate
    assert (gate.threshold, gate.fit_share) == (70, 0.25)
    assert [(t.name, t.minimum) for t in gate.tiers] == [("hot", 90), ("warm", 70)]
    assert gate.hand_raise == Did(("form",))
    (visits,) = gate.engagement
    assert (visits.points, visits.each, visits.cap) == (5, True, 40)


# ---------------------------------------------------------------- version
def test_S0_7_the_version_follows_what_decides(shop) -> None:
    def version(*edits: tuple[str, str]) -> str:
        before = shop.path.read_text()
        shop.config(*edits)
        found = shop.load().rules.version
        shop.path.write_text(before)
        return found

    unchanged = version()
    assert version(("acme.my.", "other.my.")) == unchanged
    assert version(('env = "SYNCD_HUBSPOT_TOKEN"', 'env = "SYNCD_SALESFORCE_CLIENT_ID"')) == unchanged
    assert version(("threshold = 60", 'threshold = 60\nagreed_by = ["Sales: P. Okafor"]')) == unchanged
    assert version(("[route]", "[brakes]\nhandoffs = 5\n\n[route]")) == unchanged
    assert version(("[qualify]", "# a comment\n[qualify]")) == unchanged
    changed = {
        version(("threshold = 60", "threshold = 61")),
        version(("points = 60", "points = 61")),
        version(('in = ["Norway"]', 'not_in = ["Norway"]')),
        version(("olav@", "ole@")),
        version(("[route]", '[handoff]\ntask_due = "5h"\n\n[route]')),
        version(('within = "14d"', 'within = "15d"')),
    }
    assert len(changed) == 6
    assert unchanged not in changed


def test_all_and_any_are_not_the_same_rules(shop) -> None:
    versions = set()
    for word in ("all", "any"):
        before = shop.path.read_text()
        shop.config(('field = "title"\nmatches = "(?i)director"', f'{word} = [{{ field = "title", present = true }}]'))
        versions.add(shop.load().rules.version)
        shop.path.write_text(before)
    assert len(versions) == 2


def test_the_version_follows_the_mapping(shop) -> None:
    before = shop.load().rules.version
    shop.mapping("hubspot", ('remote = "jobtitle"', 'remote = "my_title"'))
    assert shop.load().rules.version != before


# ---------------------------------------------------------------- defaults
def test_defaults_are_those_of_the_core() -> None:
    def defaults(of: type) -> dict[str, object]:
        return {f.name: f.default for f in dataclasses.fields(of) if f.default is not dataclasses.MISSING}

    for model, rule in (
        (Qualify, core.Gate),
        (Route, core.Routing),
        (Brakes, core.Brakes),
        (FieldEntry, core.FieldMap),
    ):
        ours = {name: f.default for name, f in model.model_fields.items()}
        shared = {name for name in defaults(rule) if isinstance(ours.get(name), str | int | float | bool)}
        assert {n: ours[n] for n in shared} == {n: defaults(rule)[n] for n in shared}
        assert shared
    history = core.History()
    assert (Handoff().history, Handoff().history_latest, Handoff().history_window) == (
        history.mode, history.latest, history.window,
    )  # fmt: skip
    rules = {f.name: f.default for f in dataclasses.fields(core.Rules)}
    assert (Handoff().task_due, Handoff().hold_ambiguous) == (rules["task_due"], rules["hold_ambiguous"])


# ---------------------------------------------------------------- needs
def test_needs_of_marketing(shop) -> None:
    found = {need.field: need for need in needs(shop.load().rules, "hubspot")}
    assert {need.kind for need in found.values()} == {"contacts"}
    stage = found["lifecyclestage"]
    assert (stage.read, stage.write, stage.values[2]) == (True, True, "marketingqualifiedlead")
    assert found["syncd_stage"].values == STAGES
    assert found["syncd_disposition"].values == DISPOSITIONS
    assert (found["syncd_handoff_no"].read, found["syncd_handoff_no"].write) == (True, True)
    assert "hs_lead_status" not in found, "sales' status is no business of a marketing-only portal"
    assert not found["hubspot_owner_id"].write
    assert found["jobtitle"].required, "a rule asks for it"
    assert not found["challenge"].required, "nice to have"


def test_needs_of_the_crm(shop) -> None:
    found = {(need.kind, need.field): need for need in needs(shop.load().rules, "salesforce")}
    status = found["Lead", "Status"]
    assert status.write
    assert "Open - Not Contacted" in status.values
    assert found["Lead", "syncd_hs_id__c"].write
    assert found["Lead", "OwnerId"].write
    assert found["Contact", "syncd_disposition__c"].values == DISPOSITIONS
    assert not found["Contact", "syncd_disposition__c"].write
    assert found["Lead", "syncd_brief__c"].write
    assert len(found) == len(needs(shop.load().rules, "salesforce")), "one row each"


def test_S4_14_needs_when_hubspot_is_both(shop) -> None:
    shop.config(('crm = "salesforce"', 'crm = "hubspot"'))
    found = {need.field: need for need in needs(shop.load().rules, "hubspot")}
    assert found["hs_lead_status"].write
    assert found["hubspot_owner_id"].write
    assert not found["hs_object_id"].write
    assert found["syncd_disposition"].write


# ---------------------------------------------------------------- cheap to import
def test_importing_the_package_does_not_import_pydantic() -> None:
    code = "import sys, syncd.config; print(sorted({'pydantic', 'tomlkit', 'tomllib'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "pydantic" not in done.stdout
    assert "tomlkit" not in done.stdout
