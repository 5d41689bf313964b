"""What SQLite lacks for SOQL: ``sf_fold(text)`` and ``sf_local(stamp, zone)``."""

from __future__ import annotations

import sqlite3
from functools import lru_cache
from zoneinfo import ZoneInfo

from connectors.loopback.salesforce import values
from connectors.loopback.salesforce.soql.text import fold_or_null


def install(db: sqlite3.Connection) -> None:
    db.create_function("sf_fold", 1, fold_or_null, deterministic=True)
    db.create_function("sf_local", 2, _local, deterministic=True)


@lru_cache(maxsize=65_536)
def _local(stamp: str | None, zone: str) -> str | None:
    """A stored datetime as the clocks of a time zone show it."""
    if stamp is None:
        return None
    return values.from_stamp(stamp).astimezone(ZoneInfo(zone)).strftime("%Y-%m-%dT%H:%M:%S")
