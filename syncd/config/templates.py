"""The template of the brief: read with the configuration, and refused with it."""

from __future__ import annotations

from pathlib import Path

from syncd.config.document import Document, text_of
from syncd.config.flaws import did_you_mean
from syncd.config.scalars import show
from syncd.core.brief.layout import NAMES, unknown_names
from syncd.core.errors import Complaint, ConfigError


def brief_template(document: Document, base: Path) -> tuple[str, list[Complaint]]:
    """(text, what is wrong with it); "" when the configuration names none. `base` is the folder of the configuration."""
    handoff = document.data.get("handoff")
    name = handoff.get("brief_template") if isinstance(handoff, dict) else None
    if not isinstance(name, str) or not name.strip():
        return "", []
    path = base / name.strip()
    try:
        text = text_of(path)
    except ConfigError as error:
        line = document.lines.of(("handoff", "brief_template"))
        fix = "Write it there, or leave `brief_template` out for the usual brief."
        return "", [
            Complaint(f"`brief_template`: {c.sentence}", document.name, line, c.fix or fix) for c in error.complaints
        ]
    complaints = [_complaint(path, line, name) for line, name in unknown_names(text)]
    if not text.strip():
        complaints.append(Complaint("this template is empty.", str(path), 1, f"Known here: {', '.join(NAMES)}."))
    return text, complaints


def _complaint(path: Path, line: int, name: str) -> Complaint:
    if not name:
        return Complaint("a `$` that begins no name.", str(path), line, "Write `$$` for the sign itself.")
    return Complaint(f"a brief has no part {show(name)}.", str(path), line, did_you_mean(name, NAMES))
