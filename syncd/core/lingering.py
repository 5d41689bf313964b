"""What a CRM record still says of an earlier handoff: no answer to the next one (S1.22, S0.26).

A status, or a disposition, answers the handoff during which somebody wrote it. Where the record had an earlier handoff, what
nobody wrote since the new one was opened is left over from that.
"""

from __future__ import annotations

from syncd.core.facts import Dossier, Handoff
from syncd.core.rules import KindMap
from syncd.core.types import Record, Ref


def given_back(d: Dossier, target: Ref | None) -> bool:
    """Whether sales had this very record before and gave it back."""
    return target is not None and any(h.state == "closed" and h.target == target for h in d.handoffs)


def left_over(d: Dossier, handoff: Handoff, record: Record, kind: KindMap) -> frozenset[str]:
    """The remote fields of `record` whose values are no answer to this handoff, for they are older."""
    if not any(h.number < handoff.number and h.state == "closed" and h.target == record.ref for h in d.handoffs):
        return frozenset()
    written, since = d.written.get(record.ref, {}), handoff.opened.replace(microsecond=0)
    said = (kind.status, kind.disposition, kind.reason, kind.not_before)
    return frozenset(name for name in said if name and (name not in written or written[name] < since))
