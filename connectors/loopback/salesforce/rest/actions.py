"""/actions/standard: the one action that is for leads, applying the assignment rules [sheet 11.4].

Other actions are answered 501 [D:actions_obj_lead].
"""

from __future__ import annotations

from dataclasses import replace

from flask import Response

from connectors.loopback.salesforce import wire
from connectors.loopback.salesforce.dml import incoming, save
from connectors.loopback.salesforce.errors import ApiError, RecordError, not_found
from connectors.loopback.salesforce.rest.base import json_body, versioned
from connectors.loopback.salesforce.service import caller, service

pages = versioned("salesforce_actions")

NAME = "invocableApplyLeadAssignmentRules"
MOST_LEADS = 20
_SINCE = 54


@pages.post(f"/actions/standard/{NAME}")
def apply_lead_assignment_rules() -> Response:
    """``{"inputs": [{"leadId": id}, …]}``: all leads or none; one result for the collection.

    What an error looks like beyond ``isSuccess`` false, and its 400, are UNCONFIRMED.
    """
    who, org = caller(), service().org
    if float(who.version) < _SINCE:
        raise not_found()
    inputs = json_body().get("inputs")
    if not isinstance(inputs, list) or not inputs:
        raise ApiError.of(400, "INVALID_INPUT", "The inputs field is required")
    if len(inputs) > MOST_LEADS:
        raise ApiError.of(400, "LIMIT_EXCEEDED", f"The action processes up to {MOST_LEADS} leads at a time")
    leads, assigning = org.schema["Lead"], replace(who, auto_assign=True)
    try:
        with org.store.savepoint():
            for one in inputs:
                lead_id = incoming.given_id(leads, one.get("leadId") if isinstance(one, dict) else None)
                save.update(org, assigning, leads, lead_id, {})
    except RecordError as error:
        return wire.respond([{"actionName": NAME, "errors": [error.as_row_error()], "isSuccess": False}], 400)
    return wire.respond([{"actionName": NAME, "isSuccess": True}])
