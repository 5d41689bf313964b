"""The lines of a fact sheet that a page about it must tell of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

_STARTS = {"r": ("|",), "c": ("```",), "b": ("* ", "- ", *(f"{number}. " for number in range(1, 20)))}


def lines(text: str) -> Iterator[str]:
    """``"4.2 b1"``, … of a sheet: bullets (b), rows below a table's head (r), code samples (c) and paragraphs (p),
    counted within each numbered section; rules between sections do not count."""
    section, counts = "", Counter[str]()
    before = ""  # what the line above is part of: a letter, "h" for the head of a table, "" for nothing
    for line in text.splitlines():
        if before == "c":
            before = "" if line.startswith("```") else "c"
            continue
        if heading := re.match(r"#{2,3} (\d+(?:\.\d+)?)", line):
            section, counts, before = heading[1], Counter[str](), ""
            continue
        kind = _kind(line)
        if kind == "r" and before not in ("r", "h"):
            before = "h"
        elif kind == "p" and (before in ("p", "b") or line.startswith(" ")):
            before = before or "p"
        elif not (before == "h" and line.startswith("|--")):
            before = kind
            if section and kind:
                counts[kind] += 1
                yield f"{section} {kind}{counts[kind]}"


def spelled_out(cell: str) -> Iterator[str]:
    """``1.3 r1-r3, p1; 3 b2`` as its lines."""
    for group in filter(None, cell.strip().split("; ")):
        section, _, parts = group.partition(" ")
        for part in parts.split(", "):
            first, _, last = part.partition("-")
            for number in range(int(first[1:]), int((last or first)[1:]) + 1):
                yield f"{section} {first[0]}{number}"


def _kind(line: str) -> str:
    if line == "---":
        return ""
    found = next((kind for kind, start in _STARTS.items() if line.startswith(start)), None)
    return found or ("p" if line.strip() else "")
