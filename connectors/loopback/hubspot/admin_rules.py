"""Validation rules an administrator adds; API writes obey them since 2026-09 (§12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.errors import validation

_RULE = "admin_rule"
_KEYS = {"kind", "property", "when", "message"}


class AdminRules:
    """Rules ``{"kind", "property", "when": {property: value} | None, "message": text | None}``:

    ``property`` must have a value, always or when every property of ``when`` has its value.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._rules = {stored["n"]: stored["rule"] for stored in documents.all(_RULE)}

    def add(self, rule: Mapping[str, Any]) -> None:
        """ValueError when a key is unknown or missing."""
        if not {"kind", "property"} <= set(rule) <= _KEYS:
            raise ValueError(f"A validation rule has the keys {sorted(_KEYS)}.")
        number = self._documents.number(_RULE, 1)
        self._rules[number] = dict(rule)
        self._documents.put(_RULE, f"{number:06d}", {"n": number, "rule": dict(rule)})

    def remove(self, kind: str, name: str) -> int:
        """Lift every rule about a property; how many there were."""
        lifted = [n for n, rule in self._rules.items() if (rule["kind"], rule["property"]) == (kind, name)]
        for number in lifted:
            del self._rules[number]
            self._documents.remove(_RULE, f"{number:06d}")
        return len(lifted)

    def uses(self, kind: str, name: str) -> bool:
        """Is the property part of a rule? Then it cannot be deleted."""
        return any(
            rule["kind"] == kind and (rule["property"] == name or name in (rule.get("when") or {}))
            for rule in self._rules.values()
        )

    def check(self, kind: str, before: Mapping[str, str], changes: Mapping[str, str]) -> None:
        """Raise the 400 of the first rule the changed record would break.

        A change that touches neither side of a rule is not held against it.
        """
        after = {**before, **changes}
        for rule in self._rules.values():
            when = rule.get("when") or {}
            touched = not before or rule["property"] in changes or any(n in changes for n in when)
            applies = all(after.get(name) == value for name, value in when.items())
            if rule["kind"] != kind or not touched or not applies or after.get(rule["property"]):
                continue
            message = rule.get("message") or f"{rule['property']} is required"
            raise validation(
                message,
                errors=[
                    {
                        "message": message,
                        "code": "REQUIRED_FIELD",
                        "context": {"propertyName": [rule["property"]]},
                    }
                ],
            )
