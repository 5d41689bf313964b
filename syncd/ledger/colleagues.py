"""Who else of a company is known, and what they looked at: one look at all addresses for a sync, three queries a chunk.

Only what a rep may read leaves this module: names, titles and what was looked at; no address, and nothing that somebody wrote.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from syncd.core.content import CONTENT
from syncd.core.facts import Colleague
from syncd.core.rules import Rules
from syncd.core.standing import FREE_MAIL, spellings
from syncd.ledger.codec import from_json, from_ms, to_json, unpack
from syncd.ledger.store import Store

MOST = 5
"""So many colleagues are told of, the latest active first."""

_LOOKED_AT = 50
"""Of so many of a domain, those who were seen for the first time last: a company may have thousands."""

_TITLES = 3

_DID = (
    "WITH did AS (SELECT l.person, b.activity FROM link l JOIN about b ON b.record = l.record "
    "WHERE l.person IN (SELECT value FROM json_each(?1)) "
    "UNION SELECT l.person, a.id FROM link l JOIN record m ON m.id = l.record JOIN activity a ON a.email = m.email "
    "WHERE l.person IN (SELECT value FROM json_each(?1)) AND l.how IS NOT 'receipt') "
)
_COUNTS = "a.done = 1 AND a.outbound = 0 AND a.key IS NULL"


class _Found(NamedTuple):
    person: int
    name: str
    title: str


Mates = Mapping[str, Sequence[int]]
"""Domain → marketing records of it."""


def mates(store: Store, rules: Rules, domains: Iterable[str]) -> Mates:
    """The people behind these domains, at most `_LOOKED_AT` each. Free-mail domains and our own tell of no company. Asked once
    for many: like the look at who owns a company it reads every address."""
    asked = {at: domain for domain in set(domains) - {*FREE_MAIL, *rules.own_domains, ""} for at in spellings(domain)}
    found: dict[str, list[int]] = defaultdict(list)
    if not asked:
        return found
    for at, record in store.rows(
        "SELECT domain, id FROM (SELECT domain, id, row_number() OVER (PARTITION BY domain ORDER BY id DESC) AS n FROM "
        "(SELECT id, substr(email, instr(email, '@') + 1) AS domain FROM record WHERE email IS NOT NULL) "
        "WHERE domain IN (SELECT value FROM json_each(?1)) "
        "AND EXISTS (SELECT 1 FROM link l WHERE l.record = id AND l.how IS NULL)) WHERE n <= ?2",
        to_json(sorted(asked)),
        _LOOKED_AT,
    ):
        found[asked[at]].append(record)
    return found


def colleagues(
    store: Store, rules: Rules, domains: Mapping[int, str], known: Mates
) -> dict[int, tuple[Colleague, ...]]:
    """person → at most `MOST` others of the company; `domains` are those of their companies, `known` who is there."""
    wanted = {domain for domain in domains.values() if domain in known}
    everybody = _people(store, rules, sorted({record for domain in wanted for record in known[domain]}))
    of = {domain: [everybody[record] for record in known[domain] if record in everybody] for domain in wanted}
    active = _activity(store, sorted({found.person for found in everybody.values()}))
    chosen = {
        person: sorted(
            (c for c in of.get(domain, ()) if c.person != person),
            key=lambda c: (-active.get(c.person, (0, 0))[1], c.name, c.person),
        )[:MOST]
        for person, domain in domains.items()
    }
    looked = _looked(store, sorted({c.person for group in chosen.values() for c in group}))
    return {
        person: tuple(_colleague(c, active.get(c.person), looked.get(c.person, ())) for c in group)
        for person, group in chosen.items()
    }


def _colleague(of: _Found, active: tuple[int, int] | None, looked: Sequence[str]) -> Colleague:
    count, last = active or (0, 0)
    return Colleague(of.name, of.title, count, from_ms(last) if count else None, tuple(looked[:_TITLES]))


def _people(store: Store, rules: Rules, records: Sequence[int]) -> dict[int, _Found]:
    """Live marketing contacts with a name, by record."""
    fields = rules.marketing_kind.fields
    found: dict[int, _Found] = {}
    for record, person, names, email, body in store.rows(
        "SELECT r.id, l.person, k.names, r.email, r.body FROM json_each(?1) j JOIN record r ON r.id = j.value "
        "JOIN kind k ON k.id = r.kind AND k.system = ?2 JOIN link l ON l.record = r.id AND l.how IS NULL WHERE r.state IS NULL",
        to_json(list(records)),
        rules.marketing,
    ):
        raw = dict(zip(from_json(names), unpack(body, email), strict=False))
        first, last, title = (
            str(raw.get(fields[name].remote) or "").strip() if name in fields else ""
            for name in ("first_name", "last_name", "title")
        )
        if name := " ".join(filter(None, (first, last))):
            found[record] = _Found(person, name, title)
    return found


def _activity(store: Store, persons: Sequence[int]) -> dict[int, tuple[int, int]]:
    """person → (how many activities, milliseconds of the newest)."""
    return {
        person: (count, last)
        for person, count, last in store.rows(
            f"{_DID}SELECT d.person, count(*), max(a.at) FROM did d JOIN activity a ON a.id = d.activity "
            f"WHERE {_COUNTS} GROUP BY d.person",
            to_json(list(persons)),
        )
    }


def _looked(store: Store, persons: Sequence[int]) -> dict[int, list[str]]:
    """person → titles of the content they looked at, newest first."""
    found: dict[int, list[str]] = defaultdict(list)
    for person, title in store.rows(
        f"{_DID}SELECT d.person, a.title FROM did d JOIN activity a ON a.id = d.activity WHERE {_COUNTS} "
        "AND a.title <> '' AND a.kind IN (SELECT value FROM json_each(?2)) GROUP BY d.person, a.title "
        "ORDER BY max(a.at) DESC, a.title",
        to_json(list(persons)),
        to_json(sorted(CONTENT)),
    ):
        found[person].append(title)
    return found
