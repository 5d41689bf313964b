"""An org with several currencies: amounts of opportunities in the one that the record says."""

from __future__ import annotations

import pytest
from salesforce_client import Api

from connectors.loopback.salesforce import SalesforceSettings


@pytest.fixture
def settings() -> SalesforceSettings:
    return SalesforceSettings(currencies=("USD", "EUR"))


def deal(api: Api, **fields: object) -> str:
    asked = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-01", "Amount": 10, **fields}
    answer = api.post("/sobjects/Opportunity", json=asked)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def test_an_opportunity_is_in_the_orgs_own_currency_unless_it_says_another(api: Api) -> None:
    deal(api)
    deal(api, CurrencyIsoCode="EUR")
    rows = api.get("/query", params={"q": "SELECT CurrencyIsoCode FROM Opportunity ORDER BY CreatedDate, Id"}).json()
    assert [row["CurrencyIsoCode"] for row in rows["records"]] == ["USD", "EUR"]


def test_a_currency_that_is_not_active_is_refused(api: Api) -> None:
    asked = {"Name": "Deal", "StageName": "Prospecting", "CloseDate": "2026-12-01", "CurrencyIsoCode": "CHF"}
    answer = api.post("/sobjects/Opportunity", json=asked)
    assert (answer.status_code, answer.json()[0]["errorCode"]) == (400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST")
