"""What the connector must be told."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from syncd.core.errors import Complaint, ConfigError

Secret = Callable[[], str]
"""Asked anew at every login, so that a rotated secret is picked up."""

OLDEST_VERSION = 46
"""Collections upsert and `created` in its results exist since v46. [salesforce.md 3, 4]"""

_SOAP = ("password", "soap", "username_password")


@dataclass(frozen=True, slots=True)
class SalesforceSettings:
    """One org, and how to log in to it.

    url             the org's own My Domain; http only to this machine
    flow            client_credentials (client_secret) or jwt (username, private_key in PEM)
    audience        of the JWT: https://login.salesforce.com or https://test.salesforce.com
    timeout         seconds for one request as a whole
    duplicate_rule  allow: alert rules are overridden, our external id decides · respect: they may
                    refuse a lead
    currency        of an org with a single currency, which its API does not tell ("" unknown)

    Raises ConfigError with every complaint at once.
    """

    url: str
    client_id: Secret = field(repr=False)
    client_secret: Secret | None = field(default=None, repr=False)
    flow: str = "client_credentials"
    username: str = ""
    private_key: Secret | None = field(default=None, repr=False)
    audience: str = "https://login.salesforce.com"
    version: str = "65.0"
    timeout: float = 60.0
    duplicate_rule: str = "allow"
    currency: str = ""

    def __post_init__(self) -> None:
        complaints = list(_complaints(self))
        if complaints:
            raise ConfigError(complaints)


def _complaints(settings: SalesforceSettings) -> list[Complaint]:
    found: list[Complaint] = []
    if settings.flow in _SOAP:
        found.append(
            Complaint(
                "Salesforce retires logins with username and password (SOAP login) in Summer '27, "
                "and new orgs have them switched off.",
                fix='Use flow = "client_credentials" or "jwt" with an External Client App.',
            )
        )
    elif settings.flow == "client_credentials":
        if settings.client_secret is None:
            found.append(Complaint("The flow client_credentials needs a client_secret."))
    elif settings.flow == "jwt":
        if not settings.username or settings.private_key is None:
            found.append(Complaint("The flow jwt needs a username and a private_key."))
    else:
        found.append(Complaint(f"There is no flow {settings.flow!r}.", fix="Use client_credentials or jwt."))
    if not re.fullmatch(r"\d{2,3}\.0", settings.version):
        found.append(Complaint(f"{settings.version!r} is no API version.", fix='Write "65.0".'))
    elif float(settings.version) < OLDEST_VERSION:
        found.append(Complaint(f"API version {settings.version} is too old.", fix='Use "65.0".'))
    if settings.duplicate_rule not in ("allow", "respect"):
        found.append(
            Complaint(
                f"duplicate_rule cannot be {settings.duplicate_rule!r}.",
                fix='Write "allow" or "respect".',
            )
        )
    return found
