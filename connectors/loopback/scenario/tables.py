"""The tables of a scenario file and their keys; what they mean is in docs/sandbox.md."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from connectors.loopback.kit import parse_duration
from connectors.loopback.kit.setting_types import Email, Id, Positive, Text
from connectors.loopback.salesforce.rest.oauth import public_key


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


# Ours: what a world may have, so that a slip of the finger is told and not built.
MOST_CONTACTS = 10_000_000
MOST_DAYS = 3_650
# Ten years: what is to come later than that is a slip.
_LONGEST = 10 * 366 * 86_400


def _seconds(value: Any) -> Any:
    return parse_duration(value) if isinstance(value, str) else value


def _several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _of_contacts(value: Any) -> Any:
    return {"contacts": value} if isinstance(value, str | list) else value


# Seconds, written like "3d 4h".
Duration = Annotated[float, BeforeValidator(_seconds), Field(gt=0, le=_LONGEST)]
Texts = Annotated[list[str], BeforeValidator(_several)]
Values = dict[str, Any]
System = Literal["hubspot", "salesforce"]


def _in_this_century(start: datetime) -> datetime:
    if not 2000 <= start.year < 2100:
        raise ValueError(f"The world begins between 2000 and 2099, not in {start.year}.")
    return start


class World(Table):
    contacts: int | None = Field(default=None, ge=0, le=MOST_CONTACTS)
    days: int | None = Field(default=None, ge=1, le=MOST_DAYS)
    seed: int | None = None
    tickets: int | None = Field(default=None, ge=0, le=MOST_CONTACTS)
    start: Annotated[AwareDatetime, AfterValidator(_in_this_century)] | None = None
    ticking: bool = True


# HubSpot


class Grant(Table):
    """What differs from a token that may do everything."""

    scopes: list[Text] | None = None
    kind: Literal["private", "service", "oauth"] | None = None
    expired: bool | None = None
    app_id: Id | None = None
    app_name: Text | None = None
    user_id: Id | None = None


class Token(Grant):
    token: Text


class Property(Table):
    """A definition as the API takes it, its keys in the API's spelling."""

    object: str
    name: str
    label: str | None = None
    type: str
    fieldType: str
    groupName: str = "contactinformation"
    description: str | None = None
    options: list[Values | str] = []
    displayOrder: int | None = None
    hasUniqueValue: bool | None = None
    hidden: bool | None = None
    formField: bool | None = None


class RequiredProperty(Table):
    object: str
    property: str
    when: dict[str, str] | None = None
    message: str | None = None


def _stage(metadata: dict[str, str]) -> dict[str, str]:
    """Of deals a probability, of tickets a state; HubSpot refuses others (§9)."""
    probability, state = metadata.get("probability", "0"), metadata.get("ticketState", "OPEN")
    if not re.fullmatch(r"0(\.[0-9])?|1(\.0)?", probability):
        raise ValueError(f'probability goes from 0.0 to 1.0 in steps of 0.1, not "{probability}".')
    if state not in ("OPEN", "CLOSED"):
        raise ValueError(f'ticketState is OPEN or CLOSED, not "{state}".')
    return metadata


class Stage(Table):
    id: Text
    label: str | None = None
    metadata: Annotated[dict[str, str], AfterValidator(_stage)] | None = None


class Pipeline(Table):
    object: str
    stages: list[Stage] = Field(min_length=1)


class Owner(Table):
    email: Email
    firstName: str = ""
    lastName: str = ""
    archived: bool = False


class HubSpot(Table):
    settings: Values = {}
    properties: Annotated[dict[str, Texts], BeforeValidator(_of_contacts)] = {}
    integration: Grant = Grant()
    token: list[Token] = []
    property: list[Property] = []
    missing_properties: list[str] = []
    validation_rule: list[RequiredProperty] = []
    pipeline: list[Pipeline] = []
    owner: list[Owner] = []


# Salesforce


class CustomField(Table):
    """A custom field in describe's words; one that exists is replaced."""

    model_config = ConfigDict(extra="allow")
    object: str
    name: str
    length: Positive | None = None
    precision: Annotated[int, Field(ge=1, le=18)] | None = None
    scale: Annotated[int, Field(ge=0, le=18)] | None = None


class Picklist(Table):
    object: str
    field: str
    values: list[str] = Field(min_length=1)
    restricted: bool = True


class LeadStatus(Table):
    name: Text
    default: bool = False
    converted: bool = False


class RuleEntry(Table):
    owner: str
    when: Values = {}


class AssignmentRule(Table):
    object: str = "Lead"
    name: str = "Standard"
    active: bool = True
    entries: list[RuleEntry] = []


class Match(Table):
    object: str
    fields: Annotated[list[str], Field(min_length=1)] | Annotated[dict[str, str], Field(min_length=1)]
    rule: str | None = None


class DuplicateRule(Table):
    object: str
    name: str
    match: list[Match] = Field(min_length=1)
    action: Literal["alert", "block", "allow"] = "alert"
    message: str | None = None
    on: list[Literal["create", "update"]] = ["create", "update"]


class ValidationRule(Table):
    model_config = ConfigDict(extra="allow")
    object: str
    name: str
    message: str
    field: str | None = None
    when: Values | None = None


class Queue(Table):
    name: Text
    objects: list[str] = ["Lead", "Task"]


class Access(Table):
    """What it may, narrowed; keys as the org's users have them."""

    objects: dict[str, list[Literal["create", "read", "edit", "delete"]]] | None = None
    hidden_fields: dict[str, list[str]] | None = None
    read_only_fields: dict[str, list[str]] | None = None
    visible_fields: dict[str, list[str]] | None = None
    view_setup: bool | None = None


class User(Access):
    """Further keys are fields of User."""

    model_config = ConfigDict(extra="allow")
    Username: Email
    LastName: Text
    token: Text | None = None
    password: Text | None = None
    profile: Text | None = None
    permission_sets: list[str] | None = None


def _key(pem: str) -> str:
    try:
        public_key(pem)
    except ValueError:
        raise ValueError("It is neither a public key nor a certificate in PEM.") from None
    return pem


class App(Table):
    """Keys as the org's apps have them."""

    client_id: Text
    client_secret: Text | None = None
    run_as: str | None = None
    public_key: Annotated[str, AfterValidator(_key)] | None = None
    pre_authorized: list[str] | None = None
    refresh_token: Text | None = None
    rotate_refresh_token: bool | None = None
    scope: Text | None = None
    redirect_uris: list[Text] | None = None


class Salesforce(Table):
    settings: Values = {}
    describe: Texts = []
    integration: Access = Access()
    field: list[CustomField] = []
    missing_fields: list[str] = []
    picklist: list[Picklist] = []
    lead_status: list[LeadStatus] = []
    queue: list[Queue] = []
    app: list[App] = []
    user: list[User] = []
    assignment_rule: list[AssignmentRule] = []
    duplicate_rule: list[DuplicateRule] = []
    validation_rule: list[ValidationRule] = []


# The second native sync


class FieldRule(Table):
    """``rule``: which side's value counts; the last three in HubSpot's own words."""

    hubspot: str
    salesforce: str
    rule: Literal["two-way", "prefer-salesforce-unless-blank", "always-salesforce", "never"] = "two-way"


class Stages(Table):
    """The lifecycle stage of a contact that is bound to such a record; "" leaves it."""

    Lead: str = ""
    Contact: str = ""


class NativeSync(Table):
    every: Duration = 900.0
    resync_at_start: bool = False
    inclusion: Values = {}
    create: Literal["Lead", "Contact", "nothing"] = "Lead"
    match_by_email: bool = True
    create_again: bool = False
    create_contacts: bool = True
    owner: Literal["hubspot", "salesforce", "two-way", "never"] = "two-way"
    unknown_owner: Literal["integration-user", "keep"] = "integration-user"
    lifecycle: Stages = Stages()
    field: list[FieldRule] | None = None


class Scenario(Table):
    name: str = ""
    world: World = World()
    hubspot: HubSpot = HubSpot()
    salesforce: Salesforce = Salesforce()
    fault: list[Values] = []
    event: list[Values] = []
    native_sync: NativeSync | None = None
