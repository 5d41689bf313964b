"""What alerts call people."""

from __future__ import annotations

from collections.abc import Callable, Collection

from syncd.core.mapping import canonical
from syncd.core.rules import Rules
from syncd.core.types import Ref
from syncd.core.values import name_of
from syncd.ledger import people
from syncd.ledger.store import Store

Link = Callable[[Ref], str]
"""The page of a record, "" when it has none."""


def named(store: Store, rules: Rules, persons: Collection[int]) -> dict[int, str]:
    """Person → name, else e-mail address, with the company: "Ada Lovelace (Ada Works)"."""
    found = {}
    for person, dossier in people.dossiers(store, sorted(persons), rules.marketing).items():
        profile = canonical(dossier.marketing, rules.marketing_kind) if dossier.marketing else {}
        company = f" ({profile['company']})" if profile.get("company") else ""
        found[person] = f"{name_of(profile) or profile.get('email') or 'Lead'}{company}"
    return found
