"""`python -m bench`: measure, and print the table."""

from __future__ import annotations

import argparse
import platform
import sqlite3
import sys

from bench.report import lines, table
from bench.runs import QUICK, Plan, measure


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small accounts: seconds instead of minutes")
    plan = QUICK if parser.parse_args().quick else Plan()
    results = measure(plan, say=lambda text: print(text, file=sys.stderr))
    print(f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}, {platform.machine()}\n")
    print(table(lines(results)))
    if not all(results.steps[side, plan.base]["check"]["exact"] for side in ("floor", "ours")):
        sys.exit("The contacts that were kept are not those of the account.")


if __name__ == "__main__":
    main()
