"""/services/Soap/u: login() where the org still allows it, and convertLead() [sheet 1.1, 1.4, 11.4]."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, unescape

from flask import Blueprint, Response, request

from connectors.loopback.salesforce.access import User
from connectors.loopback.salesforce.dml.conversion import Conversion, convert
from connectors.loopback.salesforce.errors import ApiError, RecordError
from connectors.loopback.salesforce.org import Caller
from connectors.loopback.salesforce.rest.oauth import instance_url
from connectors.loopback.salesforce.service import Service, service
from connectors.loopback.salesforce.sessions import LoginRateExceeded

pages = Blueprint("salesforce_soap", __name__)

# login() is absent from v65.0 on [D:sforce-api-calls-login].
_LAST_LOGIN_VERSION = 64
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope '
    'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    '{namespaces}xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
    "{header}<soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>"
)


class _Fault(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@pages.post("/services/Soap/u/<version>")
@pages.post("/services/Soap/u/<version>/<org_id>")
def partner(version: str, org_id: str = "") -> Response:
    envelope = request.get_data(as_text=True)
    running = service()
    try:
        _check_version(version, running)
        if _has(envelope, "login"):
            return _reply(_login(running, version, envelope))
        if _has(envelope, "convertLead"):
            return _reply(_convert_leads(running, version, envelope), _limits(running))
        raise _Fault("UNSUPPORTED_OPERATION", "The loopback Salesforce does not emulate this call")
    except _Fault as fault:
        return _fault(fault.code, fault.message)
    except ApiError as error:
        return _fault(error.body[0]["errorCode"], error.body[0]["message"])


def _check_version(version: str, running: Service) -> None:
    number = float(version) if re.fullmatch(r"\d+\.\d", version) else 0
    settings = running.org.settings
    if not settings.oldest_version <= number <= settings.newest_version:
        raise _Fault("UNSUPPORTED_API_VERSION", f"Invalid Api version specified on URL: {version}")


def _login(running: Service, version: str, envelope: str) -> str:
    if float(version) > _LAST_LOGIN_VERSION:
        text = f"SOAP API login() is not available in API version {version}"
        raise _Fault("UNSUPPORTED_API_VERSION", text)
    if not running.org.settings.soap_login:
        raise _Fault("INSUFFICIENT_ACCESS", "SOAP API login() is disabled by default in this org.")
    user = running.user_named(_text(envelope, "username"))
    given = _text(envelope, "password")
    secret = running.passwords.get(user.id) if user else None
    # A client appends the security token to the password.
    if user is None or secret is None or not given.startswith(secret):
        text = "Invalid username, password, security token; or user locked out."
        raise _Fault("INVALID_LOGIN", text)
    row = running.user_row(user)
    try:
        session = running.sessions.open(user.id, running.org.clock.now())
    except LoginRateExceeded:
        raise _Fault("REQUEST_LIMIT_EXCEEDED", "Login rate exceeded") from None
    org = running.org.settings
    server = f"{instance_url(running)}/services/Soap/u/{version}/{org.org_id[:15]}"
    info = {  # all of them in this order [R:grouparoo/soap-login-response]
        "accessibilityMode": "false",
        "chatterExternal": "false",
        "currencySymbol": "$",
        "orgAttachmentFileSizeLimit": 26_214_400,
        "orgDefaultCurrencyIsoCode": "USD",
        "orgDefaultCurrencyLocale": "en_US",
        "orgDisallowHtmlAttachments": "false",
        "orgHasPersonAccounts": "false",
        "organizationId": org.org_id,
        "organizationMultiCurrency": "true" if org.currencies else "false",
        "organizationName": org.org_name,
        "profileId": row["ProfileId"],
        "roleId": row["UserRoleId"],
        "sessionSecondsValid": org.session_seconds,
        "userDefaultCurrencyIsoCode": None,
        "userEmail": row["Email"],
        "userFullName": row["Name"],
        "userId": user.id,
        "userLanguage": row["LanguageLocaleKey"],
        "userLocale": row["LocaleSidKey"],
        "userName": user.username,
        "userTimeZone": row["TimeZoneSidKey"],
        "userType": row["UserType"],
        "userUiSkin": "Theme3",
    }
    return (
        f"<loginResponse><result><metadataServerUrl>{server.replace('/u/', '/m/')}"
        "</metadataServerUrl><passwordExpired>false</passwordExpired>"
        f"<sandbox>{str(org.is_sandbox).lower()}</sandbox><serverUrl>{server}</serverUrl>"
        f"<sessionId>{session.token}</sessionId><userId>{user.id}</userId><userInfo>"
        + "".join(_element(name, value) for name, value in info.items())
        + "</userInfo></result></loginResponse>"
    )


def _convert_leads(running: Service, version: str, envelope: str) -> str:
    """One result a lead, in order; each on its own [R:grouparoo/soap-convertLead]."""
    now = running.org.clock.now()
    who = Caller(user=_session_user(running, envelope), now=now, version=version)
    running.usage.count(now)
    wanted = _elements(envelope, "leadConverts")
    most = running.org.settings.leads_per_conversion
    if len(wanted) > most:
        text = f"Exceeded max number of leads to convert: {most}"
        raise _Fault("EXCEEDED_LEAD_CONVERT_LIMIT", text)
    results = "".join(_convert_lead(running, who, one) for one in wanted)
    return f"<convertLeadResponse>{results}</convertLeadResponse>"


def _convert_lead(running: Service, who: Caller, asked: str) -> str:
    wanted = Conversion(
        lead_id=_text(asked, "leadId"),
        create_opportunity=_text(asked, "doNotCreateOpportunity") != "true",
        opportunity_name=_text(asked, "opportunityName") or None,
        account_id=_text(asked, "accountId") or None,
        contact_id=_text(asked, "contactId") or None,
        owner_id=_text(asked, "ownerId") or None,
        status=_text(asked, "convertedStatus") or None,
        overwrite_lead_source=_text(asked, "overwriteLeadSource") == "true",
    )
    try:
        with running.org.store.savepoint():
            done = convert(running.org, who, wanted)
    except RecordError as error:
        return (
            "<result><errors>"
            f"<message>{escape(error.message)}</message><statusCode>{error.code}</statusCode>"
            "</errors><success>false</success></result>"
        )
    opportunity = _element("opportunityId", done.opportunity_id or None)
    return (
        f"<result><accountId>{done.account_id}</accountId>"
        f"<contactId>{done.contact_id}</contactId><leadId>{done.lead_id}</leadId>"
        f"{opportunity}<success>true</success></result>"
    )


def _limits(running: Service) -> str:
    """The header of every answer but login's [R:grouparoo/soap-convertLead-response]."""
    used = running.usage.used(running.org.clock.now())
    return (
        f"<soapenv:Header><LimitInfoHeader><limitInfo><current>{used}</current>"
        f"<limit>{running.usage.daily}</limit><type>API REQUESTS</type></limitInfo></LimitInfoHeader></soapenv:Header>"
    )


def _element(name: str, value: object) -> str:
    return f'<{name} xsi:nil="true"/>' if value is None else f"<{name}>{escape(str(value))}</{name}>"


def _session_user(running: Service, envelope: str) -> User:
    try:
        return running.authenticate(f"Bearer {_text(envelope, 'sessionId')}")
    except ApiError:
        text = "Invalid Session ID found in SessionHeader: Illegal Session"
        raise _Fault("INVALID_SESSION_ID", text) from None


def _has(envelope: str, element: str) -> bool:
    return re.search(rf"<(?:\w+:)?{element}[\s>]", envelope) is not None


def _elements(envelope: str, element: str) -> list[str]:
    """Those that begin and end, each from its first tag to its last one; an envelope is read once."""
    found, start = [], None
    for tag in re.finditer(rf"<(/?)(?:\w+:)?{element}[\s>]", envelope):
        if not tag[1]:
            start = tag.start() if start is None else start
        elif start is not None:
            found.append(envelope[start : tag.end()])
            start = None
    return found


def _text(envelope: str, element: str) -> str:
    """The text of the first such element, whatever its prefix; "" when there is none."""
    found = re.search(rf"<(?:\w+:)?{element}(?:\s[^<>]*)?>([^<]*)<", envelope)
    return unescape(found[1], {"&quot;": '"', "&apos;": "'"}) if found else ""


def _reply(body: str, header: str = "") -> Response:
    envelope = _ENVELOPE.format(namespaces='xmlns="urn:partner.soap.sforce.com" ', header=header, body=body)
    return Response(envelope, content_type="text/xml; charset=utf-8")


def _fault(code: str, message: str) -> Response:
    """The element names carry their prefix literally [SS login.py:272-283]."""
    body = (
        f"<soapenv:Fault><faultcode>sf:{code}</faultcode>"
        f"<faultstring>{code}: {escape(message)}</faultstring><detail>"
        f'<sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>{code}</sf:exceptionCode>'
        f"<sf:exceptionMessage>{escape(message)}</sf:exceptionMessage></sf:LoginFault></detail>"
        "</soapenv:Fault>"
    )
    envelope = _ENVELOPE.format(namespaces='xmlns:sf="urn:fault.partner.soap.sforce.com" ', header="", body=body)
    return Response(envelope, 500, content_type="text/xml; charset=utf-8")
