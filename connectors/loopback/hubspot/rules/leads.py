"""Leads: a place in the lead pipeline from the start, open until a stage says otherwise (§10.5)."""

from __future__ import annotations

from connectors.loopback.hubspot.history import Source
from connectors.loopback.hubspot.rules.base import Changes, Properties, Rules

_ENDED = ("QUALIFIED", "UNQUALIFIED")


class LeadRules(Rules):
    create_echo = Rules.create_echo | {
        "hs_lead_is_open",
        "hs_pipeline",
        "hs_pipeline_stage",
        "hs_pipeline_stage_category",
    }

    def begin(self, record_id: int, changes: Changes, source: Source, at: int) -> None:
        super().begin(record_id, changes, source, at)
        pipeline = changes.setdefault("hs_pipeline", self.pipelines.default("leads"))
        changes.setdefault("hs_pipeline_stage", self.pipelines.first_stage("leads", pipeline))

    def follow(self, record_id: int, before: Properties, changes: Changes, at: int) -> None:
        super().follow(record_id, before, changes, at)
        stage = self.pipelines.stage("leads", changes.get("hs_pipeline_stage", ""))
        if stage is not None:
            category = stage["metadata"].get("state", "")
            changes["hs_pipeline_stage_category"] = category
            changes["hs_lead_is_open"] = "0" if category in _ENDED else "1"
