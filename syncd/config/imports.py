"""Reads `import.toml`: which file is read how."""

from __future__ import annotations

import codecs
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from syncd.config import import_models as models
from syncd.config.document import Document, Flaw, read, tables
from syncd.config.flaws import did_you_mean, shaped
from syncd.config.lines import Where
from syncd.core.errors import Complaint, ConfigError
from syncd.core.imports import WHATS, Source


@dataclass(frozen=True, slots=True)
class Described:
    """One table of the description, with the file it is in; `place` finds the line of a key."""

    source: Source
    path: Path
    encoding: str
    delimiter: str
    document: Document
    place: Where

    def complaint(self, key: str, sentence: str) -> Complaint:
        """Something wrong with one of its keys ("fields.title")."""
        return self.document.complaint(Flaw((*self.place, *key.split(".")), sentence))


def load_import(path: Path, files: Sequence[Path]) -> list[Described]:
    """The tables in the order in which they are read. Raises ConfigError with every complaint."""
    document = read(path)
    source, flaws = shaped(models.Import, document.data)
    by_name = {file.name: file for file in files}
    for what in WHATS:
        for where, said in tables(document.data, what):
            flaws += _flaws(where, said, by_name)
    if flaws or source is None:
        raise ConfigError(document.complaints(flaws))
    found = [
        Described(
            source=_source(what, said),
            path=by_name[said.file],
            encoding=said.encoding or "",
            delimiter=said.delimiter or "",
            document=document,
            place=(what, number),
        )
        for what in WHATS
        for number, said in enumerate(getattr(source, what))
    ]
    if idle := [str(file) for file in files if file not in {one.path for one in found}]:
        raise ConfigError([Complaint(f"the file {name} is in no table of {path}.") for name in idle])
    return found


def _flaws(where: Where, said: Mapping[str, Any], files: Mapping[str, Path]) -> Iterator[Flaw]:
    name = said.get("file")
    if isinstance(name, str) and name not in files:
        yield Flaw((*where, "file"), f"no file “{name}” was given.", did_you_mean(name, list(files)))
    if ("at" in said) == ("on" in said):
        yield Flaw(where, "must have one of `at` (a column) and `on` (a time).")
    encoding = said.get("encoding")
    if isinstance(encoding, str) and not _is_encoding(encoding):
        yield Flaw(
            (*where, "encoding"), f"there is no encoding “{encoding}”.", 'Usual ones: "utf-8", "cp1252", "utf-16".'
        )


def _is_encoding(name: str) -> bool:
    try:
        return codecs.lookup(name)._is_text_encoding
    except (LookupError, ValueError):
        return False


def _source(what: str, said: models.People | models.Activities | models.Outcomes) -> Source:
    more: dict[str, Any] = {}
    match said:
        case models.People():
            person, more = said.id, {"fields": said.fields}
        case models.Activities():
            person, more = said.person, {"kind": said.kind, "title": said.title or "", "url": said.url or ""}
        case models.Outcomes():
            person, more = said.person, {"kind": said.outcome}
    return Source(
        what, person, said.at or "", said.on, where=said.where, empty=frozenset(said.empty), timezone=said.timezone,
        format=said.format or "", **more,
    )  # fmt: skip
