"""Which records of an object a user reaches: ownership, the org-wide defaults, and what is told of a field.

A record belongs to its owner and to the members of the queue that owns it. The org-wide
default says what everyone else may do with it; View All and Modify All go past it. Role
hierarchies, sharing rules and teams are not emulated. The history of a field is as visible as
the field on its parent [D:object reference, LeadHistory].
"""

from __future__ import annotations

from connectors.loopback.salesforce.access import FOLLOWS, User
from connectors.loopback.salesforce.schema import Schema, SObject
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


def model_of(models: dict[str, str], sobject: SObject) -> str:
    """The org-wide default of an object; one that is not named is fully open."""
    return models.get(FOLLOWS.get(sobject.name, sobject.name), OPEN)


def visible(user: User, schema: Schema, sobject: SObject, table: str) -> list[str]:
    """The SQL conditions that the rows a user may read meet; none when all do."""
    conditions = [] if _is_open("read", user, sobject) else [f'{table}."OwnerId" IN ({_owners(user)})']
    if untold := _untold(user, schema, sobject):
        names = ", ".join(f"'{name}'" for name in untold)
        conditions.append(f'{table}."Field" NOT IN ({names})')
    return conditions


def may(store: Store, user: User, action: str, sobject: SObject, row: Row) -> bool:
    """``action``: read, edit, delete or transfer (give the record another owner)."""
    if row.get("Field") in _untold(user, store.schema, sobject):
        return False
    if _is_open(action, user, sobject):
        return True
    (owned,) = store.db.execute(f"SELECT ? IN ({_owners(user)})", (row["OwnerId"],)).fetchone()
    return bool(owned)


def _untold(user: User, schema: Schema, sobject: SObject) -> list[str]:
    """Of a history object, the fields of its parent that the user does not see."""
    if not (sobject.name in FOLLOWS and sobject.has("Field")):
        return []
    parent = schema[FOLLOWS[sobject.name]]
    return [entry.name for entry in parent.fields.values() if not user.sees(parent, entry)]


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
