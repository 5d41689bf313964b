"""A real process that is killed between sending an alert and knowing that it was taken."""

from __future__ import annotations

import json
import signal
from collections import Counter

from tests.cli.place import Place
from tests.loopback.receiver import Receiver


def killed_while_it_tells(stage: Place, hook: Receiver, *command: str) -> None:
    """The command is killed while the receiver has its first message and does not answer; three more syncs follow."""
    hook.held.clear()
    child = stage.start(*command)
    assert hook.arrived.acquire(timeout=60)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    assert child.returncode == -signal.SIGKILL
    hook.held.set()
    for _ in range(3):
        assert stage.syncd("sync").code in (0, 1)


def each_delivered_lead_is_told_once(stage: Place, hook: Receiver) -> None:
    """As a receiver sees it that drops what bears an id that it knows."""
    told: Counter[str] = Counter()
    for delivery in {d.headers["webhook-id"]: d for d in hook.deliveries}.values():
        told.update(alert["record"] for alert in json.loads(delivery.body)["alerts"])
    listed = stage.syncd("handoffs", "--json", "--limit", "500").json["handoffs"]
    assert set(told) == {h["target"] for h in listed if h["state"] == "delivered"}
    assert set(told.values()) == {1}
