"""Opaque cursors, percent-encoded base64 as HubSpot gives them (``"MQ%3D%3D"``, §4.2)."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote, unquote

from connectors.loopback.hubspot.errors import validation


def encode(text: str) -> str:
    return quote(base64.b64encode(text.encode()).decode(), safe="")


def decode(cursor: str) -> str:
    """The text of a cursor, given back encoded once more or not; raises a 400."""
    try:
        return base64.b64decode(unquote(cursor), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise validation(f"{cursor} is not a valid cursor") from None
