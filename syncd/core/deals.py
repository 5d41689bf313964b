"""Whose deal it is, and how surely: by contact role, by conversion, or by its account and its date alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from syncd.core.facts import Dossier
from syncd.core.types import BY_ACCOUNT

LINKS = {
    "contact_role": "contact role",
    "converted": "their lead was converted into it",
    "deal": "associated with the contact",
    BY_ACCOUNT: "only by the account and the date",
}
"""How a deal is tied to a person, in words; the surest first."""


def with_its_deals(d: Dossier, window: timedelta | None) -> Dossier:
    """The person with the deals that are theirs: of those that only the account ties to them the ones that were made within
    the window after their last handoff was opened."""
    if not any(deal.link == BY_ACCOUNT for deal in d.opportunities):
        return d
    last = d.last_handoff
    theirs = [
        deal
        for deal in d.opportunities
        if deal.link != BY_ACCOUNT
        or (
            window is not None
            and last is not None
            and deal.created is not None
            and last.opened.replace(microsecond=0) <= deal.created <= last.opened + window
        )
    ]
    return replace(d, opportunities=tuple(theirs))
