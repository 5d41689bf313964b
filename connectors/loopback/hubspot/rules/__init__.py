"""What HubSpot does to a record beyond storing what was sent, one module per object type."""

from connectors.loopback.hubspot.rules.base import Rules
from connectors.loopback.hubspot.rules.companies import CompanyRules
from connectors.loopback.hubspot.rules.contacts import ContactRules
from connectors.loopback.hubspot.rules.deals import DealRules
from connectors.loopback.hubspot.rules.engagements import EngagementRules
from connectors.loopback.hubspot.rules.leads import LeadRules
from connectors.loopback.hubspot.rules.line_items import LineItemRules
from connectors.loopback.hubspot.rules.tickets import TicketRules

__all__ = [
    "CompanyRules",
    "ContactRules",
    "DealRules",
    "EngagementRules",
    "LeadRules",
    "LineItemRules",
    "Rules",
    "TicketRules",
]
