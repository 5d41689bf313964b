"""Who am I: /services/oauth2/userinfo and the identity URL [sheet 1.3, 3]."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, request

from connectors.loopback.salesforce import ids, wire
from connectors.loopback.salesforce.access import User
from connectors.loopback.salesforce.errors import ApiError, not_emulated
from connectors.loopback.salesforce.rest.oauth import identity_url, instance_url
from connectors.loopback.salesforce.service import Service, service

pages = Blueprint("salesforce_identity", __name__)


@pages.route("/services/oauth2/userinfo", methods=["GET", "POST"])
def userinfo() -> Response:
    running = service()
    user = _who(running)
    row = running.user_row(user)
    return wire.respond(
        {
            "sub": identity_url(running, user),
            "user_id": user.id,
            "organization_id": running.org.settings.org_id,
            "preferred_username": user.username,
            "nickname": user.username.split("@")[0],
            "name": row["Name"],
            "email": row["Email"],
            "email_verified": True,
            "given_name": row["FirstName"],
            "family_name": row["LastName"],
            "zoneinfo": row["TimeZoneSidKey"],
            "active": bool(row["IsActive"]),
            "user_type": "STANDARD",
            "language": row["LanguageLocaleKey"],
            "locale": row["LocaleSidKey"],
            "utcOffset": _standard_offset_ms(running, user),
            "updated_at": row["LastModifiedDate"],
            "is_app_installed": True,
            "urls": _urls(running, user, "{version}"),
        }
    )


@pages.get("/id/<org_id>/<user_id>")
def identity(org_id: str, user_id: str) -> Response:
    running = service()
    user = _who(running)
    wanted = request.args.get("format", "json")
    if wanted != "json":
        raise not_emulated(f"identity URLs in the format {wanted}")
    asked = ids.normalize(user_id)
    if ids.normalize(org_id) != running.org.settings.org_id or asked != user.id:
        raise ApiError(404, "Bad_Id")
    row = running.user_row(user)
    version = request.args.get("version", "{version}")
    return wire.respond(
        {
            "id": identity_url(running, user),
            "asserted_user": True,
            "user_id": user.id,
            "organization_id": running.org.settings.org_id,
            "username": user.username,
            "nick_name": user.username.split("@")[0],
            "display_name": row["Name"],
            "email": row["Email"],
            "email_verified": True,
            "first_name": row["FirstName"],
            "last_name": row["LastName"],
            "timezone": row["TimeZoneSidKey"],
            "urls": _urls(running, user, version),
            "active": bool(row["IsActive"]),
            "user_type": "STANDARD",
            "language": row["LanguageLocaleKey"],
            "locale": row["LocaleSidKey"],
            "last_modified_date": row["LastModifiedDate"],
        }
    )


def _who(running: Service) -> User:
    """The token is in the header or in ``oauth_token`` [D:oauth_using_identity_urls]; a bad one is
    a plain-text 403 here, or a 401 as everywhere (UNCONFIRMED).
    """
    token = request.values.get("oauth_token")
    header = request.headers.get("Authorization") or (f"Bearer {token}" if token else None)
    try:
        return running.authenticate(header, api=False)
    except ApiError:
        if running.org.settings.userinfo_bad_token_status == 401:
            raise
        raise ApiError(403, "Bad_OAuth_Token") from None


def _standard_offset_ms(running: Service, user: User) -> int:
    local = running.org.clock.now().astimezone(user.zone)
    offset, saving = local.utcoffset(), local.dst()
    assert offset is not None
    return int((offset - (saving or timedelta())).total_seconds() * 1000)


def _urls(running: Service, user: User, version: str) -> dict[str, Any]:
    host = instance_url(running)
    data = f"{host}/services/data/v{version}"
    return {
        "enterprise": f"{host}/services/Soap/c/{version}/{running.org.settings.org_id[:15]}",
        "metadata": f"{host}/services/Soap/m/{version}/{running.org.settings.org_id[:15]}",
        "partner": f"{host}/services/Soap/u/{version}/{running.org.settings.org_id[:15]}",
        "rest": f"{data}/",
        "sobjects": f"{data}/sobjects/",
        "search": f"{data}/search/",
        "query": f"{data}/query/",
        "recent": f"{data}/recent/",
        "profile": f"{host}/{user.id}",
        "custom_domain": host,
    }
