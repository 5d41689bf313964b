"""Everything that says where a person is in the funnel, as evidence for `stages.advance`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from syncd.core.facts import Dossier, Handoff
from syncd.core.feedback import SalesView
from syncd.core.recycle import Recycle, reopened, wait
from syncd.core.rulings import REOPEN
from syncd.core.sla import ENDED
from syncd.core.stages import Evidence, Rank
from syncd.core.types import BY_ACCOUNT, Opportunity, State, Value

_SAID = {"qualified": "sql", "recycle": "recycled", "could_not_reach": "unreachable", "trash": "trash"}
"""What sales says of a handoff → the stage that it means."""


def evidence(
    d: Dossier,
    profile: Mapping[str, Value],
    recycle: Recycle,
    handoff: Handoff | None,
    view: SalesView | None,
    now: datetime,
    *,
    since: datetime | None = None,
    silent: datetime | None = None,
) -> list[Evidence]:
    """Everything that says where the person is. A handoff begins anew: what the one before it came to, a lead converted or a
    deal lost before `since` (None: before this handoff) is no answer to it, and the end of its time to wait is none either.
    `silent` is when silence was taken as accepted.
    """
    found = []
    stage = profile.get("stage")
    if d.marketing is not None and isinstance(stage, str) and (stage := _theirs(stage, profile)):
        found.append(Evidence(stage, "marketing's record", d.marketing.modified, str(d.marketing.ref), Rank.MARKETING))
    back = _back(d, recycle, handoff, now)
    if back is not None:
        found.append(back)
    elif handoff is not None:
        found += _of_handoff(d, handoff, view, now, silent)
    if since is None:
        since = back.at if back is not None else handoff.opened if handoff is not None else None
    floor = since.replace(microsecond=0) if since is not None else None
    for record in d.crm:
        if record.state is State.CONVERTED and record.ref in d.linked and not _before(record.modified, floor):
            found.append(Evidence("sql", "T9c lead converted", record.modified, str(record.ref), Rank.CONVERTED))
    if handoff is not None or d.linked:
        found += _deals(d, floor)
    return found


def _theirs(stage: str, profile: Mapping[str, Value]) -> str:
    """What marketing's own stage says of somebody; a lead must be within reach (S0.23)."""
    stage = amounts_to(stage)
    return "" if stage == "lead" and not _can_be_reached(profile) else stage


def amounts_to(stage: str) -> str:
    """What marketing's record proves: of a stage that only a handoff or sales makes of somebody no more than a lead (S0.22)."""
    return "lead" if stage in ("mql", "handed_off", "sal", "sql") else stage


def _back(d: Dossier, recycle: Recycle, handoff: Handoff | None, now: datetime) -> Evidence | None:
    """What ends the last handoff for good: its time to wait is over (T13), or a named person reopened trash (T14)."""
    source = f"handoff {handoff.number}" if handoff is not None else d.lineage
    if ruling := reopened(d, handoff):
        return Evidence("lead", f"T14 {ruling}", ruling.at, source, Rank.STATUS)
    waits = wait(d, recycle, handoff)
    if waits is None or waits.until > now:
        return None
    return Evidence("lead", f"T13 {waits.why}", waits.until, source, Rank.HANDOFF)


def _of_handoff(
    d: Dossier, handoff: Handoff, view: SalesView | None, now: datetime, silent: datetime | None
) -> list[Evidence]:
    """What a handoff came to, as our receipts and the CRM tell."""
    source = f"handoff {handoff.number}"
    found = [Evidence("mql", passed(handoff.entry), handoff.opened, source, Rank.HANDOFF)]
    if handoff.delivered:
        found.append(Evidence("handed_off", "T3 owner verified", handoff.delivered, source, Rank.HANDOFF))
    target = str(handoff.target or source)
    moved = _moved(handoff, view, now)
    if view is not None and view.accepted:
        touched = view.touched is not None and view.touched <= moved
        at = view.touched if touched and view.touched else moved
        how = "first touch" if touched else "accepted"
        found.append(Evidence("sal", how, at, target, Rank.TOUCH))
    elif silent is not None:
        found.append(Evidence("sal", "T4 accepted by silence", silent, source, Rank.TOUCH))
    if handoff.reopened is not None:
        found += _reopened(d, handoff, handoff.reopened, target)
    if view is not None and view.stage:
        found.append(Evidence(view.stage, f"status {view.work}", moved, target, Rank.STATUS))
    if view is not None and view.disposition in _SAID and view.disposition != handoff.outcome:
        found.append(Evidence(_SAID[view.disposition], f"sales said {view.disposition}", moved, target, Rank.STATUS))
    by_deal = handoff.outcome == "qualified" and view is not None and view.opportunity is not None  # which says more
    if handoff.outcome in _SAID and not by_deal:
        found.append(Evidence(_SAID[handoff.outcome], _ended(handoff), handoff.closed or moved, target, Rank.STATUS))
    return found


def _reopened(d: Dossier, handoff: Handoff, at: datetime, target: str) -> Iterator[Evidence]:
    """Sales took the same handoff up again; trash after a named person had reopened it."""
    for ruling in d.rulings:
        if (ruling.verb, ruling.number) == (REOPEN, handoff.number) and ruling.at <= at:
            yield Evidence("lead", f"T14 {ruling}", ruling.at, f"handoff {handoff.number}", Rank.STATUS)
            yield Evidence("sal", "taken up again", at, target, Rank.STATUS)
    yield Evidence("sal", "T19 taken up again", at, target, Rank.STATUS)


def _moved(handoff: Handoff, view: SalesView | None, now: datetime) -> datetime:
    """When sales' record came to say what it says, as late as that can have been."""
    says_so = view is None or view.disposition == handoff.outcome
    if handoff.closed is not None and says_so:
        return handoff.closed
    seen = min(view.at, now) if view is not None and view.at is not None else now
    return max(filter(None, (handoff.delivered, handoff.reopened, handoff.closed, seen)))


def _before(at: datetime, floor: datetime | None) -> bool:
    return floor is not None and at < floor


def _ended(handoff: Handoff) -> str:
    """How a handoff ended without a deal."""
    if handoff.rejected:
        return f"T3r {handoff.rule}"
    return f"T8a {ENDED}" if handoff.reason == ENDED else f"sales said {handoff.outcome}"


def passed(entry: str) -> str:
    """How a handoff came about: through the gate, or by a named person."""
    return "T2′ by a named person" if entry == "manual" else "T2 gate passed"


def _can_be_reached(profile: Mapping[str, Value]) -> bool:
    """Whether e-mail or phone is known: without both somebody is no lead yet, whatever marketing says (S0.23)."""
    return any(profile.get(field) for field in ("email", "phone", "mobile"))


def _deals(d: Dossier, floor: datetime | None) -> list[Evidence]:
    """What the person's deals say; a deleted or reopened one takes the stage back (T16). One that was lost before is over."""
    standing = [o for o in d.opportunities if not o.deleted]
    found = []
    for deal in standing:
        if deal.status == "lost" and _before(deal.modified, floor):
            continue
        stage, rule, rank = {
            "open": (
                "opportunity",
                f"T16 {_linked(deal)} reopened" if d.stage == "customer" else _linked(deal),
                Rank.OPEN,
            ),
            "won": ("customer", f"{_linked(deal)} won", Rank.CLOSED),
            "lost": ("lost", f"{_linked(deal)} lost", Rank.CLOSED),
        }[deal.status]
        found.append(Evidence(stage, rule, deal.modified, str(deal.ref), rank))
    if d.opportunities and not standing:
        last = max(d.opportunities, key=lambda o: o.modified)
        found.append(Evidence("sql", "T16 opportunity deleted", last.modified, str(last.ref), Rank.OPEN))
    return found


def _linked(deal: Opportunity) -> str:
    """The deal, and how it is known to be the person's where that is a guess."""
    return "deal" if deal.link != BY_ACCOUNT else "deal of the account"
