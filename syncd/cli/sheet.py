"""Tables for spreadsheets: a row at a time, and no cell that a spreadsheet would take for a formula."""

from __future__ import annotations

import contextlib
import csv
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

_FORMULA = ("=", "+", "-", "@")


def cell(value: Any) -> Any:
    """A value as a cell. Text that begins like a formula, or with a control character, gets an apostrophe in front."""
    if not isinstance(value, str):
        return value
    begins = value[:1]
    return f"'{value}" if begins and (begins in _FORMULA or not begins.isprintable()) else value


def write(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Write a CSV file (UTF-8, mode 0600: it holds personal data) and return the number of its rows. "-" is standard
    output. A file appears whole or not at all."""
    if str(path) == "-":
        return _write(sys.stdout, columns, rows)
    with private(path) as file:
        return _write(file, columns, rows)


@contextlib.contextmanager
def private(path: Path) -> Iterator[IO[str]]:
    """A file for text with personal data (UTF-8, mode 0600), which appears whole at the end or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with open(
            partial, "w", opener=lambda file, flags: os.open(file, flags, 0o600), encoding="utf-8", newline=""
        ) as file:
            yield file
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _write(file: IO[str], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    sheet = csv.writer(file, lineterminator="\n")
    sheet.writerow(columns)
    written = 0
    for row in rows:
        sheet.writerow([cell(value) for value in row])
        written += 1
    return written
