"""`[qualify]`, `[[content]]` and `[[persona]]`: what `load` makes of them, and what it complains about."""

from __future__ import annotations

from datetime import timedelta

import pytest
from config_workshop import ENVIRON, ROOT

from syncd.config import load, needs
from syncd.core.rules import Content, Did, FieldIs, Ignore, Named

DAY = timedelta(days=1)
CONTENT = """
[[content]]
name = "Pricing"
matches = '/pricing'
journey = "late"
intent = "high"

[[content]]
name = "Papers"
matches = 'e-?book'
activity = "form"

[route]
"""
RULE = 'activity = "page_view"\nwithin = "14d"\npoints = 5\neach = true\ncap = 40'


# ---------------------------------------------------------------- values
def test_S0_18_content_groups_in_order(shop) -> None:
    shop.config(("[route]\n", CONTENT))
    assert shop.load().rules.content == (
        Content("Pricing", "/pricing", (), "late", "high"),
        Content("Papers", "e-?book", ("form",), "early", "low"),
    )


@pytest.mark.parametrize(
    ("toml", "condition"),
    [
        ('content = "Pricing"', Did((), content="Pricing")),
        ('journey = "late"\nwithin = "7d"\ncount = 3', Did((), within=7 * DAY, count=3, journey="late")),
        ('activity = "form"\nintent = "medium"', Did(("form",), intent="medium")),
        ('activity = ["call", "email"]\nby = "us"', Did(("call", "email"), by="us")),
        ('field = "title"\nchanged_within = "30d"', FieldIs("title", "changed_within", 30 * DAY)),
        ('field = "persona"\nin = ["Boss"]', FieldIs("persona", "in", ("Boss",))),
    ],
)
def test_S0_18_S3_7_conditions(shop, toml: str, condition: object) -> None:
    shop.config(("[route]\n", CONTENT), (RULE, f"{toml}\npoints = 5"))
    assert shop.load().rules.gate.engagement[0].when == condition


def test_S0_20_a_half_life_for_all_engagement_and_one_of_its_own(shop) -> None:
    other = '[[qualify.engagement]]\nname = "Form"\nactivity = "form"\npoints = 9\nhalf_life = "2d"\n\n[route]'
    shop.config(("threshold = 60", 'threshold = 60\nhalf_life = "30d"'), ("[route]", other))
    gate = shop.load().rules.gate
    assert [rule.half_life for rule in (*gate.fit, *gate.engagement)] == [None, 30 * DAY, 2 * DAY]


def test_S0_19_S0_20_the_rest_of_qualify(shop) -> None:
    shop.config(
        ("threshold = 60", "threshold = 60\nhysteresis = 5\nsingle_low_intent = true\ncaps = { page_view = 20 }\n"
                           'agreed_version = "abc"'),
        ("[route]", '[[qualify.ignore]]\nname = "Bots"\nactivity = "email_click"\nburst = "2s"\ncount = 3\n\n'
                    '[[qualify.ignore]]\nname = "Rivals"\nwho = { field = "email", matches = "@rival" }\n\n[route]'),
    )  # fmt: skip
    gate = shop.load().rules.gate
    assert (gate.hysteresis, gate.single_low_intent, gate.caps, gate.agreed_version) == (
        5,
        True,
        {"page_view": 20},
        "abc",
    )
    assert gate.ignore == (
        Ignore("Bots", Did(("email_click",), count=3), None, timedelta(seconds=2)),
        Ignore("Rivals", Did(()), FieldIs("email", "matches", "@rival")),
    )


def test_S0_13_exceptions(shop) -> None:
    but = 'except = [{ name = "Partner", field = "company", in = ["Acme"] }]'
    partner = (Named("Partner", FieldIs("company", "in", ("Acme",))),)
    shop.config(
        ("points = 60", f"points = 60\n{but}"),
        ("[route]", f'[[qualify.must]]\nname = "Size"\nfield = "employees"\npresent = true\n{but}\n\n'
                    f'[[qualify.veto]]\nname = "Small"\nfield = "employees"\nmax = 5\n{but}\n\n[route]'),
    )  # fmt: skip
    gate = shop.load().rules.gate
    assert gate.fit[0].exceptions == gate.must[0].exceptions == gate.vetoes[0].exceptions == partner


def test_S4_5_personas(shop) -> None:
    shop.config(("[route]\n", '[[persona]]\nname = "Boss"\nfield = "title"\nmatches = "ceo"\n\n[route]\n'))
    assert shop.load().rules.personas == (Named("Boss", FieldIs("title", "matches", "ceo")),)


def test_S3_4_a_score_property_is_read_and_checked(shop) -> None:
    shop.config(("threshold = 60", 'threshold = 60\nsource = "property:hubspotscore"'))
    rules = shop.load().rules
    field = rules.marketing_kind.fields["property:hubspotscore"]
    assert (rules.gate.source, field.remote, field.direction, field.type) == (
        "property:hubspotscore", "hubspotscore", "in", "number",
    )  # fmt: skip
    (need,) = (n for n in needs(rules, "hubspot") if n.field == "hubspotscore")
    assert need.required
    assert not need.write


def test_what_new_conditions_ask_for_is_needed(shop) -> None:
    """`check` misses a field that only an exception, a persona or an ignore rule asks for."""
    shop.config(
        ("points = 60", 'points = 60\nexcept = [{ name = "A", field = "source", present = true }]'),
        ("[route]\n", '[[persona]]\nname = "B"\nfield = "language"\npresent = true\n\n'
                      '[[qualify.ignore]]\nname = "C"\nwho = { field = "last_page", present = true }\n\n[route]\n'),
    )  # fmt: skip
    required = {n.field for n in needs(shop.load().rules, "hubspot") if n.required}
    assert {"hs_analytics_source", "hs_language", "hs_analytics_last_url"} <= required


# ---------------------------------------------------------------- what both teams sign
def test_S0_9_the_agreement_follows_when_a_lead_is_ready_and_nothing_else(shop) -> None:
    def agreement(*edits: tuple[str, str]) -> str:
        before = shop.path.read_text()
        shop.config(*edits)
        found = shop.load().rules.agreement
        shop.path.write_text(before)
        return found

    signed = agreement()
    assert len(signed) >= 8
    assert agreement(("olav@", "ole@")) == signed
    assert agreement(("[route]", '[handoff]\ntask_due = "5h"\n\n[route]')) == signed
    assert (
        agreement(("threshold = 60", f'threshold = 60\nagreed_version = "{signed}"\nagreed_by = ["A", "B"]')) == signed
    )
    changed = [
        agreement(("threshold = 60", "threshold = 61")),
        agreement(("threshold = 60", "threshold = 60\nhysteresis = 1")),
        agreement(("[route]\n", CONTENT)),
        agreement(("[route]\n", '[[persona]]\nname = "B"\nfield = "title"\nmatches = "ceo"\n\n[route]\n')),
        agreement(("cap = 40", 'cap = 40\nhalf_life = "9d"')),
    ]
    assert len({signed, *changed}) == 6


def test_S3_2_depth_is_opt_in(shop) -> None:
    gate = shop.load().rules.gate
    assert (gate.caps, gate.ignore, gate.hysteresis, gate.source, gate.agreed_version) == ({}, (), 0, "rules", "")


# ---------------------------------------------------------------- complaints
COMPLAINTS: dict[str, tuple[list[tuple[str, str]], list[str]]] = {
    "a group that does not exist": (
        [("[route]\n", CONTENT), (RULE, 'content = "Prizing"\npoints = 5')],
        ['config.toml:24: there is no [[content]] named "Prizing". Did you mean `Pricing`?'],
    ),
    "no groups at all": (
        [(RULE, 'content = "Pricing"\npoints = 5')],
        ['config.toml:24: there is no [[content]] named "Pricing". Add [[content]] with name and matches.'],
    ),
    "a journey that is none": (
        [(RULE, 'journey = "lat"\npoints = 5')],
        ['config.toml:24: `journey` is "lat"; it must be one of: early, late. Did you mean "late"?'],
    ),
    "content with a field": (
        [('field = "title"', 'field = "title"\nintent = "high"')],
        ["config.toml:19: `intent` does not go with `field`; it goes with activity."],
    ),
    "our content": (
        [(RULE, 'activity = "form"\nintent = "high"\nby = "us"\npoints = 5')],
        ["config.toml:26: `by` goes with calls, e-mails, meetings and messages, not with content."],
    ),
    "a change of no field": (
        [(RULE, 'activity = "form"\nchanged_within = "3d"\npoints = 5')],
        ["config.toml:25: `changed_within` does not go with `activity`; it goes with field."],
    ),
    "a half-life of what somebody is": (
        [("points = 60", 'points = 60\nhalf_life = "3d"')],
        ["config.toml:21: `half_life` fades activities; this rule has none."],
    ),
    "a cap for no kind": (
        [("threshold = 60", "threshold = 60\ncaps = { page_views = 5 }")],
        [
            "config.toml:15: unknown key `page_views`. Did you mean `page_view`?",
        ],
    ),
    "an exception that asks for nothing": (
        [("points = 60", 'points = 60\nexcept = [{ name = "Partner" }]')],
        ['config.toml:21: the rule "Partner" asks for nothing. Write exactly one of field, activity, all, any, not.'],
    ),
    "an exception about an unknown field": (
        [("points = 60", 'points = 60\nexcept = [{ name = "Partner", field = "compny", in = ["x"] }]')],
        ['config.toml:21: no mapping has a field "compny". Did you mean `company`?'],
    ),
    "a rule that ignores everything": (
        [("[route]", '[[qualify.ignore]]\nname = "All"\n\n[route]')],
        [
            "config.toml:30: this rule would ignore everything that anybody does. "
            "Write at least one of activity, matches, content, journey, intent, who."
        ],
    ),
    "a count without a burst": (
        [("[route]", '[[qualify.ignore]]\nname = "Bots"\nactivity = "form"\ncount = 3\n\n[route]')],
        ['config.toml:33: `count` needs burst = "5s".'],
    ),
    "who by what they did": (
        [("[route]", '[[qualify.ignore]]\nname = "Bots"\nwho = { activity = "form" }\n\n[route]')],
        ["config.toml:32: `who` asks who somebody is, not what they did. Ask for a `field`."],
    ),
    "a persona of a persona": (
        [("[route]", '[[persona]]\nname = "Boss"\nfield = "persona"\nin = ["x"]\n\n[route]')],
        ["config.toml:32: a persona cannot ask for the persona."],
    ),
    "two personas of one name": (
        [("[route]", '[[persona]]\nname = "A"\nfield = "title"\npresent = true\n\n'
                     '[[persona]]\nname = "a"\nfield = "title"\nabsent = true\n\n[route]')],
        ['config.toml:36: a second [[persona]] is named "a". Reports and `explain` use the name: give each its own.'],
    ),
    "a score from nowhere": (
        [("threshold = 60", 'threshold = 60\nsource = "hubspotscore"')],
        [
            'config.toml:15: `source` is "hubspotscore"; it must look like ^(rules|property:[a-z][a-z0-9_]*)$.'
        ],
    ),
    "a window of a thousand years": (
        [('within = "14d"', 'within = "400000d"')],
        ["config.toml:25: `within` is longer than a century."],
    ),
}  # fmt: skip


@pytest.mark.parametrize(("edits", "expected"), COMPLAINTS.values(), ids=COMPLAINTS.keys())
def test_complaint(shop, edits: list[tuple[str, str]], expected: list[str]) -> None:
    shop.config(*edits)
    assert shop.complaints() == expected


def test_the_commented_lines_of_the_example_are_sound_too(shop) -> None:
    """Whoever takes the comment signs away gets what the comment promises."""
    text = (ROOT / "config.example.toml").read_text()
    for line in (
        'half_life = "30d"',
        "caps = {",
        'source = "property:',
        'activity = ["form", "page_view"]',
        "except = [{",
    ):
        assert f"\n# {line}" in text, line
        text = text.replace(f"\n# {line}", f"\n{line}")
    start, end = text.index("# [[qualify.engagement]]\n# name"), text.index("# All of these must hold")
    block = text[start:end].replace("\n# ", "\n").replace("# [[", "[[", 1)
    block = "\n".join(
        f"# {x}" if x.startswith(("What does not count", "with `burst`")) else x for x in block.splitlines()
    )
    shop.path.write_text(text[:start] + block + text[end:])
    gate = load(shop.path, environ=ENVIRON).rules.gate
    assert [rule.name for rule in gate.ignore] == ["Jobs and legal pages", "Crawlers", "Competitors"]
    assert gate.engagement[-1].when == Did(("call", "email"), within=7 * DAY, by="us")
    assert gate.caps == {"page_view": 25}
    assert gate.borrowed
