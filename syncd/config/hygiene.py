"""Secrets in the data of a configuration: that none stands in it, and that each one named can be read."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from pathlib import Path
from typing import Any

from syncd.config.checks import SECRETS
from syncd.config.document import Flaw, tables
from syncd.config.lines import Where
from syncd.config.scalars import named
from syncd.config.secrets import ENV_NAME, Secret, is_pasted, is_token, looks_secret
from syncd.core.errors import ConfigError

Data = Mapping[str, Any]


def pasted_secrets(data: Data) -> Iterator[Flaw]:
    """Credentials where no secret is expected, keys too; in a connection, also long opaque words."""
    stack: list[tuple[Where, Any]] = [((), data)]
    while stack:
        where, value = stack.pop()
        if where in SECRETS:  # their shape is checked in `models`
            continue
        if isinstance(value, Mapping):
            stack += [((*where, key), inner) for key, inner in value.items()]
            yield from (_pasted((*where, key), "a key") for key in value if is_token(key))
        elif isinstance(value, list):
            stack += [((*where, n), inner) for n, inner in enumerate(value)]
        elif isinstance(value, str):
            connection = where[0] in ("hubspot", "salesforce")
            if is_token(value) or (connection and looks_secret(value)):
                name = next(part for part in reversed(where) if isinstance(part, str))
                yield _pasted(where, named(name))


def _pasted(where: Where, what: str) -> Flaw:
    return Flaw(
        where,
        f"{what} holds what looks like a secret.",
        "Take it out, and replace it in the system it belongs to, for it stood in a file.",
    )


def unusable_secrets(data: Data, systems: Container[str], base: Path, environ: Mapping[str, str]) -> Iterator[Flaw]:
    """Reads each secret of the connections in use once; a misshapen one has its complaint already."""
    for place in SECRETS:
        if place[0] not in systems:
            continue
        for where, source in tables(data, *place):
            if (secret := _secret(source, base, environ)) is None:
                continue
            try:
                secret.reveal()
            except ConfigError as error:
                yield from (Flaw(where, c.sentence, c.fix) for c in error.complaints)


def _secret(source: Data, base: Path, environ: Mapping[str, str]) -> Secret | None:
    """The secret that a table names, None when `models` or `checks` refuse the table."""
    match dict(source):
        case {"env": str(name), **rest} if not rest and ENV_NAME.match(name) and not is_pasted(name):
            return Secret("env", name, base, environ)
        case {"file": str(name), **rest} if not rest and name and not is_pasted(name):
            return Secret("file", name, base, environ)
        case {"command": [*words], **rest} if not rest and words:
            if all(isinstance(word, str) and not is_pasted(word) for word in words):
                return Secret("command", tuple(words), base, environ)
    return None
