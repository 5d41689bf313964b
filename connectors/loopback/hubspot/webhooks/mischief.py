"""What may befall events on their way: HubSpot promises neither once, nor order, nor soon (§11.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

MOST_EVENTS = 100  # of one request [D:hooks]


@dataclass(frozen=True)
class Mischief:
    """``duplicate``, ``drop`` and ``repeat_ids`` are shares of the events from 0 to 1: sent
    twice, never sent, sent under the eventId of the event before. ``delay_seconds`` is the range
    each event waits at first, on the emulator's clock. All of it is drawn from ``seed``.
    """

    duplicate: float = 0.0
    drop: float = 0.0
    repeat_ids: float = 0.0
    reorder: bool = False
    delay_seconds: tuple[float, float] = (0.0, 0.0)
    batch_size: int = MOST_EVENTS
    seed: int = 1

    def wire(self) -> dict[str, Any]:
        return asdict(self)


NO_MISCHIEF = Mischief()


def mischief(given: Mapping[str, Any]) -> Mischief:
    """From a JSON object with any of the fields; ValueError with a sentence per problem."""
    names = {field.name for field in fields(Mischief)}
    problems = [f'"{name}" is no kind of mischief.' for name in given if name not in names]
    problems += [
        f'"{name}" must be a share from 0 to 1.'
        for name in ("duplicate", "drop", "repeat_ids")
        if not _between(given.get(name, 0), 0, 1)
    ]
    delay = given.get("delay_seconds", [0, 0])
    if not (isinstance(delay, list | tuple) and len(delay) == 2 and all(_between(s, 0, 86_400) for s in delay)):
        problems.append('"delay_seconds" must be the shortest and the longest wait.')
    elif delay[0] > delay[1]:
        problems.append('"delay_seconds" begins with the shorter wait.')
    if not isinstance(given.get("reorder", False), bool):
        problems.append('"reorder" must be true or false.')
    if not (_whole(given.get("batch_size", 1)) and 1 <= given.get("batch_size", 1) <= MOST_EVENTS):
        problems.append(f'"batch_size" must be a whole number from 1 to {MOST_EVENTS}.')
    if not _whole(given.get("seed", 1)):
        problems.append('"seed" must be a whole number.')
    if problems:
        raise ValueError(" ".join(problems))
    return Mischief(**{**given, "delay_seconds": (delay[0], delay[1])})


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _between(value: Any, least: float, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and least <= value <= most
