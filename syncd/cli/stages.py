"""syncd stages: the words of the funnel, as both teams use them."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from syncd.cli.common import load, options
from syncd.cli.show import block, emit, heading, say, table


@click.command("stages")
@click.option("--fields", is_flag=True, help="Also the fields: our name, and where each stands.")
@options
def command(config: Path, as_json: bool, fields: bool) -> int:
    """Print every stage with its definition, what brings somebody into it, and who is responsible."""
    from syncd.core import glossary

    settings = load(config, secrets=False)
    stages = glossary.stages(settings.rules, settings.stages)
    dictionary = glossary.fields(settings.rules) if fields else ()
    if as_json:
        told = {"stages": [asdict(stage) for stage in stages]}
        emit(told | {"fields": [asdict(field) for field in dictionary]} if fields else told)
        return 0
    for stage in stages:
        heading(f"{stage.label} ({stage.stage}), responsible: {stage.owner}")
        block(stage.definition, "  ")
        for entry in stage.entry:
            block(f"enters when: {entry}", "    ")
    if fields:
        heading("Fields")
        table(("field", "type", "where"), [(f.field, f.type, "; ".join(f.remote)) for f in dictionary])
    else:
        say("\nThe fields with their definitions: syncd stages --fields")
    return 0
