"""Pipelines and their stages; the contacts pipeline is the order of the lifecycle (§6)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.object_types import DATA

Stage = dict[str, Any]
LIFECYCLE = "contacts-lifecycle-pipeline"


class Pipelines:
    """One pipeline per object type, as a portal has out of the box.

    A stage is ``{"id", "label", "metadata": {...}}``; its place in the list is its order.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        built_in = json.loads((DATA / "pipelines.json").read_text(encoding="utf-8"))
        self._pipelines: dict[str, dict[str, Any]] = {}
        for kind, pipeline in built_in.items():
            stages = [
                {"id": stage, "label": label, "metadata": metadata} for stage, label, metadata in pipeline["stages"]
            ]
            self._pipelines[kind] = {**pipeline, "stages": stages}
        for stored in documents.all("pipeline"):
            self._pipelines[stored["kind"]] = stored["pipeline"]

    def all(self, kind: str) -> list[dict[str, Any]]:
        """The wire form of every pipeline of an object type."""
        pipeline = self._pipelines.get(kind)
        return [_wire(pipeline)] if pipeline else []

    def stages(self, kind: str) -> list[Stage]:
        pipeline = self._pipelines.get(kind)
        return pipeline["stages"] if pipeline else []

    def stage(self, kind: str, stage_id: str) -> Stage | None:
        return next((s for s in self.stages(kind) if s["id"] == stage_id), None)

    def default(self, kind: str) -> str:
        """The id of the type's first pipeline."""
        return str(self._pipelines[kind]["id"])

    def place(self, kind: str, stage_id: str) -> int:
        """A stage's place in the order; -1 for one that does not exist (or for none)."""
        for place, stage in enumerate(self.stages(kind)):
            if stage["id"] == stage_id:
                return place
        return -1

    def set_stages(self, kind: str, stages: Iterable[Stage]) -> None:
        """Replace the stages in the given order; ``metadata`` may be left out."""
        self._pipelines[kind]["stages"] = [
            {
                "id": stage["id"],
                "label": stage["label"],
                "metadata": stage.get("metadata", {"isClosed": "false", "state": "OPEN"}),
            }
            for stage in stages
        ]
        self._documents.put("pipeline", kind, {"kind": kind, "pipeline": self._pipelines[kind]})


def _wire(pipeline: dict[str, Any]) -> dict[str, Any]:
    """[R:amp-labs/metadata-contacts-external-pipelines.json]; built-ins are stamped 1970."""
    return {
        "label": pipeline["label"],
        "displayOrder": 0,
        "id": pipeline["id"],
        "stages": [wire_stage(stage, place) for place, stage in enumerate(pipeline["stages"])],
        "createdAt": instant(0),
        "updatedAt": instant(0),
        "archived": False,
    }


def wire_stage(stage: Stage, place: int) -> dict[str, Any]:
    return {
        "label": stage["label"],
        "displayOrder": place,
        "metadata": stage["metadata"],
        "id": stage["id"],
        "createdAt": instant(0),
        "updatedAt": instant(0),
        "writePermissions": "CRM_PERMISSIONS_ENFORCEMENT",
        "archived": False,
    }
