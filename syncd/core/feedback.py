"""What sales says of a handoff, read from the CRM, and what marketing learns of it (S1.20, S1.22, S1.24).

Reading, in this order:

    disposition  the rep's own field, else what the status amounts to, else "qualified" by an opportunity
    stage        customer, opportunity, lost by the opportunity; sql by conversion; else what the status amounts to
    work         what the status says; where the kind has no status: in_progress after a touch, new before

A status or disposition that the mapping does not list is a Problem and never a guess.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from syncd.core.facts import Directory, Handoff
from syncd.core.mapping import from_raw, same_value, to_raw
from syncd.core.reasons import code_of
from syncd.core.rules import FieldMap, KindMap, Status
from syncd.core.text import listing
from syncd.core.types import Activity, Opportunity, Problem, Raw, Record, State, Value

NEW, IN_PROGRESS = "new", "in_progress"
ACCEPTED_STAGES = frozenset({"sal", "sql", "opportunity", "customer", "lost"})

_BY_STATUS = {"won": "customer", "open": "opportunity", "lost": "lost"}
"""Status of an opportunity → stage, best first."""

NO_CODES: Mapping[str, str] = {}

_NOT_BEFORE = FieldMap("not_before", "", type="date")


@dataclass(frozen=True, slots=True)
class SalesView:
    """Sales' side of one handoff in our words. `accepted`: somebody in sales took it up, by status or by a touch.

    at        when the record last moved, which is the latest that its status can have changed
    touched   the first touch of sales; `touches` are all, oldest first
    """

    work: str = ""
    disposition: str = ""
    reason: str = ""
    not_before: date | None = None
    owner_id: str = ""
    owner_email: str = ""
    owner_name: str = ""
    stage: str = ""
    opportunity: Opportunity | None = None
    accepted: bool = False
    problem: Problem | None = None
    at: datetime | None = None
    touched: datetime | None = None
    touches: tuple[datetime, ...] = ()


# ---------------------------------------------------------------- reading
def sales_view(
    record: Record,
    kind: KindMap,
    opportunities: Sequence[Opportunity],
    activities: Sequence[Activity],
    directory: Directory,
    *,
    since: datetime | None = None,
    left_over: Collection[str] = (),
) -> SalesView:
    """How the CRM record of a handoff stands. Only touches and opportunities that moved from `since` on count. Remote fields
    that are `left_over` from an earlier handoff say nothing of this one; of a status the rep's work is still so."""
    status, status_problem = _status(record, kind)
    if kind.status in left_over:
        status = Status(status.work)
    said, said_problem = ("", None) if kind.disposition in left_over else _disposition(record, kind)
    deal = _best(o for o in opportunities if not o.deleted and (since is None or o.modified >= since))
    touches = sorted(a.at for a in activities if is_touch(a) and (since is None or a.at >= since))
    touched = min(touches, default=None)
    stage = _stage(record, status, deal)
    disposition = said or status.disposition or ("qualified" if deal else "")
    owner_id = _field(record, kind.fields["owner"].remote) if "owner" in kind.fields else ""
    owner = directory.crm_by_id(owner_id) if owner_id else None
    return SalesView(
        work=status.work if kind.status else (IN_PROGRESS if touched else NEW),
        disposition=disposition,
        reason="" if kind.reason in left_over else _field(record, kind.reason),
        not_before=None if kind.not_before in left_over else _date(record, kind.not_before),
        owner_id=owner_id,
        owner_email=owner.email if owner else "",
        owner_name=owner.name if owner else "",
        stage=stage,
        opportunity=deal,
        accepted=touched is not None or stage in ACCEPTED_STAGES or disposition == "qualified",
        problem=status_problem or said_problem,
        at=record.modified,
        touched=touched,
        touches=tuple(touches),
    )


def is_touch(activity: Activity) -> bool:
    """Whether sales was in contact: a call or meeting took place, or our side wrote; what syncd wrote is none."""
    if activity.key or not activity.done:
        return False
    return activity.kind in ("call", "meeting") or (activity.outbound and activity.kind in ("email", "message"))


def _status(record: Record, kind: KindMap) -> tuple[Status, Problem | None]:
    value = _field(record, kind.status)
    if not value:
        return Status(""), None
    if value in kind.statuses:
        return kind.statuses[value], None
    return Status(""), _unknown(record, kind.status, value, kind.statuses)


def _disposition(record: Record, kind: KindMap) -> tuple[str, Problem | None]:
    value = _field(record, kind.disposition)
    if not value or value in kind.dispositions:
        return kind.dispositions.get(value, ""), None
    return "", _unknown(record, kind.disposition, value, kind.dispositions)


def unknown_stage(record: Record | None, kind: KindMap) -> Problem | None:
    """What to tell of a stage of marketing's own that the mapping does not know."""
    value = _field(record, kind.stage) if record is not None else ""
    if record is None or not value or value in kind.stages:
        return None
    return _unknown(record, kind.stage, value, kind.stages)


def _unknown(record: Record, field: str, value: str, known: Iterable[str]) -> Problem:
    names = listing([f'"{name}"' for name in known])
    return Problem(
        "unknown_status",
        str(record.ref),
        f'{record.ref.kind}.{field} is "{value}", and the mapping does not say what that means. '
        f"It knows {names or 'no value'}.",
        f"Add the value to mappings/{record.ref.system}.toml under {record.ref.kind}.",
    )


def _best(deals: Iterable[Opportunity]) -> Opportunity | None:
    """Won before open before lost, then the one that moved last."""
    order = list(reversed(_BY_STATUS))
    return max(deals, key=lambda o: (order.index(o.status), o.modified, o.ref), default=None)


def _stage(record: Record, status: Status, deal: Opportunity | None) -> str:
    if deal is not None:
        return _BY_STATUS[deal.status]
    return "sql" if record.state is State.CONVERTED else status.stage


def _field(record: Record, name: str) -> str:
    raw = record.fields.get(name) if name else None
    return "" if raw is None else str(raw).strip()


def _date(record: Record, name: str) -> date | None:
    found = from_raw(record.fields.get(name), _NOT_BEFORE) if name else None
    return found if isinstance(found, date) else None


# ---------------------------------------------------------------- writing back
def writeback(
    view: SalesView,
    handoff: Handoff,
    kind: KindMap,
    *,
    stage: str,
    current: Mapping[str, Raw],
    reasons: Mapping[str, str] = NO_CODES,
) -> dict[str, Raw]:
    """The feedback fields of the marketing record that differ from `current`, raw by remote name.

    `stage` is the person's stage, `reasons` the codes of what sales say, `current` the marketing record's raw fields. An empty
    value appears, as None, only where it clears an older one. Nothing is said that is not known: of a handoff that was only
    found neither score nor times.
    Where sales works on this very record, its own fields are cleared for a new handoff but never filled in its name.
    """
    fields: dict[str, Raw] = {}
    for name, value in (_said(view, handoff, stage) | {"reason": code_of(reasons, view.reason or handoff.reason)}).items():
        fm = kind.feedback.get(name)
        if fm is None:
            continue
        old = current.get(fm.remote)
        if name == "accepted_at":
            value = _earliest(value, from_raw(old, fm), handoff.opened)
        raw = to_raw(value, fm)
        if _is_of_sales(fm.remote, kind, handoff) and (raw is not None or view.problem is not None):
            continue
        if not same_value(raw, old, fm):
            fields[fm.remote] = raw
    return fields


def _said(view: SalesView, handoff: Handoff, stage: str) -> dict[str, Value]:
    deal = view.opportunity
    said: dict[str, Value] = {
        "crm_id": handoff.target.id if handoff.target else None,
        "crm_type": handoff.target.kind if handoff.target else None,
        "handoff": handoff.number,
        "responsible": "marketing" if _given_back(handoff) else "sales",
        "owner": view.owner_email or handoff.owner,
        "stage": stage,
        "work": view.work,
        "disposition": view.disposition or handoff.outcome,
        "not_before": view.not_before,
        "opportunity_id": deal.ref.id if deal else None,
        "opportunity_name": deal.name if deal else None,
        "opportunity_stage": deal.stage if deal else None,
        "opportunity_amount": deal.amount if deal else None,
        "opportunity_currency": deal.currency if deal else None,
    }
    if handoff.entry != "adopted":
        said |= {"handed_over_at": handoff.opened, "score": handoff.score, "tier": handoff.tier}
        said |= {
            "transferred_at": handoff.closed if _given_back(handoff) else handoff.opened,
            "accepted_at": max(view.touched or view.at or handoff.opened, handoff.opened) if view.accepted else None,
            "first_touch_at": view.touched,
            "touches": sum(handoff.closed is None or at <= handoff.closed for at in view.touches),
        }
    return said


def _given_back(handoff: Handoff) -> bool:
    """Whether marketing is responsible for the person again."""
    return handoff.state == "closed" and handoff.outcome != "qualified"


def _earliest(found: Value, said: Value, since: datetime) -> Value:
    """The first moment that was seen of something that a record only tells by having changed: what marketing was told of this
    handoff stands until an earlier one comes to light."""
    if not isinstance(found, datetime):
        return found
    return min(found, said) if isinstance(said, datetime) and said >= since.replace(microsecond=0) else found


def _is_of_sales(remote: str, kind: KindMap, handoff: Handoff) -> bool:
    """Whether the rep writes this field on the same record: HubSpot is the CRM too."""
    same_record = handoff.target is not None and handoff.target.kind == kind.kind
    return same_record and remote in (kind.disposition, kind.reason, kind.not_before)
