"""The canonical words that mappings may use, without pydantic. Docs: docs/architecture.md and REQUIREMENTS part B."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

Stage = Literal[
    "contact", "lead", "mql", "handed_off", "sal", "sql", "opportunity", "customer",
    "recycled", "unreachable", "trash", "lost",
]  # fmt: skip
LabelSet = Literal["seeds", "hubspot", "sirius2012", "forrester"]
Disposition = Literal["qualified", "recycle", "could_not_reach", "trash"]

StampName = Literal["score", "tier", "handoff", "handed_over_at", "brief"]
FeedbackName = Literal[
    "crm_id", "crm_type", "handoff", "handed_over_at", "score", "tier", "owner", "stage", "work",
    "disposition", "reason", "not_before", "responsible", "transferred_at", "accepted_at", "first_touch_at", "touches",
    "opportunity_id", "opportunity_name", "opportunity_stage",
    "opportunity_amount", "opportunity_currency",
]  # fmt: skip

STAGES: tuple[str, ...] = get_args(Stage)
DISPOSITIONS: tuple[str, ...] = get_args(Disposition)

FEEDBACK_TYPES: Mapping[str, str] = {
    "handoff": "number",
    "handed_over_at": "datetime",
    "score": "number",
    "not_before": "date",
    "transferred_at": "datetime",
    "accepted_at": "datetime",
    "first_touch_at": "datetime",
    "touches": "number",
    "opportunity_amount": "money",
}
"""Types of the feedback fields that are not text: what they mean decides it, not the admin."""

BUILT_IN_FIELDS = ("stage", "work_status", "owner", "persona")
"""Fields of a person that rules may ask for although no mapping has to name them."""
