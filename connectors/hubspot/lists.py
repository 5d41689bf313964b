"""Static lists: contacts join and leave them by the hundred [S:crm-lists.v3; hubspot.md 9.5]. To join twice changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from connectors.hubspot.api import Api, Json
from connectors.hubspot.receipts import done
from connectors.hubspot.refusals import SYSTEM, Refused
from connectors.hubspot.values import is_id
from connectors.transport import Purpose
from syncd.core.lists import LISTS
from syncd.core.types import Action, Outcome, Problem, Receipt

CONTACT_TYPE = "0-1"
DYNAMIC = "DYNAMIC"
MEMBERS = 500
"""Contacts of one call; the API takes many more."""


class Lists:
    """The lists of an account, by id or name; a name is looked up once."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._ids: dict[str, str] = {}

    def flaw(self, name: str) -> Problem | None:
        """What keeps us from changing a list's members. Raises Unauthorized when the token may not see lists."""
        try:
            found = self._look(name)
        except Refused as error:
            if error.refusal.status != 404:
                raise
            return _problem(name, f"There is no list of contacts “{name}”.")
        if found.get("processingType") == DYNAMIC:
            return _problem(name, f"The list “{name}” is an active one: HubSpot alone decides who is in it.")
        return None

    def send(self, actions: Sequence[Action], purpose: Purpose) -> dict[str, Receipt]:
        """Receipts by key; the actions are of one list, and all join or all leave."""
        first = actions[0]
        name, verb = first.target.id, "add" if first.fields["member"] else "remove"
        try:
            if name not in self._ids:
                self._look(name)
            where = self._api.paths.list(self._ids[name], f"/memberships/{verb}")
            label = f"PUT /crm/lists/memberships/{verb}"
            answer = self._api.change(
                "PUT", where, label, [str(action.fields["person"]) for action in actions], purpose
            )
        except Refused as error:
            problem = _problem(name, f"HubSpot refused to change the list “{name}” ({error.refusal}).")
            return {a.key: Receipt(a.key, Outcome.REJECTED, problem=problem, code=error.refusal.code) for a in actions}
        lost = {str(rid) for rid in answer.body.get("recordIdsMissing") or ()}
        return {
            a.key: Receipt(a.key, Outcome.SUPERSEDED, code="GONE")
            if str(a.fields["person"]) in lost
            else done(a, a.target, {})
            for a in actions
        }

    def _look(self, name: str) -> Json:
        """The definition of a list, whose id is kept."""
        paths = self._api.paths
        where = paths.list(name) if is_id(name) else paths.list_named(CONTACT_TYPE, name)
        found: Json = self._api.get(where, "GET /crm/lists/list", {}, Purpose.CHECK).body.get("list") or {}
        self._ids[name] = str(found.get("listId", ""))
        return found


def group(action: Action) -> str:
    return f"{LISTS} {action.target.id} {action.fields['member']}"


def _problem(name: str, sentence: str) -> Problem:
    fix = "Create a static list of contacts, and name it or its id under [nurture]."
    return Problem("list_unusable", f"{SYSTEM}/{LISTS}/{name}", sentence, fix)
