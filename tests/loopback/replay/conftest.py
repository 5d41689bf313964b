"""The table of the replay at the end of the test output."""

from __future__ import annotations

import pytest

from tests.loopback.replay import table
from tests.loopback.replay.verdict import Verdict

TOLD = pytest.StashKey[dict[str, Verdict]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash.setdefault(TOLD, {})


@pytest.fixture(scope="session")
def told(request: pytest.FixtureRequest) -> dict[str, Verdict]:
    """Where the tests leave what is shown."""
    return request.config.stash.setdefault(TOLD, {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for name, verdict in config.stash.get(TOLD, {}).items():
        terminalreporter.section(f"replay of the {name}")
        shown = table.lines(verdict) if config.get_verbosity() > 0 else (f"PROBLEM {p}" for p in verdict.problems)
        for line in (*shown, table.counts(name, verdict)):
            terminalreporter.write_line(line)
