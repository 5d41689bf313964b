"""Files of policy tests: what is read, and every complaint with its line."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from config_workshop import ROOT, Workshop

from syncd.config import policy_models
from syncd.config.models import Table
from syncd.config.policy import load_tests, text_of_tests
from syncd.core.errors import ConfigError
from syncd.core.policy import USUAL_NOW, PolicyTest, run
from syncd.core.starter import starter

WHOLE = """\
now = 2026-11-24T09:00:00+01:00

[[test]]
name = "Ready"
lead = { title = "Director", country = "Norway", opted_out = false, revenue = 1200 }
activities = [{ kind = "form", title = "Demo", ago = "2d" }, { kind = "call", outbound = true }]
expect = { ready = true, owner = "olav@acme.example" }

[[test]]
name = "More"
like = "Ready"
now = 2026-11-27T10:00:00Z
lead = { country = "" }
activities = [{ kind = "page_view", url = "/pricing" }]
earlier = { ago = "10d", outcome = "recycle", not_before = 2026-11-30, reason = "timing" }
crm_owner = "olav@acme.example"
inactive = ["ruth@acme.example"]
expect = { not_before = "monday", why_contains = ["a", "b"], score_min = 1 }
"""


def read_tests(shop: Workshop, text: str) -> tuple[PolicyTest, ...]:
    path = shop.folder / "tests.toml"
    path.write_text(text, encoding="utf-8")
    return load_tests(path, shop.load().rules)


def complaints(shop: Workshop, text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        read_tests(shop, text)
    return str(caught.value).replace(f"{shop.folder}/", "").splitlines()


def test_N14_everything_that_a_test_can_say(shop: Workshop) -> None:
    ready, more = read_tests(shop, WHOLE)
    assert ready.now == datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    assert (ready.line, more.line) == (3, 9)
    assert [(a.kind, a.ago, a.outbound) for a in ready.activities] == [
        ("form", timedelta(days=2), False),
        ("call", timedelta(hours=1), True),
    ]
    assert ready.expect.owner == ("olav@acme.example",)
    assert more.lead == {**ready.lead, "country": ""}
    assert more.activities[:2] == ready.activities
    assert more.earlier is not None
    assert (more.earlier.outcome, more.earlier.not_before) == ("recycle", date(2026, 11, 30))
    assert more.expect.not_before == "Monday"
    assert more.expect.says == ("a", "b")
    assert more.now == datetime(2026, 11, 27, 10, 0, tzinfo=UTC)


def test_N14_a_test_that_does_not_say_when_takes_place_on_a_fixed_day(shop: Workshop) -> None:
    (only,) = read_tests(shop, '[[test]]\nname = "x"\nexpect = { ready = false }\n')
    assert only.now == USUAL_NOW


def one(lines: str) -> str:
    return f'[[test]]\nname = "x"\n{lines}\n'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (one("expect = { redy = true }"), "tests.toml:3: unknown key `redy`. Did you mean `ready`?"),
        (one("expect = {}"),
         "tests.toml:3: this test expects nothing. Write what should come out: ready, score, owner, veto, …"),
        (one("lead = {}"), "tests.toml:1: the table [test.expect] is missing."),
        (one('lead = { titel = "x" }\nexpect = { ready = true }'),
         'tests.toml:3: the mapping of hubspot has no field "titel". Did you mean `title`?'),
        (one('lead = { stage = "prospect" }\nexpect = { ready = true }'),
         'tests.toml:3: `stage` cannot be "prospect". The mapping knows: contact, customer, lead, mql, opportunity, sql.'),
        (one('lead = { revenue = "much" }\nexpect = { ready = true }'),
         'tests.toml:3: `revenue` cannot be "much". The field is of the type money.'),
        (one("lead = { title = { a = 1 } }\nexpect = { ready = true }"),
         "tests.toml:3: `title` must be a text, a number, true, false, a date or a list of texts, not a table."),
        (one('expect = { tier = "hot" }'), 'tests.toml:3: there is no tier "hot". The configuration has none.'),
        (one('expect = { rule = "Nord" }'), 'tests.toml:3: there is no way of routing "Nord". Did you mean "North"?'),
        (one('expect = { owner = "olaf@acme.example" }'),
         'tests.toml:3: the routing names no owner "olaf@acme.example". Did you mean "olav@acme.example"?'),
        (one('inactive = ["x"]\nexpect = { ready = true }'),
         'tests.toml:3: the routing names no owner "x". There are: "olav@acme.example", "ruth@acme.example".'),
        (one('expect = { not_before = "someday" }'),
         'tests.toml:3: `not_before` must be a day, not "someday". Write 2026-11-30 without quotes, or "Monday".'),
        (one('now = 2026-11-24T09:00:00\nexpect = { ready = true }'),
         "tests.toml:3: `now` has no time zone. Write it without quotes and with its zone: 2026-11-24T09:00:00Z."),
        (one('like = "y"\nexpect = { ready = true }'), 'tests.toml:3: no earlier test is named "y". This is the first one.'),
        (one("expect = { ready = true }") * 2, 'tests.toml:5: a second test is named "x". Give each its own name.'),
        ("now = 2026-11-24T09:00:00Z\n", "tests.toml:1: `test` is missing."),
    ],
)  # fmt: skip
def test_N14_what_is_wrong_is_said_with_its_line(shop: Workshop, text: str, complaint: str) -> None:
    assert complaints(shop, text) == [complaint]


def test_N14_all_mistakes_are_listed_at_once(shop: Workshop) -> None:
    text = one('lead = { titel = "x" }\nexpect = { redy = true }') + '[[test]]\nname = "y"\nexpect = { tier = "z" }\n'
    assert [line.partition(": ")[0] for line in complaints(shop, text)] == [
        "tests.toml:3", "tests.toml:4", "tests.toml:7",
    ]  # fmt: skip


def test_a_file_that_is_not_there_says_how_to_get_one(shop: Workshop, tmp_path: Path) -> None:
    with pytest.raises(
        ConfigError, match="does not exist. Write a first one from your configuration: syncd test .* --init"
    ):
        load_tests(tmp_path / "none.toml", shop.load().rules)


def test_N14_the_written_starter_reads_back_as_the_same_tests(shop: Workshop) -> None:
    """Eight page views reach the cap of the one rule for engagement, and with it the threshold."""
    shop.config(("threshold = 60", "threshold = 50"))
    rules = shop.load().rules
    made = starter(rules)
    assert [len(test.activities) for test in made] == [0, 8, 0, 8]
    read = read_tests(shop, text_of_tests(made, config="config.toml", file="tests.toml"))
    assert [(t.name, t.lead, t.activities, t.expect, t.now) for t in read] == [
        (t.name, t.lead, t.activities, t.expect, t.now) for t in made
    ]
    assert [run(t, rules).failures for t in read] == [()] * len(read)


TABLES = [m for m in vars(policy_models).values() if isinstance(m, type) and issubclass(m, Table) and m is not Table]


@pytest.mark.parametrize("model", TABLES, ids=lambda m: m.__name__)
def test_every_key_of_a_policy_test_is_described(model: type[Table]) -> None:
    told = (ROOT / "docs/policy-tests.md").read_text(encoding="utf-8")
    for name in model.model_fields:
        assert re.search(rf"^\| [^|]*`{name}`", told, re.M), name


def test_the_example_of_the_page_passes_with_the_example_configuration(tmp_path: Path) -> None:
    from syncd.config import load

    rules = load(ROOT / "config.example.toml", environ={}, resolve=False).rules
    (example,) = re.findall(r"```toml\n(.*?)```", (ROOT / "docs/policy-tests.md").read_text(encoding="utf-8"), re.S)
    path = tmp_path / "tests.toml"
    path.write_text(example, encoding="utf-8")
    verdicts = [run(test, rules) for test in load_tests(path, rules)]
    assert len(verdicts) == 3
    assert [v.failures for v in verdicts] == [(), (), ()]
