"""Channels as they are reached: SMTP, Slack's incoming webhooks, and webhooks that are signed."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import smtplib
import ssl
from collections.abc import Callable
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

import requests

from syncd.config.settings import AlertsConfig, MailConfig, SlackConfig, WebhookConfig
from syncd.core.alerts import Message
from syncd.core.errors import ConfigError
from syncd.core.hosts import is_this_machine
from syncd.core.text import clean

TIMEOUT = 15.0
"""Seconds for one answer: a sync waits for it."""


class AlertError(Exception):
    """A message that was not taken. The sentence shows no secret and no personal data."""

    def __init__(self, sentence: str, fix: str = "") -> None:
        super().__init__(sentence)
        self.sentence, self.fix = sentence, fix


class Post(Protocol):
    """One channel, able to send. `send` raises AlertError."""

    def send(self, message: Message, at: datetime) -> None: ...


def posts(config: AlertsConfig) -> dict[str, Post]:
    """By name of the channel."""
    found: dict[str, Post] = {}
    if config.mail is not None:
        found["email"] = Mail(config.mail)
    if config.slack is not None:
        found["slack"] = Slack(config.slack)
    if config.webhook is not None:
        found["webhook"] = Webhook(config.webhook)
    return found


class Mail:
    """One message, one session: alerts are few, and a session that is kept breaks."""

    def __init__(self, config: MailConfig) -> None:
        self._config = config

    def send(self, message: Message, at: datetime) -> None:
        letter = _letter(message, self._config.sender, at)
        config = self._config
        try:
            with self._session() as session:
                if config.security == "starttls":
                    session.starttls(context=ssl.create_default_context())
                if config.user:
                    session.login(config.user, _revealed(config.password.reveal) if config.password else "")
                session.send_message(letter)
        except smtplib.SMTPAuthenticationError as error:
            fix = "Look at `user` and `password` in [alerts.email]."
            raise AlertError(f"The mail server refuses the login ({error.smtp_code}).", fix) from None
        except smtplib.SMTPRecipientsRefused as error:
            codes = sorted({code for code, _ in error.recipients.values()})
            raise AlertError(
                f"The mail server refuses a recipient ({codes[0]}).", "See who: syncd alerts; then mend the address."
            ) from None
        except smtplib.SMTPNotSupportedError:
            fix = 'Write security = "tls" and the port of the server for it (465).'
            raise AlertError("The mail server does not offer STARTTLS or a login.", fix) from None
        except smtplib.SMTPResponseException as error:
            raise AlertError(f"The mail server refuses the message ({error.smtp_code}).") from None
        except (OSError, smtplib.SMTPException) as error:
            raise AlertError(
                f"The mail server {config.host}:{config.port} does not answer ({type(error).__name__}).",
                "Look at `server` and `security` in [alerts.email].",
            ) from None

    def _session(self) -> smtplib.SMTP:
        config = self._config
        if config.security == "tls":
            return smtplib.SMTP_SSL(config.host, config.port, timeout=TIMEOUT, context=ssl.create_default_context())
        return smtplib.SMTP(config.host, config.port, timeout=TIMEOUT)


def _letter(message: Message, sender: str, at: datetime) -> EmailMessage:
    letter = EmailMessage(policy=SMTP)
    letter["From"], letter["To"] = sender, message.recipient
    letter["Subject"] = " ".join(clean(message.title).split())
    letter["Date"] = format_datetime(at)
    # Made of what is in the message: a second copy after a crash is one and the same to mail systems.
    letter["Message-ID"] = f"<{message.id}@{sender.rpartition('@')[2].rstrip('>') or 'syncd'}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter.set_content(clean(message.text) + "\n")
    return letter


class Slack:
    """An incoming webhook, of Slack or of whoever speaks like it. Its address is the secret."""

    def __init__(self, config: SlackConfig) -> None:
        self._config = config

    def send(self, message: Message, at: datetime) -> None:
        url = _revealed(self._config.url.reveal)
        if not _is_safe(url):
            raise AlertError("The address of [alerts.slack] is not one of https.", "Write the webhook's whole address.")
        _post("Slack", url, json.dumps({"text": _in_slack(message)}).encode(), {})


def _in_slack(message: Message) -> str:
    """Titles and links: the brief stays in the CRM."""
    lines = [f"*{_escaped(message.title)}*"] if len(message.alerts) > 1 else []
    for alert in message.alerts:
        open_it = f" (<{alert.link}|open>)" if alert.link else ""
        lines.append(f"{_escaped(alert.title)}{open_it}")
    return "\n".join(lines)


def _escaped(text: str) -> str:
    """Slack's three control characters: https://api.slack.com/reference/surfaces/formatting#escaping"""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


class Webhook:
    """Signed as https://www.standardwebhooks.com says: HMAC-SHA256 of "id.timestamp.body", in base64."""

    def __init__(self, config: WebhookConfig) -> None:
        self._config = config

    def send(self, message: Message, at: datetime) -> None:
        secret = _revealed(self._config.secret.reveal)
        body = json.dumps({"id": message.id, "alerts": [_told(alert) for alert in message.alerts]}).encode()
        stamp = str(int(datetime.now(UTC).timestamp()))
        signed = b".".join((message.id.encode(), stamp.encode(), body))
        signature = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
        headers = {"webhook-id": message.id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}
        _post("The webhook", self._config.url, body, headers)


def _told(alert: Any) -> dict[str, Any]:
    return {
        "key": alert.key, "event": alert.event, "at": alert.at.isoformat(), "title": alert.title, "link": alert.link,
        "owner": alert.owner, "tier": alert.tier, **alert.data,
    }  # fmt: skip


def _post(name: str, url: str, body: bytes, headers: dict[str, str]) -> None:
    try:
        answer = requests.post(
            url,
            data=body,
            headers={"Content-Type": "application/json", **headers},
            timeout=TIMEOUT,
            allow_redirects=False,
        )
    except requests.RequestException as error:  # its text may hold the address, which is a secret
        raise AlertError(f"{name} does not answer ({type(error).__name__}).", "Look at its address.") from None
    if not 200 <= answer.status_code < 300:
        raise AlertError(f"{name} answers {answer.status_code}.", "Look at its address, and whether it still exists.")


def _is_safe(url: str) -> bool:
    """Encrypted, or to this machine."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(parts.hostname or ""))


def _revealed(reveal: Callable[[], str]) -> str:
    """A secret. Raises AlertError for one that cannot be read."""
    try:
        return reveal()
    except ConfigError as error:
        complaint = error.complaints[0]
        raise AlertError(complaint.sentence, complaint.fix) from None
