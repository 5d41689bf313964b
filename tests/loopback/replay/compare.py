"""What differs between a recorded answer and ours: status, headers, keys, types, and what errors say.

All entries of a list are one: their keys are joined, so that a list of three is comparable with a list of two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Keys whose values are part of the contract; of all others only presence and type are.
SPOKEN = frozenset(
    {
        # HubSpot
        "category", "subCategory", "code", "errorType", "policyName", "status", "archived", "new", "typeId",
        "objectWriteTraceId", "existingId", "propertyName", "requiredGranularScopes", "fromObjectType", "toObjectType",
        # Salesforce
        "errorCode", "statusCode", "fields", "success", "created", "done", "totalSize", "httpStatusCode", "referenceId",
        "hasErrors", "sf__Error", "duplicateRuleEntityType", "entityType", "allowSave", "type",
        # both
        "message", "error", "error_description",
    }
)  # fmt: skip


@dataclass(frozen=True, order=True)
class Difference:
    """``path`` is ``status``, ``header Name`` or the keys from the body's root, lists as ``[]``.

    ``kind``: ``missing`` (theirs only), ``extra`` (ours only), ``sometimes`` (not in every entry on one side
    alone), ``type``, ``value``, ``order`` (the same keys in another order).
    """

    path: str
    kind: str
    theirs: str = ""
    ours: str = ""

    def __str__(self) -> str:
        said = f": {self.theirs} / {self.ours}" if self.theirs or self.ours else ""
        return f"{self.path} {self.kind}{said}"


def bodies(theirs: Any, ours: Any) -> list[Difference]:
    """The differences below the root."""
    return sorted(set(_walk("", [theirs], [ours])))


def headers(
    theirs: Mapping[str, str], ours: Mapping[str, str], names: Iterable[str], spoken: Iterable[str]
) -> list[Difference]:
    """Presence of the headers ``names``, and the values of ``spoken`` where both have them."""
    found = []
    for name in names:
        if (name in theirs) != (name in ours):
            found.append(Difference(f"header {name}", "missing" if name in theirs else "extra"))
    for name in spoken:
        if name in theirs and name in ours and theirs[name] != ours[name]:
            found.append(Difference(f"header {name}", "value", theirs[name], ours[name]))
    return found


def _walk(path: str, theirs: Sequence[Any], ours: Sequence[Any]) -> Iterable[Difference]:
    kinds, mine = _types(theirs), _types(ours)
    if kinds != mine and theirs and ours:
        yield Difference(path, "type", kinds, mine)
    if _last(path) in SPOKEN:
        yield from _said(path, theirs, ours)
    yield from _objects(path, _of(dict, theirs), _of(dict, ours))
    lists, others = _of(list, theirs), _of(list, ours)
    if lists and others:
        items = [item for entry in lists for item in entry]
        others = [item for entry in others for item in entry]
        if bool(items) != bool(others):
            yield Difference(f"{path}[]", "missing" if items else "extra")
        else:
            yield from _walk(f"{path}[]", items, others)


def _objects(path: str, theirs: list[dict[str, Any]], ours: list[dict[str, Any]]) -> Iterable[Difference]:
    if not theirs or not ours:
        return
    keys, mine = _keys(theirs), _keys(ours)
    prefix = f"{path}." if path else ""
    for key in keys.keys() - mine.keys():
        yield Difference(prefix + key, "missing")
    for key in mine.keys() - keys.keys():
        yield Difference(prefix + key, "extra")
    common = [key for key in keys if key in mine]
    if common != [key for key in mine if key in keys]:
        yield Difference(path, "order", " ".join(common), " ".join(key for key in mine if key in keys))
    for key in common:
        always, always_mine = keys[key] == len(theirs), mine[key] == len(ours)
        if always != always_mine:
            yield Difference(prefix + key, "sometimes", _often(always), _often(always_mine))
        yield from _walk(prefix + key, [e[key] for e in theirs if key in e], [e[key] for e in ours if key in e])


def _said(path: str, theirs: Sequence[Any], ours: Sequence[Any]) -> Iterable[Difference]:
    """Texts such as ``<uuid>`` stand for what was not captured."""
    said = {str(v) for v in _leaves(theirs)}
    mine = {str(v) for v in _leaves(ours)}
    if said != mine and not any(text.startswith("<") and text.endswith(">") for text in said):
        yield Difference(path, "value", " | ".join(sorted(said)), " | ".join(sorted(mine)))


def _leaves(values: Iterable[Any]) -> Iterable[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _leaves(value)
        elif not isinstance(value, dict):
            yield value


def _of(kind: type, values: Iterable[Any]) -> list[Any]:
    return [value for value in values if isinstance(value, kind)]


def _types(values: Iterable[Any]) -> str:
    return " ".join(sorted({"null" if value is None else type(value).__name__ for value in values}))


def _keys(entries: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Every key in its first order, with the number of entries that have it."""
    counts: dict[str, int] = {}
    for entry in entries:
        for key in entry:
            counts[key] = counts.get(key, 0) + 1
    return counts


def _often(always: bool) -> str:
    return "always" if always else "sometimes"


def _last(path: str) -> str:
    return path.removesuffix("[]").rpartition(".")[2]
