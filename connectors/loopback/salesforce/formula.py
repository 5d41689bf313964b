"""The formula language of validation rules, as much of it as rules commonly use.

``parse`` turns text into a function of the record about to be saved. Text compares by case,
a picklist only inside the functions made for it. What is not emulated raises 501.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from connectors.loopback.kit.patterns import Unsupported, compiled
from connectors.loopback.salesforce import values
from connectors.loopback.salesforce.errors import RecordError, not_emulated
from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.store import Row


@dataclass(frozen=True)
class Save:
    """A record about to be saved; ``old`` is None on create. Dates are ISO text, as stored."""

    row: Row
    old: Row | None
    today: str
    now: str


Formula = Callable[[Save], Any]

_TOKEN = re.compile(
    r"""\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
    r"""|(?P<name>\$?[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)|(?P<sign><>|<=|>=|==|!=|&&|\|\||[-+*/&=<>!(),]))""",
    re.ASCII,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_EQUAL = {"=": True, "==": True, "<>": False, "!=": False}
# UNCONFIRMED: the real limit is one of compiled size.
_MAX_DEPTH = 50
_CONSTANTS = {"TRUE": True, "FALSE": False, "NULL": None}
# Functions whose first argument may be a picklist field.
_OF_PICKLISTS = {"BLANKVALUE", "CASE", "INCLUDES", "ISBLANK", "ISNULL", "ISPICKVAL", "TEXT"}


def parse(text: str, sobject: SObject) -> Formula:
    """Raises RecordError FIELD_INTEGRITY_EXCEPTION for a formula that Setup would refuse."""
    parser = _Parser(text, sobject)
    formula = parser.disjunction()
    if parser.sign or parser.kind:
        raise parser.wrong(f"Syntax error. Extra {parser.text}")
    return formula


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at, text = 0, text.rstrip()
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            raise RecordError("FIELD_INTEGRITY_EXCEPTION", f"Syntax error at {text[at:].strip()[:20]}", ["Metadata"])
        at = found.end()
        yield str(found.lastgroup), found[str(found.lastgroup)]


class _Parser:
    """Recursive descent; ``kind`` and ``text`` are the token ahead, "" at the end."""

    def __init__(self, text: str, sobject: SObject) -> None:
        self._tokens = _tokens(text)
        self._sobject = sobject
        self._picklists = False
        self._depth = 0
        self._advance()

    @property
    def sign(self) -> str:
        return self.text if self.kind == "sign" else ""

    def wrong(self, text: str) -> RecordError:
        return RecordError("FIELD_INTEGRITY_EXCEPTION", text, ["Metadata"])

    def disjunction(self) -> Formula:
        self._deepen()
        parts = [self._conjunction()]
        while self._took("||"):
            parts.append(self._conjunction())
        self._depth -= 1
        return parts[0] if len(parts) == 1 else lambda save: any(part(save) for part in parts)

    def _conjunction(self) -> Formula:
        parts = [self._comparison()]
        while self._took("&&"):
            parts.append(self._comparison())
        return parts[0] if len(parts) == 1 else lambda save: all(part(save) for part in parts)

    def _comparison(self) -> Formula:
        left, sign = self._sum(), self.sign
        if sign not in _EQUAL and sign not in _COMPARE:
            return left
        self._advance()
        right = self._sum()
        if sign in _EQUAL:
            return lambda save: (_blank(left(save)) == _blank(right(save))) is _EQUAL[sign]
        return lambda save: _ordered(_COMPARE[sign], left(save), right(save))

    def _sum(self) -> Formula:
        return self._chain(self._product, "+-&")

    def _product(self) -> Formula:
        return self._chain(self._unary, "*/")

    def _chain(self, operand: Callable[[], Formula], signs: str) -> Formula:
        """Operands from the left; any number of them, so that no function calls the next."""
        first, rest = operand(), []
        while self.sign and self.sign in signs:
            rest.append((self._take(), operand()))

        def run(save: Save) -> Any:
            value = first(save)
            for sign, part in rest:
                value = _reckoned(sign, value, part(save))
            return value

        return run if rest else first

    def _unary(self) -> Formula:
        if self._took("!"):
            denied = self._repeated()
            return lambda save: not denied(save)
        if self._took("-"):
            operand = self._repeated()
            return lambda save: _reckoned("-", 0, operand(save))
        return self._atom()

    def _repeated(self) -> Formula:
        self._deepen()
        operand = self._unary()
        self._depth -= 1
        return operand

    def _deepen(self) -> None:
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise self.wrong("The formula expression is too complex")

    def _atom(self) -> Formula:
        kind, text = self.kind, self._take()
        if kind == "number":
            number = float(text)
            return lambda save: number
        if kind == "text":
            literal = re.sub(r"\\(.)", r"\1", text[1:-1])
            return lambda save: literal
        if text == "(":
            inner = self.disjunction()
            self._expect(")")
            return inner
        if kind != "name":
            raise self.wrong(f"Syntax error. Found '{text}'")
        if self.sign == "(":
            return self._call(text.upper())
        if text.upper() in _CONSTANTS:
            constant = _CONSTANTS[text.upper()]
            return lambda save: constant
        return self._field(text)

    def _field(self, name: str) -> Formula:
        if "." in name or name.startswith("$"):
            raise not_emulated(f"{name} in a formula")
        entry = self._sobject.find(name)
        if entry is None:
            raise self.wrong(f"Field {name} does not exist. Check spelling.")
        if entry.type in ("picklist", "multipicklist") and not self._picklists:
            raise self.wrong(
                f"Field {name} is a picklist field. Picklist fields are only supported in certain functions."
            )
        key, is_flag = entry.name, entry.type in values.BOOLEAN_TYPES
        return lambda save: bool(save.row.get(key)) if is_flag else save.row.get(key)

    def _call(self, name: str) -> Formula:
        self._expect("(")
        arguments: list[Formula] = []
        while self.sign != ")":
            arguments.append(self._argument(name, first=not arguments))
            if not self._took(","):
                break
        self._expect(")")
        build = _FUNCTIONS.get(name)
        if build is None:
            raise not_emulated(f"the formula function {name}()")
        try:
            return build(*arguments)
        except TypeError:
            raise self.wrong(f"Incorrect number of parameters for function '{name}()'") from None

    def _argument(self, function: str, *, first: bool) -> Formula:
        if first and function in ("ISCHANGED", "PRIORVALUE"):
            return self._before_and_after()
        outer, self._picklists = self._picklists, first and function in _OF_PICKLISTS
        argument = self.disjunction()
        self._picklists = outer
        return argument

    def _before_and_after(self) -> Formula:
        """Of a field: what it becomes, what it was, and whether the record is new."""
        name = self._take()
        entry = self._sobject.find(name)
        if entry is None:
            raise self.wrong(f"Field {name} does not exist. Check spelling.")
        key = entry.name
        return lambda save: (save.row.get(key), save.old and save.old.get(key), save.old is None)

    def _advance(self) -> None:
        self.kind, self.text = next(self._tokens, ("", ""))

    def _take(self) -> str:
        text = self.text
        self._advance()
        return text

    def _took(self, sign: str) -> bool:
        if self.sign != sign:
            return False
        self._advance()
        return True

    def _expect(self, sign: str) -> None:
        if not self._took(sign):
            raise self.wrong(f"Syntax error. Missing '{sign}'")


def _blank(value: Any) -> Any:
    """An empty text is blank."""
    return None if value == "" else value


def _ordered(compare: Callable[[Any, Any], bool], left: Any, right: Any) -> bool:
    return left is not None and right is not None and compare(left, right)


def _reckoned(sign: str, a: Any, b: Any) -> Any:
    if sign == "&" or (sign == "+" and isinstance(a, str) and isinstance(b, str)):
        return f"{a or ''}{b or ''}"
    if isinstance(a, str) and isinstance(b, str) and sign == "-":
        return (date.fromisoformat(a[:10]) - date.fromisoformat(b[:10])).days
    if a is None or b is None:
        return None
    return _ARITHMETIC[sign](a, b)


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


def _text_of(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else str(value)


def _is_blank(value: Formula) -> Formula:
    return lambda save: _blank(value(save)) is None


def _if_else(test: Formula, yes: Formula, no: Formula) -> Formula:
    return lambda save: yes(save) if test(save) else no(save)


def _case(value: Formula, *pairs: Formula) -> Formula:
    def run(save: Save) -> Any:
        wanted = value(save)
        for option, result in zip(pairs[::2], pairs[1::2], strict=False):
            if option(save) == wanted:
                return result(save)
        return pairs[-1](save)

    return run


def _is_changed(pair: Formula) -> Formula:
    def run(save: Save) -> bool:
        now, before, is_new = pair(save)
        return not is_new and now != before

    return run


def _prior_value(pair: Formula) -> Formula:
    def run(save: Save) -> Any:
        now, before, is_new = pair(save)
        return now if is_new else before

    return run


def _regex(text: str, pattern: str) -> bool:
    """Of the whole text, in Java's syntax. One that asks too much raises ValueError "Regex too complicated", as Apex
    does; for a rule's formula the error is UNCONFIRMED."""
    try:
        return compiled(pattern).fullmatch(text)
    except Unsupported as construct:
        raise not_emulated(f"{construct} in REGEX()") from None


def _texts(work: Callable[..., Any]) -> Callable[..., Formula]:
    """A function of texts; blank ones are empty."""

    def build(first: Formula, *rest: Formula) -> Formula:
        return lambda save: work(*(_text_of(part(save)) for part in (first, *rest)))

    return build


_FUNCTIONS: dict[str, Callable[..., Formula]] = {
    "AND": lambda *parts: lambda save: all(part(save) for part in parts),
    "OR": lambda *parts: lambda save: any(part(save) for part in parts),
    "NOT": lambda part: lambda save: not part(save),
    "IF": _if_else,
    "CASE": _case,
    "ISBLANK": _is_blank,
    "ISNULL": _is_blank,
    "BLANKVALUE": lambda value, other: lambda save: other(save) if _blank(value(save)) is None else value(save),
    "ISPICKVAL": lambda value, wanted: lambda save: _text_of(value(save)) == _text_of(wanted(save)),
    "INCLUDES": lambda value, wanted: lambda save: wanted(save) in _text_of(value(save)).split(";"),
    "ISNEW": lambda: lambda save: save.old is None,
    "ISCHANGED": _is_changed,
    "PRIORVALUE": _prior_value,
    "TEXT": _texts(lambda text: text),
    "LEN": _texts(len),
    "UPPER": _texts(str.upper),
    "LOWER": _texts(str.lower),
    "TRIM": _texts(str.strip),
    "BEGINS": _texts(str.startswith),
    "CONTAINS": _texts(lambda text, part: part in text),
    "REGEX": _texts(_regex),
    "LEFT": lambda value, count: lambda save: _text_of(value(save))[: int(count(save))],
    "RIGHT": lambda value, count: lambda save: _text_of(value(save))[-int(count(save)) :],
    "VALUE": lambda value: lambda save: float(value(save)) if _blank(value(save)) else None,
    "TODAY": lambda: lambda save: save.today,
    "NOW": lambda: lambda save: save.now,
}
