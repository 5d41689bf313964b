"""URL rules that only match."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from werkzeug.routing import Rule


class MatchOnlyRule(Rule):
    """A rule that cannot build URLs: no emulator calls ``url_for``, and the code that werkzeug
    compiles for it is most of the time an emulator takes to start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        return _never_built


def _never_built(*_: Any, **__: Any) -> tuple[str, str]:
    raise NotImplementedError
