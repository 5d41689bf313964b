"""The owners that the routing names, held against those that the CRM has."""

from __future__ import annotations

from connectors.base import Connector
from syncd.core.facts import Directory
from syncd.core.route import receivers, resolve
from syncd.core.rules import Routing, Rules
from syncd.core.text import listing, plural
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
    """A problem for each named owner that could not receive a lead, or of whom there are two."""
    problems = [_judge(directory, rules, name, where) for name, where in receivers(rules.routing).items()]
    return [problem for problem in problems if problem is not None]


def _judge(directory: Directory, rules: Rules, name: str, where: str) -> Problem | None:
    owner = resolve(rules.routing, directory, name)
    if owner is None:
        return _missing(rules, name, where)
    if not owner.active:
        return Problem(
            "owner_inactive", name, f"{name} ({where}) is inactive in {rules.crm}.",
            "Name someone else in the config; until then leads skip them.",
        )  # fmt: skip
    same = [o for o in directory.crm if o.active and o.email and o.email.lower() == owner.email.lower()]
    if len(same) > 1 and not _meant(rules.routing, name):
        ids = listing([o.ref.id for o in same])
        return Problem(
            "owner_ambiguous", name, f"{name} ({where}) is {plural(len(same), 'user')} in {rules.crm}: {ids}.",
            f'Say which one in [route.users]: "{name}" = "{owner.ref.id}".',
        )  # fmt: skip
    return None


def _meant(routing: Routing, name: str) -> str:
    """What the table of users says of a name; "" when it does not stand there."""
    return routing.users.get(name.lower(), "")


def _missing(rules: Rules, name: str, where: str) -> Problem:
    meant = _meant(rules.routing, name)
    if meant:
        return Problem(
            "owner_missing", name, f"{meant}, who is {name} ({where}) in [route.users], is not an owner in {rules.crm}.",
            "Correct the id or the address in [route.users].",
        )  # fmt: skip
    if "@" not in name:
        holds = " that holds leads" if rules.crm == "salesforce" else ""
        add = ", or add Lead to its supported objects" if rules.crm == "salesforce" else ""
        return Problem(
            "owner_missing", name, f"{rules.crm} has no queue “{name}” ({where}){holds}.",
            f"Correct the name in the config, or create the queue{add}.",
        )  # fmt: skip
    return Problem(
        "owner_missing", name, f"{name} ({where}) is not an owner in {rules.crm}.",
        "Correct the address in the config, create the user, or name the user's other address in [route.users].",
    )  # fmt: skip
