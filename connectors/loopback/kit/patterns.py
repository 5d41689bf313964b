"""Regular expressions that somebody else wrote: a match takes a bounded number of steps, whatever the pattern.

Python's ``re`` walks back, and ``(a+)+b`` holds the process for longer than anybody waits. Here a pattern becomes
a list of states, and a text is read once with the set of all the states that it may be in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from connectors.loopback.kit.pattern_syntax import (
    Ahead,
    Char,
    Choice,
    Edge,
    Node,
    PatternError,
    Repeat,
    Sequence,
    TooComplicated,
    Unsupported,
    parse,
)

__all__ = ["Pattern", "PatternError", "TooComplicated", "Unsupported", "compiled"]

# "Salesforce limits the number of times an input sequence for a regular expression can be accessed to 1,000,000
# times" (Apex developer guide, Pattern and Matcher). Counted here: states looked at, which is about the same.
MOST_STEPS = 1_000_000
MOST_STATES = 10_000  # ours


@dataclass
class _State:
    """Leads to others when what it asks holds; one that asks nothing always does."""

    asks: Char | Edge | _Look | None
    leads: tuple[int, ...] = ()


@dataclass(frozen=True)
class _Look:
    pattern: Pattern
    wanted: bool


@lru_cache(maxsize=256)
def compiled(pattern: str) -> Pattern:
    """Raises :class:`PatternError`: a TooComplicated, an Unsupported or one that Java refuses too."""
    return Pattern(parse(pattern))


class Pattern:
    """May be used by any thread. Every match raises TooComplicated after MOST_STEPS."""

    def __init__(self, node: Node) -> None:
        self._states: list[_State] = []
        self._end = self._add(_State(None))
        self._start = self._build(node, self._end)

    def fullmatch(self, text: str) -> bool:
        """Is the whole text one?"""
        return _Run(text).ends_with(self, 0, whole=True)

    def search(self, text: str) -> bool:
        """Is one anywhere in the text?"""
        return _Run(text).ends_with(self, 0, anywhere=True)

    def _add(self, state: _State) -> int:
        if len(self._states) >= MOST_STATES:
            raise TooComplicated
        self._states.append(state)
        return len(self._states) - 1

    def _build(self, node: Node, following: int) -> int:
        """The state where ``node`` begins; its ends lead to ``following``."""
        match node:
            case Char() | Edge():
                return self._add(_State(node, (following,)))
            case Ahead(part, wanted):
                return self._add(_State(_Look(Pattern(part), wanted), (following,)))
            case Choice(options):
                return self._add(_State(None, tuple(self._build(option, following) for option in options)))
            case Sequence(parts):
                for part in reversed(parts):
                    following = self._build(part, following)
                return following
            case Repeat(part, least, most):
                return self._repeat(part, least, most, following)

    def _repeat(self, part: Node, least: int, most: int | None, following: int) -> int:
        end = following
        if most is None:
            loop = self._add(_State(None))
            self._states[loop].leads = (self._build(part, loop), end)
            following = loop
        for _ in range((most or least) - least):
            following = self._add(_State(None, (self._build(part, following), end)))
        for _ in range(least):
            following = self._build(part, following)
        return following


class _Run:
    """One text, and the steps that are left for it."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._left = MOST_STEPS

    def ends_with(self, pattern: Pattern, start: int, *, whole: bool = False, anywhere: bool = False) -> bool:
        """Does a match begin at ``start`` (or, ``anywhere``, behind it), and end with the text if ``whole``?"""
        states, end = pattern._states, pattern._end
        waiting = self._reached(pattern, {pattern._start}, start)
        for at in range(start, len(self._text)):
            if (end in waiting and not whole) or not (waiting or anywhere):
                break
            char = self._text[at]
            stepped = {
                states[number].leads[0]
                for number in waiting
                if isinstance(asked := states[number].asks, Char) and asked.test(char)
            }
            waiting = self._reached(pattern, stepped | {pattern._start} if anywhere else stepped, at + 1)
        return end in waiting

    def _reached(self, pattern: Pattern, numbers: set[int], at: int) -> set[int]:
        """The states among ``numbers`` and behind them that wait for a character, or accept."""
        seen, todo, found = set(numbers), list(numbers), set()
        while todo:
            number = todo.pop()
            self._step()
            state = pattern._states[number]
            if isinstance(state.asks, Char) or number == pattern._end:
                found.add(number)
            elif self._holds(state.asks, at):
                fresh = [lead for lead in state.leads if lead not in seen]
                seen.update(fresh)
                todo += fresh
        return found

    def _holds(self, asked: Char | Edge | _Look | None, at: int) -> bool:
        match asked:
            case Edge(holds):
                return holds(self._text, at)
            case _Look(pattern, wanted):
                return self.ends_with(pattern, at) is wanted
        return True

    def _step(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise TooComplicated
