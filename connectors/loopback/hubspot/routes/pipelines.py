"""GET pipelines and stages (§6)."""

from __future__ import annotations

from typing import Any

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import Call, Reply
from connectors.loopback.hubspot.errors import not_found_numeric
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths


def register(api: Api) -> None:
    views = PipelineViews(api.portal)
    base = "/<object_type>"
    api.route("GET", paths.crm("pipelines", base), views.page)
    api.route("GET", paths.crm("pipelines", f"{base}/<pipeline_id>"), views.get)
    api.route("GET", paths.crm("pipelines", f"{base}/<pipeline_id>/stages"), views.stages)
    api.route("GET", paths.crm("pipelines", f"{base}/<pipeline_id>/stages/<stage_id>"), views.stage)


class PipelineViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def page(self, call: Call, object_type: str) -> Reply:
        return Reply({"results": self._pipelines(call, object_type)})

    def get(self, call: Call, object_type: str, pipeline_id: str) -> Reply:
        return Reply(self._pipeline(call, object_type, pipeline_id))

    def stages(self, call: Call, object_type: str, pipeline_id: str) -> Reply:
        return Reply({"results": self._pipeline(call, object_type, pipeline_id)["stages"]})

    def stage(self, call: Call, object_type: str, pipeline_id: str, stage_id: str) -> Reply:
        for stage in self._pipeline(call, object_type, pipeline_id)["stages"]:
            if stage["id"] == stage_id:
                return Reply(stage)
        raise not_found_numeric()

    def _pipelines(self, call: Call, object_type: str) -> list[dict[str, Any]]:
        kind = self._portal.kinds.resolve(object_type)
        scopes = [kind.scope("read"), f"crm.schemas.{kind.scopes}.read"]
        call.caller.require(scopes, flat=True)
        return self._portal.pipelines.all(kind.name)

    def _pipeline(self, call: Call, object_type: str, pipeline_id: str) -> dict[str, Any]:
        for pipeline in self._pipelines(call, object_type):
            if pipeline["id"] == pipeline_id:
                return pipeline
        raise not_found_numeric()
