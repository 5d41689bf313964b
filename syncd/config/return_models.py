"""The shape of the tables about the way back from sales. Defaults are those of the core."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from pydantic import Field

from syncd.config.scalars import Duration, Text
from syncd.config.tables import Table


class Recycle(Table):
    """How long a lead that came back stays with marketing."""

    timing: Duration = Field(default=timedelta(days=30), description="After sales recycled it, unless a rep named a date")
    unreachable: Duration = Field(default=timedelta(days=60), description="After nobody could be reached")
    lost: Duration = Field(default=timedelta(days=90), description="After a deal was lost")
    reasons: dict[Text, Duration] = Field(default={}, description="Reason as sales writes it → its own time")
    reopen: Duration = Field(
        default=timedelta(days=30), description="Until when the same handoff goes on when sales works the record again"
    )
    customers: Duration | None = Field(
        default=None, description="How long after a won deal fresh evidence makes a new handoff; default: never by itself"
    )


class Opportunities(Table):
    """How deals are found to be somebody's."""

    by_account: Annotated[
        Duration | None,
        Field(description="Also deals of the person's account made this long after the handoff; flagged as weaker"),
    ] = None
