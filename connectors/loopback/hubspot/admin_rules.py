"""Validation rules an administrator adds; API writes obey them since 2026-09 (§12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.errors import validation

_KEYS = {"kind", "property", "when", "message"}


class AdminRules:
    """Rules ``{"kind", "property", "when": {property: value} | None, "message": text | None}``:

    ``property`` must have a value, always or when every property of ``when`` has its value.
    """

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._rules = list(documents.all("admin_rule"))

    def add(self, rule: Mapping[str, Any]) -> None:
        """ValueError when a key is unknown or missing."""
        if not {"kind", "property"} <= set(rule) <= _KEYS:
            raise ValueError(f"A validation rule has the keys {sorted(_KEYS)}.")
        self._rules.append(dict(rule))
        self._documents.put("admin_rule", f"{len(self._rules):06d}", dict(rule))

    def uses(self, kind: str, name: str) -> bool:
        """Is the property part of a rule? Then it cannot be deleted."""
        return any(
            rule["kind"] == kind and (rule["property"] == name or name in (rule.get("when") or {}))
            for rule in self._rules
        )

    def check(self, kind: str, before: Mapping[str, str], changes: Mapping[str, str]) -> None:
        """Raise the 400 of the first rule the changed record would break.

        A change that touches neither side of a rule is not held against it.
        """
        after = {**before, **changes}
        for rule in self._rules:
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
