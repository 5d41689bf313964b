"""The conservation report: the ledger's MQLs of a window, against what both systems say when they are asked themselves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from connectors.base import Answer, Connector, Question
from syncd.core.adopted import crm_number, marketing_number
from syncd.core.chunks import chunks
from syncd.core.conservation import (
    Attempt,
    Conservation,
    Count,
    Due,
    Finding,
    Known,
    conservation,
    not_delivered,
    not_seen,
    not_shown,
)
from syncd.core.errors import RemoteError
from syncd.core.rules import KindMap, Rules
from syncd.core.types import Record, Ref
from syncd.ledger import conserved, journal, people
from syncd.ledger.conserved import Delivered
from syncd.ledger.store import Store
from syncd.sync.systems import Systems, look, without_missing
from syncd.sync.view import View, missing, standing


class Asked(NamedTuple):
    """A question to a system, in words too. `exact`: each handoff of the window must be among the answers."""

    what: str
    question: Question
    exact: bool = False


def conserve(
    store: Store,
    systems: Systems,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    last: timedelta = timedelta(days=30),
) -> Conservation:
    """Every MQL of [since, until) in its bucket, and what differs by name. Unless said, it ends now, and begins `last` before
    its end. Both systems are read, nothing is written. One that cannot be asked is in `out`, and the report is not balanced.
    Raises LedgerError."""
    look(store, systems, keep=False)
    until = until or systems.now().replace(microsecond=0) + timedelta(seconds=1)  # stamps may have whole seconds
    since = since or until - last
    rules = without_missing(systems.rules, {name: health.missing for name, health in systems.health.items()})
    asker = _Asker(store, rules, conserved.delivered(store, since, until), journal.last_begun(store))
    counts: list[Count] = []
    became: list[Answer] = []
    for name, questions in _questions(rules, since, until).items():
        if name in systems.out or not questions:
            continue
        connector = systems.connectors[name]
        try:
            answers = connector.census([asked.question for asked in questions])
            for asked, found in zip(questions, answers, strict=True):
                if asked.question.entered:
                    became += found
                else:
                    counts.append(asker.marked(connector, asked, [answer.record for answer in found]))
        except RemoteError as error:
            systems.fail(error)
    known = conserved.whose(store, [answer.record for answer in became])
    unknown = [answer for answer in became if answer.record.ref not in known]
    if rules.marketing not in systems.out:
        counts.insert(0, asker.called(became, [answer.record for answer in unknown]))
    attempts = conserved.attempts(store, since, until)
    attempts += _without_handoff(store, rules, since, until, became)
    named = {known[answer.record.ref].lineage for answer in became if answer.record.ref in known}
    elsewhere = sum(attempt.lineage not in named for attempt in attempts)
    attempts += [Attempt(a.record.ref.id, str(a.record.fields.get("email") or ""), a.at) for a in unknown]
    out = {name: str(error) for name, error in systems.out.items() if name in rules.maps}
    return conservation(since, until, attempts, counts, elsewhere=elsewhere, out=out)


# ---------------------------------------------------------------- asking
def _questions(rules: Rules, since: datetime, until: datetime) -> Mapping[str, list[Asked]]:
    """What each system is asked: whom marketing calls an MQL, who bears a stamp of the window, and which records were made
    with our key."""
    kind = rules.marketing_kind
    email = kind.fields["email"].remote if "email" in kind.fields else ""
    mine = Question(kind.kind, since, until, fields=tuple(filter(None, (email, _told(kind, "handoff")))))
    found = {
        rules.marketing: [
            Asked("became an MQL", replace(mine, entered=raw)) for raw, stage in kind.stages.items() if stage == "mql"
        ],
        **({} if rules.one_system else {rules.crm: []}),
    }
    if stamp := _told(kind, "handed_over_at"):
        found[rules.marketing].append(Asked("handed over, by its stamp", replace(mine, field=stamp), exact=True))
    for there in () if rules.one_system else rules.maps[rules.crm].kinds.values():
        fields = tuple(filter(None, (_told(there, "handoff"), there.key)))
        theirs = Question(there.kind, since, until, fields=fields)
        if stamp := _told(there, "handed_over_at"):
            asked = Asked(f"{there.kind} with a stamp", replace(theirs, field=stamp), exact=True)
            found[rules.crm].append(asked)
        if there.key:
            found[rules.crm].append(Asked(f"{there.kind} made with our key", replace(theirs, filled=(there.key,))))
    return found


def _told(kind: KindMap, name: str) -> str:
    """The remote field in which a handoff says this of itself, "" if none."""
    fm = kind.feedback.get(name)
    return fm.remote if fm else kind.stamp.get(name, "")


class _Asker:
    """Holds answers against the ledger. `last`: when the last sync began."""

    def __init__(self, store: Store, rules: Rules, handoffs: Sequence[Delivered], last: datetime) -> None:
        self._store, self._rules, self._handoffs, self._last = store, rules, handoffs, last

    def called(self, became: Sequence[Answer], unknown: Sequence[Record]) -> Count:
        """Whom marketing calls an MQL."""
        findings = tuple(not_seen(record, self._last) for record in unknown)
        return Count(self._rules.marketing, "became an MQL", len(became), len(became) - len(unknown), findings)

    def marked(self, connector: Connector, asked: Asked, records: Sequence[Record]) -> Count:
        """Who bears the mark of a handoff."""
        known = conserved.whose(self._store, records)
        extra = list(filter(None, (self._extra(record, known.get(record.ref)) for record in records)))
        lacking = list(self._lacking(connector, asked, {r.ref for r in records})) if asked.exact else []
        ledger = len(records) - len(extra) + len(lacking)
        return Count(connector.name, asked.what, len(records), ledger, (*lacking, *extra))

    def _extra(self, record: Record, known: Known | None) -> Finding | None:
        here = record.ref.system == self._rules.crm and not self._rules.one_system
        number = crm_number(self._rules, record) if here else marketing_number(self._rules.marketing_kind, record)
        return not_delivered(record, known, number, self._last)

    def _lacking(self, connector: Connector, asked: Asked, shown: set[Ref]) -> Iterator[Finding]:
        """Handoffs that must be among the answers and are not, each looked at by itself: `read` sees every write at once."""
        due = [(d, h.unsaid) for h in self._handoffs if (d := self._side(connector.name, h)) and d.ref not in shown]
        due = [(d, unsaid) for d, unsaid in due if d.ref.kind == asked.question.kind]
        live = connector.read([d.ref for d, _ in due], [asked.question.field])
        for d, unsaid in due:
            state = unsaid if connector.name == self._rules.marketing else ""
            found = not_shown(d, live.get(d.ref), asked.question.field, unsaid=state, shown=shown)
            if found is not None:
                yield found

    def _side(self, name: str, handoff: Delivered) -> Due | None:
        return handoff.marketing if name == self._rules.marketing else handoff.crm


# ---------------------------------------------------------------- those without a handoff
def _without_handoff(
    store: Store, rules: Rules, since: datetime, until: datetime, became: Sequence[Answer]
) -> Iterator[Attempt]:
    """Each with what a decision says of it now."""
    view = View.of(store, rules)
    told = [(answer.record.ref, answer.at) for answer in became]
    found = conserved.without_handoff(store, since, until, told)
    for some in chunks(sorted(found), people.CHUNK):
        for person, decision in view.decisions(some):
            stands = standing(decision)
            reasons = missing(decision)
            kinds = [problem.kind.replace("_", " ") for problem in decision.problems]
            short = decision.verdict.vetoed_by if stands == "vetoed" else (*kinds, *reasons)
            yield Attempt(
                decision.dossier.lineage, str(decision.profile.get("email") or ""), found[person], standing=stands,
                because=next(iter(short), "no reason"), detail="; ".join(reasons),
            )  # fmt: skip
