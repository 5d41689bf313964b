"""The signature headers of a delivery, from the app's client secret (§11.3)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterable
from urllib.parse import unquote

VERSIONS = ("v1", "v2", "v3")

# v3 signs the URI with these characters decoded, and no other [D:sig].
_DECODED = re.compile("%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


def v1(secret: str, body: bytes) -> str:
    return hashlib.sha256(secret.encode() + body).hexdigest()


def v2(secret: str, method: str, uri: str, body: bytes) -> str:
    return hashlib.sha256(f"{secret}{method}{uri}".encode() + body).hexdigest()


def v3(secret: str, method: str, uri: str, body: bytes, timestamp: int) -> str:
    """``timestamp`` in epoch milliseconds, as in ``X-HubSpot-Request-Timestamp``."""
    signed = f"{method}{decoded(uri)}".encode() + body + str(timestamp).encode()
    return base64.b64encode(hmac.digest(secret.encode(), signed, "sha256")).decode()


def decoded(uri: str) -> str:
    return _DECODED.sub(lambda found: unquote(found[0]), uri)


def headers(versions: Iterable[str], secret: str, uri: str, body: bytes, timestamp: int) -> dict[str, str]:
    """The headers of a POST; v1 and v2 share one, so at most one of them is sent."""
    found: dict[str, str] = {}
    for version in versions:
        if version == "v3":
            found["X-HubSpot-Request-Timestamp"] = str(timestamp)
            found["X-HubSpot-Signature-v3"] = v3(secret, "POST", uri, body, timestamp)
        else:
            found["X-HubSpot-Signature"] = v1(secret, body) if version == "v1" else v2(secret, "POST", uri, body)
            found["X-HubSpot-Signature-Version"] = version
    return found
