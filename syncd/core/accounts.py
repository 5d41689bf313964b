"""Whose is a company? The accounts of the CRM, before what its people say. (S0.11, S1.5; part C, pain 2)

own account     that which the person's own CRM record names
by domain       that whose website has the domain of the person; of several the one with a live owner that changed last
its parent      the account that it belongs to, and the one above that
its people      who owns most of them, as before there were accounts to read

Nothing is guessed silently: an account without a live owner, and the others of one domain, are said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from syncd.core.decide import Decision
from syncd.core.facts import Directory
from syncd.core.rules import FieldMap, Routing, Rules
from syncd.core.standing import Company
from syncd.core.text import plural
from syncd.core.types import CrmAccount, Owner

LINK = "account"
"""Our name for the field of a person that names the account."""

Owned = tuple[str, str]
"""CRM id of an owner ("" for nobody who is there), and why."""


def asks_accounts(routing: Routing) -> bool:
    """Whether it matters to whom a company belongs in the CRM."""
    return routing.keep_account or bool(routing.customers)


def reading_accounts(rules: Rules) -> Rules:
    """Rules that read the accounts of the CRM where the routing asks for them, and the person's link to one also where deals
    are found by it; else none."""
    maps = {}
    for name, system in rules.maps.items():
        account, asked = system.account, asks_accounts(rules.routing)
        if account is None or name != rules.crm or not (asked or rules.by_account is not None):
            maps[name] = replace(system, account=None)
            continue
        kind = system.kinds.get("Contact") or next(iter(system.kinds.values()))  # a Lead has no account
        fields = {LINK: FieldMap(LINK, account.link, direction="in"), **kind.fields} if account.link else kind.fields
        kinds = {**system.kinds, kind.kind: replace(kind, fields=fields)}
        maps[name] = replace(system, account=account if asked else None, kinds=kinds)
    return replace(rules, maps=maps)


def account_named(decision: Decision, rules: Rules) -> str:
    """CRM id of the account that the existing record names, "" for none, and for somebody who has left that company."""
    record = decision.match.target
    if record is None or decision.new_company is not None:
        return ""
    field = rules.maps[rules.crm].kinds[record.ref.kind].fields.get(LINK)
    return str(record.fields.get(field.remote) or "") if field else ""


def owners_of(
    own: CrmAccount | None, domain: str, company: Company, directory: Directory, known: Mapping[str, CrmAccount]
) -> Iterator[Owned]:
    """Who owns the company, best first; `known` are accounts by id, those above these among them."""
    if own is not None:
        yield _owner(own, f"the account of the contact, “{own.name}”", directory)
    others = [account for account in company.accounts if own is None or account.ref != own.ref]
    if others:
        yield _of_domain(others, directory)
    for account in [own] if own is not None else others:
        for parent, child in _above(account, known):
            yield _owner(parent, f"“{parent.name}”, the parent account of “{child.name}”", directory)
    if owner := next(filter(None, (_live(directory, rid) for rid in company.owners)), None):
        yield owner.ref.id, f"{owner.name} owns the people of {domain} in the CRM"


def _above(account: CrmAccount, known: Mapping[str, CrmAccount]) -> Iterator[tuple[CrmAccount, CrmAccount]]:
    """The companies that it belongs to, closest first, each with the one that names it."""
    seen = {account.ref}
    while (parent := known.get(account.parent)) is not None and parent.ref not in seen:
        seen.add(parent.ref)
        yield parent, account
        account = parent


def _of_domain(accounts: Sequence[CrmAccount], directory: Directory) -> Owned:
    """`accounts` of one domain, the one that changed last first."""
    domain = accounts[0].domain
    if len(accounts) == 1:
        return _owner(accounts[0], f"the account “{accounts[0].name}” ({domain})", directory)
    several = f"{plural(len(accounts), 'account')} have the domain {domain}"
    for account in accounts:
        if owner := _live(directory, account.owner):
            which = f"the one with a live owner that changed last, “{account.name}”"
            return owner.ref.id, f"{several}; {owner.name} owns {which}"
    return "", f"{several}; none has a live owner"


def _owner(account: CrmAccount, what: str, directory: Directory) -> Owned:
    if owner := _live(directory, account.owner):
        return owner.ref.id, f"{owner.name} owns {what}"
    if not account.owner:
        return "", f"nobody owns {what}"
    gone = directory.crm_by_id(account.owner)
    if gone is None:
        return "", f"{account.owner}, who owns {what}, is not a user of the CRM"
    return "", f"{gone.name}, who owns {what}, is {'inactive in the CRM' if not gone.active else 'a queue'}"


def _live(directory: Directory, rid: str) -> Owner | None:
    owner = directory.crm_by_id(rid)
    return owner if owner is not None and owner.active and owner.kind == "person" else None
