"""PostgreSQL as a source: each page in a short transaction that may only read, each value as the database writes it.

Values are taken as text, not as Python has them: a moment like "infinity" spoils its own row only, JSON stays JSON, and what
goes back as a bound is what the database said. Limits are set for one transaction at a time, so that a pooler in front
(PgBouncer) is no obstacle and hands nothing on to others.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from connectors.product.settings import SYSTEM, Database
from syncd.core.errors import Unauthorized, Unavailable

CONNECT: dict[str, Any] = {
    "connect_timeout": 10, "keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "client_encoding": "utf8",
    "application_name": "syncd",
}  # fmt: skip
"""Of a connection, in seconds where it is time: one whose other end is gone is given up after half a minute."""

_LIMITS = "SELECT set_config('statement_timeout', %s, true), set_config('datestyle', 'ISO', true)"
_TOO_LONG = "57014"


@contextlib.contextmanager
def postgres(database: Database) -> Iterator[Callable[[str, Mapping[str, Any]], list[Mapping[str, Any]]]]:
    """Asks one connection. What the driver says may hold the connection string or values of a row: it is never passed on.

    Raises Unauthorized when there is no connection, Unavailable for all else.
    """
    try:
        import psycopg
        from psycopg.rows import dict_row
    except ImportError:
        raise Unavailable(
            SYSTEM, "PostgreSQL needs the package psycopg.", fix="Run: pip install 'syncd[postgres]'"
        ) from None  # fmt: skip
    assert database.postgres is not None
    try:
        conn = psycopg.connect(database.postgres(), row_factory=dict_row, prepare_threshold=None, **CONNECT)
    except psycopg.ProgrammingError:
        raise Unauthorized(
            SYSTEM, "`postgres` holds no connection string.", fix="Write it as: postgresql://user:password@host/database"
        ) from None  # fmt: skip
    except psycopg.Error:
        raise Unauthorized(
            SYSTEM, "PostgreSQL refuses the connection, or is not there.",
            fix="Look at `postgres` in [product], and at the log of the server.",
        ) from None  # fmt: skip
    conn.read_only = True
    _as_written(conn)
    limits = [str(int(database.timeout * 1000))]

    def ask(text: str, bound: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        with conn.transaction():
            conn.execute(_LIMITS, limits)
            return list(conn.execute(psycopg_text(text), bound))

    try:
        with conn:
            yield ask
    except psycopg.Error as error:
        raise _said(error.sqlstate, database.timeout, lost=conn.broken) from None


def psycopg_text(text: str) -> str:
    """Our named parameters as psycopg writes them."""
    return re.sub(r"(?<!:):(since|size|after_at|after_id)\b", r"%(\1)s", text.replace("%", "%%"))


def _as_written(conn: Any) -> None:
    """Makes the connection give every value as text."""
    from psycopg.types.string import TextLoader

    for known in list(conn.adapters.types):
        for oid in filter(None, (known.oid, known.array_oid)):
            conn.adapters.register_loader(oid, TextLoader)


def _said(code: str | None, timeout: float, *, lost: bool) -> Unavailable:
    if code == _TOO_LONG:
        return Unavailable(
            SYSTEM, f"PostgreSQL gave no answer within {timeout:g} seconds.",
            fix="Make an index on the time of the event, or raise `timeout` in [product].",
        )  # fmt: skip
    if lost:
        return Unavailable(
            SYSTEM, "The connection to PostgreSQL was lost.", fix="The next sync goes on from the last page that it read."
        )  # fmt: skip
    return Unavailable(
        SYSTEM, f"PostgreSQL cannot run the query ({code or 'no code'}).",
        fix="Correct `query` in [product]; psql says more about it.",
    )  # fmt: skip
