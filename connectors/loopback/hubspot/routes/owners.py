"""GET owners (§10.2)."""

from __future__ import annotations

from typing import Any

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.call import Call, Reply
from connectors.loopback.hubspot.errors import not_found_numeric
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.routes.paging import next_page

_SCOPES = ("crm.objects.owners.read", "automation")
_MAX_PAGE = 500


def register(api: Api) -> None:
    views = OwnerViews(api.portal)
    api.route("GET", paths.crm("owners", ""), views.page)
    api.route("GET", paths.crm("owners", "/<owner_id>"), views.get)


class OwnerViews:
    def __init__(self, portal: Portal) -> None:
        self._portal = portal

    def page(self, call: Call) -> Reply:
        """Active owners, or with ``archived=true`` the deactivated ones only."""
        call.caller.require(_SCOPES, flat=True)
        archived, email = call.flag("archived"), call.text("email")
        limit = call.limit(default=100, most=_MAX_PAGE)
        start = call.start()
        found = [
            owner
            for owner in self._portal.owners.all()
            if owner.archived == archived
            and int(owner.id) >= start
            and (email is None or owner.email.lower() == email.lower())
        ]
        body: dict[str, Any] = {"results": [owner.wire() for owner in found[:limit]]}
        if len(found) > limit:
            body["paging"] = next_page(call, found[limit].id)
        return Reply(body, rows=len(found[:limit]))

    def get(self, call: Call, owner_id: str) -> Reply:
        """By owner id, or by user id with ``idProperty=userId``."""
        call.caller.require(_SCOPES, flat=True)
        by_user = call.text("idProperty") == "userId"
        for owner in self._portal.owners.all():
            key = str(owner.user_id) if by_user else owner.id
            if key == owner_id and owner.archived == call.flag("archived"):
                return Reply(owner.wire(), rows=1)
        raise not_found_numeric()
