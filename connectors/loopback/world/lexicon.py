"""The word lists of ``data/``, typed, and how the generators draw from them."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from bisect import bisect
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, groupby
from pathlib import Path
from random import Random
from typing import Any, Generic, TypeVar

T = TypeVar("T")

_DATA = Path(__file__).parent / "data"
_FOLD = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "o", "ł": "l", "Ł": "l", "đ": "d", "Đ": "d", "ı": "i", "æ": "ae"}
    | {"Æ": "ae", "œ": "oe", "Œ": "oe", "þ": "th", "Þ": "th", "ð": "d"}
    | {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "ae", "Ö": "oe", "Ü": "ue"}
)


class Weighted(Generic[T]):
    """Draws items in proportion to their weights."""

    def __init__(self, items: Iterable[tuple[T, float]]) -> None:
        pairs = list(items)
        self._items = [item for item, _ in pairs]
        self._edges = list(accumulate(weight for _, weight in pairs))
        self._total = self._edges[-1] if pairs else 0.0

    def draw(self, dice: Random) -> T:
        return self._items[bisect(self._edges, dice.random() * self._total)]


def pick(dice: Random, items: Sequence[T]) -> T:
    """What ``dice.choice(items)`` gives, in half the time."""
    count = len(items)
    bits = count.bit_length()
    place = dice.getrandbits(bits)
    while place >= count:
        place = dice.getrandbits(bits)
    return items[place]


@dataclass(frozen=True)
class Name:
    """``written`` as its bearer writes it, ``latin`` in lower-case ASCII for an address."""

    written: str
    latin: str


@dataclass(frozen=True)
class Culture:
    given: tuple[Name, ...]
    family: tuple[Name, ...]
    family_first: bool


@dataclass(frozen=True)
class City:
    name: str
    state: str
    postcode: str  # a pattern
    timezone: str  # IANA


@dataclass(frozen=True)
class Country:
    """``typed``: other ways to write the name; ``latin``: share of Latin-script spellings."""

    code: str
    name: str
    typed: tuple[str, ...]
    culture: str
    latin: float
    language: str
    territory: str
    currency: str
    phone: tuple[str, ...]
    mobile: tuple[str, ...]
    suffixes: tuple[str, ...]
    cities: tuple[City, ...]
    blocked: bool


@dataclass(frozen=True)
class Industry:
    hubspot: str
    text: tuple[str, ...]
    salesforce: str
    words: tuple[str, ...]
    fits: bool


@dataclass(frozen=True)
class Page:
    path: str
    title: str
    intent: bool = False


@dataclass(frozen=True)
class Form:
    id: str
    key: str
    name: str
    page: str
    title: str
    kind: str


@dataclass(frozen=True)
class Mailing:
    id: int
    name: str
    subject: str
    link: str


@dataclass(frozen=True)
class Lexicon:
    cultures: dict[str, Culture]
    countries: Weighted[Country]
    titles: dict[str, dict[str, tuple[str, ...]]]
    stems: tuple[str, ...]
    sizes: Weighted[tuple[int, int]]
    people: Weighted[int]
    industries: Weighted[Industry]
    site: str
    pages: Weighted[Page]
    intent_pages: tuple[Page, ...]
    forms: tuple[Form, ...]
    hand_raises: Weighted[Form]
    contents: Weighted[Form]
    mailings: tuple[Mailing, ...]
    sources: Weighted[str]
    written: dict[str, list[str]]
    junk: dict[str, Any]
    crew: tuple[dict[str, str], ...]

    def title(self, dice: Random, language: str, seniority: str) -> str:
        """A job title in the language, in English where it has none of that seniority."""
        spoken = self.titles.get(language.partition("-")[0], {})
        return pick(dice, spoken.get(seniority) or self.titles["en"][seniority])


def between(dice: Random, low: int, high: int) -> int:
    """What ``dice.randint(low, high)`` gives, in half the time."""
    count = high - low + 1
    bits = count.bit_length()
    drawn = dice.getrandbits(bits)
    while drawn >= count:
        drawn = dice.getrandbits(bits)
    return low + drawn


@lru_cache(maxsize=4_096)
def fold(text: str) -> str:
    """Lower-case ASCII letters and digits of a Latin text: "von der Höhe" → "vonderhoehe"."""
    plain = unicodedata.normalize("NFKD", text.translate(_FOLD))
    return re.sub(r"[^a-z0-9]", "", plain.lower())


def fill(dice: Random, pattern: str) -> str:
    """A postcode or phone number after a pattern of ``#`` (0-9), ``N`` (1-9), ``A`` (a letter).

    Letters of the pattern that are none of these stay; "EC1A" keeps its A before a space.
    """
    draw = dice.getrandbits
    filled = []
    for chars, count, bits in _parts(pattern):
        place = 0
        if count > 1:
            place = draw(bits)
            while place >= count:
                place = draw(bits)
        filled.append(chars[place])
    return "".join(filled)


@cache
def _parts(pattern: str) -> tuple[tuple[str | tuple[str], int, int], ...]:
    """What may stand in a place, how many these are, and how many random bits choose one.

    What stays is one part, however long it is.
    """
    draw = {"#": "0123456789", "N": "123456789"}
    drawn = {m.start(): draw.get(m[0], "BDFGHJ") for m in re.finditer(r"[#N]|(?<=[# ])A|(?<=#A)A", pattern)}
    parts: list[tuple[str | tuple[str], int, int]] = []
    for is_drawn, places in groupby(range(len(pattern)), key=drawn.__contains__):
        if is_drawn:
            parts += [(drawn[place], len(drawn[place]), len(drawn[place]).bit_length()) for place in places]
        else:
            parts.append((("".join(pattern[place] for place in places),), 1, 0))
    return tuple(parts)


@cache
def lexicon() -> Lexicon:
    """All word lists; read once."""
    companies, marketing = _load("companies"), _load("marketing")
    pages = [(_page(row), float(row["weight"])) for row in marketing["page"]]
    forms = [(_form(row), float(row["weight"])) for row in marketing["form"]]
    return Lexicon(
        cultures={key: _culture(row) for key, row in _load("names").items()},
        countries=Weighted([(_country(r), r["share"]) for r in _load("places")["country"]]),
        titles={
            language: {seniority: tuple(titles) for seniority, titles in levels.items()}
            for language, levels in _load("titles").items()
        },
        stems=tuple(companies["stems"]),
        sizes=Weighted([((r["low"], r["high"]), r["share"]) for r in companies["sizes"]]),
        people=Weighted([(count, share) for count, share in companies["people"]]),
        industries=Weighted([(_industry(r), r["share"]) for r in companies["industry"]]),
        site=marketing["site"],
        pages=Weighted(pages),
        intent_pages=tuple(page for page, _ in pages if page.intent),
        forms=tuple(form for form, _ in forms),
        hand_raises=Weighted([(f, w) for f, w in forms if f.kind == "hand_raise"]),
        contents=Weighted([(f, w) for f, w in forms if f.kind == "content"]),
        mailings=tuple(Mailing(**row) for row in marketing["mailing"]),
        sources=Weighted(list(marketing["sources"].items())),
        written=marketing["written"],
        junk=marketing["junk"],
        crew=tuple(_load("crew")["member"]),
    )


def _load(name: str) -> dict[str, Any]:
    return tomllib.loads((_DATA / f"{name}.toml").read_text(encoding="utf-8"))


def _name(entry: str) -> Name:
    written, _, latin = entry.partition("|")
    return Name(written, fold(latin or written))


def _culture(row: dict[str, Any]) -> Culture:
    return Culture(
        tuple(map(_name, row["given"])),
        tuple(map(_name, row["family"])),
        row.get("order") == "family",
    )


def _country(row: dict[str, Any]) -> Country:
    cities = [City(name, state, postcode, *(own or [row["timezone"]])) for name, state, postcode, *own in row["cities"]]
    return Country(
        code=row["code"],
        name=row["name"],
        typed=tuple(row["typed"]),
        culture=row["culture"],
        latin=row.get("latin", 0.0),
        language=row["language"],
        territory=row["territory"],
        currency=row["currency"],
        phone=tuple(row["phone"]),
        mobile=tuple(row["mobile"]),
        suffixes=tuple(row["suffixes"]),
        cities=tuple(cities),
        blocked=row.get("blocked", False),
    )


def _industry(row: dict[str, Any]) -> Industry:
    return Industry(row["hubspot"], tuple(row["text"]), row["salesforce"], tuple(row["words"]), row["fits"])


def _page(row: dict[str, Any]) -> Page:
    return Page(row["path"], row["title"], row.get("intent", False))


def _form(row: dict[str, Any]) -> Form:
    return Form(*(row[key] for key in ("id", "key", "name", "page", "title", "kind")))
