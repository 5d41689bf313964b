"""The shape of `[product]`: where product events are."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from pydantic import Field

from syncd.config.scalars import Duration, Text, Zone
from syncd.config.tables import SecretField, Table


class ProductColumns(Table):
    """What the columns of the source are called."""

    event: Text = Field(default="event", description="What was done")
    at: Text = Field(default="at", description="When")
    email: str = Field(default="email", description='Of whom; "" where there is no such column')
    contact: Text | None = Field(default=None, description="Of whom, by the id of the contact in marketing")
    id: Text | None = Field(default=None, description="Of the event, unique; needed with a database")
    detail: Text | None = Field(default=None, description="More about it, told behind the name of the event")
    url: Text | None = Field(default=None, description="Where in the product")


class Product(Table):
    """Events of the product: exactly one of `files`, `sqlite`, `postgres`; the last two with `query`."""

    files: Text | None = Field(default=None, description="CSV files, relative to this file", examples=["product/*.csv"])
    sqlite: Text | None = Field(default=None, description="A SQLite file, relative to this file")
    postgres: SecretField | None = Field(default=None, description="Connection string: postgresql://…")
    query: Text | None = Field(default=None, description="A SELECT with a row for each event from :since on")
    delimiter: Literal[",", ";", "|", "\t"] = Field(default=",", description="Of the CSV files")
    times: Literal["iso", "seconds", "milliseconds"] = Field(
        default="iso", description="How a moment is written; seconds and milliseconds are those since 1970"
    )
    timezone: Zone = Field(default="UTC", description="Of moments that are written without one")
    overlap: Duration = Field(default=timedelta(minutes=10), description="How late a row may appear in the database")
    timeout: Duration = Field(default=timedelta(seconds=30), description="For one answer of the database")
    columns: ProductColumns = Field(default_factory=lambda: ProductColumns())
    events: dict[Text, Text] = Field(
        default={}, description="Name in the source → name here; where some stand here, all others are left out"
    )
