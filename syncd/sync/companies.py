"""Which company a decision is about."""

from __future__ import annotations

from syncd.core.accounts import account_named
from syncd.core.decide import Decision
from syncd.core.rules import Rules
from syncd.core.standing import domain_of
from syncd.ledger.accounts import Asked


def company_asked(decision: Decision, rules: Rules) -> Asked:
    return Asked(domain_of(decision.profile), account_named(decision, rules))
