"""The ``paging`` object of lists: a cursor and a link to the same query."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from connectors.loopback.hubspot.call import Call


def next_page(call: Call, after: str) -> dict[str, Any]:
    return {"next": page_link(call, "after", after)}


def page_link(call: Call, parameter: str, cursor: str) -> dict[str, str]:
    """The link repeats the query with the new cursor last [R:amp-labs/read/objects-api]; its
    host is the one that was called."""
    query = [(name, value) for name, value in call.request.args.items(multi=True) if name != parameter]
    link = f"{call.request.base_url}?{urlencode([*query, (parameter, cursor)])}"
    return {parameter: cursor, "link": link}
