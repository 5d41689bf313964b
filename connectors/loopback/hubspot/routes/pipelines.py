"""Pipelines, their stages and their audits (§6, §10.5) [S:crm-pipelines.v3]."""

from __future__ import annotations

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.pipeline_edits import Edit
from connectors.loopback.hubspot.pipelines import live_stages, wire_pipeline, wire_stage
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths

_VALIDATE = ("validateReferencesBeforeDelete", "validateDealStageUsagesBeforeDelete")


def register(api: Api) -> None:
    views = PipelineViews(api.portal)
    one = "/<object_type>/<pipeline_id>"
    stage = f"{one}/stages/<stage_id>"
    for method, rest, view in (
        ("GET", "/<object_type>", views.page),
        ("POST", "/<object_type>", views.create),
        ("GET", one, views.get),
        ("PUT", one, views.replace),
        ("PATCH", one, views.update),
        ("DELETE", one, views.archive),
        ("GET", f"{one}/audit", views.audit),
        ("GET", f"{one}/stages", views.stages),
        ("POST", f"{one}/stages", views.create_stage),
        ("GET", stage, views.stage),
        ("PUT", stage, views.replace_stage),
        ("PATCH", stage, views.update_stage),
        ("DELETE", stage, views.archive_stage),
        ("GET", f"{stage}/audit", views.stage_audit),
    ):
        api.route(method, paths.crm("pipelines", rest), view)


class PipelineViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal
        self._edits = portal.pipeline_edits

    def page(self, call: Call, object_type: str) -> Reply:
        kind = self._readable(call, object_type)
        return Reply({"results": [wire_pipeline(found) for found in self._portal.pipelines.all(kind.name)]})

    def create(self, call: Call, object_type: str) -> Reply:
        return Reply(wire_pipeline(self._edits.create(self._edit(call, object_type), call.object())), 201)

    def get(self, call: Call, object_type: str, pipeline_id: str) -> Reply:
        return Reply(wire_pipeline(self._edits.get(self._readable(call, object_type), pipeline_id)))

    def replace(self, call: Call, object_type: str, pipeline_id: str) -> Reply:
        edit = self._edit(call, object_type)
        return Reply(wire_pipeline(self._edits.replace(edit, pipeline_id, call.object(), keep_used=_keeps_used(call))))

    def update(self, call: Call, object_type: str, pipeline_id: str) -> Reply:
        return Reply(wire_pipeline(self._edits.patch(self._edit(call, object_type), pipeline_id, call.object())))

    def archive(self, call: Call, object_type: str, pipeline_id: str) -> Reply:
        self._edits.archive(self._edit(call, object_type), pipeline_id, keep_used=_keeps_used(call))
        return NO_CONTENT

    def audit(self, call: Call, object_type: str, pipeline_id: str) -> Reply:
        return Reply({"results": self._edits.audit(self._readable(call, object_type), pipeline_id)})

    def stages(self, call: Call, object_type: str, pipeline_id: str) -> Reply:
        pipeline = self._edits.get(self._readable(call, object_type), pipeline_id)
        return Reply({"results": [wire_stage(stage) for stage in live_stages(pipeline)]})

    def create_stage(self, call: Call, object_type: str, pipeline_id: str) -> Reply:
        stage = self._edits.create_stage(self._edit(call, object_type), pipeline_id, call.object())
        return Reply(wire_stage(stage), 201)

    def stage(self, call: Call, object_type: str, pipeline_id: str, stage_id: str) -> Reply:
        pipeline = self._edits.get(self._readable(call, object_type), pipeline_id)
        return Reply(wire_stage(self._edits.stage(pipeline, stage_id)))

    def replace_stage(self, call: Call, object_type: str, pipeline_id: str, stage_id: str) -> Reply:
        return self._change_stage(call, object_type, pipeline_id, stage_id, whole=True)

    def update_stage(self, call: Call, object_type: str, pipeline_id: str, stage_id: str) -> Reply:
        return self._change_stage(call, object_type, pipeline_id, stage_id, whole=False)

    def archive_stage(self, call: Call, object_type: str, pipeline_id: str, stage_id: str) -> Reply:
        edit = self._edit(call, object_type)
        self._edits.archive_stage(edit, pipeline_id, stage_id, keep_used=_keeps_used(call))
        return NO_CONTENT

    def stage_audit(self, call: Call, object_type: str, pipeline_id: str, stage_id: str) -> Reply:
        return self.audit(call, object_type, stage_id)

    def _change_stage(self, call: Call, object_type: str, pipeline_id: str, stage_id: str, *, whole: bool) -> Reply:
        edit = self._edit(call, object_type)
        return Reply(wire_stage(self._edits.change_stage(edit, pipeline_id, stage_id, call.object(), whole=whole)))

    def _readable(self, call: Call, object_type: str) -> ObjectType:
        kind = self._portal.kinds.resolve(object_type)
        call.caller.require(kind.schema_read_scopes, flat=True)
        return kind

    def _edit(self, call: Call, object_type: str) -> Edit:
        kind = self._portal.kinds.resolve(object_type)
        call.caller.require(kind.schema_writes, flat=True)
        return Edit(kind, call.caller.grant.user_id, call.now)


def _keeps_used(call: Call) -> bool:
    """Either spelling of the parameter asks that nothing in use goes; since 2026-09 that is the rule unless it is
    waived [D:pipelines]."""
    asked = [name for name in _VALIDATE if call.text(name) is not None]
    return any(call.flag(name) for name in asked) if asked else "/2026-09/" in call.request.path
