"""What one sync may do without being asked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Brakes:
    """What one sync may do without being asked: more is a Problem and nothing is sent.

    blanks       values that would be emptied on either side
    demotions    people whose stage would go back or out, and marketing would be told
    """

    handoffs: int = 200
    owner_changes: int = 20
    blanks: int = 20
    demotions: int = 200
    share: float = 0.2
    floor: int = 50
