"""A connector is five verbs, in batches. There is no base class to inherit; `tests/connectors` holds the one suite
that every connector passes, and `connectors/memory.py` is the specification in code.

    check(needs)                  -> Health            credentials, scopes, budget, every mapped field and value
    pull(stream, since, about)    -> Iterator[Page]    the cursor of a page is committed with the page
    read(refs, fields)            -> {Ref: Record}     live values, strongly consistent; an absent ref is gone
    find(tokens)                  -> {Token: refs}     did my earlier create land? who has this e-mail?
    send(actions)                 -> [Receipt]         one remote batch, one result an action; never retries a write
                                                       that may have happened

Reports ask beside them: census(questions) -> [[Answer]], who is there by what the system itself can search, so that the
ledger's word is not the only one.

Errors are those of `syncd.core.errors`. `send` raises Retryable when surely nothing of the batch happened, Unclear
when nobody can know; one bad row never sinks the others: it gets its own `rejected` receipt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol, runtime_checkable

from syncd.core.types import Action, Cursor, Page, Problem, Raw, Receipt, Record, Ref, Token
from syncd.core.writers import History


@dataclass(frozen=True, slots=True)
class Stream:
    """What can be pulled.

    when     remote person fields whose change makes this stream worth a call (empty: every sync); its `about` is then
             the people whose fields moved, so that an idle sync asks nothing
    scoped   its pull takes `about` and reads only what belongs to those people
    every    seconds between pulls (0: every sync), for directories that hardly change
    """

    name: str
    when: frozenset[str] = frozenset()
    scoped: bool = False
    every: float = 0.0


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What this system can do, proved by `check` on the live account.

    keyed          kinds whose creates carry a unique key ("person", "task", "note", "activity"); the others fall
                   back to the documented tier: find by e-mail or marker, wait, then create
    linked         activities need a separate link action to their person (HubSpot)
    person_kinds   remote kinds that are people, best first: ("Contact", "Lead") · ("contacts",)
    create_kind    what a new person becomes: "Lead" · "contacts"
    text_limit     longest activity body, in UTF-16 units
    """

    keyed: frozenset[str]
    linked: bool
    person_kinds: tuple[str, ...]
    create_kind: str
    text_limit: int


@dataclass(frozen=True, slots=True)
class FieldNeed:
    """A remote field that the mapping uses; `values` are picklist values that must exist to be written or understood. `closed`:
    the mapping must know every value that the field can have, for people with another one are held."""

    kind: str
    field: str
    read: bool = True
    write: bool = False
    values: tuple[str, ...] = ()
    required: bool = True
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Health:
    """The answer of `check`.

    account   identity of the portal or org; a ledger belongs to one pair of accounts
    now       the server's clock
    problems  what a human must fix; `fatal` when nothing can work (credentials, no access)
    missing   (kind, field) pairs that do not exist or are not visible: left out, with a Problem each
    budget    API calls: used and limit for the day as the system reports them (limit 0: unknown)
    facts     further findings for display: names, time zone, currency
    """

    account: str
    now: datetime
    capabilities: Capabilities
    problems: tuple[Problem, ...] = ()
    fatal: bool = False
    missing: frozenset[tuple[str, str]] = frozenset()
    used: int = 0
    limit: int = 0
    facts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Question:
    """For reports: who of `kind` has something that fell into [since, until)?

    field    the remote field that says when; "" is when the record was made
    entered  in its place: when the record first entered this stage, a raw value of the kind's stage field
    filled   remote fields that must have a value, too
    fields   remote fields wanted of everybody who is found
    """

    kind: str
    since: datetime
    until: datetime
    field: str = ""
    entered: str = ""
    filled: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()


class Answer(NamedTuple):
    """Somebody who answers to a question, and when it was."""

    record: Record
    at: datetime


class Connector(Protocol):
    """`calls` counts API calls by endpoint since the connector was made; `now()` is the server's clock as last seen."""

    @property
    def name(self) -> str: ...

    @property
    def streams(self) -> tuple[Stream, ...]: ...

    @property
    def capabilities(self) -> Capabilities: ...

    @property
    def calls(self) -> Mapping[str, int]: ...

    def check(self, needs: Sequence[FieldNeed]) -> Health: ...

    def resume(self, health: Health) -> None:
        """Use what an earlier `check` of the same account found, without asking again."""
        ...

    def pull(self, stream: str, since: Cursor | None, about: Sequence[Ref] = ()) -> Iterator[Page]: ...

    def read(self, refs: Sequence[Ref], fields: Sequence[str]) -> dict[Ref, Record]: ...

    def find(self, tokens: Sequence[Token]) -> dict[Token, tuple[Ref, ...]]: ...

    def send(self, actions: Sequence[Action]) -> list[Receipt]: ...

    def census(self, questions: Sequence[Question]) -> list[list[Answer]]:
        """For each question who answers to it now, live or converted. An index that lags may leave out what was written
        just now: `read` is what tells."""
        ...

    def batch(self, action: Action) -> tuple[str, int]:
        """(group, size): actions of one group may travel in one `send`, at most `size` of them."""
        ...

    def limit(self, calls: int | None, reserve: int) -> None:
        """How many more calls this sync may spend (None: no bound), and how many of them only handoffs may use."""
        ...

    def now(self) -> datetime: ...

    def close(self) -> None: ...


@runtime_checkable
class Historian(Protocol):
    """What a system with a memory can do besides: say who wrote a field."""

    def history(self, refs: Sequence[Ref], fields: Sequence[str]) -> History:
        """Every change of these remote fields that it still knows, in few calls; records that are gone are left out."""
        ...


def values_of(record: Record, names: Sequence[str]) -> dict[str, Raw]:
    """The named raw values of a record, None where it has none."""
    return {name: record.fields.get(name) for name in names}
