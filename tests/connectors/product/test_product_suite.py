"""Both sources of product events keep what every connector promises of reading."""

from __future__ import annotations

from pathlib import Path

import pytest
from product_sources import CsvSource, SqliteSource

from syncd.core.errors import Unavailable
from tests.connectors.suite import ReadingSuite, Source


class TestFiles(ReadingSuite):
    @pytest.fixture
    def remote(self, tmp_path: Path) -> Source:
        return CsvSource(tmp_path)


class TestSqlite(ReadingSuite):
    @pytest.fixture
    def remote(self, tmp_path: Path) -> Source:
        return SqliteSource(tmp_path)


def test_nothing_is_ever_written_there(tmp_path: Path) -> None:
    connector = CsvSource(tmp_path).connect()
    assert connector.capabilities.person_kinds == ()
    with pytest.raises(Unavailable, match="only read"):
        connector.send([])
