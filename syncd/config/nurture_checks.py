"""What concerns both keys of [nurture]: one list cannot be for those whom sales have and for those whom sales gave back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from syncd.config.document import Flaw, tables


def nurture_flaws(data: Mapping[str, Any]) -> Iterator[Flaw]:
    for where, table in tables(data, "nurture"):
        if table.get("list") is not None and table.get("list") == table.get("pause"):
            sentence = "`list` and `pause` name the same list: who joins the one leaves the other."
            yield Flaw((*where, "pause"), sentence, "Name two lists, or leave one out.")
