"""What `release`, `reject`, `handoff` and `reopen` share: who is meant, what speaks against it, and the inbox of the ledger."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.common import command_line, load, reading
from syncd.cli.looking import known
from syncd.cli.show import emit, printable, say
from syncd.core.errors import Complaint, ConfigError
from syncd.core.keys import digest
from syncd.core.rulings import HANDOFF, REOPEN, Ruling
from syncd.core.text import cut

if TYPE_CHECKING:
    from syncd.config import Config
    from syncd.core.decide import Decision
    from syncd.ledger.store import Store
    from syncd.sync.view import View

_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants done, of nobody in particular yet."""

    verb: str
    by: str
    reason: str = ""
    to: str = ""
    despite_veto: bool = False

    def on(self, lineage: str, number: int, at: datetime) -> Ruling:
        key = digest(self.verb, lineage, str(number), self.by, self.reason, self.to, at.isoformat())
        return Ruling(key, self.verb, number, self.by, self.reason, at, self.to, self.despite_veto)


def by(function: Callable[..., Any]) -> Callable[..., Any]:
    """`--by NAME`, without which nobody says anything."""
    option = click.option("--by", required=True, callback=_words, help="Who says so: a name that others know.")
    return functools.wraps(function)(option(function))


def reason(*, required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(
        "--reason", required=required, default=None if required else "", callback=_words, help="Why; sales reads it."
    )


def _words(ctx: click.Context, parameter: click.Parameter, value: str | None) -> str | None:
    """One printable line; an empty one is as good as none."""
    text = cut(" ".join("".join(c if c.isprintable() else " " for c in value or "").split()), _LONGEST, " …")[0]
    if parameter.required and not text:
        raise click.BadParameter("must not be empty.")
    return text


def say_it(config: Path, as_json: bool, people: Sequence[str], wish: Wish) -> int:
    """Leave the wish for each of these people for the next sync. Raises ConfigError with everything that speaks against
    it, and then nothing is left."""
    from syncd.ledger import journal, rulings
    from syncd.sync.view import View

    settings = load(config, secrets=False)
    complaints: list[Complaint] = []
    found: dict[str, tuple[str, int]] = {}
    with reading(settings) as store:
        if journal.get(store, "approved") is None:
            fix = f"Approve one first: {command_line(config, 'plan --out plan.json')}"
            raise ConfigError(
                [Complaint("No plan was approved for this ledger yet, so nobody is handed over.", fix=fix)]
            )
        view = View.of(store, settings.rules)
        for text in people:
            try:
                decision = _one(store, settings, view, text, config)
                complaints += _against(decision, wish, view, config, rulings.left(settings.ledger))
                found[decision.dossier.lineage] = (_called(decision), _number(decision, wish))
            except ConfigError as error:
                complaints += error.complaints
    if complaints:
        raise ConfigError(complaints)
    now = datetime.fromtimestamp(time.time(), UTC)
    for lineage, (_, number) in found.items():
        rulings.leave(settings.ledger, lineage, wish.on(lineage, number, now))
    if as_json:
        emit({"verb": wish.verb, "people": list(found), "by": wish.by, "reason": wish.reason})
        return 0
    for name, number in found.values():
        say(f"{printable(name)}: {wish.on('', number, now)}. It counts with the next sync.")
    say(f"A daemon takes it in by itself; without one: {command_line(config, 'sync')}")
    return 0


def _one(store: Store, settings: Config, view: View, text: str, config: Path) -> Decision:
    """The one person whom the text means."""
    ids = known(store, settings, text, config)
    if len(ids) > 1:
        raise ConfigError(
            [Complaint(f"{len(ids)} people are known as “{printable(text)}”.", fix="Name the contact’s id.")]
        )
    ((_, decision),) = view.decisions(ids)
    return decision


def _number(decision: Decision, wish: Wish) -> int:
    """Of which handoff this is said: to reopen of the last one, everything else of the next."""
    return decision.dossier.last_number if wish.verb == REOPEN else decision.dossier.next_number


def _called(decision: Decision) -> str:
    return str(decision.profile.get("email") or decision.dossier.lineage)


def _against(
    decision: Decision, wish: Wish, view: View, config: Path, pending: Sequence[tuple[str, str, int]]
) -> Iterator[Complaint]:
    """What speaks against it now. The sync that takes it in looks again."""
    from syncd.core.recycle import reopened
    from syncd.core.types import State
    from syncd.sync.view import standing

    name, d = _called(decision), decision.dossier
    if any((lineage, number) == (d.lineage, _number(decision, wish)) for lineage, _, number in pending):
        yield Complaint(
            f"The last word on {name} was not taken in yet.", fix=f"Do so first: {command_line(config, 'sync')}"
        )
    elif d.marketing is None or d.marketing.state is not State.LIVE:
        yield Complaint(f"The marketing record of {name} is gone.")
    elif wish.verb == REOPEN:
        if decision.handoff is None or (decision.handoff.state, decision.handoff.outcome) != ("closed", "trash"):
            yield Complaint(
                f"{name} is not trash: {standing(decision)}.",
                fix=f"See where they stand: {command_line(config, f'explain {name}')}",
            )
        elif reopened(d, decision.handoff) is not None:
            yield Complaint(f"{name} was reopened already.")
    elif wish.verb != HANDOFF:
        if not decision.waits:
            fix = f"See why: {command_line(config, f'explain {name}')}"
            yield Complaint(f"{name} does not wait for a release: {standing(decision)}.", fix=fix)
    elif decision.handoff is not None and decision.handoff.active:
        last = decision.handoff
        yield Complaint(f"{name} is with sales already: handoff {last.number}, {last.owner}.")
    else:
        yield from _hard(decision, wish, view, name)


def _hard(decision: Decision, wish: Wish, view: View, name: str) -> Iterator[Complaint]:
    if decision.verdict.vetoes and not wish.despite_veto:
        yield Complaint(
            f"{name} is vetoed: {'; '.join(decision.verdict.vetoes)}.",
            fix="To hand it over all the same: --despite-veto",
        )
    if decision.match.problem is not None:
        yield Complaint(decision.match.problem.sentence, fix=decision.match.problem.fix)
    if wish.to:
        owner = view.directory.crm_owner(wish.to)
        if owner is None or not owner.active:
            yield Complaint(f"{wish.to} is no active owner in the CRM.", fix="Name an owner as the CRM knows it.")
