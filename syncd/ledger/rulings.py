"""What named people said of leads, who waits for such a word, and the inbox through which it comes.

A ledger has one writer, and that may be a daemon. So a command leaves each ruling as a file in the folder `<ledger>.inbox`,
and the next sync takes it in: whole, since a file appears by its renaming, and once, since its key is unique.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from syncd.core.rulings import Ruling
from syncd.core.types import Problem
from syncd.ledger.codec import from_ms, to_json, to_ms
from syncd.ledger.dirty import mark
from syncd.ledger.family import person_of
from syncd.ledger.store import Store

UNREADABLE = "ruling_unreadable"
_COLUMNS = "key, verb, number, named, reason, at, owner, despite_veto, state, answer"
_SAID = ("key", "person", "verb", "number", "by", "reason", "to", "despite_veto")


# ---------------------------------------------------------------- the inbox
def inbox(ledger: Path) -> Path:
    """The folder in which commands leave rulings on people of this ledger."""
    return ledger.with_name(ledger.name + ".inbox")


def leave(ledger: Path, person: str, ruling: Ruling) -> None:
    """Leave a ruling on the person of this lineage for the next sync. On return it is on the disk (mode 0600)."""
    folder = inbox(ledger)
    folder.mkdir(mode=0o700, exist_ok=True)
    said = {
        "key": ruling.key, "person": person, "verb": ruling.verb, "number": ruling.number, "by": ruling.by,
        "reason": ruling.reason, "to": ruling.to, "despite_veto": ruling.despite_veto,
    }  # fmt: skip
    name = f"{to_ms(ruling.at):015d}-{ruling.key}"
    partial = folder / f".{name}.partial"
    with open(partial, "w", opener=lambda file, flags: os.open(file, flags, 0o600), encoding="utf-8") as file:
        json.dump(said, file, ensure_ascii=False)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(folder / f"{name}.json")
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def left(ledger: Path) -> list[tuple[str, str, int]]:
    """(lineage, verb, number) of the rulings that no sync has taken in yet."""
    return [(said["person"], said["verb"], said["number"]) for _, said in _files(ledger) if said is not None]


def take_in(store: Store, ledger: Path, now: datetime, *, keep: bool = False) -> list[Problem]:
    """Save the rulings of the inbox, good from `now` on; with `keep` the files stay, for a plan that only looks. A process
    that dies in between finds them again, and their keys with them. Returns a problem for each file that is none of ours."""
    problems, taken = [], []
    with store.tx() as conn:
        for path, said in _files(ledger):
            person = None if said is None else person_of(conn, said["person"])
            if said is None or person is None:
                problems.append(_unreadable(path))
                continue
            ruling = Ruling(
                key=said["key"], verb=said["verb"], number=said["number"], by=said["by"], reason=said["reason"], at=now,
                to=said["to"], despite_veto=said["despite_veto"],
            )  # fmt: skip
            save(conn, person, ruling)
            taken.append(path)
    for path in () if keep else taken:
        path.unlink(missing_ok=True)
    return problems


def _files(ledger: Path) -> list[tuple[Path, dict[str, Any] | None]]:
    """The files of the inbox in the order in which they came; None for what is no ruling."""
    return [(path, _read(path)) for path in sorted(inbox(ledger).glob("*.json"))]


def _read(path: Path) -> dict[str, Any] | None:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) and set(_SAID) == set(said) else None


def _unreadable(path: Path) -> Problem:
    return Problem(
        UNREADABLE, path.name, f"The file {path.name} in the inbox of the ledger is no ruling on anybody known.",
        "Say it anew with syncd release, reject, handoff or reopen, and remove the file.",
    )  # fmt: skip


# ---------------------------------------------------------------- rulings as rows
def save(conn: sqlite3.Connection, person: int, ruling: Ruling) -> None:
    """A new ruling; one whose key is known says nothing new. The person is decided on again."""
    conn.execute(
        "INSERT OR IGNORE INTO ruling VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            ruling.key, person, ruling.verb, ruling.number, ruling.by, ruling.reason, ruling.to, int(ruling.despite_veto),
            to_ms(ruling.at), ruling.state, ruling.answer,
        ),
    )  # fmt: skip
    mark(conn, "id = ?", person)


def answer(conn: sqlite3.Connection, answers: Iterable[Ruling]) -> None:
    """What became of rulings."""
    conn.executemany(
        "UPDATE ruling SET state = ?, answer = ? WHERE key = ?", [(a.state, a.answer, a.key) for a in answers]
    )


def rulings_of(store: Store, wanted: str) -> Mapping[int, Sequence[Ruling]]:
    """The rulings on these persons (a JSON array of ids), oldest first."""
    found: dict[int, list[Ruling]] = defaultdict(list)
    for person, key, verb, number, by, reason, at, to, despite, state, said in store.rows(
        f"SELECT person, {_COLUMNS} FROM ruling WHERE person IN (SELECT value FROM json_each(?)) ORDER BY at, rowid",
        wanted,
    ):
        found[person].append(Ruling(key, verb, number, by, reason, from_ms(at), to, bool(despite), state, said))
    return found


# ---------------------------------------------------------------- who waits
def wait(conn: sqlite3.Connection, person: int, now: datetime) -> None:
    """The person waits for a release, since now unless it waits already."""
    conn.execute("INSERT OR IGNORE INTO review VALUES (?, ?)", (person, to_ms(now)))


def stop_waiting(conn: sqlite3.Connection, persons: Sequence[int]) -> None:
    conn.execute("DELETE FROM review WHERE person IN (SELECT value FROM json_each(?))", (to_json(list(persons)),))


def waiting(store: Store) -> dict[int, datetime]:
    """Who waits for a release since when; the best score comes first."""
    return {
        person: from_ms(since)
        for person, since in store.rows(
            "SELECT v.person, v.since FROM review v JOIN person p ON p.id = v.person ORDER BY p.score DESC, v.since, v.person"
        )
    }
