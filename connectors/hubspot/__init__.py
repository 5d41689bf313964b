"""HubSpot as the marketing system, and as the CRM: see `connectors.base` for the five verbs.

    connector = HubSpotConnector(HubSpotSettings(token=secret.reveal), system_map,
                                 role={"marketing", "crm"})

Importing this package costs nothing; the vendor library comes with the first connector.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from connectors.hubspot.settings import HubSpotSettings

if TYPE_CHECKING:
    from connectors.hubspot.connector import HubSpotConnector

__all__ = ["HubSpotConnector", "HubSpotSettings"]


def __getattr__(name: str) -> Any:
    if name == "HubSpotConnector":
        from connectors.hubspot.connector import HubSpotConnector

        return HubSpotConnector
    raise AttributeError(name)
