"""Who is in a list, since when [S:crm-lists.v3]."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from connectors.loopback.hubspot.database import Database, record_table

MAX_PAGE = 250
_IN = "list_id = ? AND at IS NOT NULL AND EXISTS (SELECT 1 FROM {table} AS r WHERE r.id = record_id AND r.archived_at IS NULL)"
# Order of a page -> the columns that make it.
_ORDERS = {"record": ("record_id",), "join": ("at", "record_id")}


class Member(NamedTuple):
    """``at`` is when it joined last, ``first_at`` when for the first time (epoch ms)."""

    record_id: int
    first_at: int
    at: int


class Members:
    """A row per record that ever was in a list, ``at`` empty once it has left. Archived records
    stay in the table and are not shown."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def page(
        self, list_id: int, kind: str, order: str, *, start: tuple[int, ...] | None, backwards: bool, limit: int
    ) -> list[Member]:
        """Up to ``limit`` live members after (``backwards``: before, descending) the position
        ``start``: (record id,) or, in the order of joining, (epoch ms, record id)."""
        columns = _ORDERS[order]
        sign, direction = ("<", "DESC") if backwards else (">", "ASC")
        condition, parameters = _IN.format(table=record_table(kind)), [list_id]
        if start is not None:
            condition += f" AND ({', '.join(columns)}) {sign} ({', '.join('?' * len(columns))})"
            parameters += start
        by = ", ".join(f"{column} {direction}" for column in columns)
        sql = f"SELECT record_id, first_at, at FROM list_member WHERE {condition} ORDER BY {by} LIMIT ?"
        return [Member(*row) for row in self._db.rows(sql, [*parameters, limit])]

    def ids(self, list_id: int) -> set[int]:
        """The records in a list, archived ones too."""
        rows = self._db.rows("SELECT record_id FROM list_member WHERE list_id = ? AND at IS NOT NULL", (list_id,))
        return {row[0] for row in rows}

    def has(self, list_id: int, record_id: int) -> bool:
        sql = "SELECT 1 FROM list_member WHERE list_id = ? AND record_id = ? AND at IS NOT NULL"
        return self._db.row(sql, (list_id, record_id)) is not None

    def count(self, list_id: int, kind: str) -> int:
        condition = _IN.format(table=record_table(kind))
        row = self._db.row(f"SELECT count(*) FROM list_member WHERE {condition}", (list_id,))
        return int(row[0]) if row else 0

    def of_record(self, record_id: int) -> Iterator[tuple[int, Member]]:
        """(list id, membership) of the lists of any object type that hold this id."""
        sql = "SELECT list_id, record_id, first_at, at FROM list_member WHERE record_id = ? AND at IS NOT NULL"
        return ((row[0], Member(*row[1:])) for row in self._db.rows(f"{sql} ORDER BY list_id", (record_id,)))

    def add(self, list_id: int, joined: Iterable[tuple[int, int]]) -> None:
        """(record id, epoch ms) of records that are not in the list."""
        self._db.run_many(
            "INSERT INTO list_member (list_id, record_id, first_at, at) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (list_id, record_id) DO UPDATE SET at = excluded.at",
            ((list_id, record_id, at, at) for record_id, at in joined),
        )

    def remove(self, list_id: int, record_ids: Iterable[int]) -> None:
        self._db.run_many(
            "UPDATE list_member SET at = NULL WHERE list_id = ? AND record_id = ?",
            ((list_id, record_id) for record_id in record_ids),
        )

    def move(self, list_id: int, old_id: int, new_id: int) -> None:
        """One record's place goes to another; where both have one, the other's stays."""
        where = "WHERE list_id = ? AND record_id = ?"
        self._db.run(f"UPDATE OR IGNORE list_member SET record_id = ? {where}", (new_id, list_id, old_id))
        self._db.run(f"DELETE FROM list_member {where}", (list_id, old_id))
