"""What every table of a configuration is, and how it names secrets."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from syncd.config.scalars import show, wrong
from syncd.config.secrets import is_pasted


class Table(BaseModel):
    """A TOML table: no unknown keys, no silent conversions."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)


# ---------------------------------------------------------------- secrets
class SecretSource(Table):
    """Where a secret comes from: exactly one of the three."""

    env: str | None = Field(default=None, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", description="Environment variable")
    file: str | None = Field(default=None, min_length=1, description="File of mode 0600, relative to this file")
    command: list[str] | None = Field(
        default=None, min_length=1, description="Program and arguments; its output is the secret"
    )


def _no_literal(value: Any) -> Any:
    """Refuses a secret that stands in the file itself, or in the place of a name, without ever showing it."""
    named = 'Name where it comes from: { env = "NAME" }, { file = "path" } or { command = ["program"] }'
    if isinstance(value, str):
        raise wrong("holds the secret itself.", f"{named}; and replace the secret, for it stood in a file.")
    if isinstance(value, dict):
        texts = [t for v in value.values() for t in (v if isinstance(v, list) else [v])]
        if any(isinstance(text, str) and is_pasted(text) for text in texts):
            raise wrong("holds the secret itself where a name belongs.", f"{named}.")
    elif value is not None:
        raise wrong(f"must be a table, not {show(value)}.", f"{named}.")
    return value


SecretField = Annotated[SecretSource, BeforeValidator(_no_literal)]
