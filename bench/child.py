"""One measured process: `python -m bench.child SIDE FOLDER URL STEP…`, a line of JSON a step.

    full          pull everything                 idle:R       pull nothing, best of R
    changed:K:R   K changes, pull them; best of R churn:C:K    C times K changes
    size          bytes on disk, checkpointed     check        is every contact held, as the account has it?

`cpu` is this process's time, user and system; `rss` its peak in MB so far; `calls` what the server counted.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.portal import FIRST_ID, properties
from bench.server import Control
from bench.sides import SIDES, Ours, Side


def main(name: str, folder: str, url: str, *steps: str) -> None:
    """Warm up on an empty account, so that no late import is measured, then run the steps."""
    control = Control(url)
    contacts = control.tell()["contacts"]
    control.tell(contacts=0)
    with tempfile.TemporaryDirectory() as scratch:
        warm = SIDES[name](Path(scratch), url)
        warm.pull()
        warm.pull()
        warm.close()
    control.tell(contacts=contacts)
    side = SIDES[name](Path(folder), url)
    for step in steps:
        verb, *numbers = step.split(":")
        print(json.dumps({"step": step, **STEPS[verb](side, control, *map(int, numbers))}), flush=True)
    side.close()


def full(side: Side, control: Control) -> dict[str, Any]:
    return measured(side, control) | {"rows": side.count()}


def changed(side: Side, control: Control, count: int, times: int) -> dict[str, Any]:
    """The cheapest of `times` pulls of `count` changes each; every one must show exactly those."""
    best: dict[str, Any] = {}
    for _ in range(times):
        settle(side)
        control.tell(change=count)
        run = measured(side, control)
        if run["seen"] != count:
            raise RuntimeError(f"{count} contacts changed and {run['seen']} were seen")
        if not best or run["cpu"] < best["cpu"]:
            best = run
    return best


def churn(side: Side, control: Control, cycles: int, count: int) -> dict[str, Any]:
    for _ in range(cycles):
        changed(side, control, count, 1)
    return {"bytes": side.size()}


def size(side: Side, control: Control) -> dict[str, Any]:
    return {"bytes": side.size(), "rows": side.count()}


def check(side: Side, control: Control) -> dict[str, Any]:
    """Compares what is held with the account, property by property."""
    state = control.tell()
    revisions = dict(state["revisions"])
    expected = {str(FIRST_ID + n): properties(n, revisions.get(n, 0)) for n in range(state["contacts"])}
    return {"exact": side.rows() == expected}


def measured(side: Side, control: Control) -> dict[str, Any]:
    control.tell()
    wall, cpu = time.perf_counter(), time.process_time()
    seen = side.pull()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return {
        "seen": seen,
        "cpu": cpu,
        "wall": wall,
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "calls": control.tell()["calls"],
    }


def settle(side: Side) -> None:
    if isinstance(side, Ours):
        side.decided()


STEPS: dict[str, Callable[..., dict[str, Any]]] = {
    "full": full,
    "changed": changed,
    "idle": lambda side, control, times: changed(side, control, 0, times),
    "churn": churn,
    "size": size,
    "check": check,
}

if __name__ == "__main__":
    main(*sys.argv[1:])
