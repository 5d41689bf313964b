"""Who else of a company is known, and what they looked at: three queries for a whole chunk of people.

Only what a rep may read leaves this module: names, titles and what was looked at; no address, and nothing that somebody wrote.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from syncd.core.content import CONTENT
from syncd.core.facts import Colleague
from syncd.core.rules import Rules
from syncd.core.standing import FREE_MAIL, domain_of
from syncd.core.types import Value
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


def colleagues(
    store: Store, rules: Rules, profiles: Mapping[int, Mapping[str, Value]]
) -> dict[int, tuple[Colleague, ...]]:
    """person → at most `MOST` others of the company's domain. Free-mail domains and our own tell of no company."""
    own = {*FREE_MAIL, *rules.own_domains, ""}
    domains = {person: domain for person, profile in profiles.items() if (domain := domain_of(profile)) not in own}
    of = _people(store, rules, sorted(set(domains.values()))) if domains else {}
    everyone = sorted({found.person for group in of.values() for found in group})
    active = _activity(store, everyone) if everyone else {}
    chosen = {
        person: sorted(
            (c for c in of.get(domain, ()) if c.person != person),
            key=lambda c: (-active.get(c.person, (0, 0))[1], c.name, c.person),
        )[:MOST]
        for person, domain in domains.items()
    }
    told = sorted({c.person for group in chosen.values() for c in group})
    looked = _looked(store, told) if told else {}
    return {
        person: tuple(_colleague(c, active.get(c.person), looked.get(c.person, ())) for c in group)
        for person, group in chosen.items()
    }


def _colleague(of: _Found, active: tuple[int, int] | None, looked: Sequence[str]) -> Colleague:
    count, last = active or (0, 0)
    return Colleague(of.name, of.title, count, from_ms(last) if count else None, tuple(looked[:_TITLES]))


def _people(store: Store, rules: Rules, domains: Sequence[str]) -> dict[str, list[_Found]]:
    """Live marketing contacts with a name, by domain."""
    fields = rules.marketing_kind.fields
    found: dict[str, list[_Found]] = defaultdict(list)
    for domain, person, names, email, body in store.rows(
        "SELECT j.value, l.person, k.names, r.email, r.body FROM json_each(?1) j JOIN record r ON r.id IN ("
        "SELECT x.id FROM record x WHERE x.email IS NOT NULL AND substr(x.email, instr(x.email, '@') + 1) = j.value "
        "AND x.kind IN (SELECT id FROM kind WHERE system = ?2) AND x.state IS NULL ORDER BY x.id DESC LIMIT ?3) "
        "JOIN kind k ON k.id = r.kind JOIN link l ON l.record = r.id AND l.how IS NULL",
        to_json(list(domains)),
        rules.marketing,
        _LOOKED_AT,
    ):
        raw = dict(zip(from_json(names), unpack(body, email), strict=False))

        def said(name: str, raw: Mapping[str, Any] = raw) -> str:
            return str(raw.get(fields[name].remote) or "").strip() if name in fields else ""

        if name := " ".join(filter(None, (said("first_name"), said("last_name")))):
            found[domain].append(_Found(person, name, said("title")))
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
