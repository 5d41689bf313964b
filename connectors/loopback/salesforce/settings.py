"""What the sandbox's owner decides: the org, its people, and a switch per unconfirmed fact."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from connectors.loopback.kit.setting_types import (
    Code,
    Count,
    Currency,
    Days,
    ErrorStatus,
    Positive,
    Seconds,
    Server,
    Text,
    template,
    wrong,
)
from connectors.loopback.salesforce import ids, texts

SHARING_MODELS = ("Private", "Read", "ReadWrite", "ReadWriteTransfer", "FullAccess")
_ORG_ID = ids.to18("00DdM0000000001")
OrgId = Annotated[str, Field(pattern=r"^00D[A-Za-z0-9]{12}(?:[A-Z0-5]{3})?$")]
Month = Annotated[int, Field(ge=1, le=12)]
HostLabel = Annotated[str, Field(pattern=r"^[a-z0-9]+(?:-+[a-z0-9]+)*$")]


def _countries(countries: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    for code, country in countries.items():
        states = country.get("states", {})
        texts_only = isinstance(states, dict) and all(isinstance(name, str) for name in states.values())
        if not isinstance(country.get("name"), str) or not texts_only or country.keys() - {"name", "states"}:
            raise ValueError(
                f'"{code}" is written like {{ name = "United States", states = {{ CA = "California" }} }}.'
            )
    return countries


def _models(sharing: dict[str, str]) -> dict[str, str]:
    for name, model in sharing.items():
        if model not in SHARING_MODELS:
            raise ValueError(f'{name} is shared {", ".join(SHARING_MODELS)}; not "{model}".')
    return sharing


Sharing = Annotated[dict[str, str], AfterValidator(_models)]
Countries = Annotated[dict[str, dict[str, Any]], AfterValidator(_countries)]

DEFAULT_TOKEN = "00DdM0000000001!loopback-integration-session"


def default_users() -> list[dict[str, Any]]:
    return [
        {
            "Username": "integration@loopback.example",
            "LastName": "Integration",
            "token": DEFAULT_TOKEN,
        }
    ]


def default_apps() -> list[dict[str, Any]]:
    return [
        {
            "client_id": "loopback-client",
            "client_secret": "loopback-secret",
            "run_as": "integration@loopback.example",
        }
    ]


@dataclass
class SalesforceSettings:
    """The org and its switches.

    A user (``users``) is a dict of User fields plus ``token`` (a ready session id),
    ``password`` (SOAP login), ``profile`` (its name; System Administrator when absent) and
    ``permission_sets`` (names). Narrower than these, without records: ``objects``
    {sobject: ["create", "read", "edit", "delete"]}, ``hidden_fields`` / ``read_only_fields`` /
    ``visible_fields`` {sobject: [field]} and ``view_setup``. The first user is the org's
    administrator for seeded records. ``permission_sets`` are as
    :func:`permissions.add_permission_set` takes them.

    An app (``apps``): ``client_id client_secret run_as public_key pre_authorized
    refresh_token rotate_refresh_token scope redirect_uris``; ``public_key`` is a PEM key or
    certificate, ``pre_authorized`` a list of user names, ``refresh_token`` one already granted.
    ``refresh_token`` among the scopes: a code exchange gives one.

    A user's configured token ages and expires like any session when an app can log that user
    in again; otherwise it lasts.
    """

    org_id: OrgId = _ORG_ID
    org_name: Text = "Loopback"
    organization_type: Text = "Enterprise Edition"
    is_sandbox: bool = False
    time_zone: str = "America/Los_Angeles"
    currency: Currency = "USD"  # of the org; the only one unless there are more
    currencies: tuple[Currency, ...] = ()  # all active ones of an org with several (:mod:`currencies`)
    fiscal_year_start_month: Month = 1
    # State and country picklists (:mod:`addresses`); none: both fields take any text.
    state_country_picklists: Countries = field(default_factory=dict)
    my_domain: HostLabel = "loopback"
    # None: the URL the client called, so that a loopback client stays on the loopback.
    instance_url: Server | None = None
    oldest_version: Positive = 31
    newest_version: Positive = 68

    users: list[dict[str, Any]] = field(default_factory=default_users)
    apps: list[dict[str, Any]] = field(default_factory=default_apps)
    permission_sets: list[dict[str, Any]] = field(default_factory=list)
    # Org-wide defaults: {"Lead": "Private" | "Read" | "ReadWrite" | "ReadWriteTransfer" |
    # "FullAccess"}; an object that is not named is fully open.
    sharing: Sharing = field(default_factory=dict)

    session_seconds: Positive = 7200
    session_slides: bool = True  # UNCONFIRMED: idle timeout, not absolute
    reuse_live_session: bool = False  # UNCONFIRMED: a new login may return the running session
    logins_per_hour: Count | None = 3600  # UNCONFIRMED number, a user's
    soap_login: bool = False  # disabled by default in orgs from Winter '26 [sheet 1.1]
    password_grant: bool = False  # blocked by default in newer orgs (UNCONFIRMED)
    device_flow: bool = False  # blocked for apps that are not installed [sheet 1.1]

    page_size: Positive = 2000
    long_text_page_size: Positive = 1000  # a recorded query of a long text area [sheet 0.12]
    # Parents and their children on one page (499 and 199 children were seen behind one parent).
    relationship_page_size: Positive = 500
    query_all_next_resource: Literal["query", "queryAll"] = (
        "query"  # UNCONFIRMED: or "queryAll", in next URLs of /queryAll
    )
    # UNCONFIRMED: MALFORMED_QUERY since Winter '25 by the release notes.
    filter_operator_code: Code = "INVALID_QUERY_FILTER_OPERATOR"
    cursor_seconds: Positive = 2 * 24 * 3600  # UNCONFIRMED
    cursors_per_user: Positive = 10  # UNCONFIRMED

    replication_ids: Count = 600_000  # the most that /updated and /deleted list [sheet 7]
    replication_over_a_minute: bool = False  # UNCONFIRMED: start and end more than one minute apart
    delete_log_entries: Count | None = None  # a larger delete log loses what is older than 2 hours

    daily_api_requests: Count = 100_000
    daily_overage: Count = 0  # UNCONFIRMED: calls tolerated beyond the daily limit
    concurrent_long_requests: Positive | None = None  # None: as the edition allows [sheet 14]
    api_bursts: tuple[Count, Count] | None = None  # (used, max) as in v68's header example
    max_header_bytes: Positive = 16_384
    chunked_from: Count | None = 1  # every recorded answer with a body comes in chunks

    # HTTP statuses the sheet marks UNCONFIRMED.
    lock_status: ErrorStatus = 400
    lock_wait_seconds: Seconds = 10.0  # UNCONFIRMED: how long a write waits for a row before it gives up
    deleted_status: ErrorStatus = 404
    missing_record_status: ErrorStatus = 404
    access_status: ErrorStatus = 403
    storage_status: ErrorStatus = 403
    userinfo_bad_token_status: Literal[401, 403] = 403  # in plain text; or 401 as everywhere else

    equal_update_touches_stamps: bool = True  # UNCONFIRMED: an update that changes nothing
    open_task_counts_as_activity: bool = True  # UNCONFIRMED: LastActivityDate's definition
    what_with_lead_refused: bool = True  # UNCONFIRMED: WhatId together with a Lead in WhoId
    upsert_ignores_recycle_bin: bool = True
    update_only_missing_code: Code = "NOT_FOUND"  # UNCONFIRMED
    collection_duplicate_detail: bool = False  # UNCONFIRMED: duplicateResut inside collections
    duplicate_keys_fail_all: bool = True  # UNCONFIRMED: the same key twice in one upsert
    too_many_records_code: Code = "EXCEEDED_ID_LIMIT"  # UNCONFIRMED: more than 200 in a collection
    converted_status_refused: bool = False  # UNCONFIRMED: a plain update to a converted status
    collation_reorders: bool = False  # collated subrequests may run in another order [sheet 5]
    collection_id_any_case: bool = True  # UNCONFIRMED: "Id" as well as "id" in a collection's update
    array_references: bool = True  # UNCONFIRMED: @{refLeads[0].id}
    graph_metering: Literal["call", "graph", "node"] = "call"  # UNCONFIRMED: a graph request costs one, or by these
    batch_metering: Literal["all", "subrequests"] = "all"  # UNCONFIRMED: the call around a batch's counts too
    row_dates_on: Literal["every object", "Account"] = "every object"  # UNCONFIRMED: If-(Un)Modified-Since of rows
    reads_are_views: bool = True  # recorded; else only with Sforce-Mru: updateMru=true (UNCONFIRMED)
    conversion_moves_activities: bool = True  # UNCONFIRMED
    leads_per_conversion: Positive = 100  # UNCONFIRMED: in one SOAP call
    archive_after_days: Days | None = 365  # UNCONFIRMED; None: activities are never archived
    recycle_bin_days: Days | None = 15  # [sheet 12]; None: nothing leaves it by itself
    history_months: Positive | None = 18  # UNCONFIRMED: 24 over the API; None: history is kept for ever [sheet 7]
    late_commit_seconds: Seconds = 0.0

    # Bulk API 2.0 [sheet 8]. Seconds of the emulator's clock that a job waits and that each of
    # its batches takes; 0: it is done before the next request.
    bulk_queue_seconds: Seconds = 0.2
    bulk_batch_seconds: Seconds = 0.2
    bulk_batch_rows: Positive = 10_000
    bulk_upload_bytes: Positive = 150 * 1024 * 1024  # base64-encoded
    bulk_page_records: Positive = 50_000  # UNCONFIRMED: of results asked without maxRecords
    bulk_jobs_page: Positive = 1000
    bulk_job_days: Days | None = 7  # [sheet 8.1]; None: jobs are never forgotten
    bulk_open_jobs: Count | None = None  # UNCONFIRMED: how many may be unfinished; None: any number
    daily_bulk_batches: Count = 15_000
    daily_bulk_query_jobs: Count = 10_000
    daily_bulk_query_megabytes: Count = 976_562
    bulk_error_layout: str = "{code}:{message}:{fields} --"  # UNCONFIRMED
    bulk_quotes_all: bool = True  # UNCONFIRMED: else only added columns, the rest as it was sent
    bulk_empty_results: Literal["header", "nothing"] = "header"  # differs in reports [sheet 8.1]; or "nothing"
    bulk_datetime_zone: Literal["Z", "+0000"] = "Z"  # UNCONFIRMED; or "+0000"
    bulk_csv_type: Text = "text/csv"  # or with "; charset=UTF-8" [sheet 17.14]
    bulk_null: str | None = "#N/A"  # UNCONFIRMED: the cell that clears a field; None: there is none
    bulk_strips_bom: bool = False  # UNCONFIRMED: reports say that the first column is not found
    bulk_auto_assigns: bool = False  # UNCONFIRMED: the active rule for a job that names none
    bulk_query_error_code: Code | None = "API_ERROR"  # UNCONFIRMED for refused SOQL; None: its own
    # Other words for messages that are UNCONFIRMED (:data:`texts.DEFAULTS`).
    texts: dict[str, str] = field(default_factory=dict)

    # Custom lead fields are lost in a conversion unless the admin maps them:
    # {"Contact": {lead field: contact field}}; also for Account and Opportunity.
    lead_field_mapping: dict[str, dict[str, str]] = field(default_factory=dict)

    # Field history is kept for these [sheet 7].
    history_tracking: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {
            "Lead": ("OwnerId", "Status"),
            "Contact": ("OwnerId",),
            "Account": ("OwnerId",),
            "Opportunity": ("Amount", "CloseDate", "OwnerId", "StageName"),
        }
    )


# The places of ``bulk_error_layout``.
_ERROR_LAYOUT = "{code}{message}{fields}"


def contradictions(settings: SalesforceSettings) -> list[tuple[str, str]]:
    """Name and sentence of what no type says: values that do not go together, format strings with unknown places."""
    found: list[tuple[str, str]] = []
    if settings.oldest_version > settings.newest_version:
        most = f'{settings.newest_version} at most, as "newest_version" is'
        found.append(("oldest_version", f'"oldest_version" must be {most}, not {settings.oldest_version}.'))
    if problem := template(settings.bulk_error_layout, _ERROR_LAYOUT):
        found.append(("bulk_error_layout", f'"bulk_error_layout" is wrong: {problem}'))
    for key, text in settings.texts.items():
        if key not in texts.DEFAULTS:
            known = ", ".join(sorted(texts.DEFAULTS))
            found.append(("texts", f'"texts" has no message "{key}"; there are: {known}.'))
        elif problem := template(text, texts.DEFAULTS[key]):
            found.append(("texts", f'"texts.{key}" is wrong: {problem}'))
    for target in settings.lead_field_mapping:
        if target not in ("Account", "Contact", "Opportunity"):
            sentence = f'"lead_field_mapping" is for Account, Contact and Opportunity, not "{target}".'
            found.append(("lead_field_mapping", sentence))
    return found


def problems(settings: SalesforceSettings) -> list[str]:
    """Everything that is wrong with them, a sentence each."""
    return wrong(settings) or [sentence for _, sentence in contradictions(settings)]
