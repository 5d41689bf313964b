"""The outcome for a reader: one line of counts per run, and a line per recorded answer."""

from __future__ import annotations

from collections.abc import Iterator

from tests.loopback.replay import inventory, verdict
from tests.loopback.replay.hubspot import HubSpotReplay
from tests.loopback.replay.inventory import Recordings
from tests.loopback.replay.salesforce import SalesforceReplay
from tests.loopback.replay.verdict import Verdict

SYSTEMS = (HubSpotReplay, SalesforceReplay)


def tell(recordings: Recordings) -> Verdict:
    """Replay everything and judge it."""
    results = [result for system in SYSTEMS for result in system(recordings).run()]
    return verdict.judge(recordings, results, whole=recordings is inventory.complete())


def counts(name: str, told: Verdict) -> str:
    listed = ", ".join(f"{count} {why}" for why, count in sorted(told.listed.items()))
    return (
        f"{name}: {told.replayed} recorded answers replayed, {told.equal} as recorded, "
        f"{told.replayed - told.equal} with differences, {len(told.problems)} problems"
        + (f"; {listed}" if listed else "")
    )


def lines(told: Verdict) -> Iterator[str]:
    """By entry, what is wrong last."""
    yield from sorted(told.lines)
    yield from (f"PROBLEM {problem}" for problem in told.problems)
