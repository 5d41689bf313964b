"""[alerts]: what a channel is made of, and what is complained about, all at once."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
from config_workshop import ENVIRON

from syncd.core.alerts import Channel
from syncd.core.errors import ConfigError

GOOD = """
[alerts.email]
server = "smtp.acme.example:465"
security = "tls"
from = "syncd <syncd@acme.example>"
to = ["owner", "ops@acme.example"]
tiers = ["hot"]
hours = "08:00-18:00"
days = ["Mon", "Tue"]
timezone = "Europe/Berlin"

[alerts.slack]
url = { env = "SYNCD_HUBSPOT_TOKEN" }
events = ["lead", "problem"]

[alerts.webhook]
url = "https://hooks.acme.example/syncd?team=a"
secret = { env = "SYNCD_HUBSPOT_TOKEN" }
digest = "08:30"
"""
BAD = """
[alerts.email]
server = "smtp.acme.example:mail"
from = "syncd"
to = ["owners"]
user = "syncd"
tiers = ["hott"]
hours = "08:00-18:00"
digest = "8:00"

[alerts.slack]
url = "https://hooks.slack.example/services/T0/B0/abcdefghijklmnopqrstuvwx"
event = ["lead"]

[alerts.webhook]
url = "http://hooks.acme.example/syncd"
secret = { env = "NOT_SET_ANYWHERE" }
events = ["leads"]
"""


def add(shop, text: str) -> None:
    file: Path = shop.folder / "config.toml"
    tiers = "[qualify]\ntiers = { hot = 90, warm = 60 }\n"
    file.write_text(file.read_text().replace("[qualify]\n", tiers, 1) + text)


def test_channels_as_the_configuration_says(shop) -> None:
    add(shop, GOOD)
    alerts = shop.load().alerts
    mail, slack, webhook = alerts.channels
    assert mail == Channel(
        "email", ("lead",), ("hot",), ("owner", "ops@acme.example"), (0, 1), (time(8), time(18)), "Europe/Berlin"
    )
    assert slack == Channel("slack", ("lead", "problem"))
    assert webhook == Channel("webhook", digest=time(8, 30))
    assert alerts.mail is not None
    assert (alerts.mail.host, alerts.mail.port, alerts.mail.security) == ("smtp.acme.example", 465, "tls")
    assert alerts.slack is not None
    assert ENVIRON["SYNCD_HUBSPOT_TOKEN"] not in repr(alerts)


def test_without_the_table_nobody_is_told(shop) -> None:
    assert shop.load().alerts.channels == ()


def test_everything_that_is_wrong_is_said_at_once_and_no_secret_is_shown(shop) -> None:
    add(shop, BAD)
    with pytest.raises(ConfigError) as error:
        shop.load()
    said = [str(complaint) for complaint in error.value.complaints]
    for part in (
        '"smtp.acme.example:mail" has no port', '"syncd" is no e-mail address', '"owners" is no e-mail address',
        "`user` without `password`", 'no tier "hott"', "`digest` and `hours`", 'must be a time of day, not "8:00"',
        "holds the secret itself", "`event`", "would send what it tells unencrypted", "NOT_SET_ANYWHERE is not set",
        '"leads"',
    ):  # fmt: skip
        assert any(part in sentence for sentence in said), (part, said)
    assert all(complaint.line for complaint in error.value.complaints)
    assert "abcdefghijklmnopqrstuvwx" not in "".join(said)


@pytest.mark.parametrize(
    ("server", "complaint"),
    [("mail.acme.example:25", True), ("127.0.0.1:25", False), ("localhost:2525", False), ("[::1]:25", False)],
)
def test_open_mail_only_on_this_machine(shop, server: str, complaint: bool) -> None:
    add(shop, f'\n[alerts.email]\nserver = "{server}"\nsecurity = "none"\nfrom = "syncd@acme.example"\n')
    if complaint:
        with pytest.raises(ConfigError, match="unencrypted"):
            shop.load()
    else:
        assert shop.load().alerts.mail.host in ("127.0.0.1", "localhost", "::1")
