"""Salesforce's recordings told again: for each answer its request, and an org in which the same situation holds.

The hand-made fixtures of restforce call their object Whizbang; ours is an Account with custom fields of those types,
and the fixture's words are read as ours.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import jwt
import requests

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings
from tests.loopback.replay.inventory import Recorded
from tests.loopback.replay.run import Replay, replays
from tests.loopback.salesforce.salesforce_client import Api

START = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
GROUPAROO = "salesforce/grouparoo"
RESTFORCE = "salesforce/restforce"
SOBJECT = f"{RESTFORCE}/sobject"
CSV = "salesforce/wire-examples"
_ID = re.compile(r"[a-zA-Z0-9]{15}[A-Z0-5]{3}", re.ASCII)


class Org(Api):
    """A client of an emulator that it also sets up."""

    def __init__(self, emulator: SalesforceEmulator, token: str | None = ..., **more: Any) -> None:  # type: ignore[assignment]
        super().__init__(emulator, *(() if token is ... else (token,)), **more)
        self.emulator = emulator


class SalesforceReplay(Replay):
    system = "salesforce"
    headers = (
        "Content-Type", "Transfer-Encoding", "Content-Length", "Retry-After", "Sforce-Limit-Info", "Cache-Control",
        "X-Robots-Tag", "X-Content-Type-Options", "Strict-Transport-Security",
    )  # fmt: skip
    header_values = ("Content-Type", "Transfer-Encoding", "Cache-Control", "X-Robots-Tag", "X-Content-Type-Options")

    def org(self, **settings: Any) -> Org:
        """An org of its own; a switch of this run outranks what the story asks for."""
        emulator = SalesforceEmulator(SalesforceSettings(**{**settings, **self.switch}), Clock(START, ticking=False))
        return Org(self.keep(emulator))


def custom(org: Org, sobject: str, name: str, type_: str, **more: Any) -> None:
    org.emulator.add_field(sobject, {"name": name, "type": type_, **more})


def send(org: Org, call: Recorded, words: Mapping[str, str] | None = None) -> requests.Response:
    """The recorded request; ``words`` are recorded ids that ours are called otherwise."""
    text = json.dumps({key: call.request[key] for key in ("path", "query", "body")})
    for theirs, mine in (words or {}).items():
        text = text.replace(theirs, mine)
    request = json.loads(text)
    query = "&".join(f"{key}={value}" for key, value in (request["query"] or {}).items())
    path = request["path"] + (f"?{query}" if query else "")
    if isinstance(request["body"], str):  # SOAP
        body = request["body"].replace("REDACTED", _token(org))
        headers = {"Content-Type": "text/xml", "SOAPAction": '""'}
        return org.send(call.request["method"], path, data=body.encode(), headers=headers)
    return org.send(call.request["method"], path, request["body"])


def _token(org: Org) -> str:
    return str(org.session.headers["Authorization"]).partition(" ")[2]


# ---------------------------------------------------------------- a lead's life, whole exchanges of 2021
@replays(f"{GROUPAROO}/lead-lifecycle.json")
def lead_lifecycle(replay: SalesforceReplay) -> None:
    """One org from the first call to the last; ids are learnt where the answers give them."""
    org = replay.org()
    _recorded_org(org)
    words: dict[str, str] = {}
    for call in replay.recordings.under(f"{GROUPAROO}/lead-lifecycle.json"):
        answer = send(org, call, words)
        if isinstance(call.body, str):
            _learn(_tree(call.body), _tree(answer.text), words)
        else:
            _learn(call.body, answer.json(), words)
        _judge_in_our_words(replay, call, answer, words)
        org.emulator.clock.advance(1)


@replays(f"{GROUPAROO}/soap-convertLead-response.xml", f"{GROUPAROO}/soap-convertLead-request.xml")
def soap_conversion(replay: SalesforceReplay) -> None:
    org = replay.org()
    lead = org.lead(Email="leadbrian@example.com")
    body = replay.recordings.load(f"{GROUPAROO}/soap-convertLead-request.xml")
    body = re.sub(r"00Q\w{15}", lead, body).replace("REDACTED", _token(org))
    answer = org.post("/services/Soap/u/42.0", data=body.encode(), headers={"Content-Type": "text/xml"})
    _judge_xml(replay, f"{GROUPAROO}/soap-convertLead-response.xml", answer)


@replays(f"{GROUPAROO}/soap-login-response.xml", f"{GROUPAROO}/soap-login-request.xml")
def soap_login(replay: SalesforceReplay) -> None:
    org = replay.org(soap_login=True)
    user = {"Username": "demo@grouparoo.com", "LastName": "Engineer", "FirstName": "Dev", "password": "REDACTED"}
    org.emulator.add_user(user)
    body = replay.recordings.load(f"{GROUPAROO}/soap-login-request.xml")
    answer = org.post("/services/Soap/u/42.0", data=body.encode(), headers={"Content-Type": "text/xml"})
    _judge_xml(replay, f"{GROUPAROO}/soap-login-response.xml", answer)


@replays(f"{GROUPAROO}/errors.json")
def collection_errors(replay: SalesforceReplay) -> None:
    for call in replay.recordings.under(f"{GROUPAROO}/errors.json"):
        org = replay.org()
        words: dict[str, str] = {}
        records = (call.request["body"] or {}).get("records", [])
        for record in records:
            sobject = record["attributes"]["type"]
            label = "email field" if sobject == "Contact" else "email_field"
            if any("email_field__c" in entry for entry in records) and "email_field__c" in record:
                custom(org, sobject, "email_field__c", "email", label=label, length=80)
            for key, target in (("id", sobject), ("AccountId", "Account")):
                if key in record and record[key] not in words:
                    words[record[key]] = _first(org, target)
            if sobject == "Lead":
                org.control("convert-lead", lead_id=words[record["id"]], create_opportunity=False)
        _judge_in_our_words(replay, call, send(org, call, words), words)


def _first(org: Org, sobject: str) -> str:
    fields = {"Account": {"Name": "x"}, "Lead": {"LastName": "x", "Company": "y"}}.get(sobject, {"LastName": "x"})
    return org.create(sobject, **fields)


def _recorded_org(org: Org) -> None:
    """The custom fields of the recorded org, in their order."""
    text = {"type": "string", "length": 100}
    for name in ("SICCode__c", "ProductInterest__c", "Primary__c", "CurrentGenerators__c", "NumberofLocations__c"):
        org.emulator.add_field("Lead", {"name": name, **text})
    for name in (
        "Level", "Languages", "Custom_External_ID", "checkbox_field", "datetime_field", "number_field", "percent_field",
        "phone_field", "picklist_field", "text_field", "textarea_field", "url_field", "email_field", "date_field",
        "currency_field", "float_field",
    ):  # fmt: skip
        kind = {"type": "boolean"} if name.startswith("checkbox") else text
        org.emulator.add_field("Contact", {"name": f"{name}__c", **kind})


def _learn(theirs: Any, ours: Any, words: dict[str, str]) -> None:
    """Pair the ids that stand at the same place of two answers."""
    if isinstance(theirs, dict) and isinstance(ours, dict):
        for key in theirs.keys() & ours.keys():
            _learn(theirs[key], ours[key], words)
    elif isinstance(theirs, list) and isinstance(ours, list):
        for their, mine in zip(theirs, ours, strict=False):
            _learn(their, mine, words)
    elif isinstance(theirs, str) and isinstance(ours, str) and _ID.fullmatch(theirs) and _ID.fullmatch(ours):
        words.setdefault(theirs, ours)


def _judge_in_our_words(
    replay: SalesforceReplay, call: Recorded, answer: requests.Response, words: dict[str, str]
) -> None:
    if isinstance(call.body, str):
        _judge_xml(replay, call, answer)
    else:
        replay.judge(call, answer, renamed=words)


def _judge_xml(replay: SalesforceReplay, entry: str | Recorded, answer: requests.Response) -> None:
    """Element by element: an envelope is compared as the keys and texts of its tree."""
    recorded = replay.recordings[entry] if isinstance(entry, str) else entry
    tree = Recorded(recorded.entry, _tree(recorded.body), recorded.status or 200, recorded.headers)
    replay.judge(tree, _Parsed(answer))


class _Parsed(requests.Response):
    """An answer whose XML or CSV reads as JSON."""

    def __init__(self, answer: requests.Response) -> None:
        super().__init__()
        self.__dict__.update(answer.__dict__)

    def json(self, **_: Any) -> Any:
        return _tree(self.text) if self.text.startswith("<") else _table(self.text)


def _tree(text: str) -> Any:
    return _element(ElementTree.fromstring(text))


def _element(element: ElementTree.Element) -> Any:
    children = {child.tag.rpartition("}")[2]: _element(child) for child in element}
    nil = any(name.endswith("}nil") for name in element.attrib)
    return children or (None if nil else element.text or "")


def _table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


# ---------------------------------------------------------------- describes
def _describes(folder: str, names: tuple[str, ...], suffix: str = "") -> list[str]:
    return [f"salesforce/{folder}/describe-{name}{suffix}.json" for name in names]


CUMULUSCI = ("Account", "Contact", "Event", "Lead", "Opportunity", "OpportunityContactRole")
OLD = ("Account", "Campaign", "Contact", "Lead", "Topic")


@replays(*_describes("cumulusci", CUMULUSCI))
def describes(replay: SalesforceReplay) -> None:
    _describe(replay, "cumulusci", CUMULUSCI, "65.0", "")


@replays(*_describes("grouparoo", OLD, "-v42"))
def describes_2021(replay: SalesforceReplay) -> None:
    _describe(replay, "grouparoo", OLD, "42.0", "-v42")


def _describe(replay: SalesforceReplay, folder: str, names: tuple[str, ...], version: str, suffix: str) -> None:
    for name in names:
        answer = replay.org().get(f"/services/data/v{version}/sobjects/{name}/describe")
        entry = f"salesforce/{folder}/describe-{name}{suffix}.json"
        replay.judge(entry, answer, 200, keyed={"fields": "name"}, covered=answer.status_code != 404)


@replays("salesforce/cumulusci/get-organization.json")
def organization(replay: SalesforceReplay) -> None:
    org = replay.org()
    answer = org.get(f"/sobjects/Organization/{org.emulator.settings.org_id}")
    replay.judge(
        "salesforce/cumulusci/get-organization.json", answer, renamed={"00D0xORGID00000000": "00DdM0000000001EAA"}
    )


# ---------------------------------------------------------------- composite
@replays("salesforce/camel/composite_response_failure.json")
def composite_rolled_back(replay: SalesforceReplay) -> None:
    org = replay.org()
    custom(org, "Account", "Invoice_External_Id__c", "string", length=20, externalId=True)
    base = "/services/data/v65.0/sobjects"
    parts = [
        {"method": "POST", "url": f"{base}/Account", "referenceId": "NewPayment1", "body": {"Name": "x"}},
        {"method": "POST", "url": f"{base}/Contact", "referenceId": "NewPayment2",
         "body": {"LastName": "y", "Account": {"Invoice_External_Id__c": "0116"}}},
    ]  # fmt: skip
    answer = org.post("/composite", {"allOrNone": True, "compositeRequest": parts})
    words = {"blng__Invoice__c": "Account"}
    replay.judge("salesforce/camel/composite_response_failure.json", answer, 200, renamed=words)


# ---------------------------------------------------------------- the collected error bodies
@replays("salesforce/errors/error-bodies.json")
def collected_errors(replay: SalesforceReplay) -> None:
    for case in replay.recordings.under("salesforce/errors/error-bodies.json"):
        tell = _CASES.get(_case_name(case))
        if tell is not None:
            answer, words = tell(replay)
            replay.judge(case, answer, renamed=words)


def _case_name(case: Recorded) -> str:
    """What a case says: its OAuth description, or code and message."""
    body = case.body
    if isinstance(body, dict):
        return str(body["error_description"])
    return str(body[0]["message"]) if isinstance(body, list) and body else ""


Told = tuple[requests.Response, dict[str, str]]


def _duplicate(replay: SalesforceReplay, sobject: str, name: str, **rule: Any) -> Told:
    org = replay.org()
    org.emulator.add_duplicate_rule(sobject, name, [{"sobject": sobject, "fields": ["Name"]}], **rule)
    fields = {"LastName": "x"} if sobject == "Contact" else {"Name": "x"}
    existing = org.create(sobject, **fields)
    words = {"0038M0000016Wv8QAE": existing, "0015c00002Lz9mUAAR": existing, "v54.0": "v65.0", "v56.0": "v65.0"}
    return org.post(f"/sobjects/{sobject}", fields), words


def _over_budget(replay: SalesforceReplay) -> Told:
    org = replay.org(daily_api_requests=1)
    assert org.get("/limits").status_code == 200
    return org.get("/limits"), {}


def _locked(replay: SalesforceReplay) -> Told:
    org = replay.org()
    account = org.create("Account", Name="x")
    org.control("lock", ids=[account])
    return org.patch(f"/sobjects/Account/{account}", {"Name": "y"}), {"001XXXXXXXXXXXXXX": account}


def _foreign_key(replay: SalesforceReplay) -> Told:
    org = replay.org()
    custom(org, "Account", "Invoice_External_Id__c", "string", length=20, externalId=True)
    body = {"LastName": "y", "Account": {"Invoice_External_Id__c": "0116"}}
    return org.post("/sobjects/Contact", body), {"blng__Invoice__c": "Account"}


def _halted(replay: SalesforceReplay) -> Told:
    org = replay.org()
    parts = [
        {"method": "POST", "url": "/services/data/v65.0/sobjects/Account", "referenceId": f"a{n}", "body": body}
        for n, body in enumerate(({"Name": "x"}, {}))
    ]
    answer = org.post("/composite", {"allOrNone": True, "compositeRequest": parts})
    return _Part(answer, answer.json()["compositeResponse"][0]), {}


class _Part(requests.Response):
    """One subresponse of a composite answer."""

    def __init__(self, answer: requests.Response, part: Mapping[str, Any]) -> None:
        super().__init__()
        self.__dict__.update(answer.__dict__)
        self.status_code = part["httpStatusCode"]
        self._part = part

    def json(self, **_: Any) -> Any:
        return self._part["body"]


def _anonymous(replay: SalesforceReplay, authorization: str) -> Told:
    org = Org(replay.org().emulator, None)
    return org.get("/limits", headers={"Authorization": authorization}), {}


def _login(replay: SalesforceReplay, host: str | None = None, **form: str) -> Told:
    org = replay.org(password_grant=True)
    login = Org(org.emulator, None, **({"host": host} if host else {}))
    app = {"client_id": "loopback-client", "client_secret": "loopback-secret"}
    return login.post("/services/oauth2/token", data={**app, **form}), {}


def _jwt(replay: SalesforceReplay, assertion: str) -> Told:
    return _login(replay, grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=assertion)


def _jwt_of_a_stranger(replay: SalesforceReplay) -> Told:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(65537, 2048)
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    org = replay.org()
    org.emulator.add_app(
        {"client_id": "jwt", "client_secret": "s", "public_key": public.decode(), "pre_authorized": []}
    )
    claims = {"iss": "jwt", "sub": "integration@loopback.example", "aud": "https://login.salesforce.com",
              "exp": int(START.timestamp()) + 100}  # fmt: skip
    form = {"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer", "assertion": jwt.encode(claims, key, "RS256")}
    return Org(org.emulator, None).post("/services/oauth2/token", data=form), {}


def _unfinished_query_job(replay: SalesforceReplay) -> Told:
    org = replay.org()
    job = org.post("/jobs/query", {"operation": "query", "query": "SELECT Id FROM Lead"})
    if job.status_code != 200:
        return job, {}
    org.emulator.clock.advance(0.3)  # out of the queue, and not done
    return org.get(f"/jobs/query/{job.json()['id']}/results"), {}


def _unknown_object(replay: SalesforceReplay) -> Told:
    return replay.org().get("/query", params={"q": "select count() from XYZZY"}), {}


_UNKNOWN_OBJECT = (
    "\nselect count() from XYZZY\n                    ^\nERROR at Row:1:Column:21\nsObject type 'XYZZY' is not supported. "
    "If you are attempting to use a custom object, be sure to append the '__c' after the entity name. Please reference "
    "your WSDL or the describe call for the appropriate names."
)
_CASES = {
    _UNKNOWN_OBJECT: _unknown_object,
    "You're creating a duplicate record. We recommend you use an existing record instead.": lambda r: _duplicate(
        r, "Contact", "Standard_Contact_Duplicate_Rule"
    ),
    "Usar um desses registros?": lambda r: _duplicate(
        r, "Account", "Contas", action="block", message="Usar um desses registros?"
    ),
    "TotalRequests Limit exceeded.": _over_budget,
    "unable to obtain exclusive access to this record or 1 records: 001XXXXXXXXXXXXXX": _locked,
    "Session expired or invalid": lambda r: _anonymous(r, "Bearer nonsense"),
    "INVALID_HEADER_TYPE": lambda r: _anonymous(r, "x y"),
    "The requested resource does not exist": lambda r: (r.org().get("/sobjects/Account/0014S000007Ny26QAC"), {}),
    "Provided external ID field does not exist or is not accessible: Namez": lambda r: (
        r.org().patch("/sobjects/Lead/Namez/1", {}), {}
    ),
    "The transaction was rolled back since another operation in the same transaction failed.": _halted,
    "Foreign key external ID: 0116 not found for field Invoice_External_Id__c in entity blng__Invoice__c": _foreign_key,
    "can only download query results of successfully completed bulk job with status: JOB_COMPLETE. "
    "Current status: IN_PROGRESS": _unfinished_query_job,
    "authentication failure": lambda r: _login(r, grant_type="password", username="a@b.example", password="x"),
    "user hasn't approved this consumer": _jwt_of_a_stranger,
    "request not supported on this domain": lambda r: _login(
        r, "https://login.salesforce.com", grant_type="client_credentials"
    ),
    "invalid assertion": lambda r: _jwt(r, "nonsense"),
    "expired access/refresh token": lambda r: _login(r, grant_type="refresh_token", refresh_token="old"),
    "grant type not supported": lambda r: _login(r, grant_type="nonsense"),
}  # fmt: skip


# ---------------------------------------------------------------- restforce's fixtures
_AS_ACCOUNT = {"Whizbang__c": "Account", "Whizbang": "Account"}


@replays(f"{RESTFORCE}/auth_error_response.json", f"{RESTFORCE}/auth_success_response.json")
def password_logins(replay: SalesforceReplay) -> None:
    for name, password, status in (("error", "wrong", 400), ("success", "right", 200)):
        org = replay.org(password_grant=True)
        org.emulator.add_user({"Username": "ada@example.com", "LastName": "Ada", "password": "right"})
        form = {"grant_type": "password", "username": "ada@example.com", "password": password}
        answer = _token_request(org, **form)
        replay.judge(f"{RESTFORCE}/auth_{name}_response.json", answer, status)


@replays(*(f"{RESTFORCE}/{name}_response.json" for name in ("refresh_error", "refresh_success", "reauth_success")))
def refreshed_logins(replay: SalesforceReplay) -> None:
    for name, given, status in (
        ("refresh_error", "old", 400), ("refresh_success", "good", 200), ("reauth_success", "good", 200),
    ):  # fmt: skip
        user = "integration@loopback.example"
        org = replay.org()
        org.emulator.add_app({"client_id": "r", "client_secret": "s", "run_as": user, "refresh_token": "good"})
        form = {"grant_type": "refresh_token", "refresh_token": given, "client_id": "r", "client_secret": "s"}
        replay.judge(f"{RESTFORCE}/{name}_response.json", _token_request(org, **form), status)


def _token_request(org: Org, **form: str) -> requests.Response:
    app = {"client_id": "loopback-client", "client_secret": "loopback-secret"}
    return Org(org.emulator, None).post("/services/oauth2/token", data={**app, **form})


@replays(f"{RESTFORCE}/expired_session_response.json")
def expired_session(replay: SalesforceReplay) -> None:
    org = replay.org()
    org.control("expire-sessions")
    replay.judge(f"{RESTFORCE}/expired_session_response.json", org.get("/query?q=SELECT+Id+FROM+Lead"), 401)


@replays(f"{RESTFORCE}/services_data_success_response.json")
def versions(replay: SalesforceReplay) -> None:
    replay.judge(f"{RESTFORCE}/services_data_success_response.json", replay.org().get("/services/data"), 200)


@replays(*(f"{SOBJECT}/{name}_response.json" for name in (
    "create_success", "delete_error", "upsert_created_success", "upsert_error", "upsert_multiple_error",
    "upsert_updated_success", "write_error")))  # fmt: skip
def single_writes(replay: SalesforceReplay) -> None:
    def judge(name: str, answer: requests.Response, status: int, **words: str) -> None:
        replay.judge(f"{SOBJECT}/{name}_response.json", answer, status, renamed=words)

    org = replay.org()
    custom(org, "Account", "External_Field__c", "string", length=20, externalId=True)
    judge("create_success", org.post("/sobjects/Account", {"Name": "x"}), 201)
    judge("write_error", org.post("/sobjects/Account", {"Name": "x", "foo": 1}), 400, Bar="Account")
    judge("delete_error", org.delete("/sobjects/Account/rid/1"), 404)
    judge("upsert_error", org.patch("/sobjects/Account/Namez/1", {}), 404)
    # The fixtures are older than v46.0, which began to say "created" and to answer an update with a body.
    old = "/services/data/v42.0/sobjects/Account/External_Field__c"
    judge("upsert_created_success", org.patch(f"{old}/1", {"Name": "x"}), 201)
    judge("upsert_updated_success", org.patch(f"{old}/1", {"Name": "y"}), 204)
    for name in ("a", "b"):
        org.create("Account", Name=name, External_Field__c="2")
    judge("upsert_multiple_error", org.patch(f"{old}/2", {"Name": "z"}), 300)


@replays(*(f"{SOBJECT}/{name}_response.json" for name in (
    "sobject_find_success", "sobject_find_error", "sobject_select_success", "sobject_describe_error",
    "sobject_describe_success")))  # fmt: skip
def single_reads(replay: SalesforceReplay) -> None:
    org = replay.org()
    custom(org, "Account", "External_Field__c", "string", length=20, externalId=True)
    account = org.create("Account", Name="x", External_Field__c="1234")
    words = {**_AS_ACCOUNT, "23foo": account}
    base = f"/sobjects/Account/{account}"
    for name, path, status in (
        ("sobject_find_success", base, 200),
        ("sobject_find_error", f"/sobjects/Account/23foo/{account}", 404),
        ("sobject_select_success", f"{base}?fields=External_Field__c,Id", 200),
        ("sobject_describe_error", "/sobjects/Nothing/describe", 404),
    ):
        renamed = words if status == 200 else {}
        replay.judge(f"{SOBJECT}/{name}_response.json", org.get(path), status, renamed=renamed)
    answer = org.get("/sobjects/Account/describe")
    entry = f"{SOBJECT}/sobject_describe_success_response.json"
    replay.judge(entry, answer, 200, renamed=_AS_ACCOUNT, keyed={"fields": "name"})


@replays(*(f"{SOBJECT}/{name}_sobjects_success_response.json" for name in ("describe", "list")))
def global_describe(replay: SalesforceReplay) -> None:
    for name in ("describe", "list"):
        entry = f"{SOBJECT}/{name}_sobjects_success_response.json"
        replay.judge(entry, replay.org().get("/sobjects"), 200, keyed={"sobjects": "name"})


@replays(*(f"{SOBJECT}/get_{name}_success_response.json" for name in ("deleted", "updated")))
def changes(replay: SalesforceReplay) -> None:
    span = "start=2026-11-24T00:00:00Z&end=2026-11-25T00:00:00Z"
    for name in ("deleted", "updated"):
        org = replay.org()
        contact = org.create("Contact", LastName="x")
        if name == "deleted":
            assert org.delete(f"/sobjects/Contact/{contact}").status_code == 204
        org.emulator.clock.advance(3600)
        answer = org.get(f"/sobjects/Contact/{name}/?{span}")
        replay.judge(f"{SOBJECT}/get_{name}_success_response.json", answer, 200)


@replays(*(f"{SOBJECT}/query_{name}_response.json" for name in (
    "empty", "error", "success", "aggregate_success", "paginated_first_page", "paginated_last_page")))  # fmt: skip
def queries(replay: SalesforceReplay) -> None:
    org = replay.org(page_size=200)

    def judge(name: str, soql: str, status: int = 200, **words: str) -> requests.Response:
        answer = org.get("/query", params={"q": soql}, headers={"Sforce-Query-Options": "batchSize=200"})
        replay.judge(f"{SOBJECT}/query_{name}_response.json", answer, status, renamed={**_AS_ACCOUNT, **words})
        return answer

    judge("empty", "SELECT Id FROM Account")
    judge("error", "SELECT Nothing FROM Account", 400)
    for name, type_, more in (
        ("Checkbox_Label", "boolean", {}), ("Text_Label", "string", {"length": 50}), ("Date_Label", "date", {}),
        ("DateTime_Label", "datetime", {}), ("Picklist_Multiselect_Label", "multipicklist", {"length": 100}),
    ):  # fmt: skip
        custom(org, "Account", f"{name}__c", type_, **more)
    parent = org.create("Account", Name="Parent", Text_Label__c="Hello")
    own = org.create(
        "Account", Name="Own", Text_Label__c="Hi there!", Date_Label__c="2010-01-01", ParentId=parent,
        DateTime_Label__c="2011-07-07T00:37:00Z", Picklist_Multiselect_Label__c="four;six",
    )  # fmt: skip
    org.create("Account", Name="Child", ParentId=own)
    fields = "Checkbox_Label__c, Text_Label__c, Date_Label__c, DateTime_Label__c, Picklist_Multiselect_Label__c"
    soql = f"SELECT {fields}, Parent.Name, Parent.Text_Label__c, (SELECT Name FROM ChildAccounts) FROM Account"
    named = {f"{name}_Label": f"{name}_Label__c" for name in ("Checkbox", "Text", "Date", "DateTime")}
    named |= {"Picklist_Multiselect_Label": "Picklist_Multiselect_Label__c"}
    named |= {"ParentAccount__r": "Parent", "Accounts__r": "ChildAccounts"}
    judge("success", f"{soql} WHERE Id = '{own}'", **named)
    campaigns = [org.create("Campaign", Name=name) for name in ("a", "b")]
    for campaign in (*campaigns, None):
        org.create("Opportunity", Name="o", StageName="Prospecting", CloseDate="2027-01-01", Amount=300,
                   CampaignId=campaign)  # fmt: skip
    judge("aggregate_success", "SELECT CampaignId, SUM(Amount) FROM Opportunity GROUP BY CampaignId")
    org.emulator.seed("Account", [{"Name": f"n{n}", "Text_Label__c": "Page"} for n in range(201)])
    soql = "SELECT Text_Label__c FROM Account WHERE Text_Label__c = 'Page'"
    first = judge("paginated_first_page", soql, Text_Label="Text_Label__c")
    answer = org.get(first.json()["nextRecordsUrl"])
    words = {**_AS_ACCOUNT, "Text_Label": "Text_Label__c"}
    replay.judge(f"{SOBJECT}/query_paginated_last_page_response.json", answer, 200, renamed=words)


@replays(f"{SOBJECT}/org_query_response.json")
def organization_id(replay: SalesforceReplay) -> None:
    org = replay.org()
    answer = org.get("/query", params={"q": "SELECT Id FROM Organization"})
    replay.judge(f"{SOBJECT}/org_query_response.json", answer, 200)


@replays(f"{SOBJECT}/recent_success_response.json")
def recent_items(replay: SalesforceReplay) -> None:
    org = replay.org()
    org.create("Account", Name="whatever")
    replay.judge(f"{SOBJECT}/recent_success_response.json", org.get("/recent"), 200, renamed=_AS_ACCOUNT)


@replays(f"{SOBJECT}/search_success_response.json", f"{SOBJECT}/search_error_response.json")
def searches(replay: SalesforceReplay) -> None:
    org = replay.org()
    org.create("Account", Name="whatever")
    for name, sosl, status in (
        ("success", "FIND {whatever} IN NAME FIELDS RETURNING Account(Id)", 200), ("error", "FIND whatever", 400),
    ):  # fmt: skip
        # An array before v37.0, which began to wrap it in searchRecords.
        answer = org.get("/services/data/v36.0/search", params={"q": sosl})
        replay.judge(f"{SOBJECT}/search_{name}_response.json", answer, status, renamed=_AS_ACCOUNT)


@replays(f"{SOBJECT}/list_view_results_success_response.json")
def list_view(replay: SalesforceReplay) -> None:
    answer = replay.org().get("/sobjects/Account/listviews/00BD0000005WcBeMAK/results")
    entry = f"{SOBJECT}/list_view_results_success_response.json"
    replay.judge(entry, answer, 200, covered=answer.status_code != 404)


# ---------------------------------------------------------------- bulk results
@replays(*(f"{CSV}/bulk2-{name}.csv" for name in ("successfulResults", "failedResults", "unprocessedrecords")))
def bulk_ingest_results(replay: SalesforceReplay) -> None:
    columns = "FirstName,LastName,Company,HubSpot_Contact_Id__c"
    rows = 'Ada,Müller,"Acme, Inc.",101\nZoë,O\'Brien,,102\n'
    org = replay.org()
    custom(org, "Lead", "HubSpot_Contact_Id__c", "string", length=20, externalId=True, unique=True)
    asked = {"object": "Lead", "operation": "upsert", "externalIdFieldName": "HubSpot_Contact_Id__c"}
    job = org.post("/jobs/ingest", {**asked, "contentType": "CSV", "lineEnding": "LF"})
    names = ("successfulResults", "failedResults", "unprocessedrecords")
    if job.status_code != 200:
        for name in names:
            replay.judge(f"{CSV}/bulk2-{name}.csv", job, 200)
        return
    base = f"/jobs/ingest/{job.json()['id']}"
    org.send("PUT", f"{base}/batches", data=f"{columns}\n{rows}".encode(), headers={"Content-Type": "text/csv"})
    org.patch(base, {"state": "UploadComplete"})
    _finish(org, base)
    for name in names:
        _judge_table(replay, f"{CSV}/bulk2-{name}.csv", org.get(f"{base}/{name}"))


@replays(f"{CSV}/bulk2-query-results.csv")
def bulk_query_results(replay: SalesforceReplay) -> None:
    org = replay.org()
    org.lead(Status="Working - Contacted")
    job = org.post("/jobs/query", {"operation": "query", "query": "SELECT Id, Status, SystemModstamp FROM Lead"})
    if job.status_code != 200:
        replay.judge(f"{CSV}/bulk2-query-results.csv", job, 200)
        return
    base = f"/jobs/query/{job.json()['id']}"
    _finish(org, base)
    _judge_table(replay, f"{CSV}/bulk2-query-results.csv", org.get(f"{base}/results"))


def _finish(org: Org, base: str) -> None:
    """Let the job's time pass."""
    for _ in range(20):
        if org.get(base).json()["state"] in ("JobComplete", "Failed"):
            return
        org.emulator.clock.advance(30)
    raise AssertionError(f"{base} does not finish")


def _judge_table(replay: SalesforceReplay, entry: str, answer: requests.Response) -> None:
    replay.judge(Recorded(entry, _table(replay.recordings.load(entry)), 200), _Parsed(answer))
