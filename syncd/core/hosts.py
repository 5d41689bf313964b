"""Which hosts are this machine, so that what goes there may go unencrypted."""

from __future__ import annotations


def is_this_machine(host: str) -> bool:
    """Of a host without its port, an IPv6 address with or without brackets."""
    return host.strip("[]") in ("127.0.0.1", "localhost", "::1")
