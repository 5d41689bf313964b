"""How an application asks its transport to drop the connection."""

from __future__ import annotations


class Hangup(ConnectionResetError):
    """Raised inside the WSGI call or while its body is read: drop the connection with RST.

    Raised before the first body byte, nothing at all is sent, not even the status line.
    """
