"""Secrets are named, read when needed, and shown nowhere."""

from __future__ import annotations

import dataclasses
import os
import pickle
import sys
from pathlib import Path

import pytest
from config_workshop import ENVIRON

from syncd.config import Secret
from syncd.config.secrets import is_token, looks_secret
from syncd.core.errors import ConfigError

CANARY = "pat-na1-0c4na2y1-0000-4000-8000-c0ffee15bad5"
NAMED = 'Name where it comes from: { env = "NAME" }, { file = "path" } or { command = ["program"] }'


def test_secrets_are_revealed_from_all_three_sources(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("from-file\n")
    (tmp_path / "token").chmod(0o600)
    command = (sys.executable, "-c", "print('from-command')")
    assert Secret("env", "TOKEN", environ={"TOKEN": "from-env"}).reveal() == "from-env"
    assert Secret("file", "token", tmp_path).reveal() == "from-file"
    assert Secret("command", command, tmp_path, environ=dict(os.environ)).reveal() == "from-command"


def test_a_rotated_secret_is_seen_at_once(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.touch(0o600)
    secret = Secret("file", "token", tmp_path)
    for value in ("old", "new"):
        file.write_text(value)
        assert secret.reveal() == value


def test_a_private_key_may_have_lines(tmp_path: Path) -> None:
    key = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"
    assert Secret("env", "KEY", environ={"KEY": key + "\n"}).reveal() == key


@pytest.mark.parametrize(
    ("prepare", "sentence"),
    [
        (None, "the secret file token does not exist. Create it: (umask 077; cat > token)."),
        (
            lambda p: (p.write_text("x"), p.chmod(0o640)),
            "the secret file token can be read by others (mode 0640). Run: chmod 600 token",
        ),
        (lambda p: (p.touch(0o600),), "the secret file token is empty."),
        (lambda p: (p.mkdir(),), "the secret file token is not a regular file."),
        (lambda p: (os.mkfifo(p, 0o600),), "the secret file token is not a regular file."),
        (lambda p: (p.touch(0o600), p.write_bytes(b"\xff")), "the secret file token is not UTF-8 text."),
        (
            lambda p: (p.touch(0o600), p.write_text("a\r\nX-Evil: b")),
            "the secret file token holds more than one line or control characters. "
            "It must hold the secret and nothing else.",
        ),
    ],
    ids=["missing", "open to others", "empty", "folder", "pipe", "binary", "two lines"],
)
def test_a_secret_file_that_cannot_be_used(tmp_path: Path, prepare, sentence: str) -> None:
    if prepare:
        prepare(tmp_path / "token")
    with pytest.raises(ConfigError) as caught:
        Secret("file", "token", tmp_path).reveal()
    assert str(caught.value) == sentence


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("no-such-program-here",), "cannot be run: No such file or directory."),
        ((sys.executable, "-c", f"print('{CANARY}'); raise SystemExit(3)"), "failed (exit status 3)."),
        ((sys.executable, "-c", ""), "is empty."),
    ],
)
def test_a_secret_command_that_cannot_be_used(tmp_path: Path, command: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Secret("command", command, tmp_path, environ=dict(os.environ)).reveal()
    assert sentence in str(caught.value)
    assert CANARY not in str(caught.value)


# ---------------------------------------------------------------- literals are refused
@pytest.mark.parametrize("literal", [CANARY, "short", "00D5g000004XXXX!AQcAQH0dMHZfz972Szmpkb58urFRkgeBGsxL"])
def test_a_literal_secret_is_refused_and_not_shown(shop, literal: str) -> None:
    shop.config(('{ env = "SYNCD_HUBSPOT_TOKEN" }', f'"{literal}"'))
    assert shop.complaints() == [
        f"config.toml:6: `token` holds the secret itself. {NAMED}; and replace the secret, for it stood in a file."
    ]


@pytest.mark.parametrize(
    "source", [f'{{ env = "{CANARY}" }}', f'{{ file = "{CANARY}" }}', f'{{ command = ["{CANARY}"] }}']
)
def test_a_secret_in_the_place_of_a_name_is_refused_and_not_shown(shop, source: str) -> None:
    shop.config(('{ env = "SYNCD_HUBSPOT_TOKEN" }', source))
    assert shop.complaints() == [f"config.toml:6: `token` holds the secret itself where a name belongs. {NAMED}."]


def test_a_token_anywhere_is_refused_and_not_shown(shop) -> None:
    shop.config(('"ruth@acme.example"', f'"{CANARY}"'), ("[hubspot]", f'[hubspot]\nversion = "{CANARY}"'))
    shop.mapping("hubspot", ('remote = "phone"', f'remote = "{CANARY}"'))
    said = shop.complaints()
    advice = "Take it out, and replace it in the system it belongs to, for it stood in a file."
    assert said == [
        "config.toml:6: `version` is a hidden text; it must look like ^(v3|20[0-9]{2}-(03|09))$.",
        f"config.toml:6: `version` holds what looks like a secret. {advice}",
        f"config.toml:33: `fallback` holds what looks like a secret. {advice}",
        f"maps/hubspot.toml:{shop.line('hubspot', CANARY)}: `remote` holds what looks like a secret. {advice}",
    ]


def test_names_that_are_no_secrets(shop) -> None:
    """Ordinary long words of configurations and mappings are left alone."""
    for text in (
        "hs_lifecyclestage_marketingqualifiedlead_date", "https://acme--uat2024.sandbox.my.salesforce.com",
        "america_slash_argentina_slash_buenos_aires", "/run/credentials/syncd.service/hubspot",
        "anna.koehler@syncd.example", "SYNCD_SALESFORCE_CLIENT_SECRET_2", "Inbound Triage 2026 second half of year",
    ):  # fmt: skip
        assert not is_token(text), text
        assert not looks_secret(text), text


# ---------------------------------------------------------------- resolving
def test_an_unset_variable_is_a_complaint_with_its_line(shop) -> None:
    environ = {**ENVIRON}
    del environ["SYNCD_SALESFORCE_CLIENT_SECRET"]
    assert shop.complaints(environ) == [
        "config.toml:11: the environment variable SYNCD_SALESFORCE_CLIENT_SECRET is not set. "
        "Set it (export SYNCD_SALESFORCE_CLIENT_SECRET=…), or name another source."
    ]
    assert shop.complaints(environ, resolve=False) == []


def test_the_secrets_of_an_unused_connection_are_not_asked_for(shop) -> None:
    shop.config(('crm = "salesforce"', 'crm = "hubspot"'))
    config = shop.load({"SYNCD_HUBSPOT_TOKEN": "x"})
    assert config.salesforce is None
    assert config.rules.one_system


def test_secret_files_are_relative_to_the_configuration(shop, monkeypatch) -> None:
    shop.config(('{ env = "SYNCD_HUBSPOT_TOKEN" }', '{ file = "hubspot.token" }'))
    (shop.folder / "hubspot.token").touch(0o600)
    (shop.folder / "hubspot.token").write_text("secret")
    monkeypatch.chdir("/")
    assert shop.load().hubspot.token.reveal() == "secret"


def test_no_secret_in_repr_str_or_equality(shop) -> None:
    config = shop.load()
    shown = f"{config!r} {config} {config.hubspot!r} {config.salesforce!r}"
    assert "Secret(env SYNCD_HUBSPOT_TOKEN)" in shown
    for value in ENVIRON.values():
        assert value not in shown
    assert config.hubspot.token.reveal() == ENVIRON["SYNCD_HUBSPOT_TOKEN"]


def test_a_secret_carries_no_copy_of_the_environment_into_dumps(shop) -> None:
    """Whoever dumps a configuration (a log, a support bundle, pickle) must not dump the environment with it."""
    config = shop.load()
    dumped = repr(dataclasses.asdict(config.hubspot))
    assert not any(value in dumped for value in ENVIRON.values())
    with pytest.raises(TypeError):
        pickle.dumps(config.hubspot.token)
