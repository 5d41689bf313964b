"""A folder of CSV files as one stream of events.

A file only ever grows, and is read from where it was left. It is known by what it begins with, so that one that was renamed
(rotated) is gone on with, and one that took an old name is read from its start. What was read twice is one event all the same,
for its id, or else its content, is its identity.
"""

from __future__ import annotations

import csv
import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from connectors.product.events import BadRow, Reader
from connectors.product.settings import SYSTEM, Columns, Files
from syncd.core.errors import Unavailable
from syncd.core.text import plural
from syncd.core.types import Activity, Problem

HEAD = 4096
"""Bytes that tell a file from all others."""

SETTLED = timedelta(minutes=1)
"""A last line without an end is taken when nobody has written to the file for so long; before, it may be half a line."""

TOLD = 20
"""Bad rows of a file and a pull that are listed one by one."""

_LONGEST_ROW = 64_000
_BOM = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Place:
    """How far a file was read: `offset` bytes, `line` lines; it begins with `head` bytes whose digest is `digest`. `seen` is
    what the file system said of it then, when all of it was read."""

    offset: int = 0
    line: int = 0
    head: int = 0
    digest: str = ""
    seen: str = ""

    def as_json(self) -> list[Any]:
        return [self.offset, self.line, self.head, self.digest, self.seen]


@dataclass(slots=True)
class Batch:
    """Some events, what was wrong between them, and where every file stands after them."""

    places: dict[str, Place]
    activities: list[Activity] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class Folder:
    """One walk over the files, `size` events a batch. Every batch can be the last: the next walk goes on after it."""

    def __init__(self, files: Files, columns: Columns, reader: Reader, now: datetime, size: int) -> None:
        self._files, self._columns, self._reader, self._now, self._size = files, columns.named, reader, now, size

    def walk(self, saved: Mapping[str, Sequence[Any]]) -> Iterator[Batch]:
        """`saved` is what the places of the last batch said. Raises Unavailable when there is no such folder."""
        known = {name: Place(*said) for name, said in saved.items()}
        found = self.found()
        places = _continued(known, found)
        batch = Batch(places)
        for path in found:
            yield from self._file(path, places, batch)
        yield batch

    def found(self) -> list[Path]:
        """The files in the order of their names. Raises Unavailable when there is no such folder."""
        folder = self._files.folder
        if not folder.is_dir():
            raise Unavailable(
                SYSTEM, f"There is no folder {folder}.", fix="Create it, or correct `files` in [product]."
            )  # fmt: skip
        named = folder.glob(self._files.pattern)
        return sorted(path for path in named if path.is_file() and not path.name.startswith("."))

    def _file(self, path: Path, places: dict[str, Place], batch: Batch) -> Iterator[Batch]:
        """Reads one file to its end; what is left in `batch` afterwards is yielded with the next one."""
        place = places.get(path.name, Place())
        try:
            status = path.stat()
            seen = f"{status.st_size}:{status.st_mtime_ns}"
            if place.seen == seen:
                return
            settled = self._now.timestamp() - status.st_mtime > SETTLED.total_seconds()
            with path.open("rb") as file:
                for row in self._rows(path.name, file, place, batch, settled=settled):
                    places[path.name] = place
                    batch.activities.append(row)
                    if len(batch.activities) >= self._size:
                        yield batch
                        batch.activities, batch.problems = [], []
                if place.offset:
                    _remember_head(file, place)
                    places[path.name] = place
        except OSError as error:
            batch.problems.append(_unreadable(path.name, f"cannot be read: {os.strerror(error.errno or 0)}"))
            return
        if place.offset == status.st_size:
            place.seen = seen

    def _rows(self, name: str, file: BinaryIO, place: Place, batch: Batch, *, settled: bool) -> Iterator[Activity]:
        """The events of a file from its place on; the place moves with them."""
        names = self._header(name, file, batch)
        if names is None:
            return
        if place.offset < file.tell():
            place.offset, place.line = file.tell(), 1
        file.seek(place.offset)
        positions = [(ours, names.index(theirs)) for ours, theirs in self._columns.items()]
        lines = _Lines(file, self._files.delimiter, place.line, len(names), settled=settled)
        bad: list[int] = []
        while (row := lines.next()) is not None:
            if row.whole:  # a line without an end is read again the next time, to see whether it grew
                place.offset, place.line = file.tell(), lines.number
            try:
                event = self._event(row, positions, len(names))
            except BadRow as error:
                bad.append(row.line)
                if len(bad) <= TOLD:
                    batch.problems.append(_bad_row(name, row.line, str(error)))
                continue
            if event is not None:
                _remember_head(file, place)
                yield event
        if len(bad) > TOLD:
            batch.problems.append(_more_bad_rows(name, bad[TOLD:]))

    def _event(self, row: _Row, positions: Sequence[tuple[str, int]], width: int) -> Activity | None:
        """Raises BadRow."""
        if row.cells is None:
            raise BadRow("is no CSV in UTF-8")
        if len(row.cells) != width:
            raise BadRow(f"has {plural(len(row.cells), 'value')} for {plural(width, 'column')}")
        return self._reader.activity({ours: row.cells[position] for ours, position in positions})

    def _header(self, name: str, file: BinaryIO, batch: Batch) -> list[str] | None:
        """The names of the columns; None, with a problem, where one that is needed is missing."""
        row = _Lines(file, self._files.delimiter).next()
        if row is None:
            return None  # empty, or the first line is being written
        names = [cell.strip() for cell in row.cells or ()]
        missing = [theirs for theirs in self._columns.values() if theirs not in names]
        if not missing:
            return names
        batch.problems.append(_no_column(name, missing, names, self._files.delimiter))
        return None


# ---------------------------------------------------------------- lines
@dataclass(frozen=True, slots=True)
class _Row:
    """One record: the line it begins in, its cells (None: it is no CSV), and whether it surely is all there."""

    line: int
    cells: list[str] | None
    whole: bool = True


class _Lines:
    """The records of a CSV file. A record ends with a line in which no quote is open.

    width    how many cells a record has; 0 for any number
    settled  nobody writes to the file any more: its last line needs no end
    """

    def __init__(
        self, file: BinaryIO, delimiter: str, number: int = 0, width: int = 0, *, settled: bool = False
    ) -> None:
        self._file, self._delimiter, self._width, self._settled = file, delimiter, width, settled
        self.number = number

    def next(self) -> _Row | None:
        """None at the end, and before a record that is still being written."""
        while True:
            start, first = self._file.tell(), self.number + 1
            raw = self._file.readline(_LONGEST_ROW)
            if not raw:
                return None
            if len(raw) == _LONGEST_ROW and not raw.endswith(b"\n"):
                return self._too_long(start)
            after, self.number = self._file.tell(), first
            while _is_open(raw) and len(raw) < _LONGEST_ROW and (more := self._file.readline(_LONGEST_ROW)):
                raw += more
                self.number += 1
            ended = raw.endswith(b"\n")
            unfinished = not ended or _is_open(raw)
            if unfinished and not self._settled and len(raw) < _LONGEST_ROW:
                self._file.seek(start)
                return None
            if not raw.strip():
                continue
            cells = None if _is_open(raw) else self._cells(raw.removeprefix(_BOM) if start == 0 else raw)
            if self.number > first and (cells is None or len(cells) != (self._width or len(cells))):
                self._file.seek(after)  # one stray quote must not swallow the lines after it
                self.number = first
                return _Row(first, None)
            return _Row(first, cells, ended)

    def _too_long(self, start: int) -> _Row | None:
        """Skips a line that no event is written in."""
        raw = b"more"
        while raw and not raw.endswith(b"\n"):
            raw = self._file.readline(_LONGEST_ROW)
        if not raw and not self._settled:
            self._file.seek(start)
            return None
        self.number += 1
        return _Row(self.number, None)

    def _cells(self, raw: bytes) -> list[str] | None:
        try:
            return next(csv.reader([raw.decode("utf-8")], delimiter=self._delimiter, strict=True))
        except (csv.Error, UnicodeDecodeError):
            return None


def _is_open(raw: bytes) -> bool:
    return raw.count(b'"') % 2 == 1


# ---------------------------------------------------------------- which file is which
def _continued(known: Mapping[str, Place], found: Sequence[Path]) -> dict[str, Place]:
    """Where to go on in each file: by its name, when it still begins as it did; else in the file that was renamed."""
    places: dict[str, Place] = {}
    strangers = []
    for path in found:
        place = known.get(path.name)
        if place is not None and (place.seen == _seen(path) or _begins(path, place)):
            places[path.name] = place
        else:
            strangers.append(path)
    homeless = [place for name, place in known.items() if name not in places and place.head]
    for path in strangers:
        if (place := next((p for p in homeless if _begins(path, p)), None)) is not None:
            places[path.name] = place
            homeless.remove(place)
    return places


def _seen(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:
        return ""
    return f"{status.st_size}:{status.st_mtime_ns}"


def _begins(path: Path, place: Place) -> bool:
    """Whether the file begins as the one at this place did, and is no shorter than what was read of it."""
    try:
        with path.open("rb") as file:
            return _digest(file.read(place.head)) == place.digest and path.stat().st_size >= place.offset
    except OSError:
        return False


def _remember_head(file: BinaryIO, place: Place) -> None:
    """What the file begins with, as far as it was read."""
    wanted = min(place.offset, HEAD)
    if place.head < wanted:
        here = file.tell()
        file.seek(0)
        place.head, place.digest = wanted, _digest(file.read(wanted))
        file.seek(here)


def _digest(head: bytes) -> str:
    return hashlib.blake2b(head, digest_size=8).hexdigest()


# ---------------------------------------------------------------- what a human must see
def _bad_row(name: str, line: int, why: str) -> Problem:
    return Problem("product_row", f"{name}:{line}", f"{name}:{line}: the row {why}; it is left out.",
                   "Correct what writes the file; a corrected row in a new line is taken.")  # fmt: skip


def _more_bad_rows(name: str, lines: Sequence[int]) -> Problem:
    return Problem(
        "product_row", f"{name}:{lines[0]}-{lines[-1]}",
        f"{name}: {len(lines):,} more rows between the lines {lines[0]} and {lines[-1]} cannot be read; they are left out.",
        "Correct what writes the file; corrected rows in new lines are taken.",
    )  # fmt: skip


def _unreadable(name: str, why: str) -> Problem:
    return Problem("product_source", name, f"{name} {why}.", "Let the user of syncd read it.")


def _no_column(name: str, missing: Sequence[str], names: Sequence[str], delimiter: str) -> Problem:
    has = ", ".join(f"“{column[:40]}”" for column in names[:12]) or "none"
    fix = "Name the columns in [product.columns]."
    if len(names) == 1 and (other := next((d for d in ";\t|," if d != delimiter and d in names[0]), "")):
        written = {"\t": "\\t"}.get(other, other)
        fix = f'Write delimiter = "{written}" in [product].'
    lacking = " and no ".join(f"column “{column}”" for column in missing)
    return Problem("product_source", name, f"{name}:1: there is no {lacking}; the file has {has}.", fix)
