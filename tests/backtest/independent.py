"""Precision, recall and lift by tenth of learned rules, from the CSV files alone. Shares no code with syncd or with learn.py.

    python tests/backtest/independent.py olist FOLDER syncd.toml

Reads the data set itself, splits it itself, and reads of the configuration only points and threshold.
"""

import csv
import datetime
import hashlib
import json
import sys
import tomllib
from fractions import Fraction
from pathlib import Path

COLUMN = {
    "olist": {"source": "origin", "landing_page": "landing_page_id"},
    "sample": {"source": "channel", "landing_page": "page", "visits": "visits"},
    "x": {"source": "LeadSource", "lead_origin": "LeadOrigin", "occupation": "Occupation", "specialization": "Specialization",
          "visits": "TotalVisits", "time_on_site": "TotalTime", "pages_a_visit": "PageViews"},
}  # fmt: skip


def read(path):
    with Path(path).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def when(text):
    return datetime.datetime.fromisoformat(text)


def timed(folder, leads, deals, key, split):
    """(lead, won or not) of the later part; a deal that is no later than the first contact leaves the lead out."""
    won = {row[key]: when(row["won_date"]) for row in read(folder / deals)}
    for row in read(folder / leads):
        first = when(row["first_contact_date"])
        if first >= when(split):
            deal = won.get(row[key])
            if deal is None or deal > first:
                yield row, deal is not None


def hashed(folder):
    for row in read(folder / "x_education_leads.csv"):
        if int(hashlib.sha256(row["ProspectID"].encode()).hexdigest()[0], 16) >= 8:
            yield row, row["Converted"] == "1"


def part(name, folder):
    match name:
        case "olist":
            return timed(
                folder, "olist_marketing_qualified_leads.csv", "olist_closed_deals.csv", "mql_id", "2018-02-01"
            )
        case "sample":
            return timed(folder, "leads.csv", "deals.csv", "lead", "2025-07-01")
    return hashed(folder)


def points(rule, row, columns):
    if "any" in rule:  # everybody
        return rule["points"]
    value = row[columns[rule["field"]]].strip()
    if value in ("", "Select"):
        return 0
    if "in" in rule:
        holds = value.casefold() in [one.casefold() for one in rule["in"]]
    else:
        holds = float(value) <= rule["max"] if "max" in rule else float(value) >= rule["min"]
    return rule["points"] if holds else 0


def measure(name, folder, config):
    qualify = tomllib.loads(Path(config).read_text(encoding="utf-8"))["qualify"]
    scored = []
    for row, won in part(name, Path(folder)):
        total = sum(points(rule, row, COLUMN[name]) for rule in qualify["fit"])
        scored.append((min(100, max(0, total)), won))
    passed = [won for score, won in scored if score >= qualify["threshold"]]
    wins = sum(won for _, won in scored)
    # Each lead is a block of ten tenths; people of one score share their wins evenly.
    rate = {}
    for score in {score for score, _ in scored}:
        same = [won for s, won in scored if s == score]
        rate[score] = Fraction(sum(same), len(same))
    line = [rate[score] for score, _ in sorted(scored, key=lambda one: -one[0]) for _ in range(10)]
    size = len(scored)
    tenths = [sum(line[n * size : (n + 1) * size]) / 10 for n in range(10)]
    return {
        "people": size,
        "won": wins,
        "passed": len(passed),
        "hits": sum(passed),
        "precision": round(sum(passed) / len(passed), 4),
        "recall": round(sum(passed) / wins, 4),
        "lift": [round(float(one / Fraction(size, 10) / Fraction(wins, size)), 4) for one in tenths],
    }


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:4])))  # noqa: T201
