"""What is wrong with a scenario: sentences, each with its file and line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from difflib import get_close_matches
from typing import Any

from connectors.loopback.scenario.toml_lines import Lines, Place


class ScenarioError(ValueError):
    """A scenario that cannot be played; ``problems`` lists every reason as a sentence."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


class Problems:
    """Collects what is wrong with one scenario file, in the order of its lines."""

    def __init__(self, file: str, lines: Lines) -> None:
        self._file = file
        self._lines = lines
        self._found: list[tuple[int, str]] = []
        self._gone: list[Place] = []
        self._gone_texts: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._found)

    def add(self, place: Place, sentence: str) -> None:
        """``sentence`` is about what stands at ``place``; it ends with a full stop."""
        line = self._lines.of(self._as_written(place))
        self._found.append((line, f"{self._file}, line {line}: {sentence}"))

    def unknown(self, place: Place, what: str, name: object, known: Iterable[str]) -> None:
        """``name`` means nothing; nothing is said of one that stands in a part that is wrong itself."""
        if str(name) not in self._gone_texts:
            self.add(place, unknown(what, name, known))

    def leave_out(self, place: Place, value: Any) -> None:
        """What stood at ``place`` is wrong, and from now on counts as not written: places behind it in a list move up."""
        self._gone_texts.update(_texts(value))
        if isinstance(place[-1], int):
            self._gone.append(place)

    def _as_written(self, place: Place) -> Place:
        for *around, number in reversed(self._gone):
            depth = len(around)
            here = place[depth] if place[:depth] == tuple(around) and len(place) > depth else None
            if isinstance(here, int) and isinstance(number, int) and here >= number:
                place = (*around, here + 1, *place[depth + 1 :])
        return place

    @contextmanager
    def told(self, place: Place, *errors: type[Exception]) -> Iterator[None]:
        """What one of these exceptions says is a problem at ``place``; work goes on after it."""
        try:
            yield
        except errors as error:
            text = str(getattr(error, "message", None) or error)
            self.add(place, text if text.endswith(".") else f"{text}.")

    def check(self) -> None:
        """Raises ScenarioError when anything was found."""
        if self._found:
            raise ScenarioError([sentence for _, sentence in sorted(self._found, key=lambda entry: entry[0])])


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield from (value, *value.split("."))
    elif isinstance(value, Mapping | list):
        for inner in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(inner)


def suggestion(name: object, known: Iterable[str]) -> str:
    """`` Did you mean "contacts"?``, or what there is when that is little, or nothing."""
    names = sorted(known)
    close = get_close_matches(str(name).lower(), [entry.lower() for entry in names], n=1, cutoff=0.6)
    if close:
        meant = next(entry for entry in names if entry.lower() == close[0])
        return f' Did you mean "{meant}"?'
    return f" There are: {', '.join(names)}." if 0 < len(names) <= 12 else ""


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """``There is no field "Leed".`` with a suggestion."""
    return f'There is no {what} "{name}".{suggestion(name, known)}'
