"""The emulated portal: its plan, its tokens, and a named switch for every unconfirmed fact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from connectors.loopback.kit.setting_types import (
    Code,
    Count,
    Currency,
    DayOrNever,
    Days,
    Id,
    Positive,
    Seconds,
    SecondsBetween,
    Text,
    template,
    wrong,
)

TokenKind = Literal["private", "service", "oauth"]

# What tokens of the client_credentials grant may have, as the guide and the specification (§1.5) call them.
JOURNAL_SCOPES = (
    "developer.webhooks_journal.read",
    "developer.webhooks_journal.subscriptions.read",
    "developer.webhooks_journal.subscriptions.write",
    "developer.webhooks_journal.snapshots.read",
    "developer.webhooks_journal.snapshots.write",
    "webhooks-journal-data-access",
    "webhooks-journal-subscription-read",
    "webhooks-journal-subscription-management",
    "webhooks-journal-snapshot-management",
)

ALL_SCOPES = (
    "oauth",
    "crm.objects.contacts.read",
    "crm.objects.contacts.write",
    "crm.objects.companies.read",
    "crm.objects.companies.write",
    "crm.objects.deals.read",
    "crm.objects.deals.write",
    "crm.objects.leads.read",
    "crm.objects.leads.write",
    "crm.objects.products.read",
    "crm.objects.products.write",
    "crm.objects.line_items.read",
    "crm.objects.line_items.write",
    "crm.objects.quotes.read",
    "crm.objects.quotes.write",
    "crm.objects.goals.read",
    "crm.objects.goals.write",
    "crm.objects.feedback_submissions.read",
    "crm.objects.custom.read",
    "crm.objects.owners.read",
    "crm.lists.read",
    "crm.lists.write",
    "crm.schemas.contacts.read",
    "crm.schemas.contacts.write",
    "crm.schemas.companies.read",
    "crm.schemas.companies.write",
    "crm.schemas.deals.read",
    "crm.schemas.deals.write",
    "crm.schemas.tickets.read",
    "crm.schemas.tickets.write",
    "crm.schemas.line_items.read",
    "crm.schemas.quotes.read",
    "crm.schemas.quotes.write",
    "crm.schemas.custom.read",
    "tickets",
    "tickets.sensitive.v2",
    "tickets.highly_sensitive.v2",
    "e-commerce",
    *(
        f"crm.objects.{records}.{level}.{verb}.v2"
        for records in ("contacts", "companies", "deals")
        for level in ("sensitive", "highly_sensitive")
        for verb in ("read", "write")
    ),
    "sales-email-read",
    "forms",
    "content",
    "business-intelligence",
)


@dataclass(frozen=True)
class TokenGrant:
    """What one access token may do.

    ``kind`` decides its limits: private app and service key share the account's daily budget,
    an OAuth app has none. ``app_id`` is what a write by this token leaves in
    ``hs_object_source_id`` and in the property history; one that is ``at_screen`` stands for
    a person who works in the portal, and its writes are that person's.
    """

    scopes: tuple[Text, ...] = ALL_SCOPES
    kind: TokenKind = "private"
    expired: bool = False
    app_id: Id = 18221010
    app_name: Text = "syncd sandbox"
    user_id: Id = 88842095
    at_screen: bool = False


@dataclass(frozen=True)
class OAuthApp:
    """The OAuth application of ``POST /oauth/{version}/token`` and what its refresh tokens buy."""

    client_id: Text = "loopback-client-id"
    client_secret: Text = "loopback-client-secret"
    redirect_uri: Text = "https://loopback.example/callback"
    refresh_tokens: tuple[Text, ...] = ("loopback-refresh-token",)
    grant: TokenGrant = TokenGrant(kind="oauth")
    expires_in: Positive = 1800


@dataclass(frozen=True)
class Limits:
    """Rate limits of a Professional account [D:limits]; None switches one off.

    ``burst`` counts per app (every token of it) and rolling 10 s, ``search`` per account and rolling second,
    ``daily`` per account (private apps and service keys together) until the portal's midnight.
    """

    burst: Count | None = 190
    oauth_burst: Count | None = 110
    search: Count | None = 5
    daily: Count | None = 625_000
    enforce_secondly: bool = False  # docs: "no longer enforced"; one developer saw it bind [X]
    retry_after: bool = False  # absent from all 69 recorded 429s
    search_policy: bool = False  # UNCONFIRMED: policyName SECONDLY in a search's 429, absent there too


@dataclass(frozen=True)
class Wording:
    """Texts no capture shows, as format strings; a client that reads them is wrong (§16)."""

    past_ten_thousand: str = "The search returns at most {most} results; after={after} is beyond them"
    option_list: Literal["described", "values"] = "described"
    not_a_number: str = "{value} was not a valid number."
    not_a_date: str = "{value} was not a valid date."
    not_a_long: str = "{value} was not a valid long."
    property_exists: str = "A property named '{name}' already exists."
    property_in_use: str = "Property {name} is in use and cannot be deleted"
    property_missing: str = "{what} {name} does not exist"
    group_in_use: str = "Property group {name} has active properties"


@dataclass(frozen=True)
class DeveloperAccount:
    """Who may manage webhooks through the API, by key (``?hapikey=``) or token (§11.1), and the
    client secret of each of the account's apps by app id."""

    api_key: Text = "loopback-developer-key"
    token: Text = "loopback-developer-token"
    apps: Mapping[Id, Text] = field(default_factory=lambda: {18221010: "loopback-client-secret"})


@dataclass(frozen=True)
class Deliveries:
    """How webhooks are delivered (§11.2). ``retry_seconds``: the longest wait before each retry, the shortest is
    half of it; together they stay below the documented 24 hours."""

    timeout_seconds: Seconds = 5.0
    retry_seconds: tuple[Seconds, ...] = (60, 300, 600, 1_800, 3_600, 7_200, 10_800, 14_400, 18_000, 28_800)
    cache_seconds: Seconds = 0.0  # documented: changed settings count after up to 300
    max_subscriptions: Count = 1_000
    creation_sets_properties: bool = True  # UNCONFIRMED: a new record's values are propertyChange events too
    merge_has_object_id: bool = False  # UNCONFIRMED
    sensitivity_flag: Literal["generic", "always", "never"] = "generic"  # UNCONFIRMED: where isSensitive is


@dataclass(frozen=True)
class Journal:
    """How the webhooks journal is kept (§11.1), and the forms of an event's time and changes."""

    days: Days = 3  # [D:webhooks-journal]
    events_per_entry: Positive = 100  # UNCONFIRMED
    url_minutes: Positive = 60  # UNCONFIRMED
    without_entries: Literal[204, 404] = 204  # UNCONFIRMED
    times: Literal["iso", "ms"] = "iso"  # UNCONFIRMED
    changes: Literal["object", "list"] = "object"  # UNCONFIRMED


@dataclass
class HubSpotSettings:
    """Everything that may differ between two portals, defaults as the fact sheet says."""

    portal_id: Id = 147893286
    time_zone: str = "US/Eastern"  # never UTC by default: the daily reset is the portal's
    company_currency: Currency = "USD"
    ui_domain: Text = "app.hubspot.com"
    data_hosting_location: Text = "na1"
    account_type: Text = "STANDARD"
    usage_fetch_status: Literal["SUCCESS", "CACHED", "FAILURE", "NOTFOUND", "TIMEOUT"] = "SUCCESS"
    tokens: dict[Text, TokenGrant] = field(default_factory=lambda: {"pat-na1-loopback": TokenGrant()})
    oauth: OAuthApp = OAuthApp()
    developer: DeveloperAccount = DeveloperAccount()
    webhooks: Deliveries = Deliveries()
    journal: Journal = Journal()
    limits: Limits = Limits()
    seed: int = 20261122

    # Behaviour of records.
    default_lifecyclestage: Text = "lead"
    lifecycle: Literal["forward", "any"] = "forward"  # "any": stages may be set backwards
    clearing_stage_clears_dates: bool = False  # UNCONFIRMED
    deal_stage_sync: bool = True  # open deal -> opportunity, won deal -> customer
    company_stage_sync: bool = False  # UNCONFIRMED default: contacts follow the stage of their primary company
    batches_2026_09: Literal["multi-status", "specification"] = "multi-status"  # UNCONFIRMED: the OpenAPI
    # files of 2026-09 have no 207, and 200 for associations that begin or end
    merge: Literal["new-id", "primary-id"] = "new-id"  # "primary-id": the 2026 beta
    merged_vids: Literal["id:ms", "id"] = "id:ms"  # UNCONFIRMED entries of hs_calculated_merged_vids
    batch_read_resolves_merged: bool = True  # UNCONFIRMED
    null_write: Literal["ignore", "clear"] = "ignore"  # UNCONFIRMED: JSON null in a write
    trim_email: bool = True  # UNCONFIRMED
    lower_email: bool = True  # UNCONFIRMED by capture; addresses are the same in any case either way
    trim_text: bool = False  # UNCONFIRMED
    secondary_emails_identify: bool = True  # UNCONFIRMED: found by, and taken for a new contact
    owner_check: Literal["active", "known", "none"] = "active"  # UNCONFIRMED: what hubspot_owner_id takes
    restated_value_bumps: bool = False  # UNCONFIRMED: an equal date or list in another notation is a change
    email_content_scope: bool = True  # an e-mail's text needs sales-email-read (§1.5)
    submission_scopes: tuple[Text, ...] = ("forms",)  # UNCONFIRMED
    email_event_scopes: tuple[Text, ...] = ("content",)  # UNCONFIRMED
    event_scopes: tuple[Text, ...] = ("oauth", "business-intelligence")  # UNCONFIRMED
    association_scopes: Literal["either", "both"] = "either"  # UNCONFIRMED: [S] has one list for both types
    refuse_epoch_seconds: bool = True  # [CL:crm-api-write-validation-enforcement]
    number_error_code: Code = "INVALID_NUMBER"  # UNCONFIRMED text and code
    first_company_is_primary: bool = True  # and a lead's first contact, company and deal
    archived_days: Days = 90
    read_only_status: Literal[400, 403, 405] = 403  # UNCONFIRMED: how a write to feedback submissions is refused
    lead_upsert: bool = True  # [S:crm-leads.v3] lists batch/upsert, the fact sheet says there is none
    converted_list_type: Literal["SNAPSHOT", "MANUAL"] = "SNAPSHOT"  # UNCONFIRMED: what a DYNAMIC list becomes
    lifecycle_by_api: bool = (
        True  # UNCONFIRMED: the pipelines API edits the lifecycle; its guide does not name contacts
    )
    oauth_v1_ends: DayOrNever = "2027-02-16"  # from that day (UTC) on /oauth/v1 answers 404 (§12); "" for never
    property_lag_seconds: Seconds = 0.5  # a new property is unseen for 250-700 ms [L:K]

    # Behaviour of answers.
    shuffle_batches: bool = True
    monotonic_ids: bool = False
    index_lag_seconds: SecondsBetween = (2.0, 5.0)  # per write, drawn from the seed
    event_lag_seconds: Seconds = 0.0  # docs: event occurrences are processed with a delay
    stale_search_values: bool = True  # search answers from the index, not from the store
    search_id_order: Literal["numeric", "lexicographic"] = "numeric"  # UNCONFIRMED
    negative_filters_match_unset: bool = False  # UNCONFIRMED: NEQ, NOT_IN, NOT_CONTAINS_TOKEN
    history_cap: Positive | None = None  # UNCONFIRMED number of kept versions
    max_properties: Count = 1_000  # of one's own per object type [D:props]
    max_account_properties: Count = 10_000
    max_filter_groups: Count = 6
    max_filters_per_group: Count = 10
    max_filters: Count = 25
    submission_extras: bool = True  # UNCONFIRMED fields beside submittedAt, values and pageUrl
    unknown_route: Literal["json", "html", "empty"] = "json"  # UNCONFIRMED body of a 404
    wording: Wording = Wording()
    options_open: bool = False  # UNCONFIRMED: OPTIONS is answered without a token; never with CORS headers
    enterprise: bool = True  # off: event occurrences answer 403
    gzip_from: Count | None = 1024
    max_uri_bytes: Positive = 16_384  # UNCONFIRMED: 5,116 were accepted, too long is a 414
    chunked_from: Count | None = 256  # recorded: a length up to 239 bytes, chunks from 379 on


def contradictions(settings: HubSpotSettings) -> list[tuple[str, str]]:
    """Name and sentence of what no type says: values that do not go together, format strings with unknown places."""
    standard = Wording()
    found = [
        (f"wording.{name}", f'"wording.{name}" is wrong: {problem}')
        for name, text in vars(settings.wording).items()
        if name != "option_list" and (problem := template(text, getattr(standard, name)))
    ]
    if sum(settings.webhooks.retry_seconds) > 86_400:
        sentence = '"webhooks.retry_seconds" must be 24 hours together at most, as documented.'
        found.append(("webhooks.retry_seconds", sentence))
    return found


def problems(settings: HubSpotSettings) -> list[str]:
    """Everything that is wrong with them, a sentence each."""
    return wrong(settings) or [sentence for _, sentence in contradictions(settings)]
