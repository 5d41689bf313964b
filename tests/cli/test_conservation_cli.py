"""`syncd conservation` as a user types it."""

from __future__ import annotations

import csv
import io

import pytest

from tests.cli.place import Place


def test_N3_S4_21_conservation_on_the_screen_as_json_and_as_a_sheet(approved: Place) -> None:
    told = approved.syncd("conservation", "--last", "60d")
    assert told.code == 0, told.out + told.err
    assert "Where they are" in told.out
    assert "It balances: every MQL is accounted for, and both systems agree." in told.out
    found = approved.syncd("conservation", "--last", "60d", "--json").json
    assert found["balanced"]
    assert sum(found["buckets"].values()) == found["mqls"] == len(found["leads"]) > 0
    moments = {name: found[name] for name in ("from", "until")}  # those of the call
    assert found == approved.syncd("conservation", "--last", "60", "--format", "json").json | moments
    rows = list(csv.DictReader(io.StringIO(approved.syncd("conservation", "--last", "60d", "--format", "csv").out)))
    leads = [row for row in rows if row["kind"] == "lead"]
    assert len(leads) == found["mqls"]
    assert {row["where"] for row in leads} == {bucket for bucket, n in found["buckets"].items() if n}
    all_of_them = approved.syncd("conservation", "--last", "60d", "--all").out
    held = next(lead for lead in found["leads"] if lead["where"] == "held")
    assert held["email"] in all_of_them.split("Not handed over")[1]

    lead = approved.leads()[0]
    approved.control("salesforce", "delete", sobject="Lead", id=lead["Id"])
    told = approved.syncd("conservation")
    assert told.code == 1
    assert f"! {lead['Email'].lower()}  salesforce/Lead/{lead['Id']}" in told.out
    assert "Somebody deleted the record of handoff 1 in Salesforce. Restore it" in told.out

    approved.down("salesforce")
    told = approved.syncd("conservation")
    assert told.code == 3
    assert "! Salesforce could not be asked: " in told.out


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--last", "soon"), "'soon' is no number of days; write it as 30d."),
        (("--last", "3d", "--from", "2026-11-01"), "--last and --from exclude each other."),
        (("--from", "2026-11-02", "--to", "2026-11-01"), "The window ends before it begins."),
        (("--from", "yesterday"), "'yesterday' does not match the format '%Y-%m-%d'."),
    ],
)
def test_a_window_that_is_none_is_refused(place: Place, options: tuple[str, ...], sentence: str) -> None:
    told = place.syncd("conservation", *options)
    assert (told.code, sentence in told.err) == (2, True), told.err


def test_N3_before_the_first_sync_every_mql_of_hubspot_is_not_seen_yet(place: Place) -> None:
    found = place.syncd("conservation", "--last", "60d", "--json").json
    assert found["mqls"] == found["buckets"]["pending"] == found["counts"][0]["says"] > 0
