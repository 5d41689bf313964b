"""`read` and `find`: by batch read, which sees every write at once; never by search, which lags [hubspot.md 4.5]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from connectors.hubspot.activities import KEY, SHAPES, object_of
from connectors.hubspot.api import BATCH, Api, Json
from connectors.hubspot.people import CONTACTS, MERGED, People
from connectors.hubspot.refusals import SYSTEM
from connectors.hubspot.values import is_id
from connectors.transport import Purpose
from syncd.core.chunks import chunks
from syncd.core.errors import Unavailable
from syncd.core.types import Record, Ref, State, Token

Whose = Callable[[Token], Ref | None]
"""The person that an action with this key is about: where to look for it when no unique property carries the key."""


class Lookup:
    """`keyed` are the objects that have our unique property here; `check` may change it."""

    def __init__(self, api: Api, people: People, keyed: frozenset[str], whose: Whose | None) -> None:
        self._api, self._people, self.whose = api, people, whose
        self.keyed = keyed

    # ------------------------------------------------------------ read
    def read(self, refs: Sequence[Ref], fields: Sequence[str]) -> dict[Ref, Record]:
        """Records by id, ⌈n/100⌉ calls a kind; as many again only for those that are not there, to tell archived from
        gone. An id that was merged away answers with state MERGED and its successor.
        """
        found: dict[Ref, Record] = {}
        by_kind: dict[str, list[Ref]] = {}
        for ref in dict.fromkeys(refs):
            if is_id(ref.id) and (ref.kind == CONTACTS or object_of(ref.kind)):
                by_kind.setdefault(ref.kind, []).append(ref)
        for wanted in by_kind.values():
            for state in (State.LIVE, State.ARCHIVED):
                for some in chunks([ref for ref in wanted if ref not in found], BATCH):
                    self._match(found, some, self._rows(some, fields, state), fields, state)
        return found

    def _rows(self, refs: Sequence[Ref], fields: Sequence[str], state: State) -> list[Json]:
        kind = object_of(refs[0].kind) or refs[0].kind
        body: Json = {"inputs": [{"id": ref.id} for ref in refs], "properties": sorted({*fields, MERGED})}
        archived = state is State.ARCHIVED
        return self._api.batch(kind, "read", body, Purpose.HANDOFF, archived=archived).results

    def _match(
        self,
        found: dict[Ref, Record],
        refs: Sequence[Ref],
        rows: Sequence[Json],
        fields: Sequence[str],
        state: State,
    ) -> None:
        """By the id of each answer, or by the ids that were merged into it; never by position."""
        live: dict[str, Record] = {}
        heirs: dict[str, Record] = {}
        for row in rows:
            record = self._record(row, fields, state, refs[0].kind)
            live[record.ref.id] = record
            heirs |= {old.id: record for old in record.aliases}
        for ref in refs:
            if ref.id in live:
                found[ref] = live[ref.id]
            elif ref.id in heirs:
                heir = heirs[ref.id]
                found[ref] = replace(heir, ref=ref, state=State.MERGED, successor=heir.ref, aliases=())

    def _record(self, row: Json, fields: Sequence[str], state: State, kind: str) -> Record:
        try:
            record = self._people.record(row, state)
            held = {name: record.fields.get(name) for name in fields}
            return replace(record, ref=record.ref._replace(kind=kind), fields=held)
        except (KeyError, TypeError, ValueError, AttributeError):
            raise Unavailable(SYSTEM, "A contact has an unexpected shape.") from None

    # ------------------------------------------------------------ find
    def find(self, tokens: Sequence[Token]) -> dict[Token, tuple[Ref, ...]]:
        """Each token with what carries it, () for nothing: ⌈n/100⌉ calls a kind.

        "person" is a live contact's id, "email" an address; "task", "note" and "activity" are keys of ours.
        """
        found: dict[Token, tuple[Ref, ...]] = dict.fromkeys(tokens, ())
        by_kind: dict[str, list[Token]] = {}
        for token in found:
            by_kind.setdefault(token.kind, []).append(token)
        for kind, some in by_kind.items():
            match kind:
                case "person":
                    found |= self._persons(some)
                case "email":
                    found |= self._addresses(some)
                case _:
                    self._keys(found, object_of(kind), some)
        return found

    def _persons(self, tokens: Sequence[Token]) -> dict[Token, tuple[Ref, ...]]:
        refs = {token: Ref(SYSTEM, CONTACTS, token.value) for token in tokens}
        records = self.read(list(refs.values()), ())
        heirs = {
            token: record.successor or record.ref
            for token, ref in refs.items()
            if (record := records.get(ref)) is not None and record.state is not State.ARCHIVED
        }
        return {token: (ref,) for token, ref in heirs.items()}

    def _addresses(self, tokens: Sequence[Token]) -> dict[Token, tuple[Ref, ...]]:
        """HubSpot may know an address as a contact's secondary one too."""
        wanted: dict[str, list[Token]] = {}
        for token in tokens:
            if address := token.value.strip().lower():
                wanted.setdefault(address, []).append(token)
        found: dict[Token, tuple[Ref, ...]] = {}
        for some in chunks(list(wanted), BATCH):
            body: Json = {
                "idProperty": "email",
                "inputs": [{"id": address} for address in some],
                "properties": ["email", "hs_additional_emails"],
            }
            for row in self._api.batch(CONTACTS, "read", body, Purpose.HANDOFF).results:
                held = row["properties"]
                others = (held.get("hs_additional_emails") or "").split(";")
                for address in {text.strip().lower() for text in (held.get("email") or "", *others)}:
                    for token in wanted.get(address, ()):
                        ref = Ref(SYSTEM, CONTACTS, row["id"])
                        found[token] = tuple(dict.fromkeys((*found.get(token, ()), ref)))
        return found

    def _keys(self, found: dict[Token, tuple[Ref, ...]], kind: str, tokens: Sequence[Token]) -> None:
        """By the unique property; without one (tier H2) by the marker in the body, where somebody can say whose; else
        there is nothing to find, for `send` makes none."""
        tokens = [token for token in tokens if token.value]
        if kind in self.keyed:
            self._by_key(found, kind, tokens)
        elif kind and self.whose is not None:
            self._by_marker(found, kind, tokens, self.whose)

    def _by_key(self, found: dict[Token, tuple[Ref, ...]], kind: str, tokens: Sequence[Token]) -> None:
        by_value = {token.value: token for token in tokens}
        for some in chunks(list(by_value), BATCH):
            body: Json = {
                "idProperty": KEY,
                "inputs": [{"id": key} for key in some],
                "properties": [KEY],
            }
            for row in self._api.batch(kind, "read", body, Purpose.HANDOFF).results:
                token = by_value.get(row["properties"].get(KEY) or "")
                if token is not None:
                    found[token] = (*found[token], Ref(SYSTEM, kind, row["id"]))

    def _by_marker(
        self,
        found: dict[Token, tuple[Ref, ...]],
        kind: str,
        tokens: Sequence[Token],
        whose: Whose,
    ) -> None:
        """Without a unique property the key stands in the body: read what is associated with the
        person, which is consistent at once where search is not [reliability.md 3.3, H2]."""
        body_name = SHAPES[kind].body
        for token in tokens:
            person = whose(token)
            if person is None:
                continue
            pairs = self._api.associated(CONTACTS, kind, [person.id], Purpose.HANDOFF)
            for some in chunks([rid for _, rid in pairs], BATCH):
                body: Json = {"inputs": [{"id": rid} for rid in some], "properties": [body_name]}
                for row in self._api.batch(kind, "read", body, Purpose.HANDOFF).results:
                    if token.value in (row["properties"].get(body_name) or ""):
                        found[token] = (*found[token], Ref(SYSTEM, kind, row["id"]))
