"""Whatever is done to the files: a configuration or complaints with file and line, never a traceback, never a secret."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from config_workshop import ENVIRON, ROOT

from syncd.config import load
from syncd.core.errors import ConfigError

CANARY = "pat-na1-0c4na2y1-0000-4000-8000-c0ffee15bad5"
FILES = ("config.toml", "maps/hubspot.toml", "maps/salesforce.toml")
VALUES = (
    "1", "-1", "0", "1.5", "nan", "inf", "true", '""', '"x"', "[]", "{}", "[1]", '["x", 1]', "{ a = 1 }", "[{}]",
    "2026-11-01", "2026-11-01T10:00:00Z", "10:00:00", '"\\u0000"', '"~nobody/x"', "99999999999999999999", '"("',
    "'''\n\n'''", '"99999999999999999999d"', '"http://[::1"', '"\U0001f600"', "[[[[]]]]", '{ env = "A", file = "b" }',
)  # fmt: skip


def a_line_away(dice: random.Random, lines: list[str]) -> list[str]:
    at = dice.randrange(len(lines))
    return lines[:at] + lines[at + 1 :]


def a_line_twice(dice: random.Random, lines: list[str]) -> list[str]:
    at = dice.randrange(len(lines))
    return [*lines[:at], lines[at], *lines[at:]]


def two_lines_swapped(dice: random.Random, lines: list[str]) -> list[str]:
    a, b = dice.randrange(len(lines)), dice.randrange(len(lines))
    lines = list(lines)
    lines[a], lines[b] = lines[b], lines[a]
    return lines


def another_character(dice: random.Random, lines: list[str]) -> list[str]:
    text = "\n".join(lines) or " "
    at = dice.randrange(len(text))
    new = dice.choice(["", "[", "]", "{", "}", '"', "'", "=", ".", "#", "\n", "\\", "é", "\t", "x", "0", " "])
    return (text[:at] + new + text[at + 1 :]).split("\n")


def another_value(dice: random.Random, lines: list[str]) -> list[str]:
    places = [n for n, line in enumerate(lines) if re.match(r"\s*[\w\"-]+\s*=", line)]
    if not places:
        return lines
    at = dice.choice(places)
    key = lines[at].split("=", 1)[0]
    return [*lines[:at], f"{key}= {dice.choice(VALUES)}", *lines[at + 1 :]]


def another_inner_value(dice: random.Random, lines: list[str]) -> list[str]:
    text = "\n".join(lines)
    texts = list(re.finditer(r'"[^"\n]*"', text))
    if not texts:
        return lines
    found = dice.choice(texts)
    return (text[: found.start()] + dice.choice(VALUES) + text[found.end() :]).split("\n")


def cut_short(dice: random.Random, lines: list[str]) -> list[str]:
    text = "\n".join(lines) or " "
    return text[: dice.randrange(len(text))].split("\n")


MUTATIONS: tuple[Callable[[random.Random, list[str]], list[str]], ...] = (
    a_line_away, a_line_twice, two_lines_swapped, another_character, another_value, another_value,
    another_inner_value, cut_short,
)  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_every_mutation_is_accepted_or_complained_about(shop, seed: int) -> None:
    mutate(shop, seed, 60)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 160))
def test_every_mutation_is_accepted_or_complained_about_long(shop, seed: int) -> None:
    mutate(shop, seed, 300)


def mutate(shop, seed: int, rounds: int) -> None:
    dice = random.Random(seed)
    if seed % 2:
        text = (ROOT / "config.example.toml").read_text()
        shop.path.write_text(text.replace("# mappings =", 'mappings = "maps" #'))
    sound = {name: (shop.folder / name).read_text() for name in FILES}
    refused = 0
    for _ in range(rounds):
        name = dice.choice(FILES)
        lines = sound[name].split("\n")
        for _ in range(dice.choice([1, 1, 2, 5])):
            lines = dice.choice(MUTATIONS)(dice, lines) or [""]
        (shop.folder / name).write_text("\n".join(lines), encoding="utf-8")
        try:
            load(shop.path, environ=ENVIRON)
        except ConfigError as error:
            refused += 1
            for complaint in error.complaints:
                assert Path(complaint.file).is_file(), complaint
                count = Path(complaint.file).read_text().count("\n") + 1
                assert 1 <= complaint.line <= count, complaint
                assert complaint.sentence.endswith("."), complaint
                assert "\n" not in str(complaint)
        (shop.folder / name).write_text(sound[name])
    assert refused > rounds // 4


@pytest.mark.parametrize("name", FILES)
def test_a_secret_in_any_place_is_never_shown(shop, name: str) -> None:
    """The canary stands once in the place of every text of the file; whatever is said, it is not said."""
    text = (ROOT / "config.example.toml").read_text()
    shop.path.write_text(text.replace("# mappings =", 'mappings = "maps" #'))
    sound = (shop.folder / name).read_text()
    places = [
        m for m in re.finditer(r'"[^"\n]*"', sound) if "#" not in sound[sound.rfind("\n", 0, m.start()) + 1 : m.start()]
    ]
    assert len(places) > 80
    for place in places:
        (shop.folder / name).write_text(sound[: place.start()] + f'"{CANARY}"' + sound[place.end() :])
        with pytest.raises(ConfigError) as caught:
            load(shop.path, environ=ENVIRON)
        assert CANARY not in f"{caught.value} {caught.value!r} {caught.value.complaints!r}"
        assert "c0ffee" not in str(caught.value)
