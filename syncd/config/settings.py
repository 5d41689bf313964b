"""The configuration as frozen values: what the commands, the daemon and the connectors get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from syncd.config.secrets import Secret
from syncd.core.alerts import Channel
from syncd.core.glossary import Wording
from syncd.core.leaks import Patience
from syncd.core.metrics.terms import ReportRules
from syncd.core.rules import Rules


@dataclass(frozen=True, slots=True)
class HubSpotConfig:
    """The connection to HubSpot. `timeout` in seconds; `daily_share` of the account's daily calls may be used, of
    which `reserve` is kept for handoffs; `version` is the date-versioned API line, or "v3"."""

    token: Secret
    url: str
    version: str
    timeout: float
    daily_share: float
    reserve: float
    forms: bool
    page_views: bool


@dataclass(frozen=True, slots=True)
class SalesforceConfig:
    """The connection to Salesforce. Flow "client_credentials" has a `client_secret`; "jwt" has `username` and
    `private_key` (PEM). `timeout`, `daily_share` and `reserve` as for HubSpot. `audience` is for the JWT flow."""

    url: str
    flow: str
    client_id: Secret
    client_secret: Secret | None
    username: str
    private_key: Secret | None
    audience: str
    version: str
    timeout: float
    daily_share: float
    reserve: float
    duplicate_rule: str
    currency: str


@dataclass(frozen=True, slots=True)
class MailConfig:
    """`security` is "starttls", "tls" or "none" (which only a server on this machine may have)."""

    host: str
    port: int
    security: str
    sender: str
    user: str
    password: Secret | None


@dataclass(frozen=True, slots=True)
class SlackConfig:
    url: Secret


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    url: str
    secret: Secret


@dataclass(frozen=True, slots=True)
class AlertsConfig:
    """Of `channels`, each with `by` email, slack or webhook has its own settings here."""

    channels: tuple[Channel, ...] = ()
    mail: MailConfig | None = None
    slack: SlackConfig | None = None
    webhook: WebhookConfig | None = None


@dataclass(frozen=True, slots=True)
class ProductConfig:
    """Where product events are: `files` (folder, pattern of names), or `query` on `sqlite` or on `postgres` (a connection
    string). `timeout` in seconds; `columns`: ours → the source's, those that it has; `events`: the source's names → ours."""

    files: tuple[Path, str] | None
    sqlite: Path | None
    postgres: Secret | None
    query: str
    delimiter: str
    times: str
    timezone: str
    overlap: timedelta
    timeout: float
    columns: Mapping[str, str]
    events: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class ReportConfig:
    """What reports count, and the tables that the admin keeps for them (read when a report is made)."""

    rules: ReportRules
    spend: Path | None = None
    campaigns: Path | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """`ledger` is absolute; a connection that `rules` does not use is None. `stages`: stage → the words of this company."""

    path: Path
    ledger: Path
    poll: timedelta
    log: str
    rules: Rules
    hubspot: HubSpotConfig | None
    salesforce: SalesforceConfig | None
    stages: Mapping[str, Wording]
    alerts: AlertsConfig
    report: ReportConfig
    patience: Patience
    product: ProductConfig | None = None
