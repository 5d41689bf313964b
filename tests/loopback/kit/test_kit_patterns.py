"""Patterns that others write: the same answers as ``re``, and an end to every match."""

from __future__ import annotations

import re
from random import Random

import pytest

from connectors.loopback.kit import Faults
from connectors.loopback.kit.patterns import PatternError, TooComplicated, Unsupported, compiled

_ATOMS = ("a", "b", "c", ".", "[ab]", "[^a]", r"\d", r"\W", r"\s", r"\b", "^", "$", "[a-c_]", "1", r"\A", "")
_TIMES = ("*", "+", "?", "{2}", "{1,3}", "{0,2}?", "*?", "{2,}", "{0}")


def any_pattern(dice: Random, depth: int) -> str:
    part = dice.random()
    if depth == 0 or part < 0.35:
        return dice.choice(_ATOMS)
    inner = any_pattern(dice, depth - 1)
    if part < 0.5:
        return inner + any_pattern(dice, depth - 1)
    if part < 0.65:
        return f"({inner}|{any_pattern(dice, depth - 1)})"
    if part < 0.9:
        return f"(?:{inner}){dice.choice(_TIMES)}"
    return f"(?{dice.choice('=!')}{inner})"


def test_a_pattern_matches_what_python_says_that_it_matches() -> None:
    dice = Random(20261124)
    for _ in range(3_000):
        pattern = any_pattern(dice, 4)
        text = "".join(dice.choice("abc1_ \n") for _ in range(dice.randint(0, 7)))
        reference = re.compile(pattern)
        assert compiled(pattern).fullmatch(text) is (reference.fullmatch(text) is not None), (pattern, text)
        assert compiled(pattern).search(text) is (reference.search(text) is not None), (pattern, text)


@pytest.mark.parametrize("pattern", ["(a+)+b", "(a*)*b", "(a|a)*b", "(a|aa)+b", "(.*a){12}b", "a*a*a*a*a*a*a*a*b"])
def test_a_pattern_that_walks_back_for_ever_elsewhere_ends_here(pattern: str) -> None:
    assert compiled(pattern).fullmatch("a" * 500) is False
    assert compiled(pattern).search("a" * 500) is False


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"(?i)straße-[a-f]", "STRAßE-C", True),
        (r"(?i:A)b", "ab", True),
        (r"(?i:A)b", "aB", False),
        (r"\p{Lu}\p{Ll}+", "Émile", True),
        (r"\P{Upper}", "É", True),
        (r"\w+", "é", False),  # Java's \w is of ASCII
        (r"[\w.]+@\w+\.(com|org)", "a.b@c.org", True),
        (r"[]a]+", "]a", True),
        (r"[a-]\x41é\u00e9\t", "-Aéé\t", True),
        ("(?s)a.b", "a\nb", True),
        ("a.b", "a\u2028b", False),
        ("(?m)^b$", "a\nb\n", False),
        ("(?<year>[0-9]{4})", "2026", True),
    ],
)
def test_the_syntax_is_javas(pattern: str, text: str, found: bool) -> None:
    assert compiled(pattern).fullmatch(text) is found


@pytest.mark.parametrize("pattern", ["(", "a)", "[a", "a{2,1}", "*a", "a**", "\\", "a{", "{", "[b-a]", "a|*", r"\xZZ"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(PatternError) as caught:
        compiled(pattern)
    assert not isinstance(caught.value, Unsupported | TooComplicated)


@pytest.mark.parametrize("pattern", ["(?<=x)a", r"(a)\1", "a++", "[a&&b]", "(?>a)", "(?x)a", r"\Qa\E", r"\p{Greek}"])
def test_what_no_set_of_states_follows_is_told(pattern: str) -> None:
    with pytest.raises(Unsupported):
        compiled(pattern)


@pytest.mark.parametrize("pattern", ["a{1001}", "((a{99}){99}){99}", "(" * 60 + "a" + ")" * 60])
def test_a_pattern_beyond_a_ceiling_is_too_complicated(pattern: str) -> None:
    with pytest.raises(TooComplicated, match="Regex too complicated"):
        compiled(pattern)


def test_a_search_of_too_many_steps_is_too_complicated() -> None:
    with pytest.raises(TooComplicated):
        compiled("(a?){900}(a?){900}").fullmatch("a" * 1_800)


def test_a_fault_whose_path_is_too_complicated_for_a_request_does_not_fire() -> None:
    faults = Faults()
    faults.add({"path": "(a?){900}$", "status": 503})
    assert faults.match("GET", "/x") is not None
    assert faults.match("GET", f"/{'a' * 32_000}/") is None
