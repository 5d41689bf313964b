"""What concerns several keys of [route]: modes without owners, reps and skills that nothing else names, absences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from syncd.config.document import Flaw, tables
from syncd.config.flaws import did_you_mean
from syncd.config.scalars import show
from syncd.core.standing import is_ending, site_of

Data = Mapping[str, Any]


def routing_flaws(data: Data) -> Iterator[Flaw]:
    """Every complaint about several keys of [route]."""
    yield from _mode(data)
    yield from _reps(data)
    yield from _skills(data)
    yield from _accounts(data)
    yield from _users(data)


def _mode(data: Data) -> Iterator[Flaw]:
    for place, route in tables(data, "route"):
        mode = route.get("mode")
        if route.get("first"):
            continue  # which takes what the mode would
        if mode == "territory" and not route.get("territory"):
            yield Flaw(
                (*place, "mode"),
                'mode is "territory", but there is no territory.',
                "Add [[route.territory]] with name, a condition and owners.",
            )
        if mode in ("single", "round_robin") and not route.get("owners"):
            yield Flaw(
                (*place, "mode"),
                f'mode is "{mode}", but `owners` is empty.',
                'Write owners = ["rep@acme.example"].',
            )


def _reps(data: Data) -> Iterator[Flaw]:
    named = sorted(set(_named(data)))
    seen: set[str] = set()
    for where, rep in tables(data, "route", "rep"):
        email = _text(rep.get("email"))
        if email.lower() in seen:
            yield Flaw((*where, "email"), f"a second [[route.rep]] is {show(email)}.", "Write one table for each rep.")
        elif email and email.lower() not in (name.lower() for name in named):
            yield Flaw((*where, "email"), f"no rule of [route] names {show(email)}.", did_you_mean(email, named))
        seen.add(email.lower())
        for place, away in tables(rep, "away"):
            first, last = away.get("from"), away.get("until")
            if type(first) is type(last) and first is not None and first > last:
                yield Flaw((*where, *place, "until"), f"`until` is before `from`: {show(last)}, {show(first)}.")


def _skills(data: Data) -> Iterator[Flaw]:
    known = [_text(skill.get("name")) for _, skill in tables(data, "route", "skill")]
    had = set()
    for where, rep in tables(data, "route", "rep"):
        for n, skill in enumerate(_texts(rep.get("skills"))):
            had.add(skill)
            if skill not in known:
                fix = did_you_mean(skill, known) if known else "Add [[route.skill]] with that name and a condition."
                yield Flaw((*where, "skills", n), f"no [[route.skill]] is named {show(skill)}.", fix)
    for where, table in tables(data, "route", "skill"):
        name = _text(table.get("name"))
        if name and name not in had:
            yield Flaw(
                (*where, "name"), f"no [[route.rep]] has the skill {show(name)}: its leads would all go to the fallback.",
                f"Write skills = [{show(name)}] at those who have it.",
            )  # fmt: skip


def _accounts(data: Data) -> Iterator[Flaw]:
    for where, account in tables(data, "route", "account"):
        if not account.get("domains") and not account.get("names"):
            yield Flaw(where, "the account has neither domains nor names.", 'Write domains = ["acme.example"].')
        for n, domain in enumerate(_texts(account.get("domains"))):
            if is_ending(site_of(domain)):
                yield Flaw(
                    (*where, "domains", n), f"{show(domain)} is no company's domain: others have theirs under it.",
                    'Write the whole: "acme.example".',
                )  # fmt: skip


def _users(data: Data) -> Iterator[Flaw]:
    """Entries of the table of users that nothing names."""
    named = sorted(set(_named(data)))
    for place, users in tables(data, "route", "users"):
        for email in users:
            if email.strip().lower() not in (name.lower() for name in named):
                yield Flaw((*place, email), f"no rule of [route] names {show(email)}.", did_you_mean(email, named))


def _named(data: Data) -> Iterator[str]:
    """Everybody whom [route] gives leads to."""
    for _, route in tables(data, "route"):
        for key in ("fallback", "owners", "first", "customers"):
            yield from _texts(route.get(key))
    for keys in (("territory", "owners"), ("account", "owner"), ("overflow", "queue")):
        for _, table in tables(data, "route", keys[0]):
            yield from _texts(table.get(keys[1]))


def _texts(value: object) -> list[str]:
    return [_text(item) for item in (value if isinstance(value, list) else [value]) if _text(item)]


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""
