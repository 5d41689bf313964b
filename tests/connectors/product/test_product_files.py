"""CSV files that grow, rotate, break off in the middle of a line, and hold rows that are none."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from product_sources import NOON, append, events, ids, old, problems, puller

from connectors.product import Columns, Files, ProductConnector, ProductSettings
from syncd.core.errors import Unavailable

COLUMNS = Columns(id="id")
HEAD = "id,event,at,email"


def source(folder: Path, **more: object) -> ProductSettings:
    return replace(ProductSettings(Files(folder, "*.csv"), COLUMNS), **more)  # type: ignore[arg-type]


def row(name: str, at: str = "2026-11-20T09:00:00Z", event: str = "activated", email: str = "ada@acme.example") -> str:
    return f"{name},{event},{at},{email}"


# ---------------------------------------------------------------- reading on
def test_S0_28_a_row_is_an_activity_of_the_product(tmp_path: Path) -> None:
    columns = Columns(id="id", detail="what", url="where")
    append(tmp_path / "a.csv", "1,activated,2026-11-20T10:00:00+01:00,Ada@Acme.example,Team plan,/projects/1",
           header=f"{HEAD},what,where")  # fmt: skip
    (event,) = events(puller(source(tmp_path, columns=columns, events={"activated": "Activated"}))())
    assert (str(event.ref), event.kind, event.email) == ("product/event/1", "product", "ada@acme.example")
    assert (event.title, event.url) == ("Activated: Team plan", "/projects/1")
    assert event.at == datetime(2026, 11, 20, 9, tzinfo=UTC)
    assert (event.done, event.outbound, event.about) == (True, False, ())


def test_C10_what_is_appended_is_read_once_and_nothing_else_again(tmp_path: Path) -> None:
    pull, file = puller(source(tmp_path)), tmp_path / "a.csv"
    append(file, row("1"), row("2"), header=HEAD)
    assert ids(pull()) == ["1", "2"]
    assert ids(pull()) == []
    append(file, row("3"))
    append(tmp_path / "b.csv", row("4"), header=HEAD)
    assert ids(pull()) == ["3", "4"]
    assert ids(pull()) == []


def test_C10_a_line_that_is_being_written_waits_until_it_is_whole(tmp_path: Path) -> None:
    pull, file = puller(source(tmp_path)), tmp_path / "a.csv"
    append(file, row("1"), header=HEAD)
    with file.open("a") as half:
        half.write(row("2")[:30])
    old(file, seconds=10)
    assert ids(pull()) == ["1"]
    with file.open("a") as half:
        half.write(row("2")[30:] + "\n")
    assert ids(pull()) == ["2"]


def test_C10_a_last_line_without_an_end_counts_once_nobody_writes_any_more(tmp_path: Path) -> None:
    pull, file = puller(source(tmp_path)), tmp_path / "a.csv"
    file.write_text(f"{HEAD}\n{row('1')}\n{row('2')}")
    old(file, seconds=10)
    assert ids(pull()) == ["1"]
    old(file, seconds=120)
    assert ids(pull()) == ["2"]
    append(file, "", row("3"))
    assert ids(pull()) == ["2", "3"], "the line is read again, to see whether it grew; it is the same event"


def test_a_quoted_value_may_have_lines_of_its_own(tmp_path: Path) -> None:
    pull, file = puller(source(tmp_path, columns=Columns(id="id", detail="what"))), tmp_path / "a.csv"
    append(file, f'{row("1")},"two', 'lines, ""quoted"""', f"{row('2')},x", header=f"{HEAD},what")
    found = events(pull())
    assert [e.title for e in found] == ['activated: two lines, "quoted"', "activated: x"]


def test_windows_files_and_byte_order_marks_are_files_too(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(f"\ufeff{HEAD}\r\n{row('1')}\r\n\r\n{row('2')}\r\n".encode())
    assert ids(puller(source(tmp_path))()) == ["1", "2"]


# ---------------------------------------------------------------- rotation
def test_C10_a_rotated_file_is_gone_on_with_under_its_new_name(tmp_path: Path) -> None:
    pull, file = puller(source(tmp_path)), tmp_path / "events.csv"
    append(file, row("1"), row("2"), header=HEAD)
    assert ids(pull()) == ["1", "2"]
    append(file, row("3"))
    file.rename(tmp_path / "events-2026-11.csv")
    append(file, row("4"), header=HEAD)
    assert ids(pull()) == ["3", "4"], "the tail of the old one, and the new one"
    assert ids(pull()) == []


def test_C10_a_file_that_was_emptied_and_filled_anew_is_read_from_its_start(tmp_path: Path) -> None:
    pull, file = puller(source(tmp_path)), tmp_path / "events.csv"
    append(file, row("1"), row("2"), header=HEAD)
    pull()
    file.write_text(f"{HEAD}\n{row('3')}\n")
    assert ids(pull()) == ["3"]


def test_a_file_that_is_renamed_every_hour_loses_and_repeats_nothing(tmp_path: Path) -> None:
    pull, seen = puller(source(tmp_path)), []
    for hour in range(12):
        append(tmp_path / "now.csv", row(f"{hour}a"), header=HEAD)
        seen += ids(pull())
        append(tmp_path / "now.csv", row(f"{hour}b"))
        if hour % 2:
            seen += ids(pull())
        (tmp_path / "now.csv").rename(tmp_path / f"{hour:02}.csv")
    seen += ids(pull())
    assert sorted(seen) == sorted(f"{hour}{part}" for hour in range(12) for part in "ab")


@settings(max_examples=60, deadline=None, derandomize=True, database=None)
@given(cuts=st.lists(st.integers(1, 70), max_size=12), page=st.integers(1, 4))
def test_C10_however_a_file_grows_every_event_is_read(
    cuts: list[int], page: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The bytes of a file arrive in pieces of any length, cut anywhere, also within a letter and within quotes."""
    folder = tmp_path_factory.mktemp("grown")
    whole = "".join(f"{line}\n" for line in (HEAD, *(row(str(n), event='"akti\nviért"') for n in range(5)))).encode()
    pull, seen = puller(source(folder), page=page), []
    with (folder / "a.csv").open("ab") as file:
        for cut in (*cuts, len(whole)):
            file.write(whole[:cut])
            file.flush()
            whole = whole[cut:]
            pages = pull()
            seen += ids(pages)
            assert problems(pages) == []
    assert seen == [str(n) for n in range(5)]


# ---------------------------------------------------------------- what cannot be read
def test_C16_bad_rows_are_listed_with_file_and_line_and_sink_no_other(tmp_path: Path) -> None:
    append(
        tmp_path / "a.csv",
        row("1"),
        row("2", at="yesterday"),
        "3,activated,2026-11-20T09:00:00Z",
        row("4", email=""),
        row("5", email="nobody"),
        row("6", event=""),
        f'{row("7")}"',
        row("8"),
        row("9", at=""),
        header=HEAD,
    )
    with (tmp_path / "a.csv").open("ab") as file:
        file.write(b"10,activat\xe9,2026-11-20T09:00:00Z,x@y.example\n" + b"x" * 70_000 + b"\n")
    append(tmp_path / "a.csv", row("11"))
    pull = puller(source(tmp_path))
    pages = pull()
    assert ids(pages) == ["1", "8", "11"]
    assert [problem.sentence for problem in problems(pages)] == [
        "a.csv:3: the row has a time that is none in iso: “yesterday”; it is left out.",
        "a.csv:4: the row has 3 values for 4 columns; it is left out.",
        "a.csv:5: the row does not say of whom it is; it is left out.",
        "a.csv:6: the row has an e-mail address that is none; it is left out.",
        "a.csv:7: the row names no event; it is left out.",
        "a.csv:8: the row is no CSV in UTF-8; it is left out.",
        "a.csv:10: the row has no time; it is left out.",
        "a.csv:11: the row is no CSV in UTF-8; it is left out.",
        "a.csv:12: the row is no CSV in UTF-8; it is left out.",
    ]
    assert problems(pull()) == []


def test_C16_a_thousand_bad_rows_are_not_a_thousand_problems(tmp_path: Path) -> None:
    append(tmp_path / "a.csv", *(row(str(n), at="?") for n in range(1000)), row("1000"), header=HEAD)
    pages = puller(source(tmp_path))()
    assert ids(pages) == ["1000"]
    found = problems(pages)
    assert len(found) == 21
    assert found[-1].sentence.startswith("a.csv: 980 more rows between the lines 22 and 1001 cannot be read")


def test_a_file_without_a_column_says_what_it_has_and_is_read_once_it_is_right(tmp_path: Path) -> None:
    pull = puller(source(tmp_path))
    (tmp_path / "a.csv").write_text("id;event;at;email\n1;activated;2026-11-20T09:00:00Z;ada@acme.example\n")
    (found,) = problems(pull())
    assert found.sentence.startswith("a.csv:1: there is no column “event” and no column “at” and no column “email”")
    assert found.fix == 'Write delimiter = ";" in [product].'
    assert problems(pull()) == [found], "as long as it lasts"
    (tmp_path / "a.csv").write_text(f"{HEAD}\n{row('1')}\n")
    pages = pull()
    assert (ids(pages), problems(pages)) == (["1"], [])


def test_a_file_that_may_not_be_read_sinks_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    append(tmp_path / "a.csv", row("1"), header=HEAD)
    append(tmp_path / "b.csv", row("2"), header=HEAD)
    opened = Path.open

    def refuse(path: Path, *args: object) -> object:
        if path.name == "a.csv":
            raise PermissionError(13, "no")
        return opened(path, *args)  # type: ignore[call-overload]

    pull = puller(source(tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        pages = pull()
    assert ids(pages) == ["2"]
    assert [p.sentence for p in problems(pages)] == ["a.csv cannot be read: Permission denied."]
    assert ids(pull()) == ["1"]


def test_a_folder_that_is_missing_is_said_and_forgets_nothing(tmp_path: Path) -> None:
    connector = ProductConnector(source(tmp_path / "none"))
    health = connector.check([])
    assert health.fatal
    assert health.problems[0].sentence == f"There is no folder {tmp_path / 'none'}."
    with pytest.raises(Unavailable, match="There is no folder"):
        list(connector.pull("events", None))


def test_hidden_files_are_left_alone(tmp_path: Path) -> None:
    append(tmp_path / ".a.csv", row("1"), header=HEAD)
    assert ids(puller(source(tmp_path))()) == []


def test_no_personal_value_is_shown_in_a_problem(tmp_path: Path) -> None:
    append(tmp_path / "a.csv", row("1", at="?", email="ada@acme.example"), row("2", email="ada at acme"), header=HEAD)
    assert "acme" not in "".join(p.sentence + p.subject + p.fix for p in problems(puller(source(tmp_path))()))


# ---------------------------------------------------------------- what a row says
@pytest.mark.parametrize(
    ("times", "zone", "said", "hour"),
    [
        ("iso", "UTC", "2026-11-20T09:00:00Z", 9),
        ("iso", "UTC", "2026-11-20 09:00:00", 9),
        ("iso", "UTC", "2026-11-20T09:00:00.123456+05:30", 3),
        ("iso", "Europe/Berlin", "2026-11-20 09:00", 8),
        ("iso", "Europe/Berlin", "2026-11-20T09:00:00Z", 9),
        ("seconds", "UTC", "1795165200", 9),
        ("seconds", "UTC", "1795165200.25", 9),
        ("milliseconds", "UTC", "1795165200000", 9),
    ],
)  # fmt: skip
def test_C17_moments_in_their_notations_and_zones(tmp_path: Path, times: str, zone: str, said: str, hour: int) -> None:
    append(tmp_path / "a.csv", row("1", at=said), header=HEAD)
    (event,) = events(puller(source(tmp_path, times=times, timezone=zone))())
    assert (event.at.date(), event.at.hour) == (NOON.date(), hour)


@pytest.mark.parametrize(("times", "said"), [("seconds", "nan"), ("seconds", "1e300"), ("milliseconds", "1795165200"),
                                             ("iso", "1795165200"), ("iso", "0000-01-01")])  # fmt: skip
def test_C17_a_moment_in_another_notation_is_no_moment(tmp_path: Path, times: str, said: str) -> None:
    append(tmp_path / "a.csv", row("1", at=said), header=HEAD)
    pages = puller(source(tmp_path, times=times))()
    assert ids(pages) == []
    assert len(problems(pages)) == 1


def test_without_an_id_what_a_row_says_is_its_identity(tmp_path: Path) -> None:
    pull = puller(source(tmp_path, columns=Columns()))
    append(tmp_path / "a.csv", "activated,2026-11-20T09:00:00Z,ada@acme.example",
           "activated,2026-11-20T10:00:00+01:00,ADA@acme.example", "activated,2026-11-20T09:00:01Z,ada@acme.example",
           header="event,at,email")  # fmt: skip
    first, second, third = ids(pull())
    assert first == second != third


def test_only_the_events_that_are_named_are_read_under_the_names_given(tmp_path: Path) -> None:
    append(tmp_path / "a.csv", row("1"), row("2", event="heartbeat"), row("3", event="trial"), header=HEAD)
    pages = puller(source(tmp_path, events={"activated": "Activated", "trial": "Started a trial"}))()
    assert [e.title for e in events(pages)] == ["Activated", "Started a trial"]
    assert problems(pages) == []


def test_the_id_of_the_contact_ties_an_event_to_a_person(tmp_path: Path) -> None:
    columns = Columns(email="", contact="hubspot_id", id="id")
    append(tmp_path / "a.csv", "1,activated,2026-11-20T09:00:00Z,7001", "2,activated,2026-11-20T09:00:00Z,../7",
           header="id,event,at,hubspot_id")  # fmt: skip
    pages = puller(source(tmp_path, columns=columns))()
    (event,) = events(pages)
    assert [str(ref) for ref in event.about] == ["hubspot/contacts/7001"]
    assert [p.sentence for p in problems(pages)] == [
        "a.csv:3: the row has a contact id that is no number; it is left out."
    ]


def test_other_settings_read_everything_anew(tmp_path: Path) -> None:
    append(tmp_path / "a.csv", row("1"), header=HEAD)
    first = ProductConnector(source(tmp_path), clock=lambda: NOON)
    (page,) = first.pull("events", None)
    renamed = ProductConnector(source(tmp_path, events={"activated": "Activated"}), clock=lambda: NOON)
    assert ids(list(first.pull("events", page.cursor))) == []
    assert ids(list(renamed.pull("events", page.cursor))) == ["1"]
