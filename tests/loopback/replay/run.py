"""The recorded requests against an emulator in which the same situation holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote, urlsplit

import requests

from tests.loopback.replay import compare
from tests.loopback.replay.compare import Difference
from tests.loopback.replay.inventory import Recorded, Recordings

_SYSTEMS: dict[str, list[tuple[tuple[str, ...], Callable[..., None]]]] = {"hubspot": [], "salesforce": []}


@dataclass(frozen=True)
class Result:
    """One recorded answer beside ours; ``covered`` is False when the emulator has no such route."""

    entry: str
    request: str
    status: int
    differences: tuple[Difference, ...] = ()
    covered: bool = True


def replays(*files: str) -> Callable[[Callable[[Any], None]], Callable[[Any], None]]:
    """Register a story; it is told where every one of its ``files`` is among the recordings."""

    def register(story: Callable[[Any], None]) -> Callable[[Any], None]:
        _SYSTEMS[files[0].partition("/")[0]].append((files, story))
        return story

    return register


@dataclass
class Replay:
    """One run over ``recordings``; a subclass knows its emulator.

    ``switch`` are the settings of the emulator that this run turns the other way.
    """

    recordings: Recordings
    switch: Mapping[str, Any] = field(default_factory=dict)
    results: list[Result] = field(default_factory=list)

    system = ""
    headers: tuple[str, ...] = ()
    header_values: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self._open = ExitStack()
        self._emulators: list[Any] = []

    def run(self, only: Collection[str] | None = None) -> list[Result]:
        """Tell every story whose files are there; ``only`` those that replay one of these files."""
        for files, story in _SYSTEMS[self.system]:
            wanted = only is None or set(files) & set(only)
            if wanted and all(self.recordings.under(file) for file in files):
                with self._told():
                    story(self)
        return self.results

    def judge(
        self,
        entry: str | Recorded,
        response: requests.Response,
        status: int | None = None,
        *,
        keyed: Mapping[str, str] | None = None,
        renamed: Mapping[str, str] | None = None,
        covered: bool = True,
    ) -> None:
        """Compare and note. ``status`` where the recording has none. ``keyed`` ({"results": "id"}) compares the entries
        of a list that have the same key, one by one; the others of ours are none of the recording's business.
        ``renamed`` are words of the recorded text that our situation must call otherwise."""
        recorded = self.recordings[entry] if isinstance(entry, str) else entry
        request = f"{response.request.method} {response.request.path_url.partition('?')[0]}"
        if not covered or response.status_code == 501 or self.is_unrouted(response):
            self.results.append(Result(recorded.entry, request, response.status_code, covered=False))
            return
        theirs = _renamed(recorded.body, renamed or {})
        found = self.compared(theirs, answered(response), keyed or {})
        expected = recorded.status or status
        if response.status_code != expected:
            found.insert(0, Difference("status", "value", str(expected), str(response.status_code)))
        if recorded.headers is not None:
            found += compare.headers(recorded.headers, response.headers, self.headers, self.header_values)
        self.results.append(Result(recorded.entry, request, response.status_code, tuple(found)))

    def compared(self, theirs: Any, ours: Any, keyed: Mapping[str, str]) -> list[Difference]:
        """The differences of the bodies."""
        for name, key in keyed.items():
            rows = _by_key(theirs[name], key)
            mine = _by_key(ours[name], key) if isinstance(ours, dict) and name in ours else {}
            theirs = {**theirs, name: rows}
            ours = {**ours, name: {text: mine[text] for text in rows if text in mine}}
        return compare.bodies(theirs, ours)

    def is_unrouted(self, response: requests.Response) -> bool:
        """No rule of the emulator took the request."""
        asked = (response.request.method, unquote(urlsplit(response.request.url).path))
        return any(
            (call.method, call.path) == asked and call.endpoint.endswith("(no route)")
            for emulator in self._emulators
            for call in emulator.log.calls()
        )

    def keep(self, emulator: Any) -> Any:
        """Close the emulator after the story."""
        self._open.callback(emulator.close)
        self._emulators.append(emulator)
        return emulator

    @contextmanager
    def _told(self) -> Iterator[None]:
        with self._open:
            yield
        self._open = ExitStack()
        self._emulators.clear()


def answered(response: requests.Response) -> Any:
    """The JSON of an answer, its text when it is none."""
    try:
        return response.json()
    except requests.JSONDecodeError:
        return response.text


def _by_key(rows: Iterable[Mapping[str, Any]], key: str) -> dict[str, Any]:
    return {str(row[key]): row for row in rows}


def _renamed(body: Any, words: Mapping[str, str]) -> Any:
    if not words:
        return body
    text = json.dumps(body)
    for theirs, ours in words.items():
        text = text.replace(theirs, ours)
    return json.loads(text)


def names_of(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The property names that recorded rows show: what their request asked for."""
    return sorted({name for row in rows for name in row["properties"]})
