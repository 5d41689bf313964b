"""What the admin says: `config.toml` and `mappings/*.toml`, validated whole.

    load(path, environ=os.environ)     -> Config        or ConfigError with every complaint, each with file and line
    needs(rules, "salesforce")         -> [FieldNeed]   what the mapping wants of a system; connectors check it
    write.init, write.sandbox_config                    commented configurations that work
    schema.config_schema, mapping_schema                JSON Schema for editors

Importing this package is cheap; pydantic is imported by `load`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from syncd.config.needs import needs
from syncd.config.secrets import Secret
from syncd.config.settings import Config, HubSpotConfig, SalesforceConfig

__all__ = ["Config", "HubSpotConfig", "SalesforceConfig", "Secret", "load", "needs"]


def load(path: Path, *, environ: Mapping[str, str], resolve: bool = True) -> Config:
    """The configuration at `path` with its mappings.

    With `resolve`, every secret of a connection in use is read once to prove that it can be. Raises ConfigError with
    all complaints of all files together, in file order; a message never shows a secret.
    """
    from syncd.config.loader import load_config

    return load_config(path, environ=environ, resolve=resolve)
