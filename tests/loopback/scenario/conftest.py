"""Sandboxes made from scenario texts, with a still clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from scenario_systems import START, Stage, Systems

from connectors.loopback.sandbox import Options, Sandbox, SandboxError, prepare


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """``stage(text, contacts=0)`` puts a scenario on; its sandbox is closed with the test."""
    with ExitStack() as stack:

        def put_on(text: str, **options: Any) -> Sandbox:
            path = tmp_path / "scene.toml"
            path.write_text(text, encoding="utf-8")
            chosen = {"contacts": 0, "days": 30, "seed": 4, "ticking": False, "now": START} | options
            return stack.enter_context(prepare(Options(scenario=path, **chosen)))

        yield put_on


@pytest.fixture
def problems(stage: Stage) -> Callable[[str], list[str]]:
    """Everything that is wrong with a scenario's text."""

    def of(text: str) -> list[str]:
        with pytest.raises(SandboxError) as caught:
            stage(text)
        return caught.value.problems

    return of


@pytest.fixture
def systems() -> Iterator[Callable[[Sandbox], Systems]]:
    with ExitStack() as stack:

        def of(sandbox: Sandbox) -> Systems:
            both = Systems(sandbox)
            stack.callback(both.session.close)
            return both

        yield of
