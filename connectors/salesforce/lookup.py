"""Live values, identity, and what reports ask: all from the primary store, so that they see every committed write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from connectors.base import Answer, Question
from connectors.salesforce import rows
from connectors.salesforce.client import QUERIES, Client
from connectors.salesforce.schema import TASK, Schema, mentioned
from connectors.salesforce.soql import ID, chunks, condition, name, select
from connectors.transport import Purpose
from syncd.core.types import Record, Ref, Token

RETRIEVE = 2_000
"""Most ids of one collections read by POST. [salesforce.md 4]"""

MADE = "CreatedDate"

_STATE_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Lead": ("Id", "LastModifiedDate", "IsConverted", "ConvertedContactId"),
}
_PLAIN = ("Id", "LastModifiedDate")
_BIN_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "Lead": ("IsDeleted", "MasterRecordId"),
    "Contact": ("IsDeleted", "MasterRecordId"),
}


@dataclass(frozen=True, slots=True)
class _Question:
    """One query of a find: who of `sobject` has one of these values in `field`."""

    kind: str
    sobject: str
    field: str
    values: tuple[str, ...]
    deleted: bool = False

    def statement(self) -> str:
        where = condition(f"{self.field} IN {{}}", list(self.values))
        soql = select(("Id", self.field), self.sobject, (where,))
        return f"all:{soql}" if self.deleted else soql


class Lookup:
    def __init__(self, client: Client, schema: Schema) -> None:
        self._client, self._schema = client, schema

    # ------------------------------------------------------------ read
    def read(self, refs: Sequence[Ref], fields: Sequence[str]) -> dict[Ref, Record]:
        """A deleted or merged record comes with its state while the bin holds it, else not at all.

        What is no Salesforce id (people write into fields that hold ids) is not asked for.
        """
        found: dict[Ref, Record] = {}
        by_kind: dict[str, dict[str, Ref]] = {}
        for ref in refs:
            if ID.fullmatch(ref.id):
                by_kind.setdefault(ref.kind, {})[ref.id] = ref
        for kind, wanted in by_kind.items():
            columns = self._columns(kind, fields)
            ids = list(wanted)
            for start in range(0, len(ids), RETRIEVE):
                piece = ids[start : start + RETRIEVE]
                for rid, row in zip(piece, self._client.retrieve(kind, piece, columns), strict=True):
                    if row is not None:
                        found[wanted[rid]] = self._record(wanted[rid], row, fields)
            absent = [rid for rid in ids if wanted[rid] not in found]
            for row in self._from_bin(kind, absent, columns):
                ref = wanted.get(row["Id"]) or wanted[row["Id"][:15]]
                found[ref] = self._record(ref, row, fields)
        return found

    def _columns(self, kind: str, fields: Sequence[str]) -> tuple[str, ...]:
        mine = (name for name in fields if "." not in name and self._belongs(kind, name))
        key = self._schema.person_key(kind)
        always = _STATE_COLUMNS.get(kind, _PLAIN)
        return tuple(dict.fromkeys((*always, *((key,) if key else ()), *mine)))

    def _belongs(self, kind: str, name: str) -> bool:
        """One list of fields is asked of several kinds, and a wrong one fails the whole call."""
        kinds = self._schema.map.kinds
        if not self._schema.has(kind, name):
            return False
        if kind in kinds and name in mentioned(kinds[kind]):
            return True
        return not any(name in mentioned(other) for other in kinds.values())

    def _record(self, ref: Ref, row: rows.Row, fields: Sequence[str]) -> Record:
        key = self._schema.person_key(ref.kind)
        # Under the id it was asked by, which may be the 15-character form.
        return replace(rows.person(ref.system, ref.kind, row, fields, key), ref=ref)

    def _from_bin(self, kind: str, ids: Sequence[str], columns: tuple[str, ...]) -> Iterator[Any]:
        bin_columns = tuple(dict.fromkeys((*columns, *_BIN_COLUMNS.get(kind, ("IsDeleted",)))))
        overhead = 1_000 + sum(len(name) + 6 for name in bin_columns)
        statements = [
            "all:" + select(bin_columns, kind, (condition("Id IN {}", piece),)) for piece in chunks(ids, overhead)
        ]
        for _, row in self._ask(statements):
            yield row

    # ------------------------------------------------------------ find
    def find(self, tokens: Sequence[Token]) -> dict[Token, tuple[Ref, ...]]:
        """Each token with the records that carry it; several for an ambiguous one."""
        questions = list(self._questions(tokens))
        found: dict[tuple[str, str], list[Ref]] = {}
        for number, row in self._ask([question.statement() for question in questions]):
            asked = questions[number]
            value = _same(asked.kind, row[asked.field])
            ref = Ref(self._client.system, asked.sobject, row["Id"])
            found.setdefault((asked.kind, value), []).append(ref)
        return {token: tuple(found.get((_family(token), _same(_family(token), token.value)), ())) for token in tokens}

    # ------------------------------------------------------------ census
    def census(self, questions: Sequence[Question]) -> list[list[Answer]]:
        """One call for five questions, as long as no answer has more than a page."""
        found: list[list[Answer]] = [[] for _ in questions]
        for number, row in self._ask([self._statement(question) for question in questions], Purpose.REPORT):
            asked = questions[number]
            key = self._schema.person_key(asked.kind)
            record = rows.person(self._client.system, asked.kind, row, asked.fields, key)
            found[number].append(Answer(record, rows.instant(row[asked.field or MADE])))
        return found

    def _statement(self, question: Question) -> str:
        if question.entered:
            raise ValueError("no stage of a Salesforce record says when it was entered")
        when = name(question.field or MADE)
        where = [
            condition(f"{when} >= {{}}", question.since),
            condition(f"{when} < {{}}", question.until),
            *(f"{name(field)} != null" for field in question.filled),
        ]
        columns = dict.fromkeys((*self._columns(question.kind, question.fields), when))
        return select(tuple(columns), question.kind, where, order="Id")

    def _questions(self, tokens: Sequence[Token]) -> Iterator[_Question]:
        by_family: dict[str, list[str]] = {}
        for token in dict.fromkeys(tokens):
            # An empty value would find everybody who has none.
            if token.value:
                by_family.setdefault(_family(token), []).append(token.value)
        kinds = tuple(self._schema.map.kinds)
        for piece in chunks(by_family.get("email", [])):
            for kind in kinds:
                yield _Question("email", kind, "Email", tuple(piece))
        for piece in chunks(by_family.get("person", [])):
            for kind in kinds:
                key = self._schema.person_key(kind)
                if key:
                    yield _Question("person", kind, key, tuple(piece))
        for piece in chunks(by_family.get("activity", [])):
            # A task that a rep deleted has landed all the same: it must not come back.
            yield _Question("activity", TASK, self._schema.task_key(), tuple(piece), deleted=True)

    def _ask(self, statements: Sequence[str], purpose: Purpose = Purpose.HANDOFF) -> Iterator[tuple[int, Any]]:
        """(number of the statement, row), five statements a call."""
        for start in range(0, len(statements), QUERIES):
            group = {f"q{n}": s for n, s in enumerate(statements[start : start + QUERIES], start)}
            for reference, result in self._client.queries(group, purpose).items():
                for row in self._all_rows(result, purpose):
                    yield int(reference[1:]), row

    def _all_rows(self, result: Mapping[str, Any], purpose: Purpose) -> Iterator[Any]:
        yield from result["records"]
        while not result["done"]:
            result = self._client.more(result["nextRecordsUrl"], purpose)
            yield from result["records"]


def _family(token: Token) -> str:
    """Tasks, notes and other activities are all tasks here."""
    return token.kind if token.kind in ("person", "email") else "activity"


def _same(kind: str, value: str) -> str:
    """Addresses compare without case, keys exactly."""
    return value.strip().lower() if kind == "email" else value
