"""From the validated `[product]` to its frozen value."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from syncd.config.build_connections import secret
from syncd.config.product_models import Product
from syncd.config.settings import ProductConfig


def product(source: Product, base: Path, environ: Mapping[str, str]) -> ProductConfig:
    def place(name: str) -> Path:
        return base / Path(name).expanduser()

    files = place(source.files) if source.files else None
    columns = source.columns.model_dump()
    return ProductConfig(
        files=(files.parent, files.name) if files else None,
        sqlite=place(source.sqlite) if source.sqlite else None,
        postgres=secret(source.postgres, base, environ) if source.postgres else None,
        query=source.query or "",
        delimiter=source.delimiter,
        times=source.times,
        timezone=source.timezone,
        overlap=source.overlap,
        timeout=source.timeout.total_seconds(),
        columns={ours: theirs for ours, theirs in columns.items() if theirs},
        events=dict(source.events),
    )
