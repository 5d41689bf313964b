"""Whole briefs, as text and as HTML. After a change that is meant run `python tests/core/test_brief_golden.py`, and look at
the difference."""

from __future__ import annotations

from pathlib import Path

import pytest
from core_making import did
from test_brief import ADA, STORY, Tags, told

from syncd.core.brief import Brief
from syncd.core.text import utf16
from syncd.core.types import Activity, Value

HERE = Path(__file__).parent / "briefs"

MANY = tuple(
    did("page_view", n / 4, title=f"Page {n % 60}", url=f"https://syncd.example/{n % 60}") for n in range(1, 501)
)
PEOPLE: dict[str, tuple[dict[str, Value], tuple[Activity, ...]]] = {
    "ada": (ADA, STORY),
    "nobody": ({}, ()),
    "quiet": (ADA | {"challenge": None, "phone": None}, ()),
    "arabic": (ADA | {"first_name": "فاطمة", "last_name": "الزهراء", "company": "شركة النور", "city": "دبي"}, STORY),
    "chinese": (ADA | {"first_name": "小明", "last_name": "王", "company": "北京科技", "timezone": "Asia/Shanghai"}, STORY),
    "emoji": (ADA | {"first_name": "👩🏽‍🚀", "last_name": "🇩🇪", "challenge": "🔥🔥 help 👨‍👩‍👧‍👦"}, STORY),
    "markup": (
        ADA | {"company": "<script>a()</script>", "title": '"><img src=x onerror=a()>', "challenge": "</li>${who} & $$"},
        (did("form", 1, title="<b>Demo</b> request", url="https://syncd.example/demo?a=1&b=<x>"),),
    ),
    "long": (ADA | {"challenge": "word " * 20_000, "title": "x" * 5_000}, STORY),
    "control": (ADA | {"first_name": "A\x00d\x1ba\u202e", "challenge": "one\r\ntwo\x0bthree\u2028four"}, STORY),
    "many": (ADA, MANY),
}  # fmt: skip


def of(name: str) -> Brief:
    profile, activities = PEOPLE[name]
    return told(profile, activities)


@pytest.mark.parametrize("name", PEOPLE)
def test_N10_whole_briefs(name: str) -> None:
    found = of(name)
    assert found.text + "\n" == (HERE / f"{name}.txt").read_text(encoding="utf-8")
    assert found.html + "\n" == (HERE / f"{name}.html").read_text(encoding="utf-8")
    Tags(found.html)
    assert utf16(found.text) < 32_000
    assert not [c for c in found.text if c != "\n" and c < " "]


def test_N10_nothing_is_kept_of_whom_there_is_no_test() -> None:
    assert {path.name for path in HERE.iterdir()} == {f"{name}.{kind}" for name in PEOPLE for kind in ("txt", "html")}


if __name__ == "__main__":
    for person in PEOPLE:
        (HERE / f"{person}.txt").write_text(of(person).text + "\n", encoding="utf-8")
        (HERE / f"{person}.html").write_text(of(person).html + "\n", encoding="utf-8")
