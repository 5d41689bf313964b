"""The template of the brief: refused whole, with its lines."""

from __future__ import annotations

from config_workshop import Workshop

NAMED = ("[route]\n", '[handoff]\nbrief_template = "brief.txt"\n\n[route]\n')


def test_N10_a_template_is_read_and_part_of_the_version(shop: Workshop) -> None:
    usual = shop.load().rules
    shop.config(NAMED)
    (shop.folder / "brief.txt").write_text("Call ${name}.\n$why\n")
    rules = shop.load().rules
    assert usual.brief_template == ""
    assert rules.brief_template == "Call ${name}.\n$why\n"
    assert rules.version != usual.version


def test_N10_every_unknown_name_is_a_complaint_with_its_line(shop: Workshop) -> None:
    shop.config(NAMED)
    (shop.folder / "brief.txt").write_text("Call ${nmae}.\n\nIt costs $5, $whi\n")
    assert shop.complaints() == [
        'brief.txt:1: a brief has no part "nmae". Did you mean `name`?',
        "brief.txt:3: a `$` that begins no name. Write `$$` for the sign itself.",
        'brief.txt:3: a brief has no part "whi". Did you mean `why`?',
    ]


def test_a_template_that_is_missing_or_empty_is_a_complaint(shop: Workshop) -> None:
    shop.config(NAMED)
    (missing,) = shop.complaints()
    assert missing.startswith("config.toml:")
    assert missing.endswith(
        "`brief_template`: the file does not exist. Write it there, or leave `brief_template` out for the usual brief."
    )
    (shop.folder / "brief.txt").write_text(" \n")
    (empty,) = shop.complaints()
    assert empty.startswith("brief.txt:1: this template is empty. Known here: next_step, ")
