"""/_sandbox: what people and administrators do in the org, for tests and demos.

Besides the kit's endpoints (clock, faults, requests, snapshot). JSON in and out; a refusal is
400 ``{"error": sentence}`` or the record's own error.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson
from flask import Blueprint, Response, request

from connectors.loopback.kit.json_body import loads
from connectors.loopback.kit.numbers import told
from connectors.loopback.salesforce import custom_fields, people, permissions
from connectors.loopback.salesforce.access import User
from connectors.loopback.salesforce.bulk.jobs import ENDED, INGEST, QUERY
from connectors.loopback.salesforce.bulk.runner import fail
from connectors.loopback.salesforce.dml import conversion, save, trash
from connectors.loopback.salesforce.dml.merge import merge
from connectors.loopback.salesforce.dml.picklist_rename import rename
from connectors.loopback.salesforce.errors import RecordError
from connectors.loopback.salesforce.org import Caller
from connectors.loopback.salesforce.schema import SchemaError
from connectors.loopback.salesforce.service import Service, service
from connectors.loopback.salesforce.sessions import INCURABLE

pages = Blueprint("salesforce_sandbox", __name__, url_prefix="/_sandbox")

Body = dict[str, Any]
Action = Callable[[Service, Body], Any]


def _action(path: str) -> Callable[[Action], Action]:
    """Register a POST whose body and answer are JSON."""

    def register(action: Action) -> Action:
        def view() -> Response:
            try:
                body = loads(request.get_data() or b"{}")
                if not isinstance(body, dict):
                    raise ValueError("The body must be a JSON object.")
                return _json(action(service(), body))
            except RecordError as error:
                return _json({"error": error.message, "code": error.code}, 400)
            except (AttributeError, KeyError, OverflowError, SchemaError, TypeError, ValueError) as error:
                return _json({"error": f"{type(error).__name__}: {error}"}, 400)

        pages.add_url_rule(path, action.__name__, view, methods=["POST"])
        return action

    return register


@_action("/convert-lead")
def convert_lead(running: Service, body: Body) -> Body:
    """``{"lead_id", "create_opportunity"?, "opportunity_name"?, "amount"?, "account_id"?,
    "contact_id"?, "owner_id"?, "status"?, "user"?}``"""
    who = _actor(running, body)
    wanted = conversion.Conversion(**{k: v for k, v in body.items() if k != "user"})
    done = conversion.convert(running.org, who, wanted)
    return {
        "lead_id": done.lead_id,
        "account_id": done.account_id,
        "contact_id": done.contact_id,
        "opportunity_id": done.opportunity_id,
    }


@_action("/merge")
def merge_records(running: Service, body: Body) -> Body:
    """``{"sobject", "winner", "loser", "user"?}``"""
    sobject = running.org.schema[body["sobject"]]
    who = _actor(running, body)
    return {"id": merge(running.org, who, sobject, body["winner"], body["loser"])}


@_action("/delete")
def delete(running: Service, body: Body) -> Body:
    """``{"id", "user"?}``: into the recycle bin."""
    sobject, row = trash.find_record(running.org, body["id"])
    return {"id": trash.delete(running.org, _actor(running, body), sobject, row["Id"])}


@_action("/undelete")
def undelete(running: Service, body: Body) -> Body:
    """``{"ids": [...], "user"?}``"""
    who = _actor(running, body)
    return {"ids": [trash.undelete(running.org, who, record_id) for record_id in body["ids"]]}


@_action("/empty-recycle-bin")
def empty_recycle_bin(running: Service, body: Body) -> Body:
    """``{"sobjects"?: [...]}``: deleted records are gone for queryAll and /deleted too."""
    names = body.get("sobjects") or [entry.name for entry in running.org.schema]
    purged = 0
    for sobject in (running.org.schema[name] for name in names):
        if sobject.has("IsDeleted"):
            doomed = running.org.store.ids_where(sobject, '"IsDeleted" = 1', ())
            for record_id in doomed:
                running.org.store.purge(sobject, record_id)
            purged += len(doomed)
    return {"purged": purged}


@_action("/deactivate-user")
def deactivate_user(running: Service, body: Body) -> Body:
    """``{"id" | "username", "active"?: false}``: the sessions of an inactive user end."""
    user = _user(running, body.get("id") or body["username"])
    active = bool(body.get("active", False))
    stamp = _actor(running, {}).stamp
    changes = {"IsActive": int(active), "LastModifiedDate": stamp, "SystemModstamp": stamp}
    running.org.store.update(running.org.schema["User"], user.id, changes)
    return {"id": user.id, "active": active}


@_action("/expire-sessions")
def expire_sessions(running: Service, body: Body) -> Body:
    """``{"permanent"?: false, "message"?, "users"?: [...]}``.

    Permanent: from now on every session, new ones too, gets a 401 that no refresh cures;
    sent again without it, logging in works again.
    """
    names = body.get("users")
    user_ids = None if names is None else [_user(running, name).id for name in names]
    permanent = body.get("message", INCURABLE) if body.get("permanent") else None
    running.sessions.incurable = permanent
    return {"expired": running.sessions.expire(user_ids), "permanent": permanent is not None}


@_action("/field")
def field(running: Service, body: Body) -> Body:
    """``{"sobject", "definition": {...}, "shown"?: true}`` adds, ``{"sobject", "name", "removed":
    true}`` removes; one that is not shown is seen by nobody before FieldPermissions say so."""
    org, who = running.org, _actor(running, {})
    if body.get("removed"):
        custom_fields.remove(org, body["sobject"], body["name"])
    else:
        definition, shown = body["definition"], bool(body.get("shown", True))
        custom_fields.add(org, body["sobject"], definition, shown=shown, user_id=who.user.id, stamp=who.stamp)
    running.schema_changed = org.clock.now()
    return {"sobject": body["sobject"]}


@_action("/picklist")
def picklist(running: Service, body: Body) -> Body:
    """``{"sobject", "field", "value", "active": bool}``: (de)activate or add a value;
    with ``"renamed"`` it gets that name, in every row too."""
    found = running.org.schema[body["sobject"]].fields[body["field"]]
    if "renamed" in body:
        stamp = _actor(running, {}).stamp
        rename(running.org, body["sobject"], body["field"], body["value"], body["renamed"], stamp)
        running.schema_changed = running.org.clock.now()
        return {"values": found.picklist_values()}
    entry = next((e for e in found.picklist if e["value"] == body["value"]), None)
    if entry is None:
        from_new = {"active": True, "defaultValue": False, "label": body["value"], "validFor": None}
        entry = from_new | {"value": body["value"]}
        found.picklist.append(entry)
    entry["active"] = bool(body.get("active", True))
    running.schema_changed = running.org.clock.now()
    return {"values": found.picklist_values()}


@_action("/permission")
def permission(running: Service, body: Body) -> Body:
    """``{"user", "objects"?, "hidden_fields"?, "read_only_fields"?, "visible_fields"?,
    "view_setup"?}`` with ``{sobject: [...]}`` each; what is named replaces what was."""
    user = _user(running, body["user"])
    user.grant({key: value for key, value in body.items() if key != "user"})
    running.schema_changed = running.org.clock.now()
    return {"user": user.username}


@_action("/user")
def user(running: Service, body: Body) -> Body:
    """A user with the keys that the settings know (``token``, ``profile``, ``permission_sets`` …)."""
    return {"id": people.add_user(running, body)}


@_action("/app")
def app(running: Service, body: Body) -> Body:
    """A connected app with the keys that the settings know."""
    people.add_app(running, body)
    return {"client_id": body["client_id"]}


@_action("/token")
def token(running: Service, body: Body) -> Body:
    """``{"user", "client_id"?}``: a fresh session of a user, as if logged in by that app."""
    app = running.apps[body["client_id"]] if "client_id" in body else None
    session = running.sessions.open(_user(running, body["user"]).id, running.org.clock.now(), app)
    return {"access_token": session.token}


@_action("/device")
def device(running: Service, body: Body) -> Body:
    """``{"user_code", "user"?, "denied"?: false}``: what a user does at the device flow's address."""
    user_id = None if body.get("denied") else _actor(running, body).user.id
    running.device_codes.decide(body["user_code"], user_id)
    return {"user_code": body["user_code"], "denied": user_id is None}


@_action("/permission-set")
def permission_set(running: Service, body: Body) -> Body:
    """``{"name", "system"?, "objects"?, "fields"?, "users"?: [...]}``: a permission set, assigned."""
    definition = {key: value for key, value in body.items() if key != "users"}
    set_id = permissions.add_permission_set(running.org, definition, _actor(running, {}).user.id)
    for name in body.get("users", ()):
        permissions.assign(running.org, _user(running, name).id, [body["name"]])
    return {"id": set_id}


@_action("/limits")
def limits(running: Service, body: Body) -> Body:
    """``{"daily_remaining"?: n, "storage_full"?: bool, "long_requests"?: n}``: the last says how many
    requests of other clients have been under way for twenty seconds or more."""
    now, long_requests = running.org.clock.now(), running.long_requests
    if "daily_remaining" in body:
        running.usage.set_remaining(now, told("daily_remaining", body["daily_remaining"]))
    running.org.storage_full = bool(body.get("storage_full", running.org.storage_full))
    long_requests.elsewhere = told("long_requests", body.get("long_requests", long_requests.elsewhere))
    return {
        "daily_remaining": running.usage.remaining(now),
        "storage_full": running.org.storage_full,
        "long_requests": long_requests.elsewhere,
    }


@_action("/lock")
def lock(running: Service, body: Body) -> Body:
    """``{"ids": [...], "seconds": n}`` holds rows as another transaction would; no ids: release."""
    if not body.get("ids"):
        running.org.unlock_rows()
        return {"locked": []}
    locked = [trash.find_record(running.org, record_id)[1]["Id"] for record_id in body["ids"]]
    running.org.lock_rows(locked, float(body.get("seconds", 10)))
    return {"locked": locked}


@_action("/late-commit")
def late_commit(running: Service, body: Body) -> Body:
    """``{"seconds": n}``: from now on written rows show in queries only n seconds later."""
    running.org.settings.late_commit_seconds = float(body["seconds"])
    return {"seconds": running.org.settings.late_commit_seconds}


@_action("/bulk")
def bulk(running: Service, body: Body) -> Body:
    """``{"queue_seconds"?, "batch_seconds"?, "batch_rows"?}``: how fast jobs are from now on;
    ``{"fail": job id, "message"?}``: this one fails where it is."""
    settings, jobs = running.org.settings, running.bulk.jobs
    for name in ("queue_seconds", "batch_seconds", "batch_rows"):
        if name in body:
            setattr(settings, f"bulk_{name}", type(getattr(settings, f"bulk_{name}"))(body[name]))
    if "fail" in body:
        job = jobs.find(INGEST, body["fail"]) or jobs.find(QUERY, body["fail"])
        if job is None or job.state in ENDED:
            raise ValueError(f'There is no unfinished job "{body["fail"]}".')
        fail(job, body.get("message", "InternalServerError : Batch failed"), running.org.clock.now())
        jobs.save(job)
    return {name: getattr(settings, f"bulk_{name}") for name in ("queue_seconds", "batch_seconds", "batch_rows")}


@_action("/record")
def record(running: Service, body: Body) -> Body:
    """``{"sobject", "fields": {...}, "id"?, "user"?}``: create or update as some user, no session."""
    who = _actor(running, body)
    sobject = running.org.schema[body["sobject"]]
    if body.get("id"):
        return {"id": save.update(running.org, who, sobject, body["id"], body["fields"]).id}
    return {"id": save.create(running.org, who, sobject, body["fields"]).id}


def _actor(running: Service, body: Body) -> Caller:
    """The named user, else the first one; its writes run no assignment rules, and who works in
    the browser saves in spite of a duplicate rule that only alerts."""
    user = _user(running, body["user"]) if body.get("user") else next(iter(running.users.values()))
    now = running.org.clock.now()
    running.org.store.begin_request(now, running.org.settings.late_commit_seconds)
    running.org.permissions.refresh(user, now)
    return Caller(user=user, now=now, auto_assign=False, allow_duplicates=True)


def _user(running: Service, name: str) -> User:
    found = running.user(name) or running.user_named(name)
    if found is None:
        raise ValueError(f'There is no user "{name}".')
    return found


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, content_type="application/json")
