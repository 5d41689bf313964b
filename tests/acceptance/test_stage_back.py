"""C5, B5: a stage that goes back in HubSpot, over the emulator that swallows a direct step back, and the one that takes it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from connectors.hubspot import HubSpotConnector
from syncd.core.types import Action, Outcome, Receipt
from syncd.ledger import journal
from tests.acceptance.town import Town

STATUS = {"Recycled": ("recycled", "lead"), "Could Not Reach": ("unreachable", "lead"),
          "Closed - Not Converted": ("trash", "other")}  # fmt: skip


class Crash(BaseException):
    """The process dies here."""


@pytest.fixture(params=["forward", "any"])
def town(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Town]:
    """One buyer whose lead is with sales; `forward` swallows a step back, as HubSpot does."""
    place = Town(tmp_path)
    place.sandbox.hubspot.settings.lifecycle = request.param
    place.contacts(1, title="Buyer")
    place.rest()
    yield place
    place.close()


def demoting(place: Town, *, on: bool = True) -> None:
    hubspot = place.rules.maps["hubspot"]
    kind = replace(place.rules.marketing_kind, demote=on)
    place.rules = replace(place.rules, maps={**place.rules.maps, "hubspot": replace(hubspot, kinds={kind.kind: kind})})


def gives_back(place: Town, status: str = "Recycled") -> None:
    (lead,) = place.rows("Lead")
    place.clock.advance(3600)
    place.answer([lead["Id"]], Status=status)


def lifecycle(place: Town) -> str:
    (contact,) = place.sandbox.hubspot.snapshot()["contacts"]
    return str(contact["properties"].get("lifecyclestage") or "")


@dataclass
class Watch:
    """Sees every call that writes the stage back, and lets the process die at one of them."""

    seen: list[list[str | None]]
    dies: int = -1
    applied: bool = True

    def __call__(self, send: Callable[..., Any]) -> Callable[..., Any]:
        def watched(connector: HubSpotConnector, actions: Sequence[Action]) -> Sequence[Receipt]:
            values = [a.fields["lifecyclestage"] for a in actions if "lifecyclestage" in a.fields and a.swallowed]
            if not values:
                return list(send(connector, actions))
            last = len(self.seen) == self.dies
            self.seen.append([None if value is None else str(value) for value in values])
            if last and not self.applied:
                raise Crash
            receipts = list(send(connector, actions))
            if last:
                raise Crash
            return receipts

        return watched


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    found = Watch([])
    monkeypatch.setattr(HubSpotConnector, "send", found(HubSpotConnector.send))
    return found


def problems(place: Town) -> list[str]:
    return [p["kind"] for p in journal.problems(place.ledger)]


@pytest.mark.parametrize("status", STATUS)
def test_C5_B5_the_stage_goes_back_by_two_single_calls(town: Town, watch: Watch, status: str) -> None:
    demoting(town)
    assert lifecycle(town) == "marketingqualifiedlead"
    gives_back(town, status)
    town.rest()
    stage, value = STATUS[status]
    assert town.ledger.value("SELECT stage FROM person") == stage
    assert lifecycle(town) == value
    assert watch.seen == [[None], [value]]
    assert problems(town) == []
    town.rest()
    assert len(watch.seen) == 2


@pytest.mark.parametrize("town", ["forward"], indirect=True)
def test_C5_off_unless_the_mapping_says_so(town: Town, watch: Watch) -> None:
    gives_back(town)
    town.rest()
    assert (lifecycle(town), watch.seen) == ("marketingqualifiedlead", [])


@pytest.mark.parametrize("town", ["forward"], indirect=True)
@pytest.mark.parametrize("applied", [False, True])
@pytest.mark.parametrize("dies", [0, 1])
def test_B5_a_process_that_dies_at_any_step_goes_on_where_it_stopped(
    town: Town, watch: Watch, dies: int, applied: bool
) -> None:
    demoting(town)
    gives_back(town)
    watch.dies, watch.applied = dies, applied
    with pytest.raises(Crash):
        town.rest()
    watch.dies = -1
    town.rest()
    assert lifecycle(town) == "lead"
    landed = [call for n, call in enumerate(watch.seen) if applied or n != dies]
    assert landed == [[None], ["lead"]]
    assert problems(town) == []


@pytest.mark.parametrize("town", ["forward"], indirect=True)
def test_C6_whoever_moves_it_forward_again_is_told_of_once_and_not_fought(town: Town, watch: Watch) -> None:
    demoting(town)
    gives_back(town)
    town.rest()
    (contact,) = town.sandbox.hubspot.snapshot()["contacts"]
    for _ in range(3):
        town.write([str(contact["id"])], lifecyclestage="salesqualifiedlead")
        town.rest()
    assert lifecycle(town) == "salesqualifiedlead"
    assert len(watch.seen) == 2
    assert problems(town) == ["overwritten"]
    assert town.ledger.value("SELECT stage FROM person") == "recycled"


@pytest.mark.parametrize("town", ["forward"], indirect=True)
def test_C5_a_write_that_is_swallowed_is_no_receipt(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the answer says, the live record decides."""
    demoting(town)
    gives_back(town)
    real = HubSpotConnector.send

    def lies(connector: HubSpotConnector, actions: Sequence[Action]) -> Sequence[Receipt]:
        if any(a.swallowed and a.fields["lifecyclestage"] for a in actions):
            return [Receipt(a.key, Outcome.DONE, a.target, dict(a.fields)) for a in actions]
        return real(connector, actions)

    monkeypatch.setattr(HubSpotConnector, "send", lies)
    town.rest()
    assert "stage_refused" in problems(town)
    monkeypatch.setattr(HubSpotConnector, "send", real)
    town.write([str(town.sandbox.hubspot.snapshot()["contacts"][0]["id"])], company="Other")
    town.rest()
    assert lifecycle(town) == "lead"
