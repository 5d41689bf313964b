"""What concerns several keys of `[product]`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from syncd.config.document import Flaw, tables
from syncd.config.lines import Where
from syncd.config.scalars import show

Data = Mapping[str, Any]

SOURCES = ("files", "sqlite", "postgres")
_FOR_DATABASE = ("query", "overlap", "timeout")
_SINCE = re.compile(r"(?<!:):since\b")


def product_flaws(data: Data) -> Iterator[Flaw]:
    for place, product in tables(data, "product"):
        given = [key for key in SOURCES if key in product]
        if len(given) != 1:
            what = "names no source" if not given else f"names {' and '.join(given)} at once"
            yield Flaw(place, f"[product] {what}.", f"Write exactly one of {', '.join(SOURCES)}.")
        elif given == ["files"]:
            yield from _files(product, place)
        else:
            yield from _database(product, place, given[0])
        yield from _columns(product, place)


def _files(product: Data, place: Where) -> Iterator[Flaw]:
    for key in _FOR_DATABASE:
        if key in product:
            yield Flaw((*place, key), f"`{key}` does not go with `files`; it goes with sqlite or postgres.")
    if isinstance(name := product.get("files"), str) and re.search(r"[*?\[]", str(PurePath(name).parent)):
        yield Flaw(
            (*place, "files"),
            f"`files` is a pattern of folders: {show(name)}.",
            'Only the last part may be a pattern: "product/*.csv".',
        )


def _database(product: Data, place: Where, source: str) -> Iterator[Flaw]:
    if "delimiter" in product:
        yield Flaw((*place, "delimiter"), f"`delimiter` does not go with `{source}`; it goes with files.")
    query = product.get("query")
    if query is None:
        yield Flaw(place, f"`query` is missing in [product]: `{source}` needs it.", "docs/product.md shows one.")
    elif isinstance(query, str):
        if not re.match(r"\s*(SELECT|WITH)\b", query, re.IGNORECASE):
            yield Flaw((*place, "query"), "`query` is no SELECT.", "syncd only reads: begin it with SELECT or WITH.")
        if not _SINCE.search(query):
            yield Flaw(
                (*place, "query"),
                "`query` has no :since, so that every sync would read everything.",
                "Add to its WHERE: occurred_at >= :since (the column that is named `at`).",
            )
    if all("id" not in columns for _, columns in tables(product, "columns")):
        yield Flaw(place, f"`{source}` needs an id of each event.", 'Write columns = { id = "…" }.')


def _columns(product: Data, place: Where) -> Iterator[Flaw]:
    for where, columns in tables(product, "columns"):
        if columns.get("email") == "" and "contact" not in columns:
            yield Flaw((*place, *where), "neither `email` nor `contact` says of whom an event is.", "Name one of them.")
