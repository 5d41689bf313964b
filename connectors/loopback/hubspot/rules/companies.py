"""Companies: the website follows the domain [R:grouparoo/companies.batch-create.201.json]."""

from __future__ import annotations

from connectors.loopback.hubspot.history import Source
from connectors.loopback.hubspot.rules.base import Changes, Rules


class CompanyRules(Rules):
    create_echo = Rules.create_echo | {"website"}

    def begin(self, record_id: int, changes: Changes, source: Source, at: int) -> None:
        super().begin(record_id, changes, source, at)
        if "domain" in changes:
            changes.setdefault("website", changes["domain"])
