"""Fault rules: which requests fail, and how.

A rule is a JSON object. It chooses requests by ``method`` and ``path`` (a regular expression
searched in the path), and among those by ``nth`` (from the nth on), ``every`` and
``probability`` (drawn from ``seed``); ``times`` bounds how often it fires. What it does is
said by ``status``/``headers``/``body``/``content_type``, ``delay_ms``, ``reset``, ``truncate``,
``drip_ms`` (the pauses of a body that arrives in pieces), ``chunked`` (how the body is framed)
and ``apply`` (was the request really carried out?).
"""

from __future__ import annotations

import logging
import random
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson

from connectors.loopback.kit.patterns import Pattern, PatternError, TooComplicated, compiled
from connectors.loopback.kit.statuses import is_final

_LOG = logging.getLogger(__name__)
_FORBIDDEN_HEADERS = {"connection", "content-length", "date", "keep-alive", "transfer-encoding"}


class FaultError(ValueError):
    """A rule that cannot be used; ``problems`` lists every reason as a sentence."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Fault:
    """What is to happen to one request.

    ``apply`` says whether the application sees the request at all. ``status`` None lets the
    application's own answer through (late, truncated, framed otherwise or not at all).
    ``chunked`` None frames the answer as the emulator does.
    """

    rule_id: str
    status: int | None = None
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    content_type: str = "application/json"
    apply: bool = True
    delay_ms: float = 0.0
    reset: Literal["before", "after"] | None = None
    truncate: float | None = None
    drip_ms: float = 0.0
    chunked: bool | None = None


@dataclass
class _Rule:
    id: str
    definition: dict[str, Any]
    method: str
    path: Pattern
    nth: int | None
    every: int | None
    probability: float | None
    times: int | None
    fault: Fault
    dice: random.Random
    seen: int = 0
    fired: int = field(default=0)

    def fires(self, method: str, path: str) -> bool:
        """Count a request this rule is about; True when the fault is due on it."""
        if self.method not in ("*", method) or not self._is_about(path):
            return False
        self.seen += 1
        # The dice roll on every matching request, so that a seed always gives the same run.
        unlucky = self.probability is None or self.dice.random() < self.probability
        since = self.seen - (self.nth or 0)
        due = since >= 0 and (self.every is None or since % self.every == 0)
        return unlucky and due and (self.times is None or self.fired < self.times)

    def _is_about(self, path: str) -> bool:
        try:
            return self.path.search(path)
        except TooComplicated:
            _LOG.warning("%s: its path is too complicated for %s", self.id, path[:200])
            return False


class Faults:
    """The rules in force, in the order they were added. Safe to use from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._rules: list[_Rule] = []
        self._added = 0

    def add(self, rule: Mapping[str, Any]) -> str:
        """Put a rule in force and return its id; FaultError lists all that is wrong with it."""
        problems = check_rule(rule)
        if problems:
            raise FaultError(problems)
        with self._lock:
            self._added += 1
            rule_id = f"fault-{self._added}"
            self._rules.append(_compile(rule_id, dict(rule)))
        return rule_id

    def remove(self, rule_id: str) -> None:
        """Take one rule out of force; nothing happens when it is not."""
        with self._lock:
            self._rules = [rule for rule in self._rules if rule.id != rule_id]

    def clear(self) -> None:
        with self._lock:
            self._rules.clear()

    def rules(self) -> list[dict[str, Any]]:
        """Every rule as it was given, with its ``id`` and how often it ``seen`` and ``fired``."""
        with self._lock:
            return [{"id": r.id, **r.definition, "seen": r.seen, "fired": r.fired} for r in self._rules]

    def match(self, method: str, path: str) -> Fault | None:
        """The fault due on this request: of the first rule that fires.

        Every rule about the request counts it, fired or not.
        """
        with self._lock:
            due = [rule for rule in self._rules if rule.fires(method, path)]
            if not due:
                return None
            due[0].fired += 1
            return due[0].fault


def _compile(rule_id: str, rule: dict[str, Any]) -> _Rule:
    nth = rule.get("nth")
    reset = rule.get("reset")
    status = rule.get("status")
    body = rule.get("body", "")
    is_text = isinstance(body, str)
    fault = Fault(
        rule_id=rule_id,
        status=status,
        headers=tuple((str(k), str(v)) for k, v in rule.get("headers", {}).items()),
        body=body.encode() if is_text else orjson.dumps(body),
        content_type=rule.get("content_type", "text/plain; charset=utf-8" if is_text else "application/json"),
        apply=rule.get("apply", status is None and reset != "before"),
        delay_ms=rule.get("delay_ms", 0),
        reset=reset,
        truncate=rule.get("truncate"),
        drip_ms=rule.get("drip_ms", 0),
        chunked=rule.get("chunked"),
    )
    return _Rule(
        id=rule_id,
        definition=rule,
        method=rule.get("method", "*").upper(),
        path=compiled(rule.get("path", "")),
        nth=nth,
        every=rule.get("every"),
        probability=rule.get("probability"),
        times=rule.get("times", None if nth is None else 1),
        fault=fault,
        dice=random.Random(rule.get("seed", 0)),
    )


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_pattern(value: Any) -> bool:
    try:
        return isinstance(value, str) and compiled(value) is not None
    except PatternError:
        return False


def _is_status(value: Any) -> bool:
    return _is_int(value) and is_final(value)


def _is_headers(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    return all(
        re.fullmatch(r"[A-Za-z0-9-]+", str(name))
        and str(name).lower() not in _FORBIDDEN_HEADERS
        and isinstance(text, str | int)
        and not re.search(r"[\r\n\0]|[^\x00-\xff]", str(text))
        for name, text in value.items()
    )


_EFFECTS = ("status", "delay_ms", "reset", "truncate", "drip_ms", "chunked")

# Key of a rule: how to tell a usable value, and what a usable value is, in words.
_KEYS: dict[str, tuple[Any, str]] = {
    "method": (lambda v: v == "*" or (isinstance(v, str) and v.isalpha()), 'a method or "*"'),
    "path": (_is_pattern, "a regular expression"),
    "nth": (lambda v: _is_int(v) and v >= 1, "a whole number of at least 1"),
    "every": (lambda v: _is_int(v) and v >= 1, "a whole number of at least 1"),
    "probability": (lambda v: _is_number(v) and 0 <= v <= 1, "a number between 0 and 1"),
    "seed": (_is_int, "a whole number"),
    "times": (lambda v: v is None or (_is_int(v) and v >= 1), "a whole number or null"),
    "status": (_is_status, "a final HTTP status such as 503"),
    "headers": (_is_headers, "an object of header names and values the transport does not own"),
    "body": (lambda v: isinstance(v, str | dict | list), "an object, a list or a text"),
    "content_type": (lambda v: isinstance(v, str) and v.isprintable(), "a text"),
    "apply": (lambda v: isinstance(v, bool), "true or false"),
    "delay_ms": (lambda v: _is_number(v) and 0 <= v <= 600_000, "0 to 600000 milliseconds"),
    "drip_ms": (lambda v: _is_number(v) and 0 <= v <= 600_000, "0 to 600000 milliseconds"),
    "reset": (lambda v: v in ("before", "after"), '"before" or "after"'),
    "truncate": (lambda v: _is_number(v) and 0 <= v < 1, "a share from 0 up to, not including, 1"),
    "chunked": (lambda v: isinstance(v, bool), "true or false"),
}


def check_rule(rule: Any) -> list[str]:
    """Everything that is wrong with a rule, one sentence each; empty when it can be used."""
    if not isinstance(rule, Mapping):
        return ["A fault rule must be a JSON object."]
    problems = [f'"{key}" is not a key of a fault rule.' for key in rule if key not in _KEYS]
    problems += [
        f'"{key}" must be {words}, not {value!r}.'
        for key, value in rule.items()
        if key in _KEYS and not _KEYS[key][0](value)
        for words in [_KEYS[key][1]]
    ]
    return problems + _contradictions(rule)


def _contradictions(rule: Mapping[str, Any]) -> list[str]:
    problems = []
    answers = "status" in rule
    if not any(key in rule for key in _EFFECTS):
        problems.append('A fault rule needs one of "status", "delay_ms", "reset", "truncate", "drip_ms" or "chunked".')
    for key in ("headers", "body", "content_type"):
        if key in rule and not answers:
            problems.append(f'"{key}" needs "status".')
    if "reset" in rule and (answers or any(key in rule for key in ("truncate", "drip_ms", "chunked"))):
        problems.append('"reset" sends nothing, so it excludes "status", "truncate", "drip_ms" and "chunked".')
    if "apply" in rule and not answers:
        implied = rule.get("reset") != "before"
        if rule["apply"] is not implied:
            problems.append(
                '"apply" false needs "status" or "reset": "before".'
                if implied
                else '"reset": "before" never applies the request; use "after".'
            )
    return problems
