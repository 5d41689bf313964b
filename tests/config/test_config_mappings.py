"""Broken mappings give exactly these complaints; the mappings that syncd brings are sound and complete."""

from __future__ import annotations

import pytest

from syncd.config.words import DISPOSITIONS, STAGES

Edits = list[tuple[str, str]]

# system, edits, [(text on the line of the complaint, complaint)]
CASES: dict[str, tuple[str, Edits, list[tuple[str, str]]]] = {
    "an unknown kind": (
        "salesforce",
        [("[Contact.stamp]", "[Contacts.stamp]")],
        [("[Contacts.stamp]", "unknown key `Contacts`. Did you mean `Contact`?")],
    ),
    "a misspelt key of companies": (
        "salesforce",
        [('website  = "Website"', 'webste  = "Website"')],
        [
            ("[Account]", "`website` is missing in [Account]."),
            ('webste  = "Website"', "unknown key `webste`. Did you mean `website`?"),
        ],
    ),
    "customers of no value": (
        "hubspot",
        [('values = ["customer", "evangelist"]', "values = []")],
        [("customer = { field", "`values` must not be empty.")],
    ),
    "an unknown policy": (
        "hubspot",
        [('policy = "prefer_crm"', 'policy = "prefer_cmr"')],
        [
            (
                "prefer_cmr",
                '`policy` is "prefer_cmr"; it must be one of: prefer_crm, prefer_marketing, newest, fill_blank. '
                'Did you mean "prefer_crm"?',
            )
        ],
    ),
    "an unknown direction": (
        "hubspot",
        [('direction = "in"', 'direction = "inn"')],
        [('"inn"', '`direction` is "inn"; it must be one of: in, out, both. Did you mean "in"?')],
    ),
    "an unknown transform": (
        "hubspot",
        [('["trim", "lower"]', '["trim", "lowercase"]')],
        [
            (
                "lowercase",
                '`transform` is "lowercase"; it must be one of: trim, lower, upper, title, digits, country, domain. '
                'Did you mean "lower"?',
            )
        ],
    ),
    "an unknown type": (
        "hubspot",
        [('type = "money"', 'type = "currency"')],
        [
            (
                '"currency"',
                '`type` is "currency"; it must be one of: text, number, money, bool, date, datetime, list.',
            )
        ],
    ),
    "an unknown disposition": (
        "salesforce",
        [('disposition = "recycle"', 'disposition = "recycled"')],
        [
            (
                'disposition = "recycled"',
                '`disposition` is "recycled"; it must be one of: qualified, recycle, could_not_reach, trash. '
                'Did you mean "recycle"?',
            )
        ],
    ),
    "an unknown stage": (
        "hubspot",
        [('= "mql"', '= "MQL"')],
        [
            (
                '"MQL"',
                '`marketingqualifiedlead` is "MQL"; it must be one of: contact, lead, mql, handed_off, sal, sql, '
                'opportunity, customer, recycled, unreachable, trash, lost. Did you mean "mql"?',
            )
        ],
    ),
    "an unknown stamp": (
        "salesforce",
        [("tier           =", "teir           =")],
        [("teir", "unknown key `teir`. Did you mean `tier`?")],
    ),
    "an unknown feedback": (
        "hubspot",
        [("crm_type             =", "crm_kind             =")],
        [("crm_kind", "unknown key `crm_kind`. Did you mean `crm_id`?")],
    ),
    "two fields that write one": (
        "salesforce",
        [('remote = "MobilePhone"', 'remote = "Phone"')],
        [
            (
                'mobile      = { remote = "Phone"',
                '`mobile` writes "Phone", which `phone` writes already. '
                'Give one of them another remote field, or direction = "in".',
            )
        ],
    ),
    "a field that writes into the stamp": (
        "salesforce",
        [('remote = "Website"', 'remote = "syncd_tier__c"')],
        [
            (
                'tier           = "syncd_tier__c"',
                '`tier` writes "syncd_tier__c", which `website` writes already. '
                'Give one of them another remote field, or direction = "in".',
            )
        ],
    ),
    "a new status that means nothing": (
        "salesforce",
        [('new   = "Open - Not Contacted"', 'new   = "Open - Not Contactd"')],
        [
            (
                "Contactd",
                '`new` is "Open - Not Contactd", which is not among the values. Did you mean `Open - Not Contacted`?',
            )
        ],
    ),
    "nobody to own it": (
        "salesforce",
        [("owner       =", "owned_by    =")],
        [("[Lead.fields]", "`owner` is missing in [Lead.fields]: no handoff can do without it.")],
    ),
    "a default that is never written": (
        "hubspot",
        [('remote = "challenge", direction = "in"', 'remote = "challenge", direction = "in", default = "?"')],
        [('remote = "challenge"', '`default` is written, but the direction of `challenge` is "in".')],
    ),
    "a disposition without values": (
        "salesforce",
        [
            (
                '[Lead.disposition.values]\nqualified       = "qualified"\nrecycle         = "recycle"\n'
                'could_not_reach = "could_not_reach"\ntrash           = "trash"\n',
                "",
            )
        ],
        [
            (
                'field      = "syncd_disposition__c"',
                "the disposition has a field but no values. Add [Lead.disposition.values].",
            )
        ],
    ),
    "won and lost": (
        "hubspot",
        [('lost = ["closedlost"]', 'lost = ["closedlost", "closedwon"]')],
        [("lost = [", 'the stage "closedwon" is both won and lost.')],
    ),
    "no length at all": (
        "salesforce",
        [("length = 40", "length = 0")],
        [("length = 0", "`length` is 0; it must be at least 1.")],
    ),
}


@pytest.mark.parametrize(("system", "edits", "expected"), CASES.values(), ids=CASES.keys())
def test_mapping_complaint(shop, system: str, edits: Edits, expected: list[tuple[str, str]]) -> None:
    shop.mapping(system, *edits)
    lines = [(shop.line(system, text), sentence) for text, sentence in expected]
    assert shop.complaints() == [f"maps/{system}.toml:{line}: {sentence}" for line, sentence in lines]


def test_S3_3_every_required_lead_field_has_a_default_or_a_length(shop) -> None:
    lead = shop.load().rules.maps["salesforce"].kinds["Lead"]
    assert {name: f.default for name, f in lead.fields.items() if f.default is not None} == {
        "last_name": "[not provided]",
        "company": "[not provided]",
    }


def test_S1_24_the_four_outcomes_can_be_said_in_every_crm_kind(shop) -> None:
    rules = shop.load().rules
    for kind in (*rules.maps["salesforce"].kinds.values(), *rules.maps["hubspot"].kinds.values()):
        assert set(kind.dispositions.values()) == set(DISPOSITIONS), kind.kind
    lead = rules.maps["salesforce"].kinds["Lead"]
    assert {status.disposition for status in lead.statuses.values()} == {*DISPOSITIONS, ""}


def test_every_lead_status_and_lifecycle_stage_of_the_fact_sheet_is_understood(shop) -> None:
    contacts = shop.load().rules.marketing_kind
    assert set(contacts.statuses) == {
        "NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "UNQUALIFIED", "ATTEMPTED_TO_CONTACT", "CONNECTED", "BAD_TIMING",
    }  # fmt: skip
    assert list(contacts.stages) == [
        "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer",
        "evangelist", "other",
    ]  # fmt: skip
    assert set(contacts.stages.values()) <= set(STAGES)


def test_the_counters_that_tell_of_activity_are_read(shop) -> None:
    fields = {f.remote: f for f in shop.load().rules.marketing_kind.fields.values()}
    for remote in (
        "hs_email_last_open_date", "hs_email_last_click_date", "hs_analytics_num_page_views",
        "hs_analytics_last_timestamp", "hs_analytics_last_url", "recent_conversion_event_name",
        "recent_conversion_date", "num_conversion_events", "notes_last_updated", "num_notes", "hs_merged_object_ids",
    ):  # fmt: skip
        assert fields[remote].direction == "in"


def test_pain_13_no_blank_overwrites_unless_it_is_said(shop) -> None:
    rules = shop.load().rules
    fields = [f for m in rules.maps.values() for k in m.kinds.values() for f in k.fields.values()]
    assert not [f.field for f in fields if f.blank]


def test_a_stamp_and_a_feedback_share_their_property_in_one_system(shop) -> None:
    contacts = shop.load().rules.marketing_kind
    assert contacts.stamp["handoff"] == contacts.feedback["handoff"].remote == "syncd_handoff_no"
    assert contacts.feedback["handoff"].type == "number"
    assert {f.direction for f in contacts.feedback.values()} == {"both"}
