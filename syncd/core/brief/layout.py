"""The order of a brief: the usual one, or that of a template with `${names}` in it.

A line that is nothing but a name becomes that block; in other lines names stand for their text. What a lead typed is never
looked at again, so it cannot name anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from string import Template

from syncd.core.brief.page import Block, text

BLOCKS = (
    "next_step", "passed", "missing", "questions", "complete", "since", "who", "where", "what", "when", "why", "how",
)  # fmt: skip
WORDS = ("title", "name", "company", "owner", "due", "score", "tier")
NAMES = BLOCKS + WORDS
"""Everything that a template may name: blocks, then single words."""

USUAL = """\
${next_step}
${passed}
${missing}
${questions}
${complete}

${since}

${who}

${where}

${what}

${when}

${why}

${how}
"""

_ALONE = re.compile(r"\$(?:\{(\w+)\}|(\w+))")


def layout(template: str, blocks: Mapping[str, Block], words: Mapping[str, str]) -> list[Block]:
    """The blocks in the template's order, those without lines left out. Plain lines that follow one another are one block."""
    said = {**words, **{name: text([block]) for name, block in blocks.items()}}
    found: list[Block] = []
    for paragraph in re.split(r"\n[^\S\n]*(?:\n[^\S\n]*)+", template.strip()):
        together: list[str] = []
        for line in paragraph.split("\n"):
            alone = _ALONE.fullmatch(line.strip())
            block = blocks.get(alone[1] or alone[2]) if alone else None
            if block is None:
                together.append(Template(line.rstrip()).substitute(said))
            elif block.heading:
                found += [*_plain(together), block]
                together = []
            else:
                together += [str(line) for line in block.lines]
        found += _plain(together)
    return [block for block in found if block.lines]


def unknown_names(template: str) -> Iterator[tuple[int, str]]:
    """(line, name) of each name that no brief knows; a `$` that begins none has the name ""."""
    for number, line in enumerate(template.split("\n"), 1):
        for match in Template.pattern.finditer(line):
            name = match["named"] or match["braced"]
            if match["invalid"] is not None:
                yield number, ""
            elif name is not None and name not in NAMES:
                yield number, name


def _plain(lines: list[str]) -> list[Block]:
    return [Block.plain("", lines)] if lines else []
