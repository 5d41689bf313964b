"""A loopback HubSpot: a real HTTP server that behaves as the fact sheet says, nasty parts too."""

from connectors.loopback.hubspot.emulator import HubSpotEmulator
from connectors.loopback.hubspot.settings import (
    ALL_SCOPES,
    JOURNAL_SCOPES,
    Deliveries,
    DeveloperAccount,
    HubSpotSettings,
    Journal,
    Limits,
    OAuthApp,
    TokenGrant,
    Wording,
)

__all__ = [
    "ALL_SCOPES",
    "JOURNAL_SCOPES",
    "Deliveries",
    "DeveloperAccount",
    "HubSpotEmulator",
    "HubSpotSettings",
    "Journal",
    "Limits",
    "OAuthApp",
    "TokenGrant",
    "Wording",
]
