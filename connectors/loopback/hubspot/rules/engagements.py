"""Notes, calls, e-mails, meetings, tasks, communications (§9.2)."""

from __future__ import annotations

import html
import re

from connectors.loopback.hubspot.history import Source
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.rules.base import Changes, Properties, Rules

_TAG = re.compile(r"<[^<>]+>")  # a text of nothing but "<" is read once
_PREVIEW = 512


class EngagementRules(Rules):
    """[R:nango-ELv2/create-note.json]: previews, coordinates, and the owner's own stamps."""

    create_echo = Rules.create_echo | {
        "hs_all_owner_ids",
        "hs_body_preview",
        "hs_body_preview_html",
        "hs_body_preview_is_truncated",
        "hs_obj_coords",
        "hs_user_ids_of_all_owners",
        "hubspot_owner_assigneddate",
    }

    def begin(self, record_id: int, changes: Changes, source: Source, at: int) -> None:
        super().begin(record_id, changes, source, at)
        changes["hs_obj_coords"] = f"{self.kind.id}-{record_id}"
        if self.kind.name == "tasks":
            changes.setdefault("hs_task_status", "NOT_STARTED")

    def follow(self, record_id: int, before: Properties, changes: Changes, at: int) -> None:
        super().follow(record_id, before, changes, at)
        if self.kind.body and self.kind.body in changes:
            self._preview(changes[self.kind.body], changes)
        if "hs_task_status" in changes:
            done = changes["hs_task_status"] == "COMPLETED"
            changes["hs_task_is_completed"] = "1" if done else "0"
            changes["hs_task_completion_date"] = instant(at) if done else ""

    @staticmethod
    def _preview(body: str, changes: Changes) -> None:
        text = html.unescape(_TAG.sub("", body))
        changes["hs_body_preview"] = text[:_PREVIEW]
        page = f"<html>\n<head></head>\n<body>\n{body[:_PREVIEW]}\n</body>\n</html>"
        changes["hs_body_preview_html"] = page if body else ""
        changes["hs_body_preview_is_truncated"] = str(len(text) > _PREVIEW).lower()
