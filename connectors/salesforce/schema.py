"""Which fields we use: what the mapping wants, less what a check found missing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from syncd.core.account_map import AccountMap
from syncd.core.rules import KindMap, SystemMap

TASK = "Task"
TASK_KEY = "syncd_key__c"
TASK_MARK = "CallObject"
"""Tier S2: a standard text field of 255 that can be created and filtered. [reliability.md 3.2]"""

ALWAYS: Mapping[str, tuple[str, ...]] = {
    "Lead": (
        "Id",
        "Email",
        "OwnerId",
        "IsConverted",
        "ConvertedContactId",
        "ConvertedOpportunityId",
        "LastModifiedDate",
        "SystemModstamp",
    ),
    "Contact": ("Id", "Email", "OwnerId", "LastModifiedDate", "SystemModstamp"),
}

ACCOUNT = ("Id", "IsDeleted", "MasterRecordId", "LastModifiedDate", "SystemModstamp")

BOOKKEEPING = frozenset({"LastModifiedDate", "SystemModstamp", "IsDeleted", "MasterRecordId"})
"""Columns that are no fields of a person: SystemModstamp moves when a task is attached."""

_LONG = frozenset({"brief"})
"""Stamps that are written and never read back: a long text makes pages small. [salesforce.md 0.12]"""


OPTIONAL: tuple[tuple[str, str], ...] = (
    ("Task", "Type"),
    ("Task", "CompletedDateTime"),
    ("Opportunity", "CurrencyIsoCode"),
)
"""Read when `check` has seen them: not every org and API version has them."""

WHOLE = "*"
"""In place of a field: the object as a whole is not there for us."""


class Schema:
    """Before `learn` everything that the mapping names is believed to exist, and nothing that is optional."""

    def __init__(self, system_map: SystemMap) -> None:
        self.map = system_map
        self._missing: frozenset[tuple[str, str]] = frozenset()
        self._optional: frozenset[tuple[str, str]] = frozenset()

    def learn(self, missing: Iterable[tuple[str, str]], optional: Iterable[tuple[str, str]]) -> None:
        """What a check found: (object, field) pairs that are not there, and those of `OPTIONAL` that are."""
        self._missing, self._optional = frozenset(missing), frozenset(optional)

    def has(self, sobject: str, name: str) -> bool:
        pair = (sobject, name)
        return pair in self._optional if pair in OPTIONAL else pair not in self._missing

    def sees(self, sobject: str) -> bool:
        return (sobject, WHOLE) not in self._missing

    def columns(self, kind: str) -> tuple[str, ...]:
        """What a pull reads of a person: the mapping's incoming fields and what we always need."""
        wanted = dict.fromkeys((*ALWAYS[kind], *incoming(self.map.kinds[kind])))
        return tuple(name for name in wanted if self.has(kind, name))

    def account_columns(self, account: AccountMap) -> tuple[str, ...]:
        wanted = dict.fromkeys((*ACCOUNT, *account.fields))
        return tuple(name for name in wanted if self.has(account.kind, name))

    def task_key(self) -> str:
        """The field of a task that holds our key."""
        return TASK_KEY if self.has(TASK, TASK_KEY) else TASK_MARK

    def person_key(self, kind: str) -> str:
        """The external id of a kind, "" when it has none."""
        mapped = self.map.kinds.get(kind)
        return mapped.key if mapped and mapped.key and self.has(kind, mapped.key) else ""

    def sobject(self, kind: str) -> str:
        """The object of a target's kind: people are their own, each kind of activity is a Task."""
        return kind if kind in self.map.kinds else TASK


def incoming(kind: KindMap) -> list[str]:
    """The remote fields of a kind whose values mean something to us."""
    mapped = [*kind.fields.values(), *kind.feedback.values()]
    fields = [fm.remote for fm in mapped if fm.direction in ("in", "both")]
    fields += [kind.status, kind.reason, kind.not_before, kind.disposition, kind.stage, kind.key]
    fields += [remote for canonical, remote in kind.stamp.items() if canonical not in _LONG]
    return [name for name in fields if name]


def mentioned(kind: KindMap) -> set[str]:
    """Every remote field of a kind that the mapping names, in whatever direction."""
    fields = [fm.remote for fm in (*kind.fields.values(), *kind.feedback.values())]
    return {*fields, *incoming(kind), *kind.stamp.values(), *ALWAYS.get(kind.kind, ())}
