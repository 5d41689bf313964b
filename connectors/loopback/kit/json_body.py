"""The JSON of a request, which nobody nests deeper than Python can walk."""

from __future__ import annotations

from typing import Any

import orjson

# The real parsers end at a depth of their own (UNCONFIRMED); no body of either API has ten levels.
MOST_LEVELS = 100


def loads(data: bytes) -> Any:
    """What the JSON says. Raises orjson.JSONDecodeError, also for one of more than MOST_LEVELS levels."""
    content = orjson.loads(data)
    if data.count(b"[") + data.count(b"{") > MOST_LEVELS and _is_deeper(content):
        raise orjson.JSONDecodeError(f"nested deeper than {MOST_LEVELS} levels", "", 0)
    return content


def _is_deeper(content: Any) -> bool:
    level = [content]
    for _ in range(MOST_LEVELS):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True
