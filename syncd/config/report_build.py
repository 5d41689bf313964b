"""From the validated `[report]` and `[targets]` to their frozen values, and what is wrong with several keys of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from syncd.config import report_models
from syncd.config.document import Flaw, tables
from syncd.config.flaws import did_you_mean
from syncd.config.scalars import show
from syncd.config.settings import ReportConfig
from syncd.core.metrics.compare import Watch
from syncd.core.metrics.terms import ReportRules, Targets

Data = Mapping[str, Any]


def report(source: report_models.Report, targets: report_models.Targets, base: Path) -> ReportConfig:
    """`base` is the folder of the configuration."""
    return ReportConfig(
        rules=ReportRules(
            timezone=source.timezone,
            segments=tuple(source.segments),
            stuck=source.stuck,
            watch=Watch(source.window, source.mature),
            targets=Targets(**targets.model_dump()),
        ),
        spend=base / Path(source.spend).expanduser() if source.spend else None,
        campaigns=base / Path(source.campaigns).expanduser() if source.campaigns else None,
    )


def report_flaws(data: Data, known: Sequence[str]) -> Iterator[Flaw]:
    """Segments that no mapping has."""
    for place, told in tables(data, "report"):
        segments = told.get("segments")
        for n, name in enumerate(segments if isinstance(segments, list) else ()):
            if isinstance(name, str) and name.strip() not in known:
                sentence = f"no mapping has a field {show(name)}."
                yield Flaw((*place, "segments", n), sentence, did_you_mean(name, sorted(known)))
