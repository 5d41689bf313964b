"""docs/requirements.md is what the tests say."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import requirements_table
from tests.requirements_table import PAGE, chapters, numbers, page, proofs_in


def test_the_page_is_made_of_the_tests() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run: python -m tests.requirements_table"


@pytest.mark.parametrize(
    ("name", "docstring", "found"),
    [
        ("test_S3_11_threshold_69_fails", "", {"S3.11"}),
        ("test_S0_12_to_S0_14_a_field", "", {"S0.12", "S0.13", "S0.14"}),
        ("test_S2_11_S2_12_without_a_why", "", {"S2.11", "S2.12"}),
        ("test_C3_C4_C12_who_is_it", "", {"C3", "C4", "C12"}),
        ("test_N10_pain_20_a_lead_that_comes_back", "", {"N10", "C20"}),
        ("test_pain_in_words", "", set()),
        ("test_T9c_a_lead_converted", "", {"T9c"}),
        ("test_F01_a_stop", "", {"F01"}),
        ("test_a_lead_of_S3_11", "", set()),
        ("test_S3_many", "", set()),
        ("test_plain", "Proves S1.7, and pain C7; S1 and C are no numbers.", {"S1.7", "C7"}),
        ("test_S1_2_to_the_owner", "", {"S1.2"}),
    ],
)
def test_a_test_says_what_it_proves(name: str, docstring: str, found: set[str]) -> None:
    assert numbers(name, docstring) == found


def test_tests_are_found_in_classes_too_and_other_functions_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requirements_table, "TESTS", tmp_path)
    file = tmp_path / "test_x.py"
    file.write_text(
        'class Suite:\n    def test_S1_2_inside(self): ...\n    def helper_S1_3(self): "S1.4"\n\n\n'
        'def test_S1_2_outside(): "C7"\n',
        encoding="utf-8",
    )
    assert {number: sorted(tests) for number, tests in proofs_in([file]).items()} == {
        "S1.2": ["test_x.py: test_S1_2_inside", "test_x.py: test_S1_2_outside"],
        "C7": ["test_x.py: test_S1_2_outside"],
    }


def test_a_number_without_a_test_is_listed_as_such() -> None:
    text = page()
    rows = [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| number")]
    listed = [row.split(" | ")[0].removeprefix("| ") for row in rows]
    known = [number for chapter in chapters() for number in chapter.requirements]
    assert listed[: len(known)] == known
    lacking = sum(row.endswith("| none yet |") for row in rows)
    assert f"\n{len(known) - lacking} of {len(known)} have a test.\n" in text
