"""Small charts as inline SVG: horizontal bars, and shares with their range. No script; the table stands beside."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from syncd.core.metrics.rates import Rate

_WIDTH, _LINE, _LABEL, _VALUE = 640, 26, 200, 90
_ROOM = _WIDTH - _LABEL - _VALUE
_LONGEST = 26


def bars(key: str, title: str, rows: Sequence[tuple[str, int]]) -> str:
    """A bar for each row; the longest fills the room."""
    most = max((value for _, value in rows), default=0) or 1
    shapes = [
        f'<rect class="bar" x="{_LABEL}" y="{n * _LINE + 4}" width="{value * _ROOM / most:.1f}" height="{_LINE - 8}"/>'
        f"{_text(_LABEL + value * _ROOM / most + 6, n, f'{value:,}')}"
        for n, (_, value) in enumerate(rows)
    ]
    told = "; ".join(f"{name}: {value:,}" for name, value in rows)
    return _svg(key, title, told, [name for name, _ in rows], shapes)


def ranges(key: str, title: str, rows: Sequence[tuple[str, Rate]]) -> str:
    """A point for each share, and a line over the range in which the true one lies; rows of nothing are left out."""
    known = [(name, rate, rate.interval) for name, rate in rows if rate.interval is not None]
    shapes = []
    for n, (_, rate, interval) in enumerate(known):
        assert interval is not None
        low, high = (_LABEL + end * _ROOM for end in interval)
        at, middle = _LABEL + rate.hits / rate.of * _ROOM, n * _LINE + _LINE / 2
        shapes.append(
            f'<line class="range" x1="{low:.1f}" x2="{high:.1f}" y1="{middle}" y2="{middle}"/>'
            f'<circle class="point" cx="{at:.1f}" cy="{middle}" r="5"/>{_text(_LABEL + _ROOM + 6, n, _percent(rate))}'
        )
    told = "; ".join(f"{name}: {_percent(rate)} of {rate.of:,}" for name, rate, _ in known)
    return _svg(key, title, told, [name for name, *_ in known], shapes)


def _svg(key: str, title: str, told: str, names: Sequence[str], shapes: Sequence[str]) -> str:
    labels = "".join(
        f'<text x="{_LABEL - 8}" y="{n * _LINE + 17}" text-anchor="end">{escape(_short(name))}</text>'
        for n, name in enumerate(names)
    )
    return (
        f'<svg viewBox="0 0 {_WIDTH} {max(len(names), 1) * _LINE}" role="img" aria-labelledby="{key}-t {key}-d">'
        f'<title id="{key}-t">{escape(title)}</title><desc id="{key}-d">{escape(told)}</desc>{labels}{"".join(shapes)}</svg>'
    )


def _text(x: float, n: int, text: str) -> str:
    return f'<text x="{x:.1f}" y="{n * _LINE + 17}">{escape(text)}</text>'


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _percent(rate: Rate) -> str:
    return f"{rate.hits / rate.of:.0%}"
