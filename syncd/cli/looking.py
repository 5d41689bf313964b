"""What the commands share that look at people: the ledger as it is, or what a plan would make of an empty one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from syncd.cli.common import command_line, reading
from syncd.cli.show import emit, printable, progress, say
from syncd.core.errors import Complaint, ConfigError

if TYPE_CHECKING:
    from syncd.config import Config
    from syncd.ledger.store import Store

PLANNED = "This is what a plan would do now. Nothing is approved for this ledger yet, and nothing was written."


@contextmanager
def seen(settings: Config, quiet: bool) -> Iterator[tuple[Store, bool]]:
    """(the ledger as it is, False); before the first plan is approved (a plan made now on a copy of it, True)."""
    from syncd.ledger import journal

    with reading(settings) as store:
        if journal.get(store, "approved") is not None or journal.get(store, "imported") is not None:
            yield store, False
            return
    with _planned(settings, quiet) as fork:
        yield fork, True


@contextmanager
def _planned(settings: Config, quiet: bool) -> Iterator[Store]:
    from syncd import logs
    from syncd.planning import draft

    logs.configure(settings.log)
    with progress("plan", quiet) as step, draft(settings, step) as made:
        for error in made.report.out.values():
            say(f"! {error}", err=True)
        yield made.fork


def emit_each(found: Sequence[Mapping[str, Any]]) -> None:
    """The one person as a JSON object; where an address means several, all of them in one."""
    emit(found[0] if len(found) == 1 else {"people": found})


def known(store: Store, settings: Config, text: str, config: Path) -> list[int]:
    """The people whom an e-mail address, a contact id or a ref means. Raises ConfigError when there is nobody."""
    from syncd.ledger import journal, people

    try:
        ids = people.find(store, text, settings.rules.marketing)
    except ValueError:
        ids = []
    if not ids:
        approved = journal.get(store, "approved") is not None
        fix = f"To bring the ledger up to date: {command_line(config, 'sync')}" if approved else ""
        raise ConfigError([Complaint(f"Nobody is known as “{printable(text)}”.", fix=fix)])
    return ids
