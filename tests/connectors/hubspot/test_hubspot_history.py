"""Who wrote a property, from the history of a loopback portal."""

from __future__ import annotations

import pytest

from connectors.base import Connector
from connectors.loopback.hubspot import TokenGrant
from syncd.core.types import Ref
from syncd.core.writers import Writer
from tests.connectors.history_suite import HistoryRemote, HistorySuite, written
from tests.connectors.hubspot.portal import TOKEN, Portal

FORMATTER = "pat-na1-formatter"


class PortalHistory(HistoryRemote):
    system, kind, field = "hubspot", "contacts", "jobtitle"
    values = ("Reader", "Writer", "Editor")
    name = "Title formatter"

    def __init__(self, **settings: object) -> None:
        other = TokenGrant(app_id=99000001, app_name=self.name)
        self.portal = Portal(tokens={TOKEN: TokenGrant(app_name="syncd"), FORMATTER: other}, **settings)  # type: ignore[arg-type]

    def connect(self) -> Connector:
        connector = self.portal.connect()
        connector.check([])
        return connector

    def calls(self) -> int:
        return self.portal.calls()

    def advance(self, seconds: float) -> None:
        self.portal.clock.advance(seconds)

    def add(self, value: str) -> Ref:
        (ref,) = self.portal.contacts([{"jobtitle": value}])
        return ref

    def edit(self, ref: Ref, value: str) -> None:
        self.portal.hands.headers["Authorization"] = f"Bearer {FORMATTER}"
        self.portal.edit(ref, jobtitle=value)


class TestHubSpotHistory(HistorySuite):
    @pytest.fixture
    def remote(self) -> HistoryRemote:
        return PortalHistory()


def test_N9_a_user_at_the_screen_has_a_name() -> None:
    """HubSpot's history knows user ids only; the owners say who that is."""
    remote = PortalHistory()
    remote.portal.emulator.add_owner(
        {"email": "eve@example.com", "firstName": "Eve", "lastName": "Adams", "userId": 77}
    )
    screen = TokenGrant(app_id=1, user_id=77, at_screen=True)
    remote.portal.emulator.settings.tokens[FORMATTER] = screen
    ref, connector = remote.add("Reader"), remote.connect()
    remote.edit(ref, "Editor")
    (theirs,) = [v for v in connector.history([ref], ["jobtitle"]).versions if v.value == "Editor"]  # type: ignore[attr-defined]
    assert theirs.by == Writer("user", "Eve Adams", "77")
    assert str(theirs.by) == "user “Eve Adams” (77)"


def test_N9_a_token_that_cannot_be_asked_which_app_it_is_leaves_it_open() -> None:
    """A service key has no access-token-info: what an integration wrote may be ours, and receipts decide."""
    remote = PortalHistory()
    ref, connector = remote.add("Reader"), remote.portal.connect()
    written(connector, remote, ref, "Writer")
    remote.edit(ref, "Editor")
    own = {v.value: v.own for v in connector.history([ref], ["jobtitle"]).versions}
    assert own["Writer"] is None
    assert own["Editor"] is None
