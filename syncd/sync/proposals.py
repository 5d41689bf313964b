"""Proposals out of a ledger, each with its backtest. Nothing is changed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from syncd.core.mapping import canonical
from syncd.core.past import as_of
from syncd.core.proposals import Answered, Proposal, proposals
from syncd.core.rules import Rules
from syncd.core.values import is_blank, text_of
from syncd.ledger import past, people
from syncd.ledger.store import Store
from syncd.sync.backtest import Backtest

FIELDS = ("source", "source_detail", "latest_source", "industry", "country", "employees")
"""Looked at unless others are named, where the mapping has them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A proposal, and what the rules would have made of the ledger's past with it: `syncd backtest --json` without people."""

    proposal: Proposal
    backtest: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        p = self.proposal
        return {
            "field": p.field, "value": p.value, "outcome": p.outcome, "points": p.points, "hits": p.rate.hits,
            "leads": p.rate.of, "other_hits": p.rest.hits, "others": p.rest.of, "chance": p.chance, "sentence": str(p),
            "toml": p.toml(), "backtest": self.backtest,
        }  # fmt: skip


def drafts(
    store: Store, rules: Rules, fields: Sequence[str], since: datetime | None, limit: int
) -> tuple[int, list[Draft]]:
    """(answered leads that were looked at, at most `limit` proposals with their backtests)."""
    leads = list(answered(store, rules, fields, since))
    found = proposals(leads, fields, rules.gate)[:limit]
    began = since or past.began(store)
    return len(leads), [Draft(p, _backtest(store, rules, p, began)) for p in found if began is not None]


def answered(store: Store, rules: Rules, fields: Iterable[str], since: datetime | None) -> Iterator[Answered]:
    """Each person whose handoff got an answer, once, by the newest; with the values as they were known when it was opened."""
    wanted = tuple(fields)
    for chunk in past.chunks(store):
        found = people.dossiers(store, chunk, rules.marketing)
        told = {
            person: (dossier, [h for h in dossier.handoffs if h.state == "closed" and h.outcome and not h.rejected])
            for person, dossier in found.items()
        }
        asked = {person: dossier for person, (dossier, closed) in told.items() if closed}
        for person, story in past.pasts(store, asked).items():
            dossier, closed = told[person]
            handoff = closed[-1]
            if dossier.marketing is None or (since is not None and handoff.opened < since):
                continue
            born = story.traces[dossier.marketing.ref].born  # by the end of the sync that may have opened the handoff
            then = as_of(dossier, story, max(handoff.opened, born))
            assert then.marketing is not None
            values = canonical(then.marketing, rules.marketing_kind)
            yield Answered(handoff.outcome, {n: text_of(values[n]) for n in wanted if not is_blank(values.get(n))})


def _backtest(store: Store, rules: Rules, proposal: Proposal, since: datetime) -> Mapping[str, Any]:
    gate = replace(rules.gate, fit=(*rules.gate.fit, proposal.rule))
    test = Backtest.of(
        store, replace(rules, gate=gate, version=f"{rules.version}+"), rules, since, None, proposal.field
    )
    for _ in test.people():
        pass
    return test.summary()
