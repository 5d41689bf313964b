"""Companies: name, domain, place, size, industry."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from connectors.loopback.world.lexicon import City, Country, Industry, Lexicon, fill, fold, pick

SMALL = 50  # employees up to which a company is too small to buy


@dataclass(slots=True, eq=False)
class Company:
    """``kind`` is "prospect" or "competitor"; ids are filled in once the stores gave them."""

    name: str
    domain: str
    country: Country
    city: City
    postcode: str
    industry: Industry
    employees: int
    revenue: int
    phone: str
    kind: str = "prospect"
    hubspot_id: str = ""
    account_id: str = ""

    @property
    def small(self) -> bool:
        return self.employees <= SMALL

    def failures(self) -> list[str]:
        """Why we would not sell to this company; empty when it fits."""
        return [
            reason
            for reason, holds in (
                ("competitor", self.kind == "competitor"),
                ("too_small", self.small),
                ("wrong_industry", not self.industry.fits),
                ("blocked_country", self.country.blocked),
            )
            if holds
        ]


class Companies:
    """Makes one company after the other; no two share a domain."""

    def __init__(self, words: Lexicon, seed: int) -> None:
        self._words = words
        self._dice = Random(f"{seed}:companies")
        self._domains = {words.junk["own"], *words.junk["competitors"]}
        self._competitors = 0

    def make(self) -> Company:
        dice, words = self._dice, self._words
        country = words.countries.draw(dice)
        industry = words.industries.draw(dice)
        low, high = words.sizes.draw(dice)
        # Within a size class the small ones are many.
        employees = int(low + (high - low) * dice.random() ** 2)
        city = pick(dice, country.cities)
        stem = f"{pick(dice, words.stems)} {pick(dice, industry.words)}"
        return Company(
            name=f"{stem} {pick(dice, country.suffixes)}",
            domain=self._domain(stem, city),
            country=country,
            city=city,
            postcode=fill(dice, city.postcode),
            industry=industry,
            employees=employees,
            revenue=int(employees * dice.uniform(60, 260)) * 1000,
            phone=fill(dice, pick(dice, country.phone)),
        )

    def make_competitor(self) -> Company:
        """One of the few competitors, in turn: big enough and in a fitting industry."""
        company = self.make()
        while company.failures():
            company = self.make()
        domains = self._words.junk["competitors"]
        company.domain = domains[self._competitors % len(domains)]
        self._competitors += 1
        company.name = company.domain.partition(".")[0].capitalize()
        company.kind = "competitor"
        return company

    def _domain(self, stem: str, city: City) -> str:
        base = "-".join(filter(None, map(fold, stem.split())))
        for label in (base, f"{base}-{fold(city.name) or 'group'}"):
            if f"{label}.example" not in self._domains:
                break
        else:
            label = f"{base}-{len(self._domains)}"
        self._domains.add(f"{label}.example")
        return f"{label}.example"


def size_class(employees: int) -> str:
    """The value of the contact property ``numemployees`` [sheet 8]."""
    for limit, label in (
        (5, "1-5"),
        (25, "5-25"),
        (50, "25-50"),
        (100, "50-100"),
        (500, "100-500"),
        (1000, "500-1000"),
    ):
        if employees <= limit:
            return label
    return "1000+"


def hubspot_company(company: Company) -> dict[str, Any]:
    return {
        "name": company.name,
        "domain": company.domain,
        "website": f"https://www.{company.domain}",
        "industry": company.industry.hubspot,
        "numberofemployees": str(company.employees),
        "annualrevenue": str(company.revenue),
        "country": company.country.name,
        "city": company.city.name,
        "state": company.city.state,
        "zip": company.postcode,
        "phone": company.phone,
    }


def salesforce_account(company: Company, owner_id: str) -> dict[str, Any]:
    return {
        "Name": company.name,
        "Website": f"www.{company.domain}",
        "Industry": company.industry.salesforce,
        "NumberOfEmployees": company.employees,
        "AnnualRevenue": float(company.revenue),
        "BillingCountry": company.country.name,
        "BillingState": company.city.state or None,
        "BillingCity": company.city.name,
        "BillingPostalCode": company.postcode or None,
        "Phone": company.phone,
        "Type": "Prospect",
        "OwnerId": owner_id,
    }
