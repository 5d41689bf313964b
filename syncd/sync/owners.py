"""The owners that the routing names, held against those that the CRM has."""

from __future__ import annotations

from connectors.base import Connector
from syncd.core.facts import Directory
from syncd.core.rules import Rules
from syncd.core.types import Owner, Problem


def owner_problems(crm: Connector, rules: Rules) -> list[Problem]:
    """Owners of the routing that are missing or inactive in the CRM. Pulls the CRM's owners; raises RemoteError."""
    owners: list[Owner] = []
    for stream in crm.streams:
        if stream.name in ("owners", "changes"):
            for page in crm.pull(stream.name, None):
                owners += page.owners
    return judge(Directory(crm=tuple(owners)), rules)


def judge(directory: Directory, rules: Rules) -> list[Problem]:
    """A problem for each named owner that could not receive a lead."""
    named = {rules.routing.fallback: "route.fallback"}
    named |= dict.fromkeys(rules.routing.owners, "route.owners")
    for territory in rules.routing.territories:
        named |= dict.fromkeys(territory.owners, f"territory “{territory.name}”")
    problems = []
    for email, where in named.items():
        owner = directory.crm_owner(email)
        if owner is None:
            problems.append(
                Problem("owner_missing", email, f"{email} ({where}) is not an owner in {rules.crm}.",
                        "Correct the address in the config, or create the user.")
            )  # fmt: skip
        elif not owner.active:
            problems.append(
                Problem("owner_inactive", email, f"{email} ({where}) is inactive in {rules.crm}.",
                        "Name someone else in the config; until then leads skip them.")
            )  # fmt: skip
    return problems
