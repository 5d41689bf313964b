"""The agreement between marketing and sales as frozen values: what `config.toml` and `mappings/*.toml` say.

Every rule prints itself as a plain sentence (`str(condition)`), so that `explain` and `criteria` need no second text.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import cast

from syncd.core.types import Raw


# ---------------------------------------------------------------- conditions
class _Sentence:
    __slots__ = ()

    def __str__(self) -> str:
        from syncd.core.sentences import sentence  # which knows the classes below

        return sentence(cast(Condition, self))


@dataclass(frozen=True, slots=True)
class FieldIs(_Sentence):
    """`op`: in, not_in, matches (regular expression, search), min, max, contains_any, present, absent.

    `field` is a canonical field. Text compares without case. A missing value makes the answer unknown, except for
    present and absent.
    """

    field: str
    op: str
    value: tuple[str, ...] | str | float | None = None


@dataclass(frozen=True, slots=True)
class Did(_Sentence):
    """At least `count` activities of one of `kinds` whose title or URL matches `matches`, not older than `within`."""

    kinds: tuple[str, ...]
    matches: str = ""
    within: timedelta | None = None
    count: int = 1


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


# ---------------------------------------------------------------- score and gate
@dataclass(frozen=True, slots=True)
class ScoreRule:
    """`points` once when `when` holds; with `each` (activities only) for every match up to `cap` points."""

    name: str
    when: Condition
    points: int
    each: bool = False
    cap: int | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """A must-have or a veto, with the name that reports and `explain` use."""

    name: str
    when: Condition


@dataclass(frozen=True, slots=True)
class Tier:
    name: str
    minimum: int


@dataclass(frozen=True, slots=True)
class Gate:
    """When a lead is ready: combined score >= threshold and both parts at their minimum, all must-haves, no veto.

    `fit_share` weighs fit in the combined score (the rest is engagement). A hand raise qualifies without the
    threshold, subject to must-haves and vetoes.
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
    tiers: tuple[Tier, ...] = ()
    agreed_by: tuple[str, ...] = ()
    agreed_on: str = ""


# ---------------------------------------------------------------- routing
@dataclass(frozen=True, slots=True)
class Territory:
    """Leads for which `when` holds go to one of `owners` (e-mail addresses), in rotation."""

    name: str
    when: Condition
    owners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Routing:
    """`mode`: single (all to `owners[0]`), territory (first territory that matches), round_robin (rotate `owners`).

    `fallback` is never empty; `keep_owner` leaves a live owner of an existing CRM record in place.
    """

    mode: str
    fallback: str
    owners: tuple[str, ...] = ()
    territories: tuple[Territory, ...] = ()
    keep_owner: bool = True


@dataclass(frozen=True, slots=True)
class History:
    """`mode`: digest (one completed task with the timeline), each (the latest `latest` as completed tasks), both."""

    mode: str = "digest"
    latest: int = 20
    window: timedelta = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Brakes:
    """What one sync may do without being asked: more is a Problem and nothing is sent."""

    handoffs: int = 200
    owner_changes: int = 20
    share: float = 0.2
    floor: int = 50


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
    stages     remote stage value → canonical stage (marketing lifecycle); with `stage_write` a handoff moves it up to mql
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
    stamp: Mapping[str, str] = field(default_factory=dict)
    feedback: Mapping[str, FieldMap] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SystemMap:
    """mappings/<system>.toml: its kinds of people, and what its opportunity stages mean."""

    system: str
    kinds: Mapping[str, KindMap]
    won: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """Everything a decision depends on besides facts and time. `version` is the content hash that decisions cite."""

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

    @property
    def marketing_kind(self) -> KindMap:
        """The one kind of people that marketing has."""
        return next(iter(self.maps[self.marketing].kinds.values()))

    @property
    def one_system(self) -> bool:
        """Sales works in the same system as marketing: the person is one record, its timeline is already there."""
        return self.marketing == self.crm
