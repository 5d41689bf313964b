"""What a decision has to tell a human of what the systems say."""

from __future__ import annotations

from syncd.core.facts import Dossier
from syncd.core.stages import Finding
from syncd.core.types import Problem


def illegal(d: Dossier, where: Finding) -> list[Problem]:
    """What the systems say and the table has no way for (B3): one problem for each pair, and nothing is changed."""
    return [
        Problem(
            "illegal_move",
            f"{d.lineage} {where.stage} {found.stage}",
            f"{found.source} says {found.stage} ({found.rule}), but the person is {where.stage}, and no way leads there. "
            "It stays so.",
            f"syncd reopen {d.lineage} --by NAME --reason TEXT"
            if where.stage == "trash"
            else f"Correct it there, or hand the person over anew: syncd handoff {d.lineage} --by NAME --reason TEXT",
        )
        for found in where.illegal
    ]


def orphaned(d: Dossier, number_said: str) -> list[Problem]:
    """A commit mark without a record: a cloned or imported contact, or a CRM that lost the lead."""
    return [
        Problem(
            "number_without_record",
            d.lineage,
            number_said[0].upper() + number_said[1:] + ".",
            "Clear the handoff number on the contact to hand it over anew, or bring the record back.",
        )
    ]
