"""To whom does a lead go? (S1.1 to S1.5, S1.15; part C, pain 18)

existing owner  a live person in the CRM who owns the record already, where `keep_owner` says so
single          owners[0]
territory       the first territory that holds, its owners in rotation
round robin     all owners in rotation
fallback        who gets what nobody else can take; each such route says why
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from syncd.core.conditions import Case
from syncd.core.facts import Directory
from syncd.core.rules import Routing
from syncd.core.types import Owner, Problem, Value

ROUND_ROBIN = "round robin"
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""Territories are about who somebody is: no activities are looked at, so the time does not matter."""


@dataclass(frozen=True, slots=True)
class Route:
    """`rule` is the territory's name or a word of the table above. `pool` names the pool that gave the owner, for
    the caller to count; "" when none did. Without an `owner` there is a `problem`: the lead is held."""

    owner: Owner | None
    rule: str
    why: tuple[str, ...] = ()
    pool: str = ""
    problem: Problem | None = None


def route(
    routing: Routing,
    profile: Mapping[str, Value],
    current: Owner | None,
    directory: Directory,
    rotation: Mapping[str, int],
) -> Route:
    """Who receives a lead. `current` owns the CRM record now; `rotation` is how many leads each pool has given away."""
    if routing.keep_owner and current is not None and current.active and current.kind == "person":
        return Route(current, "existing owner", (f"{current.name} owns the record already",))
    name, pool, why = _pool(routing, profile)
    live, skipped = _live(pool, directory)
    why = (*why, *skipped)
    if live:
        owner = live[rotation.get(name, 0) % len(live)]
        return Route(owner, name, why, name)
    return _fallback(routing, directory, why)


def _pool(routing: Routing, profile: Mapping[str, Value]) -> tuple[str, Sequence[str], tuple[str, ...]]:
    """(name, owners, why) of the pool that the mode and the profile choose; no owners when none does."""
    match routing.mode:
        case "single":
            return "single", routing.owners[:1], ()
        case "round_robin":
            return ROUND_ROBIN, routing.owners, ()
        case _:
            return _territory(routing, profile)


def _territory(routing: Routing, profile: Mapping[str, Value]) -> tuple[str, Sequence[str], tuple[str, ...]]:
    case = Case(profile, (), _NO_TIME)
    unknown = []
    for territory in routing.territories:
        truth = case.judge(territory.when)
        if truth.value:
            return territory.name, territory.owners, (truth.because,)
        if truth.value is None:
            unknown.append(truth.because)
    return "", (), ("no territory matches", *dict.fromkeys(unknown))


def _live(pool: Sequence[str], directory: Directory) -> tuple[list[Owner], tuple[str, ...]]:
    """The owners of a pool who can take a lead now, and why the others cannot. A name given twice counts twice."""
    live, skipped = [], []
    for email in pool:
        owner = directory.crm_owner(email)
        if owner is None:
            skipped.append(f"{email} is not a user of the CRM")
        elif not owner.active:
            skipped.append(f"{email} is inactive in the CRM")
        else:
            live.append(owner)
    return live, tuple(dict.fromkeys(skipped))


def _fallback(routing: Routing, directory: Directory, why: tuple[str, ...]) -> Route:
    live, skipped = _live((routing.fallback,), directory)
    if live:
        return Route(live[0], "fallback", why)
    problem = Problem(
        "no_owner",
        routing.fallback,
        f"No live owner for a lead: {'; '.join((*why, *skipped))}.",
        f"Activate {routing.fallback} in the CRM, or change route.fallback in config.toml.",
    )
    return Route(None, "fallback", (*why, *skipped), problem=problem)
