"""To whom does a lead go? (S0.11, S1.1 to S1.5, S1.15; part C, pains 2 and 18)

The first row that has somebody who can take the lead wins; who is skipped on the way is said, with the reason.

existing owner   a live person who owns the CRM record already, where `keep_owner` says so
named account    the owner of the account that the config names
account owner    who owns the company in the CRM (`core.accounts`): for customers, and for all with `keep_account`
customers        customers of a company that nobody owns
first receiver   a queue or team that gets all the rest, and passes on by hand
single           owners[0]
territory        the first territory that holds, its owners in rotation
round robin      all owners in rotation
overflow         nobody of the row that applies can take it *now*: it waits, and after a time goes to the overflow queue
fallback         who gets what nobody else can take

A company's own rep keeps its leads at night and on a busy day, and is passed over only when away or gone. The others are
asked for a skill that the lead needs, their hours, the day's limit and the open leads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from syncd.core.accounts import owners_of
from syncd.core.conditions import Case
from syncd.core.facts import Directory
from syncd.core.reps import Excuse, Load, Rep, absence, excuse
from syncd.core.rotation import Draw, next_of
from syncd.core.rules import Account, Routing
from syncd.core.standing import Company, Standing, Taken, domain_of, mail_domain, site_of
from syncd.core.text import span
from syncd.core.types import CrmAccount, Owner, Problem, Value
from syncd.core.zones import zone

ROUND_ROBIN = "round robin"
FIRST = "first receiver"
OVERFLOW = "overflow"
CUSTOMER = "customer"
RULES = (
    "existing owner", "named account", "account owner", "customers", FIRST, "single", ROUND_ROBIN, OVERFLOW, "fallback",
)  # fmt: skip
"""What `Route.rule` may be besides the name of a territory."""
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)
"""Territories and skills are about who somebody is: no activities are looked at, so the time does not matter."""


@dataclass(frozen=True, slots=True)
class Lead:
    """What routing asks of a lead: `current` owns its CRM record now, `waiting` is since when nobody could take it, `account`
    is the CRM id of the account that the record names, `passed_over` those of people who had it and do not get it again."""

    profile: Mapping[str, Value]
    current: Owner | None = None
    waiting: datetime | None = None
    account: str = ""
    passed_over: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Route:
    """`rule` is the territory's name or a word of the table above, `draw` the rotation that gave the owner. Without an
    `owner` the lead waits until `again`, or is held for the `problem`."""

    owner: Owner | None
    rule: str
    why: tuple[str, ...] = ()
    draw: Draw | None = None
    problem: Problem | None = None
    again: datetime | None = None

    @property
    def taken(self) -> Taken | None:
        """What is to be counted once the owner has the lead."""
        owner = self.owner
        return Taken(owner.called, owner.ref.id, self.draw) if owner else None


def route(routing: Routing, lead: Lead, directory: Directory, standing: Standing, now: datetime) -> Route:
    """Who receives a lead: the same facts, turns and time always say the same."""
    current = lead.current
    if routing.keep_owner and current is not None and current.active and current.kind == "person":
        return Route(current, "existing owner", (f"{current.name} owns the record already",))
    case = Case(lead.profile, (), _NO_TIME)
    team = _Team(routing, directory, standing, now, {rep.email.lower(): rep for rep in routing.reps}, lead.passed_over)
    why: list[str] = []
    excuses: list[Excuse] = []
    for row in _rows(routing, lead, case, directory, standing):
        why += [said for said in row.why if said not in why]
        able, excuses = team.able(row, [s.name for s in routing.skills if case.judge(s.when).value])
        why += [e.why for e in excuses]
        if able:
            draw = Draw(row.rule, {name: weight for name, (_, weight) in able.items()})
            chosen = able[next_of(draw.weights, standing.turns.get(row.rule, {}))][0]
            return Route(chosen, row.rule, tuple(why), draw if row.in_turn else None)
    return _nobody(routing, lead, team, tuple(why), [e.until for e in excuses if e.until], now)


def resolve(routing: Routing, directory: Directory, name: str) -> Owner | None:
    """The CRM owner whom the config means: by the table of users, by e-mail address, a queue by its name."""
    meant = routing.users.get(name.lower(), name)
    return directory.crm_owner(meant) or directory.crm_by_id(meant)


def receivers(routing: Routing) -> dict[str, str]:
    """Everybody to whom leads may go, by e-mail address or queue name → where the config says so."""
    named = dict.fromkeys(routing.owners, "route.owners")
    for territory in routing.territories:
        named |= dict.fromkeys(territory.owners, f"territory “{territory.name}”")
    named |= dict.fromkeys(routing.first, "route.first")
    named |= {account.owner: "[[route.account]]" for account in routing.accounts}
    if routing.customers:
        named[routing.customers] = "route.customers"
    if routing.overflow is not None and routing.overflow.queue:
        named[routing.overflow.queue] = "route.overflow"
    return {**named, routing.fallback: "route.fallback"}


# ---------------------------------------------------------------- the table
@dataclass(frozen=True, slots=True)
class _Row:
    """`names` of the config, or CRM ids of owners (`by_id`), who may take the lead; `own` if it is their company."""

    rule: str
    names: Sequence[str]
    why: tuple[str, ...] = ()
    in_turn: bool = False
    own: bool = False
    by_id: bool = False


def _rows(routing: Routing, lead: Lead, case: Case, directory: Directory, standing: Standing) -> Iterator[_Row]:
    """The rows of the table that apply to a lead, in their order. All but the last are passed over when nobody can."""
    for account in routing.accounts:
        if because := _belongs(account, lead.profile):
            yield _Row("named account", (account.owner,), (because,), own=True)
    domain = domain_of(lead.profile)
    company = standing.companies.get(domain, Company())
    own = standing.accounts.get(lead.account)
    said = _customer(lead.profile, own, domain, company)
    customer = bool(said)
    if customer or routing.keep_account:
        for owner, because in owners_of(own, domain, company, directory, standing.accounts):
            yield _Row("account owner", (owner,) if owner else (), (*said, because), own=True, by_id=True)
    if customer and routing.customers:
        yield _Row("customers", (routing.customers,), said)
    if routing.first:
        yield _Row(FIRST, routing.first, in_turn=True)
        return
    match routing.mode:
        case "single":
            yield _Row("single", routing.owners[:1], in_turn=True)
        case "round_robin":
            yield _Row(ROUND_ROBIN, routing.owners, in_turn=True)
        case _:
            yield _territory(routing, case)


def _customer(profile: Mapping[str, Value], own: CrmAccount | None, domain: str, company: Company) -> tuple[str, ...]:
    """Why a lead is one of a customer; nothing when it is none."""
    accounts = (own, *company.accounts) if own else company.accounts
    if company.customer:
        return (f"{domain} is a customer",)
    if found := next((account for account in accounts if account.customer), None):
        return (f"the account “{found.name}” is a customer",)
    return ("is a customer",) if profile.get("stage") == CUSTOMER else ()


def _belongs(account: Account, profile: Mapping[str, Value]) -> str:
    """Why a lead belongs to a named account; "" when it does not."""
    email = mail_domain(str(profile.get("email") or ""))
    for domain in account.domains:
        if any(at == domain or at.endswith("." + domain) for at in (email, site_of(str(profile.get("website") or "")))):
            return f"{domain} is a named account"
    company = str(profile.get("company") or "").strip()
    if company.casefold() in (name.casefold() for name in account.names):
        return f"{company} is a named account"
    return ""


def _territory(routing: Routing, case: Case) -> _Row:
    unknown = []
    for territory in routing.territories:
        truth = case.judge(territory.when)
        if truth.value:
            return _Row(territory.name, territory.owners, (truth.because,), in_turn=True)
        if truth.value is None:
            unknown.append(truth.because)
    return _Row("fallback", (), ("no territory matches", *dict.fromkeys(unknown)))


# ---------------------------------------------------------------- who can
@dataclass(frozen=True, slots=True)
class _Team:
    """Everybody whom a lead can go to, at one moment."""

    routing: Routing
    directory: Directory
    standing: Standing
    now: datetime
    reps: Mapping[str, Rep]
    passed_over: frozenset[str]

    def able(self, row: _Row, needed: Sequence[str]) -> tuple[dict[str, tuple[Owner, int]], list[Excuse]]:
        """Their address or name in the CRM → (owner, weight), of those who can take a lead now; and the excuses of the
        others. Who is named twice has twice the weight."""
        find: Callable[[str], Owner | None] = self.directory.crm_by_id if row.by_id else self.find
        able: dict[str, tuple[Owner, int]] = {}
        excuses: dict[str, Excuse] = {}
        for name in row.names:
            owner = find(name)
            rep = self._rep(name, owner)
            if (cannot := self._excuse(name, owner, rep, row.own, needed)) is not None:
                excuses[cannot.why] = cannot
            elif owner is not None:
                key = owner.called
                able[key] = (owner, rep.weight + (able[key][1] if key in able else 0))
        return able, list(excuses.values())

    def barred(self, owner: Owner | None) -> str:
        """Why somebody gets no lead whatever the hour; "" for who may."""
        if owner is None:
            return "is not a user of the CRM"
        if not owner.active:
            return "is inactive in the CRM"
        return "had it, and did not touch it in time" if owner.ref.id in self.passed_over else ""

    def find(self, name: str) -> Owner | None:
        return resolve(self.routing, self.directory, name)

    def _rep(self, name: str, owner: Owner | None) -> Rep:
        known = self.reps.get(name.lower()) or (self.reps.get(owner.email.lower()) if owner else None)
        return known or Rep(name)

    def _excuse(self, name: str, owner: Owner | None, rep: Rep, own: bool, needed: Sequence[str]) -> Excuse | None:
        if barred := self.barred(owner):
            return Excuse(f"{name} {barred}")
        if owner is None or owner.kind == "queue":
            return None
        there = zone(rep.timezone or owner.timezone or self.routing.timezone) or UTC
        if own:
            return absence(rep, self.now, there)
        return excuse(rep, self.standing.loads.get(owner.ref.id, Load()), needed, self.now, there)


# ---------------------------------------------------------------- nobody can
def _waited(after: timedelta, owner: Owner) -> Problem:
    """Nobody took the lead in time (S4.19)."""
    return Problem(
        "overflow",
        owner.called,
        f"A lead waited {span(after)} for somebody who can take it, and went to {owner.called}.",
        "Look at limits, hours and absences of [[route.rep]], or add somebody.",
    )


def _nobody(
    routing: Routing, lead: Lead, team: _Team, why: tuple[str, ...], free: Sequence[datetime], now: datetime
) -> Route:
    """`free` are the moments at which somebody may be able to; none when only a human can change it."""
    overflow = routing.overflow
    if overflow is not None and free:
        limit = (lead.waiting or now) + overflow.after
        if now < limit:
            return Route(None, OVERFLOW, why, again=min(limit, *free))
        why = (*why, f"waited since {lead.waiting:%Y-%m-%d %H:%M} UTC")
        owner = team.find(overflow.queue) if overflow.queue else None
        if owner is not None and not team.barred(owner):
            return Route(owner, OVERFLOW, why, problem=_waited(overflow.after, owner))
    owner = team.find(routing.fallback)
    barred = team.barred(owner)
    if owner is not None and not barred:
        late = _waited(overflow.after, owner) if overflow is not None and free else None
        return Route(owner, "fallback", why, problem=late)
    why = (*why, f"{routing.fallback} {barred}")
    problem = Problem(
        "no_owner",
        routing.fallback,
        f"No live owner for a lead: {'; '.join(why)}.",
        f"Activate {routing.fallback} in the CRM, or change route.fallback in config.toml.",
    )
    return Route(None, "fallback", why, problem=problem)
