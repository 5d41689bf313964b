"""Folders of lists, a tree below the root of the id 0 [S:crm-lists.v3]."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.errors import ApiError, not_emulated, required, validation
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.lists.catalogue import Catalogue
from connectors.loopback.hubspot.shapes import is_id

_STORED = "list_folder"


@dataclass(frozen=True)
class Folder:
    """Stamps in epoch ms; the root is its own parent."""

    id: int
    name: str
    parent: int
    created: int = 0
    updated: int = 0
    user_id: int = 0


_ROOT = Folder(0, "", 0)


class Folders:
    def __init__(self, documents: Documents, lists: Catalogue) -> None:
        self._documents = documents
        self._lists = lists

    def find(self, folder_id: str) -> Folder:
        if folder_id == "0":
            return _ROOT
        stored = self._documents.get(_STORED, f"{int(folder_id):09d}") if is_id(folder_id) else None
        if stored is None:
            raise ApiError(404, f"There is no folder with the id {folder_id}.", "OBJECT_NOT_FOUND")
        return Folder(**stored)

    def create(self, body: Mapping[str, Any], user_id: int, at: int) -> Folder:
        """``{"name", "parentFolderId"?}``"""
        parent = self.find(str(body.get("parentFolderId") or "0"))
        folder_id = self._documents.number(_STORED, 1)
        return self._save(Folder(folder_id, required(body, "name"), parent.id, at, at, user_id))

    def rename(self, folder: Folder, name: str, at: int) -> Folder:
        return self._save(replace(folder, name=name, updated=at))

    def move(self, folder: Folder, parent: Folder, at: int) -> Folder:
        """400 for a folder into itself or what is below it."""
        above = parent
        while above.id != _ROOT.id:
            if above.id == folder.id:
                raise validation("A folder cannot be moved into itself")
            above = self.find(str(above.parent))
        return self._save(replace(folder, parent=parent.id, updated=at))

    def remove(self, folder: Folder) -> None:
        if any(self._children(folder)) or any(self._child_lists(folder)):
            raise not_emulated("the deletion of a folder that is not empty")
        self._documents.remove(_STORED, f"{folder.id:09d}")

    def wire(self, folder: Folder) -> dict[str, Any]:
        """With everything below it."""
        return {
            "id": str(folder.id),
            "parentFolderId": str(folder.parent),
            "name": folder.name,
            "createdAt": instant(folder.created),
            "updatedAt": instant(folder.updated),
            "userId": folder.user_id,
            "childLists": list(self._child_lists(folder)),
            "childNodes": [self.wire(child) for child in self._children(folder)],
        }

    def _children(self, folder: Folder) -> Iterator[Folder]:
        return (Folder(**row) for row in self._documents.all(_STORED) if row["parent"] == folder.id)

    def _child_lists(self, folder: Folder) -> Iterator[int]:
        return (found.id for found in self._lists.all() if found.folder == folder.id)

    def _save(self, folder: Folder) -> Folder:
        if folder.id == _ROOT.id:
            raise validation("The root folder cannot be changed")
        self._documents.put(_STORED, f"{folder.id:09d}", asdict(folder))
        return folder
