"""The agreement between marketing and sales as frozen values: what `config.toml` and `mappings/*.toml` say.

Every rule prints itself as a plain sentence (`str(condition)`), so that `explain` and `criteria` need no second text.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

from syncd.core.account_map import AccountMap
from syncd.core.brakes import Brakes as Brakes
from syncd.core.lists import Nurture
from syncd.core.promise import Followup
from syncd.core.recycle import Recycle
from syncd.core.reps import Rep
from syncd.core.types import Raw


# ---------------------------------------------------------------- conditions
class _Sentence:
    __slots__ = ()

    def __str__(self) -> str:
        from syncd.core.sentences import sentence  # which knows the classes below

        return sentence(cast(Condition, self))


@dataclass(frozen=True, slots=True)
class FieldIs(_Sentence):
    """`op`: in, not_in, matches (a regular expression), min, max, contains_any, starts_with, present, absent, changed_within.

    `field` is a canonical field. Text compares without case. A missing value makes the answer unknown, except for
    present, absent and changed_within.
    """

    field: str
    op: str
    value: tuple[str, ...] | str | float | timedelta | None = None


@dataclass(frozen=True, slots=True)
class Did(_Sentence):
    """At least `count` activities of one of `kinds` whose title or URL matches `matches`, not older than `within`.

    kinds     () stands for every kind of content
    content   the name of the content group they belong to
    journey   early, late
    intent    the least that they show: low, medium, high
    by        "" for what the lead did, "us" for our own calls, e-mails, meetings and messages to the lead
    """

    kinds: tuple[str, ...]
    matches: str = ""
    within: timedelta | None = None
    count: int = 1
    content: str = ""
    journey: str = ""
    intent: str = ""
    by: str = ""


@dataclass(frozen=True, slots=True)
class All(_Sentence):
    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class AnyOf(_Sentence):
    of: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not(_Sentence):
    of: Condition


Condition = FieldIs | Did | All | AnyOf | Not


# ---------------------------------------------------------------- content
@dataclass(frozen=True, slots=True)
class Content:
    """A group of pages, forms and e-mails by title or URL; an activity belongs to the first group that it matches.

    kinds     of which activities; () for every kind of content
    journey   early, late: how near to buying people look at it
    intent    low, medium, high: how much it says of an intention to buy
    """

    name: str
    matches: str
    kinds: tuple[str, ...] = ()
    journey: str = "early"
    intent: str = "low"


@dataclass(frozen=True, slots=True)
class Ignore:
    """Activities that do not count: those like `what`, of people for whom `who` holds, and with `burst` only where at
    least `what.count` of them lie within that time of one another, as no human does it."""

    name: str
    what: Did
    who: Condition | None = None
    burst: timedelta | None = None


# ---------------------------------------------------------------- score and gate
@dataclass(frozen=True, slots=True)
class Named:
    """A must-have, a veto, a persona or an exception, with the name that reports and `explain` use.

    Whoever meets one of the `exceptions` is spared the veto, or passes the must-have.
    """

    name: str
    when: Condition
    exceptions: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """`points` once when `when` holds; with `each` (activities only) for every match up to `cap` points.

    half_life    the points of an activity halve in this time
    exceptions   whoever meets one gets the points all the same, or is spared negative ones
    """

    name: str
    when: Condition
    points: int
    each: bool = False
    cap: int | None = None
    half_life: timedelta | None = None
    exceptions: tuple[Named, ...] = ()


@dataclass(frozen=True, slots=True)
class Tier:
    name: str
    minimum: int


@dataclass(frozen=True, slots=True)
class Gate:
    """When a lead is ready: combined score >= threshold and both parts at their minimum, all must-haves, no veto.

    `fit_share` weighs fit in the combined score (the rest is engagement). A hand raise qualifies without the
    threshold, subject to must-haves and vetoes; so does what `product` asks for (a product-qualified lead).

    caps                kind of activity → the most points that all engagement rules about this kind give together
    ignore              activities that count for nothing
    hysteresis          how far the score of a lead that was found ready may sink before it is not ready any more
    single_low_intent   whether one look at content of low intent may tip the scale
    source              "rules", or the canonical field with another system's score, taken in place of the weighted mean
    agreed_version      `Rules.agreement` as both teams signed it
    """

    threshold: int
    fit: tuple[ScoreRule, ...]
    engagement: tuple[ScoreRule, ...]
    fit_share: float = 0.5
    fit_minimum: int = 0
    engagement_minimum: int = 0
    must: tuple[Named, ...] = ()
    vetoes: tuple[Named, ...] = ()
    hand_raise: Condition | None = None
    product: Condition | None = None
    tiers: tuple[Tier, ...] = ()
    agreed_by: tuple[str, ...] = ()
    agreed_on: str = ""
    caps: Mapping[str, int] = field(default_factory=dict)
    ignore: tuple[Ignore, ...] = ()
    hysteresis: int = 0
    single_low_intent: bool = False
    source: str = "rules"
    agreed_version: str = ""

    @property
    def borrowed(self) -> bool:
        """Whether the combined score is another system's."""
        return self.source != "rules"


# ---------------------------------------------------------------- routing
@dataclass(frozen=True, slots=True)
class Territory:
    """Leads for which `when` holds go to one of `owners` (e-mail addresses), in rotation."""

    name: str
    when: Condition
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Account:
    """A company that belongs to `owner`, known by web or e-mail domains, or by its name."""

    owner: str
    domains: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Overflow:
    """Leads that nobody may take now wait; those that waited for `after` go to `queue` ("": to the fallback)."""

    after: timedelta
    queue: str = ""


@dataclass(frozen=True, slots=True)
class Routing:
    """Who receives a lead; `core.route` has the order of the rules.

    mode           single (all to `owners[0]`), territory (first territory that matches), round_robin (rotate `owners`)
    fallback       never empty
    keep_owner     leaves a live owner of an existing CRM record in place
    first          these take all leads first, in rotation, and pass them on by hand; () for none
    accounts       named accounts
    customers      gets customers whose company has no live owner; "" treats them as all others
    keep_account   leads of a company that somebody owns in the CRM go there too, not only customers
    reps           weights, limits, hours, absences, skills
    skills         who of them a lead needs: those who have the skill, where the condition holds
    timezone       of reps of whom neither the config nor the CRM knows one
    overflow       None: what nobody may take now goes to the fallback at once
    users          e-mail address of the config → id or address of the user in the CRM, where they differ
    reroute, hops  a delivered lead whose owner left and that nobody touched gets a new owner, at most so often
    """

    mode: str
    fallback: str
    owners: tuple[str, ...] = ()
    territories: tuple[Territory, ...] = ()
    keep_owner: bool = True
    first: tuple[str, ...] = ()
    accounts: tuple[Account, ...] = ()
    customers: str = ""
    keep_account: bool = False
    reps: tuple[Rep, ...] = ()
    skills: tuple[Named, ...] = ()
    timezone: str = ""
    overflow: Overflow | None = None
    users: Mapping[str, str] = field(default_factory=dict)
    reroute: bool = False
    hops: int = 3


@dataclass(frozen=True, slots=True)
class History:
    """`mode`: digest (one completed task with the timeline), each (the latest `latest` as completed tasks), both."""

    mode: str = "digest"
    latest: int = 20
    window: timedelta = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Review:
    """Which ready leads wait for a named person to release them: all, or those of some tiers."""

    everybody: bool = False
    tiers: tuple[str, ...] = ()

    def wants(self, tier: str) -> bool:
        return self.everybody or tier in self.tiers


# ---------------------------------------------------------------- mapping
@dataclass(frozen=True, slots=True)
class FieldMap:
    """One canonical field in one remote kind.

    direction   in (remote → ledger), out (ledger → remote), both
    type        text, number, money, bool, date, datetime, list
    policy      who wins when both sides differ: prefer_crm, prefer_marketing, newest, fill_blank
    blank       True: an empty value may overwrite a filled one
    values      {canonical: remote} for picklists; a value that is not listed passes as it is
    transform   trim, lower, upper, title, digits, country, domain (in order)
    length      longest text in UTF-16 units, cut when written
    default     written when the person has no value (a required field of the remote kind)
    """

    field: str
    remote: str
    direction: str = "both"
    type: str = "text"
    policy: str = "fill_blank"
    blank: bool = False
    values: Mapping[str, str] = dataclasses.field(default_factory=dict)
    transform: tuple[str, ...] = ()
    length: int | None = None
    default: Raw = None


@dataclass(frozen=True, slots=True)
class Status:
    """What one remote status value means: the rep's work status, and the disposition or stage it amounts to."""

    work: str
    disposition: str = ""
    stage: str = ""


@dataclass(frozen=True, slots=True)
class KindMap:
    """How people of one remote kind are read and written.

    key        remote field that carries our external id ("" when the org has none)
    fields     canonical field → FieldMap
    status     remote field with the rep's status, and what its values mean
    new_status the value written with a handoff ("" leaves it alone)
    reason, not_before, disposition   remote fields in which sales says why, when again, and what ("" if none)
    stages     remote stage value → canonical stage (marketing lifecycle); with `stage_write` a handoff moves it up to mql,
               with `demote` whoever left the funnel goes back
    stamp      what the handoff itself writes: canonical (score, tier, handoff, handed_over_at, brief) → remote field
    feedback   what sales' work writes back to marketing: canonical → remote field
    """

    kind: str
    key: str
    fields: Mapping[str, FieldMap]
    status: str = ""
    statuses: Mapping[str, Status] = field(default_factory=dict)
    new_status: str = ""
    reason: str = ""
    not_before: str = ""
    disposition: str = ""
    dispositions: Mapping[str, str] = field(default_factory=dict)
    stage: str = ""
    stages: Mapping[str, str] = field(default_factory=dict)
    stage_write: bool = False
    demote: bool = False
    stamp: Mapping[str, str] = field(default_factory=dict)
    feedback: Mapping[str, FieldMap] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SystemMap:
    """mappings/<system>.toml: its kinds of people, what its opportunity stages mean, and its companies (None: not read)."""

    system: str
    kinds: Mapping[str, KindMap]
    won: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    account: AccountMap | None = None


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a decision depends on besides facts and time. `version` is the content hash that decisions cite.

    `content` and `personas` are tried in their order; `agreement` is the content hash of what both teams sign: gate, content
    and personas. `brief_template` is the admin's own brief, "" for the usual one; no `followup` promises nothing; `by_account`:
    how long after a handoff a deal of the account may be made to count as weakly linked; `reasons`: what sales say → its code.
    """

    version: str
    marketing: str
    crm: str
    gate: Gate
    routing: Routing
    history: History
    brakes: Brakes
    maps: Mapping[str, SystemMap]
    task_due: timedelta = timedelta(hours=4)
    own_domains: tuple[str, ...] = ()
    hold_ambiguous: bool = True
    content: tuple[Content, ...] = ()
    personas: tuple[Named, ...] = ()
    agreement: str = ""
    brief_template: str = ""
    review: Review = Review()
    recycle: Recycle = field(default_factory=Recycle)
    by_account: timedelta | None = None
    followup: Followup | None = None
    nurture: Nurture = field(default_factory=Nurture)
    reasons: Mapping[str, str] = field(default_factory=dict)

    @property
    def marketing_kind(self) -> KindMap:
        """The one kind of people that marketing has."""
        return next(iter(self.maps[self.marketing].kinds.values()))

    @property
    def one_system(self) -> bool:
        """Sales works in the same system as marketing: the person is one record, its timeline is already there."""
        return self.marketing == self.crm
