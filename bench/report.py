"""The bars, and the table. A bar compares with the floor of the same run, or with arithmetic; never with another day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil

from bench.portal import LIST, SEARCH
from bench.runs import Results


@dataclass(frozen=True, slots=True)
class Line:
    """One figure. `bar` is what it must not exceed, in words and as `most`; `value` is what is compared with it."""

    what: str
    ours: str
    floor: str = ""
    ratio: str = ""
    bar: str = ""
    value: float = 0.0
    most: float | None = None

    @property
    def met(self) -> bool | None:
        return None if self.most is None else self.value <= self.most


def lines(results: Results) -> list[Line]:
    plan = results.plan
    base, small, large = plan.base, plan.sizes[0], plan.sizes[-1]
    ours, floor = ({n: results.steps[side, n] for n in plan.sizes} for side in ("ours", "floor"))
    k = plan.changes

    def cpu(what: str, step: str, *, unit: str = "s", most: float | None = 3.0) -> Line:
        mine, least = ours[base][step]["cpu"], floor[base][step]["cpu"]
        said, least_said = (f"{v:.2f} s" if unit == "s" else f"{v * 1000:.1f} ms" for v in (mine, least))
        bar = f"≤ {most:g} × floor" if most else ""
        return Line(what, said, least_said, f"{mine / least:.1f}", bar, mine / least, most)

    def calls(what: str, step: str, most: int) -> Line:
        mine = ours[base][step]["calls"]
        return Line(what, f"{mine:,}", f"{floor[base][step]['calls']:,}", "", f"≤ {most:,}", mine, most)

    def growth(what: str, step: str, key: str, most: float) -> Line:
        mine, least = (side[large][step][key] / side[small][step][key] for side in (ours, floor))
        return Line(what, f"× {mine:.2f}", f"× {least:.2f}", "", f"≤ × {most:g}", mine, most)

    def each(n: int) -> tuple[float, float]:
        return ours[n]["size"]["bytes"] / n, floor[n]["size"]["bytes"] / n

    memory = {n: ours[n]["full"]["rss"] for n in plan.sizes}
    grown, least_grown = memory[large] - memory[small], floor[large]["full"]["rss"] - floor[small]["full"]["rss"]
    bytes_each, least_each = each(base)
    churned = ours[base]["churn"]["bytes"] / ours[base]["size"]["bytes"]
    help_cpu, help_wall = results.start["help"]
    pass_cpu, pass_wall = results.start["pass"]
    return [
        cpu(f"first pull of {base:,}, CPU", "full"),
        calls("first pull, API calls", "full", ceil(base / LIST) + 3),
        cpu(f"{k:,} of {base:,} changed, CPU", "changed", unit="ms"),
        calls(f"{k:,} changed, API calls", "changed", ceil(k / SEARCH) + 2),
        cpu("nothing changed, CPU", "idle", unit="ms", most=None),
        calls("nothing changed, API calls", "idle", 2),
        cpu(f"{plan.burst:,} changed in one millisecond, CPU", "burst", unit="ms", most=None),
        calls("the same, API calls", "burst", ceil(plan.burst / SEARCH) + 2),
        growth(f"{k:,} changed, CPU: {small:,} → {large:,} contacts", "changed", "cpu", 1.8),
        growth("the same, API calls", "changed", "calls", 1.0),
        Line(f"peak memory, first pull of {large:,}", f"{memory[large]:.0f} MB", f"{floor[large]['full']['rss']:.0f} MB",
             "", "≤ 64 MB", memory[large], 64),
        Line(f"peak memory: {small:,} → {large:,}", f"{grown:+.1f} MB", f"{least_grown:+.1f} MB", "", "≤ +4 MB", grown, 4),
        Line("ledger, bytes a contact", f"{bytes_each:.0f}", f"{least_each:.0f}", f"{bytes_each / least_each:.2f}",
             "≤ 450", bytes_each, 450),
        Line(f"ledger after {plan.cycles} cycles of {k:,} changes", f"× {churned:.2f}", "", "", "≤ × 1.25", churned, 1.25),
        Line("syncd --help, CPU (beside: an empty python)", f"{help_cpu * 1000:.0f} ms", f"{pass_cpu * 1000:.0f} ms",
             f"{help_cpu / pass_cpu:.1f}", "≤ 8 ×", help_cpu / pass_cpu, 8),
        Line("syncd --help, wall", f"{help_wall * 1000:.0f} ms", f"{pass_wall * 1000:.0f} ms", "", "≤ 150 ms",
             help_wall * 1000, 150),
    ]  # fmt: skip


def table(found: Iterable[Line]) -> str:
    """Markdown, columns aligned, so that it reads in a terminal too."""
    rows = [("what", "syncd", "floor", "ratio", "bar", "met"), *(_cells(line) for line in found)]
    widths = [max(len(row[i]) for row in rows) for i in range(6)]
    drawn = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in rows
    ]
    return "\n".join([drawn[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *drawn[1:]])


def _cells(line: Line) -> tuple[str, ...]:
    met = {None: "", True: "yes", False: "no"}[line.met]
    return line.what, line.ours, line.floor, line.ratio, line.bar, met
