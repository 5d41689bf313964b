"""Hostile ids, secrets, personal data, and the traps of the vendor's package (reliability.md 6; hubspot.md 13)."""

from __future__ import annotations

import logging
import re
import subprocess
import sys
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.hubspot import HubSpotSettings
from connectors.hubspot.values import instant, markup, plain, wire
from syncd.core.errors import RemoteError
from syncd.core.types import Action, Outcome, Raw, Ref, Token, Verb
from tests.connectors.hubspot.portal import TOKEN, URL, Portal

CANARY = "pat-na1-canary-9c1d"
PERSONAL = "ann.canary@example.com"

hostile = st.text(max_size=40) | st.sampled_from(
    ["../../owners", "https://evil.example/x", "1?x=1", "1#", "%2e%2e", "1\n", "١٢٣", "-1", "1.0", " 1", "1 "]
)


# ---------------------------------------------------------------- ids
@pytest.fixture(scope="module")
def portal() -> Portal:
    return Portal()


@settings(deadline=None)
@given(rid=hostile)
def test_an_id_that_is_none_is_never_sent(portal: Portal, rid: str) -> None:
    if re.fullmatch("[0-9]{1,20}", rid):
        return
    connector = portal.connect()
    portal.adapter.exchanges.clear()
    ref = Ref("hubspot", "contacts", rid)
    action = Action("k", "field:x", Verb.UPDATE, ref, {"jobtitle": "X"}, "p", "test")
    fields: dict[str, Raw] = {"from": "1", "person": rid, "person_kind": "contacts"}
    bad_link = Action("l", "link:task", Verb.LINK, Ref("hubspot", "task", ""), fields, "p", "test")
    assert connector.read([ref], ["email"]) == {}
    assert connector.find([Token("person", rid)]) == {Token("person", rid): ()}
    assert connector.send([action])[0].outcome is Outcome.REJECTED
    assert connector.send([bad_link])[0].outcome is Outcome.REJECTED
    assert [a for page in connector.pull("engagements", None, [ref]) for a in page.activities] == []
    assert portal.adapter.exchanges == []


@settings(deadline=None)
@given(kind=hostile, key=hostile)
def test_no_text_changes_where_a_request_goes(portal: Portal, kind: str, key: str) -> None:
    connector = portal.connect()
    portal.adapter.exchanges.clear()
    action = Action(key, "task", Verb.CREATE, Ref("hubspot", kind, ""), {"subject": key}, "p", "test", token=key)
    try:
        connector.find([Token("email", key), Token("task", key), Token(kind, key)])
        connector.send([action])
    except (RemoteError, ValueError):
        pass
    for request, _ in portal.adapter.exchanges:
        assert str(request.url).startswith(f"{URL}/crm/objects/2026-09/")
        assert str(request.url).partition("?")[0].count("/") == 8


# ---------------------------------------------------------------- secrets and people
def test_the_token_is_in_no_repr() -> None:
    settings = HubSpotSettings(token=lambda: CANARY)
    connector = Portal().connect(token=lambda: CANARY)
    for text in (repr(settings), repr(connector), repr(vars(connector)), repr(connector._api._client.config)):
        assert CANARY not in text


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429, 500, 200])
def test_neither_token_nor_person_is_in_an_error_receipt_or_log(status: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    portal = Portal()
    (ref,) = portal.contacts([{"email": "a@example.com"}])
    said = {"message": f"{PERSONAL} {CANARY}", "category": PERSONAL, "errors": [{"message": PERSONAL, "code": CANARY}]}
    body: Any = said if status != 200 else f"<html>{PERSONAL} {CANARY}"
    kind = "application/json" if status != 200 else "text/html"
    portal.fault(method="*", path="/", status=status, body=body, content_type=kind)
    connector = portal.connect(token=lambda: CANARY)
    shown = []
    action = Action("k", "field:x", Verb.UPDATE, ref, {"email": PERSONAL}, "p", "test")
    for attempt in (
        lambda: connector.check([]),
        lambda: list(connector.pull("people", None)),
        lambda: connector.read([ref], ["email"]),
        lambda: connector.find([Token("email", PERSONAL)]),
        lambda: connector.send([replace(action)]),
    ):
        try:
            shown.append(repr(attempt()))
        except RemoteError as error:
            shown += [str(error), repr(error), repr(error.__context__), repr(error.__cause__)]
    everything = "\n".join([*shown, *(r.getMessage() for r in caplog.records if r.name.startswith("syncd"))])
    assert CANARY not in everything
    assert PERSONAL not in everything.replace(f"value='{PERSONAL}'", "")


# ---------------------------------------------------------------- the vendor's package
def test_importing_the_package_loads_no_vendor_library() -> None:
    code = "import sys, connectors.hubspot; print({'hubspot', 'requests', 'tenacity'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_the_client_prints_nothing_and_holds_no_token(capsys: pytest.CaptureFixture[str]) -> None:
    portal = Portal()
    portal.fault(method="GET", path="/contacts", status=500)
    with pytest.raises(RemoteError):
        list(portal.connect().pull("people", None))
    assert capsys.readouterr().out == ""


def test_requests_carry_the_token_ask_for_json_and_name_us() -> None:
    portal = Portal()
    list(portal.connect().pull("people", None))
    headers = portal.adapter.exchanges[0][0].headers
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert headers["Accept"] == "application/json"
    assert "gzip" in headers["Accept-Encoding"]


# ---------------------------------------------------------------- values
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-12T10:00:00Z", "2026-03-12T10:00:00+00:00"),
        ("2026-03-12T10:00:00.123Z", "2026-03-12T10:00:00.123000+00:00"),
        ("1773300826615", "2026-03-12T07:33:46.615000+00:00"),
        ("-1000", "1969-12-31T23:59:59+00:00"),
        ("2026-03-12", "2026-03-12T00:00:00+00:00"),
        ("", None),
        (None, None),
        ("soon", None),
        ("9" * 40, None),
    ],
)
def test_moments(text: str | None, expected: str | None) -> None:
    found = instant(text)
    assert (found.isoformat() if found else None) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        ("", ""),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (70, "70"),
        (70.0, "70"),
        (0.5, "0.5"),
        (1e20, "100000000000000000000"),
        ("x", "x"),
    ],
)
def test_scalars(value: Raw, text: str) -> None:
    assert wire(value) == text


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]) | st.just("\n"), max_size=80))
def test_what_is_written_as_markup_reads_as_the_same_text(text: str) -> None:
    assert plain(markup(text)) == text.strip() or plain(markup(text)) == text
