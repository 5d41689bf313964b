"""Writes configurations that work at once: one for `syncd init`, one for a sandbox."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit

from syncd.config.loader import shipped
from syncd.core.errors import Complaint, ConfigError

_SANDBOX_SECRETS = {"hubspot": ("token",), "salesforce": ("client_id", "client_secret")}


# ---------------------------------------------------------------- syncd init
@dataclass(frozen=True, slots=True)
class Answers:
    """What `syncd init` asks. `receiver` gets all leads at first; `fallback` what has no receiver."""

    crm: str
    receiver: str
    fallback: str
    salesforce_url: str = ""
    threshold: int = 60


_INIT = """\
# syncd: when is a lead ready, and who gets it. `syncd check` reads this file and lists everything that is wrong.
# More of everything (territories, round robin, vetoes, brakes): see config.example.toml.

[syncd]
crm = {crm}

# Secrets never stand here: { env = "NAME" }, { file = "path" } (mode 0600) or { command = ["program"] }.
[hubspot]
token = { env = "SYNCD_HUBSPOT_TOKEN" }
{salesforce}
# Ready = combined score of fit (who they are) and engagement (what they did), 0 to 100. Both count half.
[qualify]
threshold = {threshold}
fit = [{ name = "Decision maker", field = "title", matches = '(?i)chief|founder|head|director|manager', points = 60 },
       { name = "Known company", field = "company", present = true, points = 40 }]
engagement = [{ name = "Asked us", activity = "form", matches = '(?i)demo|contact', within = "30d", points = 100 },
              { name = "Visits", activity = "page_view", within = "14d", points = 5, each = true, cap = 40 }]
veto = [{ name = "Opted out", field = "opted_out", in = [true] }]

# All leads go to one person first; "round_robin" and "territory" are the other modes.
[route]
mode = "single"
owners = [{receiver}]
fallback = {fallback}
"""

_INIT_SALESFORCE = """
[salesforce]
url = {salesforce_url}
client_id = { env = "SYNCD_SALESFORCE_CLIENT_ID" }
client_secret = { env = "SYNCD_SALESFORCE_CLIENT_SECRET" }
"""


def init(path: Path, answers: Answers) -> None:
    """Writes the first configuration. Raises ConfigError when the file exists: it is never overwritten."""
    salesforce = _INIT_SALESFORCE if answers.crm == "salesforce" else ""
    text = _INIT.replace("{salesforce}", salesforce)
    for name in ("crm", "threshold", "receiver", "fallback", "salesforce_url"):
        text = text.replace("{" + name + "}", tomlkit.item(getattr(answers, name)).as_string())
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise ConfigError(
            [Complaint("the file exists already.", str(path), fix="Name another, or move it away.")]
        ) from None


# ---------------------------------------------------------------- a sandbox
_PRODUCT = """
# ---------------------------------------------------------------- what they did in the product (docs/product.md)
[product]
files = {files}
columns = {{ id = "id", url = "path" }}

[product.events]
signed_up = "Signed up"
trial_started = "Started a trial"
created_project = "Created a project"
imported_data = "Imported data"
invited_teammate = "Invited a team-mate"
activated = "Activated"
trial_ended = "Trial ended"

[qualify.product]
activity = "product"
matches = 'Activated'
within = "14d"
"""


def sandbox_config(
    ready: Mapping[str, Mapping[str, Any]], path: Path, *, crm: str = "salesforce", product: Path | None = None
) -> None:
    """Writes config.example.toml for a running sandbox, comments kept, and 0600 secret files beside it.

    `ready` is the sandbox's ready line: {"hubspot": {"url", "token"}, "salesforce": {"url", "client_id",
    "client_secret", …}}. `crm` is where sales works: "salesforce" or "hubspot"; `product` the folder with its events of the
    product, where it has some. Existing files are replaced.
    """
    document: Any = tomlkit.parse(shipped("config.example.toml").read_text(encoding="utf-8"))
    document["syncd"]["crm"] = crm
    for system, secrets in _SANDBOX_SECRETS.items():
        document[system]["url"] = ready[system]["url"]
        for name in secrets:
            document[system][name] = _secret_file(path, f"{system}_{name}", ready[system][name])
    text = tomlkit.dumps(document)
    if product is not None:
        text += _PRODUCT.format(files=tomlkit.item(str(product.absolute() / "*.csv")).as_string())
    path.write_text(text, encoding="utf-8")


def _secret_file(config: Path, name: str, value: str) -> Any:
    """Writes `<config>.<name>` for its owner alone; the TOML that names it."""
    file = config.with_name(f"{config.stem}.{name}")
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        os.fchmod(out.fileno(), 0o600)  # a file that was there keeps its mode otherwise
        out.write(value + "\n")
    table = tomlkit.inline_table()
    table["file"] = file.name
    return table
