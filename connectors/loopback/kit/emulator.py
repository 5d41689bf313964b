"""What the kit and the sandbox need to know of an emulator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from connectors.loopback.kit.clock import Clock
from connectors.loopback.kit.faults import Faults
from connectors.loopback.kit.log import RequestLog


class Emulator(Protocol):
    """One emulated system; ``app`` is its gated WSGI application."""

    name: str
    app: Callable[..., Any]
    clock: Clock
    faults: Faults
    log: RequestLog
    settings: Any

    def snapshot(self) -> dict[str, Any]:
        """Everything in the store by kind, archived and deleted records too."""

    def close(self) -> None:
        """Give the store back."""
