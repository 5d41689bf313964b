"""Pages into the ledger, stream by stream. A system that fails sits the rest of the sync out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from connectors.base import Connector, Stream
from syncd.core.errors import RemoteError
from syncd.core.rules import KindMap, Rules
from syncd.core.types import Page, Ref
from syncd.ledger import journal
from syncd.ledger.intake import Intake, Shape
from syncd.ledger.store import Store
from syncd.sync.systems import Systems

TOGETHER = 1000
"""Rows per commit, which rewrites a page of every index for each random key in it: with a commit for every page of a
hundred, a first pull costs a fifth more."""

SOURCE_PROBLEMS = ("product_source",)
"""Kinds that a pull raises anew as long as they last."""

SCOPE = 1000
"""People per pull of a scoped stream: HubSpot's association reads take a thousand."""


def pull(
    store: Store,
    systems: Systems,
    sync: int,
    stop: Callable[[], bool],
    step: Callable[[str], None] = lambda _: None,
) -> dict[str, dict[str, int]]:
    """All streams of all usable systems; per system how many records were seen and how many had changed; of a source, how
    many events.

    `step` hears of each commit: "pull hubspot, 1,200 people seen".
    """
    counts = {}
    if systems.sources:
        with store.tx() as conn:  # whatever of it is still so, this pull says again
            journal.resolve(conn, systems.now(), kinds=SOURCE_PROBLEMS)
    for name in systems.usable:
        connector = systems.connectors[name]
        intake = Intake(store, sync, shapes(systems.rules, connector))
        try:
            for stream in connector.streams:
                _stream(intake, connector, stream, stop, step)
        except RemoteError as error:
            systems.fail(error)
        source = name in systems.sources
        counts[name] = {
            "seen": intake.events if source else intake.seen,
            "changed": intake.new_events if source else intake.changed,
        }
    return counts


def _stream(
    intake: Intake, connector: Connector, stream: Stream, stop: Callable[[], bool], step: Callable[[str], None]
) -> None:
    if stream.every and not _due(intake, connector, stream):
        return
    if stream.scoped:
        while (chunk := intake.awaiting(stream.name, SCOPE)) and not stop():
            rows, refs = [row for row, _ in chunk], [ref for _, ref in chunk]
            if not _pages(intake, connector, stream, refs, stop, step):
                return
            intake.answered(stream.name, rows)
    elif (not stream.when or intake.awaiting(stream.name, 1)) and _pages(intake, connector, stream, (), stop, step):
        intake.answered(stream.name)


def _pages(
    intake: Intake,
    connector: Connector,
    stream: Stream,
    about: list[Ref] | tuple[()],
    stop: Callable[[], bool],
    step: Callable[[str], None],
) -> bool:
    """Take page after page, about `TOGETHER` rows a commit; False when it stopped before the end. What was committed is
    not pulled again, and what came before an error is committed before it is raised."""
    held: list[Page] = []

    def commit() -> None:
        if held:
            intake.take(connector.name, stream.name, *held)
            held.clear()
            step(f"pull {connector.name}, {intake.seen:,} people seen")

    try:
        for page in connector.pull(stream.name, intake.cursor(connector.name, stream.name), about):
            held.append(page)
            stopped = stop()
            if stopped or sum(map(_rows, held)) >= TOGETHER:
                commit()
            if stopped:
                return False
    except RemoteError:
        commit()
        raise
    commit()
    return True


def _rows(page: Page) -> int:
    return len(page.people) + len(page.activities) + len(page.owners) + len(page.opportunities) + len(page.accounts)


def _due(intake: Intake, connector: Connector, stream: Stream) -> bool:
    at = intake.pulled_at(connector.name, stream.name)
    return at is None or not timedelta() <= connector.now() - at < timedelta(seconds=stream.every)


def shapes(rules: Rules, connector: Connector) -> Mapping[tuple[str, str], Shape]:
    """What the ledger keeps of each kind of people in this system."""
    if connector.name not in rules.maps:
        return {}
    system = rules.maps[connector.name]
    people = {
        (connector.name, name): Shape(
            names=kept(kind),
            email=kind.fields["email"].remote if "email" in kind.fields else "",
            marketing=connector.name == rules.marketing,
            triggers={s.name: s.when for s in connector.streams if s.when} if connector.name == rules.marketing else {},
        )
        for name, kind in system.kinds.items()
    }
    if (account := system.account) is None:
        return people
    return people | {(connector.name, account.kind): Shape((*account.fields, *account.customers), "", marketing=False)}


def kept(kind: KindMap) -> tuple[str, ...]:
    """The remote fields of a kind whose values the ledger keeps."""
    names = [fm.remote for fm in kind.fields.values()]
    names += [fm.remote for fm in kind.feedback.values()]
    names += [kind.status, kind.reason, kind.not_before, kind.disposition, kind.stage]
    names += [remote for name, remote in kind.stamp.items() if name != "brief"]
    return tuple(dict.fromkeys(n for n in names if n))
