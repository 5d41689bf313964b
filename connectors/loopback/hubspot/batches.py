"""The envelope and the order of batch answers (§5)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from connectors.loopback.hubspot.call import NO_CONTENT, Call, Reply
from connectors.loopback.hubspot.database import Database
from connectors.loopback.hubspot.errors import ApiError, bad_input, not_set, validation
from connectors.loopback.hubspot.instants import instant
from connectors.loopback.hubspot.settings import HubSpotSettings

Entry = Mapping[str, Any]
Results = Iterable[Mapping[str, Any]]


def _plain(error: ApiError, entry: Entry) -> dict[str, Any]:
    return error.entry()


class Batches:
    """Answers of batch endpoints; results leave in an order drawn from the seed."""

    def __init__(self, settings: HubSpotSettings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._random = random.Random(f"{settings.seed}:batch")

    def each(
        self,
        call: Call,
        entries: Iterable[Entry],
        work: Callable[[Entry], Results],
        *,
        status: int = 200,
        entry_of: Callable[[ApiError, Entry], dict[str, Any]] = _plain,
    ) -> Reply:
        """Inputs that stand alone: ``work`` gives the results of one, and what it raises becomes
        an entry of ``errors`` and undoes that input only."""
        results: list[Mapping[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for entry in entries:
            try:
                with self._database.savepoint():
                    results += work(entry)
            except ApiError as error:
                errors.append(entry_of(error, entry))
        return self.reply(call, results, errors, status=status)

    def reply(
        self,
        call: Call,
        results: Sequence[Mapping[str, Any]],
        errors: Sequence[Mapping[str, Any]] = (),
        *,
        status: int = 200,
    ) -> Reply:
        """207 when there are errors. Recorded multi-record answers are out of input order
        [R:grouparoo/contacts.batch-create.201.json], so these are too."""
        shown = list(results)
        if self._settings.shuffle_batches:
            self._random.shuffle(shown)
        body: dict[str, Any] = {
            "completedAt": instant(call.now),
            "status": "COMPLETE",
            "startedAt": instant(call.now),
            "results": shown,
        }
        if errors:
            body |= {"errors": list(errors), "numErrors": len(errors)}
        return Reply(body, self._status(call, status, bool(errors)), rows=len(shown))

    def archived(self, call: Call) -> Reply:
        """The answer to the end of associations: 204, or what 2026-09 is specified to give."""
        return self.reply(call, []) if self._as_specified(call) else NO_CONTENT

    def _as_specified(self, call: Call) -> bool:
        return self._settings.batches_2026_09 == "specification" and "/2026-09/" in call.request.path

    def _status(self, call: Call, status: int, in_part: bool) -> int:
        if self._as_specified(call):
            return 200 if call.request.path.startswith("/crm/associations/") else status
        return 207 if in_part else status


def inputs(call: Call, most: int) -> list[Mapping[str, Any]]:
    """The ``inputs`` of a batch body; 400 when there are none, too many, or no objects."""
    found = call.object().get("inputs")
    if not isinstance(found, list) or not all(isinstance(entry, dict) for entry in found):
        raise bad_input("Cannot deserialize value of type `java.util.ArrayList` for inputs")
    if not found:
        raise validation("inputs must not be empty")
    if len(found) > most:
        raise validation(f"The maximum number of inputs is {most}, there were {len(found)}")
    return found


def text_id(entry: Mapping[str, Any], key: str = "id") -> str:
    """The id of an input, which may be a number; 400 without one."""
    value = entry.get(key) if isinstance(entry, Mapping) else None
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise not_set(key)
    return str(value)
