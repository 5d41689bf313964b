"""Past leads from tables into a ledger of their own, as if syncd had run all the time: each row arrives at its own time.

All rows are read before the first is kept; the ledger is made aside and appears whole or not at all.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from syncd.core.errors import Complaint, LedgerError
from syncd.core.imports import ACTIVITIES, PEOPLE, WHATS, Source, Told, tell
from syncd.core.rules import KindMap, Rules
from syncd.core.stages import Move, highest
from syncd.core.types import Activity, Page, Raw, Record, Ref
from syncd.ledger import decisions, journal
from syncd.ledger.codec import to_json
from syncd.ledger.intake import Intake, Shape
from syncd.ledger.store import Store
from syncd.sync.pull import kept
from syncd.sync.sheets import Sheet


@dataclass(slots=True)
class Harvest:
    """What all tables tell. `bad`: rows that cannot be used; `ids`: e-mail address → id of those who have both."""

    rules: Rules
    told: list[Told] = field(default_factory=list)
    bad: list[Complaint] = field(default_factory=list)
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> KindMap:
        return self.rules.marketing_kind

    def read(self, sheet: Sheet, source: Source) -> None:
        """Take in one table; people must come before what is about them."""
        seen: set[tuple[str, datetime]] = set()
        known = {told.person for told in self.told if told.what == PEOPLE}
        address = self.kind.fields["email"].remote if "email" in self.kind.fields else ""
        for line, row in sheet.rows():
            told = row if isinstance(row, str) else tell(source, row, self.kind)
            if isinstance(told, Told):
                if told.what == PEOPLE:
                    told = self._person(told, seen, address)
                else:
                    told = self._about(told, known)
            if isinstance(told, str):
                self.bad.append(Complaint(told, str(sheet.path), line))
            elif told is not None:
                self.told.append(told)

    def _person(self, told: Told, seen: set[tuple[str, datetime]], address: str) -> Told | str:
        if (told.person, told.at) in seen:
            return f"“{told.person}” is there twice at {told.at.isoformat()}."
        seen.add((told.person, told.at))
        email = str(told.values.get(address) or (told.person if "@" in told.person else "")).strip().lower()
        if email:
            self.ids.setdefault(email, told.person)
        return told

    def _about(self, told: Told, known: set[str]) -> Told | str:
        who = told.person if told.person in known else self.ids.get(told.person.lower(), "")
        return told._replace(person=who) if who else f"nobody is known as “{told.person}”."


def save(harvest: Harvest, path: Path, files: Sequence[Path]) -> dict[str, int]:
    """The ledger at `path`; returns how much of what is in it. Raises LedgerError when there is a file already."""
    if path.exists():
        raise LedgerError(f"There is a file at {path} already.", "Name another one: syncd import … --into past.db")
    told = sorted(harvest.told, key=lambda t: (t.at, WHATS.index(t.what)))
    with Store.scratch(path.absolute().parent) as store:
        writer = _Writer(store, harvest.rules)
        for at, events in itertools.groupby(told, key=lambda t: t.at):
            writer.write(at, list(events))
        with store.tx() as conn:
            journal.put(conn, "imported", to_json([file.name for file in files]))
            journal.put(conn, "marketing", harvest.rules.marketing)
        store.backup(path)
    return {what: sum(t.what == what for t in told) for what in WHATS} | {"persons": len(writer.rows)}


class _Writer:
    """Takes the events of one moment after the other, each as a sync of its own."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store, self._rules = store, rules
        self._kind = rules.marketing_kind
        self._email = self._kind.fields["email"].remote if "email" in self._kind.fields else ""
        names = kept(self._kind)
        self._shapes = {(rules.marketing, self._kind.kind): Shape(names, self._email, marketing=True)}
        self._values: dict[str, dict[str, Raw]] = {}
        self._stages: dict[str, tuple[str, str]] = {}
        self._count = itertools.count(1)
        self.rows: dict[str, int] = {}

    def write(self, at: datetime, events: Iterable[Told]) -> None:
        sync = journal.begin(self._store, "import", self._rules.version, at)
        intake = Intake(self._store, sync, self._shapes)
        by_what: Mapping[str, list[Told]] = {what: [] for what in WHATS}
        for event in events:
            by_what[event.what].append(event)
        page = Page(
            cursor={}, now=at, people=[self._record(told) for told in by_what[PEOPLE]],
            activities=[self._activity(told) for told in by_what[ACTIVITIES]],
        )  # fmt: skip
        intake.take(self._rules.marketing, "import", page)
        outcomes = by_what["outcomes"]
        with self._store.tx() as conn:
            for told in (*by_what[PEOPLE], *outcomes):
                if told.person not in self.rows:
                    self.rows[told.person] = intake.record(conn, self._ref(told.person))
            for told in outcomes:
                was, top = self._stages.get(told.person, ("contact", "contact"))
                top = highest(top, told.word)
                self._stages[told.person] = told.word, top
                move = Move(was, told.word, "imported", at, str(self._ref(told.person)))
                decisions.save_moves(conn, sync, self.rows[told.person], [move], top)
        journal.finish(self._store, sync, at, {}, {})

    def _ref(self, person: str) -> Ref:
        return Ref(self._rules.marketing, self._kind.kind, person)

    def _record(self, told: Told) -> Record:
        """The person as it is from now on: what this table does not speak of stays."""
        values = self._values.setdefault(told.person, {})
        if self._email and "@" in told.person:
            values.setdefault(self._email, told.person)
        values |= told.values
        return Record(self._ref(told.person), dict(values), told.at)

    def _activity(self, told: Told) -> Activity:
        ref = Ref(self._rules.marketing, told.word, f"import-{next(self._count)}")
        return Activity(ref, told.word, told.at, (self._ref(told.person),), title=told.title, url=told.url)
