"""Merging two records of one object: UI, Apex and SOAP do it, REST has no resource for it."""

from __future__ import annotations

from connectors.loopback.salesforce.dml.save import live_row, require_reach
from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.org import Caller, Org
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.store import Row


def merge(org: Org, caller: Caller, sobject: SObject, winner_id: str, loser_id: str) -> str:
    """The loser is deleted and points to the winner, whose children now include the loser's.

    The winner keeps its own values. Raises RecordError.
    """
    if not sobject.is_("mergeable"):
        raise RecordError("INVALID_TYPE", f"{sobject.name} records cannot be merged")
    winner = live_row(org, sobject, winner_id)
    loser = live_row(org, sobject, loser_id)
    if winner["Id"] == loser["Id"]:
        raise RecordError("INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id")
    if winner.get("IsConverted") or loser.get("IsConverted"):
        raise RecordError("CANNOT_UPDATE_CONVERTED_LEAD", "cannot reference converted lead")
    require_reach(org, caller, "edit", sobject, winner)
    require_reach(org, caller, "delete", sobject, loser)
    _leave_common_campaigns(org, caller, sobject, winner["Id"], loser["Id"])
    modified: Row = {
        "LastModifiedDate": caller.stamp,
        "LastModifiedById": caller.user.id,
        "SystemModstamp": caller.stamp,
    }
    for relation in org.schema.children_of(sobject.name):
        child, reference = relation.child, relation.field.name
        changes: Row = {reference: winner["Id"]}
        if child.has("SystemModstamp"):
            changes["SystemModstamp"] = caller.stamp
        for child_id in org.store.ids_where(child, f'"{reference}" = ?', (loser["Id"],)):
            org.store.update(child, child_id, changes)
    deleted: Row = {"IsDeleted": 1, "MasterRecordId": winner["Id"]}
    org.store.update(sobject, loser["Id"], deleted | modified)
    org.store.update(sobject, winner["Id"], modified)
    return str(winner["Id"])


def _leave_common_campaigns(org: Org, caller: Caller, sobject: SObject, winner: str, loser: str) -> None:
    """Nobody is twice a member of a campaign: the winner's membership stays."""
    members, reference = org.schema["CampaignMember"], f"{sobject.name}Id"
    if not members.has(reference):
        return
    doubles = org.store.ids_where(
        members,
        f'"{reference}" = ? AND "IsDeleted" = 0 AND "CampaignId" IN '
        f'(SELECT "CampaignId" FROM "CampaignMember" WHERE "{reference}" = ? AND "IsDeleted" = 0)',
        (loser, winner),
    )
    for member in doubles:
        org.store.update(members, member, {"IsDeleted": 1, "SystemModstamp": caller.stamp})
