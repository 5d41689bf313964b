"""The CRM object types this emulator knows, read from ``data/object_types.json``."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connectors.loopback.hubspot.errors import not_emulated, unknown_object_type

log = logging.getLogger(__name__)

DATA = Path(__file__).parent / "data"

# Types HubSpot has and this emulator does not: asking for one is a 501, not a bad name.
_ELSEWHERE = frozenset(
    {
        "appointments",
        "carts",
        "commerce_payments",
        "courses",
        "discounts",
        "fees",
        "invoices",
        "listings",
        "orders",
        "services",
        "subscriptions",
        "taxes",
        "users",
    }
)

# Activities with a scope of their own, to read only and in few places.
_GRANULAR = frozenset({"calls", "emails", "meetings", "notes", "tasks"})


@dataclass(frozen=True)
class ObjectType:
    """``name`` is the plural of the paths, ``singular`` the word of messages and type names.

    ``created``/``modified`` are the properties that hold the two stamps, ``defaults`` what a
    read without ``properties`` gives, ``searchable`` what ``query`` looks at, ``url`` the
    record's page below the UI domain,
    ``needs`` the type every new record must be associated with in the request that creates it, ``content``
    the properties that take a scope more to see. ``reads``, ``writes``, ``schema_reads`` and ``schema_writes``
    are scopes of which one is enough (§1.5), ``sensitive`` is the pattern of those for sensitive properties;
    a ``read_only`` type is HubSpot's alone to write.
    """

    name: str
    id: str
    singular: str
    first_id: int
    created: str
    modified: str
    defaults: tuple[str, ...]
    searchable: tuple[str, ...]
    url: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    schema_reads: tuple[str, ...]
    schema_writes: tuple[str, ...]
    sensitive: str
    engagement: bool = False
    body: str | None = None
    required: tuple[str, ...] = ()
    needs: str | None = None
    content: frozenset[str] = frozenset()
    read_only: bool = False

    @property
    def always(self) -> tuple[str, str, str]:
        """Properties a read gives whether asked for or not."""
        return (self.created, "hs_object_id", self.modified)

    @property
    def legacy(self) -> str:
        """The upper-case name of error messages and of ``/crm/v3/objects/CONTACT``."""
        return self.singular.upper()

    def sensitive_scope(self, level: str, verb: str) -> str:
        """``level`` is ``sensitive`` or ``highly_sensitive``, ``verb`` read or write [D:sensitive]."""
        return self.sensitive.format(level=level, verb=verb)

    @property
    def any_scope(self) -> tuple[str, ...]:
        """What associations and definitions take: a scope to read or write records, or the
        granular one of an activity, which nothing else takes (§1.5)."""
        granular = (f"crm.objects.{self.name}.read",) if self.name in _GRANULAR else ()
        return (*self.reads, *self.writes, *granular)

    @property
    def schema_read_scopes(self) -> tuple[str, ...]:
        """For property and pipeline definitions."""
        return (*self.any_scope, *self.schema_reads, "automation")


class ObjectTypes:
    """Looks a type up by any name HubSpot takes: contacts, contact, CONTACT, 0-1."""

    def __init__(self) -> None:
        rows = json.loads((DATA / "object_types.json").read_text(encoding="utf-8"))
        self._types = {row["name"]: _object_type(row) for row in rows}
        self._names: dict[str, ObjectType] = {}
        for kind in self._types.values():
            for alias in (kind.name, kind.singular, kind.id):
                self._names[alias] = kind

    def __iter__(self) -> Iterator[ObjectType]:
        return iter(self._types.values())

    def __getitem__(self, name: str) -> ObjectType:
        """By exact plural name; KeyError otherwise."""
        return self._types[name]

    def resolve(self, text: str) -> ObjectType:
        """Raises the 400 of an unknown type, or 501 for one that HubSpot has."""
        kind = self._names.get(text.lower())
        if kind:
            return kind
        if _is_elsewhere(text):
            raise not_emulated(f"the object type {text}")
        raise unknown_object_type(text)

    def held(self, text: str) -> ObjectType | None:
        """None for a type that HubSpot has and this portal has no record of; the 400 of an unknown one."""
        if not _is_elsewhere(text):
            return self.resolve(text)
        log.warning("no records of the object type %s: not emulated", text)
        return None


def _is_elsewhere(text: str) -> bool:
    return text.lower() in _ELSEWHERE or f"{text.lower()}s" in _ELSEWHERE


def _object_type(row: dict[str, Any]) -> ObjectType:
    scopes = row["scopes"]
    schemas = row.get("schemaScopes", scopes)
    return ObjectType(
        name=row["name"],
        id=row["id"],
        singular=row["singular"],
        first_id=row["firstId"],
        created=row["created"],
        modified=row["modified"],
        defaults=tuple(row["defaults"]),
        searchable=tuple(row["searchable"]),
        url=row["url"],
        reads=tuple(row.get("reads", (f"crm.objects.{scopes}.read",))),
        writes=tuple(row.get("writes", (f"crm.objects.{scopes}.write",))),
        schema_reads=tuple(row.get("schemaReads", (f"crm.schemas.{schemas}.read",))),
        schema_writes=tuple(row.get("schemaWrites", (f"crm.schemas.{schemas}.write",))),
        sensitive=row.get("sensitive", f"crm.objects.{scopes}.{{level}}.{{verb}}.v2"),
        engagement=row.get("engagement", False),
        body=row.get("body"),
        required=tuple(row.get("required", ())),
        needs=row.get("needs"),
        content=frozenset(row.get("content", ())),
        read_only=row.get("readOnly", False),
    )
