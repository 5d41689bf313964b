"""What concerns several keys of [alerts]: logins without a password, tiers that do not exist, open mail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from syncd.config.document import Flaw, tables
from syncd.config.flaws import did_you_mean
from syncd.config.scalars import show
from syncd.core.hosts import is_this_machine

Data = Mapping[str, Any]


def alert_flaws(data: Data) -> Iterator[Flaw]:
    """Every complaint about several keys of one channel."""
    tiers = [name for _, table in tables(data, "qualify", "tiers") for name in table]
    for name in ("email", "slack", "webhook"):
        for where, channel in tables(data, "alerts", name):
            for n, tier in enumerate(_texts(channel.get("tiers"))):
                if tier not in tiers:
                    fix = did_you_mean(tier, tiers) if tiers else "Name them in [qualify]: tiers = { hot = 90 }."
                    yield Flaw((*where, "tiers", n), f"[qualify] has no tier {show(tier)}.", fix)
            if "digest" in channel and "hours" in channel:
                sentence = "`digest` and `hours` both say when to speak."
                yield Flaw((*where, "digest"), sentence, "Leave one of them out.")
    for where, mail in tables(data, "alerts", "email"):
        yield from _mail((*where,), mail)


def _mail(where: tuple[Any, ...], mail: Data) -> Iterator[Flaw]:
    if ("user" in mail) != ("password" in mail):
        lacks, has = ("password", "user") if "user" in mail else ("user", "password")
        yield Flaw((*where, has), f"`{has}` without `{lacks}`.", "A login needs both.")
    server = mail.get("server")
    if isinstance(server, str):
        host, port = split(server)
        if port is None:
            yield Flaw(
                (*where, "server"), f"{show(server)} has no port that is a number.", 'Write "smtp.acme.example:587".'
            )
        elif mail.get("security") == "none" and not is_this_machine(host):
            yield Flaw(
                (*where, "security"), "would send briefs and the password unencrypted.", 'Write "starttls" or "tls".'
            )
    for n, address in enumerate(_texts(mail.get("to"))):
        if address != "owner" and "@" not in address:
            yield Flaw(
                (*where, "to", n),
                f"{show(address)} is no e-mail address.",
                'Write an address, or "owner" for the owner.',
            )
    sender = mail.get("from")
    if isinstance(sender, str) and "@" not in sender:
        yield Flaw((*where, "from"), f"{show(sender)} is no e-mail address.")


def split(server: str) -> tuple[str, int | None]:
    """Host and port of "smtp.acme.example:587"; 587 where none is said, None where it is no number."""
    host, colon, port = server.rpartition(":")
    if not colon or server.endswith("]"):
        return server, 587
    return host, int(port) if port.isascii() and port.isdecimal() and 0 < int(port) < 65536 else None


def _texts(value: object) -> list[str]:
    return [text for text in value if isinstance(text, str)] if isinstance(value, list) else []
