"""Folders of lists [S:crm-lists.v3]."""

from __future__ import annotations

from connectors.loopback.hubspot.app import Api
from connectors.loopback.hubspot.batches import text_id
from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply
from connectors.loopback.hubspot.errors import required
from connectors.loopback.hubspot.lists.folders import Folder, Folders
from connectors.loopback.hubspot.portal import Portal
from connectors.loopback.hubspot.routes import paths
from connectors.loopback.hubspot.routes.lists import READ, WRITE


def register(api: Api) -> None:
    views = FolderViews(api.portal)
    one = "/folders/<folder_id>"
    for method, rest, view in (
        ("GET", "/folders", views.get),
        ("POST", "/folders", views.create),
        ("PUT", "/folders/move-list", views.move_list),
        ("PUT", f"{one}/rename", views.rename),
        ("PUT", f"{one}/move/<parent_id>", views.move),
        ("DELETE", one, views.remove),
    ):
        api.route(method, paths.crm("lists", rest), view)


class FolderViews:
    def __init__(self, portal: Portal) -> None:
        self._lists = portal.lists
        self._folders = Folders(portal.documents, portal.lists)

    def get(self, call: Call) -> Reply:
        """The folder ``folderId``, the root by default, and all that is below it."""
        call.caller.require(READ)
        return self._reply(self._folders.find(call.text("folderId") or "0"))

    def create(self, call: Call) -> Reply:
        call.caller.require(WRITE)
        return self._reply(self._folders.create(call.object(), call.caller.grant.user_id, call.now))

    def rename(self, call: Call, folder_id: str) -> Reply:
        call.caller.require(WRITE)
        return self._reply(
            self._folders.rename(self._folders.find(folder_id), required(call.request.args, "newFolderName"), call.now)
        )

    def move(self, call: Call, folder_id: str, parent_id: str) -> Reply:
        call.caller.require(WRITE)
        return self._reply(self._folders.move(self._folders.find(folder_id), self._folders.find(parent_id), call.now))

    def move_list(self, call: Call) -> Reply:
        """``{"listId", "newFolderId"}``"""
        call.caller.require(WRITE)
        body = call.object()
        target = self._folders.find(text_id(body, "newFolderId"))
        self._lists.move_to(self._lists.find(text_id(body, "listId")), target.id)
        return NO_CONTENT

    def remove(self, call: Call, folder_id: str) -> Reply:
        call.caller.require(WRITE)
        self._folders.remove(self._folders.find(folder_id))
        return NO_CONTENT

    def _reply(self, folder: Folder) -> Reply:
        return Reply({"folder": self._folders.wire(folder)})
