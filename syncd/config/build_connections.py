"""From validated models to where systems, channels and secrets are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from syncd.config import models
from syncd.config.alert_checks import split
from syncd.config.secrets import Secret
from syncd.config.settings import AlertsConfig, HubSpotConfig, MailConfig, SalesforceConfig, SlackConfig, WebhookConfig
from syncd.config.tables import SecretSource
from syncd.core.alerts import Channel
from syncd.core.reps import WEEK


def secret(source: SecretSource, base: Path, environ: Mapping[str, str]) -> Secret:
    if source.env is not None:
        return Secret("env", source.env, base, environ)
    if source.file is not None:
        return Secret("file", source.file, base, environ)
    return Secret("command", tuple(source.command or ()), base, environ)


def _optional(source: SecretSource | None, base: Path, environ: Mapping[str, str]) -> Secret | None:
    return secret(source, base, environ) if source else None


def hubspot(source: models.HubSpot, base: Path, environ: Mapping[str, str]) -> HubSpotConfig:
    return HubSpotConfig(
        token=secret(source.token, base, environ),
        url=source.url,
        version=source.version,
        timeout=source.timeout.total_seconds(),
        daily_share=source.daily_share,
        reserve=source.reserve,
        forms=source.forms,
        page_views=source.page_views,
    )


def salesforce(source: models.Salesforce, base: Path, environ: Mapping[str, str]) -> SalesforceConfig:
    return SalesforceConfig(
        url=source.url,
        flow=source.flow,
        client_id=secret(source.client_id, base, environ),
        client_secret=_optional(source.client_secret, base, environ),
        username=source.username or "",
        private_key=_optional(source.private_key, base, environ),
        audience=source.audience,
        version=source.version,
        timeout=source.timeout.total_seconds(),
        daily_share=source.daily_share,
        reserve=source.reserve,
        duplicate_rule=source.duplicate_rule,
        currency=source.currency,
    )


# ---------------------------------------------------------------- alerts
def alerts(source: models.Alerts | None, base: Path, environ: Mapping[str, str]) -> AlertsConfig:
    if source is None:
        return AlertsConfig()
    email, slack, webhook = source.email, source.slack, source.webhook
    mail = None
    if email is not None:
        host, port = split(email.server)
        assert port is not None
        password = _optional(email.password, base, environ)
        mail = MailConfig(host.strip("[]"), port, email.security, email.from_, email.user or "", password)
    return AlertsConfig(
        channels=tuple(
            _channel(by, said, tuple(email.to) if said is email and email else ())
            for by, said in (("email", email), ("slack", slack), ("webhook", webhook))
            if said is not None
        ),
        mail=mail,
        slack=SlackConfig(secret(slack.url, base, environ)) if slack else None,
        webhook=WebhookConfig(webhook.url, secret(webhook.secret, base, environ)) if webhook else None,
    )


def _channel(by: str, said: models.Alerting, to: tuple[str, ...]) -> Channel:
    return Channel(
        by=by,
        events=tuple(said.events),
        tiers=tuple(said.tiers),
        to=to,
        days=tuple(WEEK.index(day) for day in said.days),
        hours=said.hours,
        timezone=said.timezone,
        digest=said.digest,
    )
