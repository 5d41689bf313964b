"""Who wrote a field, from LeadHistory and from who modified a record last."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from connectors.base import Connector
from connectors.salesforce.client import Answer, Client, Sub
from connectors.transport import Purpose
from syncd.core.types import Ref
from tests.connectors.history_suite import HistoryRemote, HistorySuite, written
from tests.connectors.salesforce.org import Org


class OrgHistory(HistoryRemote):
    system, kind, field = "salesforce", "Lead", "Status"
    values = ("Open - Not Contacted", "Working - Contacted", "Closed - Not Converted")
    name = "Rep"

    def __init__(self) -> None:
        self.org = Org()
        self._others = 0

    def connect(self) -> Connector:
        return self.org.connect()

    def calls(self) -> int:
        return self.org.counted() - self._others

    def advance(self, seconds: float) -> None:
        self.org.clock.advance(seconds)

    def add(self, value: str) -> Ref:
        return Ref("salesforce", "Lead", self.org.lead(Status=value))

    def edit(self, ref: Ref, value: str) -> None:
        before = self.org.counted()
        self.org.api("PATCH", f"/sobjects/Lead/{ref.id}", {"Status": value})
        self._others += self.org.counted() - before


class TestSalesforceHistory(HistorySuite):
    @pytest.fixture
    def remote(self) -> HistoryRemote:
        return OrgHistory()


def test_N9_of_a_field_without_history_the_last_modifier_of_the_record_is_told() -> None:
    remote = OrgHistory()
    connector, ref = remote.connect(), remote.add("Open - Not Contacted")
    remote.advance(60)
    remote.org.api("PATCH", f"/sobjects/Lead/{ref.id}", {"Title": "Editor"})
    told = connector.history([ref], ["Title"])  # type: ignore[attr-defined]
    assert not told.versions
    (last,) = told.last
    assert (last.value, last.by.name, last.own) == ("Editor", "Rep", False)


def test_N9_an_owner_is_told_by_id() -> None:
    """Under the name "Owner" in LeadHistory."""
    remote = OrgHistory()
    connector, ref = remote.connect(), remote.add("Open - Not Contacted")
    remote.advance(60)
    remote.org.api("PATCH", f"/sobjects/Lead/{ref.id}", {"OwnerId": remote.org.me})
    (version,) = connector.history([ref], ["OwnerId"]).versions  # type: ignore[attr-defined]
    assert (version.field, version.value, version.by.name) == ("OwnerId", remote.org.me, "Rep")


def test_N9_an_org_that_shows_no_history_still_tells_the_last_modifier(monkeypatch: pytest.MonkeyPatch) -> None:
    remote = OrgHistory()
    connector, ref = remote.connect(), remote.add("Open - Not Contacted")
    remote.advance(60)
    written(connector, remote, ref, "Working - Contacted")
    whole = Client.composite

    def without_history(client: Client, subs: Sequence[Sub], purpose: Purpose) -> dict[str, Answer]:
        return whole(client, subs, purpose) | {"history": Answer(400, [{"errorCode": "INVALID_TYPE"}])}

    monkeypatch.setattr(Client, "composite", without_history)
    told = connector.history([ref], ["Status"])  # type: ignore[attr-defined]
    assert not told.versions
    assert [(v.own, v.by.name) for v in told.last] == [(True, "syncd")]
