"""State and country picklists: an org that has them checks addresses, and keeps codes beside the names
[sheet 9.2, 11.3].

Countries are configured as ``{"US": {"name": "United States", "states": {"CA": "California"}}}``;
none: the org has no such picklists, and both fields take any text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.schema import Field, Schema, SObject, picklist_entry
from connectors.loopback.salesforce.store import Row

Countries = Mapping[str, Mapping[str, Any]]

_FLAGS = frozenset({"createable", "updateable", "nillable", "filterable", "sortable", "groupable", "aggregatable"})
# Texts UNCONFIRMED.
_WRONG = (
    "There's a problem with this {kind}, even though it may appear correct. "
    "Please select a {kind} from the list of valid {plural}."
)
_NO_COUNTRY = "A country must be specified before specifying a state value for field: {label}"


def add_codes(schema: Schema, countries: Countries) -> None:
    """Give every address a StateCode and a CountryCode; a state depends on its country."""
    for sobject in schema:
        for prefix, compound in _addresses(sobject):
            country_codes = [picklist_entry(code, label=country["name"]) for code, country in countries.items()]
            sobject.add(_code_field(f"{prefix}CountryCode", "Country Code", compound, country_codes))
            states: dict[str, dict[str, Any]] = {}
            for country_code, country in countries.items():
                for code, name in country.get("states", {}).items():
                    entry = states.setdefault(code, picklist_entry(code, label=name) | {"validFor": []})
                    entry["validFor"].append(country_code)
            new = _code_field(f"{prefix}StateCode", "State/Province Code", compound, [*states.values()])
            new.controller = f"{prefix}CountryCode"
            sobject.add(new)


def check(countries: Countries, sobject: SObject, row: Row, old: Row | None) -> None:
    """Complete names and codes from each other. Raises FIELD_INTEGRITY_EXCEPTION for a pair there is not."""
    if not countries:
        return
    names = {code: country["name"] for code, country in countries.items()}
    for prefix, _ in _addresses(sobject):
        _complete(row, old, f"{prefix}Country", names, "country", "countries")
        state = f"{prefix}State"
        country = countries.get(row.get(f"{prefix}CountryCode") or "")
        if country is None and (row.get(state) or row.get(f"{state}Code")):
            raise RecordError(
                "FIELD_INTEGRITY_EXCEPTION", _NO_COUNTRY.format(label=sobject.fields[state].label), [state]
            )
        _complete(row, old, state, country.get("states", {}) if country else {}, "state", "states")


def _complete(row: Row, old: Row | None, field: str, names: Mapping[str, str], kind: str, plural: str) -> None:
    """The name decides unless only the code was given."""
    code_field = f"{field}Code"
    before = old or {}
    name, code = row.get(field), row.get(code_field)
    if name != before.get(field) or code == before.get(code_field):
        found = next((known for known, said in names.items() if name and said.lower() == name.lower()), None)
    else:
        name, found = code, code if code in names else None
    if name and found is None:
        raise RecordError("FIELD_INTEGRITY_EXCEPTION", _WRONG.format(kind=kind, plural=plural), [field])
    row[code_field] = found
    row[field] = names[found] if found else None


def _addresses(sobject: SObject) -> Iterator[tuple[str, str]]:
    """Prefix and name of each compound address: ("Mailing", "MailingAddress")."""
    for entry in list(sobject.fields.values()):
        if entry.type == "address":
            yield entry.name.removesuffix("Address"), entry.name


def _code_field(name: str, label: str, compound: str, entries: list[dict[str, Any]]) -> Field:
    return Field(name, label, "picklist", _FLAGS, length=10, compound=compound, picklist=entries)
