"""No secret reaches an output, a log, the ledger or a plan; no personal data reaches a log."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.loopback.hubspot import TokenGrant
from connectors.loopback.world import setup
from syncd import logs
from tests.cli.place import Place

CANARY = "pat-eu1-canary0000-4444-cccc-aaaa-777777777777"
SECRETS = (CANARY, setup.CLIENT_SECRET, setup.INTEGRATION_TOKEN)


@pytest.fixture
def marked(own: Place) -> Place:
    own.sandbox.hubspot.settings.tokens[CANARY] = TokenGrant()
    (own.folder / "syncd.hubspot_token").write_text(CANARY)
    own.edit('log = "info"', 'log = "debug"')
    return own


def files(folder: Path) -> list[Path]:
    """Everything that syncd wrote: all but the secret files themselves."""
    secret = ("syncd.hubspot_token", "syncd.salesforce_client_id", "syncd.salesforce_client_secret")
    return [file for file in folder.iterdir() if file.name not in secret]


def test_a_secret_is_nowhere_at_the_loudest_level(marked: Place) -> None:
    told = []
    for args in (
        ["check"], ["check", "--json"], ["plan", "--out", "plan.json", "--details"], ["apply", "plan.json"], ["sync", "--json"],
        ["status"], ["handoffs"], ["problems"], ["undo", "1"], ["undo", "1", "--apply"],
    ):  # fmt: skip
        ran = marked.syncd(*args)
        assert ran.code in (0, 1), (args, ran.err)
        told.append(ran.out + ran.err)
    session = {row for row in ("\n".join(told)).split() if row.startswith("00D") and "!" in row}
    assert not session
    for secret in SECRETS:
        assert not [text for text in told if secret in text]
        assert not [file.name for file in files(marked.folder) if secret.encode() in file.read_bytes()]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502])
@pytest.mark.parametrize("system", ["hubspot", "salesforce"])
def test_nor_when_a_system_answers_with_it(marked: Place, system: str, status: int) -> None:
    """A proxy or a careless server repeats the request's headers in its error page."""
    body = {"status": "error", "message": f"Bad token {CANARY} {setup.CLIENT_SECRET}", "category": CANARY}
    marked.fault(system, path="", status=status, body=body)
    ran = marked.syncd("check" if status < 429 else "plan")
    assert ran.code == 3, ran.out
    assert not [secret for secret in SECRETS if secret in ran.out + ran.err]
    assert "Traceback" not in ran.err


def test_an_address_is_in_no_log(marked: Place) -> None:
    marked.edit('log = "debug"', 'log = "info"')
    for args in (["plan", "--out", "plan.json", "--json"], ["apply", "plan.json", "--json"], ["sync", "--json"]):
        ran = marked.syncd(*args)
        assert "@" not in ran.err


@pytest.mark.parametrize("as_json", [True, False])
def test_what_the_log_refuses_to_say(as_json: bool, capsys: pytest.CaptureFixture[str]) -> None:
    import structlog

    logs.configure("debug", json=as_json)
    log = structlog.get_logger("t")
    log.info("seen", token="a-secret", who="ada@acme.example", deep={"client_secret": "b-secret", "list": [CANARY]})
    logging.getLogger("vendor").warning("Authorization: Bearer %s for %s", "c.secret.d", "ada@acme.example")
    try:
        raise ValueError(f"{CANARY} of ada@acme.example")
    except ValueError:
        log.exception("failed")
    told = capsys.readouterr().err
    assert "ValueError" in told
    for word in ("a-secret", "b-secret", "c.secret.d", CANARY, "ada@acme.example"):
        assert word not in told


@settings(max_examples=300)
@given(st.text(alphabet="ab.+-@ é", max_size=40))
def test_every_address_is_masked_as_a_search_letter_by_letter_would(text: str) -> None:
    masked = logs.redact(None, "", {"said": text})["said"]
    assert masked == re.sub(r"[\w.+%-]+@[\w-]+(?:\.[\w-]+)+", "[e-mail]", text)


def test_a_long_text_is_no_stop_for_a_log_line() -> None:
    """Of quadratic cost these would take hours."""
    text = "x" * 2_000_000
    assert logs.redact(None, "", {"said": text})["said"] == text
    assert logs.redact(None, "", {"said": f"{text} ann@acme.example"})["said"] == f"{text} [e-mail]"
