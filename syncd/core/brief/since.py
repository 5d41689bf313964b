"""What changed since sales last had this lead (N10): what sales said, what the lead did, what is different now."""

from __future__ import annotations

from syncd.core.brief.case import Case
from syncd.core.brief.page import Block, Line
from syncd.core.facts import Handoff
from syncd.core.history import line as told
from syncd.core.text import minute, plural

_MOST = 5


def since(case: Case) -> Block:
    """Without lines when sales never had the lead, or has it still."""
    last = case.dossier.last_handoff
    if last is None or last.closed is None:
        return Block("", ())
    done = [a for a in case.activities if a.at > last.closed]
    reason = f" ({last.reason})" if last.reason else ""
    lines = [
        Line(
            "Handed over before",
            f"no. {last.number} to {last.owner}, closed {minute(last.closed)} UTC as {last.outcome}{reason}; "
            f"{plural(len(done), 'activity', 'activities')} since.",
        ),
        *_said(case, last),
        Line("Score", f"{last.score} then, {case.score.combined} now"),
        *(Line("Changed", str(change)) for change in case.changed if change.at > last.opened),
        *(Line("New", told(a), f"{minute(a.at)} UTC") for a in done[:_MOST]),
    ]
    if len(done) > _MOST:
        lines.append(Line("New", f"and {len(done) - _MOST} more"))
    return Block("Since you last had this lead", tuple(lines), f"handoff {last.number}")


def _said(case: Case, last: Handoff) -> list[Line]:
    """The newest note of sales from the time of that handoff; what syncd wrote itself is none."""
    marketing = case.rules.marketing
    notes = [
        a
        for a in case.dossier.activities
        if a.kind == "note"
        and a.at >= last.opened
        and not a.key
        and (case.rules.one_system or a.ref.system != marketing)
    ]
    if not notes:
        return []
    note = max(notes, key=lambda a: a.at)
    words = " ".join((note.body or note.title).split())
    return [Line("Sales said", f"“{words}”", f"note, {minute(note.at)} UTC")] if words else []
