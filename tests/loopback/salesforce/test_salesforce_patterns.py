"""What an administrator's pattern or a caller's text may ask of the process."""

from __future__ import annotations

import pytest
from salesforce_client import Api

from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator


def named(api: Api, name: str) -> tuple[int, str]:
    """Status and message of an account of that name."""
    answer = api.post("/sobjects/Account", {"Name": name})
    body = answer.json()
    return answer.status_code, body["id"] if answer.status_code == 201 else body[0]["message"]


def rule(api: Api, pattern: str) -> None:
    metadata = {"active": True, "errorConditionFormula": f'REGEX(Name, "{pattern}")', "errorMessage": "Another name."}
    body = {"FullName": "Account.Pattern", "Metadata": metadata}
    assert api.post("/tooling/sobjects/ValidationRule", body).status_code == 201


def test_a_rule_of_nested_repetitions_is_judged_at_once(api: Api) -> None:
    rule(api, "(a+)+b")
    assert named(api, "a" * 200)[0] == 201
    assert named(api, "a" * 200 + "b") == (400, "Another name.")


@pytest.mark.parametrize(
    ("pattern", "told"), [("(a{99}){999}", "Regex too complicated"), ("(a", "Unclosed group near index 2")]
)
def test_a_pattern_that_cannot_be_reckoned_refuses_the_record(api: Api, pattern: str, told: str) -> None:
    rule(api, pattern)
    assert named(api, "a") == (400, f'The formula in the "Pattern" validation rule is invalid: {told}')


def test_what_of_javas_patterns_is_not_emulated_is_a_501(api: Api) -> None:
    rule(api, r"(a)\\1")
    status, message = named(api, "aa")
    assert status == 501
    assert r"\1 in REGEX()" in message


def test_a_formula_of_many_terms_is_reckoned_like_one_of_few(api: Api) -> None:
    text = " + ".join(["1"] * 5_000)
    metadata = {"active": True, "errorConditionFormula": f"{text} = 5000", "errorMessage": "Long."}
    body = {"FullName": "Account.Long", "Metadata": metadata}
    assert api.post("/tooling/sobjects/ValidationRule", body).status_code == 201
    assert named(api, "a") == (400, "Long.")


@pytest.mark.parametrize("part", ["<leadConverts>", "<leadConverts ", "<sessionId ", "<a:leadConverts><leadId "])
def test_a_soap_envelope_of_open_tags_is_read_once(emulator: SalesforceEmulator, part: str) -> None:
    envelope = f"<convertLead><sessionId>{DEFAULT_TOKEN}</sessionId>{part * 60_000}"
    answer = Api(emulator).post("/services/Soap/u/60.0", data=envelope)
    assert "<convertLeadResponse></convertLeadResponse>" in answer.text
