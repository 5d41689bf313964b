"""`[nurture]`: the lists that follow a handoff."""

from __future__ import annotations

from typing import Any

import pytest

from syncd.config import needs
from syncd.core.errors import ConfigError
from syncd.core.lists import Nurture


def add(shop: Any, text: str) -> None:
    shop.config(("[route]\n", f"{text}\n[route]\n"))


def test_lists_are_named_by_id_or_name_and_checked_where_marketing_is(shop: Any) -> None:
    add(shop, '[nurture]\nlist = "Back from sales"\npause = "4711"\n')
    rules = shop.load().rules
    assert rules.nurture == Nurture("Back from sales", "4711")
    assert [n.field for n in needs(rules, "hubspot") if n.kind == "lists"] == ["Back from sales", "4711"]
    assert not [n for n in needs(rules, "salesforce") if n.kind == "lists"]


def test_without_it_no_list_is_touched(shop: Any) -> None:
    shop.config()
    assert shop.load().rules.nurture == Nurture()
    assert not [n for n in needs(shop.load().rules, "hubspot") if n.kind == "lists"]


def test_reasons_are_codes_by_what_reps_write(shop: Any) -> None:
    add(shop, '[feedback.reasons]\n"No budget" = "budget"\nBroke = "budget"\n')
    rules = shop.load().rules
    assert rules.reasons == {"No budget": "budget", "Broke": "budget"}
    (need,) = [n for n in needs(rules, "salesforce") if (n.kind, n.field) == ("Lead", "syncd_reason__c")]
    assert need.values == ("No budget", "Broke")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[nurture]\nlist = "A"\npause = "A"\n', "name the same list"),
        ('[nurture]\nlists = "A"\n', "list"),
        ('[nurture]\nlist = ""\n', "list"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(shop: Any, text: str, said: str) -> None:
    add(shop, text)
    with pytest.raises(ConfigError) as caught:
        shop.load()
    (complaint,) = caught.value.complaints
    assert complaint.line
    assert said in str(complaint)
