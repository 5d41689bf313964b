"""Recursive descent over the tokens of one SOQL statement."""

from __future__ import annotations

from connectors.loopback.salesforce.errors import not_emulated
from connectors.loopback.salesforce.soql.errors import SoqlError, malformed, unexpected
from connectors.loopback.salesforce.soql.lexer import tokenize
from connectors.loopback.salesforce.soql.nodes import Call, Operand, Path, Query, Selected, TypeOf
from connectors.loopback.salesforce.soql.stream import TokenStream

MAX_STATEMENT = 100_000
MAX_OFFSET = 2_000
MAX_SUBTOTAL_FIELDS = 3
_CLAUSES = {
    "USING", "WHERE", "WITH", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "UPDATE",
}  # fmt: skip
_NO_ALIAS = {
    "AND", "ASC", "DESC", "EXCLUDES", "FIRST", "FROM", "GROUP", "HAVING", "IN", "INCLUDES", "LAST",
    "LIKE", "LIMIT", "NOT", "NULL", "NULLS", "OR", "SELECT", "USING", "WHERE", "WITH",
}  # fmt: skip


def parse(statement: str) -> Query:
    """Raises SoqlError for a malformed statement, ApiError 501 for what is not emulated."""
    if len(statement) > MAX_STATEMENT:
        raise malformed(f"SOQL statements cannot be longer than {MAX_STATEMENT} characters.")
    parser = Parser(tokenize(statement))
    query = parser.query()
    if parser.accept("ALL", "ROWS"):
        # Apex has it; the API has /queryAll (wording UNCONFIRMED).
        raise malformed("ALL ROWS not allowed in this context", parser.token.at)
    parser.expect_end()
    return query


class Parser(TokenStream):
    def query(self, *, nested: bool = False) -> Query:
        query = Query(at=self.token.at)
        self.expect("SELECT")
        if self.sees("FROM"):
            raise unexpected("SELECT FROM", query.at)
        query.select = self._select_list()
        self.expect("FROM")
        self._from(query, nested)
        if self.accept("USING"):
            self.expect("SCOPE")
            query.scope = self.path()
        if self.accept("WHERE"):
            query.where = self.condition()
        if self.sees("WITH"):
            self._with()
        self._grouping(query)
        self.finish(query)
        while self.sees("FOR") or self.sees("UPDATE"):
            self._usage(query)
        query.count_only = _is_bare_count(query)
        return query

    def finish(self, query: Query) -> None:
        """ORDER BY, LIMIT and OFFSET."""
        if self.accept("ORDER", "BY"):
            query.order_by = self.orderings()
        query.limit_at = self.token.at
        if self.accept("LIMIT"):
            query.limit = self.count()
        query.offset_at = self.token.at
        if self.accept("OFFSET"):
            query.offset = self.count()
            if query.offset > MAX_OFFSET:
                text = f"Maximum SOQL offset allowed is {MAX_OFFSET}"
                raise SoqlError("NUMBER_OUTSIDE_VALID_RANGE", text, query.offset_at)

    def _from(self, query: Query, nested: bool) -> None:
        query.source = self.path()
        query.alias = self._source_alias()
        while not nested and self.accept_mark(","):
            path = self.path()
            query.aliases[(self._source_alias() or path.names[-1]).lower()] = path

    def _source_alias(self) -> str | None:
        if self.token.kind != "name" or self.token.word in _CLAUSES or self.sees("ALL", "ROWS"):
            return None
        self.accept("AS")
        return self._alias()

    def _alias(self) -> str:
        token = self.token
        if token.kind != "name" or token.word in _NO_ALIAS:
            raise self.refusal()
        if "." in token.text:
            raise malformed(f"invalid alias: {token.text}", token.at)
        return self.take().text

    def _with(self) -> None:
        if self.accept("WITH", "SECURITY_ENFORCED") or self.accept("WITH", "USER_MODE"):
            return  # what the API does anyhow
        self.accept("WITH")
        raise not_emulated(f"WITH {self.token.text}")

    def _usage(self, query: Query) -> None:
        if self.accept("UPDATE"):
            if not (self.sees("TRACKING") or self.sees("VIEWSTAT")):
                raise self.refusal()
            raise not_emulated(f"UPDATE {self.token.word}")
        self.expect("FOR")
        if self.token.word not in ("VIEW", "REFERENCE", "UPDATE"):
            raise self.refusal()
        if self.sees("UPDATE") and query.order_by:
            raise self.refusal()  # no locking with ORDER BY
        query.usage.append(self.take().word)

    # The select list

    def _select_list(self) -> list[Selected | Query | TypeOf]:
        items = [self._select_item()]
        while self.accept_mark(","):
            items.append(self._select_item())
        return items

    def _select_item(self) -> Selected | Query | TypeOf:
        if self.accept_mark("("):
            query = self.query(nested=True)
            self.expect_mark(")")
            return query
        if self.accept("TYPEOF"):
            return self._typeof()
        return self.selected()

    def selected(self) -> Selected:
        """A field or a function, and its alias."""
        what = self.operand()
        named = self.token.kind == "name" and self.token.word not in _CLAUSES | {"FROM"}
        return Selected(what, self._alias() if named else None)

    def _typeof(self) -> TypeOf:
        relationship = self.path()
        branches = []
        while self.accept("WHEN"):
            name = self.name().text
            self.expect("THEN")
            branches.append((name, self._paths()))
        if not branches:
            raise self.refusal()
        otherwise = self._paths() if self.accept("ELSE") else ()
        self.expect("END")
        return TypeOf(relationship, tuple(branches), otherwise)

    def _paths(self) -> tuple[Path, ...]:
        paths = [self.path()]
        while self.accept_mark(","):
            paths.append(self.path())
        return tuple(paths)

    # Groups

    def _grouping(self, query: Query) -> None:
        if not self.accept("GROUP", "BY"):
            return
        for kind in ("ROLLUP", "CUBE"):
            if self.accept(kind):
                query.subtotals = kind
                self.expect_mark("(")
        query.group_by = self._operands()
        if query.subtotals:
            self.expect_mark(")")
            if len(query.group_by) > MAX_SUBTOTAL_FIELDS:
                text = f"Group By {query.subtotals} can have at most {MAX_SUBTOTAL_FIELDS} fields"
                raise malformed(text, query.group_by[MAX_SUBTOTAL_FIELDS].at)
        if self.accept("HAVING"):
            query.having = self.condition()

    def _operands(self) -> list[Operand]:
        items = [self.operand()]
        while self.accept_mark(","):
            items.append(self.operand())
        return items


def _is_bare_count(query: Query) -> bool:
    if len(query.select) != 1 or not isinstance(query.select[0], Selected):
        return False
    what = query.select[0].what
    return isinstance(what, Call) and what.name == "COUNT" and what.argument is None
