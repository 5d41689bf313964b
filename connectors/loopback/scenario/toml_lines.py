"""Where in a TOML text each table and key stands; tomllib does not say."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from typing import Any

Place = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[|\[)(?P<name>[^\[\]]+)\]{1,2}")
_KEY = re.compile(r"""\s*(?P<name>(?:[\w-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[\w-]+|"[^"]*"|'[^']*'))*)\s*=""")
# What opens, closes or hides brackets: strings of all four kinds, comments, brackets.
_TOKEN = re.compile(
    r"\"\"\"(?:\\.|[^\\])*?\"\"\"|'''.*?'''|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*'|#[^\n]*|[\[\]{}]|\n", re.DOTALL
)


class Lines:
    """Line numbers (from 1) by place: ``("event", 2, "at")`` is the key of the third ``[[event]]``.

    For what stands inside a value, :meth:`of` gives the line of its key.
    """

    def __init__(self, text: str) -> None:
        self._found: dict[Place, int] = {}
        self._arrays: Counter[Place] = Counter()
        table: Place = ()
        for number, line in _statements(text):
            if header := _HEADER.match(line):
                table = self._table(_split(header["name"]), several=header[1] == "[[")
                self._found.setdefault(table, number)
            elif key := _KEY.match(line):
                place = table
                for name in _split(key["name"]):
                    place = (*place, name)
                    self._found.setdefault(place, number)

    def of(self, place: Place) -> int:
        """The line of the nearest thing around ``place`` that has one; 1 for the whole file."""
        while place and place not in self._found:
            place = place[:-1]
        return self._found.get(place, 1)

    def _table(self, names: list[str], *, several: bool) -> Place:
        """The place of a header; below an array of tables it means the array's last entry."""
        place: Place = ()
        for depth, name in enumerate(names, 1):
            place = (*place, name)
            if several and depth == len(names):
                self._arrays[place] += 1
            if count := self._arrays[place]:
                place = (*place, count - 1)
        return place


def parse(text: str) -> tuple[dict[str, Any], Lines]:
    """The document and its lines; raises tomllib.TOMLDecodeError."""
    return tomllib.loads(text), Lines(text)


def _statements(text: str) -> list[tuple[int, str]]:
    """Number and text of each line that begins outside any value."""
    lines = text.split("\n")
    found: list[tuple[int, str]] = []
    depth, number, begins = 0, 1, True
    position = 0
    while position < len(text):
        if begins and depth == 0:
            line = lines[number - 1]
            found.append((number, line))
            if header := _HEADER.match(line):
                position += header.end()
        begins = False
        token = _TOKEN.search(text, position)
        if token is None:
            break
        position = token.end()
        number += token[0].count("\n")
        if token[0] == "\n":
            begins = True
        elif token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
    return found


def _split(name: str) -> list[str]:
    parts = re.findall(r"""[\w-]+|"[^"]*"|'[^']*'""", name)
    return [part.strip("\"'") for part in parts]
