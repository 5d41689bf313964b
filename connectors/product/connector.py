"""The five verbs of a source to which nothing is ever written. See `connectors.base`."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from connectors.base import Answer, Capabilities, FieldNeed, Health, Question, Stream
from connectors.product.database import Query
from connectors.product.events import Reader
from connectors.product.files import Folder
from connectors.product.settings import STREAM, SYSTEM, Database, ProductSettings
from syncd.core.errors import RemoteError, Unavailable
from syncd.core.types import Action, Cursor, Page, Problem, Receipt, Record, Ref, Token

PAGE = 500

_READ_ONLY = Capabilities(frozenset(), linked=False, person_kinds=(), create_kind="", text_limit=0)


def _machine() -> datetime:
    return datetime.now(UTC)


class ProductConnector:
    """`calls` counts the queries of a database; files cost none. `clock` says what time it is where the files are."""

    name = SYSTEM
    streams = (Stream(STREAM),)
    capabilities = _READ_ONLY

    def __init__(
        self, settings: ProductSettings, *, page: int = PAGE, clock: Callable[[], datetime] = _machine
    ) -> None:
        self._settings, self._page, self._clock = settings, page, clock
        self._reader = Reader(settings)
        self._fingerprint = _fingerprint(settings)
        self.calls: Counter[str] = Counter()

    # ------------------------------------------------------------ the five verbs
    def check(self, needs: Sequence[FieldNeed]) -> Health:
        """Whether there is something to read; what is wrong with single files, a pull says."""
        problems: tuple[Problem, ...] = ()
        facts = {}
        try:
            facts = self._look()
        except RemoteError as error:
            problems = (Problem("product_source", SYSTEM, error.sentence, error.fix),)
        return Health(SYSTEM, self.now(), _READ_ONLY, problems, fatal=bool(problems), facts=facts)

    def resume(self, health: Health) -> None:
        """Nothing is remembered."""

    def pull(self, stream: str, since: Cursor | None, about: Sequence[Ref] = ()) -> Iterator[Page]:
        """Cursor: {"source": fingerprint of what and how is read, …}; another fingerprint is read from the beginning."""
        if stream != STREAM:
            raise ValueError(f"{SYSTEM} has no stream {stream}")
        saved = since if since is not None and since.get("source") == self._fingerprint else {}
        if isinstance(self._settings.source, Database):
            query = Query(self._settings.source, self._settings, self._reader, self._page)
            for page in query.walk(saved, self._count):
                yield self._as_page(page.cursor, page.activities, page.problems)
            return
        folder = Folder(self._settings.source, self._settings.columns, self._reader, self.now(), self._page)
        for batch in folder.walk(saved.get("files", {})):
            files = {name: place.as_json() for name, place in batch.places.items()}
            yield self._as_page({"files": files}, batch.activities, batch.problems)

    def read(self, refs: Sequence[Ref], fields: Sequence[str]) -> dict[Ref, Record]:
        """There are no people here."""
        return {}

    def find(self, tokens: Sequence[Token]) -> dict[Token, tuple[Ref, ...]]:
        """Nothing of ours is here."""
        return dict.fromkeys(tokens, ())

    def census(self, questions: Sequence[Question]) -> list[list[Answer]]:
        """There are no people here."""
        return [[] for _ in questions]

    def send(self, actions: Sequence[Action]) -> list[Receipt]:
        raise Unavailable(SYSTEM, "The product is only read.")

    def batch(self, action: Action) -> tuple[str, int]:
        raise Unavailable(SYSTEM, "The product is only read.")

    def limit(self, calls: int | None, reserve: int) -> None:
        """Nothing is rationed."""

    def now(self) -> datetime:
        return self._clock()

    def close(self) -> None:
        """Nothing is held."""

    # ------------------------------------------------------------ reading
    def _count(self) -> None:
        self.calls["query"] += 1

    def _as_page(self, cursor: dict[str, Any], activities: Sequence[Any], problems: Sequence[Problem]) -> Page:
        cursor = {"source": self._fingerprint, **cursor}
        return Page(cursor, self.now(), activities=tuple(activities), problems=tuple(problems))

    def _look(self) -> dict[str, str]:
        """What `check` shows. Raises RemoteError."""
        source = self._settings.source
        if isinstance(source, Database):
            self._count()
            found = Query(source, self._settings, self._reader, self._page).columns()
            return {"columns": ", ".join(found) or "no row yet"}
        folder = Folder(source, self._settings.columns, self._reader, self.now(), self._page)
        return {"files": f"{len(folder.found()):,}"}


def _fingerprint(settings: ProductSettings) -> str:
    """Of all that decides which events there are and what they say; not of how a database is reached."""
    source = settings.source
    if isinstance(source, Database):
        source = replace(source, postgres=None, timeout=0)
    return hashlib.blake2b(repr(replace(settings, source=source)).encode(), digest_size=8).hexdigest()
