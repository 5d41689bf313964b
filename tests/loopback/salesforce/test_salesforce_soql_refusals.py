"""How SOQL refuses, word by word; semi-joins; nulls of booleans; escapes; limits [sheet 6]."""

from __future__ import annotations

import pytest
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings


class TestTexts:
    """The layout is recorded: a newline, the line, a caret, the place, the sentence."""

    @pytest.mark.parametrize(
        ("soql", "code", "message"),
        [
            (
                "SELECT Bacon__c FROM Account LIMIT 2",
                "INVALID_FIELD",
                "\nSELECT Bacon__c FROM Account LIMIT 2\n       ^\nERROR at Row:1:Column:8\n"
                "No such column 'Bacon__c' on entity 'Account'. If you are attempting to use a custom field, be sure "
                "to append the '__c' after the custom field name. Please reference your WSDL or the describe call for "
                "the appropriate names.",
            ),
            (
                "select count() from XYZZY",
                "INVALID_TYPE",
                "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\n"
                "sObject type 'XYZZY' is not supported. If you are attempting to use a custom object, be sure to "
                "append the '__c' after the entity name. Please reference your WSDL or the describe call for the "
                "appropriate names.",
            ),
            (
                "SELECT Id FROM Account WHERE",
                "MALFORMED_QUERY",
                "\nSELECT Id FROM Account WHERE\n                            ^\nERROR at Row:1:Column:29\n"
                "unexpected token: '<EOF>'",
            ),
            (
                "select Id from Account where id = $sfid",
                "MALFORMED_QUERY",
                "\nselect Id from Account where id = $sfid\n                                 ^\n"
                "ERROR at Row:1:Column:34\nline 1:34 unexpected token: '$'",
            ),
            (
                "SELECT Id\nFROM Lead\nWHERE Nonsense = 1",
                "INVALID_FIELD",
                "\nWHERE Nonsense = 1\n      ^\nERROR at Row:3:Column:7\nNo such column 'Nonsense' on entity 'Lead'. If "
                "you are attempting to use a custom field, be sure to append the '__c' after the custom field name. "
                "Please reference your WSDL or the describe call for the appropriate names.",
            ),
        ],
    )
    def test_recorded_ones(self, api: Api, soql: str, code: str, message: str) -> None:
        assert api.query_error(soql) == (code, message)

    @pytest.mark.parametrize(
        ("soql", "sentence"),
        [
            ("SELECT FROM Lead", "unexpected token: 'SELECT FROM'"),
            ("SELECT Id, FROM Lead", "unexpected token: 'FROM'"),
            ("SELECT Id FROM Lead WHERE Title IN ()", "unexpected token: 'Title IN ()'"),
            ("SELECT Id FROM Lead WHERE Title LIKE NULL", "unexpected token: 'NULL'"),
            ('SELECT Id FROM Lead WHERE Title = "x"', "line 1:34 unexpected token: '\"'"),
            ("SELECT Id FROM Lead -- why", "line 1:20 unexpected token: '-'"),
            ("SELECT Id FROM Lead /* why */", "line 1:20 unexpected token: '/'"),
            ("SELECT Id FROM Lead LIMIT -1", "unexpected token: '-1'"),
            ("SELECT Id FROM Lead LIMIT 'x'", "unexpected token: 'x'"),
            ("SELECT Id FROM Lead ORDER BY toLabel(Status)", None),
            (
                "SELECT Id FROM Lead WHERE CreatedDate > 2020-12-12t12:12:00-25:00",
                "Invalid datetime: 2020-12-12t12:12:00-25:00",
            ),
            ("SELECT Id FROM Lead WHERE CreatedDate > 1699-12-31T00:00:00Z", "Invalid datetime: 1699-12-31T00:00:00Z"),
            ("SELECT Id FROM Lead WHERE ConvertedDate = 2026-13-45", "Invalid date: 2026-13-45"),
            ("SELECT Id FROM Lead WHERE CreatedDate = LAST_N_YEARS:9999", "Invalid date: LAST_N_YEARS:9999"),
            ("SELECT Id FROM Lead WHERE Title = :bind", "unexpected token: ':'"),
            ("SELECT Id FROM Lead GROUP BY Title HAVING", "unexpected token: '<EOF>'"),
            ("SELECT Id FROM Lead HAVING COUNT(Id) > 1", "unexpected token: 'HAVING'"),
            ("SELECT MAX(CALENDAR_YEAR(convertTimezone(CreatedDate))) FROM Lead", "unexpected token: '('"),
            ("SELECT What.Industry FROM Task", "No such column 'Industry' on entity 'Name'."),
            ("SELECT Nonsense.Name FROM Lead", "Didn't understand relationship 'Nonsense' in field path."),
        ],
    )
    def test_sentences(self, api: Api, soql: str, sentence: str | None) -> None:
        response = api.get("/query", params={"q": soql})
        if sentence is None:
            assert response.status_code == 501
        else:
            assert response.status_code == 400
            assert response.json()[0]["message"].split("\n")[-1].startswith(sentence)

    @pytest.mark.parametrize("code", ["INVALID_QUERY_FILTER_OPERATOR", "MALFORMED_QUERY"])
    def test_the_code_of_a_wrong_operator_is_a_switch(self, clock: Clock, code: str) -> None:
        emulator = SalesforceEmulator(SalesforceSettings(filter_operator_code=code), clock)
        emulator.add_field("Lead", {"name": "Tags__c", "type": "multipicklist", "picklistValues": ["a"]})
        api = Api(emulator)
        for condition, kind in [
            ("Id LIKE '00Q%'", "id"),
            ("NumberOfEmployees LIKE '1%'", "int"),
            ("CreatedDate LIKE '2026%'", "datetime"),
            ("IsConverted > true", "boolean"),
            ("Tags__c > 'a'", "multipicklist"),
            ("Title INCLUDES ('a')", "string"),
        ]:
            found, message = api.query_error(f"SELECT Id FROM Lead WHERE {condition}")
            assert (found, message.split("\n")[-1]) == (code, f"invalid operator on {kind} field")
        assert api.query_error("SELECT Id FROM Lead WHERE Id = 'x'")[0] == code
        emulator.close()


class TestSemiJoins:
    @pytest.mark.parametrize(
        ("where", "sentence"),
        [
            ("{s} OR Title = 'x'", "Semi join sub-selects are not allowed with the 'OR' operator"),
            ("Title = 'x' AND (Email = null OR {s})", "Semi join sub-selects are only allowed at the top level WHERE"),
            ("({s} AND Email = null) AND Title = 'x'", "Semi join sub-selects are only allowed at the top level WHERE"),
            ("NOT {s}", "Semi join sub-selects are only allowed at the top level WHERE"),
            ("{s} AND {s} AND {s}", "Maximum 2 semi join sub-selects are allowed"),
            ("Id IN (SELECT WhoId FROM Task)", "Entity 'Task' is not supported for semi join inner selects"),
            ("Id IN (SELECT WhoId FROM Event)", "Entity 'Event' is not supported for semi join inner selects"),
            ("Id IN (SELECT MasterRecordId FROM Lead)", "The inner and outer selects should not be on the same object"),
            ("Owner.Id IN (SELECT Id FROM User)", "The left operand of 'IN' cannot have more than one level of"),
            (
                "Title IN (SELECT LeadId FROM CampaignMember)",
                "The left operand field in the where expression for outer",
            ),
            ("Id IN (SELECT Lead.Id FROM CampaignMember)", "inner select field cannot have more than one level of"),
            (
                "Id IN (SELECT Status FROM CampaignMember)",
                "Semi join sub-selects can only query id fields, cannot use: '",
            ),
            (
                "Id IN (SELECT ContactId FROM CampaignMember)",
                "The selected field 'ContactId' in the subquery and the left operand field in the where expression in "
                "the outer query 'Id' should point to the same object type",
            ),
            (
                "Id IN (SELECT LeadId FROM CampaignMember WHERE CampaignId IN (SELECT Id FROM Campaign))",
                "Nesting of semi join sub-selects is not supported",
            ),
            ("Id IN (SELECT LeadId FROM CampaignMember GROUP BY LeadId)", "missing value at 'GROUP'"),
            ("Id IN (SELECT LeadId FROM CampaignMember LIMIT 1)", "unexpected token: 'LIMIT'"),
            ("Id IN (SELECT LeadId FROM CampaignMember ORDER BY Id)", "unexpected token: 'ORDER'"),
            ("Id IN (SELECT LeadId, Id FROM CampaignMember)", "Semi join sub-selects can only select one field"),
            ("Id IN (SELECT COUNT(Id) FROM CampaignMember)", "Semi join sub-selects can only query id fields"),
        ],
    )
    def test_restrictions(self, api: Api, where: str, sentence: str) -> None:
        condition = where.replace("{s}", "Id IN (SELECT LeadId FROM CampaignMember)")
        code, message = api.query_error(f"SELECT Id FROM Lead WHERE {condition}")
        assert code == ("EXCEEDED_MAX_SEMIJOIN_SUBSELECTS" if "Maximum" in sentence else "MALFORMED_QUERY")
        assert message.split("\n")[-1].startswith(sentence)

    def test_two_and_parentheses_are_fine(self, api: Api) -> None:
        campaign = api.create("Campaign", Name="Fair")
        kept, left = api.lead(LastName="In"), api.lead(LastName="Out")
        api.create("CampaignMember", CampaignId=campaign, LeadId=kept)
        inner = "SELECT LeadId FROM CampaignMember WHERE Campaign.Name = 'fair'"
        both = f"(Id IN ({inner})) AND OwnerId IN (SELECT Id FROM User WHERE IsActive = true)"
        assert api.rows(f"SELECT LastName FROM Lead WHERE {both}") == [{"LastName": "In"}]
        assert api.rows(f"SELECT LastName FROM Lead WHERE Id NOT IN ({inner})") == [{"LastName": "Out"}]
        assert left != kept


class TestValues:
    def test_null_is_false_for_booleans(self, api: Api) -> None:
        api.lead(IsUnreadByOwner=False)
        api.create("Contact", LastName="without account")
        assert len(api.rows("SELECT Id FROM Lead WHERE IsUnreadByOwner = null")) == 1
        assert api.rows("SELECT Id FROM Lead WHERE IsUnreadByOwner != null") == []
        assert len(api.rows("SELECT Id FROM Contact WHERE Account.IsDeleted = false")) == 1
        assert len(api.rows("SELECT Id FROM Contact WHERE Account.Name = null")) == 1

    @pytest.mark.parametrize(
        ("literal", "text"),
        [
            (r"\'\"\\", "'\"\\"),
            (r"a\nb\rc\td", "a\nb\rc\td"),
            (r"\b\f\N\T", "\b\f\n\t"),
            (r"\u00e9\u00C9", "éÉ"),
            (r"100\%\_", "100%_"),
        ],
    )
    def test_escapes(self, api: Api, emulator: SalesforceEmulator, literal: str, text: str) -> None:
        emulator.seed("Lead", [{"LastName": text, "Company": "c"}, {"LastName": "other", "Company": "c"}])
        assert api.rows(f"SELECT LastName FROM Lead WHERE LastName = '{literal}'") == [{"LastName": text}]

    def test_like_of_a_case_sensitive_key_minds_case(self, api: Api) -> None:
        api.lead(HS_Id__c="aB*c")
        for pattern, found in (("aB%", 1), ("ab%", 0), ("a_*c", 1), ("aB*d", 0), ("%*%", 1), ("%?%", 0)):
            rows = api.rows(f"SELECT Id FROM Lead WHERE HS_Id__c LIKE '{pattern}'")
            assert len(rows) == found, pattern

    def test_text_is_sorted_by_its_capitals(self, api: Api, emulator: SalesforceEmulator) -> None:
        """The underscore lies behind Z and before a."""
        names = ["a_c", "aZc", "éa", "Éb", "zz", "Ab"]
        emulator.seed("Account", [{"Name": name} for name in names])
        assert [r["Name"] for r in api.rows("SELECT Name FROM Account ORDER BY Name")] == [
            "Ab", "aZc", "a_c", "zz", "éa", "Éb",
        ]  # fmt: skip
        found = api.rows("SELECT Name FROM Account WHERE Name > 'AZ' AND Name <= 'ÉA' ORDER BY Name")
        assert [row["Name"] for row in found] == ["aZc", "a_c", "zz", "éa"]

    def test_multipicklists(self, api: Api, emulator: SalesforceEmulator) -> None:
        emulator.add_field("Lead", {"name": "M__c", "type": "multipicklist", "picklistValues": ["A", "B", "Ü"]})
        values = ["A", "A;B", "B;Ü", None]
        emulator.seed("Lead", [{"LastName": str(n), "Company": "c", "M__c": v} for n, v in enumerate(values)])

        def names(condition: str) -> str:
            return "".join(
                r["LastName"] for r in api.rows(f"SELECT LastName FROM Lead WHERE {condition} ORDER BY LastName")
            )

        assert names("M__c INCLUDES ('a;b', 'ü')") == "12"
        assert names("M__c includes ('A')") == "01"
        assert names("M__c EXCLUDES ('A')") == "23"
        assert names("M__c = 'A;B'") == "1"
        assert names("M__c INCLUDES (null)") == "3"
        assert api.query_error("SELECT Id FROM Lead ORDER BY M__c")[0] == "INVALID_FIELD"


class TestSizes:
    def test_statements_end_at_100_000_characters(self, emulator: SalesforceEmulator) -> None:
        """Out of reach of a URI; a subrequest's URL is none."""
        api = Api(emulator)
        emulator.settings.max_header_bytes = 300_000
        fits = "SELECT Id FROM Lead WHERE Title IN (" + ", ".join(["'x'"] * 19_000)
        fits = fits.ljust(99_999) + ")"
        assert api.query(fits)["totalSize"] == 0
        assert api.query_error(fits + " ")[0] == "MALFORMED_QUERY"

    def test_uris_end_at_16_384_bytes(self, api: Api) -> None:
        long = "SELECT Id FROM Lead WHERE Title IN (" + ", ".join(["'x'"] * 3_000) + ")"
        assert api.get("/query", params={"q": long}).status_code == 414
        headers = {"X-Padding": "x" * 16_350}
        assert api.get("/query", params={"q": "SELECT Id FROM Lead"}, headers=headers).status_code == 431

    def test_explain_is_not_emulated(self, api: Api) -> None:
        assert api.get("/query", params={"explain": "SELECT Id FROM Lead"}).status_code == 501
        assert api.get("/query").json()[0]["errorCode"] == "MALFORMED_QUERY"
