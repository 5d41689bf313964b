"""Before deciding: where somebody else writes what syncd writes, who that is, and where they have stopped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from syncd.core.contest import RETURNS, WINDOW, Contest, Written, began, contested
from syncd.core.rules import Rules
from syncd.core.types import Raw
from syncd.ledger import contests, people
from syncd.ledger.contests import Spot
from syncd.ledger.dirty import mark
from syncd.ledger.store import Store
from syncd.sync.systems import Systems
from syncd.sync.writers import other_writer


def notice(store: Store, systems: Systems, now: datetime) -> None:
    """Contests that begin, go on or are over. A call or two for each that begins, to name the other writer."""
    standing = contests.contests_of(store)
    lately = contests.written(store, now - WINDOW, RETURNS)
    if not standing and not lately:
        return
    live = people.records(store, {spot.ref for spot in lately})
    found: dict[tuple[int, str], Contest] = {}
    for spot, writes in lately.items():
        field = field_of(systems.rules, spot)
        if spot.ref not in live:
            continue
        current = live[spot.ref].fields.get(spot.remote)
        judged = _judge(standing.get(spot.person, {}).get(field), field, spot, writes, current, now)
        if judged is not None:
            other = other_writer(store, systems, spot.ref, spot.remote)
            found[spot.person, field] = replace(judged, by=str(other or judged.by))
    ended = {
        (person, field)
        for person, those in standing.items()
        for field, contest in those.items()
        if now >= contest.due and (person, field) not in found
    }
    with store.tx() as conn:
        for (person, _), contest in found.items():
            contests.save(conn, person, contest)
        contests.over(conn, ended)
        for person, _ in {*found, *ended}:
            mark(conn, "id = ?", person)


def field_of(rules: Rules, spot: Spot) -> str:
    """Our name of a field that both systems have; of what is only written back, its remote name."""
    kind = rules.maps[spot.ref.system].kinds.get(spot.ref.kind)
    names: Mapping[str, str] = {fm.remote: name for name, fm in kind.fields.items()} if kind else {}
    return names.get(spot.remote, spot.remote)


def _judge(
    known: Contest | None, field: str, spot: Spot, writes: Sequence[Written], current: Raw, now: datetime
) -> Contest | None:
    """The contest that begins now, or the known one after a trial that failed."""
    if known is None:
        return began(field, spot.ref, spot.remote, writes, current, now) if contested(writes, current) else None
    if known.stands(now):
        return None
    again = known.renewed([write for write in writes if write.at >= known.until], current, now)
    return replace(again, ref=spot.ref, remote=spot.remote) if again is not None else None
