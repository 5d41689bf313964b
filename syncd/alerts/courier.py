"""Queue what is new, send what is due: intent, send, receipt, as for every other write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from syncd.alerts.news import news
from syncd.alerts.post import AlertError, Post, posts
from syncd.alerts.stuck import stuck
from syncd.alerts.words import Link
from syncd.config.settings import AlertsConfig
from syncd.core.alerts import LEAD, STUCK, Alert, Channel, Message, messages, together
from syncd.core.leaks import USUAL, Patience
from syncd.core.retries import wait_after
from syncd.core.rules import Rules
from syncd.core.types import Problem
from syncd.ledger import alerts, journal
from syncd.ledger.alerts import Waiting
from syncd.ledger.store import Store

LATE = timedelta(days=7)
"""Nothing older is news: a channel that comes back after a long time does not tell of last year."""

HOURLY = timedelta(hours=1)

MOST_ATTEMPTS = 12
FAILED = "alert_failed"


def announce(
    store: Store, config: AlertsConfig, rules: Rules, now: datetime, link: Link, patience: Patience = USUAL
) -> dict[str, int]:
    """Tell everybody what is new; messages sent by channel. A channel that fails is tried again later, and is a problem
    meanwhile; it holds nothing else up."""
    told: dict[str, int] = {}
    for channel in config.channels:
        _queue(store, channel, rules, now, link)
        _look_for_leaks(store, channel, rules, now, link, patience)
    ways = posts(config)
    for channel in config.channels:
        if count := _send(store, channel, ways[channel.by], now):
            told[channel.by] = count
    return told


def rehearse(config: AlertsConfig, now: datetime) -> Iterator[tuple[str, AlertError | None]]:
    """Send a test message through every channel: its name, and what went wrong."""
    ways: Mapping[str, Post] = posts(config)
    for channel in config.channels:
        test = Alert(f"test:{now.isoformat()}", LEAD, now, "Test alert of syncd", "This is how alerts arrive.")
        for recipient in [a for a in channel.to if "@" in a] or [config.mail.sender if config.mail else ""]:
            try:
                ways[channel.by].send(together(channel, recipient, [test]), now)
            except AlertError as error:
                yield channel.by, error
            else:
                yield channel.by, None


# ---------------------------------------------------------------- what is new
def _queue(store: Store, channel: Channel, rules: Rules, now: datetime, link: Link) -> None:
    since = _since(store, channel, now)
    fresh = [
        (recipient, channel.due(now), alert)
        for alert in news(store, rules, since, link, channel)
        for recipient in channel.recipients(alert)
    ]
    if fresh:
        with store.tx() as conn:
            alerts.queue(conn, channel.by, fresh)


def _look_for_leaks(
    store: Store, channel: Channel, rules: Rules, now: datetime, link: Link, patience: Patience
) -> None:
    """Those that stand still and of which the channel does not know; once an hour, for this looks at every lead of sales."""
    name = f"stuck:{channel.by}"
    known = journal.get(store, name)
    if STUCK not in channel.events or (known and now - datetime.fromisoformat(known) < HOURLY):
        return
    found = alerts.unknown(store, channel.by, list(stuck(store, rules, patience, now, link)))
    fresh = [(to, channel.due(now), alert) for alert in found for to in channel.recipients(alert)]
    with store.tx() as conn:
        alerts.queue(conn, channel.by, fresh)
        journal.put(conn, name, now.isoformat())


def _since(store: Store, channel: Channel, now: datetime) -> datetime:
    """A channel tells of what happens from its first sync on, not of the past."""
    name = f"alerts:{channel.by}"
    known = journal.get(store, name)
    if known is None:
        known = journal.last_begun(store).isoformat()
        with store.tx() as conn:
            journal.put(conn, name, known)
    return max(datetime.fromisoformat(known), now - LATE)


# ---------------------------------------------------------------- sending
def _send(store: Store, channel: Channel, post: Post, now: datetime) -> int:
    """How many messages went."""
    count = 0
    for message, rows in _outgoing(channel, alerts.ready(store, channel.by, now)):
        with store.tx() as conn:
            alerts.sending(conn, [w.row for w in rows], message.id)
        try:
            post.send(message, now)
        except AlertError as error:
            _failed(store, channel, rows, error, now)
            return count
        with store.tx() as conn:
            alerts.sent(conn, [w.row for w in rows], now)
            journal.resolve_these(conn, now, [(FAILED, channel.by)])
        count += 1
    return count


def _outgoing(channel: Channel, waiting: Sequence[Waiting]) -> Iterator[tuple[Message, Sequence[Waiting]]]:
    """What was on its way goes in the message that it was in; the rest is put together anew."""
    begun: dict[tuple[str, str], list[Waiting]] = defaultdict(list)
    fresh: dict[str, dict[str, Waiting]] = defaultdict(dict)
    for one in waiting:
        if one.message:
            begun[one.recipient, one.message].append(one)
        else:
            fresh[one.recipient][one.alert.key] = one
    for (recipient, _), rows in begun.items():
        yield together(channel, recipient, [w.alert for w in rows]), rows
    for recipient, rows_by_key in fresh.items():
        for message in messages(channel, recipient, [w.alert for w in rows_by_key.values()]):
            yield message, [rows_by_key[alert.key] for alert in message.alerts]


def _failed(store: Store, channel: Channel, rows: Sequence[Waiting], error: AlertError, now: datetime) -> None:
    tries = max(w.attempts for w in rows) + 1
    with store.tx() as conn:
        if tries >= MOST_ATTEMPTS:
            alerts.give_up(conn, [w.row for w in rows])
        else:
            alerts.postpone(conn, [w.row for w in rows], now + wait_after(tries))
        journal.report(conn, [Problem(FAILED, channel.by, error.sentence, error.fix)], now)
