"""A large world written by two processes: one draws it, the other one loads HubSpot meanwhile.

The child draws the people and fills a copy of the org in its own memory; whatever is HubSpot's it tells the parent,
call by call. What comes out is what one process writes, for both do the same things in the same order.
"""

from __future__ import annotations

import marshal
import multiprocessing
import os
import pickle
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from tempfile import TemporaryFile
from typing import IO, Any, TypeVar

from connectors.loopback.hubspot import HubSpotEmulator
from connectors.loopback.hubspot.database import Database
from connectors.loopback.salesforce import SalesforceEmulator
from connectors.loopback.world.portal import HubSpotSeed

# Below, the second process costs more than it saves.
FROM_CONTACTS = 10_000

_ROWS, _END = "rows", "end"
T = TypeVar("T")
Row = Mapping[str, Any]
# A method of the emulator, its arguments and what it answers.
Call = tuple[str, tuple[Any, ...], Any]
TakeIds = Callable[[str, int], list[str]]
Write = Callable[[HubSpotSeed, SalesforceEmulator], T]


def worthwhile(contacts: int) -> bool:
    """Is the world large, are there two cores, and may this process fork?

    macOS's own libraries do not survive a fork, and neither does a lock that another thread holds.
    """
    return (
        contacts >= FROM_CONTACTS
        and sys.platform == "linux"
        and len(os.sched_getaffinity(0)) > 1
        and threading.active_count() == 1
    )


def write(hubspot: HubSpotEmulator, salesforce: SalesforceEmulator, story: Write[T]) -> T:
    """What ``story`` returns, told by a child; both emulators have what it wrote, or neither has.

    Raises ChildProcessError when the child ends before its story does. The portal has no records yet.
    """
    tell = partial(_tell, hubspot, hubspot.ids_ahead(), salesforce, salesforce.org.store.image(), story)
    with TemporaryFile() as spool, hubspot.loading():
        with closing(_calls(spool, tell)) as calls:
            image, told = _hear(calls, hubspot)
        salesforce.org.store.become(image)
    result: T = pickle.loads(told)
    return result


def _hear(calls: Iterator[Call], hubspot: HubSpotEmulator) -> Any:
    """Make the calls that the child tells of; what it says at its end."""
    for name, arguments, answer in calls:
        if name == _END:
            return answer
        method = hubspot.portal.database.run_many if name == _ROWS else getattr(hubspot, name)
        if method(*arguments) != answer:
            raise ChildProcessError(f"The two processes disagree on what {name} of {arguments[0]} answers.")
    raise ChildProcessError("The process that draws the world ended before it was done.")


class _Told:
    """Calls for the parent. A pipe holds too little: a call goes into the spool, its length through the pipe."""

    def __init__(self, spool: IO[bytes], sender: Connection) -> None:
        self._spool, self._sender = spool, sender

    def add(self, name: str, arguments: tuple[Any, ...], answer: Any = None) -> None:
        content = marshal.dumps((name, arguments, answer))
        self._spool.write(content)
        self._spool.flush()
        self._sender.send(len(content))


class _Portal:
    """HubSpot as the child knows it: records depend on each other, so the parent makes them."""

    def __init__(self, told: _Told, hubspot: HubSpotEmulator, take_ids: TakeIds) -> None:
        self._told, self._take_ids = told, take_ids
        # Events depend on nothing in the portal: the child makes their rows.
        hubspot.portal.database = _Rows(told)
        self.add_events = hubspot.add_events
        self.add_email_events = hubspot.add_email_events
        self.add_submissions = hubspot.add_submissions

    def seed(self, kind: str, rows: Sequence[Row]) -> list[str]:
        ids = self._take_ids(kind, len(rows))
        self._told.add("seed", (kind, rows), ids)
        return ids

    def associate(self, from_kind: str, to_kind: str, pairs: Iterable[Sequence[Any]]) -> None:
        self._told.add("associate", (from_kind, to_kind, list(pairs)))


class _Rows(Database):
    """The database of the child's portal: nothing can be read in it."""

    def __init__(self, told: _Told) -> None:
        self._told = told

    @contextmanager
    def transaction(self) -> Iterator[None]:
        yield  # the parent's is open

    def run_many(self, sql: str, parameters: Iterable[Sequence[Any]]) -> None:
        self._told.add(_ROWS, (sql, list(parameters)))


def _tell(
    hubspot: HubSpotEmulator,
    take_ids: TakeIds,
    salesforce: SalesforceEmulator,
    image: bytes,
    story: Write[Any],
    spool: IO[bytes],
    sender: Connection,
) -> None:
    """The child's part. A connection to SQLite must not be used on both sides of a fork: the org gets another one."""
    told = _Told(spool, sender)
    store = salesforce.org.store = salesforce.org.store.copied(image)
    with salesforce.loading():
        result = story(_Portal(told, hubspot, take_ids), salesforce)
    told.add(_END, (), (store.image(), pickle.dumps(result)))


def _calls(spool: IO[bytes], tell: Callable[[IO[bytes], Connection], None]) -> Generator[Call, None, None]:
    """What a child tells, as it does; the child ends with this at the latest."""
    receiver, sender = multiprocessing.Pipe(duplex=False)

    def child() -> None:
        receiver.close()  # so that writing fails once the parent is gone
        # Ctrl-C reaches both: the parent ends the child.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        with suppress(BrokenPipeError):
            tell(spool, sender)

    process = multiprocessing.get_context("fork").Process(target=child, name="loopback-world", daemon=True)
    process.start()
    try:
        sender.close()
        place = 0
        while True:
            length = receiver.recv()
            yield marshal.loads(os.pread(spool.fileno(), length, place))
            place += length
    except EOFError:
        return
    finally:
        receiver.close()
        process.terminate()
        process.join()
