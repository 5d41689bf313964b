"""Fault rules from a file: a JSON list, or a TOML file of ``[[fault]]`` tables.

Every rule is one of :mod:`connectors.loopback.kit.faults` plus ``system``, the emulator it is
for: ``{"system": "hubspot", "path": "/search$", "every": 10, "status": 500}``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from connectors.loopback.kit import FaultError
from connectors.loopback.kit.faults import check_rule

SYSTEMS = ("hubspot", "salesforce")


def read_faults(path: Path) -> list[tuple[str, dict[str, Any]]]:
    """System and rule, in the file's order; FaultError lists all that is wrong with the file."""
    rules = _entries(path)
    found: list[tuple[str, dict[str, Any]]] = []
    problems: list[str] = []
    for number, entry in enumerate(rules, 1):
        where = f"{path.name}, rule {number}: "
        if not isinstance(entry, dict):
            problems.append(f"{where}a rule must be an object.")
            continue
        system, rule, wrong = checked_rule(entry)
        problems += [where + problem for problem in wrong]
        found.append((system, rule))
    if problems:
        raise FaultError(problems)
    return found


def checked_rule(entry: Mapping[str, Any]) -> tuple[str, dict[str, Any], list[str]]:
    """System, rule and everything wrong with an entry, a sentence each."""
    rule = dict(entry)
    system = rule.pop("system", None)
    problems = check_rule(rule)
    if system not in SYSTEMS:
        problems.insert(0, f'"system" must be "hubspot" or "salesforce", not {system!r}.')
    return str(system), rule, problems


def _entries(path: Path) -> list[Any]:
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".toml":
            entries = tomllib.loads(text).get("fault")
            expected = "[[fault]] tables"
        else:
            entries = orjson.loads(text)
            expected = "a JSON list of rules"
    except OSError as error:
        raise FaultError([f"{path} cannot be read: {error.strerror}."]) from error
    except (ValueError, UnicodeError) as error:
        raise FaultError([f"{path.name} cannot be understood: {error}."]) from error
    if not isinstance(entries, list):
        raise FaultError([f"{path.name} must hold {expected}."])
    return entries
