"""What FIND looks for: words, phrases and wildcards, joined by AND, OR and AND NOT.

A text is cut into words at everything that is neither letter nor digit; a search word is cut
the same way, so that ``ada@example.com`` is a phrase of three words (SOSL reference, FIND).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.loopback.salesforce.soql.errors import malformed

_WORD = re.compile(r"[^\W_]+")
_PIECE = re.compile(r'\s*(?:(\()|(\))|"((?:\\.|[^"\\])*)"|((?:\\.|[^\s()"\\])+))', re.DOTALL)
# To be escaped unless they are an operator [SOSL reference, reserved characters].
RESERVED = set("?&|!{}[]()^~*:\\\"'+-")
_MAX_DEPTH = 100  # UNCONFIRMED
_OPERATORS = set('()"*?')


def words(text: str) -> list[str]:
    return _WORD.findall(text.casefold())


@dataclass(frozen=True)
class Phrase:
    """Words in this order; each is a pattern because of its wildcards."""

    patterns: tuple[re.Pattern[str], ...]

    def matches(self, texts: Sequence[Sequence[str]]) -> bool:
        return any(self._is_in(text) for text in texts)

    def _is_in(self, text: Sequence[str]) -> bool:
        size = len(self.patterns)
        return any(
            all(pattern.fullmatch(word) for pattern, word in zip(self.patterns, text[at : at + size], strict=True))
            for at in range(len(text) - size + 1)
        )


@dataclass(frozen=True)
class Every:
    terms: tuple[Expression, ...]

    def matches(self, texts: Sequence[Sequence[str]]) -> bool:
        return all(term.matches(texts) for term in self.terms)


@dataclass(frozen=True)
class Some:
    terms: tuple[Expression, ...]

    def matches(self, texts: Sequence[Sequence[str]]) -> bool:
        return any(term.matches(texts) for term in self.terms)


@dataclass(frozen=True)
class Without:
    term: Expression

    def matches(self, texts: Sequence[Sequence[str]]) -> bool:
        return not self.term.matches(texts)


Expression = Phrase | Every | Some | Without


def reserved_at(query: str) -> int | None:
    """Where a reserved character stands unescaped, if anywhere."""
    at = 0
    while at < len(query):
        if query[at] == "\\":
            at += 2
            continue
        if query[at] in RESERVED - _OPERATORS:
            return at
        at += 1
    return None


def parse(query: str) -> Expression | None:
    """None for an expression without any word. Raises SoqlError for one that is nested too deep."""
    pieces = list(_pieces(query))
    return _Expressions(pieces).either() if pieces else None


def is_complete(query: str) -> bool:
    """Every phrase ends."""
    return re.sub(r"\\.", "", query).count('"') % 2 == 0


def plain(query: str) -> Expression | None:
    """Every word of a text in which no character has a meaning but the wildcards."""
    terms = [term for part in query.split() if (term := _phrase(part))]
    return Every(tuple(terms)) if terms else None


def _pieces(query: str) -> Iterator[tuple[str, str]]:
    """("(" | ")" | "phrase" | "word" | "AND" | "OR" | "NOT", text)"""
    for opened, closed, quoted, bare in _PIECE.findall(query):
        if opened or closed:
            yield opened or closed, ""
        elif bare:
            kind = bare.upper() if bare.upper() in ("AND", "OR", "NOT") else "word"
            yield kind, bare
        else:
            yield "phrase", quoted


class _Expressions:
    """Parentheses bind first, then AND and AND NOT, then OR; side by side means AND."""

    def __init__(self, pieces: list[tuple[str, str]]) -> None:
        self._pieces = pieces
        self._depth = 0

    def either(self) -> Expression | None:
        terms = [self._all()]
        while self._accept("OR"):
            terms.append(self._all())
        found = [term for term in terms if term]
        return (Some(tuple(found)) if len(found) > 1 else found[0]) if found else None

    def _all(self) -> Expression | None:
        terms: list[Expression] = []
        while self._pieces and self._pieces[0][0] not in ("OR", ")"):
            self._accept("AND")
            negated = self._accept("NOT")
            term = self._one()
            if term is not None:
                terms.append(Without(term) if negated else term)
        return (Every(tuple(terms)) if len(terms) > 1 else terms[0]) if terms else None

    def _one(self) -> Expression | None:
        if not self._pieces:
            return None
        kind, text = self._pieces.pop(0)
        if kind != "(":
            return _phrase(text)
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            raise malformed("The search expression is too complicated")
        found = self.either()
        self._depth -= 1
        self._accept(")")
        return found

    def _accept(self, kind: str) -> bool:
        if self._pieces and self._pieces[0][0] == kind:
            self._pieces.pop(0)
            return True
        return False


def _phrase(text: str) -> Phrase | None:
    """``\\*`` is an asterisk, and so no part of a word; ``*`` and ``?`` are wildcards."""
    parts = re.findall(r"(?:\\.|[^\W_]|[*?])+", re.sub(r"\\.", " ", text).casefold())
    patterns = [_pattern(part) for part in parts if _WORD.search(part)]
    return Phrase(tuple(patterns)) if patterns else None


def _pattern(part: str) -> re.Pattern[str]:
    """Atomic groups, as in :mod:`fnmatch`: a run between two ``*`` is looked for once."""
    first, *runs = [re.escape(run).replace(r"\?", ".") for run in part.split("*")]
    ending = f".*{runs.pop()}" if runs else ""
    return re.compile(f"{first}{''.join(f'(?>.*?{run})' for run in runs)}{ending}")
