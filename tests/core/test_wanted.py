"""What syncd wants of both systems, out of the mapping: which fields, of which types, and what is lost without them."""

from __future__ import annotations

from pathlib import Path

from syncd.config import load, needs
from syncd.core.rules import Rules
from syncd.core.types import Problem
from syncd.core.wanted import EDIT, READ, Wanted, explained, wanted

ROOT = Path(__file__).parents[2]


def rules() -> Rules:
    return load(ROOT / "config.example.toml", environ={}, resolve=False).rules


def of(system: str) -> dict[str, Wanted]:
    found = rules()
    rows = wanted(found, system, {(need.kind, need.field): need.values for need in needs(found, system)})
    assert len({str(row) for row in rows}) == len(rows)
    return {str(row): row for row in rows}


def test_S4_7_every_field_that_the_mapping_uses_is_wanted_once() -> None:
    found = rules()
    for system in ("hubspot", "salesforce"):
        kinds = set(found.maps[system].kinds)
        used = {f"{need.kind}.{need.field}" for need in needs(found, system) if need.kind in kinds}
        assert used - set(of(system)) <= {"contacts.hs_object_id"}


def test_the_key_is_a_short_unique_text() -> None:
    key = of("salesforce")["Lead.syncd_hs_id__c"]
    assert (key.type, key.length, key.unique, key.make) == ("text", 32, True, True)
    assert "made twice" in key.lost


def test_S1_24_the_four_dispositions_are_choices_that_reps_write() -> None:
    for name in ("Lead.syncd_disposition__c", "Contact.syncd_disposition__c"):
        row = of("salesforce")[name]
        assert (row.type, row.reps) == ("choice", EDIT)
        assert row.values == ("qualified", "recycle", "could_not_reach", "trash")
    assert of("hubspot")["contacts.syncd_disposition"].values == ("qualified", "recycle", "could_not_reach", "trash")


def test_types_and_who_uses_them() -> None:
    found = of("salesforce")
    told = {name: (found[f"Lead.syncd_{name}__c"].type, found[f"Lead.syncd_{name}__c"].reps) for name in
            ("score", "brief", "handed_over_at", "reason", "not_before")}  # fmt: skip
    assert told == {
        "score": ("number", READ), "brief": ("long", READ), "handed_over_at": ("datetime", READ),
        "reason": ("text", EDIT), "not_before": ("date", EDIT),
    }  # fmt: skip
    assert of("hubspot")["contacts.syncd_opportunity_amount"].type == "money"


def test_what_is_only_read_is_not_made() -> None:
    assert not of("hubspot")["contacts.challenge"].make
    assert not of("salesforce")["Lead.Status"].make
    assert "Recycled" in of("salesforce")["Lead.Status"].values


def test_S3_3_a_finding_says_what_is_lost_and_how_to_make_it() -> None:
    rows = list(of("salesforce").values())
    bare = Problem("field_missing", "salesforce/Lead/syncd_reason__c", "It is not there.", "Create it.")
    told = explained(bare, rows)
    assert told.sentence == "It is not there. Without it sales' answers come without a reason."
    assert "`syncd setup`" in told.fix
    assert (told.kind, told.subject) == (bare.kind, bare.subject)
    for other in (
        Problem("credentials", "salesforce/Lead/syncd_reason__c", "No."),
        Problem("field_missing", "salesforce/Lead/Nix", "No."),
    ):
        assert explained(other, rows) == other
