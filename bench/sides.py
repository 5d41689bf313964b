"""The two sides of every measurement.

Ours    HubSpotConnector → syncd.sync.pull → the ledger, with all that syncd does to a page
Floor   the same pages read with http.client, parsed with orjson, kept with one executemany upsert: the least that any
        Python program can do to hold the contacts in SQLite, be asked again cheaply, and find one by e-mail
"""

from __future__ import annotations

import http.client
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson

from bench.portal import LIST, PROPERTIES, SEARCH

Rows = dict[str, dict[str, Any]]
Page = list[dict[str, Any]]


class Side(Protocol):
    """One program with its database in `folder`. `pull` reads what is new and returns how many contacts it was shown."""

    def pull(self) -> int: ...

    def rows(self) -> Rows:
        """Every contact that is held, by HubSpot's id, with its twenty properties."""
        ...

    def count(self) -> int: ...

    def size(self) -> int:
        """Bytes on disk once the write-ahead log is checkpointed."""
        ...

    def close(self) -> None: ...


class Floor:
    """Five columns and an index on the e-mail; 1,000 rows a transaction. Nothing is compared, logged or linked."""

    PER_TRANSACTION = 1_000

    def __init__(self, folder: Path, url: str) -> None:
        self._http = http.client.HTTPConnection(urlsplit(url).netloc)
        self._db = sqlite3.connect(folder / "floor.db", isolation_level=None)
        self._path = folder / "floor.db"
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute(
            "CREATE TABLE IF NOT EXISTS contact (id INTEGER PRIMARY KEY, email TEXT, created TEXT, modified TEXT, body TEXT)"
        )
        self._db.execute("CREATE INDEX IF NOT EXISTS contact_email ON contact (email)")
        self._db.execute("CREATE TABLE IF NOT EXISTS cursor (id INTEGER PRIMARY KEY, since TEXT)")

    def pull(self) -> int:
        since = self._db.execute("SELECT since FROM cursor").fetchone()
        seen, pending = 0, []
        for page in self._searched() if since else self._listed():
            seen += len(page)
            pending += [
                (int(r["id"]), r["properties"]["email"], r["createdAt"], r["updatedAt"], orjson.dumps(r["properties"]))
                for r in page
            ]
            if len(pending) >= self.PER_TRANSACTION:
                self._keep(pending)
                pending = []
        self._keep(pending)
        return seen

    def _keep(self, rows: list[tuple[Any, ...]]) -> None:
        self._db.execute("BEGIN")
        self._db.executemany(
            "INSERT INTO contact VALUES (?, ?, ?, ?, CAST(? AS TEXT)) ON CONFLICT DO UPDATE SET email = excluded.email, "
            "modified = excluded.modified, body = excluded.body",
            rows,
        )
        self._db.execute("INSERT OR REPLACE INTO cursor VALUES (1, 'now')")
        self._db.execute("COMMIT")

    def _listed(self) -> Iterator[Page]:
        after = ""
        while True:
            query = f"limit={LIST}&properties={'%2C'.join(PROPERTIES)}" + (f"&after={after}" if after else "")
            answer = self._ask("GET", f"/crm/v3/objects/contacts?{query}")
            yield answer["results"]
            if "paging" not in answer:
                return
            after = answer["paging"]["next"]["after"]

    def _searched(self) -> Iterator[Page]:
        last = "0"
        while True:
            recent = {"propertyName": "lastmodifieddate", "operator": "GTE", "value": "1"}
            beyond = {"propertyName": "hs_object_id", "operator": "GT", "value": last}
            body = {"filterGroups": [{"filters": [recent, beyond]}], "properties": PROPERTIES, "limit": SEARCH,
                    "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}]}  # fmt: skip
            answer = self._ask("POST", "/crm/v3/objects/contacts/search", orjson.dumps(body))
            yield answer["results"]
            if "paging" not in answer:
                return
            last = answer["results"][-1]["id"]

    def _ask(self, method: str, path: str, body: bytes | None = None) -> Any:
        self._http.request(method, path, body, {"Authorization": "Bearer bench", "Content-Type": "application/json"})
        return orjson.loads(self._http.getresponse().read())

    def rows(self) -> Rows:
        return {str(rid): orjson.loads(body) for rid, body in self._db.execute("SELECT id, body FROM contact")}

    def count(self) -> int:
        return int(self._db.execute("SELECT count(*) FROM contact").fetchone()[0])

    def size(self) -> int:
        return checkpointed(self._db, self._path)

    def close(self) -> None:
        self._http.close()
        self._db.close()


class Ours:
    """syncd as it pulls in a daemon: one connector and one open ledger. People are decided on between two pulls."""

    def __init__(self, folder: Path, url: str) -> None:
        from connectors.hubspot import HubSpotConnector, HubSpotSettings
        from syncd.ledger.store import Store
        from syncd.sync.systems import Systems

        rules = _rules()
        settings = HubSpotSettings(
            token=lambda: "bench", url=url, forms=False, page_views=False, search_rate=1_000_000, burst=1_000_000
        )
        connector = HubSpotConnector(settings, rules.maps["hubspot"], role={"marketing"})
        self._systems = Systems(rules, {"hubspot": connector}, {})
        self._path = folder / "syncd.db"
        self._store = Store.open(self._path)

    def pull(self) -> int:
        from syncd.ledger import journal
        from syncd.sync.pull import pull

        sync = journal.begin(self._store, "sync", "bench", datetime(2026, 11, 24, 9, tzinfo=UTC))
        counts: Mapping[str, Mapping[str, int]] = pull(self._store, self._systems, sync, lambda: False)
        if self._systems.out:
            raise RuntimeError(f"the pull stopped: {self._systems.out}")
        return counts["hubspot"]["seen"]

    def decided(self) -> None:
        """What the decisions leave behind: nobody is dirty any more."""
        self._store.conn.execute("DELETE FROM dirty")

    def rows(self) -> Rows:
        from syncd.ledger.codec import unpack

        conn = self._store.conn
        names = orjson.loads(conn.execute("SELECT names FROM kind WHERE kind = 'contacts'").fetchone()[0])
        return {
            rid: dict(zip(names, unpack(body, email), strict=True))
            for rid, email, body in conn.execute("SELECT rid, email, body FROM record")
        }

    def count(self) -> int:
        people, records = self._store.rows("SELECT count(*) FROM person UNION ALL SELECT count(*) FROM record")
        if people != records:
            raise RuntimeError(f"{records[0]} contacts make {people[0]} people")
        return int(people[0])

    def size(self) -> int:
        return checkpointed(self._store.conn, self._path)

    def close(self) -> None:
        self._systems.close()
        self._store.close()


def checkpointed(db: sqlite3.Connection, path: Path) -> int:
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return sum(file.stat().st_size for file in path.parent.glob(path.name + "*"))


def _rules() -> Any:
    """A mapping of the twenty properties, nothing else."""
    from syncd.core.rules import Brakes, FieldMap, Gate, History, KindMap, Routing, Rules, SystemMap

    fields = {name: FieldMap(name, name, direction="in") for name in PROPERTIES}
    contacts = KindMap("contacts", key="hs_object_id", fields=fields)
    return Rules(
        "bench", "hubspot", "salesforce", Gate(0, (), ()), Routing("single", "nobody@syncd.example"), History(), Brakes(),
        {"hubspot": SystemMap("hubspot", {"contacts": contacts})},
    )  # fmt: skip


SIDES: dict[str, type[Floor] | type[Ours]] = {"floor": Floor, "ours": Ours}
