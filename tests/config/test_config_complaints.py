"""Each broken configuration gives exactly these complaints: file, line, sentence, fix."""

from __future__ import annotations

from pathlib import Path

import pytest

from syncd.config import load
from syncd.core.errors import ConfigError

Edits = list[tuple[str, str]]

CASES: dict[str, tuple[Edits, list[str]]] = {
    # ------------------------------------------------------------ keys
    "a misspelt key": (
        [("threshold = 60", "treshold = 60")],
        [
            "config.toml:13: `threshold` is missing in [qualify]. Write threshold = 60, for example.",
            "config.toml:14: unknown key `treshold`. Did you mean `threshold`?",
        ],
    ),
    "a misspelt table": (
        [("[route]", "[rout]"), ("[[route.territory]]", "[[rout.territory]]")],
        [
            "config.toml:1: the table [route] is missing.",
            "config.toml:30: unknown key `rout`. Did you mean `route`?",
        ],
    ),
    "a key that resembles nothing": (
        [("threshold = 60", "threshold = 60\n\n[brakes]\nquux = 1")],
        ["config.toml:17: unknown key `quux`. Known here: handoffs, owner_changes, blanks, demotions, share, floor."],
    ),
    "a misspelt key in an inline table": (
        [('{ env = "SYNCD_HUBSPOT_TOKEN" }', '{ envv = "SYNCD_HUBSPOT_TOKEN" }')],
        [
            "config.toml:6: unknown key `envv`. Did you mean `env`?",
            "config.toml:6: `token` names no source. Write exactly one of env, file, command.",
        ],
    ),
    "a missing fallback": (
        [('fallback = "ruth@acme.example"\n', "")],
        ['config.toml:30: `fallback` is missing in [route]. Write fallback = "sales.lead@acme.example", for example.'],
    ),
    # ------------------------------------------------------------ types and ranges
    "a number in quotes": (
        [("threshold = 60", 'threshold = "60"')],
        ['config.toml:14: `threshold` must be a whole number, not "60".'],
    ),
    "half a point": (
        [("threshold = 60", "threshold = 59.5")],
        ["config.toml:14: `threshold` must be a whole number, not 59.5."],
    ),
    "a threshold over 100": (
        [("threshold = 60", "threshold = 101")],
        ["config.toml:14: `threshold` is 101; it must be at most 100."],
    ),
    "a negative threshold": (
        [("threshold = 60", "threshold = -1")],
        ["config.toml:14: `threshold` is -1; it must be at least 0."],
    ),
    "not a number": (
        [("threshold = 60", "threshold = 60\nfit_share = nan")],
        ["config.toml:15: `fit_share` must be a finite number, not nan."],
    ),
    "yes instead of true": (
        [("each = true", 'each = "yes"')],
        [
            'config.toml:27: `each` must be true or false, not "yes".',
            "config.toml:28: `cap` needs each = true.",
        ],
    ),
    "a value where a table belongs": (
        [("[qualify]\nthreshold = 60\n", "[qualify]\nthreshold = 60\nmust = 3\n")],
        ["config.toml:15: `must` must be a list, not 3."],
    ),
    "a word that is none of the choices": (
        [('mode = "territory"', 'mode = "teritory"')],
        [
            'config.toml:31: `mode` is "teritory"; it must be one of: single, territory, round_robin. '
            'Did you mean "territory"?'
        ],
    ),
    "an unknown activity": (
        [('"page_view"', '["page_view", "fax"]')],
        [
            'config.toml:24: `activity` is "fax"; it must be one of: form, page_view, email_open, email_click, product, '
            "email, call, meeting, note, task, message."
        ],
    ),
    "a duration without a unit": (
        [('within = "14d"', "within = 14")],
        [
            "config.toml:25: `within` must be a duration, not 14. "
            'Write a number and a unit: "60s", "15m", "4h", "30d", "2w".'
        ],
    ),
    "no time at all": (
        [('within = "14d"', 'within = "0d"')],
        ["config.toml:25: `within` must be longer than nothing."],
    ),
    "longer than the calendar": (
        [('within = "14d"', 'within = "99999999999d"')],
        [
            "config.toml:25: `within` is longer than any calendar. "
            'Write a number and a unit: "60s", "15m", "4h", "30d", "2w".'
        ],
    ),
    "a date in quotes": (
        [("threshold = 60", 'threshold = 60\nagreed_on = "2026-11-01"')],
        ['config.toml:15: `agreed_on` must be a date, not "2026-11-01". Write it without quotes: 2026-11-01.'],
    ),
    "nobody in a territory": (
        [('owners = ["olav@acme.example"]', "owners = []")],
        ["config.toml:38: `owners` must not be empty."],
    ),
    "a blank fallback": (
        [('"ruth@acme.example"', '"  "')],
        ["config.toml:32: `fallback` must not be empty."],
    ),
    # ------------------------------------------------------------ regular expressions
    "a bad regular expression": (
        [('"(?i)director"', "'(?i)(director'")],
        [
            "config.toml:19: `matches` is not a valid regular expression: missing ), unterminated subpattern at "
            "character 5. In 'single quotes' TOML leaves backslashes alone."
        ],
    ),
    "flags in the middle": (
        [('"(?i)director"', "'director(?i)'")],
        [
            "config.toml:19: `matches` is not a valid regular expression: global flags not at the start of the "
            "expression at character 9. In 'single quotes' TOML leaves backslashes alone."
        ],
    ),
    # ------------------------------------------------------------ conditions
    "a rule without a condition": (
        [('field = "title"\nmatches = "(?i)director"\n', "")],
        [
            'config.toml:16: the rule "Decision maker" asks for nothing. '
            "Write exactly one of field, activity, all, any, not."
        ],
    ),
    "two conditions in one rule": (
        [('field = "title"', 'field = "title"\nactivity = "form"')],
        [
            'config.toml:16: the rule "Decision maker" asks for field and activity at once. '
            "Write exactly one of field, activity, all, any, not."
        ],
    ),
    "a field without an operator": (
        [('in = ["Norway"]\n', "")],
        [
            'config.toml:34: the rule "North" has no operator. '
            "Write exactly one of in, not_in, matches, min, max, contains_any, starts_with, present, absent, changed_within."
        ],
    ),
    "two operators": (
        [('in = ["Norway"]', 'in = ["Norway"]\npresent = true')],
        [
            'config.toml:34: the rule "North" has in and present at once. Write exactly one of in, not_in, matches, '
            "min, max, contains_any, starts_with, present, absent, changed_within; combine several with all = [ … ]."
        ],
    ),
    "an unknown operator": (
        [('in = ["Norway"]', 'is = "Norway"')],
        [
            'config.toml:34: the rule "North" has no operator. '
            "Write exactly one of in, not_in, matches, min, max, contains_any, starts_with, present, absent, changed_within.",
            "config.toml:37: unknown key `is`. Known here: field, in, not_in, matches, min, max, contains_any, starts_with, "
            "present, absent, changed_within, activity, content, journey, intent, by, within, count, all, any, not, "
            "name, owners.",
        ],
    ),
    "a time with a field": (
        [('in = ["Norway"]', 'in = ["Norway"]\nwithin = "3d"')],
        ["config.toml:38: `within` does not go with `field`; it goes with activity."],
    ),
    "a list with an activity": (
        [('within = "14d"', 'in = ["/pricing"]')],
        ["config.toml:25: `in` does not go with `activity`; it goes with field."],
    ),
    "deep inside": (
        [
            (
                'field = "country"\nin = ["Norway"]',
                "any = [\n  { field = 'country', in = ['Norway'] },\n  { not = { field = 'state' } },\n]",
            )
        ],
        [
            "config.toml:38: the condition has no operator. "
            "Write exactly one of in, not_in, matches, min, max, contains_any, starts_with, present, absent, changed_within."
        ],
    ),
    "a field that no mapping has": (
        [('field = "title"', 'field = "titel"')],
        ['config.toml:18: no mapping has a field "titel". Did you mean `title`?'],
    ),
    # ------------------------------------------------------------ scores, names, tiers
    "each without an activity": (
        [("points = 60", "points = 60\neach = true")],
        ["config.toml:21: `each` counts activities; this rule has none."],
    ),
    "a cap without each": (
        [("each = true\n", "")],
        ["config.toml:27: `cap` needs each = true."],
    ),
    "two rules of one name": (
        [
            (
                "[[qualify.engagement]]",
                '[[qualify.fit]]\nname = "decision Maker"\nfield = "phone"\npresent = true\npoints = 1\n\n'
                "[[qualify.engagement]]",
            )
        ],
        [
            'config.toml:23: a second [[qualify.fit]] is named "decision Maker". '
            "Reports and `explain` use the name: give each its own."
        ],
    ),
    "two tiers at one score": (
        [("threshold = 60", "threshold = 60\ntiers = { hot = 80, warm = 80 }")],
        ['config.toml:15: the tiers "hot" and "warm" start at the same score.'],
    ),
    "a tier out of range": (
        [("threshold = 60", "threshold = 60\n[qualify.tiers]\nhot = 80\nboiling = 120")],
        ["config.toml:17: `boiling` is 120; it must be at most 100."],
    ),
    # ------------------------------------------------------------ routing
    "territories that are not there": (
        [
            (
                '\n[[route.territory]]\nname = "North"\nfield = "country"\nin = ["Norway"]\n'
                'owners = ["olav@acme.example"]\n',
                "",
            )
        ],
        [
            'config.toml:31: mode is "territory", but there is no territory. '
            "Add [[route.territory]] with name, a condition and owners."
        ],
    ),
    "a territory of deeds and of changes": (
        [
            (
                'field = "country"\nin = ["Norway"]',
                'any = [{ activity = "form" }, { field = "title", changed_within = "30d" }, { journey = "late" }]',
            )
        ],
        [
            "config.toml:36: a territory asks who somebody is, not what they did. Ask for a `field`.",
            "config.toml:36: a territory asks for what is, not for what changed. Ask for a value of the field.",
        ],
    ),
    "nobody to take turns": (
        [('mode = "territory"', 'mode = "round_robin"')],
        ['config.toml:31: mode is "round_robin", but `owners` is empty. Write owners = ["rep@acme.example"].'],
    ),
    # ------------------------------------------------------------ connections
    "no connection to the CRM": (
        [
            (
                '[salesforce]\nurl = "https://acme.my.salesforce.com"\n'
                'client_id = { env = "SYNCD_SALESFORCE_CLIENT_ID" }\n'
                'client_secret = { env = "SYNCD_SALESFORCE_CLIENT_SECRET" }\n',
                "",
            )
        ],
        [
            'config.toml:2: crm is "salesforce", but the table [salesforce] is missing. '
            "Add [salesforce] with its connection; config.example.toml shows it."
        ],
    ),
    "a flow without its keys": (
        [("[salesforce]", '[salesforce]\nflow = "jwt"')],
        [
            'config.toml:8: `username` is missing in [salesforce]: flow "jwt" needs it.',
            'config.toml:8: `private_key` is missing in [salesforce]: flow "jwt" needs it.',
        ],
    ),
    "the login address": (
        [("https://acme.my.salesforce.com", "https://login.salesforce.com/")],
        [
            "config.toml:9: `url` is an address for logging in, not for your org. "
            "Write your My Domain: https://acme.my.salesforce.com."
        ],
    ),
    "an open line": (
        [("https://acme.my", "http://acme.my")],
        [
            "config.toml:9: `url` would send secrets unencrypted. "
            "Only the sandbox on 127.0.0.1 may use http; write https://…"
        ],
    ),
    "an address with a path": (
        [("salesforce.com", "salesforce.com/services/data")],
        [
            "config.toml:9: `url` must be an address without a path, not "
            '"https://acme.my.salesforce.com/services/data". Write it like https://api.hubapi.com.'
        ],
    ),
    "a share of everything and more": (
        [("[hubspot]", "[hubspot]\ndaily_share = 1.5")],
        ["config.toml:6: `daily_share` is 1.5; it must be at most 1."],
    ),
    "a version that never was": (
        [("[hubspot]", '[hubspot]\nversion = "2026-10"')],
        ['config.toml:6: `version` is "2026-10"; it must look like ^(v3|20[0-9]{2}-(03|09))$.'],
    ),
    # ------------------------------------------------------------ files
    "no such mappings": (
        [('"maps"', '"nowhere"')],
        [
            "config.toml:3: the mapping nowhere/hubspot.toml does not exist. "
            "Put hubspot.toml there, or leave `mappings` out for the one that syncd brings.",
            "config.toml:3: the mapping nowhere/salesforce.toml does not exist. "
            "Put salesforce.toml there, or leave `mappings` out for the one that syncd brings.",
        ],
    ),
    "no folder for the ledger": (
        [("[syncd]", '[syncd]\nledger = "data/syncd.db"')],
        ["config.toml:2: the folder of the ledger, data, does not exist. Run: mkdir -p data"],
    ),
    "a ledger that is a folder": (
        [("[syncd]", '[syncd]\nledger = "maps"')],
        ["config.toml:2: the ledger maps is a folder, not a file."],
    ),
}


@pytest.mark.parametrize(("edits", "expected"), CASES.values(), ids=CASES.keys())
def test_complaint(shop, edits: Edits, expected: list[str]) -> None:
    shop.config(*edits)
    said = [line.replace(f"{shop.folder}", "").replace("mkdir -p /", "mkdir -p ") for line in shop.complaints()]
    assert said == expected


def test_the_workshop_itself_is_sound(shop) -> None:
    assert shop.complaints() == []


def test_no_complaint_hides_another(shop) -> None:
    """A typo, a wrong type, a bad pattern, two broken mappings and a missing secret: all in one answer, in order."""
    shop.config(
        ("threshold = 60", "treshold = 60"),
        ('"(?i)director"', '"("'),
        ("points = 5", 'points = "5"'),
        ('mode = "territory"', 'mode = "single"'),
        ('owners = ["olav@acme.example"]', "owners = []"),
        ('env = "SYNCD_HUBSPOT_TOKEN"', 'env = "NOT_SET"'),
    )
    shop.mapping("hubspot", ('type = "list"', 'type = "lists"'))
    shop.mapping("salesforce", ("[Lead.stamp]", "[Lead.stamps]"))
    said = shop.complaints()
    assert [line.split(" ", 1)[0] for line in said] == [
        "config.toml:6:",
        "config.toml:13:",
        "config.toml:14:",
        "config.toml:19:",
        "config.toml:26:",
        "config.toml:31:",
        "config.toml:38:",
        f"maps/hubspot.toml:{shop.line('hubspot', 'lists')}:",
        f"maps/salesforce.toml:{shop.line('salesforce', '[Lead.stamps]')}:",
    ]


def test_S0_6_a_configuration_without_criteria_is_refused(shop) -> None:
    text = shop.path.read_text()
    start, end = text.index("[[qualify.fit]]"), text.index("[route]")
    shop.path.write_text(text[:start] + text[end:])
    assert shop.complaints() == [
        "config.toml:13: [qualify] has no criteria: nobody could ever be ready. "
        "Add [[qualify.fit]] and [[qualify.engagement]] rules, [qualify.hand_raise] or [qualify.product]."
    ]


# ---------------------------------------------------------------- files that cannot be read
@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"[syncd\n", "config.toml:1: the file is not valid TOML: expected ']' at the end of a table declaration."),
        (b"a = 1\na = 2\n", "config.toml:2: the file is not valid TOML: cannot overwrite a value."),
        (b'a = "\n', "config.toml:1: the file is not valid TOML: illegal character '\\n'."),
        (b'\n\na = """\n', "config.toml:4: the file is not valid TOML: unterminated string."),
        (b"a = 1\nb = '\xff'\n", "config.toml:2: the file is not UTF-8 text. Save the file as UTF-8."),
        (
            b"a = " + b"[" * 60 + b"]" * 60,
            "config.toml: the file is nested too deeply. Use fewer tables inside tables.",
        ),
        (b"a = " + b"[" * 9999, "config.toml: the file is nested too deeply. Use fewer tables inside tables."),
        (b"#" * 1_000_001, "config.toml: the file is larger than 1,000,000 bytes."),
    ],
    ids=["syntax", "twice", "line end in text", "end of file", "latin-1", "deep", "bottomless", "huge"],
)
def test_a_file_that_cannot_be_read(shop, content: bytes, expected: str) -> None:
    shop.path.write_bytes(content)
    assert shop.complaints() == [expected]


def test_a_missing_file_says_what_to_type(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        load(tmp_path / "none.toml", environ={})
    assert str(caught.value) == (
        f"{tmp_path}/none.toml: the file does not exist. Make one with `syncd init`, or name it with -c FILE."
    )


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="is a folder, not a file"):
        load(tmp_path, environ={})


def test_a_byte_order_mark_is_no_mistake(shop) -> None:
    shop.path.write_bytes(b"\xef\xbb\xbf" + shop.path.read_bytes())
    assert shop.complaints() == []


def test_a_broken_mapping_does_not_hide_the_configuration(shop) -> None:
    shop.config(("threshold = 60", "threshold = 600"))
    (shop.maps / "hubspot.toml").write_text("[contacts\n")
    assert [line.split(" ", 1)[0] for line in shop.complaints()] == ["config.toml:14:", "maps/hubspot.toml:1:"]
