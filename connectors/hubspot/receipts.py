"""The receipts that HubSpot's answers amount to, with the problems that people read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from connectors.hubspot.activities import KEY
from connectors.hubspot.refusals import SYSTEM, Refusal
from syncd.core.errors import RemoteError, Unclear
from syncd.core.types import Action, Outcome, Problem, Raw, Receipt, Record, Ref, State


def done(action: Action, ref: Ref, values: Mapping[str, Raw], modified: datetime | None = None) -> Receipt:
    return Receipt(action.key, Outcome.DONE, ref, values, modified=modified)


def already(action: Action, ref: Ref, values: Mapping[str, Raw]) -> Receipt:
    return Receipt(action.key, Outcome.ALREADY, ref, values)


def not_sent(action: Action) -> Receipt:
    return Receipt(action.key, Outcome.NOT_SENT)


def unclear(action: Action) -> Receipt:
    return Receipt(action.key, Outcome.UNCLEAR)


def undelivered(actions: Sequence[Action], error: RemoteError) -> dict[str, Receipt]:
    """Rows whose call failed after others of the same send had landed."""
    outcome = unclear if isinstance(error, Unclear) else not_sent
    return {action.key: outcome(action) for action in actions}


def gone(action: Action, record: Record | None) -> Receipt:
    """The record is not there any more; `values` say what became of it."""
    values: dict[str, Raw] = {"state": record.state if record else State.DELETED}
    if record is not None and record.successor is not None:
        values["successor"] = str(record.successor)
    ref = action.target if action.target.id else None
    return Receipt(action.key, Outcome.SUPERSEDED, ref, values, code="GONE")


def rejected(action: Action, refusal: Refusal) -> Receipt:
    """Refused for what it is: one problem for each cause, so that a thousand rows are one card."""
    kind = action.target.kind
    field = refusal.flaws[0][1] if refusal.flaws else ""
    where = f"{kind}.{field}" if field else kind
    problem = Problem(
        "rejected",
        f"{SYSTEM}/{kind}/{field or refusal.code}",
        f"HubSpot refused a write to {where}: {refusal}.",
        _FIXES.get(refusal.code, f"Correct the record, or the mapping of {where}."),
        action.person,
    )
    ref = action.target if action.target.id else None
    return Receipt(action.key, Outcome.REJECTED, ref, problem=problem, code=refusal.code)


def unset(action: Action, ref: Ref, stage: str, values: Mapping[str, Raw]) -> Receipt:
    """HubSpot answers 200 and keeps the old lifecycle stage when a write would move it back [hubspot.md 6]."""
    problem = Problem(
        "stage_refused",
        f"{ref}/{stage}",
        f"{stage} was refused by HubSpot: it keeps “{values.get(stage)}”, a stage only moves forward.",
        f"Clear {stage} on the contact first, or leave the stage to HubSpot.",
        action.person,
    )
    return Receipt(action.key, Outcome.REJECTED, ref, values, problem, "STAGE_REFUSED")


def not_an_id(action: Action) -> Receipt:
    problem = Problem(
        "rejected",
        f"{SYSTEM}/{action.target.kind}/id",
        "An action names a record by something that is no HubSpot id; nothing was sent.",
        "Look at the action with `syncd explain`.",
        action.person,
    )
    return Receipt(action.key, Outcome.REJECTED, problem=problem, code="NOT_AN_ID")


def unkeyed(action: Action) -> Receipt:
    kind = action.target.kind
    problem = Problem(
        "no_unique_key",
        f"{SYSTEM}/{kind}/{KEY}",
        f"{kind} have no unique property {KEY}: one could be created twice, so none was.",
        f"Create {KEY} (text, unique values) on {kind}.",
        action.person,
    )
    return Receipt(action.key, Outcome.REJECTED, problem=problem, code="NO_UNIQUE_KEY")


_FIXES = {
    "PROPERTY_DOESNT_EXIST": "Create the property, or take it out of the mapping.",
    "READ_ONLY_VALUE": "HubSpot computes this property: give it direction “in” in the mapping.",
    "INVALID_OPTION": "Add the option to the property, or map it to one that exists.",
    "INVALID_EMAIL": "Correct the e-mail address on the contact.",
}
