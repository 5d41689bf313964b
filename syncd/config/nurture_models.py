"""The shape of `[feedback]` and `[nurture]`: what comes of sales' answers in marketing."""

from __future__ import annotations

from pydantic import Field

from syncd.config.scalars import Text
from syncd.config.tables import Table


class Feedback(Table):
    """What marketing learns of sales' answers"""

    reasons: dict[Text, Text] = Field(
        default={},
        description="What sales write as a reason: its code; all else is “other”",
        examples=[{"No budget": "budget", "Call me next year": "timing"}],
    )


class Nurture(Table):
    """Static lists of contacts in HubSpot, by id or name, from which your workflows start and stop"""

    list: Text | None = Field(default=None, description="Whom sales gave back: recycled, not reached, deal lost")
    pause: Text | None = Field(default=None, description="Who is with sales: marketing pauses")
