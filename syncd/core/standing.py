"""What routing knows of the past and of others: whose turn it is, what everybody has, who owns which company."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from syncd.core.reps import Load
from syncd.core.rotation import Draw, Turn, given, returned
from syncd.core.types import CrmAccount, Value

FREE_MAIL = frozenset((
    "aol.com", "bluewin.ch", "fastmail.com", "free.fr", "gmail.com", "gmx.at", "gmx.ch", "gmx.de", "gmx.net", "googlemail.com",
    "hey.com", "hotmail.co.uk", "hotmail.com", "hotmail.fr", "icloud.com", "laposte.net", "libero.it", "live.com", "mac.com",
    "mail.com", "mail.ru", "me.com", "msn.com", "naver.com", "orange.fr", "outlook.com", "outlook.de", "pm.me", "proton.me",
    "protonmail.com", "qq.com", "rediffmail.com", "seznam.cz", "t-online.de", "tutanota.com", "wanadoo.fr", "web.de", "wp.pl",
    "yahoo.co.jp", "yahoo.co.uk", "yahoo.com", "yahoo.de", "yahoo.fr", "yandex.ru", "126.com", "163.com",
))  # fmt: skip
"""Domains that say nothing about a company."""

SHARED = frozenset((
    "blogspot.com", "facebook.com", "github.io", "instagram.com", "linkedin.com", "linktr.ee", "notion.site",
    "sites.google.com", "tiktok.com", "twitter.com", "webflow.io", "wixsite.com", "wordpress.com", "x.com", "xing.com",
    "youtube.com",
))  # fmt: skip
"""Web hosts where many companies have a page."""


SECOND_LEVEL = frozenset((
    "ac", "asso", "co", "com", "edu", "firm", "gen", "go", "gob", "gouv", "gov", "gv", "ind", "ltd", "me", "mil", "ne", "net",
    "nhs", "nom", "or", "org", "plc", "sch",
))  # fmt: skip
"""Endings under a country's own, as in co.uk, com.au, or.jp."""


@dataclass(frozen=True, slots=True)
class Company:
    """What the ledger knows of the company behind a domain: CRM ids of those who own its people, who has most first, whether
    one of its people is a customer, and its accounts, the one that changed last first."""

    owners: tuple[str, ...] = ()
    customer: bool = False
    accounts: tuple[CrmAccount, ...] = ()


@dataclass(frozen=True, slots=True)
class Taken:
    """Who got a lead, by e-mail address (a queue by name) and by CRM id, and the draw if it was one."""

    rep: str
    owner_id: str
    draw: Draw | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """`turns`: pool → rep → turn · `loads`: CRM id of an owner → load · `companies`: domain → company · `accounts`: CRM id
    of an account, also of one that was merged away → the account."""

    turns: Mapping[str, Mapping[str, Turn]] = field(default_factory=dict)
    loads: Mapping[str, Load] = field(default_factory=dict)
    companies: Mapping[str, Company] = field(default_factory=dict)
    accounts: Mapping[str, CrmAccount] = field(default_factory=dict)

    def after(self, taken: Taken, now: datetime) -> Standing:
        """As it stands once somebody has got a lead."""
        load, draw = self.loads.get(taken.owner_id, Load()), taken.draw
        loads = {**self.loads, taken.owner_id: Load(load.open + 1, (*load.given, now))}
        if draw is None:
            return replace(self, loads=loads)
        turns = given(taken.rep, draw.weights, self.turns.get(draw.pool, {}))
        return replace(self, loads=loads, turns={**self.turns, draw.pool: turns})

    def before(self, rep: str, pool: str) -> Standing:
        """As it stands once `rep` has lost a lead of this pool again that was never delivered."""
        turns = returned(rep, self.turns.get(pool, {}))
        return replace(self, turns={**self.turns, pool: turns})


def domain_of(profile: Mapping[str, Value]) -> str:
    """The domain of a person's company: that of the e-mail address, or of the website where the address is a free one."""
    email = mail_domain(str(profile.get("email") or ""))
    return email if email and email not in FREE_MAIL else site_of(str(profile.get("website") or ""))


def mail_domain(email: str) -> str:
    """The domain of an e-mail address, "" when it has none."""
    return _ascii(email.rpartition("@")[2].strip().lower().rstrip(".")) if "@" in email else ""


def site_of(website: str) -> str:
    """The domain of a web address: "https://www.acme.example/about" is acme.example."""
    host = re.split("[/:?#]", website.strip().lower().rpartition("://")[2].rpartition("@")[2], maxsplit=1)[0]
    return _ascii(host.rstrip(".").removeprefix("www."))


def domains_above(domain: str) -> tuple[str, ...]:
    """The domains whose company somebody of this one belongs to, closest first: eu.acme.example is acme.example's. Those
    that say nothing about a company are left out, and so are endings under which anybody registers: com, co.uk."""
    parts = domain.split(".")
    above = (".".join(parts[n:]) for n in range(len(parts) - 1))
    return tuple(d for d in above if d not in FREE_MAIL and d not in SHARED and not is_ending(d))


def is_ending(domain: str) -> bool:
    """Whether anybody registers under it: one part alone, or one of the usual second ones under a country's."""
    first, _, country = domain.partition(".")
    return not country or (len(country) == 2 and first in SECOND_LEVEL)


def spellings(domain: str) -> tuple[str, ...]:
    """A domain as its people may write it in an address: with umlauts, and in the ASCII of the name system."""
    try:
        return tuple(dict.fromkeys((domain, domain.encode("ascii").decode("idna"))))
    except UnicodeError:
        return (domain,)


def _ascii(domain: str) -> str:
    """A domain in the one notation in which it is compared; as it is where it is none."""
    try:
        return domain.encode("idna").decode("ascii") if not domain.isascii() else domain
    except UnicodeError:
        return domain
