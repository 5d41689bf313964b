"""[route] in full: what it becomes, and what is said of one that cannot be right."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from syncd.config import needs
from syncd.core.reps import Away, Rep
from syncd.core.rules import Account, FieldIs, Named, Overflow

AFTER = 'owners = ["olav@acme.example"]\n'
"""The last line of the base configuration, line 39: what is added begins with line 40."""

FULL = """
[route.overflow]
after = "4h"
queue = "Inbound"

[route.users]
"olav@acme.example" = "0055g00000AbCdEAAV"

[[route.account]]
owner = "ruth@acme.example"
domains = ["https://www.Big.example/"]

[[route.skill]]
name = "Danish"
field = "language"
in = ["da"]

[[route.rep]]
email = "Olav@acme.example"
weight = 2
per_day = 5
open_leads = 30
skills = ["Danish"]
days = ["Mon", "Fri"]
hours = "09:00-17:30"
timezone = "europe/oslo"
away = [{ from = 2026-12-21, until = 2027-01-03 }]
"""


def test_S1_15_the_whole_of_route(shop) -> None:
    shop.config((AFTER, AFTER + FULL), ('mode = "territory"', 'mode = "territory"\nfirst = "Tele"\nhops = 2'))
    routing = shop.load().rules.routing
    assert routing.first == ("Tele",)
    assert routing.hops == 2
    assert routing.overflow == Overflow(timedelta(hours=4), "Inbound")
    assert routing.users == {"olav@acme.example": "0055g00000AbCdEAAV"}
    assert routing.accounts == (Account("ruth@acme.example", ("big.example",)),)
    assert routing.skills == (Named("Danish", FieldIs("language", "in", ("da",))),)
    assert routing.reps == (
        Rep("Olav@acme.example", 2, 5, 30, ("Danish",), (0, 4), (time(9), time(17, 30)),
            (Away(date(2026, 12, 21), date(2027, 1, 3)),), "Europe/Oslo"),
    )  # fmt: skip


def test_S3_12_a_new_absence_is_a_new_version_of_the_rules(shop) -> None:
    shop.config((AFTER, AFTER + FULL))
    before = shop.load().rules.version
    shop.config(("2027-01-03", "2027-01-04"))
    assert shop.load().rules.version != before


REP = '\n[[route.rep]]\nemail = "olav@acme.example"\n'

CASES = {
    "a rep whom no rule names": (
        '\n[[route.rep]]\nemail = "olaf@acme.example"\n',
        ['config.toml:41: no rule of [route] names "olaf@acme.example". Did you mean `olav@acme.example`?'],
    ),
    "a rep twice": (
        REP + REP,
        ['config.toml:44: a second [[route.rep]] is "olav@acme.example". Write one table for each rep.'],
    ),
    "hours that are none": (
        REP + 'hours = "9 to 5"\n',
        ['config.toml:42: `hours` must be working hours, not "9 to 5". Write both times of a day: "09:00-17:30".'],
    ),
    "hours over midnight": (
        REP + 'hours = "22:00-06:00"\n',
        ['config.toml:42: `hours` end before they begin: "22:00-06:00". Write both times of a day: "09:00-17:30".'],
    ),
    "a day that is none": (
        REP + 'days = ["Mon", "Tues"]\n',
        ['config.toml:42: `days` is "Tues"; it must be one of: Mon, Tue, Wed, Thu, Fri, Sat, Sun. Did you mean "Tue"?'],
    ),
    "a time zone that is none": (
        REP + 'timezone = "Europe/Olso"\n',
        ['config.toml:42: `timezone` is not a time zone: "Europe/Olso". Write it like "Europe/Berlin".'],
    ),
    "an absence that ends before it begins": (
        REP + "away = [{ from = 2026-12-21, until = 2026-12-20 }]\n",
        ["config.toml:42: `until` is before `from`: 2026-12-20, 2026-12-21."],
    ),
    "a limit of none": (
        REP + "per_day = 0\n",
        ["config.toml:42: `per_day` is 0; it must be at least 1."],
    ),
    "a skill that no lead needs": (
        REP + 'skills = ["Danish"]\n',
        [
            'config.toml:42: no [[route.skill]] is named "Danish". '
            "Add [[route.skill]] with that name and a condition."
        ],
    ),
    "a skill that nobody has": (
        '\n[[route.skill]]\nname = "Danish"\nfield = "language"\nin = ["da"]\n',
        [
            'config.toml:41: no [[route.rep]] has the skill "Danish": its leads would all go to the fallback. '
            'Write skills = ["Danish"] at those who have it.'
        ],
    ),
    "an account that nobody can be of": (
        '\n[[route.account]]\nowner = "olav@acme.example"\n',
        ['config.toml:40: the account has neither domains nor names. Write domains = ["acme.example"].'],
    ),
    "an account of everybody in a country": (
        '\n[[route.account]]\nowner = "olav@acme.example"\ndomains = ["acme.co.uk", "co.uk", "com"]\n',
        [
            'config.toml:42: "co.uk" is no company\'s domain: others have theirs under it. Write the whole: "acme.example".',
            'config.toml:42: "com" is no company\'s domain: others have theirs under it. Write the whole: "acme.example".',
        ],
    ),
    "a user who is nobody's": (
        '\n[route.users]\n"oalv@acme.example" = "005"\n',
        ['config.toml:41: no rule of [route] names "oalv@acme.example". Did you mean `olav@acme.example`?'],
    ),
    "a misspelt key of a rep": (
        REP + "perday = 5\n",
        ["config.toml:42: unknown key `perday`. Did you mean `per_day`?"],
    ),
    "a skill that asks for no field of ours": (
        '\n[[route.skill]]\nname = "Danish"\nfield = "langauge"\nin = ["da"]\n' + REP + 'skills = ["Danish"]\n',
        ["config.toml:42: no mapping has a field \"langauge\". Did you mean `language`?"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_right_is_said_with_its_line(shop, case: str) -> None:
    added, said = CASES[case]
    shop.config((AFTER, AFTER + added))
    assert shop.complaints() == said


def test_with_a_first_receiver_the_mode_needs_no_owners(shop) -> None:
    shop.config(('mode = "territory"', 'mode = "single"\nfirst = ["Tele"]'))
    assert shop.complaints() == []


# ---------------------------------------------------------------- whose a company is
@pytest.mark.parametrize(
    ("crm", "added", "read"),
    [
        ("salesforce", "", ()),
        ("salesforce", "keep_account = true\n", ("Account", "Contact", "AccountId")),
        ("salesforce", 'customers = "Support"\n', ("Account", "Contact", "AccountId")),
        ("hubspot", "", ()),
        ("hubspot", "keep_account = true\n", ("companies", "contacts", "associatedcompanyid")),
    ],
)
def test_S0_11_accounts_are_read_only_where_the_routing_asks_whose_they_are(
    shop, crm: str, added: str, read: tuple[str, ...]
) -> None:
    shop.config(("[route]\n", "[route]\n" + added), ('crm = "salesforce"', f'crm = "{crm}"'))
    rules = shop.load().rules
    linked = {
        (name, kind.kind, kind.fields["account"].remote)
        for name, system in rules.maps.items()
        for kind in system.kinds.values()
        if "account" in kind.fields
    }
    asked = {need.kind for name in rules.maps for need in needs(rules, name)}
    if not read:
        assert {system.account for system in rules.maps.values()} == {None}
        assert linked == set()
        assert not asked & {"Account", "companies"}
        return
    assert {name: system.account.kind for name, system in rules.maps.items() if system.account} == {crm: read[0]}
    assert linked == {(crm, *read[1:])}
    assert asked & {"Account", "companies"} == {read[0]}


def test_S0_11_another_field_of_accounts_is_another_version_of_the_rules(shop) -> None:
    shop.config(("[route]\n", "[route]\nkeep_account = true\n"))
    before = shop.load().rules.version
    shop.mapping("salesforce", ('values = ["Customer - Direct"', 'values = ["Client"'))
    assert shop.load().rules.version != before
