"""What the values of a setting may be, and a sentence for every one that it may not.

A settings dataclass says it with these types; whoever takes settings, from a file or from Python, asks :func:`wrong`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from functools import lru_cache
from string import Formatter
from typing import Annotated, Any, get_type_hints
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, TypeAdapter, ValidationError

_YEARS = 100
_EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


class SettingsError(ValueError):
    """Settings that no emulator can have; ``problems`` lists every reason as a sentence."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def email(text: str) -> str:
    """An address; its exact grammar is each system's own."""
    if not _EMAIL.fullmatch(text):
        raise ValueError(f'"{text}" is no address; write it like "ann@acme.example".')
    return text


def _day(text: str) -> str:
    try:
        if text:
            date.fromisoformat(text)
    except ValueError:
        raise ValueError(f'"{text}" is no day; write it like "2027-02-16", or "" for never.') from None
    return text


def _url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError(f'"{text}" is no address of a server; write it like "https://acme.my.salesforce.com".')
    return text


def _ordered(span: tuple[float, float]) -> tuple[float, float]:
    if span[0] > span[1]:
        raise ValueError(
            f"The first number is the least and the second the most; {span[0]:g} is more than {span[1]:g}."
        )
    return span


Count = Annotated[int, Field(ge=0)]
Positive = Annotated[int, Field(ge=1)]
Id = Annotated[int, Field(ge=1, lt=2**63)]
Seconds = Annotated[float, Field(ge=0, le=_YEARS * 366 * 86_400, allow_inf_nan=False)]
Days = Annotated[int, Field(ge=1, le=_YEARS * 366)]
# The least and the most of a number drawn between them.
SecondsBetween = Annotated[tuple[Seconds, Seconds], AfterValidator(_ordered)]
ErrorStatus = Annotated[int, Field(ge=400, le=599)]
Text = Annotated[str, Field(min_length=1)]
Code = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Email = Annotated[str, AfterValidator(email)]
DayOrNever = Annotated[str, AfterValidator(_day)]
Server = Annotated[str, AfterValidator(_url)]

# What pydantic calls the mistake: what would be right.
_WANTED: dict[str, str | Callable[[dict[str, Any]], str]] = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "tuple_type": "a list",
    "dict_type": "a table",
    "model_type": "a table",
    "model_attributes_type": "a table",
    "datetime_type": "a time such as 2026-03-02T09:00:00Z",
    "datetime_parsing": "a time such as 2026-03-02T09:00:00Z",
    "timezone_aware": "a time with its zone, such as 2026-03-02T09:00:00Z",
    "greater_than": lambda bound: f"more than {bound['gt']:g}",
    "greater_than_equal": lambda bound: f"{bound['ge']} or more",
    "less_than": lambda bound: f"less than {bound['lt']:g}",
    "less_than_equal": lambda bound: f"{bound['le']:g} at most",
    "string_too_short": "a text that is not empty",
    "string_pattern_mismatch": lambda bound: f"of the form {bound['pattern'].strip('^$')}",
}


def wanted(mistake: Any) -> str | None:
    """What would be right instead of one of pydantic's mistakes: "must be …"."""
    words = _WANTED.get(mistake["type"])
    return words(mistake["ctx"]) if callable(words) else words


def template(text: str, standard: str) -> str | None:
    """Why a format string cannot take the place of the ``standard`` one; None when it can."""
    try:
        asked = {
            name.partition(".")[0].partition("[")[0] for _, name, _, _ in Formatter().parse(text) if name is not None
        }
    except ValueError as error:
        return f'"{text}" is no text with places in braces: {error}.'
    known = {name for _, name, _, _ in Formatter().parse(standard) if name}
    if not asked <= known:
        return f"{{{min(asked - known)}}} is not known; there are: {', '.join(sorted(known)) or 'none'}."
    return None


def wrong(settings: Any) -> list[str]:
    """Every value of a settings dataclass, and of those inside it, that its type does not allow: a sentence each."""
    return [f'"{name}" {sentence}' for name, sentence in _wrong(settings, "")]


def _wrong(settings: object, prefix: str) -> Iterator[tuple[str, str]]:
    kind: Any = type(settings)
    for name, adapter in _adapters(kind).items():
        value = getattr(settings, name)
        if adapter is None:
            yield from _wrong(value, f"{prefix}{name}.")
            continue
        try:
            adapter.validate_python(value)
        except ValidationError as error:
            for mistake in error.errors(include_url=False):
                yield prefix + name, _sentence(mistake)


def _sentence(mistake: Any) -> str:
    if mistake["type"] == "value_error":
        return f"is wrong: {mistake['ctx']['error']}"
    if mistake["type"] == "literal_error":
        return f"must be {mistake['ctx']['expected']}, not {mistake['input']!r}."
    words = wanted(mistake)
    return f"must be {words}, not {mistake['input']!r}." if words else f"is wrong: {mistake['msg']}."


@lru_cache
def _adapters(kind: Any) -> dict[str, TypeAdapter[Any] | None]:
    """By field; None for a field that is a dataclass of its own."""
    hints = get_type_hints(kind, include_extras=True)
    return {
        entry.name: None if is_dataclass(hints[entry.name]) else TypeAdapter(hints[entry.name])
        for entry in fields(kind)
    }
