"""Owners: the people and queues that records can belong to [hubspot.md 10.2]."""

from __future__ import annotations

from collections.abc import Iterator

from connectors.hubspot.api import LIST, Answer, Api, Json
from connectors.hubspot.refusals import SYSTEM
from syncd.core.types import Owner, Page, Ref


def pull(api: Api) -> Iterator[Page]:
    """Active owners, then deactivated ones: a record may still belong to one of those."""
    for answer in _answers(api):
        yield Page({}, answer.now, owners=[_owner(row) for row in answer.results])


def _answers(api: Api) -> Iterator[Answer]:
    for archived in ("false", "true"):
        params = {"limit": str(LIST), "archived": archived}
        while True:
            answer = api.get(api.paths.owners, "GET /crm/owners", params)
            yield answer
            if not answer.after:
                break
            params["after"] = answer.after


def _owner(row: Json) -> Owner:
    name = f"{row.get('firstName') or ''} {row.get('lastName') or ''}".strip()
    email = row.get("email") or ""
    return Owner(
        ref=Ref(SYSTEM, "owners", str(row["id"])),
        email=email,
        name=name or email,
        active=not row.get("archived", False),
        kind="queue" if row.get("type") == "QUEUE" else "person",
    )


def users(api: Api) -> dict[str, str]:
    """User id → name, of everybody who is or was an owner."""
    found = {}
    for row in (row for answer in _answers(api) for row in answer.results):
        for rid in (row.get("userId"), row.get("userIdIncludingInactive")):
            if rid is not None:
                found[str(rid)] = _owner(row).name
    return found
