"""Who stands still: what `syncd leaks`, `syncd overdue`, status and alerts find in the ledger."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple

from syncd.core.chunks import chunks
from syncd.core.facts import Dossier
from syncd.core.feedback import is_touch
from syncd.core.leaks import HELD, WAITING, Back, Held, Leak, Patience, With, leaks
from syncd.core.rules import Rules
from syncd.core.sla import FIRST_TOUCH, HUMAN, STATUS
from syncd.ledger import people
from syncd.ledger.codec import from_day, from_ms, from_ms_or_none, to_ms
from syncd.ledger.handoffs import EMAIL, REFUSED
from syncd.ledger.store import Store

_NEXT_STEPS = ("task", "meeting", "call")


def standing_still(store: Store, rules: Rules, patience: Patience, now: datetime) -> list[Leak]:
    """Every lead that should move and does not, at `now`."""
    return leaks(_held(store), _running(store, rules), _given_back(store, patience, now), patience, now)


def _held(store: Store) -> Iterator[Held]:
    """Who is ready and was not handed over. A reason is told once: somebody who waits is not held, too."""
    running = "SELECT 1 FROM handoff h WHERE h.person = p.id AND h.state IN ('open', 'delivered')"
    for kind, lineage, email, since, why in store.rows(
        f"SELECT ?1, f.rid, {EMAIL}, w.since, 'nobody can take it now' FROM waiting w JOIN record f ON f.id = w.person "
        f"UNION ALL SELECT ?1, f.rid, {EMAIL}, w.since, 'waits for a named person: syncd agenda' FROM review w "
        "JOIN record f ON f.id = w.person "
        f"UNION ALL SELECT ?2, f.rid, {EMAIL}, min(q.first), q.sentence FROM problem q JOIN person p ON p.id = q.person "
        "JOIN record f ON f.id = p.id WHERE q.resolved IS NULL AND p.merged IS NULL AND p.verdict LIKE 'held:%' "
        f"AND NOT EXISTS ({running}) AND p.id NOT IN (SELECT person FROM waiting UNION SELECT person FROM review) "
        "GROUP BY p.id",
        WAITING,
        HELD,
    ):
        yield Held(lineage, email or "", kind, from_ms(since), why)


def _running(store: Store, rules: Rules) -> Iterator[With]:
    """The handoffs that are on their way or with sales. The follow-up task that we made is open, as long as no pull has shown
    it, as far as one can see."""
    broken = (
        "(SELECT min(b.due) FROM breach b WHERE b.handoff = h.id AND b.what = '{}' AND b.clock = '{}' "
        "AND b.cleared IS NULL)"
    )
    rows = {
        person: rest
        for person, *rest in store.rows(
            f"SELECT h.person, {EMAIL}, {broken.format(FIRST_TOUCH, HUMAN)}, {broken.format(STATUS, HUMAN)}, "
            "EXISTS (SELECT 1 FROM action a WHERE a.person = h.person AND a.handoff = h.number AND a.state = 'done' "
            " AND (a.effect = 'task' OR a.effect LIKE 'task:%') "
            " AND NOT EXISTS (SELECT 1 FROM activity y WHERE y.key = a.key)), "
            f"{REFUSED} "
            "FROM handoff h JOIN record f ON f.id = h.person WHERE h.state IN ('open', 'delivered')"
        )
    }
    for some in chunks(sorted(rows), people.CHUNK):
        found = people.dossiers(store, some, rules.marketing)
        for person, dossier in found.items():
            email, late, stale, unread, refused = rows[person]
            yield _with(dossier, email or "", unread == 1, from_ms_or_none(late), from_ms_or_none(stale), refused or "")


def _with(d: Dossier, email: str, unread: bool, late: datetime | None, stale: datetime | None, refused: str) -> With:
    handoff = d.last_handoff
    assert handoff is not None
    since = handoff.delivered or handoff.opened
    touches = [a.at for a in d.activities if a.at >= since and is_touch(a)]
    planned = any(not a.done and a.kind in _NEXT_STEPS for a in d.activities)
    deal = any(o.status == "open" and not o.deleted for o in d.opportunities)
    return With(
        lineage=d.lineage, email=email, owner=handoff.owner, number=handoff.number, key=handoff.key, tier=handoff.tier,
        opened=handoff.opened, delivered=handoff.delivered, work=handoff.work, worked=handoff.worked,
        touched=max(touches, default=None), planned=planned or deal or unread, promised=handoff.promised is not None,
        late=late, stale=stale, target=str(handoff.target or ""), refused=refused,
    )  # fmt: skip


def _given_back(store: Store, patience: Patience, now: datetime) -> Iterator[Back]:
    """Whom sales gave back long enough ago, and who is with marketing still, in the exit or back among the leads. What
    sales do with somebody is no nurture: only what the person did counts."""
    for lineage, email, number, key, closed, not_before, heard in store.rows(
        f"SELECT f.rid, {EMAIL}, h.number, h.key, h.closed, h.not_before, "
        "(SELECT max(a.at) FROM link l JOIN about b ON b.record = l.record JOIN activity a ON a.id = b.activity "
        " WHERE l.person = p.id AND a.outbound = 0 AND a.done = 1 AND a.key IS NULL AND a.kind NOT IN ('task', 'note')) "
        "FROM person p JOIN record f ON f.id = p.id JOIN handoff h ON h.person = p.id "
        "WHERE p.merged IS NULL AND p.stage IN ('recycled', 'unreachable', 'lead', 'contact') "
        "AND h.state = 'closed' AND h.outcome IN ('recycle', 'could_not_reach') AND h.closed <= ? "
        "AND NOT EXISTS (SELECT 1 FROM handoff n WHERE n.person = p.id AND n.number > h.number AND n.state <> 'void')",
        to_ms(now - patience.nurture),
    ):
        yield Back(lineage, email or "", from_ms(closed), from_ms_or_none(heard), from_day(not_before), number, key)


# ---------------------------------------------------------------- what reps owe
class Overdue(NamedTuple):
    """A promise that is broken and not made good. `owner` is "" on the systems' clock."""

    owner: str
    what: str
    clock: str
    lineage: str
    email: str
    number: int
    tier: str
    since: datetime
    due: datetime
    target: str


def overdue(store: Store, owner: str = "") -> Sequence[Overdue]:
    """What is overdue of running handoffs, by owner, the longest first; of one owner if named."""
    return [
        Overdue(who, what, clock, lineage, email or "", number, tier, from_ms(since), from_ms(due), target or "")
        for who, what, clock, lineage, email, number, tier, since, due, target in store.rows(
            f"SELECT b.owner, b.what, b.clock, f.rid, {EMAIL}, h.number, h.tier, b.since, b.due, h.target "
            "FROM breach b JOIN handoff h ON h.id = b.handoff JOIN record f ON f.id = h.person "
            "WHERE b.cleared IS NULL AND h.state IN ('open', 'delivered') AND (?1 = '' OR b.owner = ?1) "
            "ORDER BY b.owner = '', b.owner, b.due, h.id",
            owner.lower(),
        )
    ]
