"""syncd check: everything that can be known before the first sync."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.common import command_line, connected, load, options
from syncd.cli.show import emit, facts, findings, progress, say
from syncd.core.text import plural, system

if TYPE_CHECKING:
    from syncd.core.types import Problem

_SHOWN = ("org", "portal", "account type", "time zone", "currency", "sandbox", "assignment_rule", "duplicate_rules")
"""Facts worth a line; --json has all of them."""


@click.command("check")
@options
def command(config: Path, as_json: bool) -> int:
    """Check the configuration, both systems' credentials, permissions, fields and values, owners and API budgets.

    Writes nothing. Every finding says how to fix it.
    """
    from syncd.core.agreement import changed_since_signed
    from syncd.core.errors import RemoteError
    from syncd.core.types import Problem
    from syncd.sync.owners import owner_problems

    settings = load(config)
    found: list[dict[str, Any]] = []
    seen: dict[str, dict[str, Any]] = {}
    unusable = False
    found += [_finding("config", changed) for changed in changed_since_signed(settings.rules)]
    with connected(settings) as systems, progress("check", as_json) as step:
        for name, connector in systems.connectors.items():
            step(name)
            try:
                health = connector.check(systems.needs[name])
                problems = systems.explained(name, health)
                if not health.fatal and name == settings.rules.crm:
                    problems += owner_problems(connector, settings.rules)
            except RemoteError as error:
                problems, unusable = [Problem("unusable", name, error.sentence, error.fix)], True
            else:
                unusable = unusable or health.fatal
                if not health.fatal:
                    seen[name] = {
                        "account": health.account, "now": health.now.isoformat(), "used": health.used,
                        "limit": health.limit, **health.facts,
                    }  # fmt: skip
            found += [_finding(name, problem) for problem in problems]
    if as_json:
        emit(
            {
                "config": str(settings.path), "rules": settings.rules.version, "agreement": settings.rules.agreement,
                "promise": settings.rules.followup.version if settings.rules.followup else "",
                "systems": seen, "findings": found,
            }
        )  # fmt: skip
    else:
        say(f"{settings.path}: the configuration is valid (rules {settings.rules.version}).")
        say(f"When a lead is ready: version {settings.rules.agreement} of what marketing and sales agree on.")
        if settings.rules.followup is not None:
            say(f"Follow-up: version {settings.rules.followup.version} of what sales promise.")
        for name, facts_of in seen.items():
            _tell(name, facts_of)
        if found:
            say(f"\n{plural(len(found), 'finding')}:")
            findings([{**f, "sentence": f"{system(f['system'])}: {f['sentence']}"} for f in found], most=len(found))
        else:
            say(f"\nAll is well. Next: {command_line(config, 'plan --out plan.json')}")
    return 3 if unusable else 1 if found else 0


def _finding(where: str, problem: Problem) -> dict[str, Any]:
    """A finding as --json shows it; `where` is a system, or config."""
    return {
        "system": where, "kind": problem.kind, "subject": problem.subject, "sentence": problem.sentence,
        "fix": problem.fix,
    }  # fmt: skip


def _tell(name: str, health: Mapping[str, Any]) -> None:
    say(f"\n{system(name)}: account {health['account']}")
    budget = f"{health['used']:,} of {health['limit']:,} used today" if health["limit"] else ""
    shown = [(fact.replace("_", " "), str(health.get(fact, ""))) for fact in _SHOWN if fact != "portal"]
    facts((("API calls", budget), *shown))
