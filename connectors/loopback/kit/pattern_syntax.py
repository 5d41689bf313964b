"""The syntax of java.util.regex.Pattern, as much of it as is regular, read into a tree of nodes.

What a set of states cannot follow (back references, possessive and atomic groups, looking behind) is
:class:`Unsupported`; what Java refuses too is :class:`PatternError`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

Test = Callable[[str], bool]

# Ours: what a pattern may nest, and the most that a counted repetition may count to.
MOST_LEVELS = 50
MOST_REPEATS = 1_000


class PatternError(ValueError):
    """A pattern that Java refuses; says why."""


class Unsupported(PatternError):
    """A pattern that Java knows and this one does not."""


class TooComplicated(PatternError):
    """A pattern beyond a ceiling, or one whose search takes too many steps."""

    def __init__(self) -> None:
        super().__init__("Regex too complicated")


@dataclass(frozen=True)
class Char:
    """One character that passes the test."""

    test: Test


@dataclass(frozen=True)
class Sequence:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Choice:
    options: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat:
    """``most`` None: any number. Greedy and lazy match the same texts."""

    part: Node
    least: int
    most: int | None


@dataclass(frozen=True)
class Edge:
    """A place in a text: takes the text and the position."""

    holds: Callable[[str, int], bool]


@dataclass(frozen=True)
class Ahead:
    """What follows does (or does not) begin with ``part``."""

    part: Node
    wanted: bool


Node = Char | Sequence | Choice | Repeat | Edge | Ahead

_LINE_ENDS = "\n\r\u0085\u2028\u2029"
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f", "a": "\a", "e": "\x1b"}


def _is_digit(char: str) -> bool:
    return "0" <= char <= "9"


def _is_word(char: str) -> bool:
    return char == "_" or (char.isascii() and char.isalnum())


def _is_space(char: str) -> bool:
    return char in " \t\n\x0b\f\r"


# Java's classes are those of ASCII.
_CLASSES: dict[str, Test] = {"d": _is_digit, "w": _is_word, "s": _is_space}
_NAMED: dict[str, Test] = {
    "Lower": lambda c: "a" <= c <= "z",
    "Upper": lambda c: "A" <= c <= "Z",
    "Alpha": lambda c: c.isascii() and c.isalpha(),
    "Digit": _is_digit,
    "Alnum": lambda c: c.isascii() and c.isalnum(),
    "Punct": lambda c: c in _PUNCTUATION,
    "Space": _is_space,
    "L": str.isalpha,
    "Lu": lambda c: unicodedata.category(c) == "Lu",
    "Ll": lambda c: unicodedata.category(c) == "Ll",
    "N": lambda c: unicodedata.category(c).startswith("N"),
    "Nd": lambda c: unicodedata.category(c) == "Nd",
    "P": lambda c: unicodedata.category(c).startswith("P"),
}


def parse(pattern: str) -> Node:
    """Raises PatternError."""
    reader = _Reader(pattern)
    node = reader.choice()
    if reader.ahead:
        raise PatternError(f"Unmatched closing ')' near index {reader.at}")
    return node


class _Reader:
    """Recursive descent. ``flags`` are those in force: any of ``i``, ``m``, ``s``."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._flags = ""
        self._level = 0
        self.at = 0

    @property
    def ahead(self) -> str:
        return self._pattern[self.at : self.at + 1]

    def choice(self) -> Node:
        self._level += 1
        if self._level > MOST_LEVELS:
            raise TooComplicated
        options = [self._sequence()]
        while self._took("|"):
            options.append(self._sequence())
        self._level -= 1
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _sequence(self) -> Node:
        parts = []
        while self.ahead and self.ahead not in "|)":
            parts.append(self._repeated(self._atom()))
        return Sequence(tuple(parts))

    def _repeated(self, part: Node) -> Node:
        bounds = self._bounds()
        if bounds is None:
            return part
        if self._took("+"):
            raise Unsupported("possessive repetitions")
        self._took("?")
        return Repeat(part, *bounds)

    def _bounds(self) -> tuple[int, int | None] | None:
        sign = self.ahead
        if sign and sign in "*+?":
            self.at += 1
            return {"*": (0, None), "+": (1, None), "?": (0, 1)}[sign]
        if not self._took("{"):
            return None
        least = self._number()
        most: int | None = least
        if self._took(","):
            most = None if self.ahead == "}" else self._number()
        if not self._took("}"):
            raise PatternError(f"Unclosed counted closure near index {self.at}")
        if most is not None and most < least:
            raise PatternError(f"Illegal repetition range near index {self.at}")
        if max(least, most or 0) > MOST_REPEATS:
            raise TooComplicated
        return least, most

    def _number(self) -> int:
        start = self.at
        while self.ahead and _is_digit(self.ahead):
            self.at += 1
        if start == self.at:
            raise PatternError(f"Illegal repetition near index {start}")
        # More digits than any repetition may have are not even read.
        return int(self._pattern[start : self.at][:9])

    def _atom(self) -> Node:
        char = self._next()
        match char:
            case "(":
                return self._group()
            case "[":
                return Char(self._class())
            case "\\":
                return self._escape()
            case ".":
                return Char((lambda c: True) if "s" in self._flags else lambda c: c not in _LINE_ENDS)
            case "^":
                return Edge(_line_begins if "m" in self._flags else lambda text, at: at == 0)
            case "$":
                return Edge(_line_ends if "m" in self._flags else _ends)
            case "*" | "+" | "?" | "{":
                raise PatternError(f"Dangling meta character '{char}' near index {self.at - 1}")
        return Char(self._literal(char))

    def _group(self) -> Node:
        outer = self._flags
        wrap: Callable[[Node], Node] = _as_it_is
        if self._took("?"):
            if self._took("="):
                wrap = _ahead
            elif self._took("!"):
                wrap = _not_ahead
            elif self.ahead in (">", "<", "P"):
                self._name()
            elif not self._took(":") and self._switches():
                return Sequence(())
        node = self.choice()
        if not self._took(")"):
            raise PatternError(f"Unclosed group near index {self.at}")
        self._flags = outer
        return wrap(node)

    def _name(self) -> None:
        """``(?<name>``, and ``(?P<name>`` of Python; a group that looks behind or is atomic is refused."""
        self._took("P")
        end = self._pattern.find(">", self.at)
        if self.ahead != "<" or not self._pattern[self.at + 1 : end].isalnum():
            raise Unsupported("groups that look behind and atomic groups")
        self.at = end + 1

    def _switches(self) -> bool:
        """``i``, ``m`` and ``s``, on and off; True when they hold for the rest of the group around."""
        on = True
        while char := self._next():
            if char == "-" and on:
                on = False
            elif char in "ims":
                self._flags = self._flags.replace(char, "") + (char if on else "")
            elif char in ":)":
                return char == ")"
            else:
                break
        raise Unsupported(f"(?{char}…)")

    def _escape(self) -> Node:
        match self.ahead:
            case "b":
                self.at += 1
                return Edge(_word_edge)
            case "B":
                self.at += 1
                return Edge(lambda text, at: not _word_edge(text, at))
            case "A":
                self.at += 1
                return Edge(lambda text, at: at == 0)
            case "z":
                self.at += 1
                return Edge(lambda text, at: at == len(text))
            case "Z":
                self.at += 1
                return Edge(_ends)
        return Char(self._escaped())

    def _escaped(self) -> Test:
        """After a backslash, also within a class."""
        char = self._next()
        if char.lower() in _CLASSES:
            return _inverted(_CLASSES[char.lower()], char.isupper())
        if char and char in "pP":
            return _inverted(self._property(), char == "P")
        if char.isalnum() and char.isascii() and char not in _CONTROLS and char not in "xu":
            raise Unsupported(f"\\{char}")
        return self._literal(self._escaped_char(char))

    def _escaped_char(self, char: str) -> str:
        if char in ("x", "u"):
            digits = self._pattern[self.at : self.at + (2 if char == "x" else 4)]
            self.at += len(digits)
            try:
                return chr(int(digits, 16))
            except ValueError:
                raise PatternError(f"Illegal hexadecimal escape sequence near index {self.at}") from None
        if not char:
            raise PatternError("Unexpected internal error: the pattern ends with a backslash")
        return _CONTROLS.get(char, char)

    def _property(self) -> Test:
        end = self._pattern.find("}", self.at)
        name = self._pattern[self.at + 1 : end] if self.ahead == "{" else self.ahead
        self.at = end + 1 if self.ahead == "{" else self.at + 1
        found = _NAMED.get(name.removeprefix("Is"))
        if found is None:
            raise Unsupported(f"the class \\p{{{name}}}")
        return found

    def _class(self) -> Test:
        inverted = self._took("^")
        tests: list[Test] = []
        while not tests or self.ahead != "]":
            if not self.ahead:
                raise PatternError(f"Unclosed character class near index {self.at}")
            if self.ahead == "[" or self._pattern.startswith("&&", self.at):
                raise Unsupported("a class inside a class")
            tests.append(self._range())
        self.at += 1
        return _inverted(lambda c: any(test(c) for test in tests), inverted)

    def _range(self) -> Test:
        """One character, one escape, or all from one character to another."""
        first = self._class_char()
        if not isinstance(first, str):
            return first
        following = self._pattern[self.at + 1 : self.at + 2]
        if self.ahead != "-" or following in ("", "]"):
            return self._literal(first)
        self.at += 1
        last = self._class_char()
        if not isinstance(last, str) or last < first:
            raise PatternError(f"Illegal character range near index {self.at}")
        if "i" in self._flags:
            return lambda c: first <= c <= last or first <= c.lower() <= last or first <= c.upper() <= last
        return lambda c: first <= c <= last

    def _class_char(self) -> str | Test:
        char = self._next()
        if char != "\\":
            return char
        if self.ahead.lower() in _CLASSES or self.ahead in ("p", "P"):
            return self._escaped()
        escaped = self._next()
        if escaped.isalnum() and escaped.isascii() and escaped not in _CONTROLS and escaped not in "xu":
            raise Unsupported(f"\\{escaped}")
        return self._escaped_char(escaped)

    def _literal(self, char: str) -> Test:
        if "i" in self._flags:
            folded = char.lower()
            return lambda c: c.lower() == folded
        return lambda c: c == char

    def _next(self) -> str:
        char = self.ahead
        self.at += 1
        return char

    def _took(self, sign: str) -> bool:
        if self.ahead != sign:
            return False
        self.at += 1
        return True


def _as_it_is(node: Node) -> Node:
    return node


def _ahead(node: Node) -> Node:
    return Ahead(node, wanted=True)


def _not_ahead(node: Node) -> Node:
    return Ahead(node, wanted=False)


def _inverted(test: Test, really: bool) -> Test:
    return (lambda c: not test(c)) if really else test


def _ends(text: str, at: int) -> bool:
    """At the end, or before the line end that is the last character."""
    return at == len(text) or (at == len(text) - 1 and text[at] in _LINE_ENDS) or text[at:] == "\r\n"


def _line_begins(text: str, at: int) -> bool:
    return at == 0 or (text[at - 1] in _LINE_ENDS and at < len(text))


def _line_ends(text: str, at: int) -> bool:
    return at == len(text) or text[at] in _LINE_ENDS


def _word_edge(text: str, at: int) -> bool:
    before = at > 0 and _is_word(text[at - 1])
    return before != (at < len(text) and _is_word(text[at]))
