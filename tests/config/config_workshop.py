"""A workshop: a small valid configuration to break, and what `load` then says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from syncd.config import Config, load
from syncd.core.errors import ConfigError

ROOT = Path(__file__).parents[2]
ENVIRON = {
    "SYNCD_HUBSPOT_TOKEN": "pat-na1-canary-hubspot",
    "SYNCD_SALESFORCE_CLIENT_ID": "canary-client-id",
    "SYNCD_SALESFORCE_CLIENT_SECRET": "canary-client-secret",
}

BASE = """\
[syncd]
crm = "salesforce"
mappings = "maps"

[hubspot]
token = { env = "SYNCD_HUBSPOT_TOKEN" }

[salesforce]
url = "https://acme.my.salesforce.com"
client_id = { env = "SYNCD_SALESFORCE_CLIENT_ID" }
client_secret = { env = "SYNCD_SALESFORCE_CLIENT_SECRET" }

[qualify]
threshold = 60

[[qualify.fit]]
name = "Decision maker"
field = "title"
matches = "(?i)director"
points = 60

[[qualify.engagement]]
name = "Visits"
activity = "page_view"
within = "14d"
points = 5
each = true
cap = 40

[route]
mode = "territory"
fallback = "ruth@acme.example"

[[route.territory]]
name = "North"
field = "country"
in = ["Norway"]
owners = ["olav@acme.example"]
"""


class Workshop:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "config.toml"
        self.maps = folder / "maps"
        self.maps.mkdir()
        for name in ("hubspot.toml", "salesforce.toml"):
            (self.maps / name).write_bytes((ROOT / "mappings" / name).read_bytes())
        self.path.write_text(BASE)

    def load(self, environ: Mapping[str, str] = ENVIRON, *, resolve: bool = True) -> Config:
        return load(self.path, environ=environ, resolve=resolve)

    def config(self, *edits: tuple[str, str]) -> None:
        self._edit(self.path, edits)

    def mapping(self, system: str, *edits: tuple[str, str]) -> None:
        self._edit(self.maps / f"{system}.toml", edits)

    def complaints(self, environ: Mapping[str, str] = ENVIRON, *, resolve: bool = True) -> list[str]:
        """What load says, one line each; paths relative to the workshop."""
        try:
            self.load(environ, resolve=resolve)
        except ConfigError as error:
            return str(error).replace(f"{self.folder}/", "").splitlines()
        return []

    def line(self, system: str, text: str) -> int:
        """The line of a mapping that contains the text."""
        lines = (self.maps / f"{system}.toml").read_text().splitlines()
        return next(n for n, line in enumerate(lines, 1) if text in line)

    @staticmethod
    def _edit(path: Path, edits: tuple[tuple[str, str], ...]) -> None:
        text = path.read_text()
        for old, new in edits:
            assert old in text, f"{old!r} is not in {path.name}"
            text = text.replace(old, new, 1)
        path.write_text(text)
