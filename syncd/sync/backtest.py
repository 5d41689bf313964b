"""A backtest of a ledger: two sets of rules over its own past, person by person, and then the leads in order of time."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

from syncd.core.backtest import LEVELS, STAGES, Fate, Tally, Trial, Window, count, fate, replay
from syncd.core.changes import watched
from syncd.core.chunks import chunks
from syncd.core.decide import decide
from syncd.core.facts import Directory, Dossier
from syncd.core.past import Past, as_of
from syncd.core.rules import Rules
from syncd.core.values import is_blank, name_of, text_of
from syncd.ledger import journal, past, people
from syncd.ledger.store import Store
from syncd.sync.tryout import missing_names
from syncd.sync.turns import Turns, everybody
from syncd.sync.view import missing

_EPOCH, _MICROSECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(microseconds=1)


@dataclass(slots=True)
class Side:
    """One set of rules and what comes of it. `passes` are (person, moment in microseconds), two numbers for each who passes."""

    rules: Rules
    directory: Directory
    tally: Tally = field(default_factory=Tally)
    passes: tuple[array[int], array[int]] = field(default_factory=lambda: (array("q"), array("q")))


@dataclass(slots=True)
class Backtest:
    """`left_out`: in words why somebody is not looked at → how many. The window may begin before the ledger did.
    `groups`: value of the field `by`, as known at the end of the look → people, passed under either rules, each level."""

    store: Store
    window: Window
    new: Side
    force: Side
    portal: str
    began: datetime | None
    imported: bool
    by: str
    left_out: dict[str, int] = field(default_factory=dict)
    groups: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, store: Store, new: Rules, force: Rules, since: datetime, until: datetime | None, by: str = "source"
    ) -> Backtest:
        last = journal.last_seen(store) + timedelta(milliseconds=1)
        return cls(
            store=store,
            window=Window(since, min(until, last) if until else last),
            new=_side(store, new),
            force=_side(store, force),
            portal=journal.get(store, f"account:{force.marketing}") or "",
            began=past.began(store),
            imported=journal.get(store, "imported") is not None,
            by=by,
        )

    @property
    def unknown(self) -> list[str]:
        """Marketing fields that the new rules read and this ledger never read."""
        return missing_names(self.store, self.new.rules)

    def people(self) -> Iterator[dict[str, Any]]:
        """Everybody who passes under either rules, one at a time; the tallies are whole at the end."""
        for chunk in past.chunks(self.store):
            for person, dossier, story in self._stories(chunk):
                born = story.traces[dossier.marketing.ref].born if dossier.marketing else None
                found = fate(story, born, self.window)
                if isinstance(found, str):
                    self.left_out[found] = self.left_out.get(found, 0) + 1
                    continue
                trials = [self._try(side, person, dossier, story, found) for side in (self.new, self.force)]
                value = trials[0].decision.profile.get(self.by) if trials[0].decision else None
                passed = (int(trial.passed is not None) for trial in trials)
                count(self.groups, text_of(value) if not is_blank(value) else "", (1, *passed, *found.reached))
                if any(trial.passed for trial in trials):
                    yield self._row(dossier, story, found, *trials)
        for side in (self.new, self.force):
            self._give_out(side)

    def _try(self, side: Side, person: int, dossier: Dossier, story: Past, of: Fate) -> Trial:
        trial = replay(dossier, story, of, side.rules, side.directory, self.portal)
        side.tally.add(trial, of)
        if trial.passed is not None:
            side.passes[0].append(person)
            side.passes[1].append((trial.passed - _EPOCH) // _MICROSECOND)
        return trial

    def _stories(self, ids: Sequence[int]) -> Iterator[tuple[int, Dossier, Past]]:
        """Dossiers with their past, in the order of `ids`."""
        fields = watched(self.new.rules) | watched(self.force.rules)
        found = people.dossiers(self.store, ids, self.force.rules.marketing, fields)
        stories = past.pasts(self.store, found)
        yield from ((person, found[person], stories[person]) for person in ids)

    def _give_out(self, side: Side) -> None:
        """The leads that passed, in order of time, to whom they would have gone."""
        who, when = side.passes
        order = sorted(range(len(who)), key=lambda n: (when[n], who[n]))
        turns = Turns(side.rules, side.directory, closing=True)
        for chunk in chunks(order, past.CHUNK):
            for n, (_, dossier, story) in zip(chunk, self._stories([who[n] for n in chunk]), strict=True):
                now = _EPOCH + when[n] * _MICROSECOND
                then = decide(as_of(dossier, story, now), side.rules, side.directory, now, self.portal)
                side.tally.give(turns.give(then, now)[0], now.date())

    def _row(self, dossier: Dossier, story: Past, of: Fate, new: Trial, force: Trial) -> dict[str, Any]:
        passed = new.decision if new.passed else force.decision
        assert passed is not None
        change = "same" if new.passed and force.passed else "enters" if new.passed else "leaves"
        return {
            "change": change,
            "lineage": dossier.lineage,
            "email": passed.profile.get("email"),
            "name": name_of(passed.profile),
            "new_passed": _iso(new.passed),
            "new_score": new.score,
            "new_tier": new.tier,
            "force_passed": _iso(force.passed),
            "force_score": force.score,
            "force_tier": force.tier,
            "outcome": LEVELS[of.level - 1]
            if of.level
            else "none"
            if of.tried or self.imported
            else "never with sales",
            "why": self._why(dossier, story, of, new, force),
        }

    def _why(self, dossier: Dossier, story: Past, of: Fate, new: Trial, force: Trial) -> str:
        """What kept somebody from passing under one of the rules, at the moment at which the other passed it."""
        if new.passed and force.passed:
            return ""
        side, passed = (self.force, new.passed) if new.passed else (self.new, force.passed)
        assert passed is not None
        then = decide(as_of(dossier, story, passed), side.rules, side.directory, passed, self.portal)
        return "; ".join(missing(then))

    # ------------------------------------------------------------ telling
    def summary(self) -> dict[str, Any]:
        """Numbers for people and machines, once `people` is through. Shares have four decimals, None where there is nothing
        to divide by."""
        return {
            "since": self.window.since.isoformat(),
            "until": self.window.until.isoformat(),
            "ledger_began": _iso(self.began),
            "imported": self.imported,
            "looked_at": self.new.tally.people,
            "left_out": self.left_out,
            "unknown_fields": self.unknown,
            "by": self.by,
            "groups": {
                value: dict(zip(("people", "new", "force", *LEVELS), row, strict=True))
                for value, row in sorted(self.groups.items(), key=lambda group: (_worst_last(group[1]), group[0]))
            },
            "versions": {
                version: dict(zip(("handoffs", *LEVELS), row, strict=True))
                for version, row in past.versions(self.store, self.window.since, self.window.until, STAGES).items()
            },
            "new": self._side(self.new),
            "force": self._side(self.force),
        }

    def _side(self, side: Side) -> dict[str, Any]:
        tally = side.tally
        return {
            "rules": side.rules.version,
            "passed": tally.passed,
            "never_with_sales": 0 if self.imported else tally.untried,
            "tiers": dict(tally.tiers),
            "entries": dict(tally.entries),
            "outcomes": {
                name: {
                    "all": tally.there[n],
                    "passed": tally.hits[n],
                    "precision": _decimals(tally.precision(n)),
                    "recall": _decimals(tally.recall(n)),
                    "lift": [_decimals(part) for part in tally.lift(n)],
                }
                for n, name in enumerate(LEVELS)
            },
            "criteria": {
                name: dict(zip(("people", *LEVELS), row, strict=True)) for name, row in sorted(tally.criteria.items())
            },
            "load": {who: self._load(days) for who, days in sorted(tally.loads.items())},
        }

    def _load(self, days: Counter[date]) -> dict[str, Any]:
        busiest = min(days, key=lambda d: (-days[d], d))
        begin = max(self.window.since, self.began or self.window.since)
        span = max((self.window.until - begin) / timedelta(days=1), 1)
        return {
            "leads": days.total(),
            "a_day": round(days.total() / span, 2),
            "most": days[busiest],
            "busiest": busiest.isoformat(),
        }


def _side(store: Store, rules: Rules) -> Side:
    known = people.directory(store, rules.marketing, rules.crm)
    return Side(rules, known if known.crm else everybody(rules))


def _worst_last(row: Sequence[int]) -> tuple[float, ...]:
    """By what became of people, not by how many they are."""
    return tuple(-reached / row[0] for reached in reversed(row[3:]))


def _iso(moment: datetime | None) -> str | None:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000).isoformat() if moment else None


def _decimals(share: Fraction | None) -> float | None:
    return None if share is None else round(float(share), 4)
