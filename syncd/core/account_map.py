"""Which fields of the CRM's companies are read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AccountMap:
    """How companies of the CRM are read: the remote names of their fields, "" for one that is not read.

    link       field of a person (Salesforce: of a Contact) that names the company's id
    parent     field of a company that names the one that it belongs to
    customer   field that says who is a customer, and which of its values do
    """

    kind: str
    name: str
    website: str
    owner: str
    link: str = ""
    customer: str = ""
    customers: tuple[str, ...] = ()
    parent: str = ""

    @property
    def fields(self) -> tuple[str, ...]:
        """Remote fields of the company itself."""
        return tuple(name for name in (self.name, self.website, self.owner, self.parent, self.customer) if name)
