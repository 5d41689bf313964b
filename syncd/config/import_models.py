"""The shape of `import.toml`: how tables of past leads are read."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from syncd.config.policy_models import Moment
from syncd.config.scalars import OneOrMany, Text, Zone, wrong
from syncd.config.tables import Table

Texts = Annotated[list[str], OneOrMany]


def _one_character(value: object) -> object:
    if isinstance(value, str) and len(value) != 1:
        raise wrong("must be one character.", 'A tab is "\\t".')
    return value


class Sheet(Table):
    """A table: a CSV file, or some of its rows."""

    file: Text = Field(description="The file's name, without its folder")
    at: Text | None = Field(default=None, description="Column that says when")
    on: Moment | None = Field(default=None, description="The time of all rows, where no column says it")
    where: dict[Text, Texts] = Field(default={}, description="Only rows that have one of these values in the column")
    empty: Texts = Field(default=[], description="Texts that mean: no value")
    timezone: Zone = Field(default="UTC", description="Of times without one")
    format: Text | None = Field(default=None, description="Of times that are not ISO 8601", examples=["%d/%m/%Y %H:%M"])
    delimiter: Annotated[str, BeforeValidator(_one_character)] | None = Field(
        default=None, description="Found out unless said"
    )
    encoding: Text | None = Field(default=None, description="UTF-8 unless said", examples=["cp1252"])


class People(Sheet):
    id: Text = Field(description="Column with the id or e-mail address")
    fields: dict[Text, Text] = Field(default={}, description="Field of the marketing mapping → column")


class Activities(Sheet):
    person: Text = Field(description="Column with the id or e-mail address")
    kind: Text = Field(description="A kind of activity, or the column that says it")
    title: Text | None = Field(default=None, description="Column")
    url: Text | None = Field(default=None, description="Column")


class Outcomes(Sheet):
    person: Text = Field(description="Column with the id or e-mail address")
    outcome: Text = Field(description="What sales said, or the column that says it", examples=["won"])


class Import(Table):
    """import.toml"""

    people: list[People] = Field(min_length=1)
    activities: list[Activities] = Field(default=[])
    outcomes: list[Outcomes] = Field(default=[])
