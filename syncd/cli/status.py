"""syncd status: where everything stands, read-only."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from syncd.cli.common import command_line, how_to_approve, load, options, reading
from syncd.cli.show import emit, facts, heading, minute, say, table
from syncd.core.glossary import label
from syncd.core.stages import FUNNEL
from syncd.core.text import plural, span

PACE = timedelta(days=30)
"""Over how long the speed of handoffs is told."""


@click.command("status")
@options
def command(config: Path, as_json: bool) -> int:
    """Where everything stands: the last syncs, people by stage, handoffs, what is open, and what needs a human."""
    from syncd.core.agreement import changed_since_signed
    from syncd.core.leaks import counted
    from syncd.ledger import alerts, journal
    from syncd.ledger.leaking import standing_still
    from syncd.ledger.pace import pace

    settings = load(config)
    changed = changed_since_signed(settings.rules)
    with reading(settings) as store:
        view = journal.overview(store)
        view["alerts"] = alerts.counts(store)
        view["leaks"] = counted(standing_still(store, settings.rules, settings.patience, journal.last_seen(store)))
        view["pace"] = {"days": PACE.days, **pace(store, journal.last_seen(store) - PACE)}
    if as_json:
        emit({**view, "unsigned": " ".join(problem.sentence for problem in changed)})
        return 1 if view["problems"] else 0
    say(f"{settings.ledger}, rules {settings.rules.version}")
    for problem in changed:
        say(f"! {problem.sentence} {problem.fix}")
    handoffs = ", ".join(f"{n:,} {state}" for state, n in view["handoffs"].items())
    waiting = plural(view["open_actions"], "write")
    facts(
        (
            (
                "people",
                f"{view['people']:,}" if settings.ledger.exists() else "none yet: this ledger starts with a plan",
            ),
            ("handoffs", handoffs or "none yet"),
            *_pace(view["pace"]),
            *([("alerts", ", ".join(f"{n:,} {state}" for state, n in view["alerts"].items()))] if view["alerts"] else []),
            *([("to be released", f"{view['review']:,}: {command_line(config, 'agenda')}")] if view["review"] else []),
            ("standing still", _leaks(view["leaks"], config)),
            ("waiting", f"{waiting}, {view['in_doubt']:,} of them in doubt" if view["open_actions"] else "nothing"),
            (
                "approved",
                f"{minute(view['approved'])} UTC; it writes by itself" if view["approved"] else "no plan yet",
            ),
        )
    )
    if view["stages"]:
        heading("People by stage")
        stages = ((view["stages"][stage], label(stage, settings.stages)) for stage in _in_order(view["stages"]))
        table(("people", "stage"), [(f"{count:,}", name) for count, name in stages])
    if view["syncs"]:
        heading("Last syncs")
        table(
            ("sync", "what", "at (UTC)", "handoffs", "writes", "API calls"),
            [_sync(s) for s in view["syncs"]],
        )
    if not view["approved"]:
        say(f"\nNothing is written before a plan is approved: {how_to_approve(config)}")
    if view["problems"]:
        say(f"\n! {plural(view['problems'], 'problem')} for a human: {command_line(config, 'problems')}")
    return 1 if view["problems"] else 0


def _leaks(counts: dict[str, int], config: Path) -> str:
    """How many leads should move and do not (S0.8); a lead may be of several kinds."""
    told = ", ".join(f"{n:,} {kind.replace('_', ' ')}" for kind, n in counts.items())
    return f"{told}: {command_line(config, 'leaks')}" if told else ""


def _pace(pace: dict[str, Any]) -> list[tuple[str, str]]:
    """How fast leads reached their owner of late (S0.3); nothing when none did."""
    if not pace["delivered"]:
        return []
    took = f"half within {_span(pace['median'])}, 95 % within {_span(pace['p95'])}"
    return [("speed", f"{plural(pace['delivered'], 'handoff')} in {pace['days']} days, {took}")]


def _span(seconds: float) -> str:
    return span(timedelta(seconds=seconds if seconds < 120 else round(seconds / 60) * 60))


def _in_order(stages: dict[str, int]) -> list[str]:
    """The way of a lead, then the ways out."""
    return sorted(stages, key=lambda stage: (FUNNEL.index(stage) if stage in FUNNEL else len(FUNNEL), stage))


def _sync(s: dict[str, Any]) -> tuple[Any, ...]:
    kind = s["kind"] if s["finished"] else f"{s['kind']} (not finished)"
    return s["sync"], kind, minute(s["at"]), s["handoffs"], s["writes"], s["api_calls"]
