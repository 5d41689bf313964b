"""Text: cleaned, cut in the target's unit, and the phrases of briefs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from syncd.core.text import ago, clean, clip, cut, day, listing, minute, number, plural, rough, span, utf16

FAMILY = "👩‍👩‍👧‍👦"
SCOTLAND = "🏴󠁧󠁢󠁳󠁣󠁴󠁿"
WHOLE = [
    FAMILY,
    SCOTLAND,
    "👍🏽",
    "🇩🇪",
    "é",
    "e\u0301",
    "न\u094dत",
    "가",
    "각",
    "น้ำ",
    "😀",
    "a",
    "一",
    "❤\ufe0f",
    "🏳️‍🌈",
]
"""What a reader takes for one character."""

ANY_TEXT = st.text(st.characters(codec=None), max_size=60) | st.lists(st.sampled_from(WHOLE), max_size=20).map("".join)


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("plain text", "plain text"),
        ("a\x00b", "ab"),  # NUL: SQLite's length() stops there
        ("a\ud800b", "ab"),  # half a pair cannot be encoded
        ("a\u202eb\u2066c", "abc"),  # bidirectional override and isolate
        ("a\x07\x1b[31m\x9f", "a[31m"),
        ("one\r\ntwo\rthree\u2028four", "one\ntwo\nthree\nfour"),
        ("tab\tstays", "tab\tstays"),
        ("\ufeffbom", "bom"),
        (FAMILY, FAMILY),  # the joiner of a family stays
    ],
)
def test_clean_takes_out_what_no_system_stores_safely(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


@given(ANY_TEXT)
def test_cleaned_text_can_be_stored_and_stays_clean(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode()
    assert "\x00" not in cleaned
    assert clean(cleaned) == cleaned


@given(st.text(max_size=40))
def test_utf16_counts_what_the_encoder_writes(text: str) -> None:
    assert utf16(text) == len(text.encode("utf-16-le")) // 2


@pytest.mark.parametrize(
    ("text", "limit", "kept"),
    [
        ("abcdef", 3, "abc"),
        ("abc", 3, "abc"),
        ("abc", 0, ""),
        ("a😀", 2, "a"),  # 1 + 2 units: the pair is not split
        ("a😀", 3, "a😀"),
        ("x" + FAMILY, 10, "x"),  # 4 people and 3 joiners, one character
        ("x" + FAMILY, 12, "x" + FAMILY),
        ("x" + SCOTLAND, 13, "x"),
        ("👍🏽", 3, ""),  # hand and skin tone
        ("🇩🇪🇫🇷", 7, "🇩🇪"),  # flags are pairs: one is not torn off the next
        ("🇩🇪🇫🇷", 4, "🇩🇪"),
        ("ae\u0301", 2, "a"),  # letter and accent
        ("न\u094dत", 2, ""),  # a conjunct of two consonants
        ("a\r\nb", 2, "a"),
        ("\u1112\u1161\u11ab", 2, ""),  # Hangul in single letters
    ],
)
def test_clip_ends_between_characters(text: str, limit: int, kept: str) -> None:
    assert clip(text, limit) == kept


@given(st.lists(st.sampled_from(WHOLE), max_size=20), st.integers(0, 80))
def test_clip_keeps_as_many_whole_characters_as_fit(characters: list[str], limit: int) -> None:
    fitting = ""
    for character in characters:
        if utf16(fitting + character) > limit:
            break
        fitting += character
    assert clip("".join(characters), limit) == fitting


@given(ANY_TEXT, st.integers(0, 40), st.sampled_from(["", "…", " … cut"]))
def test_cut_never_exceeds_the_limit(text: str, limit: int, note: str) -> None:
    kept, was_cut = cut(text, limit, note)
    assert utf16(kept) <= limit
    assert was_cut is (utf16(text) > limit)
    assert was_cut or kept == text


@pytest.mark.parametrize(
    ("text", "limit", "note", "kept"),
    [
        ("short", 10, " …", "short"),
        ("one two three four", 15, "", "one two three"),  # at a word
        ("one two three four", 13, "", "one two three"),  # exactly at its end
        ("line one\nline two", 12, "", "line one\nlin"),  # the newline is too far back, no space near
        ("a line of words\nmore", 18, "", "a line of words"),  # at a line
        ("alpha beta gamma delta", 18, " … cut", "alpha beta … cut"),
        ("abcdefghij", 5, "a note longer than five", "abcde"),  # no room for the note
    ],
)
def test_cut_prefers_lines_and_words(text: str, limit: int, note: str, kept: str) -> None:
    assert cut(text, limit, note)[0] == kept


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        (plural(1, "visit"), "1 visit"),
        (plural(3, "visit"), "3 visits"),
        (plural(2, "activity", "activities"), "2 activities"),
        (listing([]), ""),
        (listing(["a"]), "a"),
        (listing(["a", "b", "c"], "or"), "a, b or c"),
        (span(timedelta(days=30)), "30 days"),
        (span(timedelta(hours=4)), "4 hours"),
        (span(timedelta(minutes=90)), "90 minutes"),
        (span(timedelta(seconds=1)), "1 second"),
        (number(60.0), "60"),
        (number(1200), "1,200"),
        (number(2.5), "2.5"),
    ],
)
def test_phrases(phrase: str, expected: str) -> None:
    assert phrase == expected


def test_days_and_minutes_are_of_the_zone_of_the_moment() -> None:
    moment = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
    assert day(moment) == "Tue 3 Nov 2026"
    assert minute(moment) == "Tue 3 Nov 2026, 14:05"


@pytest.mark.parametrize(
    ("days", "phrase"),
    [
        (0, "today"),
        (1, "yesterday"),
        (5, "5 days ago"),
        (59, "59 days ago"),
        (90, "3 months ago"),
        (800, "2 years ago"),
    ],
)
def test_ago(days: int, phrase: str) -> None:
    now = datetime(2026, 11, 3, 14, 5, tzinfo=UTC)
    assert ago(now - timedelta(days=days), now) == phrase


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 seconds"),
        (59, "59 seconds"),
        (61, "1 minute"),
        (3599, "59 minutes"),
        (3600, "1 hour"),
        (7500, "2 h 5 min"),
        (90_000, "25 hours"),
    ],
)
def test_N11_a_rough_length_never_speaks_of_days(seconds: int, said: str) -> None:
    assert rough(timedelta(seconds=seconds)) == said
