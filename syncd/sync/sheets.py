"""Reading CSV files as they come: their encoding, delimiter and quotes, and which line is not right."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from syncd.core.errors import Complaint, ConfigError

DELIMITERS = ",;\t|"

_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file whose header is known. `encoding` "" is found out: UTF-8, or UTF-16 by its mark; `delimiter` "" by the header."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]

    @classmethod
    def of(cls, path: Path, encoding: str = "", delimiter: str = "") -> Sheet:
        """Raises ConfigError when it cannot be read as a table."""
        encoding = encoding or _encoding(path)
        try:
            with _text(path, encoding) as file:
                first = file.readline()
        except UnicodeError:
            raise _not_text(path, encoding) from None
        delimiter = delimiter or max(DELIMITERS, key=lambda d: len(next(csv.reader([first], delimiter=d), [])))
        sheet = cls(path, encoding, delimiter, ())
        line, header = next(sheet._lines(), (0, [""]))
        names = tuple(name.strip() for name in header)
        if "" in names or len(set(names)) < len(names):
            twice = next((name for name in names if names.count(name) > 1), "")
            what = f"has the column “{twice}” twice" if twice else "has a column without a name" if line else "is empty"
            raise ConfigError(
                [Complaint(f"the table {what}.", str(path), line, "Its first line must name every column.")]
            )
        return cls(path, encoding, delimiter, names)

    def rows(self) -> Iterator[tuple[int, dict[str, str] | str]]:
        """(line, cells by column) for every row, or (line, what is wrong with it)."""
        lines = self._lines()
        next(lines, None)
        for line, cells in lines:
            if len(cells) != len(self.header):
                yield line, f"the row has {len(cells)} cells, and the header {len(self.header)}."
            else:
                yield line, dict(zip(self.header, cells, strict=True))

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """(line at which it begins, cells) of every row that is not blank. Raises ConfigError where reading must stop."""
        begins = 1
        with _text(self.path, self.encoding) as file:
            reader = csv.reader(file, delimiter=self.delimiter, strict=True)
            try:
                for cells in reader:
                    if any(map(str.strip, cells)):
                        yield begins, cells
                    begins = reader.line_num + 1
            except csv.Error as error:
                raise _unreadable(self.path, begins, f"the row cannot be read: {error}.") from None
            except UnicodeError:
                raise _not_text(self.path, self.encoding) from None


def _text(path: Path, encoding: str) -> io.TextIOWrapper:
    return path.open(encoding=encoding, newline="")


def _encoding(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    return next((name for mark, name in _MARKS if start.startswith(mark)), "utf-8")


def _unreadable(path: Path, line: int, sentence: str, fix: str = "") -> ConfigError:
    return ConfigError([Complaint(sentence, str(path), line, fix)])


def _not_text(path: Path, encoding: str) -> ConfigError:
    raw = path.read_bytes()
    try:
        raw.decode(encoding)
        line = 0
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
    fix = 'Save it as UTF-8, or name its encoding in the description: encoding = "cp1252".'
    return _unreadable(path, line, f"this is not {encoding} text.", fix)
