"""What the replay came to, held against what ``explained.toml`` says."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from tests.loopback.replay.compare import Difference
from tests.loopback.replay.inventory import Recordings
from tests.loopback.replay.run import Result

EXPLAINED = Path(__file__).with_name("explained.toml")


@dataclass(frozen=True)
class Explanation:
    """One deliberate difference; ``*`` in ``entries`` and ``paths`` stands for any text.

    ``switch`` ("name=value"): it holds only in the run in which this setting is turned so.
    """

    entries: tuple[str, ...]
    paths: tuple[str, ...]
    kinds: tuple[str, ...]
    why: str
    switch: str = ""

    def covers(self, entry: str, difference: Difference) -> list[tuple[str, str]]:
        """The (entry, path) patterns that this difference is an instance of."""
        if difference.kind not in self.kinds:
            return []
        return [
            (text, path)
            for text in self.entries
            for path in self.paths
            if matches(text, entry) and matches(path, difference.path)
        ]

    def patterns(self) -> Iterator[tuple[str, str]]:
        return ((entry, path) for entry in self.entries for path in self.paths)


@dataclass(frozen=True)
class Listing:
    """Entries that are not replayed, and why."""

    entries: tuple[str, ...]
    why: str


@dataclass(frozen=True)
class Explained:
    differences: tuple[Explanation, ...]
    not_a_response: tuple[Listing, ...]
    not_covered: tuple[Listing, ...]
    other_values: dict[str, dict[str, Any]]


@cache
def explained() -> Explained:
    """The data file, read once."""
    content = tomllib.loads(EXPLAINED.read_text(encoding="utf-8"))
    return Explained(
        tuple(
            Explanation(tuple(d["entries"]), tuple(d["paths"]), tuple(d["kinds"]), d["why"], d.get("switch", ""))
            for d in content["difference"]
        ),
        tuple(Listing(tuple(d["entries"]), d["why"]) for d in content["not_a_response"]),
        tuple(Listing(tuple(d["entries"]), d["why"]) for d in content["not_covered"]),
        content.get("switch", {}),
    )


@dataclass
class Verdict:
    """Everything that is wrong, as sentences, and the counts of what was found."""

    replayed: int = 0
    equal: int = 0
    listed: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)


def judge(recordings: Recordings, results: Iterable[Result], switch: str = "", *, whole: bool = True) -> Verdict:
    """``whole``: these are all recordings, so that an explanation nothing needs is a problem."""
    data, verdict = explained(), Verdict()
    used: Counter[tuple[str, str]] = Counter()
    told: set[str] = set()
    for result in results:
        told.add(result.entry)
        if result.covered:
            _judge_one(result, data, switch, used, verdict)
        else:
            _uncovered(result, data, verdict)
    _judge_the_rest(recordings, told, data, verdict)
    if whole:
        verdict.problems += _unused(data, used, switch)
        verdict.problems += _stale(recordings, data)
    return verdict


def judge_turned(results: Iterable[Result], switch: str, files: Collection[str] | None) -> list[str]:
    """The problems of a run with one switch turned, over some ``files`` or over all: differences that nothing
    explains, and what the switch should have changed and did not."""
    data, verdict = explained(), Verdict()
    used: Counter[tuple[str, str]] = Counter()
    for result in results:
        if result.covered and (files is None or result.entry.partition("#")[0] in files):
            _judge_one(result, data, switch, used, verdict)
    only = [e for e in data.differences if e.switch == switch]
    return verdict.problems + list(_unused(replace(data, differences=tuple(only)), used, switch))


def _judge_one(result: Result, data: Explained, switch: str, used: Counter[tuple[str, str]], verdict: Verdict) -> None:
    verdict.replayed += 1
    verdict.equal += not result.differences
    for difference in result.differences:
        found = [
            pattern
            for explanation in data.differences
            if explanation.switch in ("", switch)
            for pattern in explanation.covers(result.entry, difference)
        ]
        used.update(found)
        if not found:
            verdict.problems.append(f"{result.entry}: {result.request} differs and nothing says why: {difference}")
    count = len(result.differences)
    said = "as recorded" if not count else f"{count} explained difference{'s' * (count > 1)}"
    verdict.lines.append(f"{result.entry}: {result.request} {result.status}, {said}")


def _uncovered(result: Result, data: Explained, verdict: Verdict) -> None:
    why = _listed(data.not_covered, result.entry)
    verdict.listed["not on the covered surface"] += 1
    verdict.lines.append(f"{result.entry}: {result.request} {result.status}, not covered: {why or '?'}")
    if why is None:
        verdict.problems.append(
            f"{result.entry}: the emulator has no {result.request} and not_covered does not list it"
        )


def _judge_the_rest(recordings: Recordings, told: set[str], data: Explained, verdict: Verdict) -> None:
    for entry in recordings:
        if entry in told:
            continue
        for name, listings in (
            ("not a response", data.not_a_response),
            ("not on the covered surface", data.not_covered),
        ):
            why = _listed(listings, entry)
            if why is not None:
                verdict.listed[name] += 1
                verdict.lines.append(f"{entry}: {name}: {why}")
                break
        else:
            verdict.problems.append(f"{entry}: neither replayed nor listed")
    for listing in data.not_a_response:
        for entry in told:
            if any(matches(pattern, entry) for pattern in listing.entries):
                verdict.problems.append(f"{entry}: replayed, and listed as no response")


def _unused(data: Explained, used: Counter[tuple[str, str]], switch: str) -> Iterator[str]:
    for explanation in data.differences:
        if explanation.switch not in ("", switch):
            continue
        entries = {entry for entry, _ in used}
        for entry, path in explanation.patterns():
            if not used[entry, path]:
                missing = "" if entry in entries else " (nor any other path of it)"
                yield f"{entry}: {path} is explained and does not differ any more{missing}"


def _stale(recordings: Recordings, data: Explained) -> Iterator[str]:
    for listing in (*data.not_a_response, *data.not_covered):
        for pattern in listing.entries:
            if not any(matches(pattern, entry) for entry in recordings):
                yield f"{pattern}: listed, and no recording is called so"


def _listed(listings: Iterable[Listing], entry: str) -> str | None:
    return next((found.why for found in listings if any(matches(p, entry) for p in found.entries)), None)


@cache
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, text.split("*"))), re.DOTALL)


def matches(pattern: str, text: str) -> bool:
    return _pattern(pattern).fullmatch(text) is not None
