"""Reads and writes `tests.toml`, validated whole against the configuration whose rules it tests."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from pathlib import Path
from typing import Any

from syncd.config import policy_models as models
from syncd.config.document import Flaw, read, tables
from syncd.config.flaws import did_you_mean, shaped
from syncd.config.lines import Where
from syncd.config.scalars import show
from syncd.core import policy
from syncd.core.errors import Complaint, ConfigError
from syncd.core.mapping import from_raw
from syncd.core.route import RULES, receivers
from syncd.core.rules import Rules
from syncd.core.types import Value
from syncd.core.whatif import raw_of, remote_of

Data = Mapping[str, Any]

_AT_HAND = 12
"""So many names are listed when none is near."""


def load_tests(path: Path, rules: Rules) -> tuple[policy.PolicyTest, ...]:
    """The tests of a file. Raises ConfigError with every complaint, each with its line; what no rule could ever make
    true (an unknown field, tier, veto or owner) is one."""
    try:
        document = read(path)
    except ConfigError as error:
        (complaint,) = error.complaints
        if path.exists():
            raise
        fix = f"Write a first one from your configuration: syncd test {path} --init"
        raise ConfigError([Complaint(complaint.sentence, complaint.file, 0, fix)]) from None
    source, flaws = shaped(models.Tests, document.data)
    for where, test in tables(document.data, "test"):
        flaws += _lead_flaws(test, where, rules)
        flaws += _expect_flaws(test, where, rules)
        flaws += _owner_flaws(test, where, rules)
    flaws += _name_flaws(document.data)
    if flaws or source is None:
        raise ConfigError(document.complaints(flaws))
    tests: dict[str, policy.PolicyTest] = {}
    for number, said in enumerate(source.test):
        base = tests.get(said.like or "")
        line = document.lines.of(("test", number))
        tests[said.name] = _test(said, base, source.now or policy.USUAL_NOW, line)
    return tuple(tests.values())


# ---------------------------------------------------------------- from the models
def _test(source: models.Test, base: policy.PolicyTest | None, usual: datetime, line: int) -> policy.PolicyTest:
    did = tuple(policy.Happened(a.kind, a.ago, a.title, a.url, a.outbound) for a in source.activities)
    return policy.PolicyTest(
        name=source.name,
        lead={**(base.lead if base else {}), **source.lead},
        activities=(*(base.activities if base else ()), *did),
        now=source.now or usual,
        expect=_expect(source.expect),
        earlier=_earlier(source.earlier),
        crm_owner=source.crm_owner or "",
        inactive=frozenset(source.inactive),
        line=line,
    )


def _expect(source: models.Expect) -> policy.Expect:
    given = source.model_dump()
    says = given.pop("why_contains") or ()
    return policy.Expect(**given | {"owner": tuple(source.owner or ()), "says": tuple(says)})


def _earlier(source: models.Earlier | None) -> policy.Earlier | None:
    if source is None:
        return None
    return policy.Earlier(
        ago=source.ago,
        owner=source.owner or "",
        outcome=source.outcome or "",
        reason=source.reason or "",
        not_before=date.fromisoformat(source.not_before) if source.not_before else None,
    )


# ---------------------------------------------------------------- complaints
def _lead_flaws(test: Data, where: Where, rules: Rules) -> Iterator[Flaw]:
    kind = rules.marketing_kind
    lead = test.get("lead")
    for name, value in lead.items() if isinstance(lead, Mapping) else ():
        place = (*where, "lead", name)
        if remote_of(name, kind) is None:
            known = [*kind.fields, "stage"]
            yield Flaw(place, f"the mapping of {rules.marketing} has no field {show(name)}.", did_you_mean(name, known))
        elif _unreadable(name, value, rules):
            yield Flaw(place, f"`{name}` cannot be {show(value)}.", _what_fits(name, rules))


def _unreadable(name: str, value: Any, rules: Rules) -> bool:
    """Whether the mapping would make nothing of a value."""
    kind = rules.marketing_kind
    said: Value = tuple(value) if isinstance(value, list) else value
    if isinstance(said, Mapping) or said == "":
        return False
    raw = raw_of(name, said, kind)
    fm = kind.fields.get(name)
    return raw is None if fm is None else from_raw(raw, fm) is None


def _what_fits(name: str, rules: Rules) -> str:
    kind = rules.marketing_kind
    if (fm := kind.fields.get(name)) is not None:
        return f"The field is of the type {fm.type}."
    known = kind.stages.values() if name == "stage" else [status.work for status in kind.statuses.values()]
    return f"The mapping knows: {', '.join(sorted(set(known)))}."


def _expect_flaws(test: Data, where: Where, rules: Rules) -> Iterator[Flaw]:
    """Expectations that no decision could meet."""
    expect = test.get("expect")
    if not isinstance(expect, Mapping):
        return
    place = (*where, "expect")
    if not expect:
        yield Flaw(
            place, "this test expects nothing.", "Write what should come out: ready, score, owner, veto, …"
        )
    territories = [t.name for t in rules.routing.territories]
    for key, what, known in (
        ("tier", "tier", ["", *(tier.name for tier in rules.gate.tiers)]),
        ("veto", "veto", [veto.name for veto in rules.gate.vetoes]),
        ("rule", "way of routing", [*territories, *RULES]),
    ):
        wanted = expect.get(key)
        if isinstance(wanted, str) and wanted.strip() not in known:
            yield Flaw((*place, key), f"there is no {what} {show(wanted)}.", _nearest(wanted, [k for k in known if k]))


def _owner_flaws(test: Data, where: Where, rules: Rules) -> Iterator[Flaw]:
    """Owners whom no rule could ever choose."""
    routed = tuple(receivers(rules.routing))
    own = test.get("crm_owner")
    known = [name.lower() for name in (*routed, *([own] if isinstance(own, str) else []))]
    expect = test.get("expect")
    wanted = expect.get("owner") if isinstance(expect, Mapping) else None
    for place, names in (((*where, "expect", "owner"), wanted), ((*where, "inactive"), test.get("inactive"))):
        for name in [names] if isinstance(names, str) else names if isinstance(names, list) else ():
            if isinstance(name, str) and name.strip().lower() not in known:
                yield Flaw(place, f"the routing names no owner {show(name)}.", _nearest(name, routed))


def _nearest(word: str, words: Sequence[str]) -> str:
    """Names are quoted; many are not listed."""
    if near := difflib.get_close_matches(word, words, n=1):
        return f"Did you mean {show(near[0])}?"
    if not words:
        return "The configuration has none."
    more = ", …" if len(words) > _AT_HAND else ""
    return f"There are: {', '.join(show(w) for w in words[:_AT_HAND])}{more}."


def _name_flaws(data: Data) -> Iterator[Flaw]:
    seen: list[str] = []
    for where, test in tables(data, "test"):
        name, like = test.get("name"), test.get("like")
        if isinstance(like, str) and like.strip() not in seen:
            fix = _nearest(like, seen) if seen else "This is the first one."
            yield Flaw((*where, "like"), f"no earlier test is named {show(like)}.", fix)
        if isinstance(name, str) and name.strip() in seen:
            yield Flaw((*where, "name"), f"a second test is named {show(name)}.", "Give each its own name.")
        elif isinstance(name, str):
            seen.append(name.strip())


# ---------------------------------------------------------------- writing
_HEAD = """\
# Policy tests of {config}: run them with `syncd test {file}`; docs/policy-tests.md says what a test can say.
# They hold today, so a change of the rules that breaks one is seen before it decides about anybody.
now = {now}
"""


def text_of_tests(tests: Sequence[policy.PolicyTest], *, config: str, file: str) -> str:
    """The tests as a file to start from; all at one moment."""
    now = tests[0].now.isoformat().replace("+00:00", "Z")
    told = [_HEAD.format(config=config, file=file, now=now)]
    for number, test in enumerate(tests):
        told.append(_text(test, next((t for t in tests[:number] if _extends(test, t)), None)))
    return "\n".join(told)


def _extends(test: policy.PolicyTest, base: policy.PolicyTest) -> bool:
    """Whether a test is the other one and more, and so is shorter to write."""
    same = test.activities[: len(base.activities)] == base.activities
    return bool(base.activities) and same and base.lead.keys() <= test.lead.keys()


def _text(test: policy.PolicyTest, base: policy.PolicyTest | None) -> str:
    import tomlkit

    known = base.lead if base else {}
    did = test.activities[len(base.activities) :] if base else test.activities
    body = tomlkit.table()
    body["name"] = test.name
    if base is not None:
        body["like"] = base.name
    if lead := {name: value for name, value in test.lead.items() if known.get(name) != value}:
        body["lead"] = _inline(lead)
    if did:
        activities = tomlkit.array()
        for a in did:
            ago = f"{int(a.ago.total_seconds() // 3600)}h"
            activities.append(_inline({"kind": a.kind, "title": a.title, "url": a.url, "ago": ago}))
        body["activities"] = activities.multiline(True)
    expect = {f.name: getattr(test.expect, f.name) for f in fields(test.expect)}
    body["expect"] = _inline({"why_contains" if name == "says" else name: value for name, value in expect.items()})
    return f"[[test]]\n{tomlkit.dumps(body)}"


def _inline(values: Mapping[str, Any]) -> Any:
    """A table on one line, without what says nothing."""
    import tomlkit

    table = tomlkit.inline_table()
    for name, value in values.items():
        if value not in (None, (), ""):
            table[name] = list(value) if isinstance(value, tuple) else value
    return table
