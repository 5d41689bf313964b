"""Names in a statement resolved to SQL: fields, parents up to five levels, polymorphic ones."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from connectors.loopback.salesforce.access import User
from connectors.loopback.salesforce.schema import Field, Schema, SObject
from connectors.loopback.salesforce.soql import errors
from connectors.loopback.salesforce.soql.nodes import Path
from connectors.loopback.salesforce.store import quote
from connectors.loopback.salesforce.values import BOOLEAN_TYPES, ID_TYPES

MAX_LEVELS = 5
MAX_PARENTS = 55
# The generic object behind Owner, Who and What has only these fields.
NAME_FIELDS = (
    "Id", "Name", "Type", "FirstName", "LastName", "Email", "Phone", "Title", "Username", "Alias",
    "IsActive", "UserRoleId", "ProfileId",
)  # fmt: skip

_NAME_FLAGS = frozenset({"filterable", "sortable"})


@dataclass(frozen=True, slots=True)
class Column:
    """A resolved field: its SQL, its metadata, and the parents on the way to it."""

    sql: str
    field: Field
    sobject: SObject | None  # None: the generic Name
    parents: tuple[Parent, ...]

    def replaced(self, sql: str) -> Column:
        """The same field by other SQL."""
        return replace(self, sql=sql)


@dataclass(frozen=True, slots=True)
class Parent:
    """A joined relationship; several ``targets`` when it is polymorphic."""

    key: str  # the relationship's own spelling
    field: Field
    targets: tuple[tuple[SObject, str], ...]  # (object, SQL alias)

    @property
    def polymorphic(self) -> bool:
        return self.field.polymorphic

    def id_sql(self) -> str:
        return _coalesce([f'{alias}."Id"' for _, alias in self.targets])

    def type_sql(self) -> str:
        """The record's object as ``Owner.Type`` tells it; a queue says Queue."""
        cases = []
        for sobject, alias in self.targets:
            name = f"'{sobject.name}'"
            if sobject.name == "Group":
                name = f"CASE WHEN {alias}.\"Type\" = 'Queue' THEN 'Queue' ELSE 'Group' END"
            cases.append(f'WHEN {alias}."Id" IS NOT NULL THEN {name}')
        return f"CASE {' '.join(cases)} END"


class Scope:
    """One FROM: the base table and the joins that its paths ask for."""

    def __init__(
        self,
        schema: Schema,
        user: User,
        sobject: SObject,
        alias: str | None,
        table: str = "t",
        *,
        aliases: Mapping[str, Path] | None = None,
        fiscal_month: Callable[[], int] = lambda: 1,
    ) -> None:
        self.schema = schema
        self.user = user
        self.sobject = sobject
        self.table = table
        self._fiscal_month = fiscal_month
        self._own_names = {name.lower() for name in (alias, sobject.name) if name}
        self._aliases = aliases or {}
        self._joins: dict[tuple[str, ...], Parent] = {}
        self._sql: list[str] = []

    @property
    def fiscal_month(self) -> int:
        """The month in which the org's fiscal year starts."""
        return self._fiscal_month()

    @property
    def joins(self) -> str:
        return " ".join(self._sql)

    def column(self, path: Path) -> Column:
        """Raises SoqlError INVALID_FIELD for what the user's schema does not have."""
        names = self._from_here(path.names)
        if len(names) > MAX_LEVELS + 1:
            raise errors.no_such_parent(names[MAX_LEVELS], path.at)
        parents: list[Parent] = []
        for depth in range(1, len(names)):
            key = tuple(name.lower() for name in names[:depth])
            parents.append(self._join(key, parents, names[depth - 1], path.at))
        if not parents:
            return self._of(self.sobject, self.table, names[-1], (), path.at)
        last = parents[-1]
        if last.polymorphic:
            return self._of_name(last, names[-1], tuple(parents), path.at)
        sobject, alias = last.targets[0]
        return self._of(sobject, alias, names[-1], tuple(parents), path.at)

    def parent(self, path: Path) -> Parent:
        """The relationship that the whole path names, as TYPEOF needs it."""
        names = self._from_here(path.names)
        parents: list[Parent] = []
        for depth, name in enumerate(names, 1):
            key = tuple(part.lower() for part in names[:depth])
            parents.append(self._join(key, parents, name, path.at))
        return parents[-1]

    def below(self, sobject: SObject, alias: str) -> Scope:
        """The scope of one joined object; what its paths join is joined here."""
        scope = Scope(self.schema, self.user, sobject, None, alias, fiscal_month=self._fiscal_month)
        scope._sql = self._sql
        return scope

    def of_name(self, parent: Parent, path: Path) -> Column:
        """A field of the generic Name behind a polymorphic relationship."""
        return self._of_name(parent, path.text, (), path.at)

    def _from_here(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """A path without the object's own name or an alias in front."""
        for _ in self._aliases:
            target = self._aliases.get(names[0].lower())
            if target is None or len(names) == 1:
                break
            if target.names[-1].lower() == names[0].lower():  # FROM Contact, Contact.Account
                names = (*target.names[:-1], *names)
                break
            names = (*target.names, *names[1:])
        return names[1:] if len(names) > 1 and names[0].lower() in self._own_names else names

    def _of(self, sobject: SObject, alias: str, name: str, parents: tuple[Parent, ...], at: int) -> Column:
        found = sobject.find(name)
        if found is None or not self.user.sees(sobject, found):
            raise errors.no_such_column(name, sobject.name, at)
        return Column(f"{alias}.{quote(found.name)}", found, sobject, parents)

    def _of_name(self, parent: Parent, name: str, parents: tuple[Parent, ...], at: int) -> Column:
        known = {entry.lower(): entry for entry in NAME_FIELDS}.get(name.lower())
        if known is None:
            raise errors.no_such_column(name, "Name", at)
        if known == "Type":
            kind = Field("Type", "Type", "picklist", _NAME_FLAGS)
            return Column(f"{parent.type_sql()} COLLATE NOCASE", kind, None, parents)
        owners = [
            (sobject, alias)
            for sobject, alias in parent.targets
            if sobject.has(known) and self.user.sees(sobject, sobject.fields[known])
        ]
        if not owners:
            return Column("NULL", Field(known, known, "string", _NAME_FLAGS), None, parents)
        sql = _coalesce([f"{alias}.{quote(known)}" for _, alias in owners])
        field = owners[0][0].fields[known]
        if field.type not in ID_TYPES | BOOLEAN_TYPES:
            sql = f"{sql} COLLATE NOCASE"  # COALESCE drops the columns' own
        return Column(sql, field, None, parents)

    def _join(self, key: tuple[str, ...], before: list[Parent], name: str, at: int) -> Parent:
        if key in self._joins:
            return self._joins[key]
        holder, holder_alias = self.sobject, self.table
        if before:
            # Only a user has parents of its own behind a polymorphic relationship.
            targets = [t for t in before[-1].targets if t[0].name == "User"] or before[-1].targets
            holder, holder_alias = targets[0]
        via = holder.find_relationship(name)
        known = [self.schema.find(target) for target in via.reference_to] if via else []
        targets_found = [target for target in known if target and self.user.may("read", target)]
        if via is None or not targets_found or not self.user.sees(holder, via):
            raise errors.no_such_parent(name, at)
        if len(self._joins) == MAX_PARENTS:
            raise errors.malformed(f"No more than {MAX_PARENTS} child-to-parent relationships are allowed", at)
        joined = []
        for target in targets_found:
            alias = f"{self.table}_{len(self._sql)}"
            self._sql.append(
                f'LEFT JOIN {quote(target.name)} {alias} ON {alias}."Id" = {holder_alias}.{quote(via.name)}'
            )
            joined.append((target, alias))
        parent = Parent(via.relationship or name, via, tuple(joined))
        self._joins[key] = parent
        return parent


def _coalesce(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"COALESCE({', '.join(parts)})"
