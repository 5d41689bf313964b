"""What concerns several keys of `config.toml`: complaints that no single value shows.

The checks look at the raw data and pass over what has the wrong shape, so that a typo in one place hides nothing in
another. `shape_flaws` complains about the shape.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from syncd.config.alert_checks import alert_flaws
from syncd.config.document import Flaw, tables
from syncd.config.flaws import did_you_mean
from syncd.config.followup_checks import followup_flaws
from syncd.config.lines import Where
from syncd.config.nurture_checks import nurture_flaws
from syncd.config.product_checks import product_flaws
from syncd.config.route_checks import routing_flaws
from syncd.config.scalars import show

Data = Mapping[str, Any]

SUBJECTS = ("field", "activity", "all", "any", "not")
OPERATORS = (
    "in",
    "not_in",
    "matches",
    "min",
    "max",
    "contains_any",
    "starts_with",
    "present",
    "absent",
    "changed_within",
)
GROUPS = ("content", "journey", "intent")
"""Keys that ask for an activity even where `activity` does not say of which kind."""

FOR_ACTIVITY = ("matches", "within", "count", *GROUPS, "by")
SECRETS = (
    ("hubspot", "token"),
    ("salesforce", "client_id"),
    ("salesforce", "client_secret"),
    ("salesforce", "private_key"),
    ("alerts", "email", "password"),
    ("alerts", "slack", "url"),
    ("alerts", "webhook", "secret"),
    ("product", "postgres"),
)
_SOURCES = ("env", "file", "command")
_RULES = (
    ("qualify", "fit"),
    ("qualify", "engagement"),
    ("qualify", "must"),
    ("qualify", "veto"),
    ("qualify", "hand_raise"),
    ("qualify", "product"),
    ("route", "territory"),
    ("persona",),
    ("route", "skill"),
)
_NAMED = (*_RULES, ("content",), ("qualify", "ignore"))
_FLOWS = {"client_credentials": ("client_secret",), "jwt": ("username", "private_key")}
_LOGIN_HOSTS = ("https://login.salesforce.com", "https://test.salesforce.com")


def config_flaws(data: Data) -> Iterator[Flaw]:
    """Every complaint about several keys of one configuration."""
    yield from _connections(data)
    yield from _secrets(data)
    for place, rule in _rules(data):
        yield from _condition(rule, place)
    yield from _content(data)
    yield from _ignores(data)
    yield from _personas(data)
    yield from _routes(data)
    yield from _scores(data)
    yield from _criteria(data)
    yield from _names(data)
    yield from _tiers(data)
    yield from _releases(data)
    yield from routing_flaws(data)
    yield from _deals(data)
    yield from alert_flaws(data)
    yield from nurture_flaws(data)
    yield from product_flaws(data)
    yield from followup_flaws(data)
    yield from _without_product(data)


def field_flaws(data: Data, known: Sequence[str]) -> Iterator[Flaw]:
    """Rules that ask for a field that no mapping has: they could never hold."""
    for place, rule in _rules(data):
        for where, condition in _conditions(rule, place):
            name = condition.get("field")
            if isinstance(name, str) and name.strip() not in known:
                yield Flaw(
                    (*where, "field"),
                    f"no mapping has a field {show(name)}.",
                    did_you_mean(name, sorted(known)),
                )


# ---------------------------------------------------------------- connections
def _connections(data: Data) -> Iterator[Flaw]:
    for _, syncd in tables(data, "syncd"):
        for key in ("marketing", "crm"):
            system = syncd.get(key, "hubspot" if key == "marketing" else None)
            if system in ("hubspot", "salesforce") and system not in data:
                yield Flaw(
                    ("syncd", key),
                    f'{key} is "{system}", but the table [{system}] is missing.',
                    f"Add [{system}] with its connection; config.example.toml shows it.",
                )
    for place, salesforce in tables(data, "salesforce"):
        flow = salesforce.get("flow", "client_credentials")
        for key in _FLOWS.get(flow, ()) if isinstance(flow, str) else ():
            if key not in salesforce:
                yield Flaw(place, f'`{key}` is missing in [salesforce]: flow "{flow}" needs it.')
        if str(salesforce.get("url", "")).rstrip("/") in _LOGIN_HOSTS:
            yield Flaw(
                (*place, "url"),
                "`url` is an address for logging in, not for your org.",
                "Write your My Domain: https://acme.my.salesforce.com.",
            )


def _secrets(data: Data) -> Iterator[Flaw]:
    for place in SECRETS:
        for where, source in tables(data, *place):
            given = [key for key in _SOURCES if key in source]
            if len(given) != 1:
                what = "names no source" if not given else f"names {len(given)} sources"
                yield Flaw(where, f"`{where[-1]}` {what}.", "Write exactly one of env, file, command.")


# ---------------------------------------------------------------- conditions
def _rules(data: Data) -> Iterator[tuple[Where, Data]]:
    for keys in _RULES:
        yield from tables(data, *keys)
    for place, ignore in tables(data, "qualify", "ignore"):
        for where, who in tables(ignore, "who"):
            yield (*place, *where), who


def _conditions(rule: Data, place: Where) -> Iterator[tuple[Where, Data]]:
    """A condition and all inside it, its exceptions too."""
    yield place, rule
    for key in ("all", "any", "not", "except"):
        for where, inner in tables(rule, key):
            yield from _conditions(inner, (*place, *where))


def _condition(rule: Data, place: Where) -> Iterator[Flaw]:
    for where, condition in _conditions(rule, place):
        yield from _one_condition(condition, where)


def _one_condition(condition: Data, where: Where) -> Iterator[Flaw]:
    subjects = [key for key in SUBJECTS if key in condition]
    if not subjects and any(key in condition for key in GROUPS):
        subjects = ["activity"]
    operators = [key for key in OPERATORS if key in condition]
    name = condition.get("name")
    rule = f"the rule {show(name)}" if isinstance(name, str) else "the condition"
    if len(subjects) != 1:
        what = "asks for nothing" if not subjects else f"asks for {' and '.join(subjects)} at once"
        yield Flaw(where, f"{rule} {what}.", f"Write exactly one of {', '.join(SUBJECTS)}.")
        return
    subject = subjects[0]
    if subject == "field":
        if len(operators) != 1:
            what = "has no operator" if not operators else f"has {' and '.join(operators)} at once"
            yield Flaw(
                where,
                f"{rule} {what}.",
                f"Write exactly one of {', '.join(OPERATORS)}"
                + ("; combine several with all = [ … ]." if operators else "."),
            )
        misplaced = [key for key in FOR_ACTIVITY if key in condition and key not in OPERATORS]
        belongs = "activity"
    elif subject == "activity":
        misplaced = [key for key in operators if key not in FOR_ACTIVITY]
        belongs = "field"
    else:
        misplaced = [key for key in dict.fromkeys((*operators, *FOR_ACTIVITY)) if key in condition]
        belongs = "field or activity"
    for key in misplaced:
        yield Flaw((*where, key), f"`{key}` does not go with `{subject}`; it goes with {belongs}.")


def _content(data: Data) -> Iterator[Flaw]:
    """Groups of content that are asked for and do not exist."""
    known = [group["name"].strip() for _, group in tables(data, "content") if isinstance(group.get("name"), str)]
    asking = [found for place, rule in _rules(data) for found in _conditions(rule, place)]
    for where, condition in [*asking, *tables(data, "qualify", "ignore")]:
        name = condition.get("content")
        if isinstance(name, str) and name.strip() not in known:
            fix = did_you_mean(name, known) if known else "Add [[content]] with name and matches."
            yield Flaw((*where, "content"), f"there is no [[content]] named {show(name)}.", fix)
        if condition.get("by") == "us" and any(key in condition for key in GROUPS):
            yield Flaw((*where, "by"), "`by` goes with calls, e-mails, meetings and messages, not with content.")


def _deals(data: Data) -> Iterator[Flaw]:
    """Whose a deal is HubSpot says itself."""
    in_hubspot = any(syncd.get("crm") == "hubspot" for _, syncd in tables(data, "syncd"))
    for place, deals in tables(data, "opportunities") if in_hubspot else ():
        if "by_account" in deals:
            yield Flaw(
                (*place, "by_account"),
                "by_account is for Salesforce: in HubSpot deals are associated with their contacts.",
                fix="Leave it out.",
            )


def _without_product(data: Data) -> Iterator[Flaw]:
    """Rules about product events where there are none: they could never hold."""
    if "product" in data:
        return
    for place, rule in _rules(data):
        for where, condition in _conditions(rule, place):
            if condition.get("activity") == "product":
                yield Flaw(
                    (*where, "activity"),
                    "this rule asks for product events, and the table [product] is missing.",
                    "Add [product] with where they are; config.example.toml shows it.",
                )


def _ignores(data: Data) -> Iterator[Flaw]:
    for where, rule in tables(data, "qualify", "ignore"):
        if not any(key in rule for key in ("activity", "matches", *GROUPS, "who")):
            yield Flaw(
                where,
                "this rule would ignore everything that anybody does.",
                "Write at least one of activity, matches, content, journey, intent, who.",
            )
        if "count" in rule and "burst" not in rule:
            yield Flaw((*where, "count"), '`count` needs burst = "5s".')
        for inner, who in tables(rule, "who"):
            for place, condition in _conditions(who, (*where, *inner)):
                if "activity" in condition or any(key in condition for key in GROUPS):
                    yield Flaw(place, "`who` asks who somebody is, not what they did.", "Ask for a `field`.")


def _personas(data: Data) -> Iterator[Flaw]:
    for place, persona in tables(data, "persona"):
        for where, condition in _conditions(persona, place):
            if condition.get("field") == "persona":
                yield Flaw((*where, "field"), "a persona cannot ask for the persona.")


def _routes(data: Data) -> Iterator[Flaw]:
    """To whom a lead goes depends on who it is: what asks for anything else could never hold."""
    for table in ("territory", "skill"):
        for place, rule in tables(data, "route", table):
            for where, condition in _conditions(rule, place):
                if "activity" in condition or any(key in condition for key in GROUPS):
                    yield Flaw(where, f"a {table} asks who somebody is, not what they did.", "Ask for a `field`.")
                if "changed_within" in condition:
                    sentence = f"a {table} asks for what is, not for what changed."
                    yield Flaw((*where, "changed_within"), sentence, "Ask for a value of the field.")


# ---------------------------------------------------------------- qualify
def _scores(data: Data) -> Iterator[Flaw]:
    for part in ("fit", "engagement"):
        for where, rule in tables(data, "qualify", part):
            if rule.get("each") is True and not any(key in rule for key in ("activity", *GROUPS)):
                yield Flaw((*where, "each"), "`each` counts activities; this rule has none.")
            if "half_life" in rule and not any(
                key in condition for _, condition in _conditions(rule, where) for key in ("activity", *GROUPS)
            ):
                yield Flaw((*where, "half_life"), "`half_life` fades activities; this rule has none.")
            if "cap" in rule and rule.get("each") is not True:
                yield Flaw((*where, "cap"), "`cap` needs each = true.")


def _criteria(data: Data) -> Iterator[Flaw]:
    for place, qualify in tables(data, "qualify"):
        if not any(key in qualify for key in ("fit", "engagement", "hand_raise", "product")):
            yield Flaw(
                place,
                "[qualify] has no criteria: nobody could ever be ready.",
                "Add [[qualify.fit]] and [[qualify.engagement]] rules, [qualify.hand_raise] or [qualify.product].",
            )


def _names(data: Data) -> Iterator[Flaw]:
    for keys in _NAMED:
        seen: dict[str, Where] = {}
        for where, rule in tables(data, *keys):
            name = rule.get("name")
            if not isinstance(name, str):
                continue
            if name.strip().lower() in seen:
                yield Flaw(
                    (*where, "name"),
                    f"a second [[{'.'.join(keys)}]] is named {show(name)}.",
                    "Reports and `explain` use the name: give each its own.",
                )
            seen.setdefault(name.strip().lower(), where)


def _releases(data: Data) -> Iterator[Flaw]:
    """Tiers that `release` names and nobody can be in."""
    known = [str(name) for _, tiers in tables(data, "qualify", "tiers") for name in tiers]
    for where, release in tables(data, "handoff", "release"):
        for name in release:
            if name not in known:
                yield Flaw((*where, name), f"there is no tier {show(name)}.", did_you_mean(name, known))


def _tiers(data: Data) -> Iterator[Flaw]:
    for where, tiers in tables(data, "qualify", "tiers"):
        seen: dict[int, str] = {}
        for name, minimum in tiers.items():
            if isinstance(minimum, int) and minimum in seen:
                yield Flaw(
                    (*where, name),
                    f"the tiers {show(seen[minimum])} and {show(name)} start at the same score.",
                )
            elif isinstance(minimum, int):
                seen[minimum] = name
