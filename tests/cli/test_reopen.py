"""T14, S3.14: `syncd reopen`, the only way back out of the trash; and what `explain` then says of stages (B4)."""

from __future__ import annotations

from tests.cli.place import Place


def test_T14_S3_14_trash_is_reopened_by_a_named_person(approved: Place) -> None:
    lead = approved.leads()[0]
    email = str(lead["Email"]).lower()
    missing = approved.syncd("reopen", email)
    assert (missing.code, "--by" in missing.err) == (2, True)
    early = approved.syncd("reopen", email, "--by", "Ruth Adler", "--reason", "was a mistake")
    assert early.code == 2
    assert f"{email} is not trash" in early.err
    approved.control("salesforce", "record", sobject="Lead", id=lead["Id"], fields={"Status": "Closed - Not Converted"})
    approved.syncd("sync")
    said = approved.syncd("reopen", email, "--by", "Ruth Adler", "--reason", "was a mistake")
    assert said.code == 0
    assert "reopened by Ruth Adler: was a mistake. It counts with the next sync." in said.out
    again = approved.syncd("reopen", email, "--by", "Ruth Adler", "--reason", "twice")
    assert "was not taken in yet" in again.err
    approved.syncd("sync")
    text = approved.syncd("explain", email).out
    assert "stage: Lead, because of: T14 reopened by Ruth Adler: was a mistake" in text
    assert "Trash → Lead: T14 reopened by Ruth Adler: was a mistake" in text


def test_B7_explain_speaks_the_names_of_the_label_set_and_json_keeps_ours(approved: Place) -> None:
    email = str(approved.leads()[0]["Email"])
    approved.edit('labels = "seeds"', 'labels = "sirius2012"')
    assert "stage: Sales accepted lead (SAL), because of: status in_progress" in approved.syncd("explain", email).out
    assert approved.syncd("explain", email, "--json").json["stage"]["now"] == "sal"
    assert "Sales accepted lead (SAL)" in approved.syncd("status").out
