"""Lines under headings, as plain text and as HTML."""

from __future__ import annotations

import html as markup
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from syncd.core.text import clean, clip, utf16

UNKNOWN = "unknown"
_LONGEST_VALUE = 1_000
_ADDRESS = re.compile(r"https?://[^\s<>&;]+(?:&amp;[^\s<>&;]+)*(?<![.,:)\]])")  # in escaped text


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that is known or not.

    `source` says from where and when it is known; `ask` is the question to ask when it is not, and `unknown` what the
    line says then.
    """

    label: str
    value: str = ""
    source: str = ""
    ask: str = ""
    unknown: str = UNKNOWN

    @property
    def known(self) -> bool:
        return self.value != ""

    def __str__(self) -> str:
        value = clip(self.value, _LONGEST_VALUE) if self.known else self.unknown
        source = f" [{self.source}]" if self.source and self.known else ""
        return f"{self.label}: {value}{source}" if self.label else f"{value}{source}"


@dataclass(frozen=True, slots=True)
class Block:
    """A heading and its lines; without a heading, the opening. `note` stands below the heading."""

    heading: str
    lines: tuple[Line, ...]
    note: str = ""

    @classmethod
    def plain(cls, heading: str, lines: Iterable[str]) -> Block:
        return cls(heading, tuple(Line("", line) for line in lines))


def text(blocks: Sequence[Block]) -> str:
    """Headings in capitals, one line a fact, a blank line between blocks."""
    return "\n\n".join("\n".join(_text_lines(block)) for block in blocks)


def _text_lines(block: Block) -> list[str]:
    head = [f"{block.heading.upper()}{f' ({block.note})' if block.note else ''}"] if block.heading else []
    indent = "  " if block.heading else ""
    return head + [indent + clean(str(line)).replace("\n", f"\n{indent}  ") for line in block.lines]


def html(blocks: Sequence[Block], limit: int) -> str:
    """The same as HTML of at most `limit` UTF-16 units: lines that do not fit are left out, tags stay whole."""
    kept: list[str] = []
    room = limit
    for block in blocks:
        head, tail = _frame(block)
        room -= utf16(head) + utf16(tail)
        if room < 0:
            break
        kept.append(head)
        for line in block.lines:
            element = _element(str(line), block)
            if utf16(element) > room:
                continue
            room -= utf16(element)
            kept.append(element)
        kept.append(tail)
    return "".join(kept)


def _frame(block: Block) -> tuple[str, str]:
    if not block.heading:
        return "", ""
    note = f"<p><i>{_escaped(block.note)}</i></p>" if block.note else ""
    return f"<h3>{_escaped(block.heading)}</h3>{note}<ul>", "</ul>"


def _element(line: str, block: Block) -> str:
    tag = "li" if block.heading else "p"
    return f"<{tag}>{_escaped(line)}</{tag}>"


def _escaped(line: str) -> str:
    return _ADDRESS.sub(r'<a href="\g<0>">\g<0></a>', markup.escape(clean(line))).replace("\n", "<br>")
