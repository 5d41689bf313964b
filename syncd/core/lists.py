"""Marketing's static lists that follow a handoff: which, and what they were told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

LISTS = "lists"
"""The kind of target whose id is a list, by its id or name."""

EFFECT = "nurture:"


@dataclass(frozen=True, slots=True)
class Nurture:
    """`list`: people whom sales gave back. `pause`: people who are with sales. Static lists of marketing, by id or name; ""
    for none."""

    list: str = ""
    pause: str = ""

    @property
    def lists(self) -> tuple[str, ...]:
        return tuple(name for name in (self.list, self.pause) if name)


class Said(NamedTuple):
    """What a list was told of a person last (None: nothing that became of something), and how many writes are over."""

    member: bool | None = None
    times: int = 0
