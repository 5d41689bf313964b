"""Rules in which the title alone decides who is ready, so that a test makes ready people by one property."""

from __future__ import annotations

from typing import Any

import tomlkit

TITLE = "Buyer"

_RULES = f"""
[qualify]
threshold = 60
fit_share = 1.0
fit = [{{ name = "Buyer", field = "title", in = ["{TITLE}"], points = 100 }}]

[route]
mode = "round_robin"
owners = ["anna.koehler@syncd.example", "niamh.osullivan@syncd.example", "yui.tanaka@syncd.example"]
fallback = "anna.koehler@syncd.example"

[handoff]
"""


def only_buyers(config_text: str, *, crm: str | None = None, **handoff: str | int) -> str:
    """The configuration with these rules instead of its own; `handoff` are the settings of that section."""
    config: Any = tomlkit.parse(config_text)
    for name in ("qualify", "route", "handoff"):
        del config[name]
    if crm is not None:
        config["syncd"]["crm"] = crm
    return tomlkit.dumps(config) + _RULES + tomlkit.dumps(handoff)
