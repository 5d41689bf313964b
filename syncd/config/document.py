"""One TOML file as data with lines, and what is wrong with it as complaints."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from syncd.config.lines import Lines, Where, scan
from syncd.core.errors import Complaint, ConfigError

LARGEST = 1_000_000
"""Bytes; a configuration is written by hand."""

DEEPEST = 40
"""Tables inside tables; more is an accident, and would only exhaust the stack of whoever reads it."""


class Flaw(NamedTuple):
    """Something wrong at a place of one document."""

    where: Where
    sentence: str
    fix: str = ""


@dataclass(frozen=True)
class Document:
    """`name` is the file as the user knows it. Lines are looked up only when there is something to complain about."""

    name: str
    data: Mapping[str, Any]
    text: str

    @cached_property
    def lines(self) -> Lines:
        return scan(self.text)

    def complaint(self, flaw: Flaw) -> Complaint:
        return Complaint(flaw.sentence, self.name, self.lines.of(flaw.where), flaw.fix)

    def complaints(self, flaws: Iterable[Flaw]) -> list[Complaint]:
        """In the order of the file, each once."""
        found = dict.fromkeys(self.complaint(flaw) for flaw in flaws)
        return sorted(found, key=lambda complaint: complaint.line)


def read(path: Path) -> Document:
    """Raises ConfigError with the one complaint that keeps the file from being read."""
    name = str(path)
    text = text_of(path)
    try:
        data = tomllib.loads(text)
    except RecursionError:
        raise _refused(name, 0, "is nested too deeply.", "Use fewer tables inside tables.") from None
    except ValueError as error:  # TOMLDecodeError, and numbers of absurd length
        sentence, line = _syntax(str(error), text)
        raise _refused(name, line, f"is not valid TOML: {sentence}.") from None
    if _depth(data) > DEEPEST:
        raise _refused(name, 0, "is nested too deeply.", "Use fewer tables inside tables.")
    return Document(name, data, text)


def tables(data: object, *keys: str) -> Iterator[tuple[Where, Mapping[str, Any]]]:
    """The table at `keys`, or the items of the array of tables there; nothing where something else stands."""
    place: Where = keys
    for key in keys:
        if not isinstance(data, Mapping):
            return
        data = data.get(key)
    if isinstance(data, Mapping):
        yield place, data
    elif isinstance(data, list):
        yield from (((*place, n), item) for n, item in enumerate(data) if isinstance(item, Mapping))


def text_of(path: Path) -> str:
    """A text file whole. Raises ConfigError with the one complaint that keeps it from being read."""
    name = str(path)
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        raise _refused(name, 0, "does not exist.") from None
    except IsADirectoryError:
        raise _refused(name, 0, "is a folder, not a file.") from None
    except (OSError, ValueError) as error:
        why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "bad name"
        raise _refused(name, 0, f"cannot be read: {why}.") from None
    if len(raw) > LARGEST:
        raise _refused(name, 0, f"is larger than {LARGEST:,} bytes.")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise _refused(name, line, "is not UTF-8 text.", "Save the file as UTF-8.") from None


def _refused(name: str, line: int, predicate: str, fix: str = "") -> ConfigError:
    return ConfigError([Complaint(f"the file {predicate}", name, line, fix)])


def _syntax(message: str, text: str) -> tuple[str, int]:
    """tomllib's message without its position, and the line."""
    if found := re.search(r" \(at line (\d+), column \d+\)$", message):
        return _lowered(message[: found.start()]), int(found.group(1))
    if message.endswith(" (at end of document)"):
        return _lowered(message.removesuffix(" (at end of document)")), text.count("\n") + 1
    return _lowered(message), 0


def _lowered(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]


def _depth(data: object) -> int:
    deepest, stack = 0, [(data, 0)]
    while stack:
        value, depth = stack.pop()
        deepest = max(deepest, depth)
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        stack.extend((item, depth + 1) for item in inner)
    return deepest
