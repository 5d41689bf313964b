"""Pipelines and their stages; the contacts pipeline is the order of the lifecycle (§6, §10.5)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.object_types import DATA

Stage = dict[str, Any]
Pipeline = dict[str, Any]
LIFECYCLE = "contacts-lifecycle-pipeline"
# By object type, the properties that hold a record's pipeline and stage and take nothing else.
PLACES = {
    "deals": ("pipeline", "dealstage"),
    "leads": ("hs_pipeline", "hs_pipeline_stage"),
    "tickets": ("hs_pipeline", "hs_pipeline_stage"),
}
_OPEN = {"isClosed": "false", "state": "OPEN"}


class Pipelines:
    """The pipelines of each object type, the ones a portal has out of the box and its own.

    A pipeline is ``{"id", "label", "order", "stages", "created", "updated", "archived"}`` and a
    stage ``{"id", "label", "order", "metadata", "created", "updated", "archived"}``, stamps in
    epoch ms, ``archived`` when or None. By ``order``, then by label, is how they are listed.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        built_in = json.loads((DATA / "pipelines.json").read_text(encoding="utf-8"))
        self._pipelines: dict[str, dict[str, Pipeline]] = {}
        for kind, row in built_in.items():
            stages = [
                new_stage(stage_id, label, metadata, order)
                for order, (stage_id, label, metadata) in enumerate(row["stages"])
            ]
            self._pipelines[kind] = {row["id"]: new_pipeline(row["id"], row["label"], 0, stages, 0)}
        for stored in documents.all("pipeline"):
            self._pipelines.setdefault(stored["kind"], {})[stored["pipeline"]["id"]] = stored["pipeline"]

    def all(self, kind: str) -> list[Pipeline]:
        """The live pipelines of an object type in their order."""
        return _ordered(self._pipelines.get(kind, {}).values())

    def find(self, kind: str, pipeline_id: str) -> Pipeline | None:
        """An archived one too."""
        return self._pipelines.get(kind, {}).get(pipeline_id)

    def stages(self, kind: str) -> list[Stage]:
        """The live stages of every pipeline of the type, in order; of contacts, the lifecycle."""
        return [stage for pipeline in self.all(kind) for stage in live_stages(pipeline)]

    def stage(self, kind: str, stage_id: str) -> Stage | None:
        return next((s for s in self.stages(kind) if s["id"] == stage_id), None)

    def default(self, kind: str) -> str:
        """The id of the type's first pipeline."""
        return str(self.all(kind)[0]["id"])

    def first_stage(self, kind: str, pipeline_id: str) -> str:
        """The id of a pipeline's first stage; "" when there is no such pipeline."""
        pipeline = self.find(kind, pipeline_id)
        return str(live_stages(pipeline)[0]["id"]) if pipeline else ""

    def place(self, kind: str, stage_id: str) -> int:
        """A stage's place in the order; -1 for one that does not exist (or for none)."""
        for place, stage in enumerate(self.stages(kind)):
            if stage["id"] == stage_id:
                return place
        return -1

    def put(self, kind: str, pipeline: Pipeline) -> None:
        """Add or replace a pipeline."""
        self._pipelines.setdefault(kind, {})[pipeline["id"]] = pipeline
        self._documents.put("pipeline", f"{kind}:{pipeline['id']}", {"kind": kind, "pipeline": pipeline})

    def set_stages(self, kind: str, stages: Iterable[Mapping[str, Any]]) -> None:
        """Replace the stages of the type's first pipeline, in the given order; ``metadata`` may be left out."""
        given = [
            new_stage(row["id"], row["label"], row.get("metadata", _OPEN), order) for order, row in enumerate(stages)
        ]
        self.put(kind, {**self.all(kind)[0], "stages": given})


def new_pipeline(pipeline_id: str, label: str, order: int, stages: list[Stage], at: int) -> Pipeline:
    return {
        "id": pipeline_id, "label": label, "order": order, "stages": stages,
        "created": at, "updated": at, "archived": None,
    }  # fmt: skip


def new_stage(stage_id: str, label: str, metadata: Mapping[str, Any], order: int, at: int = 0) -> Stage:
    return {
        "id": stage_id, "label": label, "order": order, "metadata": dict(metadata),
        "created": at, "updated": at, "archived": None,
    }  # fmt: skip


def live_stages(pipeline: Pipeline) -> list[Stage]:
    return _ordered(pipeline["stages"])


def _ordered(entries: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    live = [entry for entry in entries if entry["archived"] is None]
    return sorted(live, key=lambda entry: (entry["order"], entry["label"]))


def wire_pipeline(pipeline: Pipeline) -> dict[str, Any]:
    """[R:amp-labs/metadata-contacts-external-pipelines.json]; built-ins are stamped 1970."""
    return {
        "label": pipeline["label"],
        "displayOrder": pipeline["order"],
        "id": pipeline["id"],
        "stages": [wire_stage(stage) for stage in live_stages(pipeline)],
        **_stamps(pipeline),
    }


def wire_stage(stage: Stage) -> dict[str, Any]:
    return {
        "label": stage["label"],
        "displayOrder": stage["order"],
        "metadata": stage["metadata"],
        "id": stage["id"],
        **_stamps(stage, {"writePermissions": "CRM_PERMISSIONS_ENFORCEMENT"}),
    }


def _stamps(entry: Mapping[str, Any], between: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The stamps, and ``between`` them and the archived mark what a stage has there."""
    stamps = {"createdAt": instant(entry["created"]), "updatedAt": instant(entry["updated"]), **(between or {})}
    if entry["archived"] is None:
        return {**stamps, "archived": False}
    return {**stamps, "archived": True, "archivedAt": instant(entry["archived"])}
