"""The loopback Salesforce: REST, SOQL and OAuth as the real org answers, nasty parts included."""

from connectors.loopback.salesforce.emulator import SalesforceEmulator
from connectors.loopback.salesforce.settings import DEFAULT_TOKEN, SalesforceSettings

__all__ = ["DEFAULT_TOKEN", "SalesforceEmulator", "SalesforceSettings"]
