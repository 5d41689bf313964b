"""What is wrong with a scenario file is told whole: what, where, and what would be right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings, Limits
from connectors.loopback.hubspot.settings import Wording
from connectors.loopback.kit.setting_types import SettingsError
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings
from connectors.loopback.sandbox import Options, SandboxError, prepare
from connectors.loopback.sandbox_options import parse as parse_options
from connectors.loopback.scenario.toml_lines import parse

Problems = Callable[[str], list[str]]


def test_every_problem_of_form_is_told_at_once_with_its_line(problems: Problems) -> None:
    text = """\
[world]
contacts = -1
dayz = 3
start = "yesterday"

[hubspot.settings]
lifecycl = "any"
lifecycle = "sideways"
enterprise = "yes"

[hubspot.settings.limits]
burst = "many"
serch = 3

[[event]]
at = "soon"
do = "edit"
system = "hubspott"
object = "contacts"
fields = {}

[[event]]
do = "edti"

[[event]]
do = "clear-faults"
system = "hubspot"

[[fault]]
system = "sap"
path = "["
status = 503

[native_sync]
every = "0m"
create = "Account"
"""
    assert problems(text) == [
        'scene.toml, line 2: "contacts" must be 0 or more, not -1.',
        'scene.toml, line 3: There is no key "dayz". Did you mean "days"?',
        'scene.toml, line 4: "start" must be a time such as 2026-03-02T09:00:00Z, not "yesterday".',
        'scene.toml, line 7: There is no setting "lifecycl". Did you mean "lifecycle"?',
        'scene.toml, line 8: "lifecycle" cannot be "sideways". Write one of: forward, any.',
        'scene.toml, line 9: "enterprise" must be true or false, not "yes".',
        'scene.toml, line 12: "burst" must be a whole number, not "many".',
        'scene.toml, line 13: There is no setting "serch". Did you mean "search"?',
        'scene.toml, line 16: "at": "soon" is not a duration; write it like "3d 4h", "90m" or "30s".',
        'scene.toml, line 18: "system" cannot be "hubspott". Did you mean "hubspot"?',
        'scene.toml, line 20: "fields" must not be empty.',
        'scene.toml, line 23: There is no event "edti". Did you mean "edit"?',
        'scene.toml, line 25: An event needs "at" or "every", such as at = "2d 3h".',
        'scene.toml, line 29: "system" must be "hubspot" or "salesforce", not \'sap\'.',
        "scene.toml, line 29: \"path\" must be a regular expression, not '['.",
        'scene.toml, line 35: "every" must be more than 0, not "0m".',
        'scene.toml, line 36: "create" cannot be "Account". Write one of: Lead, Contact, nothing.',
    ]


def test_every_name_that_means_nothing_is_told_at_once_with_its_line(problems: Problems) -> None:
    text = """\
[hubspot]
missing_properties = ["contacts.syncd_teir"]
[hubspot.integration]
scopes = ["crm.objects.contact.read", "tickets"]
[[hubspot.validation_rule]]
object = "contact"
property = "jobtitel"
[[hubspot.pipeline]]
object = "notes"
stages = [{ id = "a" }]
[salesforce]
missing_fields = ["Lead.Company", "syncd_tier__c"]
[[salesforce.picklist]]
object = "Lead"
field = "Phone"
values = ["a"]
[[salesforce.assignment_rule]]
entries = [{ owner = "Inbound Triag", when = { Staus = "x" } }]
[[salesforce.duplicate_rule]]
object = "Leed"
name = "x"
match = [{ object = "Lead", fields = ["Email"] }]
[[salesforce.validation_rule]]
object = "Lead"
name = "x"
message = "x"
when = { any = [{ Phone = { blnk = true } }, { Emial = "" }] }
[salesforce.integration.objects]
Leads = ["read"]
[[event]]
at = "1d"
do = "edit"
system = "hubspot"
object = "contacts"
fields = { lifecyclestage = "leed", firstnam = "x" }
[[event]]
at = "1d"
do = "set-option"
system = "salesforce"
object = "Lead"
field = "Status"
value = "Recicled"
active = false
[[event]]
at = "1d"
do = "deactivate"
system = "salesforce"
owner = "marcus.bel@syncd.example"
[[event]]
at = "1d"
do = "control"
system = "hubspot"
action = "tuch"
[native_sync]
inclusion = { lifecyclstage = "lead" }
"""
    assert problems(text) == [
        'scene.toml, line 2: There is no field of HubSpot\'s contacts "syncd_teir". Did you mean "syncd_tier"?',
        'scene.toml, line 4: There is no scope "crm.objects.contact.read". Did you mean "crm.objects.contacts.read"?',
        'scene.toml, line 7: There is no field of HubSpot\'s contacts "jobtitel". Did you mean "jobtitle"?',
        "scene.toml, line 9: notes have no pipeline.",
        'scene.toml, line 12: Lead has no custom field "Company".',
        'scene.toml, line 12: "syncd_tier__c" names no object; write it like "Lead.syncd_tier__c".',
        "scene.toml, line 13: Lead.Phone is no picklist.",
        'scene.toml, line 18: There is no field of Salesforce\'s Lead "Staus". Did you mean "Status"?',
        'scene.toml, line 18: There is no user or queue "Inbound Triag". Did you mean "Inbound Triage"?',
        'scene.toml, line 20: There is no Salesforce object "Leed". Did you mean "Lead"?',
        'scene.toml, line 27: There is no test "blnk". Did you mean "blank"?',
        'scene.toml, line 27: There is no field of Salesforce\'s Lead "Emial". Did you mean "Email"?',
        'scene.toml, line 29: There is no Salesforce object "Leads". Did you mean "Lead"?',
        'scene.toml, line 35: There is no value of contacts.lifecyclestage "leed". Did you mean "lead"?',
        'scene.toml, line 35: There is no field of HubSpot\'s contacts "firstnam". Did you mean "firstname"?',
        'scene.toml, line 42: There is no value of Lead.Status "Recicled". Did you mean "Recycled"?',
        'scene.toml, line 48: There is no user "marcus.bel@syncd.example". Did you mean "marcus.bell@syncd.example"?',
        'scene.toml, line 53: There is no control endpoint "tuch". Did you mean "touch"?',
        'scene.toml, line 55: There is no field of HubSpot\'s contacts "lifecyclstage". Did you mean "lifecyclestage"?',
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "cannot be read: No such file or directory."),
        (b"\xff\xfe", "is not a text in UTF-8"),
        (b"[world\n", "is not TOML: Expected ']'"),
        (b"event = 3\n", 'line 1: "event" must be a list, not 3.'),
        (b"hubspot = 3\n", 'line 1: "hubspot" must be a table, not 3.'),
    ],
)
def test_a_file_that_is_none_is_told(tmp_path: Path, content: bytes | None, told: str) -> None:
    path = tmp_path / "scene.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SandboxError) as caught:
        prepare(Options(scenario=path))
    (problem,) = caught.value.problems
    assert told in problem


def test_the_problems_of_options_and_scenario_are_told_together(tmp_path: Path) -> None:
    path = tmp_path / "scene.toml"
    path.write_text("wurld = 1\n")
    with pytest.raises(SandboxError) as caught:
        prepare(Options(days=0, scenario=path))
    assert caught.value.problems == [
        "The number of days must be 1 or more, not 0.",
        'scene.toml, line 1: There is no key "wurld". Did you mean "world"?',
    ]


def test_lines_are_found_through_arrays_strings_and_comments() -> None:
    text = """\
top = 1  # [not.a.table]
[a]
list = [
  "[b]", # ]]
  { x = 1 },
]
text = \"\"\"
[c]
key = 1
\"\"\"
other = 'it''s' # odd
"""
    text = text.replace("'it''s'", '"it\'s ["')
    text += "[[a.b]]\nx = 1\n[a.b.c]\n'q.r' = 1\n[[a.b]]\nx.y = 2\n"
    _, lines = parse(text)
    places = [("top",), ("a",), ("a", "list"), ("a", "text"), ("a", "other")]
    assert [lines.of(place) for place in places] == [1, 2, 3, 7, 11]
    assert lines.of(("a", "b", 0, "c", "q.r")) == 15
    assert lines.of(("a", "b", 1, "x", "y")) == 17
    assert lines.of(("a", "list", 1, "x")) == 3
    assert lines.of(("nowhere",)) == 1


def test_a_time_zone_that_there_is_not(problems: Problems) -> None:
    text = """\
[hubspot.settings]
time_zone = "Mars/Olympus"

[salesforce.settings]
time_zone = "Europe/Berlinn"
"""
    assert problems(text) == [
        'scene.toml, line 2: There is no time zone "Mars/Olympus".',
        'scene.toml, line 5: There is no time zone "Europe/Berlinn". Did you mean "Europe/Berlin"?',
    ]


def test_a_wrong_formula_is_told_like_everything_else(problems: Problems) -> None:
    text = """\
[[salesforce.validation_rule]]
object = "Lead"
name = "Broken"
message = "No."
formula = "AND(Status"

[[salesforce.validation_rule]]
object = "Lead"
name = "Unknown"
message = "No."
formula = "VLOOKUP(Name, Name, Name)"
"""
    assert problems(text) == [
        "scene.toml, line 1: Field Status is a picklist field. Picklist fields are only supported in certain functions.",
        "scene.toml, line 7: The loopback Salesforce does not emulate the formula function VLOOKUP().",
    ]


def test_what_is_malformed_and_what_means_nothing_are_told_at_once(problems: Problems) -> None:
    """The lines are those of the file, also behind an entry that is left out."""
    text = """\
[world]
contacts = "many"

[hubspot.settings]
index_lag_seconds = [5, 2]

[[hubspot.owner]]
email = "nobody"

[[hubspot.property]]
object = "contacts"
name = "shoe_size"
type = 3
fieldType = "number"

[[salesforce.user]]
Username = "no-address"
LastName = "Doe"
profile = "Nobody"

[[salesforce.user]]
Username = "jane@acme.example"
LastName = "Doe"
profile = "Nobody"

[[event]]
at = "soon"
do = "clear-faults"
system = "hubspot"

[[event]]
at = "1d"
do = "edit"
system = "hubspot"
object = "contacts"
fields = { shoe_size = "44", shoe_colour = "red" }

[[event]]
at = "1d"
do = "deactivate"
system = "salesforce"
owner = "no-address"
"""
    assert problems(text) == [
        'scene.toml, line 2: "contacts" must be a whole number, not "many".',
        'scene.toml, line 5: "index_lag_seconds": The first number is the least and the second the most; 5 is more than 2.',
        'scene.toml, line 8: "email": "nobody" is no address; write it like "ann@acme.example".',
        'scene.toml, line 13: "type" must be a text, not 3.',
        'scene.toml, line 17: "Username": "no-address" is no address; write it like "ann@acme.example".',
        'scene.toml, line 21: There is no profile "Nobody".',
        'scene.toml, line 27: "at": "soon" is not a duration; write it like "3d 4h", "90m" or "30s".',
        'scene.toml, line 36: There is no field of HubSpot\'s contacts "shoe_colour".',
    ]


def test_what_stands_twice_is_told(problems: Problems) -> None:
    text = """\
[[hubspot.pipeline]]
object = "deals"
stages = [{ id = "a" }, { id = "b" }, { id = "A" }]
[[hubspot.pipeline]]
object = "deals"
[[hubspot.pipeline.stages]]
id = "a"
[[hubspot.pipeline.stages]]
id = "a"
[[hubspot.owner]]
email = "ann@acme.example"
[[hubspot.owner]]
email = "Ann@acme.example"
[[salesforce.picklist]]
object = "Lead"
field = "Rating"
values = ["Hot", "hot"]
[[salesforce.user]]
Username = "u@acme.example"
LastName = "U"
[[salesforce.user]]
Username = "u@acme.example"
LastName = "V"
"""
    told = problems(text)
    assert [entry for entry in told if "one already" in entry or "twice" in entry] == [
        'scene.toml, line 3: "id" "A": there is one already.',
        'scene.toml, line 4: "object" "deals": there is one already.',
        'scene.toml, line 8: "id" "a": there is one already.',
        'scene.toml, line 12: "email" "Ann@acme.example": there is one already.',
        'scene.toml, line 17: "values" has "hot" twice.',
        'scene.toml, line 21: "Username" "u@acme.example": there is one already.',
    ]


@pytest.mark.parametrize(
    ("setting", "told"),
    [
        ("hubspot.settings]\nindex_lag_seconds = [-1, 2]", "0 or more, not -1"),
        ("hubspot.settings]\nproperty_lag_seconds = -0.5", "0 or more, not -0.5"),
        ("hubspot.settings]\narchived_days = 0", "1 or more, not 0"),
        ('hubspot.settings]\ncompany_currency = "euro"', "of the form [A-Z]{3}"),
        ('hubspot.settings]\noauth_v1_ends = "2027-02-30"', "is no day"),
        ("hubspot.settings.limits]\nburst = -1", "0 or more, not -1"),
        ("hubspot.settings.webhooks]\nretry_seconds = [86401]", "24 hours together at most"),
        ('hubspot.settings.wording]\nnot_a_date = "{date} is none"', "{date} is not known; there are: value"),
        ('hubspot.settings.wording]\nnot_a_date = "{value"', "is no text with places in braces"),
        ("salesforce.settings]\ndaily_api_requests = -5", "0 or more, not -5"),
        ("salesforce.settings]\nfiscal_year_start_month = 13", "12 at most, not 13"),
        ("salesforce.settings]\nlock_status = 200", "400 or more, not 200"),
        ('salesforce.settings]\nbulk_empty_results = "none"', "Write one of: header, nothing"),
        ("salesforce.settings]\noldest_version = 69", '68 at most, as "newest_version" is, not 69'),
        ('salesforce.settings]\ninstance_url = "acme"', "is no address of a server"),
        ('salesforce.settings]\nmy_domain = "a b"', "of the form"),
        ("salesforce.settings]\napi_bursts = [-1, 2]", "0 or more, not -1"),
        ('salesforce.settings]\ntexts = { NO_SUCH = "x" }', 'has no message "NO_SUCH"'),
        ('salesforce.settings]\ntexts = { STRING_TOO_LONG = "{what}" }', "{what} is not known"),
        ('salesforce.settings]\nlead_field_mapping = { Task = { A = "B" } }', "for Account, Contact and Opportunity"),
        ("world]\ndays = 36500", "3650 at most"),
        ("world]\nstart = 1970-01-01T00:00:00Z", "between 2000 and 2099"),
    ],
)
def test_a_setting_that_makes_no_sense_is_told_with_what_would(problems: Problems, setting: str, told: str) -> None:
    (problem,) = problems(f"[{setting}\n")
    assert problem.startswith("scene.toml, line 2: ")
    assert told in problem


def test_settings_from_python_are_judged_as_those_of_a_file() -> None:
    with pytest.raises(SettingsError) as caught:
        HubSpotEmulator(HubSpotSettings(index_lag_seconds=(5, 2), limits=Limits(burst=-1), archived_days=0))
    assert caught.value.problems == [
        '"limits.burst" must be 0 or more, not -1.',
        '"archived_days" must be 1 or more, not 0.',
        '"index_lag_seconds" is wrong: The first number is the least and the second the most; 5 is more than 2.',
    ]
    with pytest.raises(SettingsError, match='"daily_api_requests" must be 0 or more, not -5'):
        SalesforceEmulator(SalesforceSettings(daily_api_requests=-5))
    with pytest.raises(SettingsError, match=r'"wording.not_a_long" is wrong: \{who\} is not known'):
        HubSpotEmulator(HubSpotSettings(wording=Wording(not_a_long="{who}")))


@pytest.mark.parametrize("number", ["1_0", "1.5", "+5", " 5 ", "\u0661\u0660", "1e1", "", "9" * 30])
def test_a_number_on_the_command_line_is_one(number: str) -> None:
    with pytest.raises(SandboxError) as caught:
        parse_options([f"--contacts={number}"])
    assert caught.value.problems == [f'--contacts must be a whole number, not "{number}".']


def test_a_world_beyond_all_measure_is_refused() -> None:
    with pytest.raises(SandboxError) as caught:
        parse_options(["--contacts", "10000001", "--days", "3651", "--hubspot-port", "65536"])
    assert caught.value.problems == [
        "The number of contacts must be 10,000,000 at most, not 10000001.",
        "The number of days must be 3,650 at most, not 3651.",
        "The HubSpot port must be between 0 and 65535, not 65536.",
    ]


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ('[salesforce.settings]\nsharing = { Lead = "Public" }', "Lead is shared Private, Read"),
        ('[salesforce.settings]\nsharing = { Leed = "Private" }', 'no Salesforce object "Leed"'),
        ('[salesforce.settings]\nhistory_tracking = { Lead = ["Nope"] }', 'no field of Salesforce\'s Lead "Nope"'),
        ("[salesforce.settings]\nstate_country_picklists = { US = { x = 1 } }", '"US" is written like { name ='),
        ('[[salesforce.settings.permission_sets]]\nname = "x"\nobjects = { Lead = ["raed"] }', "cannot say: raed"),
        ('[[salesforce.app]]\nclient_id = "x"\nrun_as = "nobody@x.example"', 'no user "nobody@x.example"'),
        ('[[salesforce.app]]\nclient_id = "x"\npublic_key = "abc"', "neither a public key nor a certificate"),
        ('[[salesforce.app]]\nclient_id = "x"\nscopes = "api"', 'no key "scopes". Did you mean "scope"?'),
        (
            '[[salesforce.user]]\nUsername = "a@b.example"\nLastName = "x"\nShoes = 4',
            'no field of Salesforce\'s User "Shoes"',
        ),
        ('[salesforce.integration]\nobjects = { Lead = ["reed"] }', 'cannot be "reed". Did you mean "read"?'),
        ('[salesforce.integration]\nview_setup = "yes"', "must be true or false"),
        ('[[salesforce.field]]\nobject = "Lead"\nname = "X__c"\nlength = -4', "1 or more, not -4"),
        ('[[salesforce.queue]]\nname = ""', "a text that is not empty"),
        ('[hubspot.settings]\ndefault_lifecyclestage = "nope"', 'no value of contacts.lifecyclestage "nope"'),
        (
            '[[hubspot.pipeline]]\nobject = "deals"\nstages = [{ id = "a", metadata = { probability = "7" } }]',
            "0.0 to 1.0",
        ),
        (
            '[[event]]\nat = "1d"\ndo = "merge"\nsystem = "hubspot"\nobject = "contacts"\nids = ["1", "2", "3"]',
            "in pairs",
        ),
        ('[[event]]\nat = "600w"\ndo = "clear-faults"\nsystem = "hubspot"', "at most"),
    ],
)
def test_an_entry_that_makes_no_sense_is_told(problems: Problems, entry: str, told: str) -> None:
    (problem,) = problems(f"{entry}\n")
    assert problem.startswith("scene.toml, line ")
    assert told in problem
