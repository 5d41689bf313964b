"""Python's collector of cycles, while many values are made of which none is in a cycle."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

_SELDOM = (20_000, 10, 10)


@contextlib.contextmanager
def seldom_collected() -> Iterator[None]:
    """Meanwhile cycles are looked for less often. A chunk of people is thousands of frozen values that die together, and by
    default the collector would look at them again and again: a sixth of the time of deciding."""
    usual = gc.get_threshold()
    gc.set_threshold(*_SELDOM)
    try:
        yield
    finally:
        gc.set_threshold(*usual)
