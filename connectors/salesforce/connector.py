"""The five verbs, each in its own module, behind `connectors.base.Connector`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from connectors.base import Answer, Capabilities, FieldNeed, Health, Question, Stream
from connectors.salesforce import health, history, write
from connectors.salesforce.client import Client
from connectors.salesforce.health import optional_fields
from connectors.salesforce.lookup import Lookup
from connectors.salesforce.pull import Pull
from connectors.salesforce.schema import Schema
from connectors.salesforce.settings import SalesforceSettings
from connectors.salesforce.write import Writer
from syncd.core.rules import SystemMap
from syncd.core.types import Action, Cursor, Page, Receipt, Record, Ref, Token
from syncd.core.writers import History

if TYPE_CHECKING:
    from requests.adapters import BaseAdapter

HOURLY = 3_600.0


class SalesforceConnector:
    """See `connectors.base.Connector` for the verbs and the package for what they cost.

    `adapter` is mounted for the org's address (tests: an emulator in the same process); `clock`,
    `sleep` and `wall` are all the time it knows. `check` first: before it, no create is protected
    by a key, and fields that are not there fail a pull.
    """

    streams = (Stream("changes"), Stream("gone", every=HOURLY))

    def __init__(
        self,
        settings: SalesforceSettings,
        map: SystemMap,
        *,
        name: str = "salesforce",
        adapter: BaseAdapter | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.name = name
        times: dict[str, Callable[..., Any]] = {"clock": clock, "sleep": sleep, "wall": wall}
        self._client = Client(name, settings, adapter=adapter, times=times)
        self._schema = Schema(map)
        self._currency = settings.currency
        self._lookup = Lookup(self._client, self._schema)
        self._writer = Writer(self._client, self._schema, self._lookup)
        self.capabilities = Capabilities(
            keyed=frozenset(),
            linked=False,
            person_kinds=tuple(kind for kind in ("Contact", "Lead") if kind in map.kinds),
            create_kind="Lead",
            text_limit=write.TEXT,
        )

    def __repr__(self) -> str:
        return f"<SalesforceConnector {self.name} {self._client.transport.origin}>"

    @property
    def calls(self) -> Mapping[str, int]:
        return self._client.calls

    def check(self, needs: Sequence[FieldNeed]) -> Health:
        found = health.check(self._client, self._schema, needs, self.capabilities)
        if not found.fatal:
            self.resume(found)
        return found

    def resume(self, health: Health) -> None:
        self.capabilities = health.capabilities
        self._writer.keyed = health.capabilities.keyed
        self._schema.learn(health.missing, optional_fields(health))

    def pull(self, stream: str, since: Cursor | None, about: Sequence[Ref] = ()) -> Iterator[Page]:
        """`about` is not needed: each stream sees all that changed."""
        pull = Pull(self._client, self._schema, self._currency, since)
        match stream:
            case "changes":
                return pull.changes()
            case "gone":
                return pull.gone()
        raise ValueError(f"{self.name} has no stream {stream}")

    def read(self, refs: Sequence[Ref], fields: Sequence[str]) -> dict[Ref, Record]:
        return self._lookup.read(refs, fields)

    def find(self, tokens: Sequence[Token]) -> dict[Token, tuple[Ref, ...]]:
        return self._lookup.find(tokens)

    def census(self, questions: Sequence[Question]) -> list[list[Answer]]:
        return self._lookup.census(questions)

    def history(self, refs: Sequence[Ref], fields: Sequence[str]) -> History:
        return history.read(self._client, self._schema, refs, fields)

    def send(self, actions: Sequence[Action]) -> list[Receipt]:
        return self._writer.send(actions)

    def batch(self, action: Action) -> tuple[str, int]:
        return self._writer.group(action), write.BATCH

    def limit(self, calls: int | None, reserve: int) -> None:
        self._client.transport.budget.limit(calls, reserve)

    def now(self) -> datetime:
        return self._client.now()

    def close(self) -> None:
        self._client.close()

    @property
    def client(self) -> Client:
        """The org behind the verbs, for setup."""
        return self._client
