"""Status lines, also of statuses no registry knows: edges and vendors answer those too."""

from __future__ import annotations

from http import HTTPStatus

# Used by Salesforce (420), HubSpot (477) and the network in front of both [sheets 2.5, 9].
_UNREGISTERED = {
    420: "Enhance Your Calm",
    477: "Migration in Progress",
    520: "Web Server Returned an Unknown Error",
    521: "Web Server Is Down",
    522: "Connection Timed Out",
    523: "Origin Is Unreachable",
    524: "A Timeout Occurred",
    525: "SSL Handshake Failed",
    526: "Invalid SSL Certificate",
}
_CLASSES = {2: "Success", 3: "Redirection", 4: "Client Error", 5: "Server Error"}
_PHRASES = {status.value: status.phrase for status in HTTPStatus} | _UNREGISTERED


def status_line(status: int) -> str:
    """``"503 Service Unavailable"``; an unknown status is called by its class."""
    return f"{status} {_PHRASES.get(status) or _CLASSES.get(status // 100, 'Unknown')}"


def is_final(status: int) -> bool:
    """A status that ends a request: three digits, and not one of the 1xx."""
    return 200 <= status <= 999


def has_body(status: int) -> bool:
    """204 and 304 end with the headers and announce no length (RFC 9112, 6.3)."""
    return status not in (204, 304)
