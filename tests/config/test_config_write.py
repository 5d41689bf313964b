"""Configurations that syncd writes, and the schemas for editors."""

from __future__ import annotations

import json
import stat
import subprocess
import sys
import tomllib

import pytest
from config_workshop import ENVIRON, ROOT

from syncd.config import load, schema
from syncd.config.write import Answers, init, sandbox_config
from syncd.core.errors import ConfigError

READY = {
    "hubspot": {"url": "http://127.0.0.1:4711", "token": "pat-na1-canary-of-the-sandbox"},
    "salesforce": {
        "url": "http://127.0.0.1:4712",
        "access_token": "00D000000000001!canary",
        "client_id": "canary-client",
        "client_secret": "canary-secret",
        "external_id_field": "syncd_hs_id__c",
    },
}


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_a_sandbox_configuration_works_at_once(tmp_path, crm: str) -> None:
    path = tmp_path / "sandbox.toml"
    sandbox_config(READY, path, crm=crm)
    config = load(path, environ={})
    assert config.rules.crm == crm
    assert config.hubspot is not None
    assert config.hubspot.url == READY["hubspot"]["url"]
    assert config.hubspot.token.reveal() == READY["hubspot"]["token"]
    if crm == "salesforce":
        assert config.salesforce is not None
        assert config.salesforce.client_secret is not None
        assert config.salesforce.client_secret.reveal() == READY["salesforce"]["client_secret"]
    example = load(ROOT / "config.example.toml", environ=ENVIRON)
    assert (config.rules.version == example.rules.version) == (crm == "salesforce")


def test_a_sandbox_configuration_keeps_comments_and_hides_secrets(tmp_path) -> None:
    path = tmp_path / "sandbox.toml"
    (tmp_path / "sandbox.hubspot_token").touch(0o666)
    sandbox_config(READY, path)
    sandbox_config(READY, path)  # again: files are replaced
    text = path.read_text()
    example = (ROOT / "config.example.toml").read_text()
    assert len(text.splitlines()) == len(example.splitlines())
    assert "canary" not in text
    secrets = sorted(tmp_path.glob("sandbox.*_*"))
    assert [file.name for file in secrets] == [
        "sandbox.hubspot_token", "sandbox.salesforce_client_id", "sandbox.salesforce_client_secret",
    ]  # fmt: skip
    assert {stat.S_IMODE(file.stat().st_mode) for file in secrets} == {0o600}


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_S3_2_the_first_configuration_is_short_and_works(tmp_path, crm: str) -> None:
    path = tmp_path / "config.toml"
    init(path, Answers(crm, 'rep "one"@acme.example', "boss@acme.example", "https://acme.my.salesforce.com", 70))
    config = load(path, environ=ENVIRON)
    assert config.rules.gate.threshold == 70
    assert config.rules.routing.owners == ('rep "one"@acme.example',)
    assert config.rules.one_system == (crm == "hubspot")
    lines = [line for line in path.read_text().splitlines() if line.strip() and not line.startswith("#")]
    assert len(lines) < 20


def test_init_never_overwrites(tmp_path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        init(path, Answers("hubspot", "a@acme.example", "b@acme.example"))
    assert path.read_text() == "mine"


# ---------------------------------------------------------------- schemas
@pytest.mark.parametrize("name", schema.SCHEMAS)
def test_the_schema_files_are_in_step_with_the_models(name: str) -> None:
    file = ROOT / "docs" / "schema" / f"{name}.json"
    assert file.read_text() == schema.text(name), (
        f"run: python -m syncd.config.schema {name} > {file.relative_to(ROOT)}"
    )


def test_the_schema_printer() -> None:
    command = [sys.executable, "-m", "syncd.config.schema"]
    done = subprocess.run([*command, "config"], capture_output=True, text=True, check=True, cwd=ROOT)
    assert json.loads(done.stdout) == schema.config_schema()
    wrong = subprocess.run(command, capture_output=True, text=True, cwd=ROOT)
    assert wrong.returncode == 1
    assert "usage:" in wrong.stderr


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("config", "config.example.toml"),
        ("hubspot", "mappings/hubspot.toml"),
        ("salesforce", "mappings/salesforce.toml"),
    ],
)
def test_the_schema_knows_every_key_that_our_files_use(name: str, file: str) -> None:
    """A small reading of the schema: every key of the file is a property where it stands, or the table is open."""
    full = schema.SCHEMAS[name]()

    def known(value: object, node: dict) -> None:
        while "$ref" in node:
            node = full["$defs"][node["$ref"].rsplit("/", 1)[1]]
        options = [o for o in node.get("anyOf", ()) if o.get("type") != "null"]
        if options:
            node = next((o for o in options if (o.get("type") == "array") == isinstance(value, list)), options[0])
            return known(value, node)
        if isinstance(value, dict):
            for key, inner in value.items():
                inside = node.get("properties", {}).get(key, node.get("additionalProperties"))
                assert isinstance(inside, dict), key
                known(inner, inside)
        elif isinstance(value, list):
            for item in value:
                known(item, node["items"])
        return None

    known(tomllib.loads((ROOT / file).read_text()), full)
    assert full["$schema"] == "https://json-schema.org/draft/2020-12/schema"
