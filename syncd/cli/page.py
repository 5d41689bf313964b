"""A report as one HTML page that needs nothing else: no script, no font, no style and no picture from outside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from html import escape

from syncd.cli import charts
from syncd.cli.show import printable
from syncd.core.metrics.lead import METRICS, Lead, standing
from syncd.core.metrics.rates import Rate
from syncd.core.metrics.tables import Cell, Row, Table, words_of
from syncd.core.text import plural
from syncd.core.types import Ref

Links = Callable[[Lead], Sequence[tuple[str, str]]]
"""Of a lead: (what is to be read, address) of its records."""

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

_STYLE = """
:root { color-scheme: light; --ink: #1c2126; --soft: #4b5560; --line: #c9d0d6; --mark: #17568f; --tint: #eef3f8; }
* { box-sizing: border-box; }
body { margin: 0; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: #fff; }
header, main, footer, nav { max-width: 68rem; margin: 0 auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; margin: 1.2rem 0 .2rem; } h2 { font-size: 1.2rem; margin: 2.2rem 0 .3rem; }
p { margin: .3rem 0; } .note, footer { color: var(--soft); font-size: .9rem; }
a { color: var(--mark); } a:focus-visible, summary:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--mark); }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: .5rem; background: #fff; padding: .5rem; }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1rem; padding: 0; margin: .6rem 0; list-style: none; }
.scroll { overflow-x: auto; margin: .6rem 0; } table { border-collapse: collapse; min-width: 100%; font-size: .92rem; }
caption { text-align: left; color: var(--soft); padding: .2rem 0; }
th, td { text-align: left; padding: .35rem .6rem; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { background: var(--tint); white-space: nowrap; }
tbody th { font-weight: 600; min-width: 11rem; overflow-wrap: anywhere; }
td.n, td.d { font-variant-numeric: tabular-nums; white-space: nowrap; } th.n, td.n { text-align: right; }
figure { margin: .6rem 0; } svg { width: 100%; max-width: 40rem; height: auto; font: 14px system-ui, sans-serif; }
svg text { fill: var(--ink); } .bar, .point { fill: var(--mark); }
.range { stroke: var(--mark); stroke-width: 3; opacity: .55; }
details { margin: .3rem 0; } summary { cursor: pointer; padding: .2rem 0; }
details ul { margin: .2rem 0 .6rem; columns: 20rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .6rem; padding: 0; list-style: none; }
.tiles li { border: 1px solid var(--line); border-radius: .4rem; padding: .5rem .7rem; }
.tiles b { display: block; font-size: 1.5rem; }
.alarm { border-left: 5px solid #a32020; background: #fdf0f0; padding: .5rem .8rem; margin: .6rem 0; }
@media print { nav, .skip { display: none; } section { break-inside: avoid; } .scroll { overflow: visible; } }
"""


def page(
    title: str,
    told: Sequence[str],
    alarms: Sequence[str],
    tiles: Sequence[tuple[str, str]],
    tables: Sequence[Table],
    links: Links,
) -> str:
    """`told` are sentences below the title, `tiles` the headline figures (name, value); tables without rows say so."""
    contents = "".join(f'<li><a href="#{t.key}">{_safe(t.title)}</a></li>' for t in tables)
    sections = "\n".join(_section(table, links) for table in tables)
    figures = "".join(f"<li>{_safe(name)} <b>{_safe(value)}</b></li>" for name, value in tiles)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{_safe(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header>
<h1>{_safe(title)}</h1>
{"".join(f"<p>{_safe(sentence)}</p>" for sentence in told)}
</header>
<nav aria-label="Contents"><ul>{contents}</ul></nav>
<main id="content">
{"".join(f'<p class="alarm">{_safe(sentence)}</p>' for sentence in alarms)}
<ul class="tiles">{figures}</ul>
{sections}
</main>
<footer><p>Made by syncd. Both teams read the same numbers; docs/report.md defines each.</p></footer>
</body>
</html>
"""


def _section(table: Table, links: Links) -> str:
    if not table.rows:
        body = "<p>Nothing in this period.</p>"
    else:
        head = "".join(
            f'<th scope="col"{_kind(cell)}>{_safe(c)}</th>'
            for c, cell in zip(table.columns, _first(table), strict=True)
        )
        rows = "\n".join(_row(row) for row in table.rows)
        body = (
            f'{_chart(table)}<div class="scroll" role="region" aria-labelledby="{table.key}-c" tabindex="0">'
            f'<table><caption id="{table.key}-c">{_safe(table.title)}, {plural(len(table.rows), "row")}</caption>'
            f"<thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>{_opened(table, links)}"
        )
    note = f'<p class="note">{_safe(table.note)}</p>' if table.note else ""
    return (
        f'<section aria-labelledby="{table.key}"><h2 id="{table.key}">{_safe(table.title)}</h2>{note}{body}</section>'
    )


def _row(row: Row) -> str:
    first, *rest = row.cells
    return f'<tr><th scope="row">{_safe(words_of(first))}</th>{"".join(map(_cell, rest))}</tr>'


def _cell(cell: Cell) -> str:
    return f"<td{_kind(cell)}>{_safe(words_of(cell))}</td>"


def _kind(cell: Cell) -> str:
    """Numbers stand on the right; they and dates are never broken."""
    if isinstance(cell, int | Rate | timedelta):
        return ' class="n"'
    return ' class="d"' if isinstance(cell, date) else ""


def _first(table: Table) -> list[Cell]:
    """Of every column the first value that there is."""
    return [
        next((cell for cell in column if cell is not None), None)
        for column in zip(*(r.cells for r in table.rows), strict=True)
    ]


def _chart(table: Table) -> str:
    """Of the column that the table names, if it holds counts or shares."""
    if table.bars < 0:
        return ""
    shown = [(words_of(row.cells[0]), row.cells[table.bars]) for row in table.rows]
    title = f"{table.title}: {table.columns[table.bars]}"
    counts = [(name, cell) for name, cell in shown if isinstance(cell, int)]
    shares = [(name, cell) for name, cell in shown if isinstance(cell, Rate)]
    drawn = charts.bars(table.key, title, counts) if counts else charts.ranges(table.key, title, shares)
    return f"<figure>{drawn}</figure>" if counts or shares else ""


def _opened(table: Table, links: Links) -> str:
    """The leads behind each row."""
    lists = [
        f"<details><summary>{_safe(words_of(row.cells[0]))}: {plural(len(row.leads), 'lead')}</summary>"
        f"<ul>{''.join(_lead(lead, links) for lead in row.leads)}</ul></details>"
        for row in table.rows
        if row.leads and row.leads[0].lineage not in words_of(row.cells[0])
    ]
    return "".join(lists) or "".join(
        f'<p class="note">{_safe(words_of(row.cells[0]))}: {_anchors(lead, links)}</p>'
        for row in table.rows
        for lead in row.leads
    )


def _lead(lead: Lead, links: Links) -> str:
    how = standing(lead) or METRICS["missing"].title.lower()
    return f"<li>{_safe(f'{lead.lineage}/{lead.number}, {how}')}: {_anchors(lead, links)}</li>"


def _anchors(lead: Lead, links: Links) -> str:
    told = [
        f'<a href="{escape(address)}" rel="noreferrer" aria-label="{_safe(f"{name} of {lead.lineage}")}">{_safe(name)}</a>'
        if address.startswith(("https://", "http://"))
        else _safe(name)
        for name, address in links(lead)
    ]
    return ", ".join(told) or "no record"


def record_links(marketing: tuple[str, str], link: Callable[[Ref], str]) -> Links:
    """Both records of a lead; `marketing` is system and kind of the marketing one."""

    def of(lead: Lead) -> list[tuple[str, str]]:
        refs = [Ref(*marketing, lead.lineage), *([Ref.parse(lead.target)] if lead.target else [])]
        return [(f"{ref.system} {ref.kind}", link(ref)) for ref in dict.fromkeys(refs)]

    return of


def _safe(text: str) -> str:
    return escape(printable(text))
