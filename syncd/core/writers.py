"""Who writes a field: the versions of its history, by writer, our own told apart (N9).

A version is ours when the system does not name somebody else for it **and** a receipt of ours wrote that value; each receipt
explains one version. What our login wrote and no receipt explains is somebody who shares the login, or another ledger.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from syncd.core.equal import same
from syncd.core.rules import KindMap, Rules
from syncd.core.types import Raw, Ref

SYNCD = "syncd"


class Writer(NamedTuple):
    """Who, as the system says it. `kind`: integration, workflow, user, import, form, … in words; `name` and `id` may be ""."""

    kind: str
    name: str = ""
    id: str = ""

    def __str__(self) -> str:
        told = f"{self.kind} “{self.name}”" if self.name else self.kind
        return f"{told} ({self.id})" if self.id and self.id != self.name else told


@dataclass(frozen=True, slots=True)
class Version:
    """One value of a remote field. `own`: written with our login (None: this system cannot tell)."""

    ref: Ref
    field: str
    value: Raw
    at: datetime
    by: Writer
    own: bool | None = None


@dataclass(frozen=True, slots=True)
class History:
    """`versions` of the fields that were asked for, and where a system keeps none, who wrote the record `last`."""

    versions: Sequence[Version] = ()
    last: Sequence[Version] = ()


@dataclass(frozen=True, slots=True)
class OwnWrite:
    """A receipt of ours: this value was written to this field."""

    ref: Ref
    field: str
    value: Raw
    at: datetime


@dataclass(slots=True)
class Tally:
    """What one writer wrote into one remote field. `ours`: receipts explain it."""

    by: Writer
    ours: bool
    count: int = 0
    records: set[Ref] = field(default_factory=set)
    last: datetime | None = None
    value: Raw = None

    def add(self, version: Version) -> None:
        self.count += 1
        self.records.add(version.ref)
        if self.last is None or version.at >= self.last:
            self.last, self.value = version.at, version.value


def tally(versions: Iterable[Version], ours: Iterable[OwnWrite]) -> list[Tally]:
    """One row a writer, the busiest first."""
    rows: dict[tuple[Writer, bool], Tally] = {}
    for version, mine in attributed(versions, ours):
        by = Writer(SYNCD) if mine else version.by
        if not mine and version.own:
            by = Writer(f"{by.kind} with syncd’s own login", by.name, by.id)
        rows.setdefault((by, mine), Tally(by, mine)).add(version)
    return sorted(rows.values(), key=lambda row: (-row.count, row.by))


def attributed(versions: Iterable[Version], ours: Iterable[OwnWrite]) -> list[tuple[Version, bool]]:
    """Each version, oldest first, and whether it is ours."""
    left: dict[tuple[Ref, str], list[OwnWrite]] = {}
    for write in sorted(ours, key=lambda write: write.at):
        left.setdefault((write.ref, write.field), []).append(write)
    found = []
    for version in sorted(versions, key=lambda version: version.at):
        receipts = left.get((version.ref, version.field), [])
        receipt = None
        if version.own is not False:
            receipt = next((write for write in receipts if same(version.value, write.value)), None)
        if receipt is not None:
            receipts.remove(receipt)
        found.append((version, receipt is not None))
    return found


def others(versions: Iterable[Version], ours: Iterable[OwnWrite]) -> list[Writer]:
    """Who else wrote, the latest first, each once."""
    theirs = [version.by for version, mine in attributed(versions, ours) if not mine]
    return list(dict.fromkeys(reversed(theirs)))


# ---------------------------------------------------------------- which remote field
Places = Mapping[tuple[str, str], str]
"""(system, kind) → remote field."""


def places(rules: Rules, name: str) -> Places:
    """Where a field of ours, or a remote one by its own name, stands; empty when no mapping mentions it."""
    found = {}
    for system, mapped in rules.maps.items():
        for kind in mapped.kinds.values():
            pairs = named(kind)
            remote = next((there for ours, there in pairs if ours == name), None)
            if remote or any(there == name for _, there in pairs):
                found[system, kind.kind] = remote or name
    return found


def named(kind: KindMap) -> list[tuple[str, str]]:
    """(our name, remote field) of all that the mapping of a kind mentions. A name may stand for several fields: that of the
    person comes first, before what is written back or with a handoff."""
    found = [(name, fm.remote) for name, fm in kind.fields.items()]
    found += [
        ("stage", kind.stage), ("work_status", kind.status), ("reason", kind.reason), ("not_before", kind.not_before),
        ("disposition", kind.disposition),
    ]  # fmt: skip
    found += kind.stamp.items()
    found += [(name, fm.remote) for name, fm in kind.feedback.items()]
    return [(name, remote) for name, remote in found if remote]
