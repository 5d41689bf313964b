"""Scenarios: a sandbox set up like somebody's own systems, and what happens there over time.

A scenario is one TOML file (docs/sandbox.md). :func:`read` checks its form, a
:class:`Production` sets both emulators up by it, which tells whether all that it names exists,
and then lets its events happen on the sandbox's clock.
"""

from connectors.loopback.scenario.problems import ScenarioError
from connectors.loopback.scenario.read import Scenario, read

__all__ = ["Scenario", "ScenarioError", "read"]
