"""syncd check: everything that can be known before the first sync."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from syncd.cli.common import connected, emit, load, options


@click.command("check")
@options
def command(config: Path, as_json: bool) -> int:
    """Check the configuration, both systems' credentials, permissions, fields and values, owners and API budgets.

    Writes nothing. Every finding says how to fix it.
    """
    from syncd.core.errors import RemoteError
    from syncd.sync.owners import owner_problems

    settings = load(config)
    findings: list[dict[str, Any]] = []
    systems_seen: dict[str, Any] = {}
    unusable = False
    with connected(settings) as systems:
        for name, connector in systems.connectors.items():
            try:
                health = connector.check(systems.needs[name])
            except RemoteError as error:
                findings.append(
                    {"system": name, "kind": "unusable", "subject": name, "sentence": error.sentence, "fix": error.fix}
                )
                unusable = True
                continue
            unusable = unusable or health.fatal
            systems_seen[name] = {
                "account": health.account, "now": health.now.isoformat(), "used": health.used, "limit": health.limit,
                **health.facts,
            }  # fmt: skip
            findings += [
                {"system": name, "kind": p.kind, "subject": p.subject, "sentence": p.sentence, "fix": p.fix}
                for p in health.problems
            ]
            if not health.fatal and name == settings.rules.crm:
                findings += [
                    {"system": name, "kind": p.kind, "subject": p.subject, "sentence": p.sentence, "fix": p.fix}
                    for p in owner_problems(connector, settings.rules)
                ]
    if as_json:
        emit({"config": str(settings.path), "systems": systems_seen, "findings": findings})
    else:
        click.echo(f"{settings.path}: the configuration is valid (rules {settings.rules.version}).")
        for name, facts in systems_seen.items():
            budget = f", {facts['used']} of {facts['limit']} API calls used today" if facts["limit"] else ""
            click.echo(f"{name}: account {facts['account']}{budget}.")
        for finding in findings:
            click.echo(f"{finding['system']}: {finding['sentence']} {finding['fix']}".rstrip())
        if not findings:
            click.echo("All is well. Next: syncd plan")
    return 3 if unusable else 1 if findings else 0
