"""Associations in the store: every link is kept in both directions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

from connectors.loopback.hubspot.association_types import HUBSPOT, AssociationType, AssociationTypes
from connectors.loopback.hubspot.database import Database, marks, record_table

Linked = tuple[int, list[AssociationType]]
_CHUNK = 500


class Links:
    """Links between live records; those of archived ones are kept but not shown."""

    def __init__(self, database: Database, types: AssociationTypes) -> None:
        self._db = database
        self._types = types

    def add(self, rows: Iterable[tuple[AssociationType, int, int]]) -> None:
        """(type, from id, to id); the opposite direction is added with its own type.

        Type by type and with the type in the statement: half of the time of rows that each spell it out.
        """
        pairs: dict[int, list[tuple[int, int]]] = defaultdict(list)
        types: dict[int, AssociationType] = {}
        for link, from_id, to_id in rows:
            types[id(link)] = link
            pairs[id(link)].append((from_id, to_id))
        for key, link in types.items():
            self._add(link, pairs[key])
            self._add(self._types.inverse(link), [(to_id, from_id) for from_id, to_id in pairs[key]])

    def _add(self, link: AssociationType, pairs: Iterable[tuple[int, int]]) -> None:
        """One direction."""
        kinds = f"'{link.from_kind}', ?, '{link.to_kind}', ?"
        sql = f"INSERT OR IGNORE INTO association VALUES ({kinds}, '{link.category}', {link.type_id:d})"
        self._db.run_many(sql, pairs)

    def _both(self, rows: Iterable[tuple[AssociationType, int, int]]) -> Iterator[tuple[str, int, str, int, str, int]]:
        for link, from_id, to_id in rows:
            back = self._types.inverse(link)
            yield link.from_kind, from_id, link.to_kind, to_id, link.category, link.type_id
            yield back.from_kind, to_id, back.to_kind, from_id, back.category, back.type_id

    def remove(self, from_kind: str, from_id: int, to_kind: str, to_id: int) -> None:
        """All labels between two records."""
        for pair in ((from_kind, from_id, to_kind, to_id), (to_kind, to_id, from_kind, from_id)):
            self._db.run(
                "DELETE FROM association WHERE from_kind = ? AND from_id = ? AND to_kind = ? AND to_id = ?",
                pair,
            )

    def remove_type(self, link: AssociationType, from_id: int, to_id: int) -> None:
        self._db.run_many(
            "DELETE FROM association WHERE from_kind = ? AND from_id = ? AND to_kind = ? "
            "AND to_id = ? AND category = ? AND type_id = ?",
            self._both([(link, from_id, to_id)]),
        )

    def remove_everywhere(self, link: AssociationType) -> None:
        """A type's links between any records, both directions."""
        for gone in {link, self._types.inverse(link)}:
            self._db.run(
                "DELETE FROM association WHERE from_kind = ? AND to_kind = ? AND category = ? AND type_id = ?",
                (gone.from_kind, gone.to_kind, gone.category, gone.type_id),
            )

    def remove_all(self, kind: str, record_id: int) -> None:
        self._db.run("DELETE FROM association WHERE from_kind = ? AND from_id = ?", (kind, record_id))
        self._db.run("DELETE FROM association WHERE to_kind = ? AND to_id = ?", (kind, record_id))

    def move(self, kind: str, old_id: int, new_id: int) -> None:
        """Hand the links of a merged record to its successor; one between the two is gone."""
        for side in ("from", "to"):
            self._db.run(
                f"UPDATE OR REPLACE association SET {side}_id = ? WHERE {side}_kind = ? AND {side}_id = ?",
                (new_id, kind, old_id),
            )
        self._db.run(
            "DELETE FROM association WHERE from_kind = ? AND to_kind = ? AND from_id = ? AND to_id = ?",
            (kind, kind, new_id, new_id),
        )

    def give_up_primary(self, kind: str, record_id: int, *, in_favour_of: int) -> None:
        """Before a merge: a record has one primary company, and that of the other one stays."""
        primary = self._types.primary(kind, "companies")
        if primary is None or not self.has_type(primary, in_favour_of):
            return
        for to_id, types in self.page(kind, record_id, "companies"):
            if primary in types:
                self.remove_type(primary, record_id, to_id)

    def page(
        self, from_kind: str, from_id: int, to_kind: str, *, start: int = 0, limit: int | None = None
    ) -> list[Linked]:
        """Linked live records from id ``start`` on, each with its types, in order of id."""
        sql = (
            "SELECT to_id, category, type_id FROM association "
            "WHERE from_kind = ? AND from_id = ? AND to_kind = ? AND to_id >= ? "
            f"AND {_live(to_kind)} ORDER BY to_id, category, type_id"
        )
        found: list[Linked] = []
        for to_id, category, type_id in self._db.rows(sql, (from_kind, from_id, to_kind, start)):
            if not found or found[-1][0] != to_id:
                if limit is not None and len(found) == limit:
                    break
                found.append((to_id, []))
            link = self._types.find(from_kind, to_kind, type_id, category)
            if link:
                found[-1][1].append(link)
        return found

    def ids(self, from_kind: str, from_id: int, to_kind: str) -> list[int]:
        return [to_id for to_id, _ in self.page(from_kind, from_id, to_kind)]

    def between(self, from_kind: str, from_id: int, to_kind: str, to_id: int) -> set[AssociationType]:
        """The types of the link of two records, archived or not; none when they are not linked."""
        rows = self._db.rows(
            "SELECT type_id, category FROM association "
            "WHERE from_kind = ? AND from_id = ? AND to_kind = ? AND to_id = ?",
            (from_kind, from_id, to_kind, to_id),
        )
        return {link for row in rows if (link := self._types.find(from_kind, to_kind, *row))}

    def has_type(self, link: AssociationType, from_id: int) -> bool:
        """Does the record have any link of this type?"""
        return (
            self._db.row(
                "SELECT 1 FROM association WHERE from_kind = ? AND from_id = ? AND to_kind = ? "
                "AND category = ? AND type_id = ? LIMIT 1",
                (link.from_kind, from_id, link.to_kind, link.category, link.type_id),
            )
            is not None
        )

    def held(self, link: AssociationType, from_id: int) -> int:
        """How many live records the record has this type of link to."""
        sql = (
            "SELECT count(*) FROM association WHERE from_kind = ? AND from_id = ? AND to_kind = ? "
            f"AND category = ? AND type_id = ? AND {_live(link.to_kind)}"
        )
        row = self._db.row(sql, (link.from_kind, from_id, link.to_kind, link.category, link.type_id))
        return int(row[0]) if row else 0

    def with_type(self, link: AssociationType, from_ids: Iterable[int]) -> set[int]:
        """Those of the records that have a link of this type to a live one."""
        return set(self.firsts(link, from_ids))

    def counts(self, from_kind: str, from_ids: Iterable[int], to_kind: str) -> dict[int, int]:
        """How many live records of the other type each record is linked to; none: no entry."""
        return self._by_record("count(DISTINCT to_id)", from_kind, from_ids, to_kind)

    def firsts(self, link: AssociationType, from_ids: Iterable[int]) -> dict[int, int]:
        """The live record of the lowest id each record has this type of link to."""
        return self._by_record("min(to_id)", link.from_kind, from_ids, link.to_kind, link.type_id)

    def _by_record(
        self, what: str, from_kind: str, from_ids: Iterable[int], to_kind: str, type_id: int | None = None
    ) -> dict[int, int]:
        wanted = list(from_ids)
        of_type = "" if type_id is None else f"AND category = '{HUBSPOT}' AND type_id = {type_id:d} "
        found: dict[int, int] = {}
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            rows = self._db.rows(
                f"SELECT from_id, {what} FROM association WHERE from_kind = ? "
                f"AND from_id IN ({marks(len(chunk))}) AND to_kind = ? {of_type}AND {_live(to_kind)} GROUP BY from_id",
                [from_kind, *chunk, to_kind],
            )
            found.update((row[0], row[1]) for row in rows)
        return found

    def sources(self, kind: str, to_kind: str, to_ids: Iterable[int]) -> set[int]:
        """Ids of ``kind`` linked to any of ``to_ids``, for ``associations.*`` search filters."""
        wanted = list(to_ids)
        found: set[int] = set()
        for start in range(0, len(wanted), _CHUNK):
            chunk = wanted[start : start + _CHUNK]
            rows = self._db.rows(
                "SELECT DISTINCT to_id FROM association WHERE from_kind = ? "
                f"AND from_id IN ({marks(len(chunk))}) AND to_kind = ?",
                [to_kind, *chunk, kind],
            )
            found |= {row[0] for row in rows}
        return found

    def all(self) -> Iterator[tuple[Any, ...]]:
        """(from kind, from id, to kind, to id, category, type id), both directions."""
        return self._db.rows("SELECT * FROM association")


def _live(to_kind: str) -> str:
    """The condition that the record at the other end is not archived."""
    return f"NOT EXISTS (SELECT 1 FROM {record_table(to_kind)} AS r WHERE r.id = to_id AND r.archived_at IS NOT NULL)"
