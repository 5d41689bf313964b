"""The daemon: APScheduler ticks, signals by `sigwait`, one sync at a time.

Signals are blocked before any thread exists and waited for in the main thread: handlers that set events can wedge. A tick
that comes late is run, never dropped, and ticks that piled up are one.

Until a plan is approved the daemon keeps its hands off the ledger, so that `syncd apply` can have it; from then on it
holds it for its life.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import sqlite3
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from syncd import logs
from syncd.cli.common import command_line, how_to_approve
from syncd.config import Config
from syncd.config import load as load_config
from syncd.core.errors import ConfigError, LedgerError
from syncd.ledger import journal
from syncd.ledger.store import Store
from syncd.planning import draft
from syncd.sync.round import Report, run
from syncd.wiring import connect, tell

log = structlog.get_logger("syncd")

SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}

GRACE = 5.0
"""Seconds that a stopping daemon gives a remote call that does not come back. The ledger stands it: what was on its way
is in doubt, and the next sync looks for it."""


class Daemon:
    """A second one on the same ledger is refused with LedgerError (exit code 4)."""

    def __init__(self, config: Config, path: Path, *, every: float | None = None, as_json: bool = False) -> None:
        self.config, self.path, self.as_json, self.every = config, path, as_json, every
        self.stopping = threading.Event()
        self.ticking = threading.Lock()
        self.failed: LedgerError | None = None
        self.store: Store | None = None
        self.told: Config | None = None
        """The configuration whose plan was shown while nothing is approved: a plan is made once, not every minute."""

    def run(self) -> int:
        """Until SIGTERM or SIGINT; returns the exit code. Raises LedgerError when the ledger cannot be used."""
        from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        logs.configure(self.config.log)
        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        with _alone(self.config.ledger):
            if self._approved():
                self.store = Store.open(self.config.ledger)
            scheduler = BackgroundScheduler(
                timezone=UTC,
                executors={"default": ThreadPoolExecutor(1)},
                job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
            )
            scheduler.add_listener(_heard, EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_MISSED)
            scheduler.add_job(
                self._tick, "interval", seconds=self._seconds(), next_run_time=datetime.now(UTC), id="sync"
            )
            scheduler.start()
            log.info("daemon_started", ledger=str(self.config.ledger), every=self._seconds(), pid=os.getpid())
            self._wait(lambda: scheduler.reschedule_job("sync", trigger="interval", seconds=self._seconds()))
            self.stopping.set()
            scheduler.shutdown(wait=False)
            self._leave()
        if self.failed is not None:
            raise self.failed
        return 0

    def _seconds(self) -> float:
        return self.every or self.config.poll.total_seconds()

    def _wait(self, reschedule: Callable[[], object]) -> None:
        while True:
            match signal.sigwait(SIGNALS):
                case signal.SIGHUP:
                    before = self._seconds()
                    self._reload()
                    if self._seconds() != before:
                        reschedule()
                case number:
                    log.info("stopping", signal=signal.Signals(number).name)
                    threading.Thread(target=_second_signal, daemon=True).start()
                    return

    def _leave(self) -> None:
        """Close the ledger once the running sync has stopped; one that hangs in a remote call is left behind."""
        if self.ticking.acquire(timeout=GRACE):
            if self.store is not None:
                self.store.close()
            log.info("daemon_stopped")
            return
        log.warning("daemon_stopped", note="A remote call did not come back; the next sync looks for what it did.")
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)

    def _reload(self) -> None:
        """Read the configuration again; a broken one is refused and the old one stays."""
        try:
            fresh = load_config(self.path, environ=os.environ)
        except ConfigError as error:
            log.error("config_refused", complaints=[str(c) for c in error.complaints])
            return
        if fresh.ledger != self.config.ledger:
            log.error("config_refused", complaints=["The ledger cannot be changed while the daemon runs."])
            return
        self.config = fresh
        logs.configure(fresh.log)
        log.info("config_read", rules=fresh.rules.version, every=self._seconds())

    # ------------------------------------------------------------ the ledger
    def _approved(self) -> bool:
        """Raises LedgerError when the ledger is damaged or newer than this program."""
        if not self.config.ledger.exists() or not self.config.ledger.stat().st_size:
            return False
        with Store.read(self.config.ledger) as store:
            return journal.get(store, "approved") is not None

    # ------------------------------------------------------------ a tick
    def _tick(self) -> None:
        with self.ticking:
            if self.stopping.is_set():
                return
            structlog.contextvars.clear_contextvars()
            try:
                self._once(self.config)
            except ConfigError as error:  # a secret that is gone, a mapping that a system does not take
                log.error("sync_impossible", complaints=[str(c) for c in error.complaints])
            except LedgerError as error:
                self._give_up(error)
            except sqlite3.OperationalError as error:  # a full disk, a lock held for long: it may pass
                log.error("ledger_busy", sentence=f"The ledger cannot be used now: {error}.")
            except sqlite3.DatabaseError as error:
                self._give_up(LedgerError(f"The ledger is damaged ({error}).", "Put back a backup."))

    def _give_up(self, error: LedgerError) -> None:
        log.error("ledger_failed", sentence=error.sentence, fix=error.fix)
        self.failed = error
        os.kill(os.getpid(), signal.SIGTERM)

    def _once(self, config: Config) -> None:
        if self.store is None and not self._approved():
            if self.told is not config:
                self._tell_to_approve(config)
            return
        if self.store is None:
            try:
                self.store = Store.open(config.ledger)
            except LedgerError as error:
                log.info("ledger_busy", sentence=error.sentence)  # `syncd apply` is at it: our turn comes
                return
        systems = connect(config)
        try:
            report = run(self.store, systems, mode="sync", stop=self.stopping.is_set)
            told = tell(self.store, config, report.now)
        finally:
            systems.close()
        self._tell(report)
        if told:
            log.info("alerts_sent", **told)

    def _tell_to_approve(self, config: Config) -> None:
        """Nothing is approved: plan on a fork, say so, and wait."""
        with draft(config) as made:
            pass
        fix = how_to_approve(self.path)
        self.told = None if made.report.out else config
        self._line({**made.report.as_json(), "plan": made.shown(), "approve": fix})
        log.warning(
            "approval_needed", handoffs=len(made.leads), writes=len(made.actions), people=made.report.decided,
            out=sorted(made.report.out.values()), fix=f"{fix}. The daemon may stay: it goes on once a plan is applied.",
        )  # fmt: skip

    def _tell(self, report: Report) -> None:
        summary = report.as_json()
        self._line(summary)
        log.info(
            "synced", sync=report.sync, handoffs=report.handoffs, actions=dict(report.actions),
            api_calls=summary["api_calls"], problems=report.problems,
        )  # fmt: skip
        for name, sentence in report.out.items():
            log.warning("system_out", system=name, sentence=sentence)
        if report.braked:
            log.warning(
                "brake", sentence="A brake held everything back; nothing was written.",
                fix=f"{command_line(self.path, 'problems')}; to approve it stop this daemon, then {how_to_approve(self.path)}",
            )  # fmt: skip

    def _line(self, summary: Mapping[str, Any]) -> None:
        if self.as_json:
            sys.stdout.write(json.dumps(summary, ensure_ascii=False, default=str) + "\n")
            sys.stdout.flush()


@contextmanager
def _alone(ledger: Path) -> Iterator[None]:
    """Hold `<ledger>.daemon` against a second daemon; the lock dies with the process."""
    name = ledger.with_name(ledger.name + ".daemon")
    try:
        ledger.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise LedgerError(
            f"The ledger {ledger} cannot be opened: {error.strerror}.", "Make its folder yours."
        ) from None
    with os.fdopen(handle, "r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = file.read().strip() or "unknown"
            raise LedgerError(
                f"Another daemon (process {holder}) runs on the ledger {ledger}.", f"Stop it first: kill {holder}"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _heard(event: Any) -> None:
    """Say that a tick failed and where; never what the exception says, for it may quote a system."""
    exception = getattr(event, "exception", None)
    if exception is None:
        log.info("tick_late", note="The sync before it still runs.")
        return
    frames = traceback.extract_tb(exception.__traceback__)[-3:]
    log.error(
        "tick_failed", error=type(exception).__name__,
        at=[f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames],
    )  # fmt: skip


def _second_signal() -> None:
    """A second SIGTERM or SIGINT ends the process at once; the ledger stands it."""
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    os._exit(130)
