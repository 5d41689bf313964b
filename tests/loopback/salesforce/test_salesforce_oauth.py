"""Sessions, the token endpoint, identity [sheet 1]."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from salesforce_client import Api

from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import SalesforceEmulator, SalesforceSettings

TOKEN = "/services/oauth2/token"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PUBLIC_KEY = (
    _KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo).decode()
)


@pytest.fixture
def settings() -> SalesforceSettings:
    return SalesforceSettings(
        users=[
            {"Username": "bot@acme.example", "LastName": "Bot", "token": "bot-token"},
            {"Username": "rep@acme.example", "LastName": "Rep", "token": "rep-token"},
        ],
        apps=[
            {
                "client_id": "key",
                "client_secret": "secret",
                "run_as": "bot@acme.example",
                "public_key": PUBLIC_KEY,
                "pre_authorized": ["bot@acme.example"],
                "refresh_token": "5Aep-first",
                "rotate_refresh_token": True,
            }
        ],
    )


@pytest.fixture
def anonymous(emulator: SalesforceEmulator) -> Api:
    return Api(emulator, token=None)


def error_of(response: requests.Response) -> tuple[int, str, str]:
    body = response.json()
    return response.status_code, body["error"], body["error_description"]


class TestClientCredentials:
    def grant(self, api: Api, secret: str = "secret", *, basic: bool = True) -> requests.Response:
        form = {"grant_type": "client_credentials"}
        if basic:
            return api.post(TOKEN, data=form, auth=("key", secret))
        return api.post(TOKEN, data=form | {"client_id": "key", "client_secret": secret})

    @pytest.mark.parametrize("basic", [True, False])
    def test_the_answer_has_every_documented_field(
        self, anonymous: Api, emulator: SalesforceEmulator, basic: bool
    ) -> None:
        answer = self.grant(anonymous, basic=basic).json()
        assert list(answer) == [
            "access_token", "signature", "scope", "instance_url", "id", "token_type", "issued_at",
            "token_format", "api_instance_url",
        ]  # fmt: skip
        assert answer["access_token"].startswith("00DdM0000000001!")
        assert answer["issued_at"] == "1795521600000"
        assert answer["instance_url"] == anonymous.host
        assert "expires_in" not in answer
        assert Api(emulator, answer["access_token"]).get("/limits").status_code == 200

    def test_refusals(self, anonymous: Api, emulator: SalesforceEmulator) -> None:
        status, error, _ = error_of(self.grant(anonymous, "wrong"))
        assert (status, error) == (400, "invalid_client")
        login = Api(emulator, token=None, host="https://login.salesforce.com")
        text = "request not supported on this domain"
        assert error_of(self.grant(login)) == (400, "invalid_grant", text)
        typo = anonymous.post(TOKEN, data={"grant_type": "client_credential"})
        assert error_of(typo) == (400, "unsupported_grant_type", "grant type not supported")

    def test_an_inactive_run_as_user_ends_sessions_and_logins(
        self, anonymous: Api, emulator: SalesforceEmulator
    ) -> None:
        token = self.grant(anonymous).json()["access_token"]
        anonymous.control("deactivate-user", username="bot@acme.example")
        assert Api(emulator, token).get("/limits").status_code == 401
        assert error_of(self.grant(anonymous))[1] == "inactive_user"


class TestJwtBearer:
    def grant(self, api: Api, clock: Clock, key: Any = _KEY, **claims: Any) -> requests.Response:
        claims = {
            "iss": "key",
            "sub": "bot@acme.example",
            "aud": "https://login.salesforce.com",
            # simple-salesforce sends the expiry as text [RUN t1].
            "exp": str(int((clock.now() + timedelta(minutes=3)).timestamp())),
            **claims,
        }
        assertion = jwt.encode(claims, key, algorithm="RS256")
        return api.post(TOKEN, data={"grant_type": JWT_BEARER, "assertion": assertion})

    def test_a_signed_assertion_opens_a_session(
        self, anonymous: Api, clock: Clock, emulator: SalesforceEmulator
    ) -> None:
        answer = self.grant(anonymous, clock).json()
        assert Api(emulator, answer["access_token"]).get("/limits").status_code == 200
        assert "refresh_token" not in answer

    @pytest.mark.parametrize(
        ("claims", "error", "description"),
        [
            ({"aud": "https://acme.my.salesforce.com"}, "invalid_grant", "invalid assertion"),
            ({"exp": "1795521599"}, "invalid_grant", "invalid assertion"),
            ({"exp": "1795525200"}, "invalid_grant", "invalid assertion"),
            ({"iss": "other"}, "invalid_client_id", "client identifier invalid"),
            ({"sub": "rep@acme.example"}, "invalid_grant", "user hasn't approved this consumer"),
        ],
    )
    def test_claims_are_checked(
        self, anonymous: Api, clock: Clock, claims: dict[str, str], error: str, description: str
    ) -> None:
        assert error_of(self.grant(anonymous, clock, **claims)) == (400, error, description)

    def test_another_key_does_not_sign_for_the_app(self, anonymous: Api, clock: Clock) -> None:
        stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        refused = error_of(self.grant(anonymous, clock, key=stranger))
        assert refused == (400, "invalid_grant", "invalid assertion")


class TestRefreshToken:
    def grant(self, api: Api, refresh_token: str) -> requests.Response:
        form = {"grant_type": "refresh_token", "client_id": "key", "client_secret": "secret"}
        return api.post(TOKEN, data=form | {"refresh_token": refresh_token})

    def test_rotation_voids_the_old_one(self, anonymous: Api) -> None:
        first = self.grant(anonymous, "5Aep-first").json()
        used = error_of(self.grant(anonymous, "5Aep-first"))
        assert used == (400, "invalid_grant", "expired access/refresh token")
        assert self.grant(anonymous, first["refresh_token"]).status_code == 200

    def test_without_rotation_none_is_sent(self, anonymous: Api, emulator: Any) -> None:
        emulator.service.apps["key"].rotate_refresh_token = False
        assert "refresh_token" not in self.grant(anonymous, "5Aep-first").json()
        assert self.grant(anonymous, "5Aep-first").status_code == 200


class TestConfiguredTokens:
    def test_a_rep_who_cannot_log_in_again_keeps_the_session(self, emulator: SalesforceEmulator, clock: Clock) -> None:
        rep, bot = Api(emulator, "rep-token"), Api(emulator, "bot-token")
        clock.advance(3 * 24 * 3600)
        assert bot.get("/limits").status_code == 401
        assert rep.get("/limits").status_code == 200
        rep.control("expire-sessions")
        assert rep.get("/limits").status_code == 200

    def test_stamps_tell_who_did_it(self, emulator: SalesforceEmulator) -> None:
        rep, bot = Api(emulator, "rep-token"), Api(emulator, "bot-token")
        lead = bot.lead()
        rep.patch(f"/sobjects/Lead/{lead}", {"Status": "Working - Contacted"})
        row = rep.rows("SELECT CreatedBy.Username, LastModifiedBy.Username FROM Lead")[0]
        assert row["CreatedBy"]["Username"] == "bot@acme.example"
        assert row["LastModifiedBy"]["Username"] == "rep@acme.example"


class TestIdentity:
    def test_userinfo(self, emulator: SalesforceEmulator) -> None:
        bot = Api(emulator, "bot-token")
        info = bot.get("/services/oauth2/userinfo").json()
        assert info["organization_id"] == emulator.settings.org_id
        assert info["preferred_username"] == "bot@acme.example"
        assert info["urls"]["query"] == f"{bot.host}/services/data/v{{version}}/query/"
        assert info["utcOffset"] == -28800000

    def test_a_bad_token_is_403_here(self, emulator: SalesforceEmulator) -> None:
        response = Api(emulator, "nonsense").get("/services/oauth2/userinfo")
        assert (response.status_code, response.json()) == (403, "Bad_OAuth_Token")

    def test_the_identity_url(self, emulator: SalesforceEmulator) -> None:
        bot = Api(emulator, "bot-token")
        path = bot.get("/services/oauth2/userinfo").json()["sub"].removeprefix("https://login.salesforce.com")
        body = bot.get(path, params={"version": "65.0"}).json()
        assert body["username"] == "bot@acme.example"
        assert body["urls"]["rest"] == f"{bot.host}/services/data/v65.0/"


class TestSoap:
    LOGIN = (
        '<se:Envelope xmlns:se="http://schemas.xmlsoap.org/soap/envelope/"><se:Header/><se:Body>'
        '<login xmlns="urn:partner.soap.sforce.com"><username>bot@acme.example</username>'
        "<password>pwTOKEN</password></login></se:Body></se:Envelope>"
    )

    def test_login_is_refused_by_default(self, anonymous: Api) -> None:
        response = anonymous.post("/services/Soap/u/59.0", data=self.LOGIN)
        assert response.status_code == 500
        assert "<sf:exceptionCode>INSUFFICIENT_ACCESS</sf:exceptionCode>" in response.text

    def test_login_where_it_is_still_allowed(self, clock: Clock) -> None:
        user = {"Username": "bot@acme.example", "LastName": "Bot", "password": "pw"}
        emulator = SalesforceEmulator(SalesforceSettings(soap_login=True, users=[user]), clock)
        api = Api(emulator, token=None)
        text = api.post("/services/Soap/u/59.0", data=self.LOGIN).text
        token = text.split("<sessionId>")[1].split("<")[0]
        assert f"<organizationId>{emulator.settings.org_id}</organizationId>" in text
        assert Api(emulator, token).get("/limits").status_code == 200
        wrong = api.post("/services/Soap/u/59.0", data=self.LOGIN.replace("pwT", "no"))
        assert "<sf:exceptionCode>INVALID_LOGIN</sf:exceptionCode>" in wrong.text
        late = api.post("/services/Soap/u/65.0", data=self.LOGIN)
        assert "UNSUPPORTED_API_VERSION" in late.text

    def test_convert_lead(self, emulator: SalesforceEmulator) -> None:
        bot = Api(emulator, "bot-token")
        lead = bot.lead()
        envelope = (
            "<soapenv:Envelope><soapenv:Header><SessionHeader><sessionId>bot-token</sessionId>"
            "</SessionHeader></soapenv:Header><soapenv:Body><convertLead><leadConverts>"
            f"<leadId>{lead}</leadId><convertedStatus>Closed - Converted</convertedStatus>"
            "<doNotCreateOpportunity>true</doNotCreateOpportunity></leadConverts></convertLead>"
            "</soapenv:Body></soapenv:Envelope>"
        )
        text = bot.post("/services/Soap/u/42.0", data=envelope).text
        assert '<opportunityId xsi:nil="true"/><success>true</success>' in text
        assert bot.get(f"/sobjects/Lead/{lead}").json()["IsConverted"] is True
