"""Setup: the custom fields that syncd needs, and who may see them.

A field that is made through the API is visible to nobody, its maker included. So two permission sets go with the fields:

    syncd         the integration user reads and writes all of them; it is assigned to it
    syncd_sales   reps see the stamp and answer in the fields of the disposition; an admin assigns it

A field can exist and be hidden from us: then only the right is missing. That is why fields are looked for with the Tooling
API, which needs “View Setup and Configuration”, and rights with a describe of our own.

    look   7 calls and 1 for each field that exists      make   1 or 2 calls a step
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.salesforce.client import Client, Refused, Sub, query_path
from connectors.salesforce.custom_fields import SUFFIX, custom, fits, home, metadata, picklist_value, shape, values
from connectors.salesforce.schema import TASK, TASK_KEY
from connectors.salesforce.soql import condition, select
from connectors.transport import Call, Purpose, path
from syncd.core.blueprint import Blueprint, Step, differs, lacks_values, missing, not_ours
from syncd.core.errors import Rejected, Unauthorized
from syncd.core.text import plural
from syncd.core.types import Problem
from syncd.core.wanted import EDIT, Wanted

OURS, SALES = "syncd", "syncd_sales"

SESSION = "SYNCD_SETUP_SALESFORCE_TOKEN"

KEY = Wanted(TASK, TASK_KEY, "Key (syncd)", length=40, unique=True, lost="a task can be made twice")

THERE = frozenset({"DUPLICATE_DEVELOPER_NAME", "DUPLICATE_VALUE"})
"""Somebody made it since we looked."""

_UNMANAGED = "NamespacePrefix = null"
"""Not a field of an installed package."""

CLOSED = frozenset({"NOT_FOUND", "INVALID_TYPE", "INSUFFICIENT_ACCESS", "INSUFFICIENT_ACCESS_OR_READONLY"})
"""How the setup objects answer a user who may not customise the org."""

ADVICE = (
    f"Reps: assign the permission set “{SALES}” to everybody who works leads (Setup → Permission Sets).",
    "Page layouts: put the fields of “(syncd)” on those of Lead and Contact (Setup → Object Manager → Page Layouts).",
    "Lead conversion: map each syncd field of Lead to that of Contact (Object Manager → Lead → Map Lead Fields), or a converted"
    " lead's contact starts without key and stamp.",
    "A list view of hot leads for the reps: docs/hot-list.md.",
)


@dataclass(slots=True)
class _Org:
    """What a look sees. `described` is what the integration user may: object → field → described field."""

    described: Mapping[str, Mapping[str, Mapping[str, Any]]]
    existing: Mapping[tuple[str, str], dict[str, Any]]
    sets: frozenset[str] = frozenset()
    rights: Mapping[tuple[str, str], bool] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()
    assigned: bool = False


class SalesforceSetup:
    """`ours` is the integration user's way in, `admin` that of somebody who may customise the org: the same, or a session."""

    def __init__(self, ours: Client, admin: Client) -> None:
        self._ours, self._admin = ours, admin
        self._system = ours.system

    # ------------------------------------------------------------ looking
    def look(self, rows: Sequence[Wanted]) -> Blueprint:
        """Raises RemoteError; Unauthorized says which permission is lacking."""
        rows = [*rows, KEY]
        identity = self._ours.login.identity()
        org = self._seen(rows, identity.user)
        steps: list[Step] = []
        by_hand: list[Problem] = []
        there = 0
        for row in rows:
            found = self._compare(row, org)
            steps += [one for one in found if isinstance(one, Step)]
            by_hand += [one for one in found if isinstance(one, Problem)]
            there += not found
        steps += self._rights(rows, org, identity.user)
        return Blueprint(identity.org, there, tuple(steps), tuple(by_hand), ADVICE)

    def _seen(self, rows: Sequence[Wanted], user: str) -> _Org:
        try:
            existing = self._existing([row for row in rows if custom(row)])
            columns = condition("Field IN {}", [f"{row.kind}.{row.field}" for row in rows if custom(row)])
            inside, outside = (condition(f"Parent.Name {word} {{}}", [OURS, SALES]) for word in ("IN", "NOT IN"))
            mine = [condition("PermissionSet.Name = {}", OURS), condition("AssigneeId = {}", user)]
            found = self._admin.queries(
                {
                    "sets": select(["Name"], "PermissionSet", [condition("Name IN {}", [OURS, SALES])]),
                    "rights": select(["Field", "PermissionsEdit", "Parent.Name"], "FieldPermissions", [inside]),
                    "shown": select(["Field"], "FieldPermissions", [columns, outside]) + " GROUP BY Field",
                    "assigned": select(["Id"], "PermissionSetAssignment", mine),
                },
                Purpose.CHECK,
            )
        except (Unauthorized, Refused) as error:
            raise self._closed(error) from None
        return _Org(
            self._described({row.kind for row in rows}),
            existing,
            sets=frozenset(r["Name"] for r in found["sets"]["records"]),
            rights={(r["Parent"]["Name"], r["Field"]): r["PermissionsEdit"] for r in found["rights"]["records"]},
            shown=frozenset(r["Field"] for r in found["shown"]["records"]),
            assigned=bool(found["assigned"]["records"]),
        )

    def _described(self, kinds: Iterable[str]) -> dict[str, dict[str, Mapping[str, Any]]]:
        """What the integration user sees; an object that is hidden from it has no fields."""
        subs = [Sub(kind, f"sobjects/{kind}/describe") for kind in sorted(kinds)]
        answers = self._ours.composite(subs, Purpose.CHECK)
        return {kind: {f["name"]: f for f in a.body["fields"]} if a.ok else {} for kind, a in answers.items()}

    def _existing(self, rows: Sequence[Wanted]) -> dict[tuple[str, str], dict[str, Any]]:
        """The custom fields of these names that the org has, seen by us or not: (object, name) → metadata. It is told for one
        field at a time."""
        names = sorted({row.field.removesuffix(SUFFIX) for row in rows})
        listed = self._tooling(
            ["Id", "DeveloperName", "TableEnumOrId"], [_UNMANAGED, condition("DeveloperName IN {}", names)]
        )
        wanted = {(home(row), row.field) for row in rows}
        found = {(r["TableEnumOrId"], r["DeveloperName"] + SUFFIX): r["Id"] for r in listed}
        return {address: self._metadata(rid) for address, rid in found.items() if address in wanted}

    def _metadata(self, rid: str) -> dict[str, Any]:
        (row,) = self._tooling(["Metadata"], [condition("Id = {}", rid)])
        return dict(row["Metadata"])

    def _tooling(self, columns: Sequence[str], where: Sequence[str]) -> list[dict[str, Any]]:
        """Rows of CustomField."""
        call = Call("GET tooling/query", Purpose.CHECK)
        soql = select(columns, "CustomField", where)
        return list(self._admin.rest("GET", f"tooling/{query_path(soql)}", call)["records"])

    def _compare(self, row: Wanted, org: _Org) -> list[Step | Problem]:
        """What is to do for the field itself; nothing when all is well."""
        if not custom(row):
            described = org.described[row.kind].get(row.field)
            if described is None:
                return [not_ours(self._system, row)] if org.described[row.kind] else []
            listed = [str(v["value"]) for v in described.get("picklistValues") or () if v["active"]]
            lacking = missing(row, listed) if listed else ()
            return [lacks_values(self._system, row, lacking)] if lacking else []
        there = org.existing.get((home(row), row.field))
        if there is None:
            if not row.make:
                return [not_ours(self._system, row)]
            return [
                Step(str(row), row.shape, "field", {"FullName": f"{home(row)}.{row.field}", "Metadata": metadata(row)})
            ]
        if row.make and not fits(row, there):
            return [differs(self._system, row, shape(there))]
        active = values(there)
        lacking = missing(row, active) if active is not None else ()
        if not lacking:
            return []
        if not row.make:
            return [lacks_values(self._system, row, lacking)]
        body = {"home": home(row), "name": row.field, "values": lacking}
        return [Step(f"{row} values", f"the values {', '.join(lacking)}", "values", body)]

    def _rights(self, rows: Sequence[Wanted], org: _Org, user: str) -> list[Step]:
        """Ours: what the integration user lacks. Sales': fields that no profile and no other set shows."""
        own = [row for row in rows if custom(row) and row.make]
        hidden = {f"{row.kind}.{row.field}": True for row in own if not _open(org.described[row.kind].get(row.field))}
        unseen = {
            f"{row.kind}.{row.field}": row.reps == EDIT
            for row in own
            if row.reps and f"{row.kind}.{row.field}" not in org.shown
        }
        steps = [
            *_of_set(OURS, "of the integration user", hidden, org),
            *_of_set(SALES, "of the reps, to be assigned by you", unseen, org),
        ]
        if hidden and not org.assigned:
            name = f"assignment of {OURS}"
            steps.append(Step(name, "to the integration user", "assignment", {"user": user}, after=(_set_name(OURS),)))
        return steps

    # ------------------------------------------------------------ making
    def make(self, step: Step) -> None:
        """See `syncd.sync.setup.Builder`."""
        try:
            match step.verb:
                case "field":
                    self._change("POST", "tooling/sobjects/CustomField", dict(step.body))
                case "values":
                    self._add_values(step.body["home"], step.body["name"], step.body["values"])
                case "set":
                    body = {"Name": step.body["name"], "Label": step.body["label"]}
                    self._change("POST", "sobjects/PermissionSet", body)
                case "rights":
                    self._allow(step.body["set"], step.body["fields"])
                case "assignment":
                    body = {"PermissionSetId": self._set_id(OURS), "AssigneeId": step.body["user"]}
                    self._change("POST", "sobjects/PermissionSetAssignment", body)
        except Refused as error:
            if error.code in THERE:
                return
            if error.code in CLOSED:
                raise self._closed(error) from None
            raise Rejected(self._system, error.sentence, code=error.code) from None
        except Unauthorized as error:
            raise self._closed(error) from None

    def _change(self, method: str, where: str, body: dict[str, Any]) -> Any:
        return self._admin.rest(method, where, Call(f"{method} {where}", Purpose.CHECK, safe=False), json=body)

    def _add_values(self, where: str, name: str, new: Sequence[str]) -> None:
        """A field's metadata is written as a whole: it is read just before."""
        at = [condition("TableEnumOrId = {}", where), condition("DeveloperName = {}", name.removesuffix(SUFFIX))]
        (row,) = self._tooling(["Id"], [_UNMANAGED, *at])
        there = self._metadata(row["Id"])
        listed = there["valueSet"]["valueSetDefinition"]
        known = {entry["valueName"] for entry in listed["value"]}
        listed["value"] = [*listed["value"], *(picklist_value(value) for value in new if value not in known)]
        call = Call("PATCH tooling/sobjects/CustomField", Purpose.CHECK, safe=False)
        self._admin.rest("PATCH", path("tooling/sobjects/CustomField/{}", row["Id"]), call, json={"Metadata": there})

    def _set_id(self, name: str) -> str:
        soql = select(["Id"], "PermissionSet", [condition("Name = {}", name)])
        records = self._admin.queries({"set": soql}, Purpose.CHECK)["set"]["records"]
        if not records:
            raise Rejected(self._system, f"There is no permission set {name}.", fix="Type `syncd setup` again.")
        return str(records[0]["Id"])

    def _allow(self, name: str, fields: Mapping[str, bool]) -> None:
        """Fields to whether they may be edited, all in one call; those that are refused are named."""
        parent = self._set_id(name)
        soql = select(["Id", "Field"], "FieldPermissions", [condition("ParentId = {}", parent)])
        known = {r["Field"]: r["Id"] for r in self._admin.queries({"known": soql}, Purpose.CHECK)["known"]["records"]}
        refused: list[str] = []
        for method, names in (
            ("POST", [f for f in fields if f not in known]),
            ("PATCH", [f for f in fields if f in known]),
        ):
            if not names:
                continue
            rows = [_right(parent, f, edit=fields[f], rid=known.get(f, "")) for f in names]
            results = self._admin.write(method, rows, Purpose.CHECK)
            refused += [f for f, result in zip(names, results, strict=True) if not _landed(result)]
        if refused:
            raise Rejected(
                self._system, f"Not for {', '.join(refused)}: is the field there?", fix="Type `syncd setup`."
            )

    def _closed(self, error: Unauthorized | Refused) -> Unauthorized:
        """What to do when this session may not customise the org."""
        return Unauthorized(
            self._system,
            f"This session may not set up the org ({error.sentence.rstrip('.')}).",
            fix="It needs “Customize Application” and “Manage Profiles and Permission Sets”. An integration user should"
            f" not have them: set {SESSION} to an admin's session for this one command (`sf org display --json` shows it).",
        )


def _open(described: Mapping[str, Any] | None) -> bool:
    return described is not None and bool(described["createable"]) and bool(described["updateable"])


def _of_set(name: str, words: str, fields: Mapping[str, bool], org: _Org) -> list[Step]:
    """The steps that give a permission set the rights which it lacks."""
    given = {f: edit for (parent, f), edit in org.rights.items() if parent == name}
    lacking = {f: edit for f, edit in fields.items() if f not in given or (edit and not given[f])}
    steps: list[Step] = []
    if lacking and name not in org.sets:
        body = {"name": name, "label": name.replace("_", " ")}
        steps.append(Step(_set_name(name), words, "set", body))
    if lacking:
        step = f"rights of {name}"
        edits = sum(lacking.values())
        said = f"to see {plural(len(lacking), 'field')}, and to write {edits} of them"
        steps.append(Step(step, said, "rights", {"set": name, "fields": lacking}, after=(_set_name(name),)))
    return steps


def _set_name(name: str) -> str:
    return f"permission set {name}"


def _right(parent: str, column: str, *, edit: bool, rid: str) -> dict[str, Any]:
    row: dict[str, Any] = {"attributes": {"type": "FieldPermissions"}, "PermissionsRead": True, "PermissionsEdit": edit}
    if rid:
        return row | {"id": rid}
    return row | {"ParentId": parent, "SobjectType": column.partition(".")[0], "Field": column}


def _landed(result: Mapping[str, Any]) -> bool:
    return bool(result.get("success")) or any(e.get("statusCode") in THERE for e in result.get("errors") or ())
