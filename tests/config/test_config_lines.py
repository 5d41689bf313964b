"""Every key of a TOML document is found on its line."""

from __future__ import annotations

import tomllib

import pytest
from config_workshop import ROOT

from syncd.config.lines import scan

TRICKY = '''\
# a comment with [brackets] = and "quotes"
top = "a # in a text"          # 2
a.b."c.d" = 1                  # 3
[table]                        # 4
"quoted key" = 'x = [y'        # 5
long = """
  [not.a.table]
  key = "no key"
"""                            # 9
after = 1.5                    # 10
when = 2026-11-01 10:00:00.5Z  # 11
list = [                       # 12
  1,                           # 13
  { name = "one", deep = { er = 2 } },  # 14
  [ "x",                       # 15
    "y" ],                     # 16
]                              # 17
raw = \'\'\'it\'s ''two'' quotes\'\'\'  # 18
[[things]]                     # 19
name = "first"                 # 20
[things.inner]                 # 21
x = 1                          # 22
[[things]]                     # 23
name = "second"                # 24
[[things.parts]]               # 25
p = 1                          # 26
[[things.parts]]               # 27
p = 2                          # 28
[ spaced . "out" ]             # 29
n = -1_000                     # 30
empty = []                     # 31
none = {}                      # 32
ends = """four quotes""""      # 33
last = true                    # 34
'''

PLACES = {
    ("top",): 2,
    ("a", "b", "c.d"): 3,
    ("table",): 4,
    ("table", "quoted key"): 5,
    ("table", "long"): 6,
    ("table", "after"): 10,
    ("table", "when"): 11,
    ("table", "list"): 12,
    ("table", "list", 0): 13,
    ("table", "list", 1, "name"): 14,
    ("table", "list", 1, "deep", "er"): 14,
    ("table", "list", 2): 15,
    ("table", "list", 2, 1): 16,
    ("table", "raw"): 18,
    ("things",): 19,
    ("things", 0): 19,
    ("things", 0, "name"): 20,
    ("things", 0, "inner", "x"): 22,
    ("things", 1): 23,
    ("things", 1, "name"): 24,
    ("things", 1, "parts", 0, "p"): 26,
    ("things", 1, "parts", 1, "p"): 28,
    ("spaced", "out"): 29,
    ("spaced", "out", "n"): 30,
    ("spaced", "out", "empty"): 31,
    ("spaced", "out", "none"): 32,
    ("spaced", "out", "ends"): 33,
    ("spaced", "out", "last"): 34,
    # not written down: the nearest table around it
    ("things", 1, "missing"): 23,
    ("nowhere", "at", "all"): 1,
}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_tricky_places(newline: str) -> None:
    text = TRICKY.replace("\n", newline)
    tomllib.loads(text)  # the document is valid, or the test is worth nothing
    lines = scan(text)
    assert {place: lines.of(place) for place in PLACES} == PLACES


@pytest.mark.parametrize("name", ["config.example.toml", "mappings/hubspot.toml", "mappings/salesforce.toml"])
def test_every_key_of_our_own_files_stands_on_the_line_that_is_named(name: str) -> None:
    text = (ROOT / name).read_text()
    lines, written = scan(text), text.splitlines()

    def walk(value: object, place: tuple[str | int, ...]) -> int:
        if isinstance(value, dict):
            return sum(walk(inner, (*place, key)) for key, inner in value.items())
        if isinstance(value, list):
            return sum(walk(inner, (*place, n)) for n, inner in enumerate(value))
        key = next(part for part in reversed(place) if isinstance(part, str))
        line = written[lines.of(place) - 1]
        assert key in line or str(value) in line, place
        return 1

    assert walk(tomllib.loads(text), ()) > 100
