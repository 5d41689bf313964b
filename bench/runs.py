"""Which processes are measured, in which order."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.server import Control, serving
from bench.sides import SIDES


@dataclass(frozen=True, slots=True)
class Plan:
    """`sizes` grow; `base` is the one that most figures are of. `burst` contacts change in one millisecond there, and
    `cycles` times `changes` of them churn. Small processes are measured `repeats` times and the best one counts."""

    sizes: tuple[int, ...] = (10_000, 100_000, 1_000_000)
    base: int = 100_000
    changes: int = 1_000
    burst: int = 25_000
    cycles: int = 100
    repeats: int = 3


QUICK = Plan(sizes=(2_000, 10_000), base=10_000, changes=100, burst=5_000, cycles=3, repeats=1)

Steps = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Results:
    """`steps[side, size]` holds what each step of `child` said, by its verb, and of the burst by "burst". `start` is
    (CPU, wall) seconds of a whole process by command."""

    plan: Plan
    steps: dict[tuple[str, int], Steps]
    start: dict[str, tuple[float, float]]


def measure(plan: Plan, say: Callable[[str], object] = lambda _: None) -> Results:
    """Everything, in one go on one server. The databases are made in a temporary folder ($TMPDIR says where)."""
    steps = {}
    with serving() as control:
        for size in plan.sizes:
            for side in SIDES:
                say(f"{side}, {size:,} contacts …")
                steps[side, size] = _side(plan, side, size, control)
    say("start-up …")
    commands = {"pass": ("-c", "pass"), "help": ("-m", "syncd", "--help")}
    start = {name: _whole_process(max(plan.repeats, 2), *args) for name, args in commands.items()}
    return Results(plan, steps, start)


def _side(plan: Plan, side: str, size: int, control: Control) -> Steps:
    """The first pull as often as it is cheap, each in a new process; the last one goes on with the increments."""
    increments = ["size", f"changed:{plan.changes}:{plan.repeats}", f"idle:{plan.repeats}"]
    if size == plan.base:
        increments += [f"changed:{plan.burst}:1", f"churn:{plan.cycles}:{plan.changes}", "check"]
    best: Steps = {}
    times = plan.repeats if size <= plan.base else 1
    for n in range(times):
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            control.tell(contacts=size)
            said = _child(side, folder, control.url, "full", *(increments if n == times - 1 else ()))
        if best and best["full"]["cpu"] < said["full"]["cpu"]:
            said["full"] = best["full"]
        best = said
    return best


def _child(side: str, folder: str, url: str, *steps: str) -> Steps:
    command = [sys.executable, "-m", "bench.child", side, folder, url, *steps]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    said: Steps = {}
    for line in output.splitlines():
        answer = json.loads(line)
        verb = answer["step"].partition(":")[0]
        said["burst" if verb in said else verb] = answer
    return said


def _whole_process(times: int, *args: str) -> tuple[float, float]:
    """The least CPU and the least wall time of `times` processes."""
    runs = []
    for _ in range(times):
        started = time.perf_counter()
        process = subprocess.Popen([sys.executable, *args], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"{args} ended with {process.returncode}")
        runs.append((usage.ru_utime + usage.ru_stime, time.perf_counter() - started))
    return min(cpu for cpu, _ in runs), min(wall for _, wall in runs)
