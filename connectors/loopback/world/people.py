"""People: names in their own scripts, addresses, titles, phone numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from connectors.loopback.hubspot.option_sets import zone_value
from connectors.loopback.world.companies import Company, size_class
from connectors.loopback.world.lexicon import Lexicon, Weighted, fill, pick

DECIDERS = ("c_level", "vp", "director", "manager")
JUNIORS = ("staff", "student")

_SENIORITIES = Weighted(
    {
        "c_level": 12,
        "vp": 6,
        "director": 17,
        "manager": 23,
        "senior": 16,
        "staff": 21,
        "student": 5,
    }.items()
)
_ADDRESSES: Weighted[Callable[[str, str], str]] = Weighted(
    {
        lambda given, family: f"{given}.{family}": 60,
        lambda given, family: f"{given[0]}{family}": 12,
        lambda given, family: given: 8,
        lambda given, family: family: 5,
        lambda given, family: f"{given}_{family}": 5,
        lambda given, family: f"{family}.{given}": 10,
    }.items()
)


@dataclass(slots=True)
class Person:
    """Somebody marketing knows. ``company`` None: a stray, without a company we know."""

    given: str
    family: str
    email: str
    title: str
    seniority: str
    company: Company | None
    company_typed: str
    phone: str
    mobile: str
    country_typed: str
    language: str


class People:
    """Makes one person after the other; no two share an e-mail address."""

    def __init__(self, words: Lexicon, seed: int) -> None:
        self._words = words
        self._dice = Random(f"{seed}:people")
        self._emails: set[str] = set()

    def make(self, company: Company, seniorities: tuple[str, ...] | None = None) -> Person:
        """A person of the company, of one of the seniorities where they are given."""
        dice, words = self._dice, self._words
        country = company.country
        culture = words.cultures[country.culture]
        given, family = pick(dice, culture.given), pick(dice, culture.family)
        native = dice.random() >= country.latin
        address = _ADDRESSES.draw(dice)(given.latin, family.latin)
        seniority = pick(dice, seniorities) if seniorities else _SENIORITIES.draw(dice)
        language = country.language if native or not country.latin else "en"
        typed = country.typed and dice.random() < 0.15
        return Person(
            given=given.written if native else given.latin.capitalize(),
            family=family.written if native else family.latin.capitalize(),
            email=self._unique(address, company.domain),
            title=words.title(dice, language, seniority),
            seniority=seniority,
            company=company,
            company_typed=company.name if dice.random() < 0.8 else _short(company.name),
            phone=fill(dice, pick(dice, country.phone)) if dice.random() < 0.6 else "",
            mobile=fill(dice, pick(dice, country.mobile)) if dice.random() < 0.25 else "",
            country_typed=pick(dice, country.typed) if typed else country.name,
            language=country.language,
        )

    def with_phone(self, person: Person) -> Person:
        if person.phone or person.mobile or person.company is None:
            return person
        number = fill(self._dice, pick(self._dice, person.company.country.phone))
        return replace(person, phone=number)

    def again(self, person: Person) -> Person:
        """The same person under another address: a private one, or with plus-addressing."""
        local, _, domain = person.email.partition("@")
        if self._dice.random() < 0.5:
            tag = pick(self._dice, ["demo", "events", "syncd"])
            email = self._unique(f"{local}+{tag}", domain)
        else:
            email = self._unique(local, pick(self._dice, self._words.junk["freemail"]))
        return replace(person, email=email)

    def make_junk(self) -> Person:
        """Somebody who typed nonsense, used a disposable or a role address."""
        dice, junk = self._dice, self._words.junk
        given, family, title = pick(dice, junk["people"])
        if dice.random() < 0.4:
            email = self._unique(pick(dice, junk["role_boxes"]), f"{pick(dice, junk['freemail'])}")
        else:
            email = self._unique("test", pick(dice, ["example.com", *junk["disposable"]]))
        return Person(given, family, email, title, "staff", None, "asdf", "123", "", "", "en")

    def make_colleague(self, member: dict[str, str]) -> Person:
        """One of our own staff, who tried the forms."""
        email = self._unique(*member["email"].split("@"))
        return Person(member["first"], member["last"], email, "", "staff", None, "syncd", "", "", "", "en")

    def _unique(self, local: str, domain: str) -> str:
        email, n = f"{local}@{domain}", 1
        while email in self._emails:
            n += 1
            email = f"{local}{n}@{domain}"
        self._emails.add(email)
        return email


def _short(name: str) -> str:
    """What people type for "Helix Cloud GmbH & Co. KG": "Helix Cloud"."""
    return " ".join(name.split()[:2])


def contact_properties(person: Person) -> dict[str, Any]:
    """What a contact tells about itself, without anything that happened."""
    properties = {
        "email": person.email,
        "firstname": person.given,
        "lastname": person.family,
        "jobtitle": person.title,
        "company": person.company_typed,
        "phone": person.phone,
        "mobilephone": person.mobile,
        "country": person.country_typed,
        "hs_language": person.language,
    }
    company = person.company
    if company is not None:
        properties |= {
            "city": company.city.name,
            "state": company.city.state,
            "zip": company.postcode,
            "industry": company.industry.text[len(person.email) % len(company.industry.text)],
            "numemployees": size_class(company.employees),
            "annualrevenue": str(company.revenue),
            "website": f"https://www.{company.domain}",
            "hs_timezone": zone_value(company.city.timezone),
        }
    return {name: value for name, value in properties.items() if value}
