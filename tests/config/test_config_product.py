"""`[product]`: what `load` makes of it, and what it complains about."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from config_workshop import ENVIRON

from connectors.product import Columns, Database, Files, ProductConnector
from syncd.core.rules import Did
from syncd.wiring import connect

FILES = '[product]\nfiles = "product/*.csv"\n'
QUERY = 'query = "SELECT id, event, at, email FROM events WHERE at >= :since"\n'
SQLITE = f'[product]\nsqlite = "app.db"\n{QUERY}columns = {{ id = "id" }}\n'
PQL = '[qualify.product]\nactivity = "product"\nmatches = "activated"\nwithin = "14d"\n'


def add(shop: Any, text: str) -> None:
    shop.config(("[route]\n", f"{text}\n[route]\n"))


def test_S0_28_files_are_relative_to_the_configuration(shop: Any) -> None:
    add(shop, f'{FILES}delimiter = "\\t"\ntimezone = "europe/berlin"\nevents = {{ act = "Activated" }}\n')
    found = shop.load().product
    assert found.files == (shop.folder / "product", "*.csv")
    assert (found.delimiter, found.timezone, found.times) == ("\t", "Europe/Berlin", "iso")
    assert found.columns == {"event": "event", "at": "at", "email": "email"}
    assert found.events == {"act": "Activated"}


def test_S0_28_a_third_system_is_connected_with_its_settings(shop: Any) -> None:
    add(shop, f'{FILES}[product.columns]\nemail = ""\ncontact = "hubspot_id"\n')
    with_product = connect(shop.load())
    product = with_product.connectors["product"]
    assert isinstance(product, ProductConnector)
    assert product._settings.source == Files(shop.folder / "product", "*.csv")
    assert product._settings.columns == Columns(email="", contact="hubspot_id")
    assert product._settings.marketing == ("hubspot", "contacts")
    with_product.close()


def test_a_database_has_a_query_and_a_secret(shop: Any) -> None:
    add(shop, SQLITE.replace('sqlite = "app.db"', 'postgres = { env = "APP" }') + 'overlap = "1h"\ntimeout = "5s"\n')
    systems = connect(shop.load({**ENVIRON, "APP": "postgresql://u:canary@db/app"}))
    found = systems.connectors["product"]._settings  # type: ignore[attr-defined]
    assert isinstance(found.source, Database)
    assert found.source.postgres is not None
    assert found.source.postgres() == "postgresql://u:canary@db/app"
    assert (found.source.timeout, found.overlap) == (5.0, timedelta(hours=1))
    assert "canary" not in repr(found)
    systems.close()


def test_S0_25_the_condition_of_a_product_qualified_lead(shop: Any) -> None:
    add(shop, PQL + FILES)
    assert shop.load().rules.gate.product == Did(("product",), "activated", timedelta(days=14))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[product]\n", "[product] names no source. Write exactly one of files, sqlite, postgres."),
        (f'{FILES}sqlite = "x"\n', "[product] names files and sqlite at once. Write exactly one of files, sqlite, postgres."),
        (FILES.replace("product/", "*/"), '`files` is a pattern of folders: "*/*.csv". Only the last part may be a pattern: '
         '"product/*.csv".'),
        (f"{FILES}{QUERY}", "`query` does not go with `files`; it goes with sqlite or postgres."),
        (f'{SQLITE}delimiter = ";"\n', "`delimiter` does not go with `sqlite`; it goes with files."),
        (SQLITE.replace(QUERY, ""), "`query` is missing in [product]: `sqlite` needs it. docs/product.md shows one."),
        (SQLITE.replace(" WHERE at >= :since", ""), "`query` has no :since, so that every sync would read everything. "
         "Add to its WHERE: occurred_at >= :since (the column that is named `at`)."),
        (SQLITE.replace("SELECT", "DELETE"), "`query` is no SELECT. syncd only reads: begin it with SELECT or WITH."),
        (SQLITE.replace('columns = { id = "id" }', ""), '`sqlite` needs an id of each event. Write columns = { id = "…" }.'),
        (f'{FILES}columns = {{ email = "" }}\n', "neither `email` nor `contact` says of whom an event is. Name one of them."),
        (f"{FILES}patern = 1\n", "unknown key `patern`."),
        (f'{FILES}times = "unix"\n', '`times` is "unix"; it must be one of: iso, seconds, milliseconds.'),
        (f'{FILES}timezone = "Mars"\n', '`timezone` is not a time zone: "Mars". Write it like "Europe/Berlin".'),
        ('[product]\npostgres = "postgresql://u:canary@db/app"\n', "`postgres` holds the secret itself."),
        ('[product]\npostgres = { env = "NONE" }\n', "the environment variable NONE is not set."),
        (PQL, "this rule asks for product events, and the table [product] is missing. Add [product] with where they are; "
         "config.example.toml shows it."),
    ],
)  # fmt: skip
def test_complaints_about_the_product(shop: Any, text: str, expected: str) -> None:
    add(shop, text)
    said = [line.partition(": ") for line in shop.complaints()]
    assert [sentence for _, _, sentence in said if sentence.startswith(expected)], said
    lines = shop.path.read_text().splitlines()
    for place, _, _ in said:
        line = int(place.partition(":")[2])
        assert (
            lines.index("[route]")
            > line - 1
            >= len(lines) - len(lines[lines.index("[route]") :]) - text.count("\n") - 2
        )
    assert "canary" not in "".join(map("".join, said))


def test_every_product_complaint_comes_at_once(shop: Any) -> None:
    add(shop, '[product]\nsqlite = "a.db"\nquery = "DELETE FROM x"\ndelimiter = ";"\n')
    assert len(shop.complaints()) == 4


def test_the_shortest_table_is_one_line(shop: Any) -> None:
    add(shop, FILES)
    assert shop.load().product.files[0] == Path(shop.folder) / "product"
