"""Creating, changing and archiving property definitions and groups (§10.4)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from connectors.loopback.hubspot.admin_rules import AdminRules
from connectors.loopback.hubspot.errors import ApiError, not_emulated, not_set, validation
from connectors.loopback.hubspot.object_types import ObjectType
from connectors.loopback.hubspot.schema import NON_SENSITIVE, Group, Property, Schema
from connectors.loopback.hubspot.settings import HubSpotSettings

FIELD_TYPES = {
    "string": {"text", "textarea", "html", "phonenumber", "file"},
    "number": {"number"},
    "bool": {"booleancheckbox"},
    "enumeration": {"select", "radio", "checkbox", "booleancheckbox"},
    "date": {"date"},
    "datetime": {"date"},
    "phone_number": {"phonenumber"},
}
_NAME = re.compile(r"[a-z][a-z0-9_]{0,99}")
_MAX_UNIQUE = 10
_CHANGEABLE = {
    "label": "label",
    "description": "description",
    "groupName": "group",
    "displayOrder": "display_order",
    "hidden": "hidden",
    "formField": "form_field",
    "fieldType": "field_type",
}
# How screens show the values [S:crm-properties.v3]; answers repeat them (§12) and nothing else depends on them.
_DISPLAY = ("currencyPropertyName", "numberDisplayHint", "showCurrencySymbol", "textDisplayHint")


class Definitions:
    """The rules of the schema; :class:`Schema` only keeps it."""

    def __init__(self, settings: HubSpotSettings, schema: Schema, admin_rules: AdminRules) -> None:
        self._settings = settings
        self._schema = schema
        self._admin_rules = admin_rules

    def get(self, kind: ObjectType, name: str, at: int, *, archived: bool = False) -> Property:
        if archived:
            found = self._schema.any_property(kind.name, name)
            if found is not None and found.archived:
                return found
        else:
            found = self._schema.property(kind.name, name, at)
            if found is not None:
                return found
        raise self._missing("Property", name)

    def create(
        self,
        kind: ObjectType,
        body: Mapping[str, Any],
        at: int,
        user_id: int,
        *,
        lag: bool = True,
    ) -> Property:
        """The name of an archived property brings the old one back [L:K]. With ``lag`` the
        new one is seen only after ``settings.property_lag_seconds``."""
        name = str(body.get("name") or "")
        old = self._schema.any_property(kind.name, name)
        if old is not None and not old.archived:
            raise ApiError(
                409,
                self._settings.wording.property_exists.format(name=name),
                "OBJECT_ALREADY_EXISTS",
                sub_category="Properties.PROPERTY_WITH_NAME_EXISTS",
                context={"name": [name]},
            )
        self._check(kind, body)
        delay = round(self._settings.property_lag_seconds * 1000) if lag else 0
        if old is not None:
            restored = replace(old, archived=False, updated_at=at, visible_at=at + delay)
            self._schema.put(kind.name, restored)
            return restored
        created = Property(
            name=name,
            label=str(body.get("label") or name),
            type=str(body["type"]),
            field_type=str(body["fieldType"]),
            group=str(body["groupName"]),
            description=str(body.get("description") or ""),
            options=options(body.get("options") or []),
            display_order=_order(body),
            external_options=bool(body.get("externalOptions", False)),
            hidden=bool(body.get("hidden", False)),
            unique=bool(body.get("hasUniqueValue", False)),
            form_field=bool(body.get("formField", False)),
            referenced=body.get("referencedObjectType"),
            data_sensitivity=str(body.get("dataSensitivity") or NON_SENSITIVE),
            display=_display(body),
            created_at=at,
            updated_at=at,
            visible_at=at + delay,
            user_id=user_id,
        )
        self._schema.put(kind.name, created)
        return created

    def update(self, kind: ObjectType, name: str, body: Mapping[str, Any], at: int) -> Property:
        """``options`` replaces the list; ``hasUniqueValue`` and the type stay as they are."""
        old = self.get(kind, name, at)
        changes = {field: body[key] for key, field in _CHANGEABLE.items() if body.get(key) is not None}
        changes["display"] = old.display | _display(body)
        if "type" in body and body["type"] != old.type:
            raise validation(f"The type of {name} cannot be changed to {body['type']}")
        if changes.get("field_type", old.field_type) not in FIELD_TYPES.get(old.type, set()):
            raise validation(f"{changes['field_type']} is no field type of {old.type}")
        if "groupName" in body:
            self.group(kind, str(body["groupName"]))
        if "options" in body:
            changes["options"] = options(body["options"] or [])
        updated = replace(old, **changes)
        if updated != old:
            updated = replace(updated, updated_at=at)
            self._schema.put(kind.name, updated)
        return updated

    def archive(self, kind: ObjectType, name: str, at: int) -> None:
        found = self.get(kind, name, at)
        if found.hubspot_defined or self._admin_rules.uses(kind.name, name):
            raise validation(
                self._settings.wording.property_in_use.format(name=name),
                sub_category="PropertyValidationError.CANNOT_DELETE_PROPERTY_IN_USE",
            )
        self._schema.put(kind.name, replace(found, archived=True, updated_at=at))

    def group(self, kind: ObjectType, name: str) -> Group:
        found = self._schema.group(kind.name, name)
        if found is None:
            raise self._missing("Property group", name)
        return found

    def _missing(self, what: str, name: str) -> ApiError:
        return ApiError(404, self._settings.wording.property_missing.format(what=what, name=name), "OBJECT_NOT_FOUND")

    def create_group(self, kind: ObjectType, body: Mapping[str, Any]) -> Group:
        name = str(body.get("name") or "")
        if not name or not body.get("label"):
            raise validation("A property group needs a name and a label")
        if self._schema.group(kind.name, name) is not None:
            raise ApiError(
                409,
                f"A property group named '{name}' already exists.",
                "OBJECT_ALREADY_EXISTS",
                sub_category="PropertyGroupError.PROPERTY_GROUP_WITH_NAME_EXISTS",
                context={"name": [name]},
            )
        group = Group(name, str(body["label"]), _order(body))
        self._schema.put_group(kind.name, group)
        return group

    def update_group(self, kind: ObjectType, name: str, body: Mapping[str, Any]) -> Group:
        group = replace(
            self.group(kind, name),
            **{
                field: body[key]
                for key, field in (("label", "label"), ("displayOrder", "display_order"))
                if body.get(key) is not None
            },
        )
        self._schema.put_group(kind.name, group)
        return group

    def archive_group(self, kind: ObjectType, name: str) -> None:
        group = self.group(kind, name)
        if any(p.group == name for p in self._schema.properties(kind.name)):
            raise validation(
                self._settings.wording.group_in_use.format(name=name),
                sub_category="PropertyGroupError.GROUP_WITH_ACTIVE_PROPERTIES",
            )
        self._schema.put_group(kind.name, replace(group, archived=True))

    def _check(self, kind: ObjectType, body: Mapping[str, Any]) -> None:
        for key in ("name", "label", "type", "fieldType", "groupName"):
            if not body.get(key):
                raise not_set(key)
        if not _NAME.fullmatch(str(body["name"])):
            raise validation(f"{body['name']} is not a valid property name")
        if body["fieldType"] not in FIELD_TYPES.get(body["type"], set()):
            raise validation(f"{body['fieldType']} is no field type of {body['type']}")
        if self._schema.group(kind.name, str(body["groupName"])) is None:
            raise validation(f"Property group {body['groupName']} does not exist")
        if body["type"] == "bool":
            values = sorted(str(option.get("value")) for option in body.get("options") or [])
            if values != ["false", "true"]:
                message = "A boolean property has exactly the options true and false"
                raise validation(message, errors=[{"message": message, "code": "INVALID_BOOLEAN_OPTION"}])
        self._check_count(kind)
        own_unique = [n for n in self._schema.unique_names(kind.name) if (kind.name, n) != ("contacts", "email")]
        if body.get("hasUniqueValue") and len(own_unique) >= _MAX_UNIQUE:
            raise validation(f"{kind.name} already have {_MAX_UNIQUE} unique properties")

    def _check_count(self, kind: ObjectType) -> None:
        """400 for one property more than an object type or the account may have of its own [D:props]."""
        counts = {
            name: sum(not p.hubspot_defined for p in self._schema.properties(name)) for name in self._schema.kinds
        }
        most, in_all = self._settings.max_properties, self._settings.max_account_properties
        if counts[kind.name] >= most or sum(counts.values()) >= in_all:
            raise validation(
                f"There are {most} properties of one's own per object type at most, and {in_all} in an account"
            )


def _display(body: Mapping[str, Any]) -> dict[str, Any]:
    """The display hints of a definition. 501 for a formula: no property here computes one."""
    if body.get("calculationFormula"):
        raise not_emulated("properties with a calculationFormula")
    return {name: body[name] for name in _DISPLAY if body.get(name) is not None}


def _order(body: Mapping[str, Any]) -> int:
    """-1, behind all others, when none or null is given."""
    return int(-1 if body.get("displayOrder") is None else body["displayOrder"])


def options(given: Any) -> list[dict[str, Any]]:
    """Options as HubSpot stores them: one without an order goes behind all that have one
    [R:amp-labs/custom/create/4-response-batch-create-properties.json]. 400 for no options."""
    if not isinstance(given, list) or not all(
        isinstance(o, dict) and o.get("value") and str(o.get("displayOrder", 0)).lstrip("-").isdigit() for o in given
    ):
        raise validation("Every option needs a value, and a number as its displayOrder")
    last = max((int(o["displayOrder"]) for o in given if "displayOrder" in o), default=-1)
    stored: list[dict[str, Any]] = []
    for option in given:
        last += "displayOrder" not in option
        order = option.get("displayOrder", last)
        entry: dict[str, Any] = {"label": option.get("label", option["value"])}
        entry["value"] = option["value"]
        if "description" in option:
            entry["description"] = option["description"]
        entry |= {"displayOrder": int(order), "hidden": bool(option.get("hidden", False))}
        stored.append(entry)
    return stored
