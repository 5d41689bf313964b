"""Keys that make nothing happen twice: derived from source facts, never random, never a local row number.

A ledger restored from an old backup, or made anew, derives the same keys and so finds what exists.
"""

from __future__ import annotations

import base64
import hashlib


def effect_key(portal: str, lineage: str, handoff: int, target: str, effect: str) -> str:
    """The key of one effect of one handoff: "syncd_" + 26 characters, at most 32 in all.

    portal: id of the marketing account. lineage: the marketing contact's id (the smallest of a merged family).
    target: system name. effect: as in Action.effect.
    """
    return _key("handoff", portal, lineage, str(handoff), target, effect)


def field_key(portal: str, lineage: str, target: str, field: str, moved: str) -> str:
    """The key of one field write: `moved` is the pair of remote values and times that moved it."""
    return _key("field", portal, lineage, target, field, moved)


def digest(*parts: str) -> str:
    """A short content hash for comparing payloads, criteria and configurations."""
    return hashlib.sha256("\x1f".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _key(*parts: str) -> str:
    raw = hashlib.sha256("\x1f".join(("v1", *parts)).encode()).digest()
    return "syncd_" + base64.b32encode(raw).decode().lower()[:26]
