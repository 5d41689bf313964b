"""Where requests may go: one origin, and paths into which nothing can climb."""

from __future__ import annotations

import ipaddress
from urllib.parse import quote, urlsplit

from syncd.core.errors import Complaint, ConfigError


def origin(url: str) -> str:
    """`scheme://host[:port]` of a base URL; ConfigError unless https, or http to this machine."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigError([Complaint("The url is not a URL.")]) from None
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise ConfigError([Complaint("The url must look like https://host and no more.")])
    if parts.path not in ("", "/"):
        raise ConfigError([Complaint(f"The url {host} must not have a path.", fix="Remove it.")])
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise ConfigError([Complaint(f"The url to {host} must be https.", fix="http is only for this machine.")])
    shown = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{shown}" + (f":{port}" if port is not None else "")


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def path(template: str, *parts: str) -> str:
    """The template with each `{}` filled by one quoted segment; ValueError for what is no segment.

    A part never adds a slash, a query or a host, and never climbs: "." and ".." are no ids.
    """
    for part in parts:
        if part.strip(". \t\r\n") == "" or "\x00" in part:
            raise ValueError("an empty or dotted text is not an id")
    return template.format(*(quote(part, safe="", errors="replace") for part in parts))
