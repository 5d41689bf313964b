"""Who asks, and which rows match: FROM, WHERE and ORDER BY."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from connectors.loopback.salesforce import sharing, values
from connectors.loopback.salesforce.access import User
from connectors.loopback.salesforce.errors import not_emulated
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.soql import errors, semijoins
from connectors.loopback.salesforce.soql.conditions import Conditions
from connectors.loopback.salesforce.soql.errors import SoqlError
from connectors.loopback.salesforce.soql.nodes import Ordering, Path, Query, Within
from connectors.loopback.salesforce.soql.operands import operand_column, sort_keys
from connectors.loopback.salesforce.soql.scope import Column, Scope
from connectors.loopback.salesforce.store import Store, json_list

# Known to the SOQL reference, and not emulated.
_FURTHER_SCOPES = {
    "delegated", "mine", "mine_and_my_groups", "my_territory", "my_team_territory", "scopingrule",
    "team",
}  # fmt: skip


@dataclass(frozen=True)
class Reader:
    """Who asks, when, and with which version (``base`` is "/services/data/v65.0").

    ``currency``: the code of the org's one currency.
    """

    store: Store
    user: User
    now: datetime
    base: str
    with_deleted: bool = False
    currency: str = "USD"

    @property
    def version(self) -> int:
        found = re.search(r"/v(\d+)", self.base)
        return int(found[1]) if found else 0

    @property
    def stamp(self) -> str:
        return values.stamp(self.now)

    @cached_property
    def locale(self) -> str:
        """The locale of who asks, such as en_US."""
        users = self.store.schema.find("User")
        row = self.store.get(users, self.user.id) if users else None
        return str(row["LocaleSidKey"]) if row else ""

    @cached_property
    def fiscal_month(self) -> int:
        """The month in which the org's fiscal year starts."""
        organization = self.store.schema.find("Organization")
        rows = self.store.where(organization) if organization else []
        return int(rows[0]["FiscalYearStartMonth"] or 1) if rows else 1

    def object_of(self, path: Path) -> SObject:
        found = self.store.schema.find(path.text)
        if found is None or not found.is_("queryable") or not self.user.may("read", found):
            raise errors.no_such_object(path.text, path.at)
        return found

    def scope(self, query: Query, sobject: SObject, table: str = "t") -> Scope:
        return Scope(
            self.store.schema,
            self.user,
            sobject,
            query.alias,
            table,
            aliases=query.aliases,
            fiscal_month=lambda: self.fiscal_month,
        )


class Filter:
    """FROM … WHERE … of one level; ``params`` belong to ``joins`` and ``where`` in order.

    ``only``: record ids to which the answer is confined (a search's hits).
    """

    def __init__(
        self,
        reader: Reader,
        query: Query,
        sobject: SObject,
        table: str = "t",
        *,
        inner: bool = False,
        only: Sequence[str] | None = None,
    ) -> None:
        self.reader = reader
        self.sobject = sobject
        self.table = table
        self.scope = reader.scope(query, sobject, table)
        self.params: list[Any] = []
        self.conditions = Conditions(
            self.scope,
            reader.now,
            self.params,
            semi_join=None if inner else self._semi_join,
            currency=reader.currency,
        )
        self._terms = [] if reader.with_deleted else alive(sobject, table)
        self._terms += sharing.visible(reader.user, reader.store.schema, sobject, table)
        if only is not None:
            self.params.append(json_list(only))
            self._terms.append(f'{table}."Id" IN (SELECT value FROM json_each(?))')
        if query.where is not None:
            semijoins.check_places(query.where)
            self._terms.append(self.conditions.sql(query.where))
        if query.scope is not None:
            self._terms.append(self._scope_term(query.scope))

    @property
    def where(self) -> str:
        return " AND ".join(self._terms) or "1"

    def source(self) -> str:
        """``FROM … WHERE …``; ask for it when every path has been resolved."""
        table = self.reader.store.source(self.sobject)
        return f"FROM {table} {self.table} {self.scope.joins} WHERE {self.where}"

    def order_by(self, orderings: list[Ordering]) -> str:
        parts = []
        for ordering in orderings:
            column = operand_column(ordering.what, self.scope)
            if not column.field.sortable:
                text = f"field '{column.field.name}' can not be sorted in a query call"
                raise SoqlError("INVALID_FIELD", text, ordering.what.at)
            parts += sort_terms(column, ordering)
        return f" ORDER BY {', '.join(parts)}" if parts else ""

    def _scope_term(self, path: Path) -> str:
        name = path.text.lower()
        if name == "everything":
            return "1"
        if name == "mine" and self.sobject.has("OwnerId"):
            self.params.append(self.reader.user.id)
            return f'{self.table}."OwnerId" = ?'
        if name in _FURTHER_SCOPES:
            raise not_emulated(f"USING SCOPE {path.text}")
        # The code is in the WSDL, its wording UNCONFIRMED.
        raise SoqlError("INVALID_QUERY_SCOPE", f"invalid query scope: {path.text}", path.at)

    def _semi_join(self, condition: Within, query: Query, outer: Column) -> str:
        semijoins.check_outer(condition, outer)
        sobject = self.reader.object_of(query.source)
        path = semijoins.inner_path(query, self.sobject, sobject)
        inner = Filter(self.reader, query, sobject, f"s{len(self.params)}{self.table}", inner=True)
        column = inner.scope.column(path)
        semijoins.check_inner(column, outer, self.sobject, path.at)
        self.params += inner.params
        return f"SELECT {column.sql} {inner.source()} AND {column.sql} IS NOT NULL"


def sort_terms(column: Column, ordering: Ordering) -> list[str]:
    direction = " DESC" if ordering.descending else ""
    nulls = " NULLS LAST" if ordering.nulls_last else " NULLS FIRST"
    # Left out where it changes nothing, so that an index may give the order.
    if (not column.field.nillable and not column.parents) or (ordering.descending == ordering.nulls_last):
        nulls = ""
    return [f"{sql}{direction}{nulls}" for sql in sort_keys(column)]


def alive(sobject: SObject, table: str) -> list[str]:
    """What /query leaves out: the recycle bin and archived activities [sheet 6]."""
    return [f'{table}."{flag}" = 0' for flag in ("IsDeleted", "IsArchived") if sobject.has(flag)]
