"""syncd import: past leads from CSV files into a ledger of their own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from syncd.cli.common import load, options
from syncd.cli.show import emit, say
from syncd.core.errors import Complaint, ConfigError
from syncd.core.imports import PEOPLE, Source, flaws, guess
from syncd.core.text import listing, plural

if TYPE_CHECKING:
    from syncd.core.rules import Rules
    from syncd.sync.sheets import Sheet

_SHOWN = 50
"""So many bad rows are told."""


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--map", "map", type=click.Path(path_type=Path), help="How the files are read: a TOML file.")
@click.option(
    "--into", type=click.Path(path_type=Path), help="The ledger to make (default: that of the configuration)."
)
@click.option("--skip-bad", is_flag=True, help="Leave rows out that cannot be used, instead of importing nothing.")
@options
def command(
    config: Path, as_json: bool, files: tuple[Path, ...], map: Path | None, into: Path | None, skip_bad: bool
) -> int:
    """Make a ledger of past leads, activities and outcomes from CSV FILES, for `syncd backtest`. It is marked, and syncd never
    writes to a system from it. Without --map the columns say by their names what they are."""
    from syncd.sync.importing import Harvest, save

    settings = load(config, secrets=False)
    harvest = Harvest(settings.rules)
    for sheet, source in _tables(files, map, settings.rules):
        harvest.read(sheet, source)
    bad = [str(complaint) for complaint in harvest.bad]
    if bad and not skip_bad:
        left = [Complaint(f"… and {plural(len(bad) - _SHOWN, 'more row', 'more rows')}.")] if len(bad) > _SHOWN else []
        fix = Complaint("Nothing was imported. Mend the rows, or leave them out with --skip-bad.")
        raise ConfigError([*harvest.bad[:_SHOWN], *left, fix])
    ledger = into or settings.ledger
    counts = save(harvest, ledger, files)
    if as_json:
        emit({"ledger": str(ledger), **counts, "skipped": bad})
        return 0
    for sentence in bad[:_SHOWN]:
        say(f"left out: {sentence}", err=True)
    if len(bad) > _SHOWN:
        say(f"left out: … and {plural(len(bad) - _SHOWN, 'more row', 'more rows')}", err=True)
    made = [plural(counts["persons"], "person", "people"), plural(counts["activities"], "activity", "activities")]
    say(f"Made {ledger}: {listing([*made, plural(counts['outcomes'], 'outcome')])}; {plural(len(bad), 'row')} left out.")
    return 0


def _tables(files: tuple[Path, ...], described: Path | None, rules: Rules) -> list[tuple[Sheet, Source]]:
    """Every table with how it is read, people first. Raises ConfigError with all that does not fit."""
    from syncd.config.imports import load_import
    from syncd.sync.sheets import Sheet

    found: list[tuple[Sheet, Source]] = []
    wrong: list[Complaint] = []
    if described is not None:
        for one in load_import(described, files):
            sheet = Sheet.of(one.path, one.encoding, one.delimiter)
            wrong += [one.complaint(*flaw) for flaw in flaws(one.source, sheet.header, rules.marketing_kind)]
            found.append((sheet, one.source))
    else:
        for path in files:
            sheet = Sheet.of(path)
            source = guess(sheet.header, rules.marketing_kind)
            if isinstance(source, str):
                fix = "Name the columns so, or describe the file: syncd import … --map import.toml"
                wrong.append(Complaint(source, str(path), 1, fix))
            else:
                found.append((sheet, source))
    if wrong:
        raise ConfigError(wrong)
    return sorted(found, key=lambda table: table[1].what != PEOPLE)
