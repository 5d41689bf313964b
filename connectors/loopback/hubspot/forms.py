"""What a marketing form looks like, and how it changes [R:amp-labs/read/marketing-forms.json]."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.loopback.hubspot.instants import instant


def form(given: Mapping[str, Any], now: int) -> dict[str, Any]:
    """A full definition from ``{"id", "name"}`` and whatever else is given."""
    return {
        "id": str(given["id"]),
        "name": given["name"],
        "createdAt": instant(now),
        "updatedAt": instant(now),
        "archived": False,
        "fieldGroups": [{"groupType": "default_group", "richTextType": "text"}],
        "configuration": {
            "language": "en",
            "cloneable": True,
            "postSubmitAction": {"type": "thank_you", "value": ""},
            "editable": True,
            "archivable": True,
            "recaptchaEnabled": False,
            "notifyContactOwner": False,
            "notifyRecipients": [],
            "createNewContactForNewEmail": False,
            "prePopulateKnownValues": True,
            "allowLinkToResetKnownValues": False,
            "embedType": "V3",
        },
        "displayOptions": {
            "renderRawHtml": False,
            "theme": "default_style",
            "submitButtonText": "Submit",
            "style": {
                "fontFamily": "arial, helvetica, sans-serif",
                "backgroundWidth": "100%",
                "labelTextColor": "#33475b",
                "labelTextSize": "11px",
                "helpTextColor": "#7C98B6",
                "helpTextSize": "11px",
                "legalConsentTextColor": "#33475b",
                "legalConsentTextSize": "14px",
                "submitColor": "#ff7a59",
                "submitAlignment": "left",
                "submitFontColor": "#ffffff",
                "submitSize": "12px",
            },
            "cssClass": None,
        },
        "legalConsentOptions": {"type": "none"},
        "formType": "hubspot",
        **given,
    }


# What a definition has of its own and no request sets.
_OWN = ("id", "createdAt", "updatedAt", "archived", "archivedAt")


def changed(old: Mapping[str, Any], given: Mapping[str, Any], now: int, *, whole: bool) -> dict[str, Any]:
    """The definition after a PUT (``whole``: what is not given falls back to its default) or a PATCH."""
    own = {name: old[name] for name in _OWN if name in old}
    wanted = {name: value for name, value in given.items() if name not in _OWN}
    base = form({"id": old["id"], "name": old["name"]}, now) if whole else old
    return {**base, **wanted, **own, "updatedAt": instant(now)}


def archived(old: Mapping[str, Any], now: int) -> dict[str, Any]:
    return {**old, "archived": True, "archivedAt": instant(now)}
