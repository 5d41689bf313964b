"""What every connector promises about accounts, once for all of them. It is the part of the suite for a mapping that reads
them: inherit `AccountSuite` and bring a fixture `remote`.

    class TestMemoryAccounts(AccountSuite):
        @pytest.fixture
        def remote(self) -> AccountRemote: ...
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator

from connectors.base import Connector
from syncd.core.types import CrmAccount, Cursor, Page, Ref

HOUR = 3_600.0


class AccountRemote(ABC):
    """page      accounts of a page
    stream    where accounts come · gone: where deleted ones do
    idle      API calls of a pull of `stream` when nothing has changed
    """

    page: int
    stream: str
    gone: str
    idle = 1

    @abstractmethod
    def connect(self, *, accounts: bool = True) -> Connector:
        """A new connector that has checked the account; without `accounts` under a mapping that does not read them."""

    @abstractmethod
    def calls(self) -> int: ...

    @abstractmethod
    def advance(self, seconds: float) -> None: ...

    @abstractmethod
    def owner(self, name: str) -> str:
        """The remote id of an owner with this name."""

    @abstractmethod
    def add(self, count: int, *, name: str, website: str, owner: str, customer: bool = False) -> list[Ref]: ...

    @abstractmethod
    def give(self, account: Ref, owner: str) -> None:
        """Somebody changes the owner."""

    @abstractmethod
    def put_under(self, account: Ref, parent: Ref) -> None:
        """Somebody says to which company it belongs."""

    @abstractmethod
    def delete(self, account: Ref) -> None: ...

    @abstractmethod
    def merge(self, winner: Ref, loser: Ref) -> Ref:
        """The account that both are now."""

    @abstractmethod
    def streams(self) -> tuple[str, ...]:
        """Names of the streams of a connector that does not read accounts."""


class AccountSuite:
    def test_S0_11_a_first_pull_shows_all_accounts(self, remote: AccountRemote) -> None:
        anna = remote.owner("Anna")
        (one,) = remote.add(1, name="Acme", website="https://www.Acme.example/about", owner=anna, customer=True)
        many = remote.add(2 * remote.page + 3, name="Other", website="", owner=anna)
        found = accounts(remote.connect().pull(remote.stream, None))
        assert set(found) >= {one, *many}
        acme, other = found[one], found[many[0]]
        assert (acme.name, acme.domain, acme.owner, acme.customer) == ("Acme", "acme.example", anna, True)
        assert (other.domain, other.customer, other.deleted, other.successor) == ("", False, False, None)

    def test_S0_11_the_next_pull_shows_the_new_owner_and_only_that_account(self, remote: AccountRemote) -> None:
        anna, jonas = remote.owner("Anna"), remote.owner("Jonas")
        one, _ = remote.add(2, name="Acme", website="acme.example", owner=anna)
        cursor = at_rest(remote)
        remote.give(one, jonas)
        remote.advance(60)
        found = accounts(remote.connect().pull(remote.stream, cursor))
        assert {ref: account.owner for ref, account in found.items()} == {one: jonas}

    def test_S0_11_a_pull_shows_the_parent(self, remote: AccountRemote) -> None:
        group, acme = remote.add(2, name="Acme", website="acme.example", owner=remote.owner("Anna"))
        cursor = at_rest(remote)
        remote.put_under(acme, group)
        remote.advance(60)
        found = accounts(remote.connect().pull(remote.stream, cursor))
        assert found[acme].parent == group.id
        assert accounts(remote.connect().pull(remote.stream, None))[group].parent == ""

    def test_S0_30_a_pull_of_no_change_costs_what_it_cost_without_accounts(self, remote: AccountRemote) -> None:
        remote.add(3, name="Acme", website="acme.example", owner=remote.owner("Anna"))
        cursor = at_rest(remote)
        connector = remote.connect()
        for _ in range(3):
            before = remote.calls()
            pages = list(connector.pull(remote.stream, cursor))
            assert not accounts(pages)
            assert remote.calls() - before == remote.idle
            cursor = pages[-1].cursor
            remote.advance(HOUR)

    def test_S0_11_a_deleted_account_is_reported(self, remote: AccountRemote) -> None:
        (one,) = remote.add(1, name="Acme", website="acme.example", owner=remote.owner("Anna"))
        cursor = at_rest(remote, remote.gone)
        remote.delete(one)
        remote.advance(60)
        assert accounts(remote.connect().pull(remote.gone, cursor))[one].deleted

    def test_S0_11_a_merged_account_leads_to_the_winner(self, remote: AccountRemote) -> None:
        one, other = remote.add(2, name="Acme", website="acme.example", owner=remote.owner("Anna"))
        cursor = at_rest(remote)
        winner = remote.merge(one, other)
        remote.advance(60)
        found = accounts(remote.connect().pull(remote.stream, cursor))
        told_by_winner = winner in found and other in found[winner].aliases
        told_by_loser = other in found and (found[other].deleted, found[other].successor) == (True, winner)
        assert told_by_winner or told_by_loser

    def test_S0_11_a_walk_resumes_after_any_page(self, remote: AccountRemote) -> None:
        refs = set(remote.add(2 * remote.page + 3, name="Acme", website="acme.example", owner=remote.owner("Anna")))
        whole = list(remote.connect().pull(remote.stream, None))
        assert len(whole) > 2
        for stop in range(1, len(whole)):
            rest = remote.connect().pull(remote.stream, whole[stop - 1].cursor)
            assert set(accounts(whole[:stop])) | set(accounts(rest)) >= refs

    def test_S0_11_nobody_reads_accounts_unasked(self, remote: AccountRemote) -> None:
        remote.add(3, name="Acme", website="acme.example", owner=remote.owner("Anna"))
        connector = remote.connect(accounts=False)
        assert tuple(stream.name for stream in connector.streams) == remote.streams()
        assert not any(accounts(connector.pull(name, None)) for name in remote.streams())


def accounts(pages: Iterable[Page] | Iterator[Page]) -> dict[Ref, CrmAccount]:
    return {account.ref: account for page in pages for account in page.accounts}


def at_rest(remote: AccountRemote, stream: str = "") -> Cursor:
    """The cursor of a pull of everything: what happened before is too old for the overlap."""
    remote.advance(HOUR)
    cursor = list(remote.connect().pull(stream or remote.stream, None))[-1].cursor
    remote.advance(HOUR)
    return cursor
