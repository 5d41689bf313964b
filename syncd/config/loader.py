"""Reads `config.toml` and its mappings whole, and complains about everything at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from syncd.config import build, build_connections
from syncd.config.checks import config_flaws, field_flaws
from syncd.config.document import Document, Flaw, read, tables
from syncd.config.flaws import shaped
from syncd.config.hygiene import pasted_secrets, unusable_secrets
from syncd.config.mapping_checks import mapping_flaws
from syncd.config.mapping_models import MAPPINGS, Mapped
from syncd.config.models import Configuration
from syncd.config.product_build import product
from syncd.config.report_build import report, report_flaws
from syncd.config.secrets import is_token
from syncd.config.settings import Config
from syncd.config.templates import brief_template
from syncd.config.words import BUILT_IN_FIELDS
from syncd.core.errors import Complaint, ConfigError
from syncd.core.leaks import Patience

Data = Mapping[str, Any]

_PACKAGE = Path(__file__).parents[1]


def shipped(name: str) -> Path:
    """A file or folder that syncd brings along: in the wheel under syncd/share, in a checkout at its top."""
    installed = _PACKAGE / "share" / name
    return installed if installed.exists() else _PACKAGE.parent / name


def load_config(path: Path, *, environ: Mapping[str, str], resolve: bool) -> Config:
    """See `syncd.config.load`."""
    document = _config_file(path)
    data, base = document.data, path.absolute().parent
    systems = _systems(data)
    files, missing = _mapping_files(document, path, systems)

    source, flaws = shaped(Configuration, data)
    flaws += pasted_secrets(data)
    flaws += config_flaws(data)
    flaws += _place_of_ledger(data, base)
    flaws += [flaw for flaw in missing if isinstance(flaw, Flaw)]
    if len(files) == len(systems):
        known = _known_fields(files.values())
        flaws += field_flaws(data, known)
        flaws += report_flaws(data, known)
    if resolve:
        flaws += unusable_secrets(data, (*systems, "alerts", "product"), base, environ)
    complaints = document.complaints(flaws)
    complaints += [complaint for complaint in missing if isinstance(complaint, Complaint)]
    template, wrong = brief_template(document, base)
    complaints += wrong

    mappings: dict[str, Mapped] = {}
    for system, file in files.items():
        mapping, flaws = shaped(MAPPINGS[system], file.data)
        flaws += pasted_secrets(file.data)
        flaws += mapping_flaws(file.data)
        complaints += file.complaints(flaws)
        if mapping is not None:
            mappings[system] = mapping

    if complaints or source is None:
        raise ConfigError(complaints)
    used = source.hubspot, source.salesforce
    return Config(
        path=path,
        ledger=base / _expanded(source.syncd.ledger),
        poll=source.syncd.poll,
        log=source.syncd.log,
        rules=build.rules(source, mappings, template),
        hubspot=build_connections.hubspot(used[0], base, environ) if used[0] else None,
        salesforce=(build_connections.salesforce(used[1], base, environ) if used[1] and "salesforce" in systems else None),
        stages=build.stages(source),
        alerts=build_connections.alerts(source.alerts, base, environ),
        report=report(source.report, source.targets, base),
        patience=Patience(**source.leaks.model_dump()),
        product=product(source.product, base, environ) if source.product else None,
    )


# ---------------------------------------------------------------- files
def _config_file(path: Path) -> Document:
    try:
        return read(path)
    except ConfigError as error:
        (complaint,) = error.complaints
        if path.exists():
            raise
        fix = "Make one with `syncd init`, or name it with -c FILE."
        raise ConfigError([Complaint(complaint.sentence, complaint.file, 0, fix)]) from None


def _systems(data: Data) -> tuple[str, ...]:
    """The systems in use, marketing first; a misspelt one is left out."""
    for _, syncd in tables(data, "syncd"):
        named = (syncd.get("marketing", "hubspot"), syncd.get("crm"))
        return tuple(dict.fromkeys(name for name in named if name in ("hubspot", "salesforce")))
    return ()


def _mapping_files(
    document: Document, path: Path, systems: Iterable[str]
) -> tuple[dict[str, Document], list[Flaw | Complaint]]:
    """The mapping files in use; one that does not exist is a flaw of the line that names its folder."""
    folder = shipped("mappings")
    for _, syncd in tables(document.data, "syncd"):
        if name := _file_name(syncd.get("mappings")):
            folder = path.parent / _expanded(name)
    files: dict[str, Document] = {}
    wrong: list[Flaw | Complaint] = []
    for system in systems:
        file = folder / f"{system}.toml"
        try:
            files[system] = read(file)
        except ConfigError as error:
            wrong += error.complaints if _exists(file) else [_no_mapping(file)]
    return files, wrong


def _no_mapping(file: Path) -> Flaw:
    return Flaw(
        ("syncd", "mappings"),
        f"the mapping {file} does not exist.",
        f"Put {file.name} there, or leave `mappings` out for the one that syncd brings.",
    )


def _place_of_ledger(data: Data, base: Path) -> Iterator[Flaw]:
    for place, syncd in tables(data, "syncd"):
        if not (name := _file_name(syncd.get("ledger"))):
            continue
        ledger, where = base / _expanded(name), (*place, "ledger")
        if "\0" in name:
            yield Flaw(where, "`ledger` is not a name that a file can have.")
        elif ledger.is_dir():
            yield Flaw(where, f"the ledger {ledger} is a folder, not a file.")
        elif not _exists(ledger.parent):
            yield Flaw(
                where,
                f"the folder of the ledger, {ledger.parent}, does not exist.",
                f"Run: mkdir -p {ledger.parent}",
            )


def _file_name(value: object) -> str:
    """A name to look for; "" for what is none, or is a secret by mistake and must not be shown."""
    return value.strip() if isinstance(value, str) and not is_token(value) else ""


def _expanded(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError:  # "~nobody"
        return Path(name)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _known_fields(mappings: Iterable[Document]) -> list[str]:
    """Canonical fields that rules may ask for."""
    known = set(BUILT_IN_FIELDS)
    for mapping in mappings:
        for kind in mapping.data:
            for _, fields in tables(mapping.data, kind, "fields"):
                known.update(fields)
    return sorted(known)
