"""[recycle], [opportunities], `labels` and `demote`: what they become, and what is said of ones that cannot be right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from config_workshop import Workshop

from syncd.config import needs
from syncd.core import glossary
from syncd.core.recycle import Recycle

AFTER = 'owners = ["olav@acme.example"]\n'
"""The last line of the base configuration, line 39: what is added begins with line 40."""

FULL = """
[recycle]
timing = "10d"
reopen = "2d"
customers = "180d"
[recycle.reasons]
"No Budget" = "90d"

[opportunities]
by_account = "60d"
"""


def test_T13_the_times_to_wait(shop: Workshop) -> None:
    assert shop.load().rules.recycle == Recycle()
    shop.config((AFTER, AFTER + FULL))
    rules = shop.load().rules
    day = timedelta(days=1)
    assert rules.recycle == Recycle(10 * day, 60 * day, 90 * day, {"no budget": 90 * day}, 2 * day, 180 * day)
    assert rules.by_account == 60 * day


def test_T9_deals_by_account_read_the_link_of_the_contact_and_no_account(shop: Workshop) -> None:
    link = ("Contact", "AccountId")
    assert link not in {(n.kind, n.field) for n in needs(shop.load().rules, "salesforce")}
    shop.config((AFTER, AFTER + FULL))
    wanted = {(n.kind, n.field) for n in needs(shop.load().rules, "salesforce")}
    assert link in wanted
    assert "Account" not in {kind for kind, _ in wanted}


@pytest.mark.parametrize(
    ("added", "said"),
    [
        ('\n[recycle]\ntimming = "10d"\n', "config.toml:41: unknown key `timming`. Did you mean `timing`?"),
        ('\n[recycle]\ntiming = "soon"\n', "config.toml:41: "),
        ('\n[recycle.reasons]\n"No budget" = 3\n', "config.toml:41: "),
    ],
)
def test_what_cannot_be_right_is_said_with_its_line(shop: Workshop, added: str, said: str) -> None:
    shop.config((AFTER, AFTER + added))
    (complaint,) = shop.complaints()
    assert complaint.startswith(said)


def test_deals_by_account_are_for_salesforce(shop: Workshop) -> None:
    shop.config(
        (AFTER, AFTER + '\n[opportunities]\nby_account = "60d"\n'), ('crm = "salesforce"', 'crm = "hubspot"')
    )
    assert any("by_account is for Salesforce" in complaint for complaint in shop.complaints())


def test_B7_labels_are_words_and_our_own_go_before_them(shop: Workshop) -> None:
    version = shop.load().rules.version
    shop.config(
        ("[syncd]\n", '[syncd]\nlabels = "sirius2012"\n'), (AFTER, AFTER + '\n[stages.sal]\nlabel = "Taken"\n')
    )
    config = shop.load()
    assert glossary.label("opportunity", config.stages) == "Sales qualified lead (SQL)"
    assert glossary.label("sal", config.stages) == "Taken"
    assert glossary.label("trash", config.stages) == "Trash"
    assert config.rules.version == version
    told = {entry.stage: entry.label for entry in glossary.stages(config.rules, config.stages)}
    assert (told["mql"], told["sal"]) == ("Automation qualified lead (AQL)", "Taken")
    shop.config(('labels = "sirius2012"', 'labels = "sirius"'))
    (complaint,) = shop.complaints()
    assert "labels" in complaint
    assert "sirius2012" in complaint


def test_B7_no_set_of_labels_calls_two_stages_the_same() -> None:
    for name, labels in glossary.LABELS.items():
        words = {stage: glossary.Wording(label) for stage, label in labels.items()}
        told = [glossary.label(stage, words) for stage in (*glossary.FUNNEL, *glossary.EXITS)]
        assert len(set(told)) == len(told), name


def test_C5_demote_is_off_unless_the_mapping_says_so(shop: Workshop) -> None:
    assert not shop.load().rules.marketing_kind.demote
    shop.mapping("hubspot", ("demote = false", "demote = true"))
    assert shop.load().rules.marketing_kind.demote


def test_B4_the_mapping_must_know_every_value_of_stage_and_status(shop: Workshop) -> None:
    rules = shop.load().rules
    closed = {(n.kind, n.field) for s in ("hubspot", "salesforce") for n in needs(rules, s) if n.closed}
    assert closed == {
        ("contacts", "lifecyclestage"),
        ("Lead", "Status"),
        ("Lead", "syncd_disposition__c"),
        ("Contact", "syncd_disposition__c"),
    }
