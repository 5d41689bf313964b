"""Product events in a real PostgreSQL: the promises of every source, its types, and what it may not do.

Runs where `SYNCD_TEST_POSTGRES` names a database, as a URL without `options`, in which schemas and roles may be made.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from product_sources import NOON, QUERY, PostgresSource, events, ids, problems, puller

from connectors.product import Columns, Database, ProductConnector, ProductSettings
from syncd.core.errors import RemoteError, Unauthorized, Unavailable
from tests.connectors.suite import ReadingSuite, Source

pytestmark = pytest.mark.skipif(
    "SYNCD_TEST_POSTGRES" not in os.environ, reason="SYNCD_TEST_POSTGRES names no PostgreSQL to test with"
)
ADA = "ada@acme.example"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[PostgresSource]:
    source = PostgresSource(tmp_path, os.environ["SYNCD_TEST_POSTGRES"])
    yield source
    source.drop()


def insert(app: PostgresSource, *ids: str, **columns: object) -> None:
    values = {"event": "activated", "at": NOON.isoformat(), "email": ADA, **columns}
    slots = ", ".join(["%s"] * (len(values) + 1))
    app.run(f"INSERT INTO events (id, {', '.join(values)}) VALUES ({slots})", [(rid, *values.values()) for rid in ids])


def asking(app: PostgresSource, query: str = QUERY, timeout: float = 30, **session: str) -> ProductSettings:
    return replace(app.settings, source=Database(query, postgres=lambda: app.string(**session), timeout=timeout))


def refusal(settings: ProductSettings) -> RemoteError:
    with pytest.raises(RemoteError) as error:
        puller(settings)()
    return error.value


class TestPostgres(ReadingSuite):
    @pytest.fixture
    def remote(self, app: PostgresSource) -> Source:
        return app


# ---------------------------------------------------------------- types
@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        ("details", '{"plan": "team", "seats": null}', '{"plan": "team", "seats": null}'),
        ("tags", ["a", "b"], "{a,b}"),
        ("cost", "12.50", "12.50"),
        ("number", 2**53 + 1, "9007199254740993"),
        ("sure", True, "t"),
        ("raw", b"\x00\xff", "\\x00ff"),
        ("key", "5a8f5aff-3644-453e-ba8e-ede0d4bc6d82", "5a8f5aff-3644-453e-ba8e-ede0d4bc6d82"),
        ("day", "2026-11-20", "2026-11-20"),
    ],
)
def test_S0_28_a_value_of_any_type_is_told_as_postgresql_writes_it(
    app: PostgresSource, column: str, value: object, said: str
) -> None:
    insert(app, "1", **{column: value})
    query = f"SELECT id, event, at, email, {column} FROM events WHERE at >= :since"
    settings = replace(asking(app, query), columns=Columns(id="id", detail=column))
    assert [activity.title for activity in events(puller(settings)())] == [f"activated: {said}"]
    assert [a.title for a in events(puller(replace(settings, columns=Columns(id="id", event=column)))())] == [said]


def test_S0_28_null_is_nothing(app: PostgresSource) -> None:
    insert(app, "1")
    query = "SELECT id, event, at, email, details FROM events WHERE at >= :since"
    (only,) = events(puller(replace(asking(app, query), columns=Columns(id="id", detail="details")))())
    assert only.title == "activated"


MOMENTS = {
    "at": "iso",
    "plain": "iso",
    "day": "iso",
    "at::text": "iso",
    "extract(epoch FROM at)": "seconds",
    "extract(epoch FROM at)::float": "seconds",
    "(extract(epoch FROM at) * 1000)::bigint": "milliseconds",
}


@pytest.mark.parametrize("session", [{}, {"TimeZone": "America/New_York"}, {"DateStyle": "German"}], ids=str)
@pytest.mark.parametrize("moment", MOMENTS)
def test_S0_28_C10_moments_of_any_type_are_read_on_whatever_the_session_says(
    app: PostgresSource, moment: str, session: dict[str, str]
) -> None:
    """Ten rows an hour apart, three a page; then a row that appears late, and a new one."""
    hours = "INSERT INTO events (id, event, at, plain, day, email) VALUES (%s, 'used', {0}, {0}, {0}, %s)".format(
        "timestamptz '2026-11-20 09:00Z' + %s * interval '1 hour'"
    )
    app.run("ALTER TABLE events ALTER plain TYPE timestamp")

    def add(rid: str, hour: float) -> None:
        app.run(hours, [(rid, hour, hour, hour, ADA)])

    for n in range(10):
        add(f"a{n}", n)
    query = f"SELECT id, event, {moment} AS at, email FROM events WHERE {moment} >= :since"
    if moment == "at::text":  # text compares with text: the first time with a year, then with a moment
        session = {key: value for key, value in session.items() if key != "DateStyle"}
    pull = puller(replace(asking(app, query, **session), times=MOMENTS[moment], columns=Columns(id="id")), page=3)
    assert ids(pull()) == [f"a{n}" for n in range(10)]
    add("late", 8.99)
    add("new", 10)
    assert {"late", "new"} <= set(ids(pull()))
    assert problems(pull()) == []


def test_C10_a_moment_that_is_none_spoils_its_own_row_only(app: PostgresSource) -> None:
    insert(app, "1", "4")
    insert(app, "2", at="infinity")
    insert(app, "3", at="0044-03-15 BC")
    pages = puller(asking(app, "SELECT * FROM events WHERE at >= :since OR at < '1970-01-01'"), page=2)()
    assert ids(pages) == ["1", "4"]
    assert [p.sentence for p in problems(pages)] == [
        "The row 3 of the query has a time that is none in iso: “0044-03-15 00:00:00+00 BC”; it is left out.",
        "The row 2 of the query has a time that is none in iso: “infinity”; it is left out.",
    ]


# ---------------------------------------------------------------- what it may not do
@pytest.mark.parametrize(
    "query",
    [
        "WITH gone AS (DELETE FROM events RETURNING *) SELECT * FROM gone WHERE at >= :since",
        "SELECT * FROM events WHERE at >= :since AND set_config('transaction_read_only', 'off', false) = 'off'",
        "SELECT * FROM events WHERE at >= :since) AS a; DELETE FROM events; SELECT * FROM (SELECT * FROM events",
    ],
)
def test_the_database_is_only_read(app: PostgresSource, query: str) -> None:
    insert(app, "1")
    assert isinstance(refusal(asking(app, query)), Unavailable)
    assert ids(puller(app.settings)()) == ["1"]


def test_a_role_that_may_only_read_is_enough(app: PostgresSource) -> None:
    insert(app, "1")
    role = f"{app.schema}_reader"
    for statement in (
        f"CREATE ROLE {role}", f"GRANT USAGE ON SCHEMA {app.schema} TO {role}", f"GRANT SELECT ON events TO {role}",
    ):  # fmt: skip
        app.run(statement)
    try:
        assert ids(puller(asking(app, role=role))()) == ["1"]
        app.run(f"REVOKE SELECT ON events FROM {role}")
        assert refusal(asking(app, role=role)).sentence == "PostgreSQL cannot run the query (42501)."
    finally:
        app.run(f"DROP OWNED BY {role}")
        app.run(f"DROP ROLE {role}")


def test_no_transaction_is_open_while_a_page_is_worked_on(app: PostgresSource) -> None:
    import psycopg

    insert(app, "1", "2", "3")
    pages = ProductConnector(app.settings, page=2, clock=lambda: NOON).pull("events", None)
    next(pages)
    with psycopg.connect(app.dsn) as conn:
        found: Any = conn.execute(
            "SELECT state, query LIKE %s FROM pg_stat_activity WHERE application_name = 'syncd'", ["%SELECT%"]
        ).fetchall()
    assert {state for state, _ in found} == {"idle"}
    assert ids(list(pages)) == ["3"]


# ---------------------------------------------------------------- when it does not answer
def test_a_query_that_takes_too_long_is_stopped(app: PostgresSource) -> None:
    insert(app, "1")
    slow = "SELECT id, event, at, email, contact FROM events, pg_sleep(30) WHERE at >= :since"
    error = refusal(asking(app, slow, timeout=0.2))
    assert isinstance(error, Unavailable)
    assert error.sentence == "PostgreSQL gave no answer within 0.2 seconds."


def test_a_lost_connection_costs_no_row(app: PostgresSource) -> None:
    """It breaks while a page is read: the one before is kept, and the next sync goes on behind it."""
    insert(app, "1", "2", "3")
    breaks = (
        "SELECT id, event, at, email, contact FROM events WHERE at >= :since "
        "AND (id < '3' OR pg_terminate_backend(pg_backend_pid()))"
    )
    connector = ProductConnector(asking(app, breaks), page=2, clock=lambda: NOON)
    insert(app, "0", at="2026-11-19")
    first = next(iter(ProductConnector(app.settings, page=2, clock=lambda: NOON).pull("events", None)))
    assert ids([first]) == ["0", "1"]
    with pytest.raises(Unavailable, match="The connection to PostgreSQL was lost") as error:
        list(connector.pull("events", None))
    assert error.value.fix == "The next sync goes on from the last page that it read."
    assert ids(list(ProductConnector(app.settings, clock=lambda: NOON).pull("events", first.cursor))) == ["2", "3"]


@pytest.mark.parametrize(
    ("string", "said"),
    [
        ("postgresql://ada:canary@127.0.0.1:1/app", "PostgreSQL refuses the connection, or is not there."),
        ("postgresql://ada:canary@127.0.0.1/app?canary=1", "`postgres` holds no connection string."),
        ("canary", "`postgres` holds no connection string."),
    ],
)
def test_the_connection_string_is_never_shown(string: str, said: str) -> None:
    error = refusal(ProductSettings(Database(QUERY, postgres=lambda: string), Columns(id="id")))
    assert isinstance(error, Unauthorized)
    assert error.sentence == said
    assert "canary" not in f"{error!r} {error} {error.fix}"
    assert error.__suppress_context__


def test_values_of_a_row_are_never_shown(app: PostgresSource) -> None:
    insert(app, "1", email="canary@acme.example")
    error = refusal(asking(app, "SELECT email::int AS id, event, at, email, contact FROM events WHERE at >= :since"))
    assert error.sentence == "PostgreSQL cannot run the query (22P02)."
    assert "canary" not in f"{error!r} {error}"
