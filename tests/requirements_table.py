"""docs/requirements.md: each numbered requirement with the tests that prove it, made from the tests themselves.

`python -m tests.requirements_table` writes the page anew. A test names its numbers at the front of its name
(`test_S3_11_threshold_…`, `test_S0_12_to_S0_16_…`, `test_C3_C4_…`, `test_pain_7_…` for C7),
or anywhere in its docstring ("S1.7", "C7").
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "requirements.md"

_DOCUMENT = re.compile(r"S\d")
_OTHER = re.compile(r"([A-RT-Z])(\d+[a-z]?)")
_IN_TEXT = re.compile(r"\b(S\d\.\d+|[CNT]\d+[a-z]?)\b")

_HEAD = """\
# Requirements and their tests

What syncd promises, by number, and the tests that prove it. This page is made from the names and docstrings of the tests:
`python -m tests.requirements_table` writes it anew, and a test compares. A number without a test is listed all the same;
a test proves what its name says of a number, which need not be all of it.
"""


@dataclass(frozen=True)
class Chapter:
    """`requirements`: number, as test names write it → what it asks for in a sentence."""

    title: str
    requirements: Mapping[str, str]


def chapters() -> list[Chapter]:
    """All requirements, from tests/requirements.toml."""
    source = tomllib.loads((TESTS / "requirements.toml").read_text(encoding="utf-8"))
    return [
        Chapter(f"{key}: {body.pop('title')}", {_number(key, name): text for name, text in body.items()})
        for key, body in source.items()
    ]


def _number(chapter: str, name: str) -> str:
    return f"{chapter}.{name}" if _DOCUMENT.fullmatch(chapter) else f"{chapter}{name}"


# ---------------------------------------------------------------- from the tests
def numbers(name: str, docstring: str = "") -> set[str]:
    """The requirements that a test names: "test_S0_12_to_S0_14_x" → S0.12, S0.13, S0.14."""
    found: set[str] = set()
    last, ranged = "", False
    words = iter(name.removeprefix("test_").split("_"))
    for word in words:
        if word == "to" and last:
            ranged = True
            continue
        if _DOCUMENT.fullmatch(word) or word == "pain":
            digits = next(words, "")
            number = (f"C{digits}" if word == "pain" else f"{word}.{digits}") if digits.isdecimal() else ""
        else:
            number = word if _OTHER.fullmatch(word) else ""
        if not number:
            break
        found |= set(_between(last, number)) if ranged else {number}
        last, ranged = number, False
    return found | set(_IN_TEXT.findall(docstring))


def _between(first: str, last: str) -> Iterator[str]:
    chapter, _, start = first.partition(".")
    for n in range(int(start), int(last.partition(".")[2]) + 1):
        yield f"{chapter}.{n}"


def proofs_in(paths: Iterable[Path]) -> dict[str, list[str]]:
    """Requirement → the tests that name it, as "core/test_score.py: test_S3_9_…", in the order of files and lines."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted(paths):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for number in numbers(node.name, ast.get_docstring(node) or ""):
                    found[number].append(f"{path.relative_to(TESTS)}: {node.name}")
    return found


# ---------------------------------------------------------------- the page
def page() -> str:
    """The page as it should be now."""
    proved = proofs_in([*TESTS.rglob("test_*.py"), *TESTS.rglob("suite.py")])
    all_chapters = chapters()
    known = [number for chapter in all_chapters for number in chapter.requirements]
    lacking = [number for number in known if number not in proved]
    told = [_HEAD, f"{len(known) - len(lacking)} of {len(known)} have a test.\n"]
    for chapter in all_chapters:
        told.append(f"## {chapter.title}\n\n| number | requirement | tests |\n|---|---|---|")
        told += [_row(number, text, proved.get(number, [])) for number, text in chapter.requirements.items()]
        told.append("")
    others = sorted((number for number in proved if number not in known), key=_order)
    told.append("## Other numbers that tests name\n\n| number | tests |\n|---|---|")
    told += [f"| {number} | {_listed(proved[number])} |" for number in others]
    return "\n".join(told) + "\n"


def _row(number: str, text: str, tests: list[str]) -> str:
    return f"| {number} | {text.replace('|', '/')} | {_listed(tests) or 'none yet'} |"


def _listed(tests: list[str]) -> str:
    return "<br>".join(f"`{test}`" for test in tests)


def _order(number: str) -> tuple[str, int, str]:
    letters, digits, rest = re.fullmatch(r"([A-Z](?:\d+\.)?)(\d+)(.*)", number).groups()  # type: ignore[union-attr]
    return letters, int(digits), rest


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
