"""Changing pipelines and stages, and who changed what [S:crm-pipelines.v3]."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.errors import ApiError, not_emulated, not_found_numeric, not_set, required, validation
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.pipelines import (
    PLACES,
    Pipeline,
    Pipelines,
    Stage,
    live_stages,
    new_pipeline,
    new_stage,
    wire_pipeline,
    wire_stage,
)
from connectors.loopback.hubspot.records import Records
from connectors.loopback.hubspot.settings import HubSpotSettings

Body = Mapping[str, Any]
_LIFECYCLE_OF = "contacts"
_PLACES = PLACES | {_LIFECYCLE_OF: ("hs_pipeline", "lifecyclestage")}
_TENTHS = {Decimal(n) / 10 for n in range(11)}


@dataclass(frozen=True)
class Edit:
    """Who changes a pipeline of which object type, at which epoch ms."""

    kind: ObjectType
    user_id: int
    at: int


class PipelineEdits:
    """Every change is checked, stamped and written to the audit of what it changed.

    Contacts have the one pipeline of their lifecycle: the specification asks for their scopes too, the guide does
    not name them among those with pipelines to edit. ``changed`` is called with the object type after each edit.
    """

    def __init__(
        self,
        settings: HubSpotSettings,
        pipelines: Pipelines,
        documents: Documents,
        records: Records,
        changed: Callable[[str], None],
    ) -> None:
        self._settings = settings
        self._changed = changed
        self._pipelines = pipelines
        self._documents = documents
        self._records = records

    def get(self, kind: ObjectType, pipeline_id: str) -> Pipeline:
        found = self._pipelines.find(kind.name, pipeline_id)
        if found is None or found["archived"] is not None:
            raise not_found_numeric()
        return found

    def stage(self, pipeline: Pipeline, stage_id: str) -> Stage:
        for stage in live_stages(pipeline):
            if stage["id"] == stage_id:
                return stage
        raise not_found_numeric()

    def create(self, edit: Edit, body: Body) -> Pipeline:
        """``{"label", "displayOrder", "stages", "pipelineId"?}``; 400 for a label or id in use."""
        self._check_kind(edit.kind)
        if edit.kind.name == _LIFECYCLE_OF:
            raise validation(f"{edit.kind.name} have one pipeline, that of their lifecycle")
        pipeline_id = self._id(body.get("pipelineId"), "pipeline")
        if self._pipelines.find(edit.kind.name, pipeline_id) is not None:
            raise validation(f"A pipeline with the id {pipeline_id} exists already")
        label, order = self._label(edit.kind, body, pipeline_id), _order(body)
        made = new_pipeline(pipeline_id, label, order, self._stages(edit, body), edit.at)
        self._save(edit, made, "CREATE")
        return made

    def replace(self, edit: Edit, pipeline_id: str, body: Body, *, keep_used: bool) -> Pipeline:
        """Everything anew but the id. A stage whose ``stageId`` is not given again is gone; with
        ``keep_used`` that is refused while records are in it."""
        self._check_kind(edit.kind)
        old = self.get(edit.kind, pipeline_id)
        stages = self._stages(edit, body, {stage["id"]: stage for stage in old["stages"]})
        if keep_used:
            kept = {stage["id"] for stage in stages}
            self._check_unused(edit.kind, 1, [s["id"] for s in live_stages(old) if s["id"] not in kept])
        label, order = self._label(edit.kind, body, pipeline_id), _order(body)
        changed = {**old, "label": label, "order": order, "stages": stages, "updated": edit.at}
        self._save(edit, changed, "UPDATE")
        return changed

    def patch(self, edit: Edit, pipeline_id: str, body: Body) -> Pipeline:
        """Label and order, or ``{"archived": false}`` alone to bring a deleted pipeline back."""
        self._check_kind(edit.kind)
        if "archived" in body:
            old = self._pipelines.find(edit.kind.name, pipeline_id)
            if old is None:
                raise not_found_numeric()
            if body["archived"] is not False or old["archived"] is None:
                raise validation("archived is only accepted to restore a deleted pipeline")
        else:
            old = self.get(edit.kind, pipeline_id)
        changed = {**old, "archived": None, "updated": edit.at}
        if "label" in body:
            changed["label"] = self._label(edit.kind, body, pipeline_id)
        if "displayOrder" in body:
            changed["order"] = _order(body)
        self._save(edit, changed, "UPDATE")
        return changed

    def archive(self, edit: Edit, pipeline_id: str, *, keep_used: bool) -> None:
        """400 for the last one of its type and, with ``keep_used``, for one with records in it."""
        self._check_kind(edit.kind)
        old = self.get(edit.kind, pipeline_id)
        if len(self._pipelines.all(edit.kind.name)) == 1:
            raise validation(f"{edit.kind.name} must have at least one pipeline")
        if keep_used:
            self._check_unused(edit.kind, 0, [pipeline_id])
        self._save(edit, {**old, "archived": edit.at, "updated": edit.at}, "DELETE")

    def create_stage(self, edit: Edit, pipeline_id: str, body: Body) -> Stage:
        self._check_kind(edit.kind)
        pipeline = self.get(edit.kind, pipeline_id)
        stage = self._stage(edit, body, {})
        if any(old["id"] == stage["id"] for old in pipeline["stages"]):
            raise validation(f"A stage with the id {stage['id']} exists already")
        self._save_stage(edit, pipeline, stage, "CREATE")
        return stage

    def change_stage(self, edit: Edit, pipeline_id: str, stage_id: str, body: Body, *, whole: bool) -> Stage:
        """PUT (``whole``: every field is required) or PATCH."""
        self._check_kind(edit.kind)
        pipeline = self.get(edit.kind, pipeline_id)
        old = self.stage(pipeline, stage_id)
        given = body if whole else {**_as_body(old), **body}
        changed = {**self._stage(edit, {**given, "stageId": stage_id}, {}), "created": old["created"]}
        self._save_stage(edit, pipeline, changed, "UPDATE")
        return changed

    def archive_stage(self, edit: Edit, pipeline_id: str, stage_id: str, *, keep_used: bool) -> None:
        """400 for a pipeline's last stage and, with ``keep_used``, for one with records in it."""
        self._check_kind(edit.kind)
        pipeline = self.get(edit.kind, pipeline_id)
        old = self.stage(pipeline, stage_id)
        if len(live_stages(pipeline)) == 1:
            raise validation("A pipeline must have at least one stage")
        if keep_used:
            self._check_unused(edit.kind, 1, [stage_id])
        self._save_stage(edit, pipeline, {**old, "archived": edit.at, "updated": edit.at}, "DELETE")

    def audit(self, kind: ObjectType, identifier: str) -> list[dict[str, Any]]:
        """What happened to a pipeline or a stage, the latest first."""
        return list(self._documents.all(f"audit:{kind.name}:{identifier}"))[::-1]

    # Checks

    def _check_kind(self, kind: ObjectType) -> None:
        if kind.name == _LIFECYCLE_OF and not self._settings.lifecycle_by_api:
            raise validation(f"The pipelines of {kind.name} cannot be changed")
        if kind.name not in _PLACES:
            raise not_emulated(f"changing the pipelines of {kind.name}")

    def _id(self, given: Any, name: str) -> str:
        return str(given) if given else str(self._documents.number(f"{name}_id", 812_723_471))

    def _label(self, kind: ObjectType, body: Body, pipeline_id: str) -> str:
        label = required(body, "label")
        if any(p["label"] == label and p["id"] != pipeline_id for p in self._pipelines.all(kind.name)):
            raise validation(f"A pipeline with the label {label} exists already")
        return label

    def _stages(self, edit: Edit, body: Body, old: Mapping[str, Stage] | None = None) -> list[Stage]:
        given = body.get("stages")
        if not isinstance(given, list) or not given:
            raise not_set("stages")
        stages = [self._stage(edit, entry, old or {}) for entry in given]
        _check_labels(stages)
        return stages

    def _stage(self, edit: Edit, body: Body, old: Mapping[str, Stage]) -> Stage:
        stage_id = self._id(body.get("stageId"), "stage")
        metadata = _metadata(edit.kind, body.get("metadata"))
        stage = new_stage(stage_id, required(body, "label"), metadata, _order(body), edit.at)
        return {**stage, "created": old[stage_id]["created"]} if stage_id in old else stage

    def _check_unused(self, kind: ObjectType, place: int, values: Iterable[str]) -> None:
        """``place`` 0: the property of the pipeline, 1: of the stage."""
        name, wanted = _PLACES[kind.name][place], set(values)
        for record in self._records.all(kind.name):
            if not record.archived and record.properties.get(name) in wanted:
                raise ApiError(
                    400,
                    f"{record.properties[name]} is in use by {kind.name}, for example by {record.id}",
                    "VALIDATION_ERROR",
                    context={name: [record.properties[name]]},
                )

    # Writes

    def _save_stage(self, edit: Edit, pipeline: Pipeline, stage: Stage, action: str) -> None:
        stages = [stage if old["id"] == stage["id"] else old for old in pipeline["stages"]]
        if stage not in stages:
            stages.append(stage)
        _check_labels([s for s in stages if s["archived"] is None])
        self._pipelines.put(edit.kind.name, {**pipeline, "stages": stages, "updated": edit.at})
        self._changed(edit.kind.name)
        self._note(edit, action, stage["id"], wire_stage(stage))

    def _save(self, edit: Edit, pipeline: Pipeline, action: str) -> None:
        self._pipelines.put(edit.kind.name, pipeline)
        self._changed(edit.kind.name)
        self._note(edit, action, pipeline["id"], wire_pipeline(pipeline))

    def _note(self, edit: Edit, action: str, identifier: str, raw: Mapping[str, Any]) -> None:
        entry = {
            "identifier": identifier,
            "portalId": self._settings.portal_id,
            "action": action,
            "timestamp": instant(edit.at),
            "message": f"{action} {raw['label']}",
            "rawObject": raw,
            "fromUserId": edit.user_id,
        }
        number = self._documents.number("audit", 1)
        self._documents.put(f"audit:{edit.kind.name}:{identifier}", f"{number:09d}", entry)


def _metadata(kind: ObjectType, given: Any) -> dict[str, str]:
    """Texts, whatever was sent; a deal's stage needs a probability in steps of 0.1, and whether it
    is closed follows from it; so it does from a ticket's state, which is OPEN or CLOSED [D:pipelines]."""
    if not isinstance(given, Mapping):
        raise not_set("metadata")
    metadata = {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in given.items()}
    if kind.name == "tickets":
        return _ticket_metadata(metadata)
    if kind.name != "deals":
        return metadata
    try:
        probability = Decimal(metadata.get("probability", ""))
    except InvalidOperation:
        probability = Decimal(-1)
    if probability not in _TENTHS:
        raise validation("metadata.probability must be between 0.0 and 1.0 in increments of 0.1")
    closed = str(probability in (0, 1)).lower()
    return {**metadata, "isClosed": closed, "probability": f"{probability:.1f}"}


def _ticket_metadata(metadata: Mapping[str, str]) -> dict[str, str]:
    state = metadata.get("ticketState", "OPEN").upper()
    if state not in ("OPEN", "CLOSED"):
        raise validation("metadata.ticketState must be OPEN or CLOSED")
    return {**metadata, "ticketState": state, "isClosed": str(state == "CLOSED").lower()}


def _check_labels(stages: Iterable[Stage]) -> None:
    labels = [stage["label"] for stage in stages]
    if len(set(labels)) < len(labels):
        raise validation("Each stage's label must be unique within its pipeline")


def _order(body: Body) -> int:
    order = body.get("displayOrder")
    if isinstance(order, bool) or not isinstance(order, int):
        raise not_set("displayOrder")
    return order


def _as_body(stage: Stage) -> dict[str, Any]:
    return {"label": stage["label"], "displayOrder": stage["order"], "metadata": stage["metadata"]}
