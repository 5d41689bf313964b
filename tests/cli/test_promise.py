"""syncd promise, and what check, status and explain say of it."""

from __future__ import annotations

import pytest

from tests.cli.place import Place

PROMISE = """[followup]
first_touch = "2h"
touches = { call = 2, email = 1 }
[followup.tiers.hot]
first_touch = "30m"
remind = ""
reassign = true
[followup.calendar]
holidays = ["DE-BE", 2026-12-24]
"""
LINE = 'within = "9d"\n'
REP = """[[route.rep]]
email = "anna.koehler@syncd.example"
days = ["Mon", "Wed"]
hours = "08:00-24:00"
holidays = "AT"
"""


def promise(place: Place, text: str = PROMISE) -> None:
    place.edit("[route]\n", f"{text}\n[route]\n")


def test_S1_9_to_S1_12_S4_18_the_promise_in_words(place: Place) -> None:
    promise(place)
    place.config.write_text(place.config.read_text() + "\n" + REP)
    told = place.syncd("promise")
    lines = [line.strip() for line in told.out.splitlines()]
    assert told.code == 0
    usual = lines[lines.index("Of every lead") : lines.index("Of hot leads, otherwise")]
    assert "first touch: within 2 working hours after that, by call, e-mail, meeting or message in the CRM" in usual
    assert "touches: 2 calls and 1 e-mail within 10 working days" in usual
    assert "afterwards: who did not answer to all of them goes back to marketing as could not reach" in usual
    hot = lines[lines.index("Of hot leads, otherwise") + 1 : lines.index("In whose time")]
    assert [line for line in hot if line] == [
        "first touch: within 30 working minutes after that, by call, e-mail, meeting or message in the CRM",
        "nobody touched it: it goes to somebody else, whose clock begins anew",
        "reminder: none",
    ]
    assert any("working time is Mon to Fri, 09:00 to 17:00 in each owner’s own time zone" in line for line in lines)
    assert any("off on the holidays of DE-BE and 2026-12-24" in line for line in lines)
    assert "anna.koehler@syncd.example: Mon and Wed, 08:00 to 24:00, holidays of AT" in lines


def test_S1_9_who_promises_nothing_is_told_how(place: Place) -> None:
    told = place.syncd("promise")
    assert told.code == 0
    assert "Nothing is promised of the leads that sales get, so nothing is watched." in told.out
    assert "Add [followup] to the configuration" in told.out
    assert place.syncd("promise", "--json").json == {"version": ""}


def test_S1_13_S0_9_a_promise_is_unsigned_until_both_teams_signed_this_version(place: Place) -> None:
    promise(place, f"[followup]\n{LINE}")
    assert "Nobody signed this promise: name who agreed in followup.agreed_by" in place.syncd("promise").out
    place.edit(LINE, f'{LINE}agreed_by = ["Sales: R. Adler"]\n')
    assert "names who agreed, but not when" in place.syncd("promise").out
    place.edit(LINE, f"{LINE}agreed_on = 2026-11-01\n")
    version = place.syncd("promise", "--json").json["version"]
    assert f'Note the version that was signed: followup.agreed_version = "{version}"' in place.syncd("promise").out
    place.edit(LINE, f'{LINE}agreed_version = "{version}"\n')
    told = place.syncd("promise")
    assert f"Version {version}" in told.out
    assert "agreed by Sales: R. Adler on 2026-11-01" in told.out
    assert "!" not in told.out


@pytest.mark.parametrize("command", ["promise", "check", "status"])
def test_S1_13_S0_9_a_promise_that_was_changed_after_signing_is_flagged(place: Place, command: str) -> None:
    promise(place, f"[followup]\n{LINE}")
    version = place.syncd("promise", "--json").json["version"]
    signed = f'{LINE}agreed_by = ["Sales: R. Adler"]\nagreed_on = 2026-11-01\nagreed_version = "{version}"\n'
    place.edit(LINE, signed)
    assert "unsigned" not in place.syncd(command).out
    place.edit(signed, f'{signed}first_touch = "3h"\n')
    told = " ".join(place.syncd(command).out.split())
    assert (
        f"The follow-up promise is unsigned: version {version} was signed by Sales: R. Adler on 2026-11-01, this is"
        in told
    )
    assert "write in [followup]: agreed_version =" in told
    if command == "check":
        assert "Follow-up: version " in told


def test_S1_9_S1_10_N11_explain_shows_the_promise_both_clocks_and_the_touches(place: Place) -> None:
    promise(place)
    place.approve()
    who = place.emails()[0]
    told = place.syncd("explain", who).out
    assert "a first touch within " in told
    assert "system clock: " in told
    assert "from the gate to the owner (promised: 15 minutes)" in told
    assert "so far, and no touch (promised by " in told
    assert "touches: 0 of 2 calls, 0 of 1 e-mail; the working period ends " in told
    as_json = place.syncd("explain", who, "--json").json["handoffs"][0]["followup"]
    assert as_json["touches"] == {"call": {"made": 0, "promised": 2}, "email": {"made": 0, "promised": 1}}
    assert as_json["version"] == place.syncd("promise", "--json").json["version"]
