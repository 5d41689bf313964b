"""A loopback HubSpot: a real HTTP server that behaves as the fact sheet says, nasty parts too."""

from connectors.loopback.hubspot.emulator import HubSpotEmulator
from connectors.loopback.hubspot.settings import (
    ALL_SCOPES,
    Deliveries,
    DeveloperAccount,
    HubSpotSettings,
    Limits,
    OAuthApp,
    TokenGrant,
    Wording,
)

__all__ = [
    "ALL_SCOPES",
    "Deliveries",
    "DeveloperAccount",
    "HubSpotEmulator",
    "HubSpotSettings",
    "Limits",
    "OAuthApp",
    "TokenGrant",
    "Wording",
]
