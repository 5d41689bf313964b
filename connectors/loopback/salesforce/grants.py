"""What a user is granted, read from the permission records of :mod:`permissions`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from connectors.loopback.salesforce.access import Grants, User
from connectors.loopback.salesforce.store import Row, Store

# Action of a user: the column of ObjectPermissions that grants it.
OBJECT_COLUMNS = {
    "create": "PermissionsCreate",
    "read": "PermissionsRead",
    "edit": "PermissionsEdit",
    "delete": "PermissionsDelete",
    "view_all": "PermissionsViewAllRecords",
    "modify_all": "PermissionsModifyAllRecords",
}
SYSTEM_PREFIX = "Permissions"
_WATCHED = {
    "PermissionSet": ("INSERT", "UPDATE", "DELETE"),
    "ObjectPermissions": ("INSERT", "UPDATE", "DELETE"),
    "FieldPermissions": ("INSERT", "UPDATE", "DELETE"),
    "PermissionSetAssignment": ("INSERT", "UPDATE", "DELETE"),
    "User": ('UPDATE OF "ProfileId"',),
}


class Permissions:
    """Reads what a user is granted; knows by the store when it has to read again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._schema = store.schema
        self._known: dict[str, tuple[int, Grants]] = {}
        self._seen: int | None = None
        # When a change was first noticed.
        self.changed = datetime(2000, 1, 1, tzinfo=UTC)
        with store.transaction():
            store.db.execute('CREATE TABLE IF NOT EXISTS "~access" (revision INTEGER)')
            store.db.execute('INSERT INTO "~access" VALUES (0)')
            # A random revision is never met again, not even after a rollback.
            for table, events in _WATCHED.items():
                for event in events:
                    name = f"{table}~{event.split()[0]}"
                    store.db.execute(
                        f'CREATE TRIGGER IF NOT EXISTS "{name}" AFTER {event} ON "{table}" '
                        'BEGIN UPDATE "~access" SET revision = random(); END'
                    )

    def refresh(self, user: User, now: datetime) -> None:
        """Bring ``user.grants`` up to what the records say now."""
        user.grants = self.of(user.id, now)

    def of(self, user_id: str, now: datetime) -> Grants:
        """What the records grant a user."""
        (revision,) = self._store.db.execute('SELECT revision FROM "~access"').fetchone()
        if self._seen not in (None, revision):
            self.changed = now
        self._seen = revision
        known = self._known.get(user_id)
        if known is None or known[0] != revision:
            known = self._known[user_id] = (revision, self._read(user_id))
        return known[1]

    def _read(self, user_id: str) -> Grants:
        sets = self._sets_of(user_id)
        system = {
            name.removeprefix(SYSTEM_PREFIX)
            for row in sets
            for name, value in row.items()
            if value and name.startswith(SYSTEM_PREFIX)
        }
        objects: dict[str, set[str]] = defaultdict(set)
        readable: dict[str, set[str]] = defaultdict(set)
        editable: dict[str, set[str]] = defaultdict(set)
        for row in self._children(sets, "ObjectPermissions"):
            objects[row["SobjectType"]].update(a for a, column in OBJECT_COLUMNS.items() if row[column])
        for row in self._children(sets, "FieldPermissions"):
            name = row["Field"].partition(".")[2]
            if row["PermissionsRead"]:
                readable[row["SobjectType"]].add(name)
            if row["PermissionsEdit"]:
                editable[row["SobjectType"]].add(name)
        return Grants(frozenset(system), _frozen(objects), _frozen(readable), _frozen(editable))

    def _sets_of(self, user_id: str) -> list[Row]:
        return self._store.where(
            self._schema["PermissionSet"],
            '"ProfileId" = (SELECT "ProfileId" FROM "User" WHERE "Id" = ?) OR "Id" IN '
            '(SELECT "PermissionSetId" FROM "PermissionSetAssignment" WHERE "AssigneeId" = ?)',
            (user_id, user_id),
        )

    def _children(self, sets: list[Row], name: str) -> Iterable[Row]:
        for row in sets:
            yield from self._store.where(self._schema[name], '"ParentId" = ?', (row["Id"],))


def _frozen(sets: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {name: frozenset(members) for name, members in sets.items()}
