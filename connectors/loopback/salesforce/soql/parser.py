"""Recursive descent over the tokens of one statement."""

from __future__ import annotations

from connectors.loopback.salesforce.errors import not_emulated
from connectors.loopback.salesforce.soql.errors import SoqlError, unexpected
from connectors.loopback.salesforce.soql.lexer import Token, tokenize
from connectors.loopback.salesforce.soql.nodes import (
    Both,
    Call,
    Compare,
    Condition,
    Literal,
    Negated,
    Operand,
    Ordering,
    Path,
    Query,
    Selected,
    TypeOf,
    Within,
)

MAX_STATEMENT = 100_000
MAX_OFFSET = 2_000
DATE_LITERALS = {
    "YESTERDAY", "TODAY", "TOMORROW", "LAST_WEEK", "THIS_WEEK", "NEXT_WEEK", "LAST_MONTH",
    "THIS_MONTH", "NEXT_MONTH", "LAST_90_DAYS", "NEXT_90_DAYS", "THIS_QUARTER", "LAST_QUARTER",
    "NEXT_QUARTER", "THIS_YEAR", "LAST_YEAR", "NEXT_YEAR",
}  # fmt: skip
DATE_LITERALS_N = {
    "LAST_N_DAYS", "NEXT_N_DAYS", "N_DAYS_AGO", "LAST_N_WEEKS", "NEXT_N_WEEKS", "N_WEEKS_AGO",
    "LAST_N_MONTHS", "NEXT_N_MONTHS", "N_MONTHS_AGO", "LAST_N_QUARTERS", "NEXT_N_QUARTERS",
    "N_QUARTERS_AGO", "LAST_N_YEARS", "NEXT_N_YEARS", "N_YEARS_AGO",
}  # fmt: skip
_CLAUSES = {"USING", "WHERE", "WITH", "GROUP", "HAVING", "ORDER", "LIMIT", "OFFSET", "FOR", "UPDATE"}
_COMPARISONS = {"=": "=", "!=": "!=", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


def parse(statement: str) -> Query:
    """Raises SoqlError for a malformed statement, ApiError 501 for what is not emulated."""
    if len(statement) > MAX_STATEMENT:
        limit = f"SOQL statements cannot be longer than {MAX_STATEMENT} characters."
        raise SoqlError("MALFORMED_QUERY", limit)
    parser = _Parser(tokenize(statement))
    query = parser.query()
    parser.expect_end()
    return query


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0

    # Tokens

    @property
    def token(self) -> Token:
        return self._tokens[self._next]

    def _take(self) -> Token:
        token = self.token
        if token.kind != "end":
            self._next += 1
        return token

    def _accept(self, *words: str) -> bool:
        """Take these keywords when they come next, all of them."""
        ahead = [token.word for token in self._tokens[self._next : self._next + len(words)]]
        if ahead != list(words):
            return False
        self._next += len(words)
        return True

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise self._unexpected()

    def _accept_mark(self, mark: str) -> bool:
        if self.token.kind == "mark" and self.token.text == mark:
            self._next += 1
            return True
        return False

    def _expect_mark(self, mark: str) -> None:
        if not self._accept_mark(mark):
            raise self._unexpected()

    def _unexpected(self) -> SoqlError:
        return unexpected(self.token.text, self.token.at)

    def expect_end(self) -> None:
        if self.token.kind != "end":
            raise self._unexpected()

    # The statement

    def query(self, *, nested: bool = False) -> Query:
        query = Query(at=self.token.at)
        self._expect("SELECT")
        query.select.append(self._select_item(nested))
        while self._accept_mark(","):
            query.select.append(self._select_item(nested))
        self._expect("FROM")
        self._from(query)
        if self._accept("USING", "SCOPE"):
            query.scope = self._name().text
        if self._accept("WHERE"):
            query.where = self._condition()
        if self.token.word == "WITH":
            self._with()
        if self._accept("GROUP", "BY"):
            query.group_by = self._group_by()
            if self._accept("HAVING"):
                query.having = self._condition()
        if self._accept("ORDER", "BY"):
            query.order_by.append(self._ordering())
            while self._accept_mark(","):
                query.order_by.append(self._ordering())
        if self._accept("LIMIT"):
            query.limit = self._count()
        if self.token.word == "OFFSET":
            query.offset_at = self._take().at
            query.offset = self._count()
            if query.offset > MAX_OFFSET:
                text = f"Maximum SOQL offset allowed is {MAX_OFFSET}"
                raise SoqlError("NUMBER_OUTSIDE_VALID_RANGE", text, query.offset_at)
        while self._accept("FOR"):
            if self.token.word not in ("VIEW", "REFERENCE", "UPDATE"):
                raise self._unexpected()
            query.for_clauses.append(self._take().word)
        query.count_only = _is_bare_count(query)
        return query

    def _from(self, query: Query) -> None:
        name = self._name()
        query.sobject, query.at = name.text, name.at
        if self.token.kind == "name" and self.token.word not in _CLAUSES:
            self._accept("AS")
            query.alias = self._name().text
        if self.token.text == "," and self.token.kind == "mark":
            raise not_emulated("several objects in FROM")

    def _with(self) -> None:
        if self._accept("WITH", "SECURITY_ENFORCED") or self._accept("WITH", "USER_MODE"):
            return
        raise not_emulated("WITH DATA CATEGORY")

    def _select_item(self, nested: bool) -> Selected | Query | TypeOf:
        if self.token.kind == "mark" and self.token.text == "(" and not nested:
            self._take()
            query = self.query(nested=True)
            self._expect_mark(")")
            return query
        if self._accept("TYPEOF"):
            return self._typeof()
        what = self._operand()
        alias = None
        if self.token.kind == "name" and self.token.word != "FROM":
            alias = self._name().text
        return Selected(what, alias)

    def _typeof(self) -> TypeOf:
        relationship = self._path()
        branches = []
        while self._accept("WHEN"):
            name = self._name().text
            self._expect("THEN")
            branches.append((name, self._paths()))
        if not branches:
            raise self._unexpected()
        otherwise = self._paths() if self._accept("ELSE") else ()
        self._expect("END")
        return TypeOf(relationship, tuple(branches), otherwise)

    def _paths(self) -> tuple[Path, ...]:
        paths = [self._path()]
        while self._accept_mark(","):
            paths.append(self._path())
        return tuple(paths)

    def _group_by(self) -> list[Operand]:
        if self.token.word in ("ROLLUP", "CUBE"):
            raise not_emulated(f"GROUP BY {self.token.word}")
        items = [self._operand()]
        while self._accept_mark(","):
            items.append(self._operand())
        return items

    def _ordering(self) -> Ordering:
        what = self._operand()
        descending = self._accept("DESC")
        if not descending:
            self._accept("ASC")
        nulls_last = False
        if self._accept("NULLS"):
            nulls_last = self._accept("LAST")
            if not nulls_last:
                self._expect("FIRST")
        return Ordering(what, descending, nulls_last)

    def _name(self) -> Token:
        if self.token.kind != "name" or self.token.word in ("FROM", "WHERE", "SELECT"):
            raise self._unexpected()
        return self._take()

    def _path(self) -> Path:
        token = self._name()
        return Path(tuple(token.text.split(".")), token.at)

    def _operand(self) -> Operand:
        path = self._path()
        if not self._accept_mark("("):
            return path
        written = path.text
        if self._accept_mark(")"):
            return Call(written.upper(), None, path.at, written)
        argument = self._operand()
        self._expect_mark(")")
        return Call(written.upper(), argument, path.at, written)

    def _count(self) -> int:
        if self.token.kind != "number" or not self.token.text.isdigit():
            raise self._unexpected()
        return int(self._take().text)

    # Conditions

    def _condition(self) -> Condition:
        """Terms joined by AND, or by OR; mixing them takes parentheses."""
        terms = [self._term()]
        joint = self.token.word
        if joint not in ("AND", "OR"):
            return terms[0]
        while self._accept(joint):
            terms.append(self._term())
        if self.token.word in ("AND", "OR"):
            raise self._unexpected()
        return Both(tuple(terms), either=joint == "OR")

    def _term(self) -> Condition:
        if self._accept("NOT"):
            return Negated(self._term())
        if self._accept_mark("("):
            inside = self._condition()
            self._expect_mark(")")
            return inside
        operand = self._operand()
        at = self.token.at
        if self.token.kind == "operator":
            return Compare(operand, _COMPARISONS[self._take().text], self._literal(), at)
        if self._accept("LIKE"):
            value = self._literal()
            if value.kind != "string":
                raise unexpected(str(value.value), value.at)
            return Compare(operand, "LIKE", value, at)
        for operator in ("IN", "NOT IN", "INCLUDES", "EXCLUDES"):
            if self._accept(*operator.split()):
                return Within(operand, operator, self._options(), at)
        raise self._unexpected()

    def _options(self) -> tuple[Literal, ...] | Query:
        self._expect_mark("(")
        if self.token.word == "SELECT":
            query = self.query(nested=True)
            self._expect_mark(")")
            return query
        options = [self._literal()]
        while self._accept_mark(","):
            options.append(self._literal())
        self._expect_mark(")")
        return tuple(options)

    def _literal(self) -> Literal:
        token = self._take()
        if token.kind in ("string", "date", "datetime"):
            return Literal(token.kind, token.text, token.at)
        if token.kind == "number":
            return Literal("number", float(token.text) if "." in token.text or "e" in
                           token.text.lower() else int(token.text), token.at)  # fmt: skip
        word = token.word
        if word in ("TRUE", "FALSE"):
            return Literal("boolean", word == "TRUE", token.at)
        if word == "NULL":
            return Literal("null", None, token.at)
        if word in DATE_LITERALS:
            return Literal("range", (word, 0), token.at)
        if word in DATE_LITERALS_N:
            self._expect_mark(":")
            return Literal("range", (word, self._count()), token.at)
        if "FISCAL" in word:
            raise not_emulated(f"the date literal {word}")
        raise unexpected(token.text, token.at)


def _is_bare_count(query: Query) -> bool:
    if len(query.select) != 1 or not isinstance(query.select[0], Selected):
        return False
    what = query.select[0].what
    return isinstance(what, Call) and what.name == "COUNT" and what.argument is None
