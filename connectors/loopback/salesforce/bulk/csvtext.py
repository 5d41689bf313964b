"""The CSV of jobs: every delimiter and line ending, each record with its text as it was sent."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence

DELIMITERS = {"BACKQUOTE": "`", "CARET": "^", "COMMA": ",", "PIPE": "|", "SEMICOLON": ";", "TAB": "\t"}
LINE_ENDINGS = {"LF": "\n", "CRLF": "\r\n"}


def read(text: str, delimiter: str) -> Iterator[tuple[list[str], str]]:
    """``(cells, raw)`` of every record that is not an empty line; ``raw`` ends as it was sent.

    Quoted cells may hold delimiters, line breaks and doubled quotes. Raises csv.Error.
    """
    lines = _Lines(text)
    for cells in csv.reader(lines, delimiter=delimiter, strict=True):
        raw = lines.take()
        if cells:
            yield cells, raw


def ends_with(raw: str, line_ending: str) -> bool:
    """Does a record end so? The last of a file need not end at all."""
    ended = raw[len(raw.rstrip("\r\n")) :]
    return ended in ("", line_ending)


def write(cells: Sequence[str], delimiter: str) -> str:
    """A record without its line ending; every cell is quoted."""
    return delimiter.join('"' + cell.replace('"', '""') + '"' for cell in cells)


class _Lines:
    """Feeds csv.reader and remembers what it took for the current record."""

    def __init__(self, text: str) -> None:
        self._lines = io.StringIO(text, newline="")
        self._taken: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._taken.append(line)
        return line

    def take(self) -> str:
        raw = "".join(self._taken)
        self._taken.clear()
        return raw
