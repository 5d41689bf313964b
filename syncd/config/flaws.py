"""Pydantic's errors as sentences for an admin: what is wrong, and what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from syncd.config.document import Flaw
from syncd.config.lines import Where
from syncd.config.scalars import OWN, named, show, table_name

Model = TypeVar("Model", bound=BaseModel)


def shaped(model: type[Model], data: Mapping[str, Any]) -> tuple[Model | None, list[Flaw]]:
    """`data` as a `model`, or everything by which it does not have that shape."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, [_flaw(model, details) for details in error.errors(include_url=False)]


def nearest(word: str, words: Sequence[str]) -> str:
    """The word that was probably meant, or ""."""
    by_lower = {known.lower(): known for known in words}
    found = difflib.get_close_matches(word.lower(), list(by_lower), n=1, cutoff=0.6)
    return by_lower[found[0]] if found else ""


def did_you_mean(word: str, words: Sequence[str]) -> str:
    """A question when one known word is near, else the list of them."""
    if meant := nearest(word, words):
        return f"Did you mean `{meant}`?"
    return f"Known here: {', '.join(words)}."


# ---------------------------------------------------------------- one error
def _flaw(model: type[BaseModel], details: ErrorDetails) -> Flaw:
    where: Where = tuple(details["loc"])
    kind, value, context = details["type"], details["input"], details.get("ctx", {})
    if kind == "extra_forbidden":
        return _unknown_key(where, _keys(_annotation(model, where[:-1])))
    if where[-1:] == ("[key]",):
        return _bad_key(where[:-1], context)
    if kind == "missing":
        return _missing(model, where)
    name = named(_last_key(where))
    if kind == OWN:
        return Flaw(where, f"{name} {context['sentence']}", context["fix"])
    if kind == "literal_error":
        options = [str(word) for word in _options(_annotation(model, where))]
        listed = ", ".join(options)
        meant = nearest(value, options) if isinstance(value, str) else ""
        return Flaw(
            where,
            f"{name} is {show(value)}; it must be one of: {listed}.",
            f'Did you mean "{meant}"?' if meant else "",
        )
    if kind in _SENTENCES:
        return Flaw(where, f"{name} {_SENTENCES[kind](value, context)}")
    return Flaw(where, f"{name} is not right: {details['msg']}.")


_Sentence = Callable[[Any, Mapping[str, Any]], str]


def _must_be(what: str) -> _Sentence:
    return lambda value, context: f"must be {what}, not {show(value)}."


_SENTENCES: dict[str, _Sentence] = {
    "string_type": _must_be("a text in quotes"),
    "int_type": _must_be("a whole number"),
    "int_from_float": _must_be("a whole number"),
    "float_type": _must_be("a number"),
    "finite_number": _must_be("a finite number"),
    "bool_type": _must_be("true or false"),
    "list_type": _must_be("a list"),
    "dict_type": _must_be("a table"),
    "model_type": _must_be("a table"),
    "greater_than": lambda value, context: f"is {show(value)}; it must be more than {context['gt']:g}.",
    "greater_than_equal": lambda value, context: f"is {show(value)}; it must be at least {context['ge']:g}.",
    "less_than_equal": lambda value, context: f"is {show(value)}; it must be at most {context['le']:g}.",
    "too_short": lambda value, context: "must not be empty.",
    "string_too_short": lambda value, context: "must not be empty.",
    "string_pattern_mismatch": lambda value, context: f"is {show(value)}; it must look like {context['pattern']}.",
}


def _unknown_key(where: Where, known: Sequence[str]) -> Flaw:
    name = str(where[-1])
    return Flaw(where, f"unknown key {named(name)}.", did_you_mean(name, known))


def _bad_key(where: Where, context: Mapping[str, Any]) -> Flaw:
    if "sentence" in context:
        return Flaw(where, f"{named(where[-1])} {context['sentence']}", context["fix"])
    if "expected" not in context:
        return Flaw(where, "a key must not be empty.")
    known = [word.strip("'") for word in str(context["expected"]).replace(" or ", ", ").split(", ")]
    return _unknown_key(where, known)


def _missing(model: type[BaseModel], where: Where) -> Flaw:
    name = str(where[-1])
    around = f" in {table_name(where[:-1])}" if where[:-1] else ""
    field = _field(_annotation(model, where[:-1]), name)
    if _is_table(field.annotation if field else None):
        return Flaw(where, f"the table {table_name(where)} is missing.")
    examples = (field.examples if field else None) or ()
    fix = f"Write {name} = {show(examples[0])}, for example." if examples else ""
    return Flaw(where, f"`{name}` is missing{around}.", fix)


def _last_key(where: Where) -> str:
    """The key that a place belongs to: "owners" for an item of owners."""
    return next((part for part in reversed(where) if isinstance(part, str)), "")


# ---------------------------------------------------------------- the model behind a place
def _annotation(model: type[BaseModel], where: Where) -> Any:
    """The type that the model has for a place."""
    found: Any = model
    for part in where:
        found = _bare(found)
        if _is_table(found):
            field = _field(found, str(part))
            found = field.annotation if field else None
        else:
            arguments = get_args(found)
            found = arguments[-1] if arguments else None
    return _bare(found)


def _bare(annotation: Any) -> Any:
    """Without `Annotated` and without the None of an optional."""
    while True:
        origin = get_origin(annotation)
        if origin is Annotated:
            annotation = get_args(annotation)[0]
        elif origin in (Union, UnionType):
            annotation = next(a for a in get_args(annotation) if a is not type(None))
        else:
            return annotation


def _is_table(annotation: Any) -> bool:
    annotation = _bare(annotation)
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _field(annotation: Any, key: str) -> FieldInfo | None:
    annotation = _bare(annotation)
    if not _is_table(annotation):
        return None
    return next((f for name, f in annotation.model_fields.items() if (f.alias or name) == key), None)


def _keys(annotation: Any) -> list[str]:
    annotation = _bare(annotation)
    if not _is_table(annotation):
        return []
    return [field.alias or name for name, field in annotation.model_fields.items()]


def _options(annotation: Any) -> tuple[Any, ...]:
    annotation = _bare(annotation)
    return get_args(annotation) if get_origin(annotation) is Literal else ()
