"""The documents are true: every command, option, key, scope and field stands in them, and nothing else."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import BaseModel

from connectors.loopback.kit.faults import _KEYS as FAULT_KEYS
from connectors.loopback.world import setup
from syncd.cli.app import COMMANDS, EXIT_CODES, cli
from syncd.config import mapping_models, models
from syncd.core.types import Outcome
from tests.cli.place import running

ROOT = Path(__file__).parents[2]


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def section(name: str) -> str:
    """What docs/cli.md says of a command."""
    found = re.search(rf"^### `syncd {name}\b.*?(?=^##|\Z)", text("docs/cli.md"), re.M | re.S)
    assert found, f"docs/cli.md does not describe {name}"
    return found[0]


# ---------------------------------------------------------------- commands
@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_and_option_is_described(name: str) -> None:
    told = section(name)
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.name not in ("config", "as_json", "write_config"):
            assert next(option for option in parameter.opts if option.startswith("--")) in told, parameter.name


def test_no_command_or_option_is_made_up() -> None:
    told = text("docs/cli.md") + text("README.md") + text("docs/sandbox.md") + text("docs/configuration.md")
    assert set(re.findall(r"(?:`|^)syncd ([a-z-]+)\b", told, re.M)) - {"takes"} <= set(COMMANDS)
    options = {o for name in COMMANDS for o in _options(name)}
    assert set(re.findall(r"`(--[a-z-]+)", text("docs/cli.md"))) <= options


def _options(name: str) -> Iterator[str]:
    command = cli.get_command(click.Context(cli), name)
    assert command is not None
    for parameter in command.params:
        yield from parameter.opts


@pytest.mark.parametrize("document", ["docs/cli.md", "README.md"])
def test_exit_codes(document: str) -> None:
    for code in EXIT_CODES:
        assert re.search(rf"\b{code}\b", text(document))
    assert "done, but something needs a human" in text("docs/cli.md")


def test_outcomes_and_the_keys_of_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tests.cli.place import Place

    told = section("sync")
    for outcome in Outcome:
        assert f"`{outcome}`" in told
    with running(contacts=10) as sandbox:
        report = Place(tmp_path, sandbox, capsys).syncd("sync", "--json").json
    for key in set(report) - {"plan", "approve"}:
        assert f"`{key}`" in told, key


# ---------------------------------------------------------------- the hot list
def test_S1_17_the_hot_list_sorts_by_fields_that_both_systems_have() -> None:
    told = text("docs/hot-list.md")
    salesforce, hubspot = told.split("## HubSpot")
    plan = tomllib.loads(text("connectors/loopback/world/data/setup.toml"))
    leads = {field["name"] for field in plan["salesforce"]["person_fields"]} | _standard("Lead") | _standard("Task")
    named = set(re.findall(r"`([A-Za-z_]+)`", salesforce))
    assert "syncd_score__c" in named
    assert named <= leads
    statuses = {status["name"] for status in plan["salesforce"]["lead_statuses"]}
    (listed,) = re.findall(r"^\| `Status` \| equals \| (.*) \|$", salesforce, re.M)
    assert set(listed.split(", ")) <= statuses
    own = {name for name, *_ in plan["hubspot"]["contact_properties"]}
    named = set(re.findall(r"`([a-z_]+)`", hubspot))
    assert "syncd_score" in named
    assert named <= own | _properties("contacts") | _properties("tasks")


def _standard(name: str) -> set[str]:
    described = json.loads(text(f"connectors/loopback/salesforce/data/objects/{name}.json"))
    return {field["name"] for field in described["fields"]}


def _properties(name: str) -> set[str]:
    lines = text(f"connectors/loopback/hubspot/data/properties/{name}.psv").splitlines()
    return {line.split("|")[0].strip() for line in lines if not line.startswith("#")}


# ---------------------------------------------------------------- configuration
def keys(model: type[BaseModel]) -> Iterator[str]:
    for name, info in model.model_fields.items():
        yield info.alias or name


TABLES = [
    m for m in vars(models).values() if isinstance(m, type) and issubclass(m, models.Table) and m is not models.Table
]
MAPPINGS = [m for m in vars(mapping_models).values() if isinstance(m, type) and issubclass(m, models.Table)]


@pytest.mark.parametrize("model", [*TABLES, *(m for m in MAPPINGS if m is not models.Table)], ids=lambda m: m.__name__)
def test_every_key_of_the_configuration_is_described(model: type[BaseModel]) -> None:
    told = text("docs/configuration.md")
    for key in keys(model):
        assert re.search(rf"`{key}\b|\[{key}\]|{{ {key} = ", told), f"{model.__name__}.{key}"


def test_every_choice_is_described() -> None:
    told = text("docs/configuration.md")
    for choice in (
        *mapping_models.Policy.__args__, *mapping_models.Transform.__args__, *mapping_models.ValueType.__args__,
        *models.ActivityKind.__args__,
    ):  # fmt: skip
        assert f"`{choice}`" in told, choice


def test_defaults_are_the_real_ones() -> None:
    told = text("docs/configuration.md")
    for model in (models.Handoff, models.Brakes):
        for key, info in model.model_fields.items():
            (shown,) = re.findall(rf"^\| `{key}` \| ([^|]+) \|", told, re.M)
            assert _same(shown.strip(), info.default), key


def _same(shown: str, default: Any) -> bool:
    from datetime import timedelta

    if isinstance(default, timedelta):
        units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
        number, unit = shown.strip('`"')[:-1], shown.strip('`"')[-1]
        return timedelta(**{units[unit]: int(number)}) == default
    return shown.strip("`") == (f'"{default}"' if isinstance(default, str) else str(default).lower())


# ---------------------------------------------------------------- setting up real systems
def test_the_readme_names_every_field_that_the_sandbox_has_and_the_mappings_want() -> None:
    told = text("README.md")
    plan = tomllib.loads(text("connectors/loopback/world/data/setup.toml"))
    wanted = [row[0] for row in plan["hubspot"]["contact_properties"]]
    wanted += [f["name"] for name in ("person_fields", "activity_fields") for f in plan["salesforce"][name]]
    wanted.append(setup.EXTERNAL_ID_FIELD)
    for file in ("mappings/hubspot.toml", "mappings/salesforce.toml"):
        wanted += re.findall(r'"(syncd_\w+)"', text(file))
    for field in wanted:
        assert f"`{field}`" in told, field
    for options in plan["hubspot"]["options"].values():
        assert ", ".join(options) in told


def test_the_readme_names_every_scope_that_check_asks_for() -> None:
    from connectors.hubspot.check import READS, WRITES

    for scope in (*READS, *WRITES, "crm.objects.deals.read"):
        assert f"`{scope}`" in text("README.md")


# ---------------------------------------------------------------- sandbox
def test_every_control_endpoint_and_every_key_of_a_fault_is_described() -> None:
    told = text("docs/sandbox.md")
    actions = re.findall(r'^        "([a-z-]+)": hands', text("connectors/loopback/hubspot/sandbox.py"), re.M)
    actions += re.findall(r'^@_action\("/([a-z-]+)"', text("connectors/loopback/salesforce/rest/sandbox.py"), re.M)
    actions += re.findall(r'@route\("/([a-z-]+)"', text("connectors/loopback/kit/control.py"))
    assert len(actions) > 20
    for action in actions:
        assert f"/_sandbox/{action}`" in told, action
    for key in FAULT_KEYS:
        assert f"`{key}" in told, key


@pytest.mark.parametrize("document", ["README.md", *(f"docs/{n}.md" for n in ("cli", "configuration", "sandbox"))])
def test_links_lead_somewhere(document: str) -> None:
    folder = (ROOT / document).parent
    for link in re.findall(r"\]\(([^)#]+)\)", text(document)):
        assert (folder / link).exists(), link
