"""The routing in words: (name, sentence) of what belongs to somebody, and of what limits who takes the rest."""

from __future__ import annotations

from collections.abc import Iterator

from syncd.core.accounts import asks_accounts
from syncd.core.reps import WEEK, Rep
from syncd.core.rules import Account, Routing
from syncd.core.text import listing, plural, span

Said = tuple[str, str]


def owned(routing: Routing) -> Iterator[Said]:
    """Leads that do not take turns, in the order in which it is tried."""
    if routing.keep_owner:
        yield "existing owner", "a lead that a live rep owns in the CRM stays with that rep"
    for account in routing.accounts:
        yield "named account", f"{_account(account)}: to {account.owner}"
    whose = "every lead" if routing.keep_account else "a customer"
    if asks_accounts(routing):
        which = "a company that a live rep owns in the CRM, by its account or else by most of its people,"
    else:
        which = "a company whose people a live rep owns in the CRM"
    yield "account owner", f"{whose} of {which} goes to that rep"
    if routing.customers:
        yield "customers", f"other customers go to {routing.customers}"
    if routing.first:
        turn = " in turn" if len(routing.first) > 1 else ""
        yield (
            "first receiver",
            f"everybody else goes to {listing(routing.first, 'or')} first{turn}, and is passed on by hand",
        )


def limited(routing: Routing) -> Iterator[Said]:
    """What limits who takes turns, and what happens with a lead that nobody may take now."""
    for skill in routing.skills:
        yield skill.name, f"where {skill.when}: only to reps with this skill"
    for rep in routing.reps:
        if said := _rep(rep):
            yield rep.email, said
    if routing.overflow is not None:
        to = routing.overflow.queue or routing.fallback
        yield (
            "overflow",
            f"what nobody may take now waits, at most {span(routing.overflow.after)}, and goes then to {to}",
        )
    if routing.reroute:
        yield (
            "re-routing",
            (f"an untouched lead whose owner left goes to somebody else, at most {plural(routing.hops, 'time')}"),
        )


def _account(account: Account) -> str:
    return listing([*account.domains, *(f"“{name}”" for name in account.names)], "or")


def _rep(rep: Rep) -> str:
    """What is special about a rep; "" when nothing is."""
    there = f" ({rep.timezone})" if rep.timezone else ""
    hours = f"from {rep.hours[0]:%H:%M} to {rep.hours[1]:%H:%M}{there}" if rep.hours else ""
    days = f"on {listing([WEEK[day] for day in rep.days])}" if rep.days else ""
    parts = [
        f"{rep.weight} times the share of a pool" if rep.weight > 1 else "",
        f"at most {plural(rep.per_day, 'lead')} a day" if rep.per_day else "",
        f"at most {plural(rep.open_leads, 'open lead')}" if rep.open_leads else "",
        f"skills: {listing(rep.skills)}" if rep.skills else "",
        f"works {' '.join(filter(None, (days, hours)))}" if days or hours else "",
        *(f"away from {away.first.isoformat()} to {away.last.isoformat()}" for away in rep.away),
    ]
    return "; ".join(filter(None, parts))
