"""Tickets: a pipeline from the start, and the date that a closed status leaves."""

from __future__ import annotations

from connectors.loopback.hubspot.history import Source
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.rules.base import Changes, Properties, Rules


class TicketRules(Rules):
    create_echo = Rules.create_echo | {"hs_pipeline", "hs_ticket_id"}

    def begin(self, record_id: int, changes: Changes, source: Source, at: int) -> None:
        super().begin(record_id, changes, source, at)
        changes["hs_ticket_id"] = str(record_id)
        changes.setdefault("hs_pipeline", self.pipelines.default("tickets"))

    def follow(self, record_id: int, before: Properties, changes: Changes, at: int) -> None:
        super().follow(record_id, before, changes, at)
        self.stage_dates("hs_pipeline_stage", before, changes, at)
        stage = self.pipelines.stage("tickets", changes.get("hs_pipeline_stage", ""))
        if stage is None:
            return
        if stage["metadata"].get("isClosed") != "true":
            changes["closed_date"] = ""
        elif not before.get("closed_date"):
            changes["closed_date"] = instant(at)
