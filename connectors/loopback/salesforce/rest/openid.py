"""OpenID Connect: discovery, the signing keys and ID tokens [sheet 1.3] (OpenID Connect Core and Discovery 1.0)."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from flask import Blueprint, Response

from connectors.loopback.salesforce import wire
from connectors.loopback.salesforce.service import Service, service

pages = Blueprint("salesforce_openid", __name__)

_LIFETIME = 120  # seconds; Setup's default for an app
_SCOPES = (
    "address",
    "api",
    "email",
    "full",
    "id",
    "offline_access",
    "openid",
    "phone",
    "profile",
    "refresh_token",
    "web",
)
_CLAIMS = (
    "active", "email", "email_verified", "family_name", "given_name", "is_app_installed", "language", "locale", "name",
    "nickname", "organization_id", "preferred_username", "sub", "updated_at", "urls", "user_id", "user_type", "zoneinfo",
)  # fmt: skip


@pages.get("/.well-known/openid-configuration")
def discovery() -> Response:
    """The keys as https://login.salesforce.com/.well-known/openid-configuration has them, and of its scopes and claims
    those that are emulated; ``registration_endpoint`` is not and answers 404."""
    issuer = service().instance_url()
    oauth = f"{issuer}/services/oauth2"
    return wire.respond(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{oauth}/authorize",
            "token_endpoint": f"{oauth}/token",
            "revocation_endpoint": f"{oauth}/revoke",
            "userinfo_endpoint": f"{oauth}/userinfo",
            "jwks_uri": f"{issuer}/id/keys",
            "registration_endpoint": f"{oauth}/register",
            "introspection_endpoint": f"{oauth}/introspect",
            "scopes_supported": list(_SCOPES),
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "display_values_supported": ["page", "popup", "touch"],
            "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
            "claims_supported": list(_CLAIMS),
        }
    )


@pages.get("/id/keys")
def keys() -> Response:
    """The JSON Web Key Set of the ID tokens."""
    return wire.respond({"keys": [service().signer.public_key()]})


def id_token(running: Service, client_id: str, subject: str, access_token: str, nonce: str | None) -> str:
    """``at_hash`` is of the access token (Core 3.1.3.6); ``nonce`` comes back where the client sent one."""
    issued = int(running.org.clock.now().timestamp())
    digest = hashlib.sha256(access_token.encode()).digest()[:16]
    claims: dict[str, Any] = {
        "at_hash": base64.urlsafe_b64encode(digest).decode().rstrip("="),
        "sub": subject,
        "aud": client_id,
        "iss": running.instance_url(),
        "exp": issued + _LIFETIME,
        "iat": issued,
    }
    return running.signer.sign(claims if nonce is None else claims | {"nonce": nonce})
