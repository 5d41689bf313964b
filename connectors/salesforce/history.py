"""Who wrote a field: LeadHistory and ContactHistory for the fields that the org tracks, and who wrote a record last.

[salesforce.md 7.4: query only, tracked fields only, 18 months]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.salesforce import rows
from connectors.salesforce.client import Answer, Client, Sub, query_path
from connectors.salesforce.schema import Schema
from connectors.salesforce.soql import ID, condition, select
from connectors.transport import Purpose
from syncd.core.chunks import chunks
from syncd.core.types import Ref
from syncd.core.writers import History, Version, Writer

CHUNK = 200
"""Ids of one question; the newest 2,000 changes of them come back."""

_SHOWN: Mapping[str, str] = {"OwnerId": "Owner"}
"""Under another name in the history, where an id and a name are two rows."""
_MEANT = {shown: name for name, shown in _SHOWN.items()}

_WHO = ("CreatedById", "CreatedBy.Name")


def read(client: Client, schema: Schema, refs: Sequence[Ref], fields: Sequence[str]) -> History:
    """One composite call for 200 records of a kind. Where field history is not kept, `last` is all there is."""
    versions: list[Version] = []
    last: list[Version] = []
    me = client.login.identity().user
    for kind in schema.map.kinds:
        ids = [ref.id for ref in dict.fromkeys(refs) if ref.kind == kind and ID.fullmatch(ref.id)]
        wanted = [name for name in fields if schema.has(kind, name)]
        for some in chunks(ids if wanted else [], CHUNK):
            answers = client.composite(_questions(kind, some, wanted), Purpose.CHECK)
            made = [_changed(client.system, kind, row, me) for row in _rows(answers["history"])]
            versions += [version for version in made if version.field != "OwnerId" or _is_id(version.value)]
            told = {(version.ref.id, version.field) for version in versions}
            for row in _rows(answers["last"]):
                last += [_last(client.system, kind, row, n, me) for n in wanted if (row["Id"], n) not in told]
    return History(versions, last)


def _questions(kind: str, ids: Sequence[str], fields: Sequence[str]) -> list[Sub]:
    history = select(
        (f"{kind}Id", "Field", "NewValue", "CreatedDate", *_WHO),
        f"{kind}History",
        (condition(f"{kind}Id IN {{}}", list(ids)), condition("Field IN {}", [_SHOWN.get(n, n) for n in fields])),
        order="CreatedDate DESC",
    )
    last = select(
        ("Id", "LastModifiedDate", "LastModifiedById", "LastModifiedBy.Name", *fields),
        kind,
        (condition("Id IN {}", list(ids)),),
    )
    return [Sub("history", query_path(history)), Sub("last", query_path(last))]


def _rows(answer: Answer) -> Iterator[Mapping[str, Any]]:
    """Nothing from an object that the org does not have, or does not show us."""
    if answer.ok:
        yield from answer.body["records"]


def _changed(system: str, kind: str, row: Mapping[str, Any], me: str) -> Version:
    field = _MEANT.get(row["Field"], row["Field"])
    ref = Ref(system, kind, row[f"{kind}Id"])
    by = _writer(row["CreatedById"], row["CreatedBy"])
    return Version(ref, field, row["NewValue"], rows.instant(row["CreatedDate"]), by, row["CreatedById"] == me)


def _last(system: str, kind: str, row: Mapping[str, Any], field: str, me: str) -> Version:
    by = _writer(row["LastModifiedById"], row["LastModifiedBy"])
    at = rows.instant(row["LastModifiedDate"])
    return Version(Ref(system, kind, row["Id"]), field, row[field], at, by, row["LastModifiedById"] == me)


def _writer(rid: str, who: Mapping[str, Any] | None) -> Writer:
    return Writer("user", str((who or {}).get("Name") or ""), rid)


def _is_id(value: object) -> bool:
    return isinstance(value, str) and ID.fullmatch(value) is not None
