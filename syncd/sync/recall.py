"""What a connector may ask the ledger, so that it does not ask the remote system for what is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from syncd.core.types import Ref, Token
from syncd.ledger import known
from syncd.ledger.store import Store


class Recall:
    """Answers from the ledger of the current sync; knows nothing before `store` is set."""

    def __init__(self) -> None:
        self.store: Store | None = None

    def known(self, about: Mapping[Ref, Sequence[Ref]]) -> set[Ref]:
        """Of these activities with their people: those that the ledger has with all of these people, and that are over."""
        return known.known_activities(self.store, about) if self.store else set()

    def whose(self, token: Token) -> Ref | None:
        """The marketing record of the person for whom an action with this key was planned."""
        return known.person_of_key(self.store, token.value) if self.store else None
