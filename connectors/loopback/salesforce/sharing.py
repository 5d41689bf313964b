"""Which records of an object a user reaches: ownership, and the org-wide defaults.

A record belongs to its owner and to the members of the queue that owns it. The org-wide
default says what everyone else may do with it; View All and Modify All go past it. Role
hierarchies, sharing rules and teams are not emulated.
"""

from __future__ import annotations

from connectors.loopback.salesforce.access import FOLLOWS, User
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.store import Row, Store

OPEN = "FullAccess"
# Everyone may do this much with a record of an object shared so.
_OPEN_TO_ALL = {
    "Private": frozenset[str](),
    "Read": frozenset({"read"}),
    "ReadWrite": frozenset({"read", "edit"}),
    "ReadWriteTransfer": frozenset({"read", "edit", "transfer"}),
    OPEN: frozenset({"read", "edit", "transfer", "delete"}),
}


def check_models(models: dict[str, str]) -> None:
    """Raises ValueError for an org-wide default there is not."""
    for name, model in models.items():
        if model not in _OPEN_TO_ALL:
            raise ValueError(f'{name} is shared {", ".join(_OPEN_TO_ALL)}; not "{model}".')


def model_of(models: dict[str, str], sobject: SObject) -> str:
    """The org-wide default of an object; one that is not named is fully open."""
    return models.get(FOLLOWS.get(sobject.name, sobject.name), OPEN)


def visible(user: User, sobject: SObject, table: str) -> list[str]:
    """The SQL conditions that the rows a user may read meet; none when all do."""
    return [] if _is_open("read", user, sobject) else [f'{table}."OwnerId" IN ({_owners(user)})']


def may(store: Store, user: User, action: str, sobject: SObject, row: Row) -> bool:
    """``action``: read, edit, delete or transfer (give the record another owner)."""
    if _is_open(action, user, sobject):
        return True
    (owned,) = store.db.execute(f"SELECT ? IN ({_owners(user)})", (row["OwnerId"],)).fetchone()
    return bool(owned)


def _is_open(action: str, user: User, sobject: SObject) -> bool:
    if not sobject.has("OwnerId") or action in _OPEN_TO_ALL[model_of(user.sharing, sobject)]:
        return True
    if action == "transfer" and _transfers(user, sobject):
        return True
    return user.sees_all(sobject) if action == "read" else user.modifies_all(sobject)


def _owners(user: User) -> str:
    return f'SELECT \'{user.id}\' UNION ALL SELECT "GroupId" FROM "GroupMember" WHERE "UserOrGroupId" = \'{user.id}\''


def _transfers(user: User, sobject: SObject) -> bool:
    return user.has("TransferAnyEntity") or (sobject.name == "Lead" and user.has("TransferAnyLead"))
