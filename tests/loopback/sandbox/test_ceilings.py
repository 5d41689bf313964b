"""Every limit that is written into the emulators' code is in the list that docs/sandbox.md shows."""

from __future__ import annotations

import re
from pathlib import Path

from connectors.loopback import ceilings

LOOPBACK = Path(ceilings.__file__).parent
# Limits of the code's own work, which no request meets.
_WORK = {("hubspot.seeding", "_MOST_UNSAVED"), ("hubspot.instants", "_LARGEST")}
_LIMIT = re.compile(r"^(_?(?:MAX|MOST|LONGEST|LARGEST)(?:_[A-Z0-9_]+)?) *(?::.*)?= *[\d(]", re.MULTILINE)


def test_every_limit_in_the_code_is_listed() -> None:
    written = {
        (".".join(path.relative_to(LOOPBACK).with_suffix("").parts), name)
        for path in LOOPBACK.rglob("*.py")
        for name in _LIMIT.findall(path.read_text(encoding="utf-8"))
    }
    listed = {(entry.module, entry.name) for entry in ceilings.CEILINGS}
    assert written - listed - _WORK == set()


def test_every_listed_limit_is_there_and_told_once() -> None:
    assert all(entry.value > 0 and entry.source for entry in ceilings.CEILINGS)
    told = [entry.what for entry in ceilings.CEILINGS]
    assert len(told) == len(set(told))
