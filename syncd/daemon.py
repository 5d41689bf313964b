"""The daemon: APScheduler ticks, signals by `sigwait`, one sync at a time.

Signals are blocked before any thread exists and waited for in the main thread: handlers that set events can wedge. A tick
that comes late is run, never dropped, and ticks that piled up are one.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from syncd.config import Config
from syncd.config import load as load_config
from syncd.core.errors import ConfigError, LedgerError
from syncd.ledger import journal
from syncd.ledger.store import Store
from syncd.sync.round import Report, run
from syncd.wiring import connect

log = structlog.get_logger("syncd")

SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGHUP}


class Daemon:
    """Holds the ledger for its life; a second one is refused with LedgerError (exit code 4)."""

    def __init__(self, config: Config, path: Path, *, every: float | None = None, as_json: bool = False) -> None:
        self.config, self.path, self.as_json = config, path, as_json
        self.every = every or config.poll.total_seconds()
        self.stopping = threading.Event()
        self.failed: LedgerError | None = None
        self.store: Store | None = None

    def run(self) -> int:
        """Until SIGTERM or SIGINT; returns the exit code. Raises LedgerError when the ledger cannot be used."""
        from apscheduler.events import EVENT_JOB_ERROR, EVENT_JOB_MAX_INSTANCES, EVENT_JOB_MISSED
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
        self.store = Store.open(self.config.ledger)
        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )
        scheduler.add_listener(self._heard, EVENT_JOB_ERROR | EVENT_JOB_MAX_INSTANCES | EVENT_JOB_MISSED)
        scheduler.add_job(self._tick, "interval", seconds=self.every, next_run_time=datetime.now(UTC), id="sync")
        scheduler.start()
        log.info("daemon_started", ledger=str(self.config.ledger), every=self.every, pid=os.getpid())
        try:
            self._wait()
        finally:
            self.stopping.set()
            scheduler.shutdown(wait=True)
            self.store.close()
        log.info("daemon_stopped")
        if self.failed is not None:
            raise self.failed
        return 0

    def _wait(self) -> None:
        while True:
            match signal.sigwait(SIGNALS):
                case signal.SIGHUP:
                    self._reload()
                case number:
                    log.info("stopping", signal=signal.Signals(number).name)
                    if self.failed is None:
                        threading.Thread(target=_second_signal, daemon=True).start()
                    return

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
        log.info("config_read", rules=fresh.rules.version)

    # ------------------------------------------------------------ a tick
    def _tick(self) -> None:
        if self.stopping.is_set():
            return
        assert self.store is not None
        structlog.contextvars.clear_contextvars()
        config = self.config
        if journal.get(self.store, "approved") is None:
            self._tell_to_approve(config)
            return
        systems = connect(config)
        try:
            report = run(self.store, systems, mode="sync", stop=self.stopping.is_set)
        except LedgerError as error:
            log.error("ledger_failed", sentence=error.sentence, fix=error.fix)
            self.failed = error
            os.kill(os.getpid(), signal.SIGTERM)
            return
        finally:
            systems.close()
        self._tell(report)

    def _tell_to_approve(self, config: Config) -> None:
        """Nothing is approved: plan on a fork, say so, and wait."""
        from syncd.cli.plan import make

        report, plan, _ = make(config, lambda _: None)
        log.warning(
            "approval_needed", handoffs=len(plan.handoffs), writes=len(plan.actions), people=report.decided,
            fix=f"syncd plan --out plan.json -c {self.path}, then stop this daemon and: syncd apply plan.json -c {self.path}",
        )  # fmt: skip

    def _tell(self, report: Report) -> None:
        summary = report.as_json()
        if self.as_json:
            sys.stdout.write(json.dumps(summary) + "\n")
            sys.stdout.flush()
        log.info(
            "synced", sync=report.sync, handoffs=report.handoffs, actions=dict(report.actions),
            api_calls=summary["api_calls"], problems=report.problems, out=sorted(report.out),
        )  # fmt: skip

    def _heard(self, event: Any) -> None:
        exception = getattr(event, "exception", None)
        log.error(
            "tick_failed", job=event.job_id, code=event.code, error=type(exception).__name__ if exception else "late"
        )


def _second_signal() -> None:
    """A second SIGTERM or SIGINT ends the process at once; the ledger stands it."""
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    os._exit(130)
