"""What happened to a contact over the last days: visits, forms, mailings, talks."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from random import Random

from connectors.loopback.world.instants import DAY_MS, HOUR_MS, MINUTE_MS
from connectors.loopback.world.lexicon import Form, Lexicon, Mailing, Page, between, pick
from connectors.loopback.world.plots import COLD, READY, WARM, Plot

HAND_RAISE_DAYS = 10  # how recent a ready contact's hand raise is at the oldest
OLD_DAYS = 35  # how old one is at the youngest that no longer counts
_TALKS = ("notes", "calls", "emails", "meetings", "tasks")


@dataclass(slots=True)
class View:
    at: int
    page: Page


@dataclass(slots=True)
class Submission:
    at: int
    form: Form
    challenge: str = ""


@dataclass(slots=True)
class MailEvent:
    """``type`` is DELIVERED, OPEN, CLICK or BOUNCE; at most one of each per mailing."""

    at: int
    type: str
    mailing: Mailing


@dataclass(slots=True)
class Talk:
    """A logged engagement; ``kind`` is notes, calls, emails, meetings or tasks."""

    at: int
    kind: str


@dataclass(slots=True)
class Story:
    """Moments in epoch milliseconds, every list oldest first."""

    created: int = 0
    views: list[View] = field(default_factory=list)
    submissions: list[Submission] = field(default_factory=list)
    mails: list[MailEvent] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    visits: int = 0
    opted_out: bool = False

    @property
    def activities(self) -> int:
        return len(self.views) + len(self.submissions) + len(self.mails) + len(self.talks)

    def part(self, begin: int, end: int) -> Story:
        """What happened from ``begin`` on, before ``end``. Between two visits nothing is looked at for half an hour."""
        views = [view for view in self.views if begin <= view.at < end]
        pauses = sum(later.at - view.at > HOUR_MS // 2 for view, later in pairwise(views))
        return Story(
            created=self.created,
            views=views,
            submissions=[form for form in self.submissions if begin <= form.at < end],
            mails=[mail for mail in self.mails if begin <= mail.at < end],
            talks=[talk for talk in self.talks if begin <= talk.at < end],
            visits=1 + pauses if views else 0,
            opted_out=self.opted_out,
        )

    @property
    def last(self) -> int:
        """The last thing that happened, the creation if nothing did."""
        last = self.created
        for events in (self.views, self.submissions, self.mails, self.talks):
            if events and events[-1].at > last:
                last = events[-1].at
        return last


class Stories:
    """Writes one story after the other, all of them before ``now`` (epoch ms).

    With ``ahead`` the stories end on any of so many days after ``now``.
    """

    def __init__(self, words: Lexicon, seed: int, now: int, days: int, ahead: int = 0) -> None:
        self._words = words
        self._dice = Random(f"{seed}:stories")
        self._begin = self._now = now
        self._span = days * DAY_MS
        self._ahead = ahead

    def write(self, plot: Plot) -> Story:
        dice = self._dice
        if self._ahead:
            self._now = self._begin + between(dice, 0, self._ahead * DAY_MS)
        story = Story(opted_out=plot.part == "opted_out" or (plot.part == COLD and dice.random() < 0.06))
        if plot.part == COLD:
            self._cold(story)
        elif plot.part == WARM:
            self._warm(story)
        else:
            self._hand_raise(story, plot.part)
        for events in (story.views, story.submissions, story.mails, story.talks):
            if len(events) > 1:
                events.sort(key=_at)
        story.created = self._created(story)
        return story

    def _hand_raise(self, story: Story, part: str) -> None:
        dice = self._dice
        old = part == "evidence_too_old"
        asked = self._ago(OLD_DAYS, 90) if old else self._ago(0.02, HAND_RAISE_DAYS)
        challenge = pick(dice, self._words.written["challenges"]) if dice.random() < 0.4 else ""
        story.submissions.append(Submission(asked, self._words.hand_raises.draw(dice), challenge))
        if dice.random() < 0.4:
            read = self._before(asked, 20)
            story.submissions.append(Submission(read, self._words.contents.draw(dice)))
        # A long tail: most need a handful of pages, some forty activities.
        busy = 2 + int(dice.paretovariate(1.3)) if part == READY else between(dice, 1, 3)
        for _ in range(min(busy, 9)):
            self._visit(story, self._before(asked, 12), intent=True, pages=between(dice, 1, 3))
        self._visit(story, asked - 4 * MINUTE_MS, intent=True, pages=2)
        if part != "no_way_to_reach":
            for mailing in dice.sample(self._words.mailings, between(dice, 1, 3)):
                self._mail(story, mailing, self._before(asked, 25), opened=True)
        if part == "bounced":
            story.mails.append(MailEvent(asked + HOUR_MS // 6, "BOUNCE", self._words.mailings[0]))
        if dice.random() < 0.15:
            self._talk(story, self._before(asked, 60))

    def _warm(self, story: Story) -> None:
        dice = self._dice
        for _ in range(between(dice, 0, 1) + (dice.random() < 0.3)):
            story.submissions.append(Submission(self._ago(0.5, 1e9), self._words.contents.draw(dice)))
        for _ in range(between(dice, 0, 2)):
            self._visit(story, self._ago(0.1, 1e9), intent=dice.random() < 0.2, pages=between(dice, 1, 2))
        if dice.random() < 0.4:
            mailing = pick(dice, self._words.mailings)
            self._mail(story, mailing, self._ago(1, 1e9), opened=dice.random() < 0.6)
        if dice.random() < 0.12:
            self._talk(story, self._ago(0.2, 1e9))

    def _cold(self, story: Story) -> None:
        dice = self._dice
        luck = dice.random()
        if luck < 0.2:
            self._visit(story, self._ago(0.1, 1e9), intent=False, pages=1)
        elif luck < 0.34:
            mailing = pick(dice, self._words.mailings)
            self._mail(story, mailing, self._ago(1, 1e9), opened=dice.random() < 0.2)
        elif luck < 0.42:
            form = self._words.contents.draw(dice)
            story.submissions.append(Submission(self._ago(0.5, 1e9), form))
        elif luck < 0.46:
            self._talk(story, self._ago(0.2, 1e9))

    def _visit(self, story: Story, start: int, *, intent: bool, pages: int) -> None:
        """One visit: pages a minute or two apart, half an hour and more from any other."""
        dice = self._dice
        while any(abs(view.at - start) < HOUR_MS for view in story.views):
            start -= 2 * HOUR_MS
        if start < self._now - self._span:
            return
        story.visits += 1
        for n in range(pages):
            wanted = intent and dice.random() < 0.7
            page = pick(dice, self._words.intent_pages) if wanted else self._words.pages.draw(dice)
            story.views.append(View(start + n * between(dice, 20_000, 2 * MINUTE_MS), page))

    def _mail(self, story: Story, mailing: Mailing, sent: int, *, opened: bool) -> None:
        story.mails.append(MailEvent(sent, "DELIVERED", mailing))
        if not opened:
            return
        read = self._after(sent, 24 * HOUR_MS)
        story.mails.append(MailEvent(read, "OPEN", mailing))
        if self._dice.random() < 0.35:
            story.mails.append(MailEvent(self._after(read, MINUTE_MS), "CLICK", mailing))

    def _talk(self, story: Story, at: int) -> None:
        story.talks.append(Talk(at, pick(self._dice, _TALKS)))

    def _created(self, story: Story) -> int:
        """A contact comes with its first form or first mailing, or years ago from an import."""
        known = [events[0].at for events in (story.submissions, story.mails, story.talks) if events]
        if known and self._dice.random() < 0.7:
            return min(known) - between(self._dice, 1, 900)
        oldest = min(known, default=self._now - MINUTE_MS)
        return oldest - between(self._dice, HOUR_MS, 900 * DAY_MS)

    def _ago(self, low: float, high: float) -> int:
        """A moment between ``low`` and ``high`` days ago, within the span of the world."""
        high = min(high, self._span / DAY_MS)
        return self._now - int(self._dice.uniform(min(low, high * 0.95), high) * DAY_MS)

    def _before(self, moment: int, days: int) -> int:
        """Up to ``days`` before a moment, within the span of the world."""
        earliest = max(moment - days * DAY_MS, self._now - self._span)
        return between(self._dice, min(earliest, moment - 5), moment - 5)

    def _after(self, moment: int, within: int) -> int:
        """After a moment by up to ``within`` ms, and not in the future."""
        latest = min(moment + within, self._now - 1)
        return between(self._dice, min(moment + 1, latest), latest)


def _at(event: View | Submission | MailEvent | Talk) -> int:
    return event.at
