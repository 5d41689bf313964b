"""The words of the house as frozen values. See docs/architecture.md for the picture.

Raw values are what the wire says (JSON scalars, remote field names); canonical values are what the mapping makes
of them. `0`, `False`, `""` and "absent" are four different claims.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

Raw = str | int | float | bool | None
Value = str | int | float | bool | Decimal | date | datetime | tuple[str, ...] | None


class Ref(NamedTuple):
    """Address of a remote record: ("salesforce", "Lead", "00Q…18") or ("hubspot", "contacts", "713492963559")."""

    system: str
    kind: str
    id: str

    def __str__(self) -> str:
        return "/".join(self)

    @classmethod
    def parse(cls, text: str) -> Ref:
        return cls._make(text.split("/", 2))


class State(enum.StrEnum):
    """What became of a remote record."""

    LIVE = "live"
    ARCHIVED = "archived"
    DELETED = "deleted"
    MERGED = "merged"
    CONVERTED = "converted"


@dataclass(frozen=True, slots=True)
class Record:
    """A person as one system shows it: contact, lead.

    `fields` holds raw values by remote name, mapped fields only; a requested field that is unset is present with
    None. `successor` is where a merged or converted record went; `aliases` are ids that now mean this record;
    `token` is the key of ours that it carries (the external id).
    """

    ref: Ref
    fields: Mapping[str, Raw]
    modified: datetime
    state: State = State.LIVE
    successor: Ref | None = None
    aliases: tuple[Ref, ...] = ()
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """Something that happened, with whom.

    `kind`: form, page_view, email_open, email_click (marketing) · product · email, call, meeting, note, task, message (people).
    `about` are the people's refs; a form submission knows only an `email`. `key` is ours when syncd wrote it.
    `outbound` is True when our side reached out; `done` False for an open task. `actor` is a remote owner id.
    """

    ref: Ref
    kind: str
    at: datetime
    about: tuple[Ref, ...] = ()
    email: str = ""
    title: str = ""
    body: str = ""
    url: str = ""
    actor: str = ""
    outbound: bool = False
    done: bool = True
    key: str = ""


@dataclass(frozen=True, slots=True)
class Owner:
    """Someone who can own a lead. `kind`: person, queue. `ref.kind`: owners (HubSpot), User or Group (Salesforce)."""

    ref: Ref
    email: str
    name: str
    active: bool = True
    kind: str = "person"
    timezone: str = ""

    @property
    def called(self) -> str:
        """What the rules call somebody: the e-mail address, a queue by its name."""
        return self.email or self.name


BY_ACCOUNT = "account"
"""The link of a deal that nothing but its account and its date tie to a person."""


@dataclass(frozen=True, slots=True)
class Opportunity:
    """A deal. `status`: open, won, lost. `people` are linked person refs, `link` how, the strongest first: contact_role,
    converted, deal (HubSpot), account. `account` is the id of the company in the CRM, "" where nobody asked.
    """

    ref: Ref
    name: str
    stage: str
    status: str
    modified: datetime
    amount: Decimal | None = None
    currency: str = ""
    close: date | None = None
    people: tuple[Ref, ...] = ()
    link: str = ""
    deleted: bool = False
    account: str = ""
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class CrmAccount:
    """A company as the CRM has it: an Account (Salesforce), a company (HubSpot).

    `domain` is that of its website, "" when it has none; `owner` a remote owner id, "" for nobody. `successor` is where a
    merged one went; `aliases` are ids that now mean this one; `parent` is the id of the company that it belongs to.
    """

    ref: Ref
    name: str
    domain: str
    owner: str
    modified: datetime
    customer: bool = False
    deleted: bool = False
    successor: Ref | None = None
    aliases: tuple[Ref, ...] = ()
    parent: str = ""


Cursor = Mapping[str, Any]
"""Where a stream stands: JSON, opaque to all but the connector that made it."""


@dataclass(frozen=True, slots=True)
class Page:
    """One remote page and the cursor to commit with it; `now` is the server's clock. `problems` are rows of a source that
    cannot be read: they are kept with the page, for they are not read again."""

    cursor: Cursor
    now: datetime
    people: Sequence[Record] = ()
    activities: Sequence[Activity] = ()
    owners: Sequence[Owner] = ()
    opportunities: Sequence[Opportunity] = ()
    problems: Sequence[Problem] = ()
    accounts: Sequence[CrmAccount] = ()


class Verb(enum.StrEnum):
    CREATE = "create"
    UPDATE = "update"
    LINK = "link"


STAGE_BACK = "field:stage:"
"""How the effects begin that move a stage field back: "field:stage:clear:1.0", "field:stage:set:1.0"."""


@dataclass(frozen=True, slots=True)
class Action:
    """One intended remote write.

    key      derived from source facts (see core.keys), unique in the ledger, carried to the remote side by creates
    effect   what it is for: person (with its owner), brief, task, digest, activity:<n>, link:<effect>, feedback, field:<name>,
             nurture:<list> (fields: person, member),
             reroute:<n> (a new owner after the delivery; brief:<n>, task:<n>, and closed:<n> of the old task go with it)
    target   (system, kind, id); the id is "" for a create, and is filled from the receipt of the action `needs` names
    fields   for people: raw values by remote name; for activities: canonical names of `ACTIVITY_FIELDS`
    before   raw values the record held when this was planned: what a plan shows and what undo restores
    guard    compare `before` with the live record first, and send nothing where it moved; False for fields that are
             ours alone
    needs    late binding: {slot: action key} with slot "id" (the target's own id), "person" (the record it is about),
             "from" (the activity of a link), "field:<remote>" (a field that takes that id), "when" (it must have
             happened), "after:…" (it must be over, however it went)
    token    external id of a person create; for activities the key itself
    agrees   canonical field → (marketing value, CRM value) that both sides hold once this is done
    order    record before owner, owner before activity, feedback last
    """

    key: str
    effect: str
    verb: Verb
    target: Ref
    fields: Mapping[str, Raw]
    person: str
    cause: str
    before: Mapping[str, Raw] = field(default_factory=dict)
    guard: bool = False
    needs: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    agrees: Mapping[str, tuple[Raw, Raw]] = field(default_factory=dict)
    handoff: int = 0
    order: int = 0

    @property
    def urgent(self) -> bool:
        """Part of a handoff itself: it goes first, and may spend what the budget keeps for handoffs."""
        return self.handoff > 0 and not self.upkeep

    @property
    def upkeep(self) -> bool:
        """A field that moved, an answer of sales, a list: when overtaken it is planned again from fresh facts."""
        return self.effect.startswith(("field:", "feedback:", "nurture:"))

    @property
    def swallowed(self) -> bool:
        """The system may say that it wrote this and not do it: it goes alone, in a call of its own, and is read back."""
        return self.effect.startswith(STAGE_BACK)


ACTIVITY_FIELDS = ("subject", "body", "html", "at", "due", "owner", "priority", "channel", "outbound", "person", "done")
"""Canonical fields of note, task and activity actions: text, text, ISO instant, ISO date, remote owner id,
high|normal|low, kind of Activity, bool, remote person id (with `person_kind`), True to close a task that exists."""


class Outcome(enum.StrEnum):
    """done: it happened now · already: it had happened · rejected: refused for good · superseded: the live value
    moved, nothing sent · not_sent: surely nothing happened, the action stays open · unclear: nobody knows yet."""

    DONE = "done"
    ALREADY = "already"
    REJECTED = "rejected"
    SUPERSEDED = "superseded"
    NOT_SENT = "not_sent"
    UNCLEAR = "unclear"

    @property
    def final(self) -> bool:
        return self in (Outcome.DONE, Outcome.ALREADY, Outcome.REJECTED, Outcome.SUPERSEDED)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that needs a human. `kind` and `subject` identify it: the same problem seen twice is one row."""

    kind: str
    subject: str
    sentence: str
    fix: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What happened to one action. `values` is what the answer says the record now holds, `modified` its stamp there;
    `code` the vendor's code."""

    key: str
    outcome: Outcome
    ref: Ref | None = None
    values: Mapping[str, Raw] = field(default_factory=dict)
    problem: Problem | None = None
    code: str = ""
    modified: datetime | None = None


class Token(NamedTuple):
    """What `find` looks for: kind "person" (external id), "email", "task", "note", "activity" (our key)."""

    kind: str
    value: str


def rank(verb: Verb, effect: str) -> int:
    """Order of an effect inside a plan: record with its owner, work item, history, links; then fields, and the word back."""
    if effect == "person":
        return 10
    if effect.startswith("reroute:"):
        return 20
    if effect.startswith("field:"):
        return 80
    if effect.partition(":")[0] in ("brief", "task", "closed"):
        return 40
    if effect == "digest" or effect.startswith("activity:"):
        return 50
    if verb is Verb.LINK:
        return 60
    return 90
