"""Salesforce over REST, through simple-salesforce as its client and `connectors.transport` as its way out.

    connector = SalesforceConnector(SalesforceSettings(url=…, client_id=…, client_secret=…), system_map)

API calls (a token call, when a session begins or ends, is none of them):

    check                     3   versions, limits, one composite of describes and directories
    pull "changes", idle      1   one composite of five queries; + 1 for each further page of 2,000
    pull "gone"               1   the recycle bin, queues, new contact roles; hourly
    read                      1   for 2,000 records of a kind; + 1 when some are gone
    find                      1   for 785 e-mail addresses on Lead and Contact, or as many keys
    send                      1   for 200 rows

Requires of the org (tier S1): Lead and Contact have the mapped key as External ID + Unique, and
Activity has `syncd_key__c` (Text 40, External ID, Unique). Without them the connector says so in
`capabilities.keyed` and marks its tasks in `Task.CallObject`.
"""

from connectors.salesforce.connector import SalesforceConnector
from connectors.salesforce.settings import SalesforceSettings

__all__ = ["SalesforceConnector", "SalesforceSettings"]
