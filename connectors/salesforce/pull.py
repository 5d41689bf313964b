"""What changed: up to five queries at once, each with its own mark in one cursor; accounts by a bell (`accounts`).

A mark is where a source stands:

    absent                                      never pulled: everything, or what `first` allows
    "2026-11-22T10:00:00+00:00"                 at rest: rows since then, less the overlap
    {"until": instant, "after": [stamp, id]}    in a walk: rows after this one; then at rest at `until`

Rows come by (SystemModstamp, Id). Stamps have whole seconds, and a row may appear up to ten minutes
after its stamp, when its transaction commits; so a pull reads the overlap again. [salesforce.md 12]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from connectors.salesforce import rows
from connectors.salesforce.accounts import Bell, account
from connectors.salesforce.client import Client, Refused
from connectors.salesforce.schema import BOOKKEEPING, TASK, Schema
from connectors.salesforce.soql import condition, select
from connectors.transport import Purpose
from syncd.core.types import Activity, CrmAccount, Cursor, Opportunity, Owner, Page, Record, Ref

OVERLAP = timedelta(minutes=10)
TASK_WINDOW = timedelta(days=180)
OPPORTUNITY = "Opportunity"

_STALE_LOCATOR = "INVALID_QUERY_LOCATOR"

_TASK_COLUMNS = (
    "Id",
    "WhoId",
    "OwnerId",
    "Subject",
    "TaskSubtype",
    "Type",
    "IsClosed",
    "CreatedDate",
    "CompletedDateTime",
    "LastModifiedDate",
    "SystemModstamp",
)
_OPPORTUNITY_COLUMNS = (
    "Id",
    "Name",
    "StageName",
    "IsClosed",
    "IsWon",
    "Amount",
    "CloseDate",
    "AccountId",
    "CreatedDate",
    "LastModifiedDate",
    "SystemModstamp",
)
_CURRENCY = "CurrencyIsoCode"
_ROLES = "(SELECT ContactId FROM OpportunityContactRoles)"

Mark = str | Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Source:
    """One query of a stream.

    makes    person, activity, owner, queue, opportunity, account
    where    conditions besides the mark
    deleted  sees the recycle bin and the archive too
    first    how far back the first pull goes (None: all rows)
    whole    all rows each time, whatever the mark
    """

    name: str
    sobject: str
    makes: str
    columns: tuple[str, ...]
    where: tuple[str, ...] = ()
    deleted: bool = False
    first: timedelta | None = None
    whole: bool = False

    def statement(self, mark: Mark, now: datetime) -> str:
        if self.whole:
            soql = select(self.columns, self.sobject, self.where)
        else:
            where = (*self.where, *self._since(mark, now))
            soql = select(self.columns, self.sobject, where, order="SystemModstamp, Id")
        return f"all:{soql}" if self.deleted else soql

    def _since(self, mark: Mark, now: datetime) -> list[str]:
        if isinstance(mark, Mapping):
            stamp, rid = mark["after"]
            template = "(SystemModstamp > {0} OR (SystemModstamp = {0} AND Id > {1}))"
            return [condition(template, rows.instant(stamp), rid)]
        if mark is not None:
            return [condition("SystemModstamp >= {}", rows.instant(mark) - OVERLAP)]
        if self.first is not None:
            return [condition("SystemModstamp >= {}", now - self.first)]
        return []

    def mark(self, result: Mapping[str, Any], before: Mark, until: datetime) -> Mark:
        """Where the source stands once this page is committed."""
        target = before["until"] if isinstance(before, Mapping) else until.isoformat()
        if result["done"] or self.whole:
            return str(target)
        last = result["records"][-1]
        return {"until": target, "after": [last["SystemModstamp"], last["Id"]]}


USERS = Source(
    "User",
    "User",
    "owner",
    ("Id", "Email", "Name", "IsActive", "UserType", "TimeZoneSidKey", "SystemModstamp"),
)
QUEUES = Source(
    "queues",
    "QueueSobject",
    "queue",
    ("QueueId", "Queue.Name"),
    where=("SobjectType = 'Lead'",),
    whole=True,
)


class Pull:
    """One pull of a stream. `currency`: that of an org with a single one."""

    def __init__(self, client: Client, schema: Schema, currency: str, since: Cursor | None) -> None:
        self._client, self._schema, self._currency = client, schema, currency
        self._since = since
        self._marks: dict[str, Mark] = dict(since or {})
        self._converted: dict[str, Ref] = {}
        self._silent = False

    # ------------------------------------------------------------ streams
    def changes(self) -> Iterator[Page]:
        """People, tasks, opportunities and users; accounts when one has changed; the queues too on a ledger's first pull."""
        kinds = self._schema.map.kinds
        people = [Source(k, k, "person", self._schema.columns(k)) for k in kinds]
        accounts = self._accounts()
        bell = self._bell(accounts)
        yield from self._walk([*people, self._tasks(), self._opportunities(), USERS], bell)
        if accounts is not None and not (bell and self._silent):
            yield from self._walk([accounts])
        if QUEUES.name not in self._marks:
            yield from self._walk([QUEUES])

    def gone(self) -> Iterator[Page]:
        """Deleted and merged people, deleted opportunities, new contact roles, all queues."""
        sources = [self._deleted_people(kind) for kind in self._schema.map.kinds]
        sources += [self._deleted_opportunities(), QUEUES]
        if self._since:
            sources.append(self._new_roles())
        yield from self._walk(sources)

    def _tasks(self) -> Source:
        """Without our own: those that carry our key and that nobody else has touched."""
        key, me = self._schema.task_key(), self._client.login.identity().user
        columns = [name for name in (*_TASK_COLUMNS, key) if self._schema.has(TASK, name)]
        others = condition(f"({key} = null OR LastModifiedById != {{}})", me)
        where = ("WhoId != null", others)
        return Source(TASK, TASK, "activity", tuple(columns), where, first=TASK_WINDOW)

    def _opportunity_columns(self) -> tuple[str, ...]:
        known = self._schema.has(OPPORTUNITY, _CURRENCY)
        return (*_OPPORTUNITY_COLUMNS, _CURRENCY) if known else _OPPORTUNITY_COLUMNS

    def _opportunities(self) -> Source:
        columns = (*self._opportunity_columns(), _ROLES)
        return Source(OPPORTUNITY, OPPORTUNITY, "opportunity", columns)

    def _accounts(self) -> Source | None:
        """Those in the bin too, for what became of them; None when nobody asks for accounts."""
        account = self._schema.map.account
        if account is None or not self._schema.sees(account.kind):
            return None
        return Source(account.kind, account.kind, "account", self._schema.account_columns(account), deleted=True)

    def _bell(self, accounts: Source | None) -> Bell | None:
        """None when accounts are to be asked for anyway: at first, and within a walk."""
        mark = self._marks.get(accounts.name) if accounts else None
        if accounts is None or not isinstance(mark, str):
            return None
        return Bell(accounts.sobject, rows.instant(mark) - OVERLAP, self._client.now())

    def _deleted_people(self, kind: str) -> Source:
        columns = (*self._schema.columns(kind), "IsDeleted", "MasterRecordId")
        where = ("IsDeleted = true",)
        return Source(f"deleted {kind}", kind, "person", columns, where, deleted=True)

    def _deleted_opportunities(self) -> Source:
        columns = (*self._opportunity_columns(), "IsDeleted")
        where = ("IsDeleted = true",)
        return Source(f"deleted {OPPORTUNITY}", OPPORTUNITY, "opportunity", columns, where, deleted=True)

    def _new_roles(self) -> Source:
        """A contact role does not touch its opportunity, so it is looked for by its own stamp."""
        marks = [mark for mark in self._marks.values() if isinstance(mark, str)]
        since = min(map(rows.instant, marks), default=self._client.now()) - OVERLAP
        where = condition(
            "Id IN (SELECT OpportunityId FROM OpportunityContactRole WHERE SystemModstamp >= {})",
            since,
        )
        found = self._opportunities()
        return Source("roles", OPPORTUNITY, "opportunity", found.columns, (where,), whole=True)

    # ------------------------------------------------------------ walking
    def _walk(self, sources: list[Source], bell: Bell | None = None) -> Iterator[Page]:
        """One composite for the first page of each, and the bell, then page after page of those that have more."""
        asked = self._client.now()
        sources = [source for source in sources if self._schema.sees(source.sobject)]
        if not sources:
            return
        statements = {
            f"q{n}": source.statement(self._marks.get(source.name), asked) for n, source in enumerate(sources)
        }
        bodies, rung = self._client.queries_and(statements, bell.subs if bell else (), Purpose.PULL)
        results = list(bodies.values())
        until = self._client.now()
        found = list(zip(sources, results, strict=True))
        if bell is not None and (covered := bell.covered(rung)) is not None:
            self._silent = True
            self._marks[bell.sobject] = covered.isoformat()
        yield self._page(found, until)
        for source, result in found:
            while not result["done"]:
                result = self._next(source, result, asked)
                yield self._page([(source, result)], until)

    def _next(self, source: Source, result: Mapping[str, Any], asked: datetime) -> dict[str, Any]:
        try:
            return self._client.more(result["nextRecordsUrl"])
        except Refused as error:
            if error.code != _STALE_LOCATOR or source.whole:
                raise
        statement = source.statement(self._marks[source.name], asked)
        return dict(self._client.queries({"q": statement}, Purpose.PULL)["q"])

    def _page(self, found: list[tuple[Source, Any]], until: datetime) -> Page:
        people: list[Record] = []
        activities: list[Activity] = []
        owners: list[Owner] = []
        opportunities: list[Opportunity] = []
        accounts: list[CrmAccount] = []
        for source, result in found:
            self._marks[source.name] = source.mark(result, self._marks.get(source.name), until)
            records = result["records"]
            match source.makes:
                case "person":
                    people += self._people(source, records)
                case "activity":
                    key = self._schema.task_key()
                    activities += [rows.activity(self._system, row, key) for row in records]
                case "owner":
                    owners += [rows.user(self._system, row) for row in records]
                case "queue":
                    owners += [rows.queue(self._system, row) for row in records]
                case "account":
                    assert self._schema.map.account is not None
                    accounts += [account(self._system, row, self._schema.map.account) for row in records]
                case _:
                    opportunities += [self._opportunity(row) for row in records]
        return Page(
            cursor=dict(self._marks),
            now=self._client.now(),
            people=people,
            activities=activities,
            owners=owners,
            opportunities=opportunities,
            accounts=accounts,
        )

    @property
    def _system(self) -> str:
        return self._client.system

    def _people(self, source: Source, records: list[Any]) -> list[Record]:
        kind, key = source.sobject, self._schema.person_key(source.sobject)
        names = [name for name in source.columns if name not in BOOKKEEPING]
        found = [rows.person(self._system, kind, row, names, key) for row in records]
        for record in found:
            made = record.fields.get("ConvertedOpportunityId")
            if record.successor is not None and isinstance(made, str):
                self._converted[made] = record.successor
        return found

    def _opportunity(self, row: Any) -> Opportunity:
        return rows.opportunity(self._system, row, currency=self._currency, converted=self._converted)
