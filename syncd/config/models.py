"""The shape of `config.toml`: every key, its type and its range. What concerns several keys is in `checks`.

Defaults are those of the core; a test compares them.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal, get_args

from pydantic import Field, WithJsonSchema

from syncd.config.followup_models import DaysOff, Followup
from syncd.config.leak_models import Leaks
from syncd.config.nurture_models import Feedback, Nurture
from syncd.config.product_models import Product
from syncd.config.report_models import Report, Targets
from syncd.config.return_models import Opportunities, Recycle
from syncd.config.scalars import (
    Clock,
    Day,
    Duration,
    Endpoint,
    Hours,
    OneOrMany,
    Pattern,
    Percent,
    Scalar,
    Share,
    Text,
    Url,
    WeekDay,
    Zone,
)
from syncd.config.tables import SecretField, Table
from syncd.config.words import LabelSet, Stage

ActivityKind = Literal[
    "form", "page_view", "email_open", "email_click", "product", "email", "call", "meeting", "note", "task", "message"
]
_KINDS = {"enum": list(get_args(ActivityKind))}
Journey = Literal["early", "late"]
Intent = Literal["low", "medium", "high"]


# ---------------------------------------------------------------- connections
class Syncd(Table):
    ledger: Text = Field(default="syncd.db", description="The one file that holds all state; relative to this file")
    marketing: Literal["hubspot"] = Field(default="hubspot", description="Where leads are made")
    crm: Literal["salesforce", "hubspot"] = Field(description="Where sales works", examples=["salesforce"])
    mappings: Text | None = Field(
        default=None, description="Folder with hubspot.toml and salesforce.toml; default: those that syncd brings"
    )
    poll: Duration = Field(default=timedelta(seconds=60), description="How often the daemon makes a sync")
    log: Literal["debug", "info", "warning", "error"] = "info"
    own_domains: list[Text] = Field(default=[], description="E-mail domains of our own staff")
    labels: LabelSet = Field(default="seeds", description="Whose names of the stages people read; data keep ours")


class Connection(Table):
    timeout: Duration = Field(default=timedelta(seconds=30), description="For one answer")
    reserve: Share = Field(default=0.1, description="Share of the allowed calls that is kept for handoffs")


class HubSpot(Connection):
    token: SecretField
    url: Url = "https://api.hubapi.com"
    version: str = Field(
        default="2026-09", pattern=r"^(v3|20[0-9]{2}-(03|09))$", description='Date-versioned API line, or "v3"'
    )
    daily_share: Share = Field(default=0.5, description="At most this share of the account's daily API calls")
    forms: bool = Field(default=True, description="Read form submissions")
    page_views: bool = Field(default=True, description="Read page views (Enterprise)")


class Salesforce(Connection):
    url: Url = Field(description="Your My Domain", examples=["https://acme.my.salesforce.com"])
    flow: Literal["client_credentials", "jwt"] = "client_credentials"
    client_id: SecretField
    client_secret: SecretField | None = None
    username: Text | None = Field(default=None, description="For flow jwt")
    private_key: SecretField | None = Field(default=None, description="For flow jwt: PEM")
    audience: Url = Field(
        default="https://login.salesforce.com",
        description="For flow jwt; https://test.salesforce.com for a sandbox org",
    )
    version: str = Field(default="65.0", pattern=r"^(4[6-9]|[5-9][0-9])\.0$", description="API version, 46.0 or newer")
    timeout: Duration = Field(default=timedelta(seconds=60), description="For one answer")
    daily_share: Share = Field(default=0.25, description="At most this share of the org's daily API calls")
    duplicate_rule: Literal["allow", "respect"] = "allow"
    currency: str = Field(
        default="",
        pattern=r"^([A-Z]{3})?$",
        description="Of an org with a single currency, which its API does not tell",
    )


# ---------------------------------------------------------------- conditions
Kinds = Annotated[
    list[ActivityKind],
    OneOrMany,
    Field(min_length=1),
    WithJsonSchema({"anyOf": [_KINDS, {"type": "array", "items": _KINDS}]}),
]


class When(Table):
    """Exactly one of `field` (with one operator), `activity` (or content, journey, intent), `all`, `any`, `not`."""

    field: Text | None = Field(default=None, description="A field of the mappings, or stage")
    in_: list[Scalar] | None = Field(default=None, alias="in", min_length=1)
    not_in: list[Scalar] | None = Field(default=None, min_length=1)
    matches: Pattern | None = None
    min: float | None = Field(default=None, allow_inf_nan=False)
    max: float | None = Field(default=None, allow_inf_nan=False)
    contains_any: list[Scalar] | None = Field(default=None, min_length=1)
    starts_with: list[Scalar] | None = Field(default=None, min_length=1)
    present: Literal[True] | None = None
    absent: Literal[True] | None = None
    changed_within: Duration | None = Field(default=None, description="Went from one value to another this lately")
    activity: Kinds | None = None
    content: Text | None = Field(default=None, description="Name of a [[content]] group")
    journey: Journey | None = Field(default=None, description="Content of this part of the journey")
    intent: Intent | None = Field(default=None, description="Content of at least this intent")
    by: Literal["us"] | None = Field(default=None, description="What our own side did, not the lead")
    within: Duration | None = Field(default=None, description="How recent")
    count: int | None = Field(default=None, ge=1, description="How many at least")
    all_: list[When] | None = Field(default=None, alias="all", min_length=1)
    any_: list[When] | None = Field(default=None, alias="any", min_length=1)
    not_: When | None = Field(default=None, alias="not")


class Named(When):
    name: Text


class Excepted(Named):
    exceptions: list[Named] = Field(
        default=[], alias="except", description="Whoever meets one is answered in their favour, and marked"
    )


class ScoreRule(Excepted):
    points: int = Field(ge=-1000, le=1000)
    each: bool = Field(default=False, description="Count every match, not only one")
    cap: int | None = Field(default=None, ge=1, description="Most points in all, with each")
    half_life: Duration | None = Field(default=None, description="The points of an activity halve in this time")


class Ignore(Table):
    """Activities that do not count."""

    name: Text
    activity: Kinds | None = None
    matches: Pattern | None = None
    content: Text | None = Field(default=None, description="Name of a [[content]] group")
    journey: Journey | None = None
    intent: Intent | None = None
    burst: Duration | None = Field(default=None, description="Only where `count` of them lie within this time")
    count: int | None = Field(default=None, ge=2, description="For burst; 2 unless said")
    who: When | None = Field(default=None, description="Only of people for whom this holds")


class Content(Table):
    """A group of pages, forms and e-mails; an activity belongs to the first that it matches."""

    name: Text
    matches: Pattern = Field(description="Looked for in title and address", examples=["/pricing"])
    activity: Kinds | None = None
    journey: Journey = "early"
    intent: Intent = "low"


class Qualify(Table):
    threshold: Percent = Field(description="Combined score from which a lead is ready", examples=[60])
    fit_share: float = Field(default=0.5, ge=0, le=1, allow_inf_nan=False, description="Weight of fit in the score")
    fit_minimum: Percent = 0
    engagement_minimum: Percent = 0
    agreed_by: list[Text] = Field(default=[], description="Who of marketing and of sales signed these rules")
    agreed_on: Day = ""
    agreed_version: str = Field(default="", description="What `syncd check` shows of these rules, as they were signed")
    source: str = Field(
        default="rules", pattern=r"^(rules|property:[a-z][a-z0-9_]*)$", description="Where the combined score is from"
    )
    hysteresis: Percent = Field(default=0, description="Who was ready stays so until this much below")
    half_life: Duration | None = Field(default=None, description="For all engagement rules that say no other")
    single_low_intent: bool = Field(default=False, description="One look at low-intent content may tip the scale")
    caps: dict[ActivityKind, Annotated[int, Field(ge=1)]] = Field(
        default={}, description="Kind of activity → most points of all engagement rules about it"
    )
    ignore: list[Ignore] = Field(default=[], description="Activities that do not count")
    tiers: dict[Text, Percent] = Field(default={}, description="Name → combined score from which it holds")
    fit: list[ScoreRule] = Field(default=[])
    engagement: list[ScoreRule] = Field(default=[])
    must: list[Excepted] = Field(default=[], description="All of them must hold")
    veto: list[Excepted] = Field(default=[], description="None of them may hold")
    hand_raise: When | None = Field(default=None, description="Qualifies without the threshold")
    product: When | None = Field(
        default=None, description="What somebody did in the product that qualifies without the threshold (PQL)"
    )


# ---------------------------------------------------------------- routing and the rest
class Territory(When):
    name: Text
    owners: list[Text] = Field(min_length=1, description="E-mail addresses, or names of queues")


class Away(Table):
    from_: Day = Field(alias="from", description="First day", examples=["2026-12-21"])
    until: Day = Field(description="Last day", examples=["2027-01-03"])


class Rep(Table):
    """Limits and times of somebody who takes leads; who is not named here has none."""

    email: Text
    weight: int = Field(default=1, ge=1, le=100, description="Share of a pool: 2 gets twice what 1 gets")
    per_day: int | None = Field(default=None, ge=1, description="Most leads a day, by the rep's own calendar")
    open_leads: int | None = Field(default=None, ge=1, description="Most leads that may be open at a time")
    skills: list[Text] = Field(default=[])
    days: list[WeekDay] = Field(default=[], description="Working days; default: every day")
    hours: Hours | None = Field(default=None, description="Working hours", examples=["09:00-17:30"])
    away: list[Away] = Field(default=[], description="Absences, both days included")
    timezone: Zone = Field(default="", description="Default: what the CRM says of the user, else that of [route]")
    holidays: DaysOff = Field(default=[], description="Default: those of [followup.calendar]")


class Skill(When):
    """What a lead for which the condition holds needs."""

    name: Text


class Account(Table):
    """A company that has its own rep, known by domains or names."""

    owner: Text = Field(description="An e-mail address, or the name of a queue")
    domains: list[Text] = Field(default=[], description="Of its e-mail addresses and websites, with their subdomains")
    names: list[Text] = Field(default=[], description="As they stand in the company field")


class Overflow(Table):
    """Leads that nobody may take now wait for somebody, at most for a time."""

    after: Duration = Field(description="Then the lead goes on", examples=["4h"])
    queue: Text | None = Field(default=None, description="To whom; default: the fallback")


class Route(Table):
    mode: Literal["single", "territory", "round_robin"] = Field(examples=["single"])
    fallback: Text = Field(
        description="Gets what no rule gives away: an e-mail address, or the name of a queue",
        examples=["sales.lead@acme.example"],
    )
    owners: list[Text] = Field(default=[], description="For single (the first) and round_robin")
    keep_owner: bool = Field(
        default=True,
        description="A lead that a live rep owns already stays with that rep",
    )
    territory: list[Territory] = Field(default=[])
    first: Annotated[list[Text], OneOrMany] = Field(
        default=[], description="A queue, or several people in turn, who get all leads first and pass them on by hand"
    )
    customers: Text | None = Field(
        default=None,
        description="Gets customers whose company nobody owns in the CRM; those of a live owner go there",
    )
    keep_account: bool = Field(
        default=False,
        description="Every lead of a company that somebody owns in the CRM goes there, not only customers",
    )
    account: list[Account] = Field(default=[], description="Named accounts")
    rep: list[Rep] = Field(default=[], description="Weights, limits, working hours, absences and skills")
    skill: list[Skill] = Field(default=[], description="What a lead needs of its rep")
    timezone: Zone = Field(default="", description="Of reps of whom neither [[route.rep]] nor the CRM knows one")
    overflow: Overflow | None = None
    users: dict[Text, Text] = Field(
        default={}, description="E-mail address here → id or address of the user in the CRM, where they differ"
    )
    reroute: bool = Field(
        default=False, description="An untouched lead whose owner left gets a new owner; otherwise you are told"
    )
    hops: int = Field(default=3, ge=1, le=20, description="How often at most, with reroute")


Release = Literal["automatic", "manual"]


class Handoff(Table):
    history: Literal["digest", "each", "both"] = "digest"
    history_latest: int = Field(default=20, ge=1, le=200)
    history_window: Duration = timedelta(days=180)
    task_due: Duration = Field(default=timedelta(hours=4), description="The follow-up task is due this long after")
    hold_ambiguous: bool = Field(default=True, description="A lead that matches several CRM records waits for a human")
    brief_template: Text | None = Field(
        default=None, description="File with your own order of the brief; relative to this file"
    )
    release: Release | dict[Text, Release] = Field(
        default="automatic",
        description="manual: a ready lead waits until a named person releases it; or by tier, where others are automatic",
    )


class Brakes(Table):
    """A sync that would do more than this stops and asks."""

    handoffs: int = Field(default=200, ge=1)
    owner_changes: int = Field(default=20, ge=0)
    blanks: int = Field(default=20, ge=0, description="Values that would be emptied")
    demotions: int = Field(default=200, ge=0, description="People whose stage would go back or out")
    share: Share = 0.2
    floor: int = Field(default=50, ge=0, description="Number of people from which share counts")


Event = Literal["lead", "problem", "alarm", "reminder", "breach", "stuck"]


class Alerting(Table):
    """When a channel speaks, and of what."""

    events: list[Event] = Field(
        default=["lead"],
        min_length=1,
        description="New leads, problems, alarms, promises due or broken, leads that stand still",
    )
    tiers: list[Text] = Field(default=[], description="Only leads of these tiers; default: all")
    days: list[WeekDay] = Field(default=[], description="Days on which it may disturb; default: every day")
    hours: Hours | None = Field(default=None, description="Hours in which it may disturb", examples=["08:00-18:00"])
    timezone: Zone = Field(default="", description="Of hours and digest; default: UTC")
    digest: Clock | None = Field(default=None, description="All of a day in one message at this time")


class EmailAlerts(Alerting):
    server: str = Field(
        pattern=r"^[A-Za-z0-9.:\[\]-]+$",
        description="Name of the mail server, with :port",
        examples=["smtp.acme.example:587"],
    )
    security: Literal["starttls", "tls", "none"] = "starttls"
    from_: Text = Field(alias="from", description="The sender's address", examples=["syncd@acme.example"])
    to: list[Text] = Field(default=["owner"], min_length=1, description='Addresses, and "owner" for the lead\'s owner')
    user: Text | None = None
    password: SecretField | None = None


class SlackAlerts(Alerting):
    url: SecretField = Field(description="Address of an incoming webhook")


class WebhookAlerts(Alerting):
    url: Endpoint = Field(examples=["https://hooks.acme.example/syncd"])
    secret: SecretField = Field(description="For the signature")


class Alerts(Table):
    email: EmailAlerts | None = None
    slack: SlackAlerts | None = None
    webhook: WebhookAlerts | None = None


class StageWording(Table):
    """How this company speaks of a stage; only words, they decide nothing."""

    label: Text | None = None
    definition: Text | None = None
    owner: Text | None = Field(default=None, description="Who is responsible for people in this stage")


class Configuration(Table):
    """config.toml"""

    syncd: Syncd
    hubspot: HubSpot | None = None
    salesforce: Salesforce | None = None
    product: Product | None = None
    content: list[Content] = Field(default=[], description="Groups of pages, forms and e-mails")
    persona: list[Named] = Field(default=[], description="The first that holds is the field `persona`")
    qualify: Qualify
    route: Route
    handoff: Handoff = Field(default_factory=lambda: Handoff())
    feedback: Feedback = Field(default_factory=lambda: Feedback())
    nurture: Nurture = Field(default_factory=lambda: Nurture())
    recycle: Recycle = Field(default_factory=lambda: Recycle())
    opportunities: Opportunities = Field(default_factory=lambda: Opportunities())
    brakes: Brakes = Field(default_factory=lambda: Brakes())
    followup: Followup | None = Field(default=None, description="What sales promise of the leads that they get")
    leaks: Leaks = Field(default_factory=lambda: Leaks(), description="How long a lead may stand still")
    stages: dict[Stage, StageWording] = Field(default={}, description="Stage → the words of this company")
    alerts: Alerts | None = Field(default=None, description="Who is told of new leads and of problems")
    report: Report = Field(default_factory=lambda: Report())
    targets: Targets = Field(default_factory=lambda: Targets(), description="What marketing and sales want to reach")
