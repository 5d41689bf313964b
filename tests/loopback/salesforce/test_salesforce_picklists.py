"""Picklists: dependent, of states and countries, renamed in Setup [sheet 9.2, 11.3, 12, 15]."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings

CITY = {
    "name": "Offer__c",
    "type": "picklist",
    "controllerName": "Rating",
    "picklistValues": [{"value": "Demo", "validFor": ["Hot", "Cold"]}, {"value": "Call", "validFor": ["Warm"]}],
}


def field_of(api: Api, sobject: str, name: str) -> dict[str, Any]:
    fields = api.get(f"/sobjects/{sobject}/describe").json()["fields"]
    found: dict[str, Any] = next(field for field in fields if field["name"] == name)
    return found


def valid_for(field: dict[str, Any], controlling: list[str]) -> dict[str, list[str]]:
    """As a client reads the bitmaps."""
    out = {}
    for entry in field["picklistValues"]:
        bits = "".join(f"{byte:08b}" for byte in base64.b64decode(entry["validFor"], validate=True))
        out[entry["value"]] = [value for value, bit in zip(controlling, bits, strict=False) if bit == "1"]
    return out


class TestDependentPicklists:
    def test_each_value_has_a_bitmap_of_its_controlling_values(self, api: Api, emulator: SalesforceEmulator) -> None:
        emulator.add_field("Lead", CITY)
        field = field_of(api, "Lead", "Offer__c")
        assert (field["dependentPicklist"], field["controllerName"]) == (True, "Rating")
        assert valid_for(field, ["Hot", "Warm", "Cold"]) == {"Demo": ["Hot", "Cold"], "Call": ["Warm"]}
        assert [entry["validFor"] for entry in field["picklistValues"]] == ["oAAA", "QAAA"]

    def test_a_checkbox_controls_by_false_and_true(self, api: Api, emulator: SalesforceEmulator) -> None:
        emulator.add_field("Lead", {"name": "Big__c", "type": "boolean"})
        values = [{"value": "Demo", "validFor": ["true"]}]
        emulator.add_field("Lead", CITY | {"controllerName": "Big__c", "picklistValues": values})
        assert valid_for(field_of(api, "Lead", "Offer__c"), ["false", "true"]) == {"Demo": ["true"]}

    def test_a_bitmap_may_be_given_as_it_was_described(self, api: Api, emulator: SalesforceEmulator) -> None:
        emulator.add_field("Lead", CITY | {"picklistValues": [{"value": "Demo", "validFor": "gAAA"}]})
        assert valid_for(field_of(api, "Lead", "Offer__c"), ["Hot", "Warm", "Cold"]) == {"Demo": ["Hot"]}

    def test_others_depend_on_nothing(self, api: Api) -> None:
        field = field_of(api, "Lead", "Rating")
        assert (field["dependentPicklist"], field["controllerName"]) == (False, None)
        assert {entry["validFor"] for entry in field["picklistValues"]} == {None}


COUNTRIES = {
    "US": {"name": "United States", "states": {"CA": "California", "NY": "New York"}},
    "DE": {"name": "Germany", "states": {}},
}


class TestStatesAndCountries:
    @pytest.fixture
    def settings(self) -> SalesforceSettings:
        return SalesforceSettings(state_country_picklists=COUNTRIES)

    def test_names_bring_codes_and_codes_bring_names(self, api: Api) -> None:
        by_name = api.get(f"/sobjects/Lead/{api.lead(Country='united states', State='California')}").json()
        by_code = api.get(f"/sobjects/Lead/{api.lead(CountryCode='US', StateCode='CA')}").json()
        for lead in (by_name, by_code):
            assert [lead[name] for name in ("Country", "CountryCode", "State", "StateCode")] == [
                "United States", "US", "California", "CA",
            ]  # fmt: skip
            assert lead["Address"]["countryCode"] == "US"
            assert lead["Address"]["stateCode"] == "CA"

    @pytest.mark.parametrize(
        ("fields", "wrong"),
        [
            ({"Country": "Freedonia"}, "Country"),
            ({"CountryCode": "FR"}, "Country"),
            ({"Country": "United States", "State": "Bavaria"}, "State"),
            ({"Country": "Germany", "State": "California"}, "State"),
            ({"CountryCode": "US", "StateCode": "TX"}, "State"),
            ({"State": "California"}, "State"),
        ],
    )
    def test_what_is_in_no_list_is_refused(self, api: Api, fields: dict[str, str], wrong: str) -> None:
        response = api.post("/sobjects/Lead", {"LastName": "x", "Company": "y", **fields})
        (error,) = response.json()
        assert response.status_code == 400
        assert (error["errorCode"], error["fields"]) == ("FIELD_INTEGRITY_EXCEPTION", [wrong])

    def test_a_state_wants_its_country(self, api: Api) -> None:
        refused = api.post("/sobjects/Lead", {"LastName": "x", "Company": "y", "State": "California"})
        text = "A country must be specified before specifying a state value for field: State/Province"
        assert refused.json()[0]["message"] == text

    def test_an_update_follows_what_it_names(self, api: Api) -> None:
        path = f"/sobjects/Lead/{api.lead(CountryCode='US', StateCode='CA')}"
        api.patch(path, {"State": "New York"})
        assert api.get(path).json()["StateCode"] == "NY"
        api.patch(path, {"StateCode": None, "CountryCode": "DE"})
        lead = api.get(path).json()
        assert (lead["Country"], lead["State"], lead["StateCode"]) == ("Germany", None, None)
        assert api.patch(path, {"Title": "x"}).status_code == 204

    def test_contacts_have_them_with_their_prefix(self, api: Api) -> None:
        contact = api.create("Contact", LastName="x", MailingCountryCode="US", MailingState="New York")
        assert api.get(f"/sobjects/Contact/{contact}").json()["MailingStateCode"] == "NY"
        assert api.rows("SELECT MailingCountry FROM Contact WHERE MailingStateCode = 'NY'") == [
            {"MailingCountry": "United States"}
        ]

    def test_a_conversion_takes_them_along(self, api: Api) -> None:
        lead = api.lead(CountryCode="US", StateCode="CA")
        contact = api.control("convert-lead", lead_id=lead)["contact_id"]
        assert api.get(f"/sobjects/Contact/{contact}").json()["MailingStateCode"] == "CA"

    def test_a_state_depends_on_its_country_in_the_describe(self, api: Api) -> None:
        field = field_of(api, "Lead", "StateCode")
        assert field["controllerName"] == "CountryCode"
        assert valid_for(field, ["US", "DE"]) == {"CA": ["US"], "NY": ["US"]}


class TestRenaming:
    def test_every_row_is_touched_and_no_user_did_it(self, api: Api, clock: Clock) -> None:
        hot, other = api.lead(Rating="Hot"), api.lead()
        before = clock.now()
        clock.advance(60)
        api.control("picklist", sobject="Lead", field="Rating", value="Hot", renamed="Burning")
        rows = api.rows("SELECT Id, Rating, LastModifiedDate, SystemModstamp FROM Lead")
        assert {row["Id"]: row["Rating"] for row in rows} == {hot: "Burning", other: None}
        for row in rows:
            assert row["LastModifiedDate"] == before.strftime("%Y-%m-%dT%H:%M:%S.000+0000")
            assert row["SystemModstamp"] == clock.now().strftime("%Y-%m-%dT%H:%M:%S.000+0000")
        assert "Hot" not in {entry["value"] for entry in field_of(api, "Lead", "Rating")["picklistValues"]}

    def test_a_status_is_a_record_too(self, api: Api) -> None:
        api.control("picklist", sobject="Lead", field="Status", value="Open - Not Contacted", renamed="New")
        assert api.get(f"/sobjects/Lead/{api.lead()}").json()["Status"] == "New"
        assert api.rows("SELECT ApiName FROM LeadStatus WHERE IsDefault = true") == [{"ApiName": "New"}]

    def test_a_taken_name_and_an_unknown_one(self, api: Api) -> None:
        for value, new in (("Hot", "Cold"), ("Frozen", "Ice")):
            body = {"sobject": "Lead", "field": "Rating", "value": value, "renamed": new}
            assert api.post("/_sandbox/picklist", body).status_code == 400


def test_without_them_any_text_will_do(api: Api) -> None:
    lead = api.get(f"/sobjects/Lead/{api.lead(Country='Freedonia', State='Bavaria')}").json()
    assert (lead["Country"], "CountryCode" in lead, "countryCode" in lead["Address"]) == ("Freedonia", False, False)
