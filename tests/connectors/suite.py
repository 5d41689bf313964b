"""What every connector promises (`connectors.base`), once for all of them.

A connector's test brings a `Remote`, which is what the suite does to the system behind the connector's back, and
inherits `ConnectorSuite`:

    class TestMemory(ConnectorSuite):
        @pytest.fixture
        def remote(self) -> Remote:
            return MemoryRemote()

The clock of the remote stands still between calls of `advance`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest

from connectors.base import Connector, Question
from syncd.core.errors import Retryable, Unavailable, Unclear
from syncd.core.rules import SystemMap
from syncd.core.types import Action, Activity, Cursor, Outcome, Page, Raw, Record, Ref, State, Token, Verb

HOUR = 3_600.0
GONE = (State.ARCHIVED, State.DELETED, State.MERGED)


class Source(ABC):
    """Something that is pulled; all that the reading part of the suite needs.

    page      rows of a page
    late      seconds after its stamp at which a row may appear and must still be pulled
    people    the stream of the rows that `add` makes: people, or events of people
    idle      API calls of a pull of each of these streams when nothing has changed
    """

    page: int
    late: float
    people = "changes"
    idle: ClassVar[Mapping[str, int]] = {"changes": 1}

    @property
    @abstractmethod
    def system(self) -> str: ...

    @property
    @abstractmethod
    def kind(self) -> str: ...

    @abstractmethod
    def field(self, canonical: str) -> str:
        """What the source calls a field of ours."""

    @abstractmethod
    def connect(self) -> Connector:
        """A new connector that has checked the account, as after a crash."""

    @abstractmethod
    def calls(self) -> int:
        """API calls that the server has counted so far."""

    @abstractmethod
    def advance(self, seconds: float) -> None: ...

    @abstractmethod
    def add(self, rows: Sequence[Mapping[str, Raw]]) -> list[Ref]:
        """Somebody makes people, canonical fields each; or people with such fields do something."""

    @abstractmethod
    def add_late(self, row: Mapping[str, Raw], seconds: float) -> Ref:
        """The same with the stamp of now, which pulls see only `seconds` later."""


class Remote(Source):
    """A system of people.

    map       the mapping; its first kind is the kind of people that the suite works with
    converts  people can be converted (Salesforce)
    creates   people are created by syncd here (not where marketing made them already)
    """

    map: SystemMap
    converts = False
    creates = True
    gone = "gone"

    @property
    def system(self) -> str:
        return self.map.system

    @property
    def kind(self) -> str:
        return next(iter(self.map.kinds))

    def field(self, canonical: str) -> str:
        return self.map.kinds[self.kind].fields[canonical].remote

    def remote_fields(self, values: Mapping[str, Raw]) -> dict[str, Raw]:
        return {self.field(name): value for name, value in values.items()}

    @abstractmethod
    def edit(self, ref: Ref, **canonical: Raw) -> None:
        """Somebody who is not syncd changes fields."""

    @abstractmethod
    def delete(self, ref: Ref) -> None:
        """Into the recycle bin."""

    @abstractmethod
    def merge(self, winner: Ref, loser: Ref) -> None: ...

    def convert(self, lead: Ref) -> Ref:
        """A rep makes a lead a contact: the contact."""
        raise NotImplementedError

    @abstractmethod
    def count_people(self, token: str) -> int:
        """Live people that carry this external id."""

    @abstractmethod
    def activities(self, key: str) -> list[Mapping[str, object]]:
        """Activities that carry this key: {"about": Ref | None, "done": bool}."""

    @abstractmethod
    def owner(self) -> str:
        """The remote id of an active owner."""

    @abstractmethod
    def refused(self) -> dict[str, Raw]:
        """Remote fields that make the system refuse a person."""

    @abstractmethod
    def lose_answer(self) -> None:
        """The next write lands, and the connection breaks before its answer."""

    @abstractmethod
    def turn_away(self) -> None:
        """Every write is turned away with "later" before anything happens, until `advance`."""


class ReadingSuite:
    """What holds for everything that is pulled. Inherit it; bring a fixture `remote`."""

    def test_a_pull_of_nothing_costs_one_call(self, remote: Source) -> None:
        remote.add([_named(n) for n in range(3)])
        connector = remote.connect()
        cursors = {stream: settled(remote, connector, stream) for stream in remote.idle}
        for stream, expected in remote.idle.items():
            before = remote.calls()
            assert not people(connector.pull(stream, cursors[stream]))
            assert remote.calls() - before == expected

    def test_a_walk_resumes_after_any_page(self, remote: Source) -> None:
        refs = set(remote.add([_named(n) for n in range(2 * remote.page + 3)]))
        whole = list(remote.connect().pull(remote.people, None))
        for stop in range(1, len(whole)):
            seen = found(whole[:stop])
            rest = list(remote.connect().pull(remote.people, whole[stop - 1].cursor))
            assert set(seen) | set(found(rest)) >= refs
            if stop == 1:
                assert len(found(rest)) <= len(refs) - remote.page

    def test_a_row_that_appears_late_is_not_lost(self, remote: Source) -> None:
        connector = remote.connect()
        cursor = settled(remote, connector, remote.people)
        ref = remote.add_late(_named(7), remote.late)
        remote.advance(remote.late / 2)
        pages = list(connector.pull(remote.people, cursor))
        assert ref not in found(pages)
        remote.advance(remote.late / 2 + 1)
        assert ref in found(connector.pull(remote.people, pages[-1].cursor))

    def test_read_of_nobody_asks_nothing(self, remote: Source) -> None:
        connector = remote.connect()
        before = remote.calls()
        assert connector.read([], [remote.field("email")]) == {}
        assert connector.find([]) == {}
        assert remote.calls() == before

    @pytest.mark.parametrize("hostile", ["o'brien@x.example", 'a"b\\', "' OR Id != '", "x\n--", "", "%", "../1"])
    def test_hostile_texts_find_nobody(self, remote: Source, hostile: str) -> None:
        remote.add([_named(1), {"last_name": "No address"}])
        tokens = [Token(kind, hostile) for kind in ("email", "person", "task")]
        assert remote.connect().find(tokens) == dict.fromkeys(tokens, ())

    @pytest.mark.parametrize("hostile", ["https://evil.example/x", "../../Contact/003", "0", "' OR '", "a b", "%2e%2e"])
    def test_hostile_ids_are_nobody(self, remote: Source, hostile: str) -> None:
        assert remote.connect().read([Ref(remote.system, remote.kind, hostile)], [remote.field("email")]) == {}

    def test_calls_of_reading_are_counted_as_the_server_counts_them(self, remote: Source) -> None:
        refs = remote.add([_named(n) for n in range(3)])
        before = remote.calls()
        connector = remote.connect()
        walk(connector, remote.people)
        connector.read(refs, [])
        assert sum(connector.calls.values()) == remote.calls() - before


class ConnectorSuite(ReadingSuite):
    """Inherit it; bring a fixture `remote`."""

    # ------------------------------------------------------------ pull
    def test_a_first_pull_shows_everybody_with_the_mapped_fields(self, remote: Remote) -> None:
        refs = remote.add([_named(n) for n in range(2 * remote.page + 3)])
        found = people(remote.connect().pull(remote.people, None))
        assert set(found) >= set(refs)
        record = found[refs[0]]
        assert record.fields[remote.field("email")] == "p0@example.com"
        assert record.fields[remote.field("title")] is None
        assert record.state is State.LIVE

    def test_the_next_pull_shows_what_changed_since(self, remote: Remote) -> None:
        refs = remote.add([_named(n) for n in range(3)])
        connector = remote.connect()
        cursor = settled(remote, connector, remote.people)
        remote.edit(refs[1], title="Director")
        found = people(connector.pull(remote.people, cursor))
        assert list(found) == [refs[1]]
        assert found[refs[1]].fields[remote.field("title")] == "Director"

    def test_people_with_one_stamp_are_all_seen_also_when_they_change_during_the_walk(self, remote: Remote) -> None:
        refs = remote.add([_named(n) for n in range(2 * remote.page + 3)])
        connector = remote.connect()
        pages = connector.pull(remote.people, None)
        first = next(pages)
        remote.advance(5.0)
        for ref in refs[: remote.page // 2]:
            remote.edit(ref, title="Moved")
        rest = list(pages)
        seen = people([first, *rest])
        again = people(connector.pull(remote.people, rest[-1].cursor))
        assert set(seen) | set(again) >= set(refs)
        latest = {**seen, **again}
        assert all(latest[ref].fields[remote.field("title")] == "Moved" for ref in refs[: remote.page // 2])

    def test_deleted_people_are_reported(self, remote: Remote) -> None:
        (ref,) = remote.add([_named(1)])
        connector = remote.connect()
        cursor = settled(remote, connector, remote.gone)
        remote.delete(ref)
        found = people(connector.pull(remote.gone, cursor))
        assert found[ref].state in GONE

    def test_a_merged_person_leads_to_the_winner(self, remote: Remote) -> None:
        winner, loser = remote.add([_named(1), _named(2)])
        connector = remote.connect()
        cursors = {name: settled(remote, connector, name) for name in (remote.people, remote.gone)}
        remote.merge(winner, loser)
        found = {ref: r for name, cursor in cursors.items() for ref, r in people(connector.pull(name, cursor)).items()}
        told_by_winner = winner in found and loser in found[winner].aliases
        told_by_loser = loser in found and (found[loser].state, found[loser].successor) == (State.MERGED, winner)
        assert told_by_winner or told_by_loser

    def test_a_converted_lead_leads_to_its_contact(self, remote: Remote) -> None:
        if not remote.converts:
            pytest.skip("nobody is converted here")
        (lead,) = remote.add([_named(1)])
        connector = remote.connect()
        cursor = settled(remote, connector, remote.people)
        contact = remote.convert(lead)
        found = people(connector.pull(remote.people, cursor))
        assert (found[lead].state, found[lead].successor) == (State.CONVERTED, contact)
        assert found[contact].state is State.LIVE
        live = connector.read([lead], [])
        assert (live[lead].state, live[lead].successor) == (State.CONVERTED, contact)

    # ------------------------------------------------------------ read and find
    def test_read_shows_live_values(self, remote: Remote) -> None:
        (ref,) = remote.add([_named(1)])
        connector = remote.connect()
        remote.edit(ref, title="Director")
        wanted = [remote.field("title"), remote.field("company"), remote.field("email")]
        record = connector.read([ref, ref], wanted)[ref]
        assert set(record.fields) >= set(wanted)
        assert record.fields[remote.field("title")] == "Director"

    def test_what_is_gone_is_not_read_as_live(self, remote: Remote) -> None:
        kept, deleted, winner, loser = remote.add([_named(n) for n in range(4)])
        connector = remote.connect()
        remote.delete(deleted)
        remote.merge(winner, loser)
        found = connector.read([kept, deleted, loser], [remote.field("email")])
        assert found[kept].state is State.LIVE
        assert deleted not in found or found[deleted].state in GONE
        assert loser not in found or loser != found[loser].ref or found[loser].successor == winner

    def test_find_knows_people_by_address_without_case(self, remote: Remote) -> None:
        one, other = remote.add([_named(1), _named(2)])
        connector = remote.connect()
        asked = [Token("email", "P1@Example.com"), Token("email", "p2@example.com"), Token("email", "no@example.com")]
        assert connector.find(asked) == dict(zip(asked, [(one,), (other,), ()], strict=True))

    def test_N3_a_census_names_who_was_made_in_a_window_and_has_a_value(self, remote: Remote) -> None:
        remote.add([_named(0)])
        remote.advance(HOUR)
        since = remote.connect().now()
        wanted = remote.add([{**_named(n), "title": "Director"} for n in range(1, 2 * remote.page + 2)])
        remote.add([_named(900)])
        remote.advance(HOUR)
        until = remote.connect().now()
        late = remote.add([{**_named(901), "title": "Director"}])
        remote.advance(HOUR)
        email, title = remote.field("email"), remote.field("title")
        asked = Question(remote.kind, since, until, filled=(title,), fields=(email,))
        after = replace(asked, since=until, until=until + timedelta(hours=3))
        connector = remote.connect()
        found, others = connector.census([asked, after])
        assert {a.record.ref for a in found} == set(wanted)
        assert {a.record.ref for a in others} == set(late)
        assert {a.record.fields[email] for a in found} == {f"p{n}@example.com" for n in range(1, 2 * remote.page + 2)}
        assert all(since <= a.at < until for a in found)
        assert connector.census([]) == []

    # ------------------------------------------------------------ send: updates
    def test_an_update_is_seen_at_once(self, remote: Remote) -> None:
        refs = remote.add([_named(n) for n in range(3)])
        connector = remote.connect()
        before = remote.calls()
        receipts = connector.send([update(remote, ref, title=f"Title {n}") for n, ref in enumerate(refs)])
        assert remote.calls() - before == 1
        assert [r.outcome for r in receipts] == [Outcome.DONE] * 3
        assert [r.ref for r in receipts] == refs
        title = remote.field("title")
        assert [r.fields[title] for r in connector.read(refs, [title]).values()] == ["Title 0", "Title 1", "Title 2"]

    def test_one_refused_row_sinks_no_other(self, remote: Remote) -> None:
        refs = remote.add([_named(n) for n in range(5)])
        connector = remote.connect()
        actions = [update(remote, ref, title="Fine") for ref in refs]
        actions[3] = update(remote, refs[3], raw=remote.refused())
        receipts = connector.send(actions)
        assert [r.key for r in receipts] == [a.key for a in actions]
        assert [r.outcome for r in receipts] == [Outcome.DONE] * 3 + [Outcome.REJECTED] + [Outcome.DONE]
        problem = receipts[3].problem
        assert problem is not None
        assert problem.sentence
        assert problem.fix

    def test_an_update_of_what_is_gone_is_superseded(self, remote: Remote) -> None:
        kept, deleted = remote.add([_named(1), _named(2)])
        connector = remote.connect()
        remote.delete(deleted)
        receipts = connector.send([update(remote, kept, title="A"), update(remote, deleted, title="B")])
        assert [r.outcome for r in receipts] == [Outcome.DONE, Outcome.SUPERSEDED]

    def test_an_update_of_a_converted_lead_names_its_contact(self, remote: Remote) -> None:
        if not remote.converts:
            pytest.skip("nobody is converted here")
        (lead,) = remote.add([_named(1)])
        connector = remote.connect()
        contact = remote.convert(lead)
        (receipt,) = connector.send([update(remote, lead, title="Late")])
        assert receipt.outcome is Outcome.SUPERSEDED
        assert receipt.values == {"state": "converted", "successor": str(contact)}

    # ------------------------------------------------------------ send: creates
    def test_a_full_batch_of_people_is_one_call(self, remote: Remote) -> None:
        connector = _creator(remote)
        _, size = connector.batch(create(remote, 0))
        actions = [create(remote, n) for n in range(size)]
        before = remote.calls()
        receipts = connector.send(actions)
        assert remote.calls() - before == 1
        assert [r.outcome for r in receipts] == [Outcome.DONE] * size
        found = connector.find([Token("person", a.token) for a in actions])
        assert [found[Token("person", a.token)] for a in actions] == [(r.ref,) for r in receipts]

    def test_one_bad_lead_of_many_is_rejected_alone(self, remote: Remote) -> None:
        connector = _creator(remote)
        actions = [create(remote, n) for n in range(20)]
        actions[11] = create(remote, 11, raw=remote.refused())
        receipts = connector.send(actions)
        assert [n for n, r in enumerate(receipts) if r.outcome is Outcome.REJECTED] == [11]
        assert sum(r.outcome is Outcome.DONE for r in receipts) == 19

    def test_the_same_person_twice_is_one_record(self, remote: Remote) -> None:
        connector = _creator(remote)
        (first,) = connector.send([create(remote, 1)])
        (second,) = remote.connect().send([create(remote, 1)])
        assert (first.outcome, second.outcome) == (Outcome.DONE, Outcome.ALREADY)
        assert first.ref == second.ref
        assert remote.count_people("9001") == 1

    def test_equal_keys_in_one_batch_are_one_record(self, remote: Remote) -> None:
        connector = _creator(remote)
        receipts = connector.send([create(remote, 1), create(remote, 2), create(remote, 1)])
        assert sorted(r.outcome for r in receipts) == [Outcome.ALREADY, Outcome.DONE, Outcome.DONE]
        assert receipts[0].ref == receipts[2].ref
        assert remote.count_people("9001") == 1

    def test_a_lead_whose_answer_was_lost_is_found(self, remote: Remote) -> None:
        connector = _creator(remote)
        remote.lose_answer()
        with pytest.raises(Unclear):
            connector.send([create(remote, 1)])
        token = Token("person", "9001")
        (ref,) = remote.connect().find([token])[token]
        (receipt,) = remote.connect().send([create(remote, 1)])
        assert (receipt.outcome, receipt.ref) == (Outcome.ALREADY, ref)
        assert remote.count_people("9001") == 1

    # ------------------------------------------------------------ send: activities
    @pytest.mark.parametrize(("kind", "done"), [("task", False), ("note", True)])
    def test_an_activity_is_with_its_person(self, remote: Remote, kind: str, done: bool) -> None:
        (ref,) = remote.add([_named(1)])
        connector = remote.connect()
        action = activity(remote, kind, ref)
        (receipt,) = connector.send([action])
        assert receipt.outcome is Outcome.DONE
        assert receipt.ref is not None
        if connector.capabilities.linked:
            assert connector.send([link(action, receipt.ref)])[0].outcome is Outcome.DONE
        (found,) = remote.activities(action.key)
        assert found == {"about": ref, "done": done}

    def test_the_same_activity_twice_is_one(self, remote: Remote) -> None:
        (ref,) = remote.add([_named(1)])
        connector = remote.connect()
        assert "task" in connector.capabilities.keyed
        action = activity(remote, "task", ref)
        outcomes = [connector.send([action])[0].outcome for _ in range(2)]
        assert outcomes == [Outcome.DONE, Outcome.ALREADY]
        assert len(remote.activities(action.key)) == 1

    def test_an_activity_whose_answer_was_lost_is_found(self, remote: Remote) -> None:
        (ref,) = remote.add([_named(1)])
        connector = remote.connect()
        action = activity(remote, "task", ref)
        remote.lose_answer()
        with pytest.raises(Unclear):
            connector.send([action])
        token = Token("task", action.key)
        assert len(remote.connect().find([token])[token]) == 1
        assert remote.connect().send([action])[0].outcome is Outcome.ALREADY
        assert len(remote.activities(action.key)) == 1

    # ------------------------------------------------------------ send: whole batches
    def test_what_is_turned_away_did_not_happen(self, remote: Remote) -> None:
        (ref,) = remote.add([_named(1)])
        connector = remote.connect()
        remote.turn_away()
        with pytest.raises(Retryable):
            connector.send([update(remote, ref, title="Never")])
        remote.advance(HOUR)
        title = remote.field("title")
        assert connector.read([ref], [title])[ref].fields[title] is None

    def test_the_budget_is_exact_and_keeps_its_reserve_for_handoffs(self, remote: Remote) -> None:
        (ref,) = remote.add([_named(1)])
        connector = remote.connect()
        before = remote.calls()
        connector.limit(2, 1)
        connector.send([update(remote, ref, title="One")])
        with pytest.raises(Unavailable):
            connector.send([update(remote, ref, title="Two")])
        connector.send([update(remote, ref, handoff=1, title="Three")])
        with pytest.raises(Unavailable):
            connector.send([update(remote, ref, handoff=1, title="Four")])
        assert remote.calls() - before == 2
        connector.limit(None, 0)
        connector.send([update(remote, ref, title="Five")])

    def test_calls_are_counted_as_the_server_counts_them(self, remote: Remote) -> None:
        refs = remote.add([_named(n) for n in range(3)])
        before = remote.calls()
        connector = remote.connect()
        walk(connector, remote.people)
        connector.read(refs, [])
        connector.send([update(remote, refs[0], title="One")])
        assert sum(connector.calls.values()) == remote.calls() - before


# ---------------------------------------------------------------- words of the suite
def people(pages: Iterable[Page]) -> dict[Ref, Record]:
    return {record.ref: record for page in pages for record in page.people}


def found(pages: Iterable[Page]) -> dict[Ref, Record | Activity]:
    """All rows: people, or what they did."""
    return {row.ref: row for page in pages for row in (*page.people, *page.activities)}


def walk(connector: Connector, stream: str) -> Cursor:
    """Pull a stream to its end: the cursor at rest."""
    return list(connector.pull(stream, None))[-1].cursor


def settled(remote: Source, connector: Connector, stream: str) -> Cursor:
    """The cursor of a walk that what happened before is too old for: the overlap does not show it again."""
    remote.advance(HOUR)
    cursor = walk(connector, stream)
    remote.advance(HOUR)
    return cursor


def update(
    remote: Remote, ref: Ref, *, handoff: int = 0, raw: Mapping[str, Raw] | None = None, **canonical: Raw
) -> Action:
    fields = {**remote.remote_fields(canonical), **(raw or {})}
    effect = "person" if handoff else "field:test"
    return _action(f"update {ref}", effect, Verb.UPDATE, ref, fields, handoff=handoff)


def create(remote: Remote, n: int, *, raw: Mapping[str, Raw] | None = None) -> Action:
    fields = {**remote.remote_fields({**_named(n), "company": "Acme"}), **(raw or {})}
    target = Ref(remote.map.system, remote.kind, "")
    return _action(f"person {n}", "person", Verb.CREATE, target, fields, token=str(9000 + n), handoff=1)


def activity(remote: Remote, kind: str, about: Ref) -> Action:
    key = f"syncd_test_{kind}_{about.id}"[:32]
    fields: dict[str, Raw] = {
        "subject": "Follow up",
        "body": "Who, where, what, when, why, how",
        "at": "2026-11-20T09:30:00.000Z",
        "owner": remote.owner(),
        "person": about.id,
        "person_kind": about.kind,
    }
    if kind == "task":
        fields |= {"due": "2026-11-20T13:30:00Z", "priority": "high"}
    return _action(key, kind, Verb.CREATE, Ref(remote.map.system, kind, ""), fields, token=key, handoff=1)


def link(of: Action, made: Ref) -> Action:
    fields = {name: of.fields[name] for name in ("person", "person_kind")}
    return _action(f"link {of.key}", f"link:{of.effect}", Verb.LINK, of.target, {**fields, "from": made.id}, handoff=1)


def _action(
    key: str, effect: str, verb: Verb, target: Ref, fields: Mapping[str, Raw], *, token: str = "", handoff: int = 0
) -> Action:
    return Action(key, effect, verb, target, fields, "p1", "a test", token=token, handoff=handoff)


def _named(n: int) -> dict[str, Raw]:
    return {"first_name": f"First {n}", "last_name": f"Last {n}", "email": f"p{n}@example.com"}


def _creator(remote: Remote) -> Connector:
    if not remote.creates:
        pytest.skip("people are made elsewhere")
    connector = remote.connect()
    assert "person" in connector.capabilities.keyed
    return connector
