"""What every connector promises about the history of fields (`connectors.base.Historian`): inherit `HistorySuite` and bring a
fixture `remote`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from connectors.base import Connector, Historian
from syncd.core.types import Action, Outcome, Ref, Verb


class HistoryRemote(ABC):
    """`field` is one whose history the system keeps; `values` are three that it takes.

    name   what the system calls who acts in `edit`
    """

    system: str
    kind: str
    field: str
    values: tuple[str, str, str]
    name: str

    @abstractmethod
    def connect(self) -> Connector:
        """A connector that has checked the account."""

    @abstractmethod
    def calls(self) -> int: ...

    @abstractmethod
    def advance(self, seconds: float) -> None: ...

    @abstractmethod
    def add(self, value: str) -> Ref: ...

    @abstractmethod
    def edit(self, ref: Ref, value: str) -> None:
        """Somebody else sets the field."""


def written(connector: Connector, remote: HistoryRemote, ref: Ref, value: str) -> None:
    """syncd sets the field."""
    action = Action("k", "field:x", Verb.UPDATE, ref, {remote.field: value}, "1", "test")
    (receipt,) = connector.send([action])
    assert receipt.outcome is Outcome.DONE


class HistorySuite:
    def test_N9_each_change_comes_with_its_time_and_who_made_it(self, remote: HistoryRemote) -> None:
        first, second, third = remote.values
        connector, ref = remote.connect(), remote.add(first)
        assert isinstance(connector, Historian)
        remote.advance(60)
        written(connector, remote, ref, second)
        remote.advance(60)
        remote.edit(ref, third)
        ours, theirs = sorted(connector.history([ref], [remote.field]).versions, key=lambda v: v.at)[-2:]
        assert (ours.ref, ours.field, ours.value, ours.own) == (ref, remote.field, second, True)
        assert (theirs.ref, theirs.value, theirs.own, theirs.by.name) == (ref, third, False, remote.name)
        assert (theirs.at - ours.at).total_seconds() == 60

    def test_N9_many_records_cost_few_calls(self, remote: HistoryRemote) -> None:
        connector = remote.connect()
        refs = [remote.add(remote.values[0]) for _ in range(40)]
        for ref in refs:
            remote.edit(ref, remote.values[1])
        before = remote.calls()
        found = connector.history(refs, [remote.field])  # type: ignore[attr-defined]
        assert {v.ref for v in found.versions} == set(refs)
        assert remote.calls() - before <= 3  # the records, and the names of users

    def test_N9_records_that_are_no_records_are_left_out(self, remote: HistoryRemote) -> None:
        connector = remote.connect()
        asked = [Ref(remote.system, remote.kind, "no id at all"), Ref(remote.system, "Elephant", "1")]
        assert not connector.history(asked, [remote.field]).versions  # type: ignore[attr-defined]
