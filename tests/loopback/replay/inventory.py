"""Every recorded file, and every answer inside a file that holds several."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.loopback import recordings

SAMPLES = Path(__file__).parents[1] / "samples"


@dataclass(frozen=True)
class Recorded:
    """One answer: ``status`` and ``headers`` None where the recording does not have them.

    ``entry`` is ``hubspot/grouparoo/search.429.json#0``: the file below the recordings of its system, and, when
    the file holds several answers, which one.
    """

    entry: str
    body: Any
    status: int | None = None
    headers: Mapping[str, str] | None = None
    request: Mapping[str, Any] = field(default_factory=dict)


class Recordings:
    """The recordings of both systems below two folders."""

    def __init__(self, name: str, folders: Mapping[str, Path]) -> None:
        self.name = name
        self._folders = folders
        self._entries = {r.entry: r for system in folders for r in self._of(system)}

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __contains__(self, entry: str) -> bool:
        return entry in self._entries

    def __getitem__(self, entry: str) -> Recorded:
        return self._entries[entry]

    def under(self, file: str) -> list[Recorded]:
        """The answers of one file, or none when it is not among these recordings."""
        return [r for entry, r in self._entries.items() if entry == file or entry.startswith(f"{file}#")]

    def load(self, entry: str) -> Any:
        """The JSON of a file that is no answer, a request body for example."""
        return self._entries[entry].body

    def _of(self, system: str) -> Iterator[Recorded]:
        folder = self._folders[system]
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield from _answers(f"{system}/{path.relative_to(folder)}", path)


@cache
def samples() -> Recordings:
    """The few that are part of the repository."""
    return Recordings("samples", {name: SAMPLES / name for name in ("hubspot", "salesforce")})


@cache
def complete() -> Recordings | None:
    """All of them, where this machine has them."""
    folders = {"hubspot": recordings.HUBSPOT, "salesforce": recordings.SALESFORCE}
    return Recordings("recordings", folders) if all(f.is_dir() for f in folders.values()) else None


def _answers(name: str, path: Path) -> Iterator[Recorded]:
    text = path.read_text(encoding="utf-8")
    content = json.loads(text) if path.suffix == ".json" and text else text
    match content:
        case {"interactions": list() as exchanges}:
            yield from (_exchange(f"{name}#{n}", e["request"], e["response"]) for n, e in enumerate(exchanges))
        case {"request": dict() as request, "response": {"body": {"string": str() as body}} as response}:
            yield Recorded(name, json.loads(body), response["status"]["code"], request=request)
        case {"bodies": list() as cases}:
            for case in cases:
                yield Recorded(f"{name}#{case['id']}", case["body"], case["http_status"], case.get("headers"))
        case {"payloads": list() as payloads, **rest}:
            yield from (Recorded(f"{name}#{p['id']}", p["payload"]) for p in payloads)
            yield from (Recorded(f"{name}#{key}", value) for key, value in rest.items())
        case {"source": dict(), "body": body}:
            yield Recorded(name, body)
        case [{"method": str(), "response": _}, *_]:
            yield from (_call(f"{name}#{n}", call) for n, call in enumerate(content))
        case [{"code": str(), "http": int()}, *_]:
            yield from (Recorded(f"{name}#{n}", case["body"], case["http"]) for n, case in enumerate(content))
        case _:
            yield Recorded(name, content)


def _exchange(entry: str, request: Mapping[str, Any], response: Mapping[str, Any]) -> Recorded:
    return Recorded(entry, response["body"], response["status"], response["headers"], request)


def _call(entry: str, call: Mapping[str, Any]) -> Recorded:
    request = {key: call[key] for key in ("method", "path", "query", "body")}
    return Recorded(entry, call["response"], call["status"], call.get("headers"), request)
