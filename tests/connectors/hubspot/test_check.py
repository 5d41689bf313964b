"""`check` finds what a human must fix, in at most eight calls (hubspot.md 1, 10.3, 10.4)."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.base import FieldNeed, Health
from connectors.loopback.hubspot import TokenGrant
from syncd.core.errors import Retryable
from tests.connectors.hubspot.portal import NO_LIMITS, START, TOKEN, Portal

ALL = ("crm.objects.contacts.read", "crm.objects.contacts.write", "crm.objects.owners.read", "crm.objects.deals.read")
CRM = frozenset({"marketing", "crm"})


def check(portal: Portal, *needs: FieldNeed, **options: Any) -> Health:
    return portal.connect(**options).check(needs)


def test_a_good_account_has_no_problems() -> None:
    portal = Portal()
    connector = portal.connect()
    health = connector.check([FieldNeed("contacts", "email"), FieldNeed("contacts", "syncd_stage", write=True)])
    assert health.problems == ()
    assert not health.fatal
    assert health.account == "147893286"
    assert health.now == START
    assert (health.facts["time zone"], health.facts["currency"]) == ("US/Eastern", "USD")
    assert health.capabilities.keyed == {"task", "note", "activity"}
    assert sum(connector.calls.values()) <= 8


def test_the_daily_usage_is_read_off_the_headers() -> None:
    portal = Portal(limits=type(NO_LIMITS)(burst=None, oauth_burst=None, search=None, daily=1000))
    health = check(portal)
    assert health.limit == 1000
    assert 0 < health.used <= 8


@pytest.mark.parametrize(
    ("need", "kind", "words"),
    [
        (FieldNeed("contacts", "no_such"), "field_missing", "contacts.no_such does not exist"),
        (FieldNeed("contacts", "hs_lead_status", values=("OPEN", "SLEEPING")), "value_missing", "no option “SLEEPING”"),
        (FieldNeed("contacts", "num_notes", write=True), "field_read_only", "computed by HubSpot"),
    ],
)
def test_a_field_that_does_not_fit(need: FieldNeed, kind: str, words: str) -> None:
    (problem,) = check(Portal(), need).problems
    assert problem.kind == kind
    assert words in problem.sentence
    assert problem.fix


def test_C1_B4_a_value_that_the_mapping_does_not_know_is_told_once_before_anybody_has_it() -> None:
    stages = ("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity", "customer", "evangelist")
    (problem,) = check(Portal(), FieldNeed("contacts", "lifecyclestage", values=stages, closed=True)).problems
    assert problem.kind == "value_unmapped"
    assert "has the option “other”" in problem.sentence
    assert problem.fix == "Add “other” to mappings/hubspot.toml under contacts."
    assert not check(Portal(), FieldNeed("contacts", "lifecyclestage", values=(*stages, "other"), closed=True)).problems


@pytest.mark.parametrize(
    "need",
    [
        FieldNeed("contacts", "hubspot_owner_id", values=("77",)),
        FieldNeed("contacts", "jobtitle", values=("anything",)),
        FieldNeed("contacts", "hs_lead_status", values=("OPEN",)),
        FieldNeed("contacts", "no_such", required=False),
    ],
)
def test_a_field_that_fits_or_that_nobody_misses(need: FieldNeed) -> None:
    health = check(Portal(), need)
    assert health.problems == ()
    assert health.missing == ({("contacts", "no_such")} if need.field == "no_such" else frozenset())


def test_the_allowed_values_are_named() -> None:
    (problem,) = check(Portal(), FieldNeed("contacts", "hs_lead_status", values=("SLEEPING",))).problems
    assert "NEW, OPEN, IN_PROGRESS" in problem.sentence


def test_a_key_that_is_not_unique_is_no_key() -> None:
    portal = Portal(key_on=("notes",))
    portal.emulator.add_group("tasks", {"name": "syncd", "label": "syncd"})
    plain = {"name": "syncd_key", "label": "K", "type": "string", "fieldType": "text", "groupName": "syncd"}
    portal.emulator.add_property("tasks", plain)
    health = check(portal)
    assert health.capabilities.keyed == {"note", "activity"}
    (problem,) = health.problems
    assert problem.subject == "hubspot/tasks/syncd_key"
    assert "no unique values" in problem.sentence


def test_a_marketing_system_needs_no_keys() -> None:
    assert check(Portal(key_on=()), role=frozenset({"marketing"})).problems == ()


# ---------------------------------------------------------------- access
def test_a_wrong_token_is_fatal_with_a_sentence() -> None:
    health = check(Portal(), token=lambda: "pat-na1-wrong-canary")
    assert health.fatal
    (problem,) = health.problems
    assert "access token was refused" in problem.sentence
    assert "canary" not in str(health)


def test_an_expired_token_says_so() -> None:
    health = check(Portal(tokens={TOKEN: TokenGrant(expired=True)}))
    assert health.fatal
    assert "expired" in health.problems[0].sentence


@pytest.mark.parametrize("missing", ALL)
def test_a_missing_scope_is_named(missing: str) -> None:
    scopes = ("oauth", "forms", "business-intelligence", *(s for s in ALL if s != missing))
    health = check(Portal(tokens={TOKEN: TokenGrant(scopes=scopes)}))
    assert any(missing in problem.sentence for problem in health.problems)
    assert health.fatal == (missing == "crm.objects.contacts.read")


def test_a_token_that_cannot_be_asked_is_probed() -> None:
    portal = Portal(tokens={TOKEN: TokenGrant(scopes=("oauth", "crm.objects.owners.read"))})
    portal.fault(method="POST", path="access-token-info", status=404)
    connector = portal.connect()
    health = connector.check([])
    assert health.fatal
    assert "crm.objects.contacts.read" in health.problems[0].sentence
    assert sum(connector.calls.values()) <= 8


def test_an_unknown_version_says_which_to_set() -> None:
    health = check(Portal(), version="2031-03")
    assert health.fatal
    (problem,) = health.problems
    assert "2031-03" in problem.sentence
    assert '"2026-09"' in problem.fix


def test_a_system_that_is_down_is_no_finding() -> None:
    portal = Portal()
    portal.fault(method="*", path="/", status=502)
    with pytest.raises(Retryable):
        check(portal)


def test_a_rotated_token_is_read_again() -> None:
    portal = Portal()
    tokens = iter(["pat-na1-old", TOKEN])
    assert not check(portal, token=lambda: next(tokens)).problems


# ---------------------------------------------------------------- an earlier check
def test_what_an_earlier_check_found_is_used_without_a_call() -> None:
    portal = Portal(key_on=("notes",))
    health = check(portal)
    connector = portal.connect()
    connector.resume(health)
    assert connector.capabilities.keyed == {"note", "activity"}
    assert sum(connector.calls.values()) == 0
