"""Telling people, over real SMTP and HTTP: once each, over failures and crashes too."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from syncd.alerts import announce, rehearse
from syncd.config.secrets import Secret
from syncd.config.settings import AlertsConfig, MailConfig, SlackConfig, WebhookConfig
from syncd.core.alerts import LEAD, OWNER, PROBLEM, Channel
from syncd.ledger import alerts, journal
from syncd.sync.story import explain
from tests.alerts.killed import each_delivered_lead_is_told_once, killed_while_it_tells
from tests.cli.place import Place, running
from tests.loopback.receiver import Receiver
from tests.sync.house import House

ANNA = "anna.koehler@syncd.example"


class AnyPort(Controller):
    """aiosmtpd's own looks for itself at the port that it was told, which is 0 here."""

    def _trigger_server(self) -> None:
        assert self.server is not None
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


class Mailbox:
    """A mail server that keeps what it takes; it answers with `refuse` instead while that is set."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.refuse = ""
        self._server = AnyPort(self, hostname="127.0.0.1", port=0)
        self._server.start()
        self.port = self._server.port

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.refuse:
            return self.refuse
        self.letters.append(message_from_bytes(envelope.content, policy=default))  # type: ignore[arg-type]
        return "250 taken"

    def close(self) -> None:
        self._server.stop()


@dataclass
class Desk:
    """A house whose syncs tell people."""

    house: House
    config: AlertsConfig

    def sync(self) -> dict[str, int]:
        report = self.house.sync()
        return announce(
            self.house.ledger, self.config, self.house.rules, report.now, lambda ref: f"https://crm.example/{ref.id}"
        )

    def waits(self) -> dict[str, int]:
        return alerts.counts(self.house.ledger)


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    yield box
    box.close()


@pytest.fixture
def hook() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def by_mail(box: Mailbox, **channel: Any) -> AlertsConfig:
    mail = MailConfig("127.0.0.1", box.port, "none", "syncd@acme.example", "", None)
    return AlertsConfig((Channel("email", **{"to": (OWNER,)} | channel),), mail=mail)


def by_hook(receiver: Receiver, **channel: Any) -> AlertsConfig:
    webhook = WebhookConfig(f"{receiver.base}/syncd", Secret("env", "S", Path(), {"S": "whsec-for-tests"}))
    return AlertsConfig((Channel("webhook", **channel),), webhook=webhook)


def by_slack(receiver: Receiver, **channel: Any) -> AlertsConfig:
    url = Secret("env", "U", Path(), {"U": f"{receiver.base}/services/T0/B0/x"})
    return AlertsConfig((Channel("slack", **channel),), slack=SlackConfig(url))


# ---------------------------------------------------------------- a new lead
def test_S1_4_S1_8_the_owner_gets_one_mail_with_the_brief_and_a_link_to_the_record(mailbox: Mailbox) -> None:
    desk = Desk(House(), by_mail(mailbox))
    desk.house.contact("ada")
    assert desk.sync() == {"email": 1}
    (letter,) = mailbox.letters
    (lead,) = desk.house.leads()
    assert (letter["To"], letter["From"]) == (ANNA, "syncd@acme.example")
    assert letter["Subject"] == "Warm lead: Ada Lovelace (Ada Works), score 84"
    body = letter.get_content()
    assert "WHO" in body
    assert "Next step: " in body
    assert f"https://crm.example/{lead.ref.id}" in body
    for _ in range(3):
        desk.house.wait(minutes=30)
        assert desk.sync() == {}
    assert len(mailbox.letters) == 1
    (told,) = explain(desk.house.ledger, desk.house.rules, 1)["handoffs"]
    assert [(a["channel"], a["to"], a["state"]) for a in told["alerts"]] == [("email", ANNA, "sent")]
    assert told["alerts"][0]["sent"] >= told["delivered"]
    assert "Next step" not in desk.house.ledger.value("SELECT body FROM alert"), "the brief is not kept twice"


def test_S1_8_nobody_is_told_before_the_owner_was_verified(mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk(House(), by_mail(mailbox))
    desk.house.contact("ada")
    with monkeypatch.context() as broken:
        broken.setattr("syncd.sync.apply.Applier._verify_owners", lambda self: None)
        assert desk.sync() == {}
    assert desk.sync() == {"email": 1}


def test_each_owner_gets_their_own_leads(mailbox: Mailbox) -> None:
    desk = Desk(House(), by_mail(mailbox))
    for n in range(4):
        desk.house.contact(f"lead{n}")
    desk.sync()
    assert Counter(letter["To"] for letter in mailbox.letters) == {ANNA: 2, "jonas.weiss@syncd.example": 2}
    assert len({letter["Message-ID"] for letter in mailbox.letters}) == 4


def test_a_new_channel_tells_nothing_of_the_past_and_a_new_ledger_neither(mailbox: Mailbox) -> None:
    desk = Desk(House(), by_mail(mailbox))
    desk.house.contact("ada")
    desk.house.sync()
    desk.house.wait(hours=1)
    assert desk.sync() == {}
    desk.house.contact("bob")
    assert desk.sync() == {"email": 1}
    desk.house.ledger = type(desk.house.ledger).memory()
    for _ in range(3):
        assert desk.sync() == {}
    assert len(mailbox.letters) == 1


def test_a_ledger_put_back_from_before_tells_nothing_twice(mailbox: Mailbox) -> None:
    desk = Desk(House(), by_mail(mailbox))
    desk.sync()
    before = desk.house.ledger.fork()
    desk.house.contact("ada")
    assert desk.sync() == {"email": 1}
    desk.house.settle_down()
    desk.house.ledger = before
    for _ in range(3):
        assert desk.sync() == {}
    (found,) = explain(before, desk.house.rules, 1)["handoffs"]
    assert found["entry"] == "adopted"
    assert len(mailbox.letters) == 1


def test_hostile_names_break_no_header_and_no_markup(mailbox: Mailbox, hook: Receiver) -> None:
    both = replace(by_mail(mailbox), slack=by_slack(hook).slack)
    both = replace(both, channels=(*both.channels, Channel("slack")))
    desk = Desk(House(), both)
    desk.house.contact("eve", lastname="<!channel>\r\nBcc: all@acme.example", company="A & B <https://evil.example|x>")
    desk.sync()
    (letter,) = mailbox.letters
    assert letter["Bcc"] is None
    assert letter["To"] == ANNA
    (delivery,) = hook.deliveries
    text = json.loads(delivery.body)["text"]
    assert "<!channel>" not in text
    assert "&lt;!channel&gt;" in text
    assert text.count("<https://") == 1, "our own link"


# ---------------------------------------------------------------- hours and digests
def test_outside_the_hours_an_alert_waits(mailbox: Mailbox) -> None:
    desk = Desk(House(), by_mail(mailbox, hours=(time(13), time(18))))  # it is 9 o'clock
    desk.house.contact("ada")
    assert desk.sync() == {}
    assert desk.waits() == {"waiting": 1}
    desk.house.wait(hours=3, minutes=58)
    assert desk.sync() == {}
    desk.house.wait(minutes=5)
    assert desk.sync() == {"email": 1}


def test_a_digest_has_everything_of_a_day(hook: Receiver) -> None:
    desk = Desk(House(), by_slack(hook, digest=time(17)))
    for name in ("ada", "bob"):
        desk.house.contact(name)
        assert desk.sync() == {}
        desk.house.wait(hours=2)
    desk.house.wait(hours=5)
    assert desk.sync() == {"slack": 1}
    (delivery,) = hook.deliveries
    text = json.loads(delivery.body)["text"]
    assert text.startswith("*syncd: 2 new leads*")
    assert "Ada Lovelace" in text
    assert "Bob Lovelace" in text


# ---------------------------------------------------------------- problems
def test_a_problem_is_told_once_and_again_when_it_comes_back(hook: Receiver) -> None:
    desk = Desk(House(), by_hook(hook, events=(PROBLEM,)))
    desk.sync()
    two = [desk.house.salesforce.person("Lead", {"Email": "ada@ada-works.example", "LastName": "L"}) for _ in range(2)]
    desk.house.contact("ada")
    desk.sync()
    desk.house.wait(minutes=30)
    desk.sync()
    assert [a["kind"] for d in hook.deliveries for a in json.loads(d.body)["alerts"]] == ["ambiguous_match"]
    desk.house.wait(minutes=5)
    desk.house.salesforce.edit(two[0], Email="other@ada-works.example")
    desk.sync()
    assert journal.problems(desk.house.ledger) == []
    desk.house.salesforce.person("Lead", {"Email": "bob@bob-works.example", "LastName": "L"})
    desk.house.wait(minutes=5)
    with desk.house.ledger.tx() as conn:
        for subject in ("a", "a"):
            journal.report(conn, [problem("rejected", subject)], desk.house.time)
    desk.sync()
    with desk.house.ledger.tx() as conn:
        journal.resolve(conn, desk.house.time, kinds=["rejected"])
    desk.house.wait(minutes=5)
    with desk.house.ledger.tx() as conn:
        journal.report(conn, [problem("rejected", "a")], desk.house.time)
    desk.sync()
    kinds = [a["kind"] for d in hook.deliveries for a in json.loads(d.body)["alerts"]]
    assert kinds == ["ambiguous_match", "rejected", "rejected"]


def test_a_problem_that_was_told_costs_later_syncs_no_transaction(hook: Receiver) -> None:
    desk = Desk(House(), by_hook(hook, events=(PROBLEM,)))
    desk.sync()
    with desk.house.ledger.tx() as conn:
        journal.report(conn, [problem("rejected", "a")], desk.house.time)
    desk.sync()
    report = desk.house.sync()
    asked: list[str] = []
    desk.house.ledger.conn.set_trace_callback(asked.append)
    assert announce(desk.house.ledger, desk.config, desk.house.rules, report.now, lambda ref: "") == {}
    desk.house.ledger.conn.set_trace_callback(None)
    assert {statement.split()[0] for statement in asked} == {"SELECT"}
    assert len(hook.deliveries) == 1


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1.evil.example/x", "http://localhost@evil.example/x", "http://evil.example/x", "ftp://a/x"],
)
def test_slack_is_told_nothing_at_an_open_address(hook: Receiver, address: str) -> None:
    config = replace(by_slack(hook), slack=SlackConfig(Secret("env", "U", Path(), {"U": address})))
    ((_, error),) = rehearse(config, House().time)
    assert error is not None
    assert error.sentence == "The address of [alerts.slack] is not one of https."


def problem(kind: str, subject: str) -> Any:
    from syncd.core.types import Problem

    return Problem(kind, subject, "Something is refused.", "Mend it.")


# ---------------------------------------------------------------- failures
def test_a_channel_that_fails_is_a_problem_is_told_elsewhere_and_catches_up(mailbox: Mailbox, hook: Receiver) -> None:
    config = by_mail(mailbox)
    config = replace(config, channels=(*config.channels, Channel("webhook", (PROBLEM,))), webhook=by_hook(hook).webhook)
    desk = Desk(House(), config)
    mailbox.refuse = "451 come back later"
    desk.house.contact("ada")
    desk.sync()
    (found,) = journal.problems(desk.house.ledger)
    assert (found["kind"], found["subject"]) == ("alert_failed", "email")
    assert found["sentence"] == "The mail server refuses the message (451)."
    desk.sync()
    assert [a["kind"] for d in hook.deliveries for a in json.loads(d.body)["alerts"]] == ["alert_failed"]
    mailbox.refuse = ""
    desk.house.wait(minutes=2)
    assert desk.sync()["email"] == 1
    assert journal.problems(desk.house.ledger) == []
    assert len(mailbox.letters) == 1
    assert len(desk.house.leads()) == 1, "the handoff never waited"


def test_what_is_never_taken_is_given_up(mailbox: Mailbox) -> None:
    desk = Desk(House(), by_mail(mailbox))
    desk.house.contact("ada")
    mailbox.refuse = "550 no"
    desk.sync()
    for _ in range(11):
        desk.house.wait(hours=5)
        desk.sync()
    assert desk.waits() == {"failed": 1}


@pytest.mark.parametrize("break_it", ["refused", "no_server", "secret"])
def test_an_error_shows_neither_secret_nor_person(hook: Receiver, break_it: str) -> None:
    config = by_slack(hook)
    if break_it == "refused":
        hook.statuses.append(403)
    elif break_it == "no_server":
        config = replace(
            config, slack=SlackConfig(Secret("env", "U", Path(), {"U": "http://127.0.0.1:9/services/T0/B0/x"}))
        )
    else:
        config = replace(config, slack=SlackConfig(Secret("env", "U", Path(), {})))
    desk = Desk(House(), config)
    desk.house.contact("ada")
    desk.sync()
    (found,) = journal.problems(desk.house.ledger)
    assert found["kind"] == "alert_failed"
    assert "services" not in found["sentence"] + found["fix"]
    assert "ada" not in (found["sentence"] + found["fix"]).lower()


def test_the_webhook_is_signed(hook: Receiver) -> None:
    desk = Desk(House(), by_hook(hook))
    desk.house.contact("ada")
    desk.sync()
    (delivery,) = hook.deliveries
    ident, stamp = delivery.headers["webhook-id"], delivery.headers["webhook-timestamp"]
    expected = hmac.new(b"whsec-for-tests", f"{ident}.{stamp}.".encode() + delivery.body, hashlib.sha256).digest()
    assert delivery.headers["webhook-signature"] == "v1," + base64.b64encode(expected).decode()
    body = json.loads(delivery.body)
    assert body["id"] == ident
    (alert,) = body["alerts"]
    assert (alert["event"], alert["owner"], alert["handoff"]) == (LEAD, ANNA, 1)


def test_every_channel_can_be_tried(mailbox: Mailbox, hook: Receiver) -> None:
    config = replace(by_mail(mailbox), slack=by_slack(hook).slack)
    config = replace(config, channels=(*config.channels, Channel("slack")))
    hook.statuses.append(404)
    done = list(rehearse(config, House().time))
    assert [(by, error.sentence if error else None) for by, error in done] == [
        ("email", None),
        ("slack", "Slack answers 404."),
    ]
    assert mailbox.letters[0]["To"] == "syncd@acme.example"


# ---------------------------------------------------------------- crashes
def test_S1_8_what_a_crash_left_on_its_way_goes_again_under_the_same_id(
    mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Died(BaseException):
        pass

    def dies(*_: Any) -> None:
        raise Died

    desk = Desk(House(), by_mail(mailbox))
    for name in ("ada", "bob"):
        desk.house.contact(name)
    with monkeypatch.context() as broken:
        broken.setattr("syncd.ledger.alerts.sent", dies)
        with pytest.raises(Died):
            desk.sync()
    assert len(mailbox.letters) == 1
    assert desk.sync() == {"email": 2}
    ids = Counter(letter["Message-ID"] for letter in mailbox.letters)
    assert sorted(ids.values()) == [1, 2]


def test_a_message_that_is_sent_again_takes_nothing_new_along(hook: Receiver) -> None:
    """Its id stands for what is in it: a receiver that took the first copy drops the second."""
    desk = Desk(House(), by_hook(hook, digest=time(9, 30)))
    for name in ("ada", "bob"):
        desk.house.contact(name)
    desk.sync()
    desk.house.wait(minutes=40)
    hook.statuses.append(503)
    desk.sync()
    desk.house.contact("eve")
    desk.sync()
    desk.house.wait(days=1)
    assert desk.sync() == {"webhook": 2}
    sent = [(d.headers["webhook-id"], len(json.loads(d.body)["alerts"])) for d in hook.deliveries]
    assert sent == [sent[0], sent[0], (sent[2][0], 1)]
    assert sent[0][1] == 2


@pytest.fixture
def stage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Place]:
    with running() as sandbox:
        yield Place(tmp_path, sandbox, capsys)


@pytest.mark.process
def test_S1_8_a_real_process_killed_between_sending_and_knowing(
    stage: Place, hook: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOK", "whsec-for-tests")
    config = stage.config.read_text()
    stage.config.write_text(f'{config}\n[alerts.webhook]\nurl = "{hook.base}/syncd"\nsecret = {{ env = "HOOK" }}\n')
    stage.syncd("plan", "--out", "plan.json")
    killed_while_it_tells(stage, hook, "apply", "plan.json")
    each_delivered_lead_is_told_once(stage, hook)
    again = Counter(d.headers["webhook-id"] for d in hook.deliveries)
    assert sorted(again.values())[-1] == 2, "the one that was on its way"
    assert sum(n > 1 for n in again.values()) == 1
