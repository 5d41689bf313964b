"""The rules of a config.toml, read and applied without syncd: an own reading of what config.example.toml documents.

Three answers, as in "is it so?": True, False, None (nobody knows). A must-have needs True; a veto needs True as well.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}
OURS = ("task", "email", "message")
"""What our own side does of these says nothing about the lead."""

COUNTRIES = {
    "Germany": "de deutschland", "Austria": "at österreich", "Switzerland": "ch schweiz suisse", "Poland": "pl polska",
    "Czechia": "cz česko|czech republic", "Hungary": "hu magyarország", "Ukraine": "ua україна",
    "United Kingdom": "gb uk england|great britain", "Ireland": "ie éire|republic of ireland", "Nigeria": "ng",
    "Sweden": "se sverige", "Norway": "no norge", "Denmark": "dk danmark", "Finland": "fi suomi", "Iceland": "is ísland",
    "Netherlands": "nl nederland holland|the netherlands", "France": "fr", "Belgium": "be belgië belgique",
    "Luxembourg": "lu", "Spain": "es españa", "Portugal": "pt", "Italy": "it italia", "Greece": "gr ελλάδα",
    "Romania": "ro românia", "Bulgaria": "bg българия", "Turkey": "tr türkiye", "Israel": "il ישראל",
    "United Arab Emirates": "ae uae الإمارات", "Saudi Arabia": "sa ksa السعودية", "Mexico": "mx méxico",
    "United States": "us usa u.s.|united states of america", "Canada": "ca|canada (québec)", "Brazil": "br brasil",
    "Australia": "au aus", "New Zealand": "nz aotearoa", "India": "in भारत இந்தியா", "Japan": "jp 日本",
    "South Korea": "kr 대한민국 korea", "China": "cn 中国", "Taiwan": "tw 台灣", "Singapore": "sg",
    "Thailand": "th ประเทศไทย", "Vietnam": "vn|việt nam", "Russia": "ru россия|russian federation", "Iran": "ir ایران",
}  # fmt: skip
SPELLED = {
    spelling: name
    for name, text in COUNTRIES.items()
    for spelling in (name.lower(), *text.split("|")[0].split(), *text.split("|")[1:])
}

Answer = bool | None


@dataclass(frozen=True)
class Event:
    """Something a person did, or that was done with one. `at` is in UTC."""

    kind: str
    at: datetime
    title: str = ""
    url: str = ""
    ours: bool = False


@dataclass(frozen=True)
class Verdict:
    ready: bool
    fit: int
    engagement: int
    combined: int
    why: str


class Rulebook:
    """A config.toml with its two mapping files."""

    def __init__(self, path: Path) -> None:
        self.config = tomllib.loads(path.read_text(encoding="utf-8"))
        named = self.config["syncd"].get("mappings")
        folder = path.parent / named if named else Path(__file__).parents[2] / "mappings"
        self.maps = {file.stem: tomllib.loads(file.read_text(encoding="utf-8")) for file in folder.glob("*.toml")}
        self.crm: str = self.config["syncd"]["crm"]
        self.contacts = self.maps["hubspot"]["contacts"]

    # ------------------------------------------------------------ who a person is
    def remote_names(self) -> list[str]:
        """The HubSpot properties that rules can look at."""
        return [*(field["remote"] for field in self.contacts["fields"].values()), self.contacts["stage"]["field"]]

    def profile(self, value: Callable[[str], str | None]) -> dict[str, Any]:
        """Our words for a contact's properties. `value` gives the text of one."""
        known = {name: _read(value(field["remote"]), field) for name, field in self.contacts["fields"].items()}
        stage = self.contacts["stage"]
        known["stage"] = stage["values"].get(value(stage["field"]) or "")
        return known

    # ------------------------------------------------------------ is it ready, and whose is it
    def judge(self, profile: Mapping[str, Any], events: Sequence[Event], now: datetime) -> Verdict:
        gate = self.config["qualify"]
        case = _Case(profile, [e for e in events if not (e.ours and e.kind in OURS)], now)
        fit, engagement = (case.points(gate.get(part, [])) for part in ("fit", "engagement"))
        share = gate.get("fit_share", 0.5)
        combined = int(fit * share + engagement * (1 - share) + 0.5 + 1e-9)
        raised = "hand_raise" in gate and case.holds(gate["hand_raise"]) is True
        reasons = [f"veto: {rule['name']}" for rule in gate.get("veto", []) if case.holds(rule) is True]
        reasons += [f"must have: {rule['name']}" for rule in gate.get("must", []) if case.holds(rule) is not True]
        if not raised:
            minima = ((combined, "threshold"), (fit, "fit_minimum"), (engagement, "engagement_minimum"))
            reasons += [f"{name}: {has} of {gate.get(name, 0)}" for has, name in minima if has < gate.get(name, 0)]
        return Verdict(not reasons, fit, engagement, combined, "; ".join(reasons) or f"score {combined}")

    def pool(self, profile: Mapping[str, Any]) -> tuple[str, list[str]]:
        """(name, e-mail addresses) of those who share leads like this one; ("", []) when nobody does."""
        route = self.config["route"]
        match route["mode"]:
            case "single":
                return "single", route["owners"][:1]
            case "round_robin":
                return "round robin", route["owners"]
        case = _Case(profile, [], datetime.max.replace(tzinfo=UTC))
        for territory in route["territory"]:
            if case.holds(territory) is True:
                return territory["name"], territory["owners"]
        return "", []


def duration(text: str) -> timedelta:
    return timedelta(seconds=sum(float(n) * UNITS[unit] for n, unit in re.findall(r"([\d.]+)\s*([smhdw])", text)))


def country(text: str) -> str:
    return SPELLED.get(text.strip().lower(), text)


def _read(text: str | None, field: Mapping[str, Any]) -> Any:
    if text is None or not text.strip():
        return None
    for transform in field.get("transform", ()):
        text = {"trim": str.strip, "lower": str.lower, "upper": str.upper, "title": str.title, "country": country}[
            transform
        ](text)
    match field.get("type", "text"):
        case "number" | "money":
            return float(text)
        case "bool":
            return text.lower() == "true"
        case "list":
            return [item.strip() for item in text.split(";") if item.strip()]
        case _:
            return text


@dataclass(frozen=True)
class _Case:
    profile: Mapping[str, Any]
    events: Sequence[Event]
    now: datetime

    def points(self, rules: Sequence[Mapping[str, Any]]) -> int:
        total = 0
        for rule in rules:
            if self.holds(rule) is not True:
                continue
            points = rule["points"] * (len(self.matching(rule)) if rule.get("each") else 1)
            cap = rule.get("cap")
            total += points if cap is None else max(-cap, min(cap, points))
        return max(0, min(100, total))

    def holds(self, rule: Mapping[str, Any]) -> Answer:
        if "all" in rule:
            answers = [self.holds(part) for part in rule["all"]]
            return False if False in answers else None if None in answers else True
        if "any" in rule:
            answers = [self.holds(part) for part in rule["any"]]
            return True if True in answers else None if None in answers else False
        if "not" in rule:
            inner = self.holds(rule["not"])
            return None if inner is None else not inner
        if "activity" in rule:
            return len(self.matching(rule)) >= rule.get("count", 1)
        return self._field(rule)

    def matching(self, rule: Mapping[str, Any]) -> list[Event]:
        kinds = [rule["activity"]] if isinstance(rule["activity"], str) else rule["activity"]
        oldest = self.now - duration(rule["within"]) if "within" in rule else None
        return [
            event
            for event in self.events
            if event.kind in kinds
            and event.at <= self.now
            and (oldest is None or event.at > oldest)
            and ("matches" not in rule or _seen(rule["matches"], event.title) or _seen(rule["matches"], event.url))
        ]

    def _field(self, rule: Mapping[str, Any]) -> Answer:
        value = self.profile.get(rule["field"])
        if "present" in rule:
            return value is not None
        if "absent" in rule:
            return value is None
        if value is None:
            return None
        items = value if isinstance(value, list) else [value]
        if "in" in rule:
            return any(_plain(item) in map(_plain, rule["in"]) for item in items)
        if "not_in" in rule:
            return not any(_plain(item) in map(_plain, rule["not_in"]) for item in items)
        if "contains_any" in rule:
            return any(str(word).lower() in str(item).lower() for item in items for word in rule["contains_any"])
        if "matches" in rule:
            return any(_seen(rule["matches"], str(item)) for item in items)
        if "min" in rule:
            return float(value) >= rule["min"]
        return float(value) <= rule["max"]


def _seen(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE) is not None


def _plain(value: Any) -> Any:
    return value.strip().lower() if isinstance(value, str) else value
