"""SOQL's select list: child queries and their pages, TYPEOF, FIELDS, labels, formats [sheet 6]."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings


def family(api: Api) -> list[str]:
    """Four accounts below each other, a contact under the last; their ids."""
    ids: list[str] = []
    for name in ("A", "B", "C", "D"):
        ids.append(api.create("Account", Name=name, ParentId=ids[-1] if ids else None))
    api.create("Contact", LastName="Leaf", AccountId=ids[-1])
    return ids


def accounts_with_contacts(emulator: SalesforceEmulator, *sizes: int) -> list[str]:
    names = [f"Acct{n}" for n in range(len(sizes))]
    accounts = emulator.seed("Account", [{"Name": name} for name in names])
    for account, size in zip(accounts, sizes, strict=True):
        emulator.seed("Contact", [{"LastName": f"{n:04}", "AccountId": account} for n in range(size)])
    return accounts


class TestNames:
    def test_alias_notation_of_the_reference(self, api: Api) -> None:
        account = api.create("Account", Name="MyriadPubs")
        api.create("Contact", LastName="x", AccountId=account)
        api.create("Contact", LastName="y")
        for source in ("Contact c, c.Account a", "Contact c, c.Account AS a"):
            assert api.query(f"SELECT COUNT() FROM {source} WHERE a.Name = 'MyriadPubs'")["totalSize"] == 1
        soql = "SELECT COUNT() FROM Contact, Contact.Account WHERE Account.Name = 'MyriadPubs'"
        assert api.query(soql)["totalSize"] == 1

    def test_five_parents_and_no_sixth(self, api: Api) -> None:
        family(api)
        path = "Account.Parent.Parent.Parent.CreatedBy"
        row = api.rows(f"SELECT {path}.Username FROM Contact")[0]
        top = row["Account"]["Parent"]["Parent"]["Parent"]
        assert top["CreatedBy"]["Username"] == "integration@loopback.example"
        assert api.query_error(f"SELECT {path}.Manager.Name FROM Contact")[0] == "INVALID_FIELD"

    def test_an_alias_outside_aggregates_is_refused(self, api: Api) -> None:
        code, message = api.query_error("SELECT Id Name FROM Lead")
        assert (code, message.split("\n")[-1]) == ("MALFORMED_QUERY", "only aggregate expressions use field aliasing")

    @pytest.mark.parametrize("fields", ["Id, ID", "Owner.Name, owner.name", "Status, toLabel(Status)"])
    def test_a_field_selected_twice_is_refused_without_a_place(self, api: Api, fields: str) -> None:
        code, message = api.query_error(f"SELECT {fields} FROM Lead")
        assert (code, message) == ("INVALID_FIELD", f"duplicate field selected: {message.split()[-1]}")


class TestChildren:
    def test_five_levels_since_v58_two_before(self, api: Api, emulator: SalesforceEmulator) -> None:
        family(api)
        child = "(SELECT Name, (SELECT Name, (SELECT Name, (SELECT LastName FROM Contacts) FROM ChildAccounts)"
        soql = f"SELECT Name, {child} FROM ChildAccounts) FROM ChildAccounts) FROM Account WHERE ParentId = null"
        row = api.rows(soql)[0]
        for name in ("B", "C", "D"):
            row = row["ChildAccounts"]["records"][0]
            assert row["Name"] == name
        assert row["Contacts"]["records"][0]["LastName"] == "Leaf"
        assert "5 levels" in api.query_error(soql.replace("SELECT LastName", "SELECT Id, (SELECT Id FROM Tasks)"))[1]
        assert "2 levels" in Api(emulator, version="57.0").query_error(soql)[1]

    def test_the_relationship_may_carry_the_parents_name(self, api: Api) -> None:
        family(api)
        for source in ("Account.Contacts", "a.Contacts c"):
            soql = f"SELECT Name, (SELECT LastName FROM {source}) FROM Account a WHERE Name = 'D'"
            assert api.rows(soql)[0]["Contacts"]["totalSize"] == 1

    def test_a_child_has_parents_of_its_own(self, api: Api) -> None:
        family(api)
        row = api.rows("SELECT (SELECT Account.Name, Owner.Name FROM Contacts) FROM Account WHERE Name = 'D'")[0]
        contact = row["Contacts"]["records"][0]
        assert (contact["Account"]["Name"], contact["Owner"]["Name"]) == ("D", "Integration")

    def test_children_count_as_rows_of_the_page(self, api: Api, emulator: SalesforceEmulator) -> None:
        """One parent and 499 of its children; the rest under a locator of their own."""
        accounts_with_contacts(emulator, 1200, 1)
        soql = "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account ORDER BY Name"
        page = api.query(soql)
        assert (page["totalSize"], page["done"], len(page["records"])) == (2, False, 1)
        children = page["records"][0]["Contacts"]
        assert (children["totalSize"], children["done"], len(children["records"])) == (1200, False, 499)
        assert children["nextRecordsUrl"].endswith("-499")
        names = [row["LastName"] for row in children["records"]]
        while not children["done"]:
            children = api.get(children["nextRecordsUrl"]).json()
            names += [row["LastName"] for row in children["records"]]
        assert names == [f"{n:04}" for n in range(1200)]
        rest = api.get(page["nextRecordsUrl"]).json()
        assert (rest["done"], rest["records"][0]["Contacts"]["totalSize"]) == (True, 1)

    def test_parents_fill_a_page_when_children_are_few(self, api: Api, emulator: SalesforceEmulator) -> None:
        accounts_with_contacts(emulator, *([1] * 120))
        header = {"Sforce-Query-Options": "batchSize=200"}
        page = api.query("SELECT Name, (SELECT Id FROM Contacts) FROM Account", headers=header)
        assert (page["totalSize"], len(page["records"])) == (120, 100)
        rest = api.get(page["nextRecordsUrl"]).json()
        assert (rest["done"], len(rest["records"])) == (True, 20)

    def test_an_offset_needs_a_single_parent(self, api: Api, emulator: SalesforceEmulator) -> None:
        accounts_with_contacts(emulator, 5)
        child = "(SELECT LastName FROM Contacts ORDER BY LastName LIMIT 2 OFFSET 2)"
        row = api.rows(f"SELECT {child} FROM Account LIMIT 1")[0]
        assert [c["LastName"] for c in row["Contacts"]["records"]] == ["0002", "0003"]
        assert api.query_error(f"SELECT {child} FROM Account")[0] == "MALFORMED_QUERY"

    @pytest.mark.parametrize(
        ("child", "code", "text"),
        [
            ("SELECT COUNT(Id) FROM Contacts", "MALFORMED_QUERY", "only root queries support aggregate expressions"),
            ("SELECT COUNT() FROM Contacts", "MALFORMED_QUERY", "only root queries support aggregate expressions"),
            ("SELECT Id FROM Contacts USING SCOPE mine", "MALFORMED_QUERY", "USING SCOPE is not allowed"),
            (
                "SELECT Id FROM Contact",
                "INVALID_TYPE",
                "Didn't understand relationship 'Contact' in FROM part of query",
            ),
        ],
    )
    def test_refusals(self, api: Api, child: str, code: str, text: str) -> None:
        found, message = api.query_error(f"SELECT Id, ({child}) FROM Account")
        assert found == code
        assert text in message


class TestTypeOf:
    @pytest.fixture(autouse=True)
    def tasks(self, api: Api) -> None:
        account = api.create("Account", Name="Acme", Phone="1")
        api.create("Task", Subject="1", WhatId=account)
        api.create("Task", Subject="2", WhatId=api.create("Campaign", Name="Fair"))
        api.create("Task", Subject="3")

    def test_paths_and_else(self, api: Api) -> None:
        soql = "SELECT TYPEOF What WHEN Account THEN Phone, Owner.Alias ELSE Name, Email END FROM Task ORDER BY Subject"
        account, campaign, nothing = (row["What"] for row in api.rows(soql))
        assert (account["attributes"]["type"], account["Phone"]) == ("Account", "1")
        assert account["Owner"]["Alias"] == "integrat"
        assert (campaign["Name"], campaign["Email"]) == ("Fair", None)
        assert nothing is None

    def test_without_else_other_types_are_null(self, api: Api) -> None:
        soql = "SELECT TYPEOF What WHEN Account THEN Phone END FROM Task WHERE What.Type = 'Campaign'"
        assert api.rows(soql) == [{"What": None}]

    @pytest.mark.parametrize(
        "fields",
        [
            "TYPEOF Who WHEN Campaign THEN Name END",  # never a who
            "TYPEOF CreatedBy WHEN User THEN Name END",  # not polymorphic
            "What.Name, TYPEOF What WHEN Account THEN Phone END",
            "toLabel(Status), TYPEOF What WHEN Account THEN Phone END",
            "TYPEOF What WHEN Account THEN Nonsense END",
            "TYPEOF What ELSE Name END",
        ],
    )
    def test_refusals(self, api: Api, fields: str) -> None:
        assert api.query_error(f"SELECT {fields} FROM Task")[0] in ("INVALID_TYPE", "MALFORMED_QUERY", "INVALID_FIELD")


class TestFields:
    def test_ids_bound_the_rows_as_a_limit_does(self, api: Api) -> None:
        lead = api.lead()
        for where in (f"Id = '{lead}'", f"Id IN ('{lead}')", f"Id = '{lead}' OR Id = '{lead}'"):
            assert len(api.rows(f"SELECT FIELDS(ALL) FROM Lead WHERE {where}")) == 1
        many = ", ".join(f"'{lead}'" for _ in range(201))
        code, message = api.query_error(f"SELECT FIELDS(ALL) FROM Lead WHERE Id IN ({many})")
        assert (code, message) == (
            "MALFORMED_QUERY",
            "The SOQL FIELDS function must have a LIMIT of at most 200",
        )
        assert api.query_error(f"SELECT FIELDS(ALL) FROM Lead WHERE Id = '{lead}' OR Title = 'x'")[0] == code
        assert api.query_error("SELECT FIELDS(CUSTOM) FROM Lead LIMIT 201")[0] == code

    def test_standard_needs_no_limit_and_custom_some_field(self, api: Api) -> None:
        api.lead()
        assert "HS_Id__c" not in api.rows("SELECT FIELDS(STANDARD) FROM Lead")[0]
        code, message = api.query_error("SELECT FIELDS(CUSTOM) FROM Account LIMIT 1")
        assert code == "MALFORMED_QUERY"
        assert message == "'FIELDS(...)' expansion function must result in at least one field being selected."
        assert api.query("SELECT Id, FIELDS(CUSTOM) FROM Account LIMIT 1")["totalSize"] == 0

    def test_duplicates_and_subqueries(self, api: Api) -> None:
        code, message = api.query_error("SELECT Id, FIELDS(ALL) FROM User LIMIT 200")
        assert (code, message) == ("INVALID_FIELD", "duplicate field selected: Id")
        family(api)
        child = "(SELECT FIELDS(ALL) FROM Account.Contacts LIMIT 200)"
        row = api.rows(f"SELECT Account.Name, {child} FROM Account WHERE Name = 'D'")[0]
        assert row["Contacts"]["records"][0]["LastName"] == "Leaf"


class TestLabelsAndFormats:
    @pytest.fixture(autouse=True)
    def tiers(self, emulator: SalesforceEmulator) -> None:
        values = [{"value": "1", "label": "Gold"}, {"value": "2", "label": "Silver"}]
        emulator.add_field("Lead", {"name": "Tier__c", "type": "picklist", "picklistValues": values})
        emulator.add_field("Lead", {"name": "Tiers__c", "type": "multipicklist", "picklistValues": values})
        row = {"LastName": "x", "Company": "c", "Tier__c": "1", "Tiers__c": "2;1", "AnnualRevenue": 44000}
        emulator.seed("Lead", [row, {"LastName": "y", "Company": "c"}])

    def test_labels_in_the_select_list(self, api: Api) -> None:
        rows = api.rows("SELECT Tier__c, toLabel(Tier__c) shown, toLabel(Tiers__c) FROM Lead ORDER BY LastName")
        assert rows[0] == {"Tier__c": "1", "shown": "Gold", "Tiers__c": "Silver;Gold"}
        assert rows[1] == {"Tier__c": None, "shown": None, "Tiers__c": None}

    def test_labels_in_conditions(self, api: Api) -> None:
        assert len(api.rows("SELECT Id FROM Lead WHERE toLabel(Tier__c) = 'gold'")) == 1
        assert len(api.rows("SELECT Id FROM Lead WHERE toLabel(Tier__c) LIKE 'Gol%'")) == 1
        assert api.rows("SELECT Id FROM Lead WHERE toLabel(Tier__c) = '1'") == []

    def test_formats_of_en_US(self, api: Api) -> None:
        row = api.rows(
            "SELECT CreatedDate, FORMAT(CreatedDate) shown, FORMAT(AnnualRevenue) FROM Lead WHERE LastName = 'x'"
        )[0]
        assert row["CreatedDate"] == "2026-11-24T12:00:00.000+0000"
        assert (row["shown"], row["AnnualRevenue"]) == ("11/24/2026, 4:00 AM", "$44,000.00")
        row = api.rows("SELECT FORMAT(MAX(AnnualRevenue)) top, FORMAT(MIN(CreatedDate)) FROM Lead")[0]
        assert row == {"top": "$44,000.00", "expr0": "11/24/2026, 4:00 AM"}

    def test_what_takes_several_currencies_is_not_emulated(self, api: Api) -> None:
        soql = "SELECT convertCurrency(AnnualRevenue) FROM Lead"
        assert api.get("/query", params={"q": soql}).status_code == 501
        assert len(api.rows("SELECT Id FROM Lead WHERE AnnualRevenue > USD5000")) == 1
        assert len(api.rows("SELECT Id FROM Lead WHERE AnnualRevenue > USD-1.5")) == 1
        other = api.get("/query", params={"q": "SELECT Id FROM Lead WHERE AnnualRevenue > EUR5000"})
        assert other.status_code == 501
        assert api.query_error("SELECT Id FROM Lead WHERE NumberOfEmployees > USD5")[0] == "INVALID_FIELD"


class TestScopeAndUsage:
    def test_scopes(self, api: Api, emulator: SalesforceEmulator) -> None:
        queue = emulator.add_queue("Inbound", ["Lead"])
        api.lead(LastName="Mine")
        api.lead(LastName="Theirs", OwnerId=queue)
        assert [r["LastName"] for r in api.rows("SELECT LastName FROM Lead USING SCOPE mine")] == ["Mine"]
        assert len(api.rows("SELECT Id FROM Lead USING SCOPE Everything WHERE Company = 'Acme'")) == 2
        assert api.get("/query", params={"q": "SELECT Id FROM Lead USING SCOPE team"}).status_code == 501
        assert api.query_error("SELECT Id FROM Lead USING SCOPE nonsense")[0] == "INVALID_QUERY_SCOPE"
        assert api.query_error("SELECT Id FROM Lead USING everything")[1].endswith("unexpected token: 'everything'")

    def test_for_view_moves_the_usage_dates_only(self, api: Api, clock: Clock) -> None:
        api.lead()
        fields = "LastViewedDate, LastReferencedDate, SystemModstamp"
        before = api.rows(f"SELECT {fields} FROM Lead")[0]
        clock.advance(60)
        api.query("SELECT Id FROM Lead FOR REFERENCE")
        referenced = api.rows(f"SELECT {fields} FROM Lead")[0]
        assert referenced == before | {"LastReferencedDate": "2026-11-24T12:01:00.000+0000"}
        clock.advance(60)
        api.query("SELECT Id FROM Lead LIMIT 1 FOR VIEW")
        later = "2026-11-24T12:02:00.000+0000"
        viewed = api.rows(f"SELECT {fields} FROM Lead")[0]
        assert viewed == before | {"LastViewedDate": later, "LastReferencedDate": later}

    def test_other_clauses(self, api: Api) -> None:
        api.lead()
        for clause in ("WITH SECURITY_ENFORCED", "WITH USER_MODE", "FOR UPDATE"):
            assert api.query(f"SELECT Id FROM Lead {clause}")["totalSize"] == 1
        for clause in ("UPDATE TRACKING", "UPDATE VIEWSTAT", "WITH DATA CATEGORY Geo__c AT usa__c"):
            assert api.get("/query", params={"q": f"SELECT Id FROM Lead {clause}"}).status_code == 501
        assert api.query_error("SELECT Id FROM Lead ORDER BY Id FOR UPDATE")[0] == "MALFORMED_QUERY"
        code, message = api.query_error("SELECT Id FROM Lead WHERE Title = null ALL ROWS")
        assert (code, message.split("\n")[-1]) == ("MALFORMED_QUERY", "ALL ROWS not allowed in this context")


class TestCursors:
    def leads(self, emulator: SalesforceEmulator, count: int = 401) -> None:
        emulator.seed("Lead", [{"LastName": f"{n:04}", "Company": "c"} for n in range(count)])

    def page(self, api: Api, path: str = "/query") -> dict[str, Any]:
        header = {"Sforce-Query-Options": "batchSize=200"}
        found: dict[str, Any] = api.get(path, params={"q": "SELECT LastName FROM Lead"}, headers=header).json()
        return found

    def test_only_the_ten_latest_of_a_user_stay_open(self, api: Api, emulator: SalesforceEmulator) -> None:
        self.leads(emulator)
        pages = [self.page(api) for _ in range(11)]
        gone = api.get(pages[0]["nextRecordsUrl"])
        assert gone.status_code == 400
        assert gone.json() == [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}]
        assert all(api.get(page["nextRecordsUrl"]).status_code == 200 for page in pages[1:])

    @pytest.mark.parametrize("name", ["0r8LB0000000000999-200", "garbage", "0r8LB0000000000001", "01g-2000"])
    def test_no_such_locator(self, api: Api, emulator: SalesforceEmulator, name: str) -> None:
        self.leads(emulator)
        self.page(api)
        assert api.get(f"/query/{name}").json()[0]["errorCode"] == "INVALID_QUERY_LOCATOR"

    @pytest.mark.parametrize("resource", ["query", "queryAll"])
    def test_query_all_goes_on_where_the_switch_says(self, clock: Clock, resource: str) -> None:
        emulator = SalesforceEmulator(SalesforceSettings(query_all_next_resource=resource), clock)
        self.leads(emulator)
        emulator.seed("Lead", [{"LastName": "gone", "Company": "c", "IsDeleted": True}])
        api = Api(emulator)
        assert "/query/" in self.page(api)["nextRecordsUrl"]
        page = self.page(api, "/queryAll")
        assert page["totalSize"] == 402
        assert f"/{resource}/0r8" in page["nextRecordsUrl"]
        rest = api.get(page["nextRecordsUrl"]).json()
        last = api.get(rest["nextRecordsUrl"].replace("/query/", "/queryAll/")).json()  # either serves
        assert [row["LastName"] for row in last["records"]] == ["0400", "gone"]
        emulator.close()

    def test_batch_sizes_are_kept_between_200_and_2000(self, api: Api, emulator: SalesforceEmulator) -> None:
        self.leads(emulator, 2001)
        for asked, given in ((1, 200), (250, 250), (5000, 2000), (None, 2000)):
            header = {} if asked is None else {"Sforce-Query-Options": f"BatchSize = {asked}"}
            page = api.query("SELECT Id FROM Lead", headers=header)
            assert len(page["records"]) == given
            assert page["nextRecordsUrl"].endswith(f"-{given}")
