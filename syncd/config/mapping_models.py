"""The shape of `mappings/hubspot.toml` and `mappings/salesforce.toml`. Defaults are those of the core."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from syncd.config.scalars import Raw, Text
from syncd.config.tables import Table
from syncd.config.words import Disposition, FeedbackName, Stage, StampName

Direction = Literal["in", "out", "both"]
ValueType = Literal["text", "number", "money", "bool", "date", "datetime", "list"]
Policy = Literal["prefer_crm", "prefer_marketing", "newest", "fill_blank"]
Transform = Literal["trim", "lower", "upper", "title", "digits", "country", "domain"]


class Feedback(Table):
    """One field that syncd writes back to marketing."""

    remote: Text = Field(description="The field's name in the remote system")
    values: dict[str, Text] = Field(default={}, description="Picklist: canonical value → remote value")
    length: int | None = Field(default=None, ge=1, description="Longest text, in UTF-16 units")


class FieldEntry(Feedback):
    """One canonical field in one remote kind."""

    direction: Direction = Field(default="both", description="in: syncd reads it; out: it writes it; both")
    type: ValueType = "text"
    policy: Policy = Field(default="fill_blank", description="Who wins when the two systems differ")
    blank: bool = Field(default=False, description="An empty value may overwrite a filled one")
    transform: list[Transform] = Field(default=[])
    default: Raw | None = Field(default=None, description="Written to a new record when nothing is known")


class StatusValue(Table):
    """What one status of the rep means."""

    work: Text
    disposition: Disposition | None = None
    stage: Stage | None = None


class Status(Table):
    """The field with the rep's status."""

    field: Text
    new: Text | None = Field(default=None, description="Written with a handoff; leave it out to write none")
    values: dict[Text, StatusValue] = Field(min_length=1, description="Remote value → what it means")


class DispositionFields(Table):
    """Where sales says what became of a handoff, why, and when again."""

    field: Text | None = None
    reason: Text | None = None
    not_before: Text | None = None
    values: dict[Text, Disposition] = Field(default={}, description="Remote value → canonical disposition")


class StageField(Table):
    """The field with the funnel stage."""

    field: Text
    values: dict[Text, Stage] = Field(min_length=1, description="Remote value → canonical stage")
    write: bool = Field(False, description="A handoff moves it up to mql, never back")
    demote: bool = Field(False, description="Who comes back from sales goes back here too: to lead, or from trash to other")


class Kind(Table):
    """People of one remote kind."""

    key: Text | None = Field(default=None, description="Remote field with our external id")
    fields: dict[Text, FieldEntry] = Field(min_length=1)
    status: Status | None = None
    disposition: DispositionFields = Field(default_factory=lambda: DispositionFields())
    stage: StageField | None = None
    stamp: dict[StampName, Text] = Field(default={}, description="What a handoff writes: canonical → remote field")
    feedback: dict[FeedbackName, Feedback] = Field(default={}, description="What sales' work writes back")


class Opportunities(Table):
    """Stages of opportunities (deals) that end them."""

    won: list[Text] = Field(default=[])
    lost: list[Text] = Field(default=[])


class Customer(Table):
    """Which companies are customers."""

    field: Text
    values: list[Text] = Field(min_length=1, description="Values of a customer")


class AccountEntry(Table):
    """Companies of the CRM, read when the routing asks whose they are."""

    name: Text
    website: Text = Field(description="The field with the company's web address or domain")
    owner: Text
    link: Text | None = Field(default=None, description="The field of a person that names the company")
    parent: Text | None = Field(default=None, description="The field of a company that names its parent company")
    customer: Customer | None = None


class HubSpotMapping(Table):
    """mappings/hubspot.toml"""

    contacts: Kind
    companies: AccountEntry | None = None
    opportunities: Opportunities = Field(default_factory=lambda: Opportunities())

    @property
    def account(self) -> tuple[str, AccountEntry | None]:
        return "companies", self.companies


class SalesforceMapping(Table):
    """mappings/salesforce.toml"""

    Lead: Kind
    Contact: Kind
    Account: AccountEntry | None = None
    opportunities: Opportunities = Field(default_factory=lambda: Opportunities())

    @property
    def account(self) -> tuple[str, AccountEntry | None]:
        return "Account", self.Account


Mapped = HubSpotMapping | SalesforceMapping
MAPPINGS: dict[str, type[Mapped]] = {
    "hubspot": HubSpotMapping,
    "salesforce": SalesforceMapping,
}
