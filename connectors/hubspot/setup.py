"""Setup: the properties that syncd needs, made through the properties API [hubspot.md 10.4].

One call an object to look at its properties and one at its groups; one call a step. A 409 says that somebody made it
already, which is as good. Options of a property replace the list when they are written, so they are read just before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from connectors.hubspot.activities import KEY
from connectors.hubspot.api import Api, Json
from connectors.hubspot.check import KEYED
from connectors.hubspot.refusals import SYSTEM, Forbidden, Refused
from connectors.transport import Purpose
from syncd.core.blueprint import Blueprint, Step, differs, lacks_values, missing, not_ours
from syncd.core.errors import Rejected, Unauthorized
from syncd.core.types import Problem
from syncd.core.wanted import EDIT, Wanted, label_of

GROUP = "syncd"
VENDOR = "hs_"
"""Names that begin so are HubSpot's own: nobody can make them."""

TOKEN = "SYNCD_SETUP_HUBSPOT_TOKEN"
CONFLICT = 409

_KEY = Wanted("", KEY, "Key (syncd)", length=40, unique=True)

_TYPES: Mapping[str, tuple[str, str]] = {
    "text": ("string", "text"),
    "long": ("string", "textarea"),
    "number": ("number", "number"),
    "money": ("number", "number"),
    "bool": ("bool", "booleancheckbox"),
    "date": ("date", "date"),
    "datetime": ("datetime", "date"),
    "choice": ("enumeration", "select"),
}
"""Ours → (type, fieldType)."""

_ALSO: Mapping[str, frozenset[str]] = {"choice": frozenset({"string"}), "text": frozenset({"phone_number"})}
"""Other types of property that take what we write."""

ADVICE = (
    "Reps see what syncd asks of them when the group “syncd” stands in the contact's sidebar: Settings → Objects → Contacts "
    "→ Record customization.",
    "Hot leads in a view, and workflows that pause marketing while sales works: docs/hot-list.md.",
)


class HubSpotSetup:
    """`ours` is syncd's own way in; `admin` the one that may change properties, which must be of the same account. With `crm`
    tasks and notes get the unique property that makes their creation exactly-once."""

    def __init__(self, ours: Api, admin: Api, *, crm: bool) -> None:
        self._ours, self._api, self._crm = ours, admin, crm

    # ------------------------------------------------------------ looking
    def look(self, rows: Sequence[Wanted]) -> Blueprint:
        """Raises RemoteError."""
        account = self._account()
        keys = [replace(_KEY, kind=kind) for kind in KEYED] if self._crm else []
        steps: list[Step] = []
        by_hand: list[Problem] = []
        there = 0
        for kind in dict.fromkeys(row.kind for row in [*rows, *keys]):
            of_kind = [row for row in [*rows, *keys] if row.kind == kind]
            try:
                schema = {str(p["name"]): p for p in self._list(kind)}
                grouped = GROUP in {str(g.get("name")) for g in self._list(kind, "/groups")}
            except Forbidden as error:
                by_hand.append(Problem("scope", f"{SYSTEM}/scope/{kind}", error.sentence, error.fix))
                continue
            made: list[Step] = []
            for row in of_kind:
                found = _compare(row, schema.get(row.field))
                made += [one for one in found if isinstance(one, Step)]
                by_hand += [one for one in found if isinstance(one, Problem)]
                there += not found
            if not grouped and any(step.verb == "property" for step in made):
                steps.append(Step(f"{kind} group {GROUP}", "a group of properties", "group", {"kind": kind}))
            steps += made
        return Blueprint(account, there, tuple(steps), tuple(by_hand), ADVICE if self._crm else ADVICE[1:])

    def _account(self) -> str:
        """The account that is set up. Raises Unauthorized when the admin's token is of another one."""
        mine, theirs = (
            str(api.get(api.paths.account, "GET /account-info/details", {}, Purpose.CHECK).body.get("portalId", ""))
            for api in (self._ours, self._api)
        )
        if mine != theirs:
            sentence = f"The token in {TOKEN} is of account {theirs}; the configuration is about {mine}."
            raise Unauthorized(SYSTEM, sentence, fix="Give it a token of the same account.")
        return mine

    def _list(self, kind: str, tail: str = "") -> list[Json]:
        where, label = self._api.paths.properties(kind) + tail, f"GET /crm/properties/{kind}{tail}"
        return self._api.get(where, label, {}, Purpose.CHECK).results

    # ------------------------------------------------------------ making
    def make(self, step: Step) -> None:
        """See `syncd.sync.setup.Builder`."""
        try:
            _MAKE[step.verb](self._api, step.body)
        except Refused as error:
            if error.refusal.status != CONFLICT:
                raise Rejected(SYSTEM, error.sentence, code=error.refusal.code, fix=error.fix) from None
        except Forbidden as error:
            fix = f"{error.fix} Or set {TOKEN} to an admin's token, for this one command."
            raise Unauthorized(SYSTEM, error.sentence, fix=fix) from None


def _make_group(api: Api, body: Mapping[str, Any]) -> None:
    kind = body["kind"]
    where, label = api.paths.properties(kind) + "/groups", f"POST /crm/properties/{kind}/groups"
    api.change("POST", where, label, {"name": GROUP, "label": GROUP})


def _make_property(api: Api, body: Mapping[str, Any]) -> None:
    kind = body["kind"]
    api.change("POST", api.paths.properties(kind), f"POST /crm/properties/{kind}", dict(body["definition"]))


def _add_options(api: Api, body: Mapping[str, Any]) -> None:
    """Read, then write old and new: what somebody added since the look stays."""
    kind, name = body["kind"], body["name"]
    where = api.paths.property_of(kind, name)
    old = api.get(where, f"GET /crm/properties/{kind}/name", {}, Purpose.CHECK).body.get("options") or []
    known = {option.get("value") for option in old}
    new = [_option(value, len(old) + n) for n, value in enumerate(body["values"]) if value not in known]
    api.change("PATCH", where, f"PATCH /crm/properties/{kind}/name", {"options": [*old, *new]})


_MAKE: Mapping[str, Callable[[Api, Mapping[str, Any]], None]] = {
    "group": _make_group,
    "property": _make_property,
    "options": _add_options,
}


# ---------------------------------------------------------------- one property
def _compare(row: Wanted, there: Json | None) -> list[Step | Problem]:
    """What is to do for a row; nothing when all is well."""
    if there is None or there.get("archived") is True:
        return list(_absent(row))
    options = [str(option.get("value")) for option in there.get("options") or ()]
    foreign = there.get("hubspotDefined") is True or not row.make
    if not foreign and not _fits(row, there):
        unique = ", unique" if there.get("hasUniqueValue") is True else ""
        return [differs(SYSTEM, row, f"of type {there.get('type')}{unique}")]
    listed = there.get("type") == "enumeration" and there.get("externalOptions") is not True
    lacking = missing(row, options) if listed else ()
    if not lacking:
        return []
    if foreign:
        return [lacks_values(SYSTEM, row, lacking)]
    body = {"kind": row.kind, "name": row.field, "values": lacking}
    return [Step(f"{row} options", f"the options {', '.join(lacking)}", "options", body)]


def _absent(row: Wanted) -> Iterator[Step | Problem]:
    if row.field.startswith(VENDOR):
        return  # `check` says it where it matters: many of HubSpot's own depend on what was bought
    if not row.make:
        yield not_ours(SYSTEM, row)
        return
    body = {"kind": row.kind, "definition": definition(row)}
    yield Step(str(row), row.shape, "property", body, after=(f"{row.kind} group {GROUP}",))


def _fits(row: Wanted, there: Json) -> bool:
    kind, unique = there.get("type"), there.get("hasUniqueValue") is True
    chosen = kind == "enumeration" and row.type == "text" and row.reps == EDIT  # the rep picks, and syncd reads
    return (chosen or kind == _TYPES[row.type][0] or kind in _ALSO.get(row.type, ())) and (unique or not row.unique)


def definition(row: Wanted) -> Json:
    """The body that creates a property."""
    kind, shown = _TYPES[row.type]
    body: Json = {"name": row.field, "label": row.label, "type": kind, "fieldType": shown, "groupName": GROUP}
    if row.unique:
        body["hasUniqueValue"] = True
    if row.type == "choice":
        body["options"] = [_option(value, n) for n, value in enumerate(row.values)]
    if row.type == "bool":
        body["options"] = [_option(value, n) for n, value in enumerate(("true", "false"))]
    return body


def _option(value: str, order: int) -> Json:
    return {"label": label_of(value), "value": value, "displayOrder": order, "hidden": False}
