"""syncd agenda: the leads that wait for a release, as one sheet for the meeting."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import click

from syncd.cli import sheet
from syncd.cli.common import command_line, load, options, reading
from syncd.cli.show import emit, printable, say
from syncd.core.text import plural

_COLUMNS = (
    "released",
    "rejected",
    "score",
    "tier",
    "name",
    "company",
    "email",
    "lineage",
    "owner",
    "rule",
    "since",
    "brief",
)
_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>{title}</title>
<style>body {{ font: 15px/1.5 sans-serif; max-width: 50rem; margin: 2rem auto }} pre {{ white-space: pre-wrap; font: inherit }}
section {{ border-top: 1px solid #999; break-inside: avoid }}</style>
<h1>{title}</h1>
{leads}
</html>
"""


@click.command("agenda")
@click.option("--out", type=click.Path(path_type=Path), help="Write to this file (mode 0600) in place of the screen.")
@click.option("--html", "html", is_flag=True, help="As a page to print.")
@click.option("--csv", "csv", is_flag=True, help="As a table for spreadsheets.")
@options
def command(config: Path, as_json: bool, out: Path | None, html: bool, csv: bool) -> int:
    """Everybody who waits for a release, best score first, each with the brief that sales would get and a place to tick."""
    from syncd.sync.agenda import agenda

    if html and csv:
        raise click.UsageError("--html and --csv exclude each other.")
    settings = load(config, secrets=False)
    with reading(settings) as store:
        leads = [item.as_json() for item in agenda(store, settings.rules)]
    if as_json:
        emit({"waiting": leads})
    elif csv:
        sheet.write(out or Path("-"), _COLUMNS, ([lead.get(column, "") for column in _COLUMNS] for lead in leads))
    else:
        text = _page(leads) if html else _sheet(leads)
        if out is None:
            click.echo(text)
        else:
            with sheet.private(out) as file:
                file.write(text)
    if out is not None and not as_json:
        say(f"Wrote {plural(len(leads), 'lead')} to {out}.")
    elif leads and not (as_json or csv or html):
        say(f"Release with: {command_line(config, 'release EMAIL … --by NAME')}")
        say(f"Send back with: {command_line(config, 'reject EMAIL --by NAME --reason TEXT')}")
    return 0


def _title(leads: Sequence[dict[str, Any]]) -> str:
    return f"{plural(len(leads), 'lead')} to be released"


def _facts(lead: dict[str, Any]) -> str:
    tier = f" {lead['tier']}" if lead["tier"] else ""
    who = ", ".join(str(lead[name]) for name in ("name", "company", "email") if lead[name])
    owner = lead["owner"] or "nobody yet"
    return f"{lead['score']}{tier}  {who}; to {owner} ({lead['rule']}); waits since {lead['since'][:10]}"


def _sheet(leads: Sequence[dict[str, Any]]) -> str:
    if not leads:
        return "Nobody waits for a release."
    parts = [_title(leads)]
    for lead in leads:
        brief = "\n".join(f"    {printable(line)}".rstrip() for line in lead["brief"].splitlines())
        parts.append(f"[ ] release  [ ] reject  {printable(_facts(lead))}\n\n{brief}\n")
    return "\n\n".join(parts)


def _page(leads: Sequence[dict[str, Any]]) -> str:
    sections = [
        f"<section><h2>{escape(_facts(lead))}</h2>\n"
        "<p><label><input type=checkbox> release</label> <label><input type=checkbox> reject, because …</label></p>\n"
        f"<pre>{escape(lead['brief'])}</pre></section>"
        for lead in leads
    ]
    return _PAGE.format(title=_title(leads), leads="\n".join(sections))
