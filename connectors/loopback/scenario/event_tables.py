"""The events of a scenario file and their keys; what they mean is in docs/sandbox.md."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from connectors.loopback.kit.setting_types import Text
from connectors.loopback.scenario.tables import Duration, System, Table, Values


class Event(Table):
    """``at``: once, so long after the start. ``every``: again and again, ``times`` at most,
    first at ``at`` or one period after the start."""

    do: str
    at: Duration | None = None
    every: Duration | None = None
    times: int | None = Field(default=None, ge=1)


class Choice(Table):
    """Which records: those of ``ids``, or ``take`` of those for which ``where`` holds."""

    system: System
    object: str
    where: Values = Field(default_factory=dict)
    take: int = Field(default=1, ge=1)
    ids: Annotated[list[Text], Field(min_length=1)] | None = None
    user: str | None = None


def _pairs(ids: list[str]) -> list[str]:
    if len(ids) % 2:
        raise ValueError(f"They are merged in pairs, and there are {len(ids)}.")
    return ids


class Edit(Event, Choice):
    do: Literal["edit"]
    fields: Values = Field(min_length=1)


class Create(Event):
    do: Literal["create"]
    system: System
    object: str
    fields: Values = Field(min_length=1)
    user: str | None = None


class Delete(Event, Choice):
    do: Literal["delete"]


class Merge(Event, Choice):
    """``take`` pairs; with ``same`` only records that share the value of that field."""

    do: Literal["merge"]
    same: str | None = None
    ids: Annotated[list[Text], Field(min_length=2), AfterValidator(_pairs)] | None = None


class Convert(Event, Choice):
    do: Literal["convert"]
    system: Literal["salesforce"] = "salesforce"
    object: Literal["Lead"] = "Lead"
    create_opportunity: bool = True
    amount: float | None = None
    status: str | None = None


class AddField(Event):
    do: Literal["add-field"]
    system: System
    object: str
    definition: Values


class RemoveField(Event):
    do: Literal["remove-field"]
    system: System
    object: str
    field: str


class SetOption(Event):
    """Open or close one value of a picklist or of an enumeration."""

    do: Literal["set-option"]
    system: System
    object: str
    field: str
    value: str
    active: bool


class Deactivate(Event):
    do: Literal["deactivate"]
    system: System
    owner: str
    active: bool = False


class ExpireSessions(Event):
    do: Literal["expire-sessions"]
    system: System
    users: list[str] | None = None
    permanent: bool = False


class Fault(Event):
    do: Literal["fault"]
    system: System
    rule: Values
    lasts: Duration | None = None


class ClearFaults(Event):
    do: Literal["clear-faults"]
    system: System


class Control(Event):
    """Any other control endpoint of a system: ``POST /_sandbox/<action>`` with ``body``."""

    do: Literal["control"]
    system: System
    action: str
    body: Values = Field(default_factory=dict)


EVENTS: dict[str, type[Event]] = {
    table.model_fields["do"].annotation.__args__[0]: table  # type: ignore[union-attr]
    for table in (
        Edit, Create, Delete, Merge, Convert, AddField, RemoveField, SetOption, Deactivate,
        ExpireSessions, Fault, ClearFaults, Control,
    )
}  # fmt: skip
