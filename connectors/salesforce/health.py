"""`check`: can we log in, which org is it, and does it have what the mapping uses? Three API calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from connectors.base import Capabilities, FieldNeed, Health
from connectors.salesforce.client import Answer, Client, Refused, Sub, query_path
from connectors.salesforce.schema import ALWAYS, OPTIONAL, TASK, TASK_KEY, WHOLE, Schema, mentioned
from connectors.salesforce.soql import name
from connectors.transport import Purpose
from syncd.core.errors import RemoteError, Unauthorized, Unavailable
from syncd.core.types import Problem

OPPORTUNITY = "Opportunity"

_GRANT = "Give it to the integration user with a permission set."

_DIRECTORIES: Mapping[str, str] = {
    "org": "SELECT Id, Name, IsSandbox FROM Organization",
    "statuses": "SELECT ApiName FROM LeadStatus",
    "queues": "SELECT QueueId, Queue.Name FROM QueueSobject WHERE SobjectType = 'Lead'",
    "assignment": "SELECT Id, Name FROM AssignmentRule WHERE SobjectType = 'Lead' AND Active = true",
    "duplicates": "SELECT Id, DeveloperName FROM DuplicateRule WHERE SobjectType = 'Lead' AND IsActive = true",
}
"""For the eye of the admin; where one is closed to us, its fact is left out."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a describe; `values` are the active picklist values, () for other types."""

    writable: bool
    length: int
    unique_key: bool
    values: tuple[str, ...]

    @classmethod
    def of(cls, described: Mapping[str, Any]) -> Field:
        return cls(
            writable=bool(described["createable"]) or bool(described["updateable"]),
            length=int(described.get("length") or 0),
            unique_key=bool(described.get("externalId")) and bool(described.get("unique")),
            values=tuple(str(v["value"]) for v in described.get("picklistValues") or () if v["active"]),
        )


@dataclass(slots=True)
class Findings:
    """What the describes tell, collected object by object."""

    system: str
    problems: list[Problem] = field(default_factory=list)
    missing: set[tuple[str, str]] = field(default_factory=set)
    fields: dict[str, dict[str, Field]] = field(default_factory=dict)

    def report(self, kind: str, about: Sequence[str], sentence: str, fix: str) -> None:
        self.problems.append(Problem(kind, "/".join((self.system, *about)), sentence, fix))


def check(client: Client, schema: Schema, needs: Sequence[FieldNeed], capabilities: Capabilities) -> Health:
    """Never raises RemoteError: what cannot work at all is a fatal Health with the sentence that says why."""
    try:
        _version(client)
        identity = client.login.identity()
        used, limit, closed = _usage(client)
        found, facts = _look(client, schema, needs)
    except RemoteError as error:
        kind = "credentials" if isinstance(error, Unauthorized) else "unreachable"
        problem = Problem(kind, client.system, error.sentence, error.fix)
        return Health("", client.now(), capabilities, (problem,), fatal=True)
    if closed:
        facts["limits"] = "from response headers; the permission “View Setup and Configuration” would show them"
    return Health(
        account=identity.org,
        now=client.now(),
        capabilities=replace(capabilities, keyed=_keyed(found, schema, capabilities.create_kind)),
        problems=tuple(found.problems),
        missing=frozenset(found.missing),
        used=used or client.used,
        limit=limit or client.limit,
        facts=facts,
    )


def optional_fields(health: Health) -> Iterator[tuple[str, str]]:
    """The pairs of `OPTIONAL` that a check saw, kept in its facts as "Task.Type, …"."""
    for pair in health.facts.get("optional_fields", "").split(", "):
        if pair:
            sobject, _, column = pair.partition(".")
            yield sobject, column


def _version(client: Client) -> None:
    listed = client.versions()
    if client.version not in listed:
        raise Unavailable(
            client.system,
            f"The org does not speak API version {client.version}.",
            fix=f"Set version to one of {', '.join(listed[-5:])}.",
        )


def _usage(client: Client) -> tuple[int, int, bool]:
    """(used, limit, closed) of the day. /limits needs a permission that few integration users have."""
    try:
        daily = client.limits()["DailyApiRequests"]
    except (Unauthorized, Refused):
        return 0, 0, True
    return daily["Max"] - daily["Remaining"], daily["Max"], False


def _look(client: Client, schema: Schema, needs: Sequence[FieldNeed]) -> tuple[Findings, dict[str, str]]:
    kinds = [*schema.map.kinds, TASK, OPPORTUNITY, *(name(need.kind) for need in needs)]
    sobjects = list(dict.fromkeys(kinds))
    subs = [Sub(f"d{n}", f"sobjects/{sobject}/describe") for n, sobject in enumerate(sobjects)]
    subs += [Sub(reference, query_path(soql)) for reference, soql in _DIRECTORIES.items()]
    answers = client.composite(subs, Purpose.CHECK)
    found = Findings(client.system)
    for number, sobject in enumerate(sobjects):
        _object(found, schema, sobject, answers[f"d{number}"])
    for need in needs:
        if need.kind in found.fields:
            _need(found, need)
    _unneeded(found, schema)
    _lengths(found, schema)
    _keys(found, schema)
    optional = [f"{sobject}.{column}" for sobject, column in OPTIONAL if column in found.fields.get(sobject, ())]
    return found, {**_facts(answers), "optional_fields": ", ".join(optional)}


# ---------------------------------------------------------------- objects and fields
def _object(found: Findings, schema: Schema, sobject: str, answer: Answer) -> None:
    """People must be updateable, leads and tasks creatable."""
    if not answer.ok:
        found.missing.add((sobject, WHOLE))
        found.report("permission", [sobject], f"{sobject} is hidden from us, and left out.", _GRANT)
        return
    found.fields[sobject] = {f["name"]: Field.of(f) for f in answer.body["fields"]}
    wanted = ["updateable"] if sobject in schema.map.kinds else []
    if sobject in ("Lead", TASK):
        wanted.append("createable")
    lacking = " and not ".join(right for right in wanted if not answer.body.get(right))
    if lacking:
        found.report("permission", [sobject], f"{sobject} is not {lacking} for us.", _GRANT)


def _need(found: Findings, need: FieldNeed) -> None:
    where, about = f"{need.kind}.{need.field}", [need.kind, need.field]
    if "." in need.field:
        return
    described = found.fields[need.kind].get(need.field)
    if described is None:
        found.missing.add((need.kind, need.field))
        fix = f"Create it, or take it out of the mapping; until then it is left out. {_GRANT}"
        found.report("field_missing", about, f"{where} does not exist, or is hidden from us.", fix)
        return
    if need.write and not described.writable:
        found.report("field_readonly", about, f"{where} is read-only for us.", _GRANT)
    for value in need.values:
        if described.values and value not in described.values:
            sentence = f"{where} has no value “{value}”. It has: {', '.join(described.values)}."
            fix = "Add it to the picklist, or map another value."
            found.report("value_missing", [*about, value], sentence, fix)
    for value in described.values if need.closed else ():
        if value not in need.values:
            sentence = f"{where} has the value “{value}”, which the mapping does not know: people with it are held."
            fix = f"Add “{value}” to mappings/salesforce.toml under {need.kind}."
            found.report("value_unmapped", [*about, value], sentence, fix)


def _unneeded(found: Findings, schema: Schema) -> None:
    """What we use beside the needs and is not there: left out without a word."""
    used = {kind: {*ALWAYS.get(kind, ()), *mentioned(schema.map.kinds[kind])} for kind in schema.map.kinds}
    used[TASK] = {TASK_KEY}
    for sobject, names in used.items():
        if sobject in found.fields:
            found.missing |= {(sobject, n) for n in names if "." not in n and n not in found.fields[sobject]}


def _lengths(found: Findings, schema: Schema) -> None:
    """A mapping may promise no more text than the field takes."""
    for kind in schema.map.kinds.values():
        for mapped in kind.fields.values():
            described = found.fields.get(kind.kind, {}).get(mapped.remote)
            if described is None or mapped.direction == "in" or not mapped.length:
                continue
            if 0 < described.length < mapped.length:
                where = f"{kind.kind}.{mapped.remote}"
                sentence = f"{where} takes {described.length} characters, not {mapped.length}."
                fix = f"Set length = {described.length} in the mapping."
                found.report("field_length", [kind.kind, mapped.remote], sentence, fix)


# ---------------------------------------------------------------- keys
def _keys(found: Findings, schema: Schema) -> None:
    """Without unique keys a lost answer is settled by search and patience instead of by the key."""
    wanted = [(kind.kind, kind.key) for kind in schema.map.kinds.values() if kind.key]
    for sobject, key in [*wanted, (TASK, TASK_KEY)]:
        if sobject not in found.fields or _unique(found, sobject, key):
            continue
        state = "is not both External ID and Unique" if key in found.fields[sobject] else "does not exist"
        sentence = f"{sobject}.{key} {state}: creates are not protected by a key."
        where = "on Activity, Text 40" if sobject == TASK else f"on {sobject}, Text 32, case-sensitive"
        found.report("key_missing", [sobject, key, "unique"], sentence, f"Create it {where}, External ID, Unique.")


def _unique(found: Findings, sobject: str, key: str) -> bool:
    described = found.fields.get(sobject, {}).get(key)
    return described is not None and described.unique_key


def _keyed(found: Findings, schema: Schema, create_kind: str) -> frozenset[str]:
    """Kinds of creates that a unique external id protects."""
    mapped = schema.map.kinds.get(create_kind)
    person = {"person"} if mapped is not None and _unique(found, create_kind, mapped.key) else set()
    activities = {"task", "note", "activity"} if _unique(found, TASK, TASK_KEY) else set()
    return frozenset(person | activities)


# ---------------------------------------------------------------- facts
def _facts(answers: Mapping[str, Answer]) -> dict[str, str]:
    rows = {r: answers[r].body["records"] for r in _DIRECTORIES if answers[r].ok}
    facts: dict[str, str] = {}
    if org := rows.get("org"):
        facts |= {"org": str(org[0]["Name"]), "sandbox": "yes" if org[0]["IsSandbox"] else "no"}
    if statuses := rows.get("statuses"):
        facts["lead_statuses"] = ", ".join(row["ApiName"] for row in statuses)
    if queues := rows.get("queues"):
        facts["lead_queues"] = ", ".join(row["Queue"]["Name"] for row in queues)
    if assignment := rows.get("assignment"):
        facts["assignment_rule"] = f"“{assignment[0]['Name']}” is active; each call of ours asks not to apply it"
    if duplicates := rows.get("duplicates"):
        facts["duplicate_rules"] = ", ".join(row["DeveloperName"] for row in duplicates)
    return facts
