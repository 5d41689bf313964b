"""JSON Schema of the configuration and of the mappings, for editors (Even Better TOML, taplo, PyCharm).

`python -m syncd.config.schema config` prints one; names: config, hubspot, salesforce, tests, import. docs/schema holds them.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from syncd.config.import_models import Import
from syncd.config.mapping_models import MAPPINGS
from syncd.config.models import Configuration
from syncd.config.policy_models import Tests


def config_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of config.toml."""
    return _schema(Configuration, "syncd config.toml")


def mapping_schema(system: str) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of mappings/<system>.toml. `system`: "hubspot" or "salesforce"."""
    return _schema(MAPPINGS[system], f"syncd mappings/{system}.toml")


def tests_schema() -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of a file of policy tests."""
    return _schema(Tests, "syncd tests.toml")


def import_schema() -> dict[str, Any]:
    """JSON Schema of a description of tables to import."""
    return _schema(Import, "syncd import.toml")


SCHEMAS: dict[str, Callable[[], dict[str, Any]]] = {
    "config": config_schema,
    "hubspot": lambda: mapping_schema("hubspot"),
    "salesforce": lambda: mapping_schema("salesforce"),
    "tests": tests_schema,
    "import": import_schema,
}


def text(name: str) -> str:
    """A schema as the file in docs/schema holds it."""
    return json.dumps(SCHEMAS[name](), indent=2, ensure_ascii=False) + "\n"


def _schema(model: type[BaseModel], title: str) -> dict[str, Any]:
    found = model.model_json_schema(by_alias=True, mode="validation")
    return {"$schema": GenerateJsonSchema.schema_dialect, **found, "title": title}


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in SCHEMAS:
        sys.stdout.write(text(sys.argv[1]))
    else:
        sys.exit(f"usage: python -m syncd.config.schema {'|'.join(SCHEMAS)}")
