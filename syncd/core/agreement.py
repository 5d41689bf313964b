"""Whether the rules in force are those that marketing and sales signed (S0.9)."""

from __future__ import annotations

from syncd.core.rules import Rules
from syncd.core.text import listing
from syncd.core.types import Problem


def unsigned(rules: Rules) -> Problem | None:
    """What to tell when the rules were changed after they were signed; None when they are as signed, or nobody noted the
    version that was."""
    gate = rules.gate
    if gate.agreed_version in ("", rules.agreement):
        return None
    by = f" by {listing(gate.agreed_by)}" if gate.agreed_by else ""
    on = f" on {gate.agreed_on}" if gate.agreed_on else ""
    return Problem(
        "unsigned",
        "qualify",
        f"The rules for a lead being ready are unsigned: version {gate.agreed_version} was signed{by}{on}, this is "
        f"{rules.agreement}.",
        f'Once both teams agree, write in [qualify]: agreed_version = "{rules.agreement}", with agreed_by and agreed_on.',
    )
