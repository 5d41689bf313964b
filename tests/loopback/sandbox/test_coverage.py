"""The table of what is emulated is the routes' own, and the documents say every key of a scenario."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from connectors.loopback.coverage import COMMAND, block, tables, written
from connectors.loopback.scenario import event_tables
from connectors.loopback.scenario.field_files import EXPORT_COLUMNS
from connectors.loopback.scenario.tables import Scenario

DOCUMENT = Path(__file__).parents[3] / "docs/sandbox.md"


def test_the_documents_coverage_is_what_the_routes_say() -> None:
    assert block(DOCUMENT.read_text(encoding="utf-8")) == tables(), f"refresh it: {COMMAND}"


def test_the_tables_tell_what_is_emulated_from_what_is_not() -> None:
    rows = [line for line in tables().splitlines() if line.startswith("| ")]
    by_path = {match[1]: row for row in rows if (match := re.search(r"`(/[^`]*)`", row))}
    assert "| GET PATCH DELETE | emulated | §4.1" in by_path["/crm/v3/objects/{object_type}/{object_id}"]
    assert "| 501 |" in by_path["/services/data/v{version}/sobjects/{name}/listviews"]
    assert "`chatter`" in tables()
    assert not any("_sandbox" in row for row in rows)


def test_a_document_is_written_between_its_marks_only() -> None:
    text = "before\n<!-- coverage: begin -->\nold\n<!-- coverage: end -->\nafter\n"
    fresh = written(text)
    assert fresh.startswith("before\n<!-- coverage: begin -->\n\n#### HubSpot")
    assert fresh.endswith("<!-- coverage: end -->\nafter\n")
    assert written(fresh) == fresh
    with pytest.raises(ValueError, match="needs"):
        written("no marks")


def keys(model: type[BaseModel]) -> Iterator[str]:
    for name, entry in model.model_fields.items():
        yield name
        for inner in models(entry.annotation):
            yield from keys(inner)


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and not get_args(annotation) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from models(part)


def test_every_key_of_a_scenario_and_every_column_of_the_export_is_described() -> None:
    told = re.sub(r"^ *```.*?^ *```", "", DOCUMENT.read_text(encoding="utf-8"), flags=re.M | re.S)
    named = set(keys(Scenario)) | {key for table in event_tables.EVENTS.values() for key in keys(table)}
    named |= {*event_tables.EVENTS, *EXPORT_COLUMNS}
    assert len(named) > 80
    described = {word for code in re.findall(r"`([^`]+)`", told) for word in [code, *re.findall(r"[\w-]+", code)]}
    assert named - described == set()
