"""Users and the apps that log them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.loopback.salesforce import permissions, seed, values
from connectors.loopback.salesforce.access import PERMISSION_KEYS
from connectors.loopback.salesforce.service import Service
from connectors.loopback.salesforce.sessions import App
from connectors.loopback.salesforce.settings import SalesforceSettings

_ACCOUNT_KEYS = {"token", "password", "profile", "permission_sets", "view_setup", *PERMISSION_KEYS}


def administrator(running: Service) -> str:
    """The first user's id, who made what nobody else did; "" before there is one."""
    return next(iter(running.users), "")


def add_user(running: Service, user: Mapping[str, Any]) -> str:
    """A User record and its permissions (keys as in :class:`SalesforceSettings`); its id.

    Raises ValueError for an unknown permission key, profile, permission set or time zone.
    """
    org, table = running.org, running.org.schema["User"]
    row = _user_defaults(user, org.settings)
    row |= {key: value for key, value in user.items() if key not in _ACCOUNT_KEYS}
    if not values.is_time_zone(row["TimeZoneSidKey"]):
        raise ValueError(f'There is no time zone "{row["TimeZoneSidKey"]}".')
    if not row.get("Id"):
        row["Id"] = org.store.new_id(table)
    if not row.get("ProfileId"):
        row["ProfileId"] = _profile(running, user.get("profile", permissions.ADMINISTRATOR))
    (user_id,) = seed.load(org, table, [row], administrator(running) or str(row["Id"]))
    permissions.assign(org, user_id, user.get("permission_sets", ()))
    person = running.user(user_id)
    assert person is not None
    person.grant({key: user[key] for key in (*PERMISSION_KEYS, "view_setup") if key in user})
    if "password" in user:
        running.passwords[user_id] = user["password"]
    if user.get("token"):
        again = {name.lower() for app in running.apps.values() for name in app.logs_in()}
        lasting = person.username.lower() not in again
        running.sessions.configure(user["token"], user_id, org.clock.now(), lasting=lasting)
    return user_id


def add_app(running: Service, app: Mapping[str, Any]) -> None:
    """A connected app (keys as in :class:`SalesforceSettings`); add it before its users."""
    added = App(**app)
    running.apps[added.client_id] = added


def _profile(running: Service, name: str) -> str:
    found = running.org.store.ids_where(running.org.schema["Profile"], '"Name" = ?', (name,))
    if not found:
        raise ValueError(f'There is no profile "{name}".')
    return found[0]


def _user_defaults(user: Mapping[str, Any], settings: SalesforceSettings) -> dict[str, Any]:
    """What a User record needs and a configuration need not say."""
    username = user["Username"]
    return {
        "Email": username,
        "Alias": username[:8],
        "IsActive": True,
        "UserType": "Standard",
        "TimeZoneSidKey": settings.time_zone,
        "LocaleSidKey": "en_US",
        "LanguageLocaleKey": "en_US",
        "EmailEncodingKey": "UTF-8",
    }
