"""Owners: the users and queues a record can be assigned to (§10.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any

from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.instants import instant


@dataclass
class Owner:
    """``id`` is what ``hubspot_owner_id`` holds; ``user_id`` is another number space."""

    id: str
    email: str
    first_name: str
    last_name: str
    user_id: int
    type: str = "PERSON"
    teams: list[dict[str, Any]] = field(default_factory=list)
    archived: bool = False
    created_at: int = 0
    updated_at: int = 0

    def wire(self) -> dict[str, Any]:
        """[R:nango-ELv2/owners.json]; a deactivated owner keeps userIdIncludingInactive only."""
        body: dict[str, Any] = {
            "id": self.id,
            "email": self.email,
            "type": self.type,
            "firstName": self.first_name,
            "lastName": self.last_name,
        }
        if not self.archived:
            body["userId"] = self.user_id
        body |= {
            "userIdIncludingInactive": self.user_id,
            "createdAt": instant(self.created_at),
            "updatedAt": instant(self.updated_at),
            "archived": self.archived,
        }
        if self.teams:
            body["teams"] = self.teams
        return body


class Owners:
    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._owners = {row["id"]: Owner(**row) for row in documents.all("owner")}

    def get(self, owner_id: str) -> Owner | None:
        return self._owners.get(owner_id)

    def active(self, owner_id: str) -> bool:
        owner = self._owners.get(owner_id)
        return owner is not None and not owner.archived

    def all(self) -> Iterator[Owner]:
        """In order of their ids."""
        return iter(sorted(self._owners.values(), key=lambda owner: int(owner.id)))

    def put(self, owner: Owner) -> None:
        self._owners[owner.id] = owner
        self._documents.put("owner", owner.id, asdict(owner))

    def next_id(self) -> int:
        return max((int(owner_id) for owner_id in self._owners), default=88842094) + 1
