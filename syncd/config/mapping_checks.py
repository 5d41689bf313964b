"""What concerns several keys of one mapping file. As in `checks`, wrong shapes are passed over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from syncd.config.document import Flaw, tables
from syncd.config.flaws import did_you_mean
from syncd.config.lines import Where
from syncd.config.scalars import named, show, table_name

Data = Mapping[str, Any]

_WRITES = ("out", "both")
_INDISPENSABLE = ("email", "owner")
_NO_PEOPLE = ("opportunities", "Account", "companies")


def mapping_flaws(data: Data) -> Iterator[Flaw]:
    """Every complaint about several keys of one mapping."""
    for name in data:
        for place, kind in tables(data, name) if name not in _NO_PEOPLE else ():
            yield from _must_have(kind, place)
            yield from _one_writer(kind, place)
            yield from _status(kind, place)
            yield from _disposition(kind, place)
            yield from _defaults(kind, place)
    yield from _endings(data)


def _must_have(kind: Data, place: Where) -> Iterator[Flaw]:
    """The two fields without which nobody can be found or handed over."""
    for where, fields in tables(kind, "fields"):
        for name in _INDISPENSABLE:
            if name not in fields:
                table = (*place, *where)
                yield Flaw(table, f"`{name}` is missing in {table_name(table)}: no handoff can do without it.")


def _writers(kind: Data) -> Iterator[tuple[str, str, Where]]:
    """(remote field, what we write there, where it says so) of everything that syncd writes in a kind."""
    if isinstance(key := kind.get("key"), str):
        yield key, "key", ("key",)
    for _, fields in tables(kind, "fields"):
        for name, field in fields.items():
            if isinstance(field, Mapping) and field.get("direction", "both") in _WRITES:
                yield str(field.get("remote", "")), name, ("fields", name)
    for _, status in tables(kind, "status"):
        if "new" in status:
            yield str(status.get("field", "")), "status", ("status", "field")
    for part in ("stamp", "feedback"):
        for _, entries in tables(kind, part):
            for name, entry in entries.items():
                remote = entry.get("remote") if isinstance(entry, Mapping) else entry
                yield str(remote or ""), name, (part, name)


def _one_writer(kind: Data, place: Where) -> Iterator[Flaw]:
    """Two different things written into one remote field would overwrite each other for ever.

    A stamp and a feedback of one name are one thing: with HubSpot on both sides they share the property.
    """
    seen: dict[str, tuple[str, Where]] = {}
    for remote, name, where in _writers(kind):
        if not remote:
            continue
        first, first_place = seen.setdefault(remote.lower(), (name, where))
        shared = first == name and {first_place[0], where[0]} == {"stamp", "feedback"}
        if where != first_place and not shared:
            yield Flaw(
                (*place, *where),
                f"{named(name)} writes {show(remote)}, which {named(first)} writes already.",
                'Give one of them another remote field, or direction = "in".',
            )


def _status(kind: Data, place: Where) -> Iterator[Flaw]:
    for where, status in tables(kind, "status"):
        new, values = status.get("new"), status.get("values")
        if isinstance(new, str) and isinstance(values, Mapping) and new not in values:
            yield Flaw(
                (*place, *where, "new"),
                f"`new` is {show(new)}, which is not among the values.",
                did_you_mean(new, [str(value) for value in values]),
            )


def _disposition(kind: Data, place: Where) -> Iterator[Flaw]:
    for where, disposition in tables(kind, "disposition"):
        if "field" in disposition and not disposition.get("values"):
            yield Flaw(
                (*place, *where, "field"),
                "the disposition has a field but no values.",
                f"Add {table_name((*place, *where, 'values'))}.",
            )
        if "values" in disposition and "field" not in disposition:
            yield Flaw((*place, *where, "values"), "the disposition has values but no `field`.")


def _defaults(kind: Data, place: Where) -> Iterator[Flaw]:
    for _, fields in tables(kind, "fields"):
        for name, field in fields.items():
            if isinstance(field, Mapping) and field.get("direction") == "in" and "default" in field:
                yield Flaw(
                    (*place, "fields", name, "default"),
                    f'`default` is written, but the direction of {named(name)} is "in".',
                )


def _endings(data: Data) -> Iterator[Flaw]:
    for where, opportunities in tables(data, "opportunities"):
        won, lost = opportunities.get("won"), opportunities.get("lost")
        if isinstance(won, list) and isinstance(lost, list):
            for stage in won:
                if stage in lost:
                    yield Flaw((*where, "lost"), f"the stage {show(stage)} is both won and lost.")
