"""try, backtest, import: new rules on today's people, on the past, and on the past of others."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from tests.cli.place import PATIENCE, Place, Ran

LEADS = """\
id,at,email,title,company,phone
L1,2025-07-01,ada@a.example,CEO,A,+49 30 1
L2,2025-07-02T10:00:00+02:00,bob@b.example,Intern,B,+33 1
"""
VISITS = """\
email,time,activity,title
ADA@a.example,2025-07-03,form,Demo request
bob@b.example,2025-07-03,page_view,Blog
"""
DEALS = "id,date,outcome\nL1,2025-08-01,won\n"
SECRETS = ("hubspot_token", "salesforce_client_id", "salesforce_client_secret")


@pytest.fixture
def desk(place: Place) -> Place:
    """A configuration with new rules beside it, whose threshold is lower, and tables of past leads. Nobody listens on the
    addresses of the systems, and no secret is there."""
    for name in ("hubspot", "salesforce"):
        place.down(name)
    for name in SECRETS:
        (place.folder / f"syncd.{name}").unlink()
    text = place.config.read_text(encoding="utf-8")
    assert "threshold = 60 " in text
    (place.folder / "new.toml").write_text(
        text.replace("threshold = 60 ", "threshold = 20 ").replace("fit_minimum = 75", "fit_minimum = 0"),
        encoding="utf-8",
    )
    for name, table in (("leads.csv", LEADS), ("visits.csv", VISITS), ("deals.csv", DEALS)):
        (place.folder / name).write_text(table, encoding="utf-8")
    return place


def imported(desk: Place, *more: str) -> Ran:
    return desk.syncd("import", "leads.csv", "visits.csv", "deals.csv", "--into", "past.db", *more)


NEW = ("--config", "new.toml", "--ledger", "past.db")


# ---------------------------------------------------------------- the three commands
def test_S0_7_new_rules_are_tried_on_the_past_beside_those_in_force(desk: Place) -> None:
    ran = imported(desk)
    assert ran.out == "Made past.db: 2 people, 2 activities and 1 outcome; 0 rows left out.\n"
    told = desk.syncd("backtest", *NEW, "--since", "2025-06-01", "--json").json
    assert told["looked_at"] == 2
    assert (told["new"]["passed"], told["force"]["passed"]) == (1, 0)
    (row,) = told["people"]
    assert (row["change"], row["email"], row["outcome"]) == ("enters", "ada@a.example", "won")
    assert row["new_passed"] == "2025-07-03T00:00:00+00:00"
    assert told["new"]["outcomes"]["won"]["precision"] == told["new"]["outcomes"]["won"]["recall"] == 1.0
    text = desk.syncd("backtest", *NEW, "--since", "2025-06-01").out
    assert "This ledger knows nothing before 2025-07-01 00:00 UTC." in text
    assert "\nwon\t1\t1\t100.0%\t100.0%\t0\t\t0.0%\n" in text
    assert "enters\tada@a.example\t2025-07-03 00:00\t" in text


def test_S3_12_try_needs_no_system_and_no_secret(desk: Place) -> None:
    imported(desk)
    told = desk.syncd("try", *NEW, "--json").json
    assert (told["looked_at"], told["leaves"]) == (2, 0)
    text = desk.syncd("try", *NEW)
    assert text.code == 0
    assert text.out.startswith("2 people, as of 2025-08-01 00:00 UTC; rules ")
    sheet = desk.syncd("try", *NEW, "--csv", "-").out
    assert next(csv.reader(io.StringIO(sheet)))[:3] == ["change", "lineage", "email"]


def test_S3_12_the_ledger_stays_as_it_is(desk: Place) -> None:
    imported(desk)
    before = (desk.folder / "past.db").read_bytes()
    desk.syncd("try", *NEW)
    desk.syncd("backtest", *NEW, "--since", "2025-06-01")
    assert (desk.folder / "past.db").read_bytes() == before


def test_S3_12_the_people_of_a_csv_file_are_safe_for_spreadsheets(desk: Place) -> None:
    (desk.folder / "leads.csv").write_text(LEADS.replace("ada@a.example", "=ada@a.example"), encoding="utf-8")
    (desk.folder / "visits.csv").write_text(VISITS.replace("ADA@a.example", "=ada@a.example"), encoding="utf-8")
    imported(desk)
    assert (
        desk.syncd("backtest", *NEW, "--since", "2025-06-01", "--csv", "all.csv").out == "Wrote 1 person to all.csv.\n"
    )
    (row,) = csv.DictReader(io.StringIO((desk.folder / "all.csv").read_text(encoding="utf-8")))
    assert row["email"] == "'=ada@a.example"


@pytest.mark.parametrize("command", [["try"], ["backtest", "--since", "2025-01-01"]])
def test_an_empty_ledger_says_what_to_do(desk: Place, command: list[str]) -> None:
    ran = desk.syncd(*command, "--config", "new.toml")
    assert ran.code == 0
    assert "is empty. Bring it up to date with `syncd sync`" in ran.err


def test_complaints_about_both_configurations_come_at_once(desk: Place) -> None:
    desk.edit("threshold = 60 ", "threshold = 600 ")
    (desk.folder / "new.toml").write_text("[syncd]\ncrm = 1\n", encoding="utf-8")
    ran = desk.syncd("try", "--config", "new.toml")
    assert ran.code == 2
    assert "new.toml:2: " in ran.err
    assert "syncd.toml:" in ran.err


def test_rules_for_other_systems_are_no_alternative(desk: Place) -> None:
    text = (desk.folder / "new.toml").read_text(encoding="utf-8")
    (desk.folder / "new.toml").write_text(text.replace('crm = "salesforce"', 'crm = "hubspot"'), encoding="utf-8")
    ran = desk.syncd("try", "--config", "new.toml")
    assert ran.code == 2
    assert "the new rules are for hubspot and hubspot, and those in force for hubspot and salesforce" in ran.err


def test_S3_15_any_field_can_be_counted_by_and_an_unknown_one_is_refused(desk: Place) -> None:
    imported(desk)
    told = desk.syncd("backtest", *NEW, "--since", "2025-06-01", "--by", "title", "--json").json
    assert told["groups"]["CEO"] == {"people": 1, "new": 1, "force": 0, "accepted": 1, "opportunity": 1, "won": 1}
    assert "\nCEO\t1\t1\t0\t1 (100.0%)\t" in desk.syncd("backtest", *NEW, "--since", "2025-06-01", "--by", "title").out
    ran = desk.syncd("backtest", *NEW, "--since", "2025-06-01", "--by", "titel")
    assert ran.code == 2
    assert "--by titel: the mapping has no such field." in ran.err


def test_a_window_must_end_after_it_begins(desk: Place) -> None:
    ran = desk.syncd("backtest", *NEW, "--since", "2025-06-01", "--until", "2025-06-01")
    assert ran.code == 2
    assert "--until must be later than --since." in ran.err


# ---------------------------------------------------------------- an imported ledger
@pytest.mark.parametrize(
    "command",
    [["sync"], ["plan"], ["undo", "1", "--apply"], ["problems", "retry"]],
    ids=lambda c: c[0],
)
def test_N4_nothing_is_ever_sent_from_an_imported_ledger(desk: Place, command: list[str]) -> None:
    imported(desk)
    shutil.move(desk.folder / "past.db", desk.ledger)
    secrets(desk)
    before = desk.ledger.read_bytes()
    ran = desk.syncd(*command)
    assert ran.code == 4
    assert "was imported from tables; nothing is ever sent from it." in ran.err
    assert desk.ledger.read_bytes() == before


def test_N4_the_daemon_does_not_run_on_an_imported_ledger(desk: Place) -> None:
    imported(desk)
    shutil.move(desk.folder / "past.db", desk.ledger)
    secrets(desk)
    daemon = desk.start("run")
    _, told = daemon.communicate(timeout=PATIENCE)
    assert daemon.returncode == 4
    assert "was imported from tables; nothing is ever sent from it." in told


def test_an_existing_file_is_never_touched(desk: Place) -> None:
    (desk.folder / "past.db").write_text("mine", encoding="utf-8")
    ran = imported(desk)
    assert ran.code == 4
    assert "There is a file at past.db already." in ran.err
    assert (desk.folder / "past.db").read_text(encoding="utf-8") == "mine"


# ---------------------------------------------------------------- bad tables
def test_N4_bad_rows_are_listed_with_line_and_reason_and_nothing_is_imported(desk: Place) -> None:
    (desk.folder / "leads.csv").write_text(
        LEADS
        + "L3,soon,c@c.example,CEO,C,+33 1\n,2025-07-01,d@d.example,,,\n"
        + 'L5,2025-07-01,"two\nlines",x\nL1,2025-07-01,a@a.example,,,\n',
        encoding="utf-8",
    )
    (desk.folder / "deals.csv").write_text(DEALS + "L9,2025-08-01,won\nL1,2025-08-01,bought\n", encoding="utf-8")
    ran = imported(desk)
    assert ran.code == 2
    assert ran.err.splitlines() == [
        "leads.csv:4: “at” is “soon”, not an ISO date or time, such as 2026-03-31 or 2026-03-31T14:05:00Z.",
        "leads.csv:5: nobody is named in “id”.",
        "leads.csv:6: the row has 4 cells, and the header 6.",
        "leads.csv:8: “L1” is there twice at 2025-07-01T00:00:00+00:00.",
        "deals.csv:3: nobody is known as “L9”.",
        "deals.csv:4: “bought” is none of: accepted, sql, opportunity, won, lost, recycled, unreachable, trash.",
        "Nothing was imported. Mend the rows, or leave them out with --skip-bad.",
    ]
    assert list(desk.folder.glob("past*")) == list(desk.folder.glob(".plan*")) == []
    ran = imported(desk, "--skip-bad", "--json")
    assert (ran.code, ran.json["persons"], ran.json["outcomes"], len(ran.json["skipped"])) == (0, 2, 1, 6)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("", "leads.csv: the table is empty. Its first line must name every column."),
        ("id,id,at\n", "leads.csv:1: the table has the column “id” twice."),
        ("id,,at\n", "leads.csv:1: the table has a column without a name."),
        ("id,title\nL1,CEO\n", "leads.csv:1: no column says when (at, time or date)."),
        ("name,at\nA,2025-07-01\n", "leads.csv:1: no column says who it is about (id or email)."),
        ('id,at\nL1,"2025-07-01\n', "leads.csv:2: the row cannot be read: unexpected end of data."),
    ],
)
def test_a_table_that_cannot_be_read_says_why(desk: Place, table: str, complaint: str) -> None:
    (desk.folder / "leads.csv").write_text(table, encoding="utf-8")
    ran = desk.syncd("import", "leads.csv", "--into", "past.db")
    assert ran.code == 2
    assert complaint in ran.err
    assert not (desk.folder / "past.db").exists()


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("utf-8", "|")]
)
def test_encodings_and_delimiters_are_found_out(desk: Place, encoding: str, delimiter: str) -> None:
    table = LEADS.replace(",", delimiter).replace("CEO", "Geschäftsführer").replace("\n", "\r\n")
    (desk.folder / "leads.csv").write_bytes(table.encode(encoding))
    assert desk.syncd("import", "leads.csv", "--into", "past.db").code == 0
    people = desk.syncd("rank", "--json", "-c", str(_on(desk, "past.db"))).json["people"]
    assert {p["email"] for p in people} == {"ada@a.example", "bob@b.example"}


def test_another_encoding_is_named_or_complained_about(desk: Place) -> None:
    (desk.folder / "leads.csv").write_bytes(LEADS.replace("CEO", "Geschäftsführer").encode("cp1252"))
    ran = desk.syncd("import", "leads.csv", "--into", "past.db")
    assert ran.code == 2
    assert ran.err.startswith("leads.csv:2: this is not utf-8 text. Save it as UTF-8")
    described = """
[[people]]
file = "leads.csv"
id = "id"
at = "at"
encoding = "cp1252"
fields = { email = "email", title = "title" }
"""
    (desk.folder / "import.toml").write_text(described, encoding="utf-8")
    assert desk.syncd("import", "leads.csv", "--into", "past.db", "--map", "import.toml").code == 0


def secrets(desk: Place) -> None:
    for name in SECRETS:
        (desk.folder / f"syncd.{name}").touch(mode=0o600)
        (desk.folder / f"syncd.{name}").write_text("x" * 20, encoding="utf-8")


def _on(desk: Place, ledger: str) -> Path:
    path = desk.folder / "on.toml"
    text = desk.config.read_text(encoding="utf-8")
    secrets(desk)
    path.write_text(text.replace('ledger = "syncd.db"', f'ledger = "{ledger}"'), encoding="utf-8")
    return path


# ---------------------------------------------------------------- a description
def test_a_description_is_complained_about_whole(desk: Place) -> None:
    (desk.folder / "import.toml").write_text(
        """
[[people]]
file = "leads.csv"
id = "id"
at = "At"
fields = { titel = "title", company = "firm" }
[[people]]
file = "leed.csv"
id = "id"
[[outcomes]]
file = "deals.csv"
person = "id"
at = "date"
outcome = "outcome"
encoding = "klingon"
""",
        encoding="utf-8",
    )
    ran = desk.syncd("import", "leads.csv", "deals.csv", "--into", "past.db", "--map", "import.toml")
    assert ran.code == 2
    assert [line.partition(" ")[0] for line in ran.err.splitlines()] == [f"import.toml:{n}:" for n in (7, 8, 15)]
    assert "Did you mean `leads.csv`?" in ran.err
    good = (desk.folder / "import.toml").read_text(encoding="utf-8").replace('encoding = "klingon"\n', "")
    good = good.replace('[[people]]\nfile = "leed.csv"\nid = "id"\n', "")
    (desk.folder / "import.toml").write_text(good, encoding="utf-8")
    ran = desk.syncd("import", "leads.csv", "deals.csv", "--into", "past.db", "--map", "import.toml")
    assert "import.toml:5: the table has no column “At”." in ran.err
    assert "import.toml:6: the table has no column “firm”." in ran.err
    assert "import.toml:6: the mapping has no field “titel”." in ran.err


def test_a_file_that_no_table_is_about_is_not_forgotten(desk: Place) -> None:
    (desk.folder / "import.toml").write_text('[[people]]\nfile = "leads.csv"\nid = "id"\nat = "at"\n', encoding="utf-8")
    ran = desk.syncd("import", "leads.csv", "deals.csv", "--into", "past.db", "--map", "import.toml")
    assert ran.code == 2
    assert "the file deals.csv is in no table of import.toml." in ran.err


def test_times_have_a_zone_and_values_a_type(desk: Place) -> None:
    (desk.folder / "import.toml").write_text(
        '[[people]]\nfile = "leads.csv"\nid = "id"\nat = "at"\ntimezone = "America/New_York"\nformat = "%d/%m/%Y %H:%M"\n'
        'fields = { page_views = "visits" }\nempty = ["?"]\nwhere = { kept = ["yes"] }\n',
        encoding="utf-8",
    )
    table = "id,at,visits,kept\nL1,01/07/2025 20:00,3,yes\nL2,02/07/2025 20:00,?,yes\nL3,2025,1,no\n"
    table += "L4,03/07/2025 20:00,many,yes\n"
    (desk.folder / "leads.csv").write_text(table, encoding="utf-8")
    told = ("import", "leads.csv", "--into", "past.db", "--map", "import.toml")
    assert "leads.csv:5: “visits” is “many”, and `page_views` is of the type number." in desk.syncd(*told).err
    assert desk.syncd(*told, "--skip-bad").code == 0
    text = json.dumps(desk.syncd("backtest", *NEW, "--since", "2025-06-01", "--json").json)
    assert '"ledger_began": "2025-07-02T00:00:00+00:00"' in text


# ---------------------------------------------------------------- a ledger of real syncs
def test_N4_the_rules_in_force_pass_whom_they_handed_over(approved: Place) -> None:
    """Over real HTTP, with what the connectors bring at their own times, and what syncd wrote since."""
    shutil.copy(approved.config, approved.folder / "new.toml")
    told = approved.syncd("backtest", "--config", "new.toml", "--since", "2000-01-01", "--json").json
    passed = {row["email"] for row in told["people"] if row["force_passed"]}
    handoffs = [
        h for h in approved.syncd("handoffs", "--json", "--limit", "500").json["handoffs"] if h["entry"] != "adopted"
    ]
    assert len(handoffs) > 5
    assert passed == {h["email"] for h in handoffs}
    assert {row["change"] for row in told["people"]} == {"same"}
    assert told["new"] == told["force"]
    assert told["versions"][told["force"]["rules"]]["handoffs"] == len(handoffs)
