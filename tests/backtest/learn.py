"""Makes a configuration from the first part of past leads, by the book: points for what converts more often than average.

    python tests/backtest/learn.py olist  FOLDER OUT     leads first seen before 2018-02-01, and the deals won by then
    python tests/backtest/learn.py x      FOLDER OUT     the leads whose id has a SHA-256 that begins with 0 to 7
    python tests/backtest/learn.py sample FOLDER OUT     leads first seen before 2025-07-01, and the deals won by then

FOLDER holds the data set, OUT gets: syncd.toml with its mappings (the rules), rest.csv (the leads of the other part),
import.toml. What is learned: everybody begins with 40 points; each value of a column that at least 30 leads have gives
25 * log2(rate / average) points, where the rate is drawn to the average by 20 leads; numbers are cut into three bands of equal
size first. The threshold is the highest score that at least a fifth of the first part reaches.
"""

from __future__ import annotations

import csv
import hashlib
import math
import shutil
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

BASE, STRENGTH, DRAWN, LEAST, PASSING = 40, 25, 20, 30, 0.2
ROOT = Path(__file__).parents[2]

Row = dict[str, str]


@dataclass(frozen=True)
class Dataset:
    """`texts` and `numbers`: canonical field → column. `first` says of a lead whether it is of the first part, `won` of one of
    these whether it was won by the time of the split."""

    leads: str
    wins: str
    id: str
    texts: dict[str, str]
    numbers: dict[str, str]
    first: Callable[[Row], bool]
    won: Callable[[Path], Callable[[Row], bool]]
    description: str


def _won_by(split: str, name: str, id: str) -> Callable[[Path], Callable[[Row], bool]]:
    def of(folder: Path) -> Callable[[Row], bool]:
        early = {row[id] for row in table(folder / name) if row["won_date"] < split}
        return lambda row: row[id] in early

    return of


_TIMED = """\
[[people]]
file = "rest.csv"
id = "{id}"
at = "first_contact_date"
fields = {fields}

[[outcomes]]
file = "{wins}"
person = "{id}"
at = "won_date"
outcome = "won"
"""

_AT_ONCE = """\
[[people]]
file = "rest.csv"
id = "{id}"
on = 2026-01-01T00:00:00Z
empty = ["Select"]
fields = {fields}

[[outcomes]]
file = "rest.csv"
person = "{id}"
on = 2026-02-01T00:00:00Z
outcome = "won"
where = {{ Converted = "1" }}
"""

DATASETS = {
    "olist": Dataset(
        "olist_marketing_qualified_leads.csv", "olist_closed_deals.csv", "mql_id",
        {"source": "origin", "landing_page": "landing_page_id"}, {},
        lambda row: row["first_contact_date"] < "2018-02-01", _won_by("2018-02-01", "olist_closed_deals.csv", "mql_id"), _TIMED,
    ),
    "x": Dataset(
        "x_education_leads.csv", "", "ProspectID",
        {"source": "LeadSource", "lead_origin": "LeadOrigin", "occupation": "Occupation", "specialization": "Specialization"},
        {"visits": "TotalVisits", "time_on_site": "TotalTime", "pages_a_visit": "PageViews"},
        lambda row: hashlib.sha256(row["ProspectID"].encode()).hexdigest()[0] < "8",
        lambda folder: lambda row: row["Converted"] == "1", _AT_ONCE,
    ),
    "sample": Dataset(
        "leads.csv", "deals.csv", "lead", {"source": "channel", "landing_page": "page"}, {"visits": "visits"},
        lambda row: row["first_contact_date"] < "2025-07-01", _won_by("2025-07-01", "deals.csv", "lead"), _TIMED,
    ),
}  # fmt: skip


def table(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@dataclass(frozen=True)
class Rule:
    """`test` is the condition as TOML, without the field."""

    field: str
    test: str
    points: int
    holds: Callable[[Row], bool]


def learn(data: Dataset, rows: Sequence[Row], won: Callable[[Row], bool]) -> list[Rule]:
    """The rules of the first part."""
    average = sum(map(won, rows)) / len(rows)
    found = []
    for field, column in data.texts.items():
        groups: dict[str, list[Row]] = defaultdict(list)
        for row in rows:
            groups[row[column].strip()].append(row)
        for value, group in sorted(groups.items()):
            if value and value != "Select":
                test = f'in = ["{value}"]'
                found.append(_rule(field, test, group, average, won, _equals(column, value)))
    for field, column in data.numbers.items():
        sizes = sorted(float(row[column]) for row in rows if row[column])
        low, high = sizes[len(sizes) // 3], sizes[2 * len(sizes) // 3]
        bands = {
            f"max = {low:g}": _between(column, -math.inf, low),
            f"min = {high:g}": _between(column, high, math.inf),
        }
        for test, holds in bands.items():
            found.append(_rule(field, test, [row for row in rows if holds(row)], average, won, holds))
    return [rule for rule in found if rule.points]


def _rule(
    field: str,
    test: str,
    group: Sequence[Row],
    average: float,
    won: Callable[[Row], bool],
    holds: Callable[[Row], bool],
) -> Rule:
    rate = (sum(map(won, group)) + DRAWN * average) / (len(group) + DRAWN)
    points = round(STRENGTH * math.log2(rate / average)) if len(group) >= LEAST else 0
    return Rule(field, test, points, holds)


def _equals(column: str, value: str) -> Callable[[Row], bool]:
    return lambda row: row[column].strip() == value


def _between(column: str, low: float, high: float) -> Callable[[Row], bool]:
    return lambda row: row[column] != "" and low <= float(row[column]) <= high


def threshold(rows: Iterable[Row], rules: Sequence[Rule]) -> int:
    """The highest score that at least a fifth reach."""
    scores = sorted(
        (max(0, min(100, BASE + sum(r.points for r in rules if r.holds(row)))) for row in rows), reverse=True
    )
    return scores[math.ceil(PASSING * len(scores)) - 1]


def config(rules: Sequence[Rule], passing: int) -> str:
    lines = [
        "[syncd]", 'ledger = "past.db"', 'crm = "hubspot"', 'mappings = "mappings"', "",
        "[hubspot]", 'token = { env = "SYNCD_HUBSPOT_TOKEN" }', "",
        "[qualify]", f"threshold = {passing}", "fit_share = 1.0", f"tiers = {{ hot = {min(100, passing + 15)} }}", "",
        "[[qualify.fit]]", 'name = "Everybody"', f"points = {BASE}",
        'any = [{ field = "source", present = true }, { field = "source", absent = true }]', "",
    ]  # fmt: skip
    for rule in rules:
        lines += ["[[qualify.fit]]", f"name = '{rule.field} {rule.test}'", f'field = "{rule.field}"', rule.test]
        lines += [f"points = {rule.points}", ""]
    lines += ["[route]", 'mode = "round_robin"', 'owners = ["ana@sales.example", "ben@sales.example"]']
    lines += ['fallback = "ana@sales.example"']
    return "\n".join(lines) + "\n"


def make(name: str, folder: Path, out: Path) -> None:
    """All files of a data set."""
    data = DATASETS[name]
    rows = table(folder / data.leads)
    first = [row for row in rows if data.first(row)]
    rules = learn(data, first, data.won(folder))
    out.mkdir(parents=True, exist_ok=True)
    (out / "syncd.toml").write_text(config(rules, threshold(first, rules)), encoding="utf-8")
    shutil.copytree(ROOT / "mappings", out / "mappings", dirs_exist_ok=True)
    mapping = out / "mappings" / "hubspot.toml"
    own = [f'{f} = {{ remote = "{f}", direction = "in" }}' for f in data.texts if f != "source"]
    own += [f'{f} = {{ remote = "{f}", direction = "in", type = "number" }}' for f in data.numbers]
    text = mapping.read_text(encoding="utf-8")
    mapping.write_text(
        text.replace("[contacts.fields]\n", "\n".join(["[contacts.fields]", *own, ""]), 1), encoding="utf-8"
    )
    with (out / "rest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(row for row in rows if not data.first(row))
    if data.wins:
        rest = {row[data.id] for row in rows if not data.first(row)}
        deals = table(folder / data.wins)
        with (out / data.wins).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(deals[0]))
            writer.writeheader()
            writer.writerows(row for row in deals if row[data.id] in rest)
    columns = {**data.texts, **data.numbers}
    fields = "{ " + ", ".join(f'{field} = "{column}"' for field, column in columns.items()) + " }"
    (out / "import.toml").write_text(
        data.description.format(id=data.id, wins=data.wins, fields=fields), encoding="utf-8"
    )


if __name__ == "__main__":
    make(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
