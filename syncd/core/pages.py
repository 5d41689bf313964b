"""Where people open a record of marketing in their browser."""

from __future__ import annotations

from syncd.core.types import Ref


def page_of(ref: Ref, portal: str) -> str:
    """The page of a HubSpot contact; "" for other records, and when the id of the account is unknown."""
    if ref.system != "hubspot" or not portal:
        return ""
    return f"https://app.hubspot.com/contacts/{portal}/record/0-1/{ref.id}"
