"""`check`: can everything that the mapping wants be done in this account? At most ten calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.base import FieldNeed
from connectors.hubspot.activities import KEY
from connectors.hubspot.api import Answer, Api, Json
from connectors.hubspot.companies import COMPANIES
from connectors.hubspot.lists import Lists
from connectors.hubspot.people import CONTACTS
from connectors.hubspot.refusals import SYSTEM, Refused
from connectors.transport import Purpose
from syncd.core.errors import Unauthorized
from syncd.core.lists import LISTS
from syncd.core.types import Problem

KEYED = ("tasks", "notes")
"""Objects that plans create, and that need our unique property for it."""

WRITES = {"crm.objects.contacts.write"}
READS = {"crm.objects.contacts.read", "crm.objects.owners.read"}
READS_COMPANIES = "crm.objects.companies.read"

WHOLE = "*"
"""In place of a property: these objects must not be read at all."""


@dataclass(slots=True)
class Findings:
    """What was found; `fatal` when nothing can work."""

    account: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    missing: set[tuple[str, str]] = field(default_factory=set)
    keyed: set[str] = field(default_factory=set)
    fatal: bool = False

    def add(self, kind: str, subject: str, sentence: str, fix: str) -> None:
        self.problems.append(Problem(kind, f"{SYSTEM}/{subject}", sentence, fix))


class Check:
    """`crm`: sales works here too. `token` is read for the scope look-up only, which needs it in the body."""

    def __init__(self, api: Api, token: Callable[[], str], *, crm: bool) -> None:
        self._api, self._token, self._crm = api, token, crm

    def run(self, needs: Sequence[FieldNeed]) -> Findings:
        found = Findings()
        if not self._account(found):
            return found
        scopes = self._scopes(found)
        if scopes is not None:
            self._compare_scopes(found, scopes, needs)
        elif not self._allowed(found, "contacts", self._first_contact):
            return found
        self._lists(found, [need.field for need in needs if need.kind == LISTS])
        needs = [need for need in needs if need.kind != LISTS]
        kinds = list(dict.fromkeys([CONTACTS, *(need.kind for need in needs)]))
        for kind in kinds:
            schema = self._schema(found, kind)
            if schema is not None:
                for need in needs:
                    if need.kind == kind:
                        compare(found, need, schema)
        if scopes is None and COMPANIES in kinds and not self._allowed(found, COMPANIES, self._first_company):
            found.missing.add((COMPANIES, WHOLE))
        if self._crm:
            self._keys(found)
        self._allowed(found, "owners", self._first_owner)
        return found

    # ------------------------------------------------------------ access
    def _account(self, found: Findings) -> bool:
        try:
            answer = self._api.get(self._api.paths.account, "GET /account-info/details", {}, Purpose.CHECK)
        except Unauthorized as error:
            found.add("credentials", "token", error.sentence, error.fix)
            found.fatal = True
            return False
        except Refused as error:
            if error.refusal.status != 404:
                raise
            version = self._api.paths.version
            found.add(
                "version",
                "version",
                f"HubSpot does not know the API version “{version}”.",
                'Set `version` under [hubspot] to "2026-09", or to "v3".',
            )
            found.fatal = True
            return False
        body = answer.body
        found.account = str(body.get("portalId", ""))
        found.facts = {
            "portal": found.account,
            "time zone": str(body.get("timeZone", "")),
            "currency": str(body.get("companyCurrency", "")),
            "account type": str(body.get("accountType", "")),
        }
        return True

    def _scopes(self, found: Findings) -> set[str] | None:
        """The granted scopes, and which app we are; None where this kind of token cannot be asked [hubspot.md 1.2]."""
        body = {"tokenKey": self._token()}
        try:
            answer = self._api.post(self._api.paths.token_info, "POST /oauth/access-token-info", body, Purpose.CHECK)
        except (Refused, Unauthorized):
            return None
        found.facts["app"] = str(answer.body.get("appId") or "")
        scopes = answer.body.get("scopes")
        return {str(scope) for scope in scopes} if isinstance(scopes, list) else None

    def _compare_scopes(self, found: Findings, scopes: set[str], needs: Sequence[FieldNeed]) -> None:
        wanted = set(READS)
        if self._crm or any(need.write for need in needs):
            wanted |= WRITES
        if any(need.kind == LISTS for need in needs):
            wanted |= {"crm.lists.read", "crm.lists.write"}
        if self._crm:
            wanted.add("crm.objects.deals.read")
        if any(need.kind == COMPANIES for need in needs):
            wanted.add(READS_COMPANIES)
            if READS_COMPANIES not in scopes:
                found.missing.add((COMPANIES, WHOLE))
        for scope in sorted(wanted - scopes):
            found.add(
                "scope",
                f"scope/{scope}",
                f"The token lacks the scope {scope}.",
                "Grant it to the service key or private app.",
            )
            found.fatal = found.fatal or scope == "crm.objects.contacts.read"
        found.facts["scopes"] = " ".join(sorted(scopes))

    def _allowed(self, found: Findings, what: str, probe: Callable[[], object]) -> bool:
        try:
            probe()
        except Unauthorized as error:
            found.add("scope", f"scope/{what}", error.sentence, error.fix)
            found.fatal = found.fatal or what == CONTACTS
            return False
        return True

    def _first_contact(self) -> Answer:
        return self._api.list(CONTACTS, {"limit": "1"}, Purpose.CHECK)

    def _first_company(self) -> Answer:
        return self._api.list(COMPANIES, {"limit": "1"}, Purpose.CHECK)

    def _first_owner(self) -> Answer:
        return self._api.get(self._api.paths.owners, "GET /crm/owners", {"limit": "1"}, Purpose.CHECK)

    # ------------------------------------------------------------ properties
    def _schema(self, found: Findings, kind: str) -> Mapping[str, Json] | None:
        """Property definitions by name; None (with a problem) when they must not be read."""
        try:
            answer = self._api.get(self._api.paths.properties(kind), f"GET /crm/properties/{kind}", {}, Purpose.CHECK)
        except Unauthorized as error:
            found.add("scope", f"scope/{kind}", error.sentence, error.fix)
            return None
        return {str(row.get("name")): row for row in answer.results}

    def _lists(self, found: Findings, names: Sequence[str]) -> None:
        """Lists whose members we are to change."""
        lists = Lists(self._api)
        for name in names:
            try:
                flaw = lists.flaw(name)
            except Unauthorized as error:
                flaw = Problem("scope", f"{SYSTEM}/scope/{LISTS}", error.sentence, error.fix)
            if flaw is not None:
                found.problems.append(flaw)
                found.missing.add((LISTS, name))

    def _keys(self, found: Findings) -> None:
        """Which objects carry our unique property: creates are exactly-once only there."""
        for kind in KEYED:
            schema = self._schema(found, kind)
            if schema is None:
                continue
            definition = schema.get(KEY)
            if definition is not None and definition.get("hasUniqueValue") is True:
                found.keyed.add(kind)
                continue
            what = "has no unique values" if definition else "does not exist"
            found.add(
                "no_unique_key",
                f"{kind}/{KEY}",
                f"{kind}.{KEY} {what}: {kind} cannot be created exactly once.",
                f"Create {KEY} (single-line text, unique values) on {kind}.",
            )


def compare(found: Findings, need: FieldNeed, schema: Mapping[str, Json]) -> None:
    """One field of the mapping against its definition."""
    where, subject = f"{need.kind}.{need.field}", f"{need.kind}/{need.field}"
    definition = schema.get(need.field)
    if definition is None or definition.get("archived") is True:
        found.missing.add((need.kind, need.field))
        if need.required:
            found.add(
                "field_missing",
                subject,
                f"{where} does not exist, or is hidden from this token.",
                "Create the property, or take it out of the mapping.",
            )
        return
    if need.write and _read_only(definition):
        found.add(
            "field_read_only",
            subject,
            f"{where} is computed by HubSpot and cannot be written.",
            "Give it direction “in” in the mapping.",
        )
    options = _options(definition)
    if options is None:
        return
    for value in need.values:
        if value not in options:
            found.add(
                "value_missing",
                f"{subject}/{value}",
                f"{where} has no option “{value}”; it has {', '.join(options) or 'none'}.",
                f"Add the option “{value}” to the property, or correct the mapping.",
            )
    for value in options if need.closed else ():
        if value not in need.values:
            found.add(
                "value_unmapped",
                f"{subject}/{value}",
                f"{where} has the option “{value}”, and the mapping does not say what that means; people with it are held.",
                f"Add “{value}” to mappings/{SYSTEM}.toml under {need.kind}.",
            )


def _read_only(definition: Mapping[str, Any]) -> bool:
    metadata = definition.get("modificationMetadata")
    return definition.get("calculated") is True or (
        isinstance(metadata, dict) and metadata.get("readOnlyValue") is True
    )


def _options(definition: Mapping[str, Any]) -> list[str] | None:
    """Allowed values; None when anything goes (text), or when they stand elsewhere (owners)."""
    if definition.get("type") != "enumeration" or definition.get("externalOptions") is True:
        return None
    return [str(option.get("value")) for option in definition.get("options") or ()]
