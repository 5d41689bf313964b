"""The org: its schema, records, people, rules and locks, and who is asking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import texts, values
from connectors.loopback.salesforce.access import User
from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.grants import Permissions
from connectors.loopback.salesforce.rules import Rules
from connectors.loopback.salesforce.schema import Schema
from connectors.loopback.salesforce.settings import SalesforceSettings
from connectors.loopback.salesforce.store import Store


@dataclass(frozen=True, slots=True)
class Caller:
    """One request's identity and the headers that steer its writes [sheet 10].

    ``auto_assign``: True (the default when the header is absent), False, or a rule's id.
    """

    user: User
    now: datetime
    version: str = "65.0"
    auto_assign: bool | str = True
    allow_duplicates: bool = False
    duplicate_details: bool = False
    update_mru: bool = False

    @property
    def stamp(self) -> str:
        return values.stamp(self.now)

    @property
    def today(self) -> str:
        return self.now.astimezone(self.user.zone).date().isoformat()

    @property
    def base(self) -> str:
        return f"/services/data/v{self.version}"


@dataclass
class Org:
    """``tooling`` is the store seen through the objects of the Tooling API."""

    settings: SalesforceSettings
    clock: Clock
    schema: Schema
    store: Store
    tooling: Store
    permissions: Permissions
    rules: Rules = field(default_factory=Rules)
    closed_task_statuses: set[str] = field(default_factory=lambda: {"Completed"})
    # The schema's revision that the definitions in ``tooling`` show.
    defined: int = -1
    storage_full: bool = False
    # The day the recycle bin and old activities were last seen to.
    kept_house: date | None = None
    # The rows that the current request has written or leans on.
    taken_rows: set[str] = field(default_factory=set)
    _locked_until: dict[str, datetime] = field(default_factory=dict)
    _held_rows: dict[object, frozenset[str]] = field(default_factory=dict)

    def text(self, key: str, **values: Any) -> str:
        """A message whose wording is the org's to set (:mod:`texts`)."""
        return texts.fill(self.settings.texts, key, values)

    def lock_rows(self, record_ids: list[str], seconds: float) -> None:
        until = self.clock.now() + timedelta(seconds=seconds)
        self._locked_until.update(dict.fromkeys(record_ids, until))

    def unlock_rows(self) -> None:
        self._locked_until.clear()

    def hold_taken_rows(self) -> Callable[[], object]:
        """Keep the current request's rows from everyone else; what is returned lets them go."""
        key = object()
        self._held_rows[key] = frozenset(self.taken_rows)
        return lambda: self._held_rows.pop(key)

    def take_rows(self, *record_ids: str | None) -> None:
        """Lock rows for this request.

        Raises UNABLE_TO_LOCK_ROW when another transaction holds one of them.
        """
        wanted = {record_id for record_id in record_ids if record_id}
        self.taken_rows |= wanted
        if self._locked_until or self._held_rows:
            self._refuse_held(wanted)

    def _refuse_held(self, wanted: set[str]) -> None:
        now = self.clock.now()
        held = {record_id for record_id, until in self._locked_until.items() if until > now}
        for row_ids in list(self._held_rows.values()):
            held |= row_ids
        for record_id in sorted(wanted & held):
            raise RecordError(
                "UNABLE_TO_LOCK_ROW",
                f"unable to obtain exclusive access to this record or 1 records: {record_id}",
                status=self.settings.lock_status,
            )
