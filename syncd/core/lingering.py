"""What a CRM record still says of an earlier handoff: no answer to the next one (S1.22, S0.26).

A status, or a disposition, answers the handoff during which somebody wrote it. Where the record had an earlier handoff, what
nobody wrote since the new one was opened is left over from that.
"""

from __future__ import annotations

from syncd.core.facts import Dossier, Handoff
from syncd.core.feedback import NEW
from syncd.core.rules import KindMap, Status
from syncd.core.types import Record


def left_over(d: Dossier, handoff: Handoff, record: Record, kind: KindMap) -> frozenset[str]:
    """The remote fields of `record` whose values are no answer to this handoff, for they are older."""
    if not any(h.number < handoff.number and h.state == "closed" and h.target == record.ref for h in d.handoffs):
        return frozenset()
    written, since = d.written.get(record.ref, {}), handoff.opened.replace(microsecond=0)
    said = (kind.status, kind.disposition, kind.reason, kind.not_before)
    return frozenset(name for name in said if name and (name not in written or written[name] < since))


def starts_anew(d: Dossier, kind: KindMap, target: Record | None) -> bool:
    """Whether a handoff sets the record's status to the new one: where it has none, or one that ended an earlier handoff, or
    one that stood there when sales gave the lead back."""
    if not kind.status or not kind.new_status:
        return False
    status = target.fields.get(kind.status) if target else None
    meaning = kind.statuses.get(str(status)) if status else None
    return not status or (meaning is not None and meaning.disposition != "") or _given_back(d, target)


def status_after(d: Dossier, kind: KindMap, target: Record | None) -> Status:
    """What the record's status says of a handoff once that is written: one that sales works already keeps it."""
    value = kind.new_status if target is None or starts_anew(d, kind, target) else target.fields.get(kind.status)
    status = kind.statuses.get(str(value), Status(NEW))
    return Status(status.work) if _given_back(d, target) else status


def _given_back(d: Dossier, target: Record | None) -> bool:
    """Whether sales had this very record before and gave it back."""
    return target is not None and any(h.state == "closed" and h.target == target.ref for h in d.handoffs)
