"""A query for product events: paging, late rows, moments as the database writes them, and what a human must correct."""

from __future__ import annotations

import contextlib
import sys
import types
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from product_sources import NOON, SqliteSource, events, ids, problems, puller

from connectors.product import Columns, Database, ProductConnector, ProductSettings
from connectors.product.postgres import psycopg_text
from syncd.core.errors import RemoteError, Unauthorized, Unavailable


@pytest.fixture
def app(tmp_path: Path) -> SqliteSource:
    return SqliteSource(tmp_path)


def insert(app: SqliteSource, *rows: tuple[object, object], email: str = "ada@acme.example") -> None:
    app.run("INSERT INTO events VALUES (?, 'activated', ?, ?, '')", [(rid, at, email) for rid, at in rows])


STYLES: dict[str, Callable[[datetime], object]] = {
    "iso": lambda at: at.isoformat(),
    "iso Z": lambda at: f"{at:%Y-%m-%dT%H:%M:%SZ}",
    "iso blank": lambda at: f"{at:%Y-%m-%d %H:%M:%S}",
    "seconds": lambda at: int(at.timestamp()),
    "milliseconds": lambda at: int(at.timestamp() * 1000),
}


@pytest.mark.parametrize("style", STYLES)
def test_S0_28_C10_rows_in_any_notation_are_read_on_with_an_overlap(app: SqliteSource, style: str) -> None:
    """Each day brings new rows, and a row that appears late; nothing is lost, and no more than the overlap comes again."""
    written = STYLES[style]
    pull = puller(replace(app.settings, times=style.split()[0]), page=3)
    insert(app, *((f"a{n}", written(NOON + timedelta(minutes=5 * n))) for n in range(10)))
    assert ids(pull()) == [f"a{n}" for n in range(10)]
    again = ids(pull())
    assert again == ["a7", "a8", "a9"], "from the last row that is older than the newest by the overlap"
    insert(app, ("late", written(NOON + timedelta(minutes=36))), ("new", written(NOON + timedelta(days=1))))
    assert ids(pull()) == ["a7", "late", "a8", "a9", "new"]
    assert ids(pull()) == ["a9", "new"]


def test_C11_a_thousand_rows_of_one_moment_are_all_read(app: SqliteSource) -> None:
    insert(app, *((n, NOON.isoformat()) for n in range(1000)))
    app.run("UPDATE events SET id = CAST(id AS INTEGER)")
    seen = ids(puller(app.settings, page=7)())
    assert len(seen) == len(set(seen)) == 1000


def test_bad_rows_are_listed_and_sink_no_other(app: SqliteSource) -> None:
    insert(app, ("1", NOON.isoformat()), ("2", "yesterday"))
    insert(app, ("3", NOON.isoformat()), email="nobody")
    pages = puller(app.settings)()
    assert ids(pages) == ["1"]
    assert [p.sentence for p in problems(pages)] == [
        "The row 3 of the query has an e-mail address that is none; it is left out.",
        "The row 2 of the query has a time that is none in iso: “yesterday”; it is left out.",
    ]


def test_C10_rows_without_a_time_or_an_id_hide_no_others(app: SqliteSource) -> None:
    insert(app, ("1", None), (None, NOON.isoformat()), ("2", NOON.isoformat()), ("3", NOON.isoformat()))
    everything = Database("SELECT * FROM events WHERE at >= :since OR at IS NULL", sqlite=app.file)
    pages = puller(replace(app.settings, source=everything), page=2)()
    assert ids(pages) == ["2", "3"]
    assert [p.sentence for p in problems(puller(replace(app.settings, source=everything))())] == [
        "The row NULL of the query has no id; it is left out.",
        "The row 1 of the query has no time; it is left out.",
    ]


def test_a_percent_sign_and_a_cast_stay_what_they_are() -> None:
    text = psycopg_text("SELECT * FROM e WHERE name LIKE 'a%' AND at >= :since::timestamptz AND x::since > 1")
    assert text == "SELECT * FROM e WHERE name LIKE 'a%%' AND at >= %(since)s::timestamptz AND x::since > 1"


def test_the_database_is_only_read(app: SqliteSource) -> None:
    database = Database("WITH gone AS (SELECT 1) DELETE FROM events WHERE at >= :since", sqlite=app.file)
    insert(app, ("1", NOON.isoformat()))
    with pytest.raises(Unavailable):
        puller(replace(app.settings, source=database))()
    assert ids(puller(app.settings)()) == ["1"]


def test_a_missing_file_a_wrong_query_and_a_missing_column_are_said(app: SqliteSource) -> None:
    def said(**more: Any) -> tuple[str, str]:
        settings = replace(app.settings, **more)
        health = ProductConnector(settings, clock=lambda: NOON).check([])
        with pytest.raises(RemoteError) as error:
            puller(settings)()
        assert (health.fatal, bool(health.problems)) in ((True, True), (False, False))
        return error.value.sentence, error.value.fix

    insert(app, ("1", NOON.isoformat()))
    sentence, fix = said(source=Database("SELECT * FROM visits WHERE at >= :since", sqlite=app.file))
    assert (sentence, fix) == (
        "The query cannot be run on app.db: no such table: visits.", "Correct `sqlite` or `query` in [product]."
    )  # fmt: skip
    assert said(source=Database("SELECT 1 WHERE :since", sqlite=app.file.with_name("none.db")))[0].startswith(
        "The query cannot be run on none.db: unable to open"
    )
    sentence, fix = said(columns=Columns(id="id", detail="what"))
    assert sentence == "The query has no column what; it has id, event, at, email, contact."
    assert fix == "Name the columns in [product.columns], or in the query with AS."


# ---------------------------------------------------------------- PostgreSQL, without one
class Asked:
    """A stand-in for psycopg and its connection: what it was asked, and rows as PostgreSQL writes them."""

    adapters = types.SimpleNamespace(types=())
    broken = False

    def __init__(self) -> None:
        self.statements: list[tuple[str, dict[str, Any]]] = []
        self.connection: tuple[str, dict[str, Any]] = ("", {})
        self.limits: list[str] = []
        self.rows: list[dict[str, Any]] = []
        self.error: Exception | None = None
        self.read_only = False

    def connect(self, string: str, **more: Any) -> Asked:
        self.connection = (string, more)
        if self.error is not None:
            raise self.error
        return self

    def __enter__(self) -> Asked:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    transaction = contextlib.nullcontext

    def execute(self, text: str, bound: Any) -> list[dict[str, Any]]:
        assert self.read_only
        if isinstance(bound, list):
            self.limits = bound
            return []
        self.statements.append((text, bound))
        after = (bound.get("after_at", ""), bound.get("after_id", ""))
        later = [row for row in self.rows if (row["at"], row["id"]) > after]
        return [row for row in later if row["at"] >= bound["since"]][: bound["size"]]


@pytest.fixture
def postgres(monkeypatch: pytest.MonkeyPatch) -> Asked:
    asked = Asked()
    driver = types.ModuleType("psycopg")

    class Error(Exception):
        sqlstate = "42P01"

    class ProgrammingError(Error):
        pass

    driver.__dict__.update(connect=asked.connect, Error=Error, ProgrammingError=ProgrammingError)
    for name, holds in (("rows", {"dict_row": dict}), ("types", {}), ("types.string", {"TextLoader": object})):
        part = types.ModuleType(f"psycopg.{name}")
        part.__dict__.update(holds)
        monkeypatch.setitem(sys.modules, part.__name__, part)
    monkeypatch.setitem(sys.modules, "psycopg", driver)
    return asked


def settings() -> ProductSettings:
    query = "SELECT id, event, at, email FROM events WHERE at >= :since;"
    database = Database(query, postgres=lambda: "postgresql://u:canary@db/app", timeout=5)
    return ProductSettings(database, Columns(id="id"))


def test_C10_postgresql_is_asked_page_by_page_with_moments_that_go_back_as_they_came(postgres: Asked) -> None:
    postgres.rows = [
        {"id": str(n), "event": "activated", "at": f"2026-11-20 09:{minute:02}:00+00", "email": "ada@acme.example"}
        for n, minute in enumerate((0, 0, 5, 30), 1)
    ]
    pull = puller(settings(), page=3)
    assert ids(pull()) == ["1", "2", "3", "4"]
    (first, bound), (second, beyond) = postgres.statements
    assert first == (
        "SELECT * FROM (\nSELECT id, event, at, email FROM events WHERE at >= %(since)s\n) AS product_events "
        'ORDER BY "at" NULLS LAST, "id" NULLS LAST LIMIT %(size)s'
    )
    assert bound == {"since": "1970-01-01", "size": 3}
    assert 'WHERE "at" > %(after_at)s OR ("at" = %(after_at)s AND "id" > %(after_id)s)' in second
    assert beyond | bound == beyond
    assert (beyond["after_at"], beyond["after_id"]) == ("2026-11-20 09:05:00+00", "3")
    assert ids(pull()) == ["3", "4"]
    string, more = postgres.connection
    assert string == "postgresql://u:canary@db/app"
    assert more["prepare_threshold"] is None, "a pooler may give each transaction another connection"
    assert "options" not in more, "those of the connection string hold"
    assert postgres.limits == ["5000"]


def test_what_postgresql_says_is_never_shown(postgres: Asked) -> None:
    driver: Any = sys.modules["psycopg"]
    for error in (driver.Error("canary"), driver.ProgrammingError("canary")):
        postgres.error = error
        with pytest.raises(Unauthorized) as raised:
            puller(settings())()
        assert "canary" not in f"{raised.value!r} {raised.value}"
        assert raised.value.__suppress_context__


def test_a_missing_driver_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(
        Unavailable, match=r"PostgreSQL needs the package psycopg. Run: pip install 'syncd\[postgres\]'"
    ):
        puller(settings())()


def test_the_connection_string_is_not_in_the_cursor(postgres: Asked) -> None:
    (page,) = puller(settings())()
    assert "canary" not in repr(page)
    assert events([page]) == []
