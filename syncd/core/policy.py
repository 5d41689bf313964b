"""Policy tests: "this lead goes to this rep, in this tier, not before Monday" (N14).

A made-up lead is decided on exactly as a real one, and what comes out is held against what was expected.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta

from syncd.core.decide import PASSES, Decision, decide
from syncd.core.facts import Directory, Dossier, Handoff
from syncd.core.receiver import receiver
from syncd.core.route import Route, receivers
from syncd.core.rules import Rules
from syncd.core.standing import Standing
from syncd.core.types import Activity, Owner, Raw, Record, Ref, Value
from syncd.core.whatif import raw_of, remote_of

LINEAGE = "1"
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

USUAL_NOW = datetime.combine(date(2026, 1, 6), time(10), UTC)
"""When a test takes place that does not say: a Tuesday morning, the same for ever, so that no test depends on the day it
is run."""

_PORTAL = "policy"
_MOMENTS = 100
"""How often a decision is taken again at its next due time before it counts as never."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One activity of the made-up lead, `ago` before now."""

    kind: str
    ago: timedelta
    title: str = ""
    url: str = ""
    outbound: bool = False


@dataclass(frozen=True, slots=True)
class Earlier:
    """What became of an earlier handoff, `ago` before now; without an outcome it is with sales still."""

    ago: timedelta
    owner: str = ""
    outcome: str = ""
    reason: str = ""
    not_before: date | None = None


@dataclass(frozen=True, slots=True)
class Expect:
    """What should come out; None is not looked at.

    ready       whether the lead is handed over now; true where an owner, a rule or an entry is expected
    owner       one of these e-mail addresses or queues
    not_before  the lead goes by itself, but not before this day (or the next day of this name)
    veto        the name of a veto that holds; `says`: texts that `why` must contain
    """

    ready: bool | None = None
    score: int | None = None
    score_min: int | None = None
    score_max: int | None = None
    fit: int | None = None
    engagement: int | None = None
    tier: str | None = None
    entry: str | None = None
    owner: tuple[str, ...] = ()
    rule: str | None = None
    not_before: date | str | None = None
    veto: str | None = None
    says: tuple[str, ...] = ()

    @property
    def goes_now(self) -> bool | None:
        if self.ready is None and (self.owner or self.rule is not None or self.entry is not None):
            return True
        return self.ready


@dataclass(frozen=True, slots=True)
class PolicyTest:
    """A lead, what it did, and what is expected. `crm_owner` owns its CRM record already; `inactive` are owners who
    cannot receive anything; `line` is where the test stands in its file."""

    name: str
    lead: Mapping[str, Value]
    activities: tuple[Happened, ...]
    now: datetime
    expect: Expect
    earlier: Earlier | None = None
    crm_owner: str = ""
    inactive: frozenset[str] = field(default_factory=frozenset)
    line: int = 0


@dataclass(frozen=True, slots=True)
class Failure:
    what: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True)
class Result:
    """`why` are the sentences of the decision, the same that `explain` shows."""

    test: PolicyTest
    failures: tuple[Failure, ...]
    why: tuple[str, ...]


def run(test: PolicyTest, rules: Rules) -> Result:
    """Decide on the test's lead, and compare."""
    decision, chosen = decided(test, rules)
    why = tuple(reasons(decision, chosen))
    failures = (*_differences(test.expect, decision, chosen), *_too_early(test, decision, rules), *_unsaid(test, why))
    return Result(test, failures, why)


def decided(test: PolicyTest, rules: Rules) -> tuple[Decision, Route]:
    """What is decided about the test's lead, and who would get it. The made-up CRM knows everybody by the config's name."""
    rules = replace(rules, routing=replace(rules.routing, users={}))
    people = directory(test, rules)
    decision = decide(dossier(test, rules, people), rules, people, test.now, _PORTAL)
    return decision, receiver(decision, rules, people, Standing(), test.now)[1]


def reasons(decision: Decision, chosen: Route) -> Iterator[str]:
    """Why, from the score to the receiver."""
    points = decision.score
    yield f"score {points.combined}: fit {points.fit}, engagement {points.engagement}" + (
        f", tier {points.tier}" if points.tier else ""
    )
    for line in points.lines:
        yield f"{line.points:+d} {line.name}: {line.sentence}"
    verdict = decision.verdict
    yield from (f"veto: {sentence}" for sentence in verdict.vetoes)
    yield from (f"must: {sentence}" for sentence in (*verdict.unmatched, *verdict.matched))
    yield from (f"exception: {sentence}" for sentence in verdict.exceptions)
    yield from (f"missing: {sentence}" for sentence in verdict.missing)
    if decision.held:
        yield f"held: {decision.held}"
    owner = chosen.owner.called if chosen.owner else "nobody"
    yield f"routed to {owner}: {'; '.join((chosen.rule, *chosen.why))}"


# ---------------------------------------------------------------- the comparison
def _differences(expect: Expect, decision: Decision, chosen: Route) -> Iterator[Failure]:
    points, goes = decision.score, decision.next in PASSES
    if expect.goes_now is not None and goes is not expect.goes_now:
        yield Failure("ready", _yes(expect.goes_now), _yes(goes))
    owner = chosen.owner.called if chosen.owner else ""
    if expect.owner and owner.lower() not in [o.lower() for o in expect.owner]:
        yield Failure("owner", " or ".join(expect.owner), owner or "nobody")
    for what, wanted, got in (
        ("score", expect.score, points.combined),
        ("fit", expect.fit, points.fit),
        ("engagement", expect.engagement, points.engagement),
        ("tier", expect.tier, points.tier),
        ("entry", expect.entry, decision.verdict.entry),
        ("rule", expect.rule, chosen.rule),
    ):
        if wanted is not None and got != wanted:
            yield Failure(what, str(wanted), str(got) or "none")
    if expect.score_min is not None and points.combined < expect.score_min:
        yield Failure("score", f"at least {expect.score_min}", str(points.combined))
    if expect.score_max is not None and points.combined > expect.score_max:
        yield Failure("score", f"at most {expect.score_max}", str(points.combined))
    held = decision.verdict.vetoed_by
    if expect.veto is not None and expect.veto not in held:
        yield Failure("veto", expect.veto, ", ".join(held) or "none")


def _too_early(test: PolicyTest, decision: Decision, rules: Rules) -> Iterator[Failure]:
    if (expected := test.expect.not_before) is None:
        return
    wanted = expected if isinstance(expected, date) else next_day(expected, test.now.date())
    first = _goes_by_itself(decision, test, rules)
    if first is None or first.date() < wanted:
        yield Failure("not_before", _day(wanted), f"goes on {_day(first.date())}" if first else "never goes by itself")


def _goes_by_itself(decision: Decision, test: PolicyTest, rules: Rules) -> datetime | None:
    """When the lead is handed over if nothing else happens; None for never."""
    people, at = directory(test, rules), test.now
    for _ in range(_MOMENTS):
        if decision.next in PASSES:
            return at
        if decision.due is None:
            return None
        at = decision.due
        decision = decide(decision.dossier, rules, people, at, _PORTAL)
    return None


def _unsaid(test: PolicyTest, why: tuple[str, ...]) -> Iterator[Failure]:
    told = "\n".join(why).casefold()
    for text in test.expect.says:
        if text.casefold() not in told:
            yield Failure("why_contains", f"“{text}”", "not said")


def next_day(name: str, after: date) -> date:
    """The next day of this name after a day."""
    days = (WEEKDAYS.index(name) - after.weekday() - 1) % 7 + 1
    return after + timedelta(days=days)


def _day(day: date) -> str:
    return f"{WEEKDAYS[day.weekday()]} {day.isoformat()}"


def _yes(value: bool) -> str:
    return "handed over now" if value else "not handed over now"


# ---------------------------------------------------------------- the made-up world
def directory(test: PolicyTest, rules: Rules) -> Directory:
    """Everybody whom the routing names, live unless the test says otherwise."""
    names = dict.fromkeys((*receivers(rules.routing), *filter(None, (test.crm_owner,))))
    inactive = {name.lower() for name in test.inactive}
    return Directory(crm=tuple(made_up(name, rules.crm, active=name.lower() not in inactive) for name in names))


def made_up(name: str, system: str, *, active: bool = True) -> Owner:
    """An owner of this name or e-mail address; one without an @ is a queue."""
    ref = Ref(system, "owner", name)
    if "@" not in name:
        return Owner(ref, "", name, active, "queue")
    return Owner(ref, name, name.partition("@")[0], active)


def dossier(test: PolicyTest, rules: Rules, people: Directory) -> Dossier:
    """Everything the ledger would hold about the lead."""
    kind = rules.marketing_kind
    fields: dict[str, Raw] = {fm.remote: None for fm in kind.fields.values()} | {
        place: raw_of(name, value, kind) for name, value in test.lead.items() if (place := remote_of(name, kind))
    }
    owner = people.crm_owner(test.crm_owner) if test.crm_owner else None
    crm: tuple[Record, ...] = ()
    if owner is not None and rules.one_system:
        fields[kind.fields["owner"].remote] = owner.ref.id
    elif owner is not None:
        theirs = next(iter(rules.maps[rules.crm].kinds.values()))
        crm = (Record(Ref(rules.crm, theirs.kind, "1"), {theirs.fields["owner"].remote: owner.ref.id}, test.now),)
    contact = Record(Ref(rules.marketing, kind.kind, LINEAGE), fields, test.now)
    return Dossier(
        lineage=LINEAGE,
        marketing=contact,
        family=frozenset({LINEAGE}),
        crm=crm,
        linked=frozenset(record.ref for record in crm),
        activities=tuple(_activities(test, contact.ref)),
        handoffs=tuple(_handoffs(test)),
    )


def _activities(test: PolicyTest, person: Ref) -> Iterator[Activity]:
    ordered = sorted(enumerate(test.activities), key=lambda pair: -pair[1].ago)
    for number, done in ordered:
        yield Activity(
            Ref("policy", done.kind, str(number)),
            done.kind,
            test.now - done.ago,
            (person,),
            title=done.title,
            url=done.url,
            outbound=done.outbound,
        )


def _handoffs(test: PolicyTest) -> Iterator[Handoff]:
    earlier = test.earlier
    if earlier is None:
        return
    at = test.now - earlier.ago
    yield Handoff(
        number=1,
        key="policy",
        state="closed" if earlier.outcome else "delivered",
        entry="score",
        opened=at,
        delivered=at,
        owner=earlier.owner,
        outcome=earlier.outcome,
        reason=earlier.reason,
        not_before=earlier.not_before,
        closed=at if earlier.outcome else None,
    )
