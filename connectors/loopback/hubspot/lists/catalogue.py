"""The lists of a portal: their definitions, and what fills them (§9.5) [S:crm-lists.v3]."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from connectors.loopback.hubspot.database import Database
from connectors.loopback.hubspot.documents import Documents
from connectors.loopback.hubspot.errors import ApiError, required, validation
from connectors.loopback.hubspot.instants import DAY_MS, instant
from connectors.loopback.hubspot.lists import conversions
from connectors.loopback.hubspot.lists.changes import Changes
from connectors.loopback.hubspot.lists.filters import Filters, stored
from connectors.loopback.hubspot.lists.members import Members
from connectors.loopback.hubspot.object_types import ObjectTypes
from connectors.loopback.hubspot.records import Records, from_row
from connectors.loopback.hubspot.schema import Schema
from connectors.loopback.hubspot.settings import HubSpotSettings
from connectors.loopback.hubspot.shapes import is_id

_STORED = "list"
_TYPES = ("MANUAL", "DYNAMIC", "SNAPSHOT")
_ACCESS = ("listPermissions", "membershipSettings")
_RESTORABLE_MS = 90 * DAY_MS


@dataclass(frozen=True)
class CrmList:
    """Stamps in epoch ms; ``kind`` is the object type of its records, ``filters`` the root branch,
    ``conversion`` when it is to become static, as it was requested."""

    id: int
    name: str
    kind: str
    object_type_id: str
    processing: str
    created: int
    updated: int
    filtered: int
    user_id: int
    filters: Mapping[str, Any] | None = None
    version: int = 1
    deleted: int | None = None
    last_added: int | None = None
    last_removed: int | None = None
    folder: int = 0
    conversion: Mapping[str, Any] | None = None
    converted: int | None = None
    access: Mapping[str, Any] = field(default_factory=dict)  # who may edit it and see its members, as given

    def wire(self) -> dict[str, Any]:
        """What every answer has, in the captured order [R:amp-labs/read-lists-1-first-page.json]."""
        body = {
            "listId": str(self.id),
            "listVersion": self.version,
            "createdAt": instant(self.created),
            "updatedAt": instant(self.updated),
            "filtersUpdatedAt": instant(self.filtered),
            "processingStatus": "COMPLETE",
            "createdById": str(self.user_id),
            "updatedById": str(self.user_id),
            "processingType": self.processing,
            "objectTypeId": self.object_type_id,
            "name": self.name,
            **self.access,
        }
        return body if self.deleted is None else {**body, "deletedAt": instant(self.deleted)}


class Catalogue:
    """Lists by id. A DYNAMIC list is brought up to date when it is looked at, every member dated to
    the change that made it one."""

    def __init__(
        self,
        settings: HubSpotSettings,
        now: Callable[[], int],
        database: Database,
        documents: Documents,
        kinds: ObjectTypes,
        schema: Schema,
        records: Records,
    ) -> None:
        self._settings = settings
        self._now = now
        self._db = database
        self._documents = documents
        self._kinds = kinds
        self._records = records
        self.members = Members(database)
        self.changes = Changes(database)
        self._filters = Filters(schema, self._is_member)
        self._fresh: dict[int, int] = {}  # list id -> the store's state it is up to date with

    # Reading

    def find(self, list_id: str, *, deleted: bool = False) -> CrmList:
        """404 for an unknown one and, unless ``deleted`` is asked for, a deleted one."""
        stored = self._documents.get(_STORED, f"{int(list_id):09d}") if is_id(list_id) else None
        if stored is None or (stored["deleted"] is not None) != deleted:
            raise _missing(f"the id {list_id}")
        return CrmList(**stored)

    def named(self, object_type: str, name: str) -> CrmList:
        """In any case of its letters."""
        kind = self._kinds.resolve(object_type)
        for found in self.all():
            if (found.kind, found.name.lower()) == (kind.name, name.lower()):
                return found
        raise _missing(f"the name {name}")

    def all(self) -> list[CrmList]:
        """Live lists in order of their ids."""
        return [CrmList(**stored) for stored in self._documents.all(_STORED) if stored["deleted"] is None]

    def of_record(self, object_type: str, record_id: str) -> list[dict[str, Any]]:
        """The memberships of one record, as the API gives them."""
        kind = self._kinds.resolve(object_type)
        lists = {found.id: self.refreshed(found) for found in self.all() if found.kind == kind.name}
        rows = self.members.of_record(int(record_id)) if is_id(record_id) else ()
        return [
            {
                "listId": str(list_id),
                "listVersion": lists[list_id].version,
                "isPublicList": True,
                "firstAddedTimestamp": instant(member.first_at),
                "lastAddedTimestamp": instant(member.at),
            }
            for list_id, member in rows
            if list_id in lists
        ]

    def refreshed(self, found: CrmList) -> CrmList:
        """The list after its members were computed anew, if they are computed at all: for the last time
        once its conversion is due."""
        if found.processing == "DYNAMIC" and found.conversion is not None:
            due = conversions.due(found.conversion, found.last_added or found.created, self._settings.time_zone)
            if due <= self._now():
                return self._convert(found, due)
        if found.processing != "DYNAMIC" or self._fresh.get(found.id) == self._db.changes:
            return found
        self._fresh[found.id] = self._db.changes  # a filter that comes back to this list sees it as it was
        filled = self._fill(found)
        self._fresh[found.id] = self._db.changes
        return filled

    # Writing

    def create(self, body: Mapping[str, Any], folder: int, user_id: int, at: int) -> CrmList:
        """``{"name", "objectTypeId", "processingType", "filterBranch"?, "listPermissions"?, "membershipSettings"?}``."""
        name, processing = required(body, "name"), required(body, "processingType")
        kind, filters = self._kinds.resolve(required(body, "objectTypeId")), body.get("filterBranch")
        if processing not in _TYPES:
            raise validation(f"{processing} is not a processing type")
        if (processing == "DYNAMIC" and filters is None) or (processing == "MANUAL" and filters is not None):
            raise validation(f"A list of the type {processing} has {'no' if filters else 'a'} filterBranch")
        self._check_name(name)
        if filters is not None:
            self._filters.compile(kind, filters)
        made = CrmList(
            id=self._documents.number(_STORED, 1),
            name=name,
            kind=kind.name,
            object_type_id=kind.id,
            processing=processing,
            created=at,
            updated=at,
            filtered=at,
            user_id=user_id,
            filters=None if filters is None else stored(filters),
            folder=folder,
            access={name: body[name] for name in _ACCESS if body.get(name) is not None},
        )
        self._save(made)
        self.changes.sized(made.id, at, 0)
        return self._fill(made) if filters is not None else made

    def rename(self, found: CrmList, name: str, at: int) -> CrmList:
        if name != found.name:
            self._check_name(name)
        self.changes.edited(found.id, at)
        return self._save(replace(found, name=name, updated=at))

    def refilter(self, found: CrmList, filters: Any, at: int) -> CrmList:
        """400 unless the list is DYNAMIC; its members are computed anew."""
        if found.processing != "DYNAMIC":
            raise validation(f"The filters of a list of the type {found.processing} cannot be changed")
        self._filters.compile(self._kinds[found.kind], filters)
        self.changes.edited(found.id, at)
        changed = replace(found, filters=stored(filters), filtered=at, updated=at, version=found.version + 1)
        return self._fill(self._save(changed))

    def schedule(self, found: CrmList, body: Mapping[str, Any]) -> CrmList:
        """Have a DYNAMIC list become static, or at another time; 400 for any other list."""
        if found.processing != "DYNAMIC":
            raise validation(f"A list of the type {found.processing} cannot be converted")
        return self._save(replace(found, conversion=conversions.requested(body)))

    def unschedule(self, found: CrmList) -> None:
        """A list that was converted stays what it is."""
        if found.converted is None:
            self._save(replace(found, conversion=None))

    def move_to(self, found: CrmList, folder: int) -> None:
        self._save(replace(found, folder=folder))

    def delete(self, found: CrmList, at: int) -> None:
        self._save(replace(found, deleted=at))

    def restore(self, list_id: str, at: int) -> None:
        """Within 90 days; 404 afterwards and for a list that is not deleted."""
        found = self.find(list_id, deleted=True)
        if at - (found.deleted or 0) > _RESTORABLE_MS:
            raise _missing(f"the id {list_id}")
        self._save(replace(found, deleted=None))

    def change(self, found: CrmList, add: Iterable[str], remove: Iterable[str], at: int) -> dict[str, Any]:
        """Add and remove records by hand; unknown ones are told, those that are in or out already
        are ignored. 400 for a DYNAMIC list."""
        if found.processing == "DYNAMIC":
            raise validation("The memberships of a DYNAMIC list cannot be changed")
        wanted, unwanted = list(dict.fromkeys(add)), list(dict.fromkeys(remove))
        known = self._known(found.kind, [*wanted, *unwanted])
        present = self.members.ids(found.id)
        added = [text for text in wanted if text in known and int(text) not in present]
        removed = [text for text in unwanted if text in known and int(text) in present]
        self._move(found, [(int(text), at) for text in added], [int(text) for text in removed], at)
        missing = [text for text in dict.fromkeys([*wanted, *unwanted]) if text not in known]
        return {"recordIdsRemoved": removed, "recordsIdsAdded": added, "recordIdsMissing": missing}

    def add_from(self, found: CrmList, source: CrmList, at: int) -> None:
        if source.id == found.id or source.kind != found.kind:
            raise validation("The source list must be another one with records of the same type")
        self.refreshed(source)
        self.change(found, map(str, sorted(self.members.ids(source.id))), (), at)

    def clear(self, found: CrmList, at: int) -> None:
        self.change(found, (), map(str, self.members.ids(found.id)), at)

    def move(self, kind: str, old_id: int, new_id: int) -> None:
        """Hand the memberships of a merged record to its successor."""
        for found in self.all():
            if found.kind == kind:
                self.members.move(found.id, old_id, new_id)

    def _known(self, kind: str, texts: Iterable[str]) -> set[str]:
        ids = [int(text) for text in texts if is_id(text)]
        return {str(i) for i, record in self._records.many(kind, ids).items() if not record.archived}

    def _convert(self, found: CrmList, due: int) -> CrmList:
        """Records that changed since then stay in or out as they were seen last."""
        filled = self._fill(found, until=due)
        processing = self._settings.converted_list_type
        return self._save(replace(filled, processing=processing, converted=due, updated=due))

    def _fill(self, found: CrmList, until: int | None = None) -> CrmList:
        passes = self._filters.compile(self._kinds[found.kind], found.filters)
        present = self.members.ids(found.id)
        joined: list[tuple[int, int]] = []
        left = set(present)
        for record in map(from_row, self._records.live(found.kind)):
            if until is not None and record.modified >= until:
                left.discard(record.id)
            elif passes(record):
                left.discard(record.id)
                if record.id not in present:
                    joined.append((record.id, max(record.modified, found.filtered)))
        return self._move(found, joined, list(left), found.updated)

    def _move(self, found: CrmList, joined: list[tuple[int, int]], left: list[int], at: int) -> CrmList:
        self.members.add(found.id, joined)
        self.members.remove(found.id, left)
        if not joined and not left:
            return found
        moments = sorted(moment for _, moment in joined)
        before = self.members.count(found.id, found.kind) - len(joined) + len(left)
        for size, moment in enumerate(moments, before + 1):
            self.changes.sized(found.id, moment, size)
        if left:
            self.changes.sized(found.id, max(at, moments[-1] if moments else at), before + len(joined) - len(left))
        last_added = max((moment for _, moment in joined), default=found.last_added)
        return self._save(replace(found, last_added=last_added, last_removed=at if left else found.last_removed))

    def _is_member(self, list_id: int, record_id: int) -> bool:
        other = self._documents.get(_STORED, f"{list_id:09d}")
        if other is None or other["deleted"] is not None:
            return False
        self.refreshed(CrmList(**other))
        return self.members.has(list_id, record_id)

    def _check_name(self, name: str) -> None:
        if any(found.name == name for found in self.all()):
            raise validation(f"A list with the name {name} exists already", context={"name": [name]})

    def _save(self, found: CrmList) -> CrmList:
        self._documents.put(_STORED, f"{found.id:09d}", asdict(found))
        return found


def _missing(what: str) -> ApiError:
    return ApiError(404, f"There is no list with {what}.", "OBJECT_NOT_FOUND")
