"""An org with several currencies: an amount is in the currency that its record says [sheet 9.2].

Only of Opportunities: of the other objects no client here reads or writes amounts in a currency of their own.
"""

from __future__ import annotations

from collections.abc import Sequence

from connectors.loopback.salesforce.schema import Field, Schema, picklist_entry

CODE = "CurrencyIsoCode"
_FLAGS = frozenset(
    {
        "createable",
        "updateable",
        "nillable",
        "defaultedOnCreate",
        "filterable",
        "sortable",
        "groupable",
        "restrictedPicklist",
    }
)


def add_codes(schema: Schema, currencies: Sequence[str], own: str) -> None:
    """Give Opportunities a CurrencyIsoCode: ``own`` unless a record says another one."""
    entries = [picklist_entry(code, default=code == own) for code in currencies]
    schema["Opportunity"].add(Field(CODE, "Opportunity Currency", "picklist", _FLAGS, length=3, picklist=entries))
