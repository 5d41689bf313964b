"""What happens after an answer, or after none: one table, and one policy that carries it out.

                               safe read                  write
ANSWER     2xx, 4xx            to the caller              to the caller
REFUSED    never sent, 429,    again                      again
           423, 477, 503 with
           Retry-After
AMBIGUOUS  lost, 408, 5xx      again                      Unclear
GARBLED    HTML, broken JSON   Unavailable                Unclear
LOGIN      401                 one refresh, then Unauthorized
FORBIDDEN  403                 Unauthorized
USELESS    3xx, 501, TLS       Unavailable
"""

from __future__ import annotations

import enum
import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

from syncd.core.errors import RemoteError, Retryable, Unauthorized, Unavailable, Unclear

if TYPE_CHECKING:
    import tenacity

T = TypeVar("T")

TRIES = 3
PATIENCE = 20.0
LONGEST = 86_400.0
"""HTTP 477 (portal migration) may ask for 24 h; nothing sane asks for more. [D:errors]"""


class Fate(enum.Enum):
    ANSWER = "answer"
    REFUSED = "refused"
    AMBIGUOUS = "ambiguous"
    GARBLED = "garbled"
    LOGIN = "login"
    FORBIDDEN = "forbidden"
    USELESS = "useless"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an attempt came to. `after`: the wait that the server asks for; the texts are ours to show."""

    fate: Fate
    sentence: str = ""
    fix: str = ""
    after: float | None = None


class Again(Exception):
    """Try again: `final` is what to raise when there is no further try."""

    def __init__(self, final: Retryable, after: float | None) -> None:
        self.final, self.after = final, after
        super().__init__(str(final))


def by_status(status: int, after: float | None) -> Verdict:
    """The common reading of an HTTP status; `after` is the parsed Retry-After."""
    match status:
        case 401:
            return Verdict(Fate.LOGIN, "The credentials were refused.")
        case 403:
            return Verdict(Fate.FORBIDDEN, "The credentials do not allow this.")
        case 423:
            return Verdict(Fate.REFUSED, "The record is locked.", after=after or 2.0)
        case 429:
            return Verdict(Fate.REFUSED, "The rate limit is reached.", after=after)
        case 477:
            return Verdict(Fate.REFUSED, "The account is being moved.", after=after or 60.0)
        case 503 if after is not None:
            return Verdict(Fate.REFUSED, "The service asks to wait.", after=after)
        case 501:
            return Verdict(Fate.USELESS, "The service does not know this call.")
        case _ if status == 408 or status >= 500:
            return Verdict(Fate.AMBIGUOUS, f"The service failed with status {status}.", after=after)
        case _ if 300 <= status < 400:
            return Verdict(Fate.USELESS, "The address answers with a redirect.", "Check the url.")
        case _:
            return Verdict(Fate.ANSWER)


def failure(system: str, verdict: Verdict, *, safe: bool) -> RemoteError | Again:
    """The table at the top of this file, for every fate but ANSWER: what to raise."""
    match verdict.fate, safe:
        case (Fate.REFUSED, _) | (Fate.AMBIGUOUS, True):
            after = verdict.after
            final = Retryable(system, verdict.sentence, after=after or 0.0, fix=verdict.fix)
            return Again(final, after)
        case (Fate.AMBIGUOUS | Fate.GARBLED, False):
            sentence = f"{verdict.sentence} The write may or may not have landed."
            return Unclear(system, sentence, fix=verdict.fix)
        case (Fate.LOGIN | Fate.FORBIDDEN, _):
            return Unauthorized(system, verdict.sentence, fix=verdict.fix)
        case _:
            return Unavailable(system, verdict.sentence, fix=verdict.fix)


def persist(
    attempt: Callable[[], T],
    *,
    clock: Callable[[], float],
    sleep: Callable[[float], object],
    rng: random.Random,
) -> T:
    """Run `attempt` until it stops raising Again: ≤ 3 tries, none of which starts after 20 s."""
    import tenacity

    started = clock()

    def wait(state: tenacity.RetryCallState) -> float:
        again = state.outcome.exception() if state.outcome else None
        if isinstance(again, Again) and again.after is not None:
            return again.after + rng.uniform(0.0, 0.25)
        return 0.5 * 2.0 ** (state.attempt_number - 1) * rng.uniform(0.75, 1.25)

    def pause(seconds: float) -> None:
        sleep(seconds)

    def stop(state: tenacity.RetryCallState) -> bool:
        return state.attempt_number >= TRIES or clock() - started + state.upcoming_sleep > PATIENCE

    retrying = tenacity.Retrying(
        sleep=pause,
        wait=wait,
        stop=stop,
        retry=tenacity.retry_if_exception_type(Again),
        reraise=True,
    )
    try:
        return retrying(attempt)
    except Again as again:
        raise again.final from None


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds to wait: a number of seconds, or an HTTP date against the server's `now`.

    None for absent or garbage; never negative, never more than a day.
    """
    if value is None:
        return None
    text = value.strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (TypeError, ValueError, IndexError, OverflowError):
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST)
