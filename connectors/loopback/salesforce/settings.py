"""What the sandbox's owner decides: the org, its people, and a switch per unconfirmed fact."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from connectors.loopback.salesforce import ids

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

    org_id: str = ids.to18("00DdM0000000001")
    org_name: str = "Loopback"
    organization_type: str = "Enterprise Edition"
    is_sandbox: bool = False
    time_zone: str = "America/Los_Angeles"
    currency: str = "USD"  # the one currency of the org
    fiscal_year_start_month: int = 1
    # State and country picklists (:mod:`addresses`); none: both fields take any text.
    state_country_picklists: dict[str, dict[str, Any]] = field(default_factory=dict)
    my_domain: str = "loopback"
    # None: the URL the client called, so that a loopback client stays on the loopback.
    instance_url: str | None = None
    oldest_version: int = 31
    newest_version: int = 68

    users: list[dict[str, Any]] = field(default_factory=default_users)
    apps: list[dict[str, Any]] = field(default_factory=default_apps)
    permission_sets: list[dict[str, Any]] = field(default_factory=list)
    # Org-wide defaults: {"Lead": "Private" | "Read" | "ReadWrite" | "ReadWriteTransfer" |
    # "FullAccess"}; an object that is not named is fully open.
    sharing: dict[str, str] = field(default_factory=dict)

    session_seconds: int = 7200
    session_slides: bool = True  # UNCONFIRMED: idle timeout, not absolute
    reuse_live_session: bool = False  # UNCONFIRMED: a new login may return the running session
    logins_per_hour: int | None = 3600  # UNCONFIRMED number, a user's
    soap_login: bool = False  # disabled by default in orgs from Winter '26 [sheet 1.1]
    password_grant: bool = False  # blocked by default in newer orgs (UNCONFIRMED)
    device_flow: bool = False  # blocked for apps that are not installed [sheet 1.1]

    page_size: int = 2000
    long_text_page_size: int = 1000  # a recorded query of a long text area [sheet 0.12]
    # Parents and their children on one page (499 and 199 children were seen behind one parent).
    relationship_page_size: int = 500
    query_all_next_resource: str = "query"  # UNCONFIRMED: or "queryAll", in next URLs of /queryAll
    # UNCONFIRMED: MALFORMED_QUERY since Winter '25 by the release notes.
    filter_operator_code: str = "INVALID_QUERY_FILTER_OPERATOR"
    cursor_seconds: int = 2 * 24 * 3600  # UNCONFIRMED
    cursors_per_user: int = 10  # UNCONFIRMED

    replication_ids: int = 600_000  # the most that /updated and /deleted list [sheet 7]
    replication_over_a_minute: bool = False  # UNCONFIRMED: start and end more than one minute apart
    delete_log_entries: int | None = None  # a larger delete log loses what is older than 2 hours

    daily_api_requests: int = 100_000
    daily_overage: int = 0  # UNCONFIRMED: calls tolerated beyond the daily limit
    concurrent_long_requests: int | None = None  # None: as the edition allows [sheet 14]
    api_bursts: tuple[int, int] | None = None  # (used, max) as in v68's header example
    max_header_bytes: int = 16_384
    chunked_from: int | None = 1  # every recorded answer with a body comes in chunks

    # HTTP statuses the sheet marks UNCONFIRMED.
    lock_status: int = 400
    lock_wait_seconds: float = 10.0  # UNCONFIRMED: how long a write waits for a row before it gives up
    deleted_status: int = 404
    missing_record_status: int = 404
    access_status: int = 403
    storage_status: int = 403
    userinfo_bad_token_status: int = 403  # in plain text; or 401 as everywhere else

    equal_update_touches_stamps: bool = True  # UNCONFIRMED: an update that changes nothing
    open_task_counts_as_activity: bool = True  # UNCONFIRMED: LastActivityDate's definition
    what_with_lead_refused: bool = True  # UNCONFIRMED: WhatId together with a Lead in WhoId
    upsert_ignores_recycle_bin: bool = True
    update_only_missing_code: str = "NOT_FOUND"  # UNCONFIRMED
    collection_duplicate_detail: bool = False  # UNCONFIRMED: duplicateResut inside collections
    duplicate_keys_fail_all: bool = True  # UNCONFIRMED: the same key twice in one upsert
    too_many_records_code: str = "EXCEEDED_ID_LIMIT"  # UNCONFIRMED: more than 200 in a collection
    converted_status_refused: bool = False  # UNCONFIRMED: a plain update to a converted status
    collation_reorders: bool = False  # collated subrequests may run in another order [sheet 5]
    collection_id_any_case: bool = True  # UNCONFIRMED: "Id" as well as "id" in a collection's update
    array_references: bool = True  # UNCONFIRMED: @{refLeads[0].id}
    graph_metering: str = "call"  # UNCONFIRMED: a graph request costs one; or by "graph" or "node"
    row_dates_on: str = "every object"  # UNCONFIRMED: If-(Un)Modified-Since of rows; or "Account"
    reads_are_views: bool = True  # recorded; else only with Sforce-Mru: updateMru=true (UNCONFIRMED)
    conversion_moves_activities: bool = True  # UNCONFIRMED
    leads_per_conversion: int = 100  # UNCONFIRMED: in one SOAP call
    archive_after_days: int | None = 365  # UNCONFIRMED; None: activities are never archived
    recycle_bin_days: int | None = 15  # [sheet 12]; None: nothing leaves it by itself
    history_months: int | None = 18  # UNCONFIRMED: 24 over the API; None: history is kept for ever [sheet 7]
    late_commit_seconds: float = 0.0

    # Bulk API 2.0 [sheet 8]. Seconds of the emulator's clock that a job waits and that each of
    # its batches takes; 0: it is done before the next request.
    bulk_queue_seconds: float = 0.2
    bulk_batch_seconds: float = 0.2
    bulk_batch_rows: int = 10_000
    bulk_upload_bytes: int = 150 * 1024 * 1024  # base64-encoded
    bulk_page_records: int = 50_000  # UNCONFIRMED: of results asked without maxRecords
    bulk_jobs_page: int = 1000
    bulk_job_days: int | None = 7  # [sheet 8.1]; None: jobs are never forgotten
    bulk_open_jobs: int | None = None  # UNCONFIRMED: how many may be unfinished; None: any number
    daily_bulk_batches: int = 15_000
    daily_bulk_query_jobs: int = 10_000
    daily_bulk_query_megabytes: int = 976_562
    bulk_error_layout: str = "{code}:{message}:{fields} --"  # UNCONFIRMED
    bulk_quotes_all: bool = True  # UNCONFIRMED: else only added columns, the rest as it was sent
    bulk_empty_results: str = "header"  # differs in reports [sheet 8.1]; or "nothing"
    bulk_datetime_zone: str = "Z"  # UNCONFIRMED; or "+0000"
    bulk_csv_type: str = "text/csv"  # or with "; charset=UTF-8" [sheet 17.14]
    bulk_null: str | None = "#N/A"  # UNCONFIRMED: the cell that clears a field; None: there is none
    bulk_strips_bom: bool = False  # UNCONFIRMED: reports say that the first column is not found
    bulk_auto_assigns: bool = False  # UNCONFIRMED: the active rule for a job that names none
    bulk_query_error_code: str | None = "API_ERROR"  # UNCONFIRMED for refused SOQL; None: its own
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
