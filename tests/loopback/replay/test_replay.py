"""The emulators answer as the recorded services did; what differs is explained, and nothing else differs.

``-v`` shows every recorded answer at the end, ``python -m tests.loopback.replay`` shows it without the tests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.loopback.hubspot import HubSpotSettings
from connectors.loopback.salesforce import SalesforceSettings
from tests.loopback.replay import compare, inventory, switches, table, verdict
from tests.loopback.replay.compare import Difference
from tests.loopback.replay.hubspot import HubSpotReplay
from tests.loopback.replay.inventory import Recorded, Recordings
from tests.loopback.replay.run import Replay, Result
from tests.loopback.replay.salesforce import SalesforceReplay
from tests.loopback.replay.verdict import Verdict

SETTINGS: dict[str, tuple[type[Replay], type]] = {
    "hubspot": (HubSpotReplay, HubSpotSettings),
    "salesforce": (SalesforceReplay, SalesforceSettings),
}


@pytest.fixture(scope="module")
def recordings() -> Recordings:
    found = inventory.complete()
    if found is None:
        pytest.skip("the recorded bodies are not on this machine; the samples are replayed alone")
    return found


def test_every_recording_is_replayed_or_listed_and_every_difference_explained(
    recordings: Recordings, told: dict[str, Verdict]
) -> None:
    told[recordings.name] = table.tell(recordings)
    assert told[recordings.name].problems == []
    assert told[recordings.name].replayed > 250


def test_the_samples_are_replayed_where_the_recordings_are_not(told: dict[str, Verdict]) -> None:
    samples = inventory.samples()
    told[samples.name] = table.tell(samples)
    assert told[samples.name].problems == []
    assert told[samples.name].replayed >= 20


def ways() -> Iterator[tuple[str, str, Any]]:
    """(system, setting, its other value) of everything unconfirmed."""
    for system, (_, settings) in SETTINGS.items():
        for name, value in switches.other_ways(settings, verdict.explained().other_values[system]).items():
            yield system, name, value


@pytest.mark.parametrize("system", SETTINGS)
def test_every_unconfirmed_setting_has_another_way(system: str) -> None:
    """One whose other value does not follow from its type has it in ``explained.toml`` under ``switch``."""
    known = {name for of, name, _ in ways() if of == system}
    assert switches.unconfirmed(SETTINGS[system][1]) - known == set()


def turned(recordings: Recordings, system: str, name: str, value: Any, only: set[str] | None) -> list[str]:
    """The problems of a run with the setting turned; those of ``only`` some files."""
    results = SETTINGS[system][0](recordings, {name: value}).run(only)
    return verdict.judge_turned(results, f"{name}={value}", only)


CHANGING = [
    pytest.param(*way, id=f"{way[1]}={way[2]}")
    for way in ways()
    if any(e.switch == f"{way[1]}={way[2]}" for e in verdict.explained().differences)
]


@pytest.mark.parametrize(("system", "name", "value"), CHANGING)
def test_what_a_switch_changes_of_the_replay_is_explained(
    recordings: Recordings, system: str, name: str, value: Any
) -> None:
    files = {
        entry.partition("#")[0]
        for explanation in verdict.explained().differences
        if explanation.switch == f"{name}={value}"
        for entry in explanation.entries
    }
    assert turned(recordings, system, name, value, files) == []


@pytest.mark.long
@pytest.mark.parametrize(("system", "name", "value"), [pytest.param(*way, id=f"{way[1]}={way[2]}") for way in ways()])
def test_no_other_switch_changes_the_replay(recordings: Recordings, system: str, name: str, value: Any) -> None:
    assert turned(recordings, system, name, value, None) == []


# ---------------------------------------------------------------- the proof proves something
def differences(theirs: Any, ours: Any) -> list[str]:
    return [f"{d.path} {d.kind}" for d in compare.bodies(theirs, ours)]


@pytest.mark.parametrize(
    ("theirs", "ours", "found"),
    [
        ({"a": 1}, {"a": 2}, []),
        ({"a": 1}, {"a": "1"}, ["a type"]),
        ({"a": 1}, {"a": 1.0}, ["a type"]),
        ({"a": None}, {"a": 1}, ["a type"]),
        ({"a": 1}, {}, ["a missing"]),
        ({}, {"a": 1}, ["a extra"]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}, [" order"]),
        ({"a": [{"x": 1}, {"x": 2}]}, {"a": [{"x": 1}]}, []),
        ({"a": [{"x": 1}, {}]}, {"a": [{"x": 1}]}, ["a[].x sometimes"]),
        ({"a": [1]}, {"a": []}, ["a[] missing"]),
        ({"category": "CONFLICT"}, {"category": "CONFLICTS"}, ["category value"]),
        ({"fields": ["Name"]}, {"fields": ["Email"]}, ["fields value", "fields[] value"]),
        ({"correlationId": "x"}, {"correlationId": "y"}, []),
        ({"message": "<text not captured>"}, {"message": "y"}, []),
        ([{"errorCode": "A"}], {"errorCode": "A"}, [" type"]),
    ],
)
def test_a_difference_is_seen(theirs: Any, ours: Any, found: list[str]) -> None:
    assert differences(theirs, ours) == found


def judged(result: Result, *, whole: bool = False) -> list[str]:
    return verdict.judge(inventory.samples(), [result], whole=whole).problems


@pytest.mark.parametrize(
    ("result", "complaint"),
    [
        (Result("hubspot/x.json", "GET /x", 200, (Difference("status", "value", "200", "500"),)), "nothing says why"),
        (Result("hubspot/x.json", "GET /x", 404, covered=False), "not_covered does not list it"),
    ],
)
def test_an_unexplained_result_is_a_problem(result: Result, complaint: str) -> None:
    assert any(complaint in problem for problem in judged(result))


def test_a_file_in_no_list_and_an_explanation_without_a_difference_are_problems() -> None:
    problems = judged(Result("hubspot/x.json", "GET /x", 200), whole=True)
    assert any("neither replayed nor listed" in problem for problem in problems)
    assert any("does not differ any more" in problem for problem in problems)
    assert any("no recording is called so" in problem for problem in problems)


def test_headers_are_compared_by_presence_and_some_by_value() -> None:
    theirs = {"Content-Type": "application/json", "Date": "x", "X-A": "1"}
    ours = {"Content-Type": "text/html", "Retry-After": "1"}
    found = compare.headers(theirs, ours, ("X-A", "Retry-After", "Content-Type"), ("Content-Type",))
    assert {f"{d.path} {d.kind}" for d in found} == {
        "header X-A missing", "header Retry-After extra", "header Content-Type value",
    }  # fmt: skip


def test_a_wrong_status_is_a_difference() -> None:
    replay = HubSpotReplay(inventory.samples())
    replay.judge(Recorded("hubspot/x.json", {}, 200), replay.portal().get("/crm/v3/objects/contacts/1"))
    assert Difference("status", "value", "200", "404") in replay.results[0].differences
