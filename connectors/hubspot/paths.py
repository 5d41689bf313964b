"""Where things are in the two API lines: dated ("2026-09") and old ("v3", with v4 associations) [hubspot.md 12]."""

from __future__ import annotations

from dataclasses import dataclass

from connectors.transport import path


@dataclass(frozen=True, slots=True)
class Paths:
    version: str

    @property
    def old(self) -> bool:
        return self.version == "v3"

    def objects(self, kind: str, tail: str = "") -> str:
        if self.old:
            return path("/crm/v3/objects/{}", kind) + tail
        return path("/crm/objects/{}/{}", self.version, kind) + tail

    def associations(self, source: str, target: str, tail: str) -> str:
        if self.old:
            return path("/crm/v4/associations/{}/{}", source, target) + tail
        return path("/crm/associations/{}/{}/{}", self.version, source, target) + tail

    def properties(self, kind: str) -> str:
        if self.old:
            return path("/crm/v3/properties/{}", kind)
        return path("/crm/properties/{}/{}", self.version, kind)

    def property_of(self, kind: str, name: str) -> str:
        return self.properties(kind) + path("/{}", name)

    def list(self, list_id: str, tail: str = "") -> str:
        return path("/crm/v3/lists/{}" if self.old else f"/crm/lists/{self.version}/{{}}", list_id) + tail

    def list_named(self, object_type: str, name: str) -> str:
        base = "/crm/v3/lists" if self.old else f"/crm/lists/{self.version}"
        return base + path("/object-type-id/{}/name/{}", object_type, name)

    @property
    def owners(self) -> str:
        return "/crm/v3/owners" if self.old else path("/crm/owners/{}", self.version)

    @property
    def account(self) -> str:
        return path("/account-info/{}/details", self.version)

    @property
    def events(self) -> str:
        if self.old:
            return "/events/v3/events"
        return path("/events/event-occurrences/{}", self.version)

    @property
    def forms(self) -> str:
        """The dated line has the form catalogue as a beta only [hubspot.md 12]."""
        return "/marketing/v3/forms"

    def submissions(self, form: str) -> str:
        """Form submissions have no dated path at all [hubspot.md 9.1]."""
        return path("/form-integrations/v1/submissions/forms/{}", form)

    @property
    def token_info(self) -> str:
        return "/oauth/v2/private-apps/get/access-token-info"
