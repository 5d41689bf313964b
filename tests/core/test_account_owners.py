"""Whose a company is: the contact's own account, the account of its domain, and then its people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from types import MappingProxyType

import pytest
from core_making import NOW, directory, owner
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.reps import Away, Rep
from syncd.core.route import Lead, Route, route
from syncd.core.rules import Account as Named
from syncd.core.rules import Routing
from syncd.core.standing import Company, Standing, domain_of, domains_above, site_of
from syncd.core.types import CrmAccount, Ref, Value

LENA, JONAS, ISLA, MORGAN = (owner(f"{name}@syncd.example") for name in ("lena", "jonas", "isla", "morgan"))
GONE = owner("gone@syncd.example", active=False)
WHO = (LENA, JONAS, ISLA, MORGAN, GONE)
KEEP = Routing("round_robin", MORGAN.email, (LENA.email,), keep_account=True)
EMAIL = "ada@acme.example"


def account(name: str, of: str, domain: str = "acme.example", *, customer: bool = False) -> CrmAccount:
    return CrmAccount(Ref("salesforce", "Account", name), name, domain, of, NOW, customer)


def ask(
    routing: Routing = KEEP, *accounts: CrmAccount, own: CrmAccount | None = None, people: tuple[str, ...] = (),
    known: Mapping[str, CrmAccount] = MappingProxyType({}), **profile: Value,
) -> Route:  # fmt: skip
    companies = {"acme.example": Company(people, accounts=accounts)}
    standing = Standing(companies=companies, accounts={**known, **({own.ref.id: own} if own else {})})
    lead = Lead({"email": EMAIL, **profile}, account=own.ref.id if own else "")
    return route(routing, lead, directory(*WHO), standing, NOW)


def test_S0_11_pain_2_own_account_then_the_domains_then_the_people() -> None:
    own, of_domain, people = account("Own", ISLA.ref.id, "else.example"), account("Acme", JONAS.ref.id), (LENA.ref.id,)
    found = ask(KEEP, of_domain, own=own, people=people)
    assert (found.owner, found.rule, found.why) == (
        ISLA, "account owner", ("Isla owns the account of the contact, “Own”",),
    )  # fmt: skip
    found = ask(KEEP, of_domain, people=people)
    assert (found.owner, found.why) == (JONAS, ("Jonas owns the account “Acme” (acme.example)",))
    found = ask(KEEP, people=(ISLA.ref.id,))
    assert (found.owner, found.why) == (ISLA, ("Isla owns the people of acme.example in the CRM",))
    assert ask().rule == "round robin"


@pytest.mark.parametrize(
    ("of", "said"),
    [
        (GONE.ref.id, "Gone, who owns the account “Acme” (acme.example), is inactive in the CRM"),
        ("", "nobody owns the account “Acme” (acme.example)"),
        ("005X", "005X, who owns the account “Acme” (acme.example), is not a user of the CRM"),
    ],
)
def test_S0_11_an_account_without_a_live_owner_is_said_and_passed_over(of: str, said: str) -> None:
    found = ask(KEEP, account("Acme", of), people=(ISLA.ref.id,))
    assert (found.owner, found.why) == (ISLA, (said, "Isla owns the people of acme.example in the CRM"))
    found = ask(KEEP, account("Acme", of))
    assert (found.owner, found.rule, found.why) == (LENA, "round robin", (said,))


def test_S0_11_an_owner_who_is_away_is_passed_over_too() -> None:
    today = NOW.date()
    away = replace(KEEP, reps=(Rep(JONAS.email, away=(Away(today, today + timedelta(days=2)),)),))
    found = ask(away, account("Acme", JONAS.ref.id))
    assert found.owner == LENA
    assert found.why == (
        "Jonas owns the account “Acme” (acme.example)", "jonas@syncd.example is away until 2026-11-05",
    )  # fmt: skip


def test_S0_11_of_several_accounts_the_one_with_a_live_owner_that_changed_last_and_it_is_said() -> None:
    newest, second, oldest = account("New", GONE.ref.id), account("Acme", JONAS.ref.id), account("Old", ISLA.ref.id)
    found = ask(KEEP, newest, second, oldest)
    assert found.owner == JONAS
    assert found.why == (
        "3 accounts have the domain acme.example; Jonas owns the one with a live owner that changed last, “Acme”",
    )
    found = ask(KEEP, newest, replace(newest, ref=Ref("salesforce", "Account", "x")))
    assert (found.owner, found.why) == (LENA, ("2 accounts have the domain acme.example; none has a live owner",))


def test_S0_11_the_own_account_is_not_counted_among_those_of_the_domain() -> None:
    own, other = account("Own", GONE.ref.id), account("Acme", JONAS.ref.id)
    found = ask(KEEP, own, other, own=own)
    assert (found.owner, found.why) == (
        JONAS,
        (
            "Gone, who owns the account of the contact, “Own”, is inactive in the CRM",
            "Jonas owns the account “Acme” (acme.example)",
        ),
    )


def test_S0_11_whom_the_account_calls_a_customer_is_one() -> None:
    support = replace(KEEP, keep_account=False, customers=ISLA.email)
    assert ask(support, account("Acme", JONAS.ref.id)).rule == "round robin"
    found = ask(support, account("Acme", JONAS.ref.id, customer=True))
    assert (found.owner, found.why) == (
        JONAS,
        ("the account “Acme” is a customer", "Jonas owns the account “Acme” (acme.example)"),
    )
    found = ask(support, account("Acme", GONE.ref.id, customer=True))
    assert (found.owner, found.rule, found.why) == (
        ISLA,
        "customers",
        (
            "the account “Acme” is a customer",
            "Gone, who owns the account “Acme” (acme.example), is inactive in the CRM",
        ),
    )


def test_S0_11_without_an_owner_of_its_own_a_subsidiary_is_its_parents() -> None:
    group, europe = account("Group", ISLA.ref.id, "group.example"), account("Europe", GONE.ref.id, "")
    europe, acme = replace(europe, parent="Group"), account("Acme", "")
    known = {"Group": group, "Europe": europe}
    found = ask(KEEP, replace(acme, parent="Europe"), known=known)
    assert (found.owner, found.rule) == (ISLA, "account owner")
    assert found.why == (
        "nobody owns the account “Acme” (acme.example)",
        "Gone, who owns “Europe”, the parent account of “Acme”, is inactive in the CRM",
        "Isla owns “Group”, the parent account of “Europe”",
    )
    owned = replace(acme, owner=JONAS.ref.id, parent="Group")
    assert ask(KEEP, owned, known=known).owner == JONAS
    assert ask(KEEP, own=replace(acme, parent="Group"), known=known, people=(JONAS.ref.id,)).owner == ISLA


def test_S0_11_accounts_that_are_their_own_parents_end() -> None:
    one, two = replace(account("One", ""), parent="Two"), replace(account("Two", ""), parent="One")
    assert ask(KEEP, one, known={"One": one, "Two": two}).owner == LENA
    assert ask(KEEP, replace(one, parent="One"), known={"One": one}).owner == LENA


def test_S0_11_a_subsidiary_of_a_customer_is_no_customer() -> None:
    group = account("Group", ISLA.ref.id, "group.example", customer=True)
    support = replace(KEEP, keep_account=False, customers=ISLA.email)
    assert ask(support, replace(account("Acme", ""), parent="Group"), known={"Group": group}).rule == "round robin"


@given(st.lists(st.tuples(st.sampled_from([*WHO, None]), st.booleans()), max_size=6))
def test_S1_5_whoever_gets_a_lead_of_an_account_is_live_and_owns_the_latest_that_can_be(owned) -> None:
    accounts = [account(f"A{n}", who.ref.id if who else "", customer=yes) for n, (who, yes) in enumerate(owned)]
    live = [who for who, _ in owned if who is not None and who.active]
    found = ask(KEEP, *accounts)
    assert found.owner == (live[0] if live else LENA)
    assert (found.rule == "account owner") == bool(live)


@pytest.mark.parametrize(
    ("domain", "above"),
    [
        ("eu.acme.example", ("eu.acme.example", "acme.example")),
        ("acme.example", ("acme.example",)),
        ("gmail.com", ()),
        ("facebook.com", ()),
        ("acme.wordpress.com", ("acme.wordpress.com",)),
        ("acme.co.uk", ("acme.co.uk",)),
        ("eu.acme.com.au", ("eu.acme.com.au", "acme.com.au")),
        ("co.uk", ()),
        ("com.example", ("com.example",)),
        ("xn--mller-kva.example", ("xn--mller-kva.example",)),
        ("localhost", ()),
        ("", ()),
    ],
)
def test_S0_11_a_subdomain_belongs_to_the_account_above_it(domain: str, above: tuple[str, ...]) -> None:
    assert domains_above(domain) == above


@pytest.mark.parametrize(
    ("said", "domain"),
    [
        ("https://www.acme.example/about?x=1#y", "acme.example"),
        ("ACME.example.", "acme.example"),
        ("http://user@acme.example:8080", "acme.example"),
        ("https://www.müller.example", "xn--mller-kva.example"),
        ("MÜLLER.example", "xn--mller-kva.example"),
        ("xn--mller-kva.example", "xn--mller-kva.example"),
        ("a..b", "a..b"),
        ("", ""),
    ],
)
def test_S0_11_a_web_address_in_any_notation_is_one_domain(said: str, domain: str) -> None:
    assert site_of(said) == domain
    if domain and "/" not in said:
        assert domain_of({"email": f"ada@{said.rpartition('@')[2].removesuffix(':8080')}"}) == domain


def test_S0_11_who_writes_with_an_umlaut_belongs_to_the_account_without() -> None:
    named = replace(KEEP, accounts=(Named(ISLA.email, (site_of("müller.example"),)),))
    for email in ("ada@müller.example", "ada@xn--mller-kva.example", "ada@eu.Müller.example"):
        assert ask(named, email=email).owner == ISLA
    assert ask(named, email="ada@example").owner == LENA
