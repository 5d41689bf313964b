"""Raw to canonical and back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from core_making import CONTACTS, LEAD, contact, record
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.mapping import canonical, from_raw, remote, to_raw
from syncd.core.rules import FieldMap, KindMap
from syncd.core.text import utf16
from syncd.core.types import Raw, Value


def field(type_: str = "text", **more: Any) -> FieldMap:
    return FieldMap("field", "Field", type=type_, **more)


BANDS = {"1-5": "1", "5-25": "5"}
AFTERNOON = datetime(2026, 3, 12, 7, 34, 24, tzinfo=UTC)


@pytest.mark.parametrize(
    ("type_", "raw", "value"),
    [
        ("text", "Ada", "Ada"),
        ("text", "", ""),  # emptied is not unset
        ("text", None, None),
        ("text", 0, "0"),
        ("text", False, "false"),
        ("text", 12.0, "12"),
        ("text", "a\x00b", "ab"),
        ("number", "12", 12),
        ("number", "12.50", 12.5),
        ("number", 0, 0),
        ("number", "1e3", 1000),
        ("number", "", None),
        ("number", "many", None),
        ("number", "1_000", None),
        ("number", "1,000", None),
        ("number", True, None),
        ("number", "NaN", None),
        ("number", float("inf"), None),
        ("number", "1e400", None),
        ("number", "9" * 30, None),  # no database integer holds it
        ("money", "0.1", Decimal("0.1")),
        ("money", "5000.00", Decimal("5000.00")),  # hubspot.md 3.1
        ("money", 15000, Decimal(15000)),
        ("bool", "true", True),
        ("bool", "False", False),
        ("bool", False, False),
        ("bool", 1, True),
        ("bool", "0", False),
        ("bool", "perhaps", None),
        ("date", "2026-11-03", date(2026, 11, 3)),
        ("date", "2026-11-03T23:30:00Z", date(2026, 11, 3)),
        ("date", "1793664000000", date(2026, 11, 3)),  # midnight UTC
        ("date", 1793664000000, date(2026, 11, 3)),
        ("date", "soon", None),
        ("datetime", "2026-03-12T07:34:24.000Z", AFTERNOON),
        ("datetime", "2026-03-12T07:34:24Z", AFTERNOON),  # hubspot.md 3.2: no fraction when it is zero
        ("datetime", "2026-03-12T07:34:24.000+0000", AFTERNOON),  # Salesforce
        ("datetime", "2026-03-12T09:34:24+02:00", AFTERNOON),
        ("datetime", "1773300864000", AFTERNOON),  # hubspot.md 3.2: write echoes
        ("datetime", "2026-03-12", datetime(2026, 3, 12, tzinfo=UTC)),
        ("datetime", "9" * 40, None),
        ("datetime", "yesterday", None),
        ("list", "a;b", ("a", "b")),
        ("list", ";a; b ;", ("a", "b")),
        ("list", "", ()),
        ("list", None, None),
    ],
)
def test_C17_reading(type_: str, raw: Raw, value: Value) -> None:
    found = from_raw(raw, field(type_))
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("type_", "value", "raw"),
    [
        ("text", "Ada", "Ada"),
        ("text", "", None),
        ("text", None, None),
        ("text", 0, "0"),
        ("text", False, "false"),
        ("text", date(2026, 11, 3), "2026-11-03"),
        ("number", 12, 12),
        ("number", 12.5, 12.5),
        ("number", 0, 0),
        ("number", "12", 12),  # the person's value was text in marketing
        ("number", "50-100", None),  # a band fits no number
        ("money", Decimal("5000.00"), 5000),
        ("money", Decimal("0.10"), 0.1),
        ("bool", True, True),
        ("bool", False, False),
        ("bool", "true", True),
        ("date", date(2026, 11, 3), "2026-11-03"),
        ("date", datetime(2026, 11, 3, 23, 0, tzinfo=UTC), "2026-11-03"),
        ("datetime", AFTERNOON, "2026-03-12T07:34:24.000Z"),
        ("datetime", AFTERNOON.astimezone(timezone(timedelta(hours=2))), "2026-03-12T07:34:24.000Z"),
        ("datetime", datetime(99, 1, 1, tzinfo=UTC), "0099-01-01T00:00:00.000Z"),
        ("list", ("a", "b"), "a;b"),
        ("list", (), None),
    ],
)
def test_C17_writing(type_: str, value: Value, raw: Raw) -> None:
    written = to_raw(value, field(type_))
    assert written == raw
    assert type(written) is type(raw)


VALUES: dict[str, st.SearchStrategy[Value]] = {
    "text": st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1),
    "number": st.integers(-(10**15), 10**15) | st.floats(-1e6, 1e6).filter(lambda x: not x.is_integer()),
    "bool": st.booleans(),
    "date": st.dates(),
    "datetime": st.datetimes(timezones=st.just(UTC)).map(lambda d: d.replace(microsecond=d.microsecond // 1000 * 1000)),
    "list": st.lists(st.sampled_from(["a", "b", "Ünï"]), min_size=1).map(tuple),
}


@pytest.mark.parametrize("type_", list(VALUES))
@given(st.data())
def test_what_is_written_reads_as_it_was(type_: str, data: st.DataObject) -> None:
    value = data.draw(VALUES[type_])
    assert from_raw(to_raw(value, field(type_)), field(type_)) == value


@pytest.mark.parametrize("type_", ["text", "number", "money", "bool", "date", "datetime", "list"])
@given(raw=st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30))
def test_F38_nothing_on_the_wire_raises(type_: str, raw: Raw) -> None:
    fm = field(type_, transform=("trim", "country", "domain"), length=10)
    written = to_raw(from_raw(raw, fm), fm)
    if isinstance(written, str):
        assert utf16(written) <= 40  # dates have no length to cut


@pytest.mark.parametrize(
    ("transform", "raw", "value"),
    [
        (("trim",), "  Ada ", "Ada"),
        (("trim", "lower"), " ADA@ACME.EXAMPLE ", "ada@acme.example"),
        (("upper",), "de", "DE"),
        (("title",), "ada lovelace", "Ada Lovelace"),
        (("digits",), "+49 (0)30 123-45", "4903012345"),
        (("country",), "Deutschland", "Germany"),
        (("domain",), "Ada@WWW.Acme.example", "acme.example"),
        (("domain",), "https://www.acme.example:8080/about?x=1", "acme.example"),
        (("domain", "upper"), "ada@acme.example", "ACME.EXAMPLE"),  # in order
    ],
)
def test_transforms(transform: tuple[str, ...], raw: str, value: str) -> None:
    assert from_raw(raw, field(transform=transform)) == value


@pytest.mark.parametrize(
    ("fm", "raw", "value"),
    [
        (field(values={"Software": "Technology"}), "Technology", "Software"),
        (field(values={"Software": "Technology"}), "Mining", "Mining"),  # not listed: passes as it is
        (field(values={"a": "X", "b": "X"}), "X", "a"),  # several of ours: the first
        (field("number", values=BANDS), 5, "5-25"),  # 5 and "5" are the same picklist value
        (field("number", values=BANDS), 5.0, "5-25"),
        (field("number", values=BANDS), 37, 37),
        (field(values={"yes": "true"}), True, "yes"),
        (field("list", values={"IT": "it_dept"}), "it_dept;sales", ("IT", "sales")),
        (field(values={"DACH": " dach "}, transform=("upper",)), " dach ", "DACH"),  # listed values are not transformed
    ],
)
def test_picklists_are_read(fm: FieldMap, raw: Raw, value: Value) -> None:
    assert from_raw(raw, fm) == value


@pytest.mark.parametrize(
    ("fm", "value", "raw"),
    [
        (field(values={"Software": "Technology"}), "Software", "Technology"),
        (field(values={"Software": "Technology"}), "Mining", "Mining"),
        (field("number", values=BANDS), "5-25", 5),
        (field("list", values={"IT": "it_dept"}), ("IT", "sales"), "it_dept;sales"),
        (field(values={"true": "Y", "false": "N"}), False, "N"),
    ],
)
def test_picklists_are_written(fm: FieldMap, value: Value, raw: Raw) -> None:
    assert to_raw(value, fm) == raw


def test_C16_text_is_cut_in_utf16_units_between_characters() -> None:
    assert to_raw("Ada 👩‍👩‍👧‍👦", field(length=9)) == "Ada "
    assert to_raw("Ada 👩‍👩‍👧‍👦", field(length=15)) == "Ada 👩‍👩‍👧‍👦"


# ---------------------------------------------------------------- records
def test_a_record_in_our_words() -> None:
    raw = {
        "email": " Ada@Acme.Example ", "country": "DE", "hs_email_optout": "false",
        "lifecyclestage": "marketingqualifiedlead", "hs_lead_status": "NEW", "unmapped": "x",
    }  # fmt: skip
    assert canonical(contact(raw), CONTACTS) == {
        "email": "ada@acme.example",
        "country": "Germany",
        "opted_out": False,
        "stage": "mql",
        "work_status": "new",
    }


def test_absent_unset_and_emptied_are_three_claims() -> None:
    assert canonical(contact({"country": None, "email": ""}), CONTACTS) == {"country": None, "email": ""}


def test_a_stage_nobody_mapped_is_none_and_no_guess() -> None:
    assert canonical(contact({"lifecyclestage": "178273645", "hs_lead_status": "WEIRD"}), CONTACTS) == {
        "stage": None,
        "work_status": None,
    }


KIND = KindMap(
    kind="Lead",
    key="",
    fields={
        "read_only": FieldMap("read_only", "ReadOnly", "in"),
        "email": FieldMap("email", "Email"),
        "score": FieldMap("score", "Score", "out", "number"),
        "company": FieldMap("company", "Company", default="[not provided]"),
        "phone": FieldMap("phone", "Phone", blank=True),
    },
)


def test_fields_that_are_only_written_are_not_read() -> None:
    assert "score" not in canonical(record("Lead", "00Q1", {"Score": 5, "Email": "x"}), KIND)


@pytest.mark.parametrize(
    ("values", "options", "written"),
    [
        ({"email": "a@b.c", "read_only": "x", "score": 0}, {}, {"Email": "a@b.c", "Score": 0}),
        ({"email": ""}, {}, {}),  # C13: blank overwrites nothing …
        ({"phone": None}, {}, {"Phone": None}),  # … unless the mapping says so
        ({}, {}, {}),  # what we do not know empties nothing
        ({}, {"create": True}, {"Company": "[not provided]"}),
        ({"company": "Acme", "phone": None}, {"create": True}, {"Company": "Acme"}),
        ({"email": "a@b.c", "score": 1}, {"only": ["score", "unheard_of"]}, {"Score": 1}),
    ],
)
def test_C13_what_is_written(values: dict[str, Value], options: Mapping[str, Any], written: dict[str, Raw]) -> None:
    assert remote(values, KIND, **options) == written


def test_the_lead_of_the_mapping_is_cut() -> None:
    assert remote({"last_name": "x" * 90}, LEAD)["LastName"] == "x" * 80
