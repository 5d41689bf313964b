"""[followup]: simple by default, deep when wanted, and every contradiction a sentence."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, time, timedelta

import pytest
from config_workshop import ROOT, Workshop

from syncd.config.followup_models import Followup as Source
from syncd.core.calendars import Work
from syncd.core.promise import Followup, Promise

TIERS = ("threshold = 60", "threshold = 60\ntiers = { hot = 90, warm = 60 }")
HOUR = timedelta(hours=1)


def promising(shop: Workshop, text: str = "", *more: tuple[str, str]) -> Followup:
    """What a workshop with tiers and this [followup] promises."""
    shop.config(TIERS, ("[route]\n", f"[followup]\n{text}\n\n[route]\n"), *more)
    found = shop.load().rules.followup
    assert found is not None
    return found


# ---------------------------------------------------------------- what is said
def test_S1_9_S1_11_without_the_table_nothing_is_promised_and_an_empty_one_promises_the_usual(shop: Workshop) -> None:
    assert shop.load().rules.followup is None
    usual = promising(shop)
    assert usual.usual == Promise()
    assert (usual.of("hot"), usual.of("")) == (usual.usual, usual.usual)
    assert (usual.days, usual.hours, usual.holidays, usual.dates) == ((0, 1, 2, 3, 4), (time(9), time(17)), (), {})


def test_defaults_are_those_of_the_core() -> None:
    ours, core = Source(), Promise()
    assert {name: getattr(ours, name) for name in Promise.__dataclass_fields__} == {
        name: getattr(core, name) for name in Promise.__dataclass_fields__
    }
    assert [("Mon", "Tue", "Wed", "Thu", "Fri").index(day) for day in ours.calendar.days] == [0, 1, 2, 3, 4]
    assert ours.calendar.hours == Followup().hours


def test_S4_10_S4_18_each_tier_says_what_is_otherwise(shop: Workshop) -> None:
    found = promising(
        shop,
        'first_touch = "2h"\ntouches = { call = 4 }\naccept_after = "5d"\n'
        '[followup.tiers.hot]\nfirst_touch = "5m"\nremind = ""\nreassign = true\n'
        '[followup.tiers.warm]\nwithin = "20d"\nthen = "nothing"\ndelivery = "1h"\nstatus_after = ""',
    )
    usual = Promise(first_touch=Work(time=2 * HOUR), touches={"call": 4}, accept_after=Work(5))
    assert found.usual == usual
    hot, warm = found.of("hot"), found.of("warm")
    assert (hot.first_touch, hot.remind, hot.reassign, hot.touches) == (Work(time=HOUR / 12), None, True, {"call": 4})
    assert (warm.within, warm.then, warm.delivery, warm.status_after) == (Work(20), "nothing", HOUR, None)
    assert warm.first_touch == usual.first_touch


def test_S1_9_holidays_are_those_of_the_rep_or_of_all_and_a_day_ends_at_midnight_where_it_says_so(
    shop: Workshop,
) -> None:
    found = promising(
        shop,
        '[followup.calendar]\nholidays = ["DE-BE", 2026-12-24]\ndays = ["Mon", "Sat"]\nhours = "08:00-24:00"',
        ("[[route.territory]]", '[[route.rep]]\nemail = "olav@acme.example"\nholidays = "NO"\n\n[[route.territory]]'),
    )
    assert (found.days, found.hours) == ((0, 5), (time(8), time.max))
    assert found.holidays == ("DE-BE", "2026-12-24")
    assert shop.load().rules.routing.reps[0].holidays == ("NO",)
    assert date(2026, 3, 8) in found.days_off(("DE-BE",)), "Women's Day, in Berlin only"
    assert date(2026, 5, 17) in found.days_off(("NO",))
    assert date(2026, 5, 17) not in found.days_off(found.holidays)
    assert found.days_off(("2026-12-24",)) == {date(2026, 12, 24)}


# ---------------------------------------------------------------- version and signature
def test_S1_13_the_version_follows_what_is_promised_and_not_who_signed_it(shop: Workshop) -> None:
    def version(text: str) -> str:
        before = shop.path.read_text()
        found = promising(shop, text).version
        shop.path.write_text(before)
        return found

    usual = version("")
    assert usual
    signed = f'agreed_by = ["Sales: R. Adler"]\nagreed_on = 2026-11-01\nagreed_version = "{usual}"'
    assert version(signed) == version('first_touch = "4h"') == usual
    others = {
        version('first_touch = "3h"'), version("touches = { call = 1 }"), version('[followup.tiers.hot]\nwithin = "5d"'),
        version("reassign = true"), version('[followup.calendar]\nholidays = "DE"'),
    }  # fmt: skip
    assert len(others | {usual}) == 6


def test_S0_7_the_rules_follow_the_promise_too(shop: Workshop) -> None:
    before = shop.load().rules.version
    promising(shop)
    assert shop.load().rules.version != before


# ---------------------------------------------------------------- complaints
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            'first_touch = "soon"',
            '`first_touch` must be a length of working time, not "soon". Write working minutes, hours or days: "30m", "4h",',
        ),
        ('within = "2w"', '`within` must be a length of working time, not "2w". Write working minutes'),
        ('within = ""', "`within` must be a length of working time"),
        ('first_touch = "0h"', "`first_touch` must be longer than nothing."),
        ("touches = { phone = 3 }", "unknown key `phone`."),
        ("touches = { call = 0 }", "`call` is 0; it must be at least 1."),
        ('then = "recycle"', '`then` is "recycle"; it must be one of: could_not_reach, nothing.'),
        ('frist_touch = "4h"', "unknown key `frist_touch`. Did you mean `first_touch`?"),
        ('tiers = { hto = { within = "5d" } }', '[qualify] has no tier "hto". Did you mean `hot`?'),
        ('remind = "4h"', '`remind` must be shorter than `first_touch`: "4h", "4h"; there would be no reminder.'),
        (
            '[followup.tiers.hot]\nfirst_touch = "30m"',
            '`remind` must be shorter than `first_touch`: "1h", "30m"; there would',
        ),
        (
            'within = "3h"',
            '`first_touch` must be shorter than `within`: "4h", "3h"; the working period would end first.',
        ),
        (
            '[followup.calendar]\nholidays = ["de"]',
            '`holidays` is no region whose holidays are known: "de". Did you mean "DE"?',
        ),
        (
            '[followup.calendar]\nholidays = ["DE-XX"]',
            '`holidays` is no region whose holidays are known: "DE-XX". DE has BB, BE',
        ),
        ('[followup.calendar]\nholidays = ["Bavaria"]', 'known: "Bavaria". Write it like "DE", "US-NY" or "GB-SCT".'),
        ("[followup.calendar]\nholidays = [5]", "`holidays` must be a region or a date, not 5."),
        ('[followup.calendar]\nhours = "17:00-09:00"', "`hours` end before they begin"),
        ("[followup.calendar]\ndays = []", "`days` must not be empty."),
    ],
)
def test_a_complaint_says_what_would_be_right_with_its_line(shop: Workshop, text: str, told: str) -> None:
    shop.config(TIERS, ("[route]\n", f"[followup]\n{text}\n\n[route]\n"))
    (complaint,) = shop.complaints()
    assert told in complaint
    line = shop.path.read_text().splitlines().index(text.splitlines()[-1]) + 1
    assert complaint.startswith(f"config.toml:{line}: ")


def test_what_makes_sense_only_beside_a_promise_is_a_complaint_without_one(shop: Workshop) -> None:
    shop.config(
        ("[[route.territory]]", '[[route.rep]]\nemail = "olav@acme.example"\nholidays = "NO"\n\n[[route.territory]]'),
        ("[route]\n", '[alerts.slack]\nurl = { env = "X" }\nevents = ["lead", "breach"]\n\n[route]\n'),
    )
    told = shop.complaints(
        {**{f"SYNCD_{n}": "x" for n in ("HUBSPOT_TOKEN",)}, "X": "https://hooks.example/x"}, resolve=False
    )
    assert any("there is no promise of which a breach could tell. Add [followup]" in line for line in told)
    assert any("`holidays` stop the clock of a promise, and there is none. Add [followup]" in line for line in told)
    assert len(told) == 2


def test_a_due_date_of_the_task_beside_a_promise_is_a_complaint(shop: Workshop) -> None:
    shop.config(("[route]\n", '[handoff]\ntask_due = "2h"\n\n[followup]\n\n[route]\n'))
    (told,) = shop.complaints()
    assert "`task_due` says nothing beside [followup]: the task is due with the first touch. Leave it out." in told


def test_holidays_are_imported_only_where_some_are_named(shop: Workshop) -> None:
    promising(shop)
    code = f"""
import sys
from pathlib import Path
from syncd.config import load
load(Path({str(shop.path)!r}), environ={{}}, resolve=False)
print("holidays" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "False"


def test_the_example_promises_what_is_promised_without_it(shop: Workshop) -> None:
    """Taken in, each commented line is a valid one, and its defaults are the real ones."""
    example = (ROOT / "config.example.toml").read_text(encoding="utf-8").splitlines()
    starts = ("# [followup]", "# [followup.tiers.hot]", "# ------")
    first, last = (next(n for n, line in enumerate(example) if line.startswith(start)) for start in starts[:2])
    found = promising(shop, "\n".join(line.removeprefix("# ") for line in example[first + 1 : last]))
    assert found.usual == Promise()
    assert (found.agreed_by[1], found.agreed_on, found.agreed_version) == ("Sales: R. Adler", "2026-11-01", "…")
    end = next(n for n, line in enumerate(example) if line.startswith(starts[2]) and n > last)
    shop.path.write_text(
        shop.path.read_text() + "\n" + "\n".join(line.removeprefix("# ") for line in example[last:end])
    )
    followup = shop.load().rules.followup
    assert followup is not None
    assert followup.of("hot") == Promise(first_touch=Work(time=HOUR / 2), remind=Work(time=HOUR / 6), reassign=True)
    assert followup.holidays == ("DE-BE", "2026-12-24")
