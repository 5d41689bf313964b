"""HubSpot's recordings told again: for each answer its request, and a portal in which the same situation holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

import requests

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings, Limits, TokenGrant
from connectors.loopback.kit import Clock
from tests.loopback.hubspot.hubspot_session import START, TOKEN, HubSpot
from tests.loopback.replay.inventory import Recorded
from tests.loopback.replay.run import Replay, names_of, replays

AMP = "hubspot/amp-labs"
GROUPAROO = "hubspot/grouparoo"
# The recorded portals' plan.
RECORDED_LIMITS = Limits(burst=100, search=None, daily=250_000)


class HubSpotReplay(Replay):
    system = "hubspot"
    headers = (
        "Content-Type", "Content-Length", "Transfer-Encoding", "Retry-After", "X-HubSpot-Correlation-Id",
        "X-HubSpot-RateLimit-Daily", "X-HubSpot-RateLimit-Daily-Remaining", "X-HubSpot-RateLimit-Interval-Milliseconds",
        "X-HubSpot-RateLimit-Max", "X-HubSpot-RateLimit-Remaining", "X-HubSpot-RateLimit-Secondly",
        "X-HubSpot-RateLimit-Secondly-Remaining",
    )  # fmt: skip
    header_values = (
        "Content-Type", "Content-Length", "Transfer-Encoding", "X-HubSpot-RateLimit-Daily",
        "X-HubSpot-RateLimit-Interval-Milliseconds", "X-HubSpot-RateLimit-Max", "X-HubSpot-RateLimit-Secondly",
    )  # fmt: skip

    def portal(self, **settings: Any) -> HubSpot:
        """A portal of its own; a switch of this run outranks what the story asks for."""
        wanted: dict[str, Any] = {"limits": RECORDED_LIMITS, "property_lag_seconds": 0.0, **settings}
        clock = Clock(START, ticking=False)
        emulator = HubSpotEmulator(HubSpotSettings(**{**wanted, **self.switch}), clock)
        return HubSpot(self.keep(emulator), clock)


def seed(hs: HubSpot, kind: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """Store recorded records under their own ids, with the values and stamps they show."""
    hs.emulator.seed(
        kind,
        [
            {
                "id": row["id"],
                "properties": {k: v for k, v in row.get("properties", {}).items() if v is not None},
                "createdAt": datetime.fromisoformat(row["createdAt"]),
                "updatedAt": datetime.fromisoformat(row["updatedAt"]),
            }
            for row in rows
        ],
    )


def holding(replay: HubSpotReplay, entry: str, kind: str = "contacts") -> tuple[HubSpot, list[dict[str, Any]]]:
    """A portal with the records that an answer shows, and these."""
    hs, rows = replay.portal(), replay.recordings.load(entry)["results"]
    seed(hs, kind, rows)
    return hs, rows


def contacts(hs: HubSpot, *ids: str) -> None:
    hs.emulator.seed("contacts", [{"id": i, "properties": {"email": f"{i}@example.com"}} for i in ids])


def custom_property(hs: HubSpot, kind: str, name: str, type_: str, field: str, **more: Any) -> None:
    definition = {"name": name, "label": name, "type": type_, "fieldType": field, **more}
    hs.emulator.add_property(kind, {"groupName": f"{kind.removesuffix('s')}information", **definition})


def send(hs: HubSpot, exchange: Recorded) -> requests.Response:
    """The recorded request as it is."""
    request = exchange.request
    return hs.request(request["method"], request["path"], json=request["body"])


# ---------------------------------------------------------------- batches of objects (2025-26)
@replays(f"{AMP}/batch/create/contacts/success.json")
def batch_create(replay: HubSpotReplay) -> None:
    entry = f"{AMP}/batch/create/contacts/success.json"
    rows = replay.recordings.load(entry)["results"]
    inputs = [{"properties": {n: r["properties"][n] for n in ("email", "firstname", "lastname")}} for r in rows]
    replay.judge(entry, replay.portal().batch("contacts", "create", inputs), 201)


@replays(f"{AMP}/batch/create/contacts/err-conflict.json")
def batch_create_conflict(replay: HubSpotReplay) -> None:
    hs = replay.portal()
    hs.contact("ada@example.com")
    answer = hs.batch("contacts", "create", [{"properties": {"email": "ada@example.com"}}])
    replay.judge(f"{AMP}/batch/create/contacts/err-conflict.json", answer, 409)


@replays(f"{AMP}/batch/create/contacts/err-partial-success.json")
def batch_create_in_parts(replay: HubSpotReplay) -> None:
    entry = f"{AMP}/batch/create/contacts/err-partial-success.json"
    recorded = replay.recordings.load(entry)
    hs = replay.portal()
    contacts(hs, recorded["errors"][0]["context"]["existingId"][0])
    known = f"{recorded['errors'][0]['context']['existingId'][0]}@example.com"
    new = recorded["results"][0]["properties"]
    inputs = [
        {"objectWriteTraceId": "0", "properties": {"email": known}},
        {"objectWriteTraceId": "1", "properties": {n: new[n] for n in ("email", "firstname", "lastname")}},
    ]
    replay.judge(entry, hs.batch("contacts", "create", inputs), 207)


@replays(
    f"{AMP}/batch/create/contacts/err-many-invalid-properties.json",
    f"{AMP}/batch/update/contacts/err-many-invalid-properties.json",
)
def batch_of_unknown_properties(replay: HubSpotReplay) -> None:
    for verb in ("create", "update"):
        hs = replay.portal()
        contacts(hs, "101", "102")
        inputs = [{"id": i, "properties": {"first000name": "A", "last000name": "B"}} for i in ("101", "102")]
        entry = f"{AMP}/batch/{verb}/contacts/err-many-invalid-properties.json"
        replay.judge(entry, hs.batch("contacts", verb, inputs), 400)


@replays(f"{AMP}/batch/update/contacts/success.json")
def batch_update_with_equal_values(replay: HubSpotReplay) -> None:
    """Completed two days after the stamps it shows: the values were there already."""
    _batch_update(replay, f"{AMP}/batch/update/contacts/success.json", [], 200)


@replays(f"{AMP}/batch/update/contacts/err-partial-success.json")
def batch_update_in_parts(replay: HubSpotReplay) -> None:
    entry = f"{AMP}/batch/update/contacts/err-partial-success.json"
    unknown = replay.recordings.load(entry)["errors"][0]["context"]["ids"]
    _batch_update(replay, entry, unknown, 207)


def _batch_update(replay: HubSpotReplay, entry: str, unknown: list[str], status: int) -> None:
    hs, rows = holding(replay, entry)
    inputs = [
        {"id": row["id"], "properties": {n: row["properties"][n] for n in ("firstname", "lastname")}} for row in rows
    ]
    inputs += [{"id": text, "properties": {"firstname": "A"}} for text in unknown]
    replay.judge(entry, hs.batch("contacts", "update", inputs), status, keyed={"results": "id"})


@replays(f"{AMP}/batch/update/contacts/err-duplicate-ids.json")
def batch_update_of_one_record_twice(replay: HubSpotReplay) -> None:
    hs = replay.portal()
    contacts(hs, "123456")
    inputs = [{"id": "123456", "properties": {"firstname": name}} for name in ("A", "B")]
    replay.judge(f"{AMP}/batch/update/contacts/err-duplicate-ids.json", hs.batch("contacts", "update", inputs), 400)


@replays(f"{AMP}/read/objects-api/contacts-batch.json")
def batch_read(replay: HubSpotReplay) -> None:
    entry = f"{AMP}/read/objects-api/contacts-batch.json"
    hs, rows = holding(replay, entry)
    answer = hs.batch("contacts", "read", [{"id": row["id"]} for row in rows], properties=names_of(rows))
    replay.judge(entry, answer, 200, keyed={"results": "id"})


# ---------------------------------------------------------------- lists, search
@replays(f"{AMP}/read/objects-api/contacts-response.json")
def list_page(replay: HubSpotReplay) -> None:
    entry = f"{AMP}/read/objects-api/contacts-response.json"
    hs, rows = holding(replay, entry)
    contacts(hs, replay.recordings.load(entry)["paging"]["next"]["after"])
    replay.judge(
        entry, hs.get(f"/crm/v3/objects/contacts?limit={len(rows)}&properties=email"), 200, keyed={"results": "id"}
    )


@replays(f"{AMP}/search/contacts/1-first-page.json", f"{AMP}/search/contacts/2-second-page.json")
def search_pages(replay: HubSpotReplay) -> None:
    first, second = (f"{AMP}/search/contacts/{name}.json" for name in ("1-first-page", "2-second-page"))
    hs = replay.portal()
    rows = [row for entry in (first, second) for row in replay.recordings.load(entry)["results"]]
    seed(hs, "contacts", rows)
    # HubSpot sorts by creation when it is not told otherwise, and so are these two.
    asked = {"properties": names_of(rows), "limit": 1}
    answer = hs.post("/crm/v3/objects/contacts/search", json=asked)
    replay.judge(first, answer, 200)
    after = answer.json()["paging"]["next"]["after"]
    replay.judge(second, hs.post("/crm/v3/objects/contacts/search", json={**asked, "after": after}), 200)


@replays(f"{AMP}/read-via-search/contacts-response.json", f"{AMP}/read-via-search/contacts-payload.json")
def search_since(replay: HubSpotReplay) -> None:
    entry = f"{AMP}/read-via-search/contacts-response.json"
    hs, rows = holding(replay, entry)
    # The answer shows the properties of another request than the recorded payload: it asked for them.
    body = {**replay.recordings.load(f"{AMP}/read-via-search/contacts-payload.json"), "properties": names_of(rows)}
    replay.judge(entry, hs.post("/crm/v3/objects/contacts/search", json=body), 200)


@replays(f"{AMP}/search/error-invalid-object.json")
def search_of_an_unknown_type(replay: HubSpotReplay) -> None:
    answer = replay.portal().post("/crm/v3/objects/butterflies/search", json={})
    replay.judge(f"{AMP}/search/error-invalid-object.json", answer, 400)


# ---------------------------------------------------------------- associations
@replays(f"{AMP}/search/contacts/contacts-to-companies.json")
def associations_read(replay: HubSpotReplay) -> None:
    entry = f"{AMP}/search/contacts/contacts-to-companies.json"
    recorded = replay.recordings.load(entry)
    with_one, without = recorded["results"][0]["from"]["id"], recorded["errors"][0]["context"]["fromObjectId"][0]
    company = str(recorded["results"][0]["to"][0]["toObjectId"])
    hs = replay.portal()
    contacts(hs, with_one, without)
    hs.emulator.seed("companies", [{"id": company, "properties": {}}])
    hs.emulator.associate("contacts", "companies", [(with_one, company)])
    inputs = {"inputs": [{"id": with_one}, {"id": without}]}
    replay.judge(entry, hs.post("/crm/v4/associations/contacts/companies/batch/read", json=inputs), 207)


@replays(f"{AMP}/associations/contact-to-company-resp.json")
def associations_created(replay: HubSpotReplay) -> None:
    entry = f"{AMP}/associations/contact-to-company-resp.json"
    rows = replay.recordings.load(entry)["results"]
    hs = replay.portal()
    contacts(hs, str(rows[0]["fromObjectId"]))
    hs.emulator.seed("companies", [{"id": str(row["toObjectId"]), "properties": {}} for row in rows])
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    inputs = [
        {"from": {"id": str(r["fromObjectId"])}, "to": {"id": str(r["toObjectId"])}, "types": types} for r in rows
    ]
    replay.judge(entry, hs.post("/crm/v4/associations/contacts/companies/batch/create", json={"inputs": inputs}), 201)


@replays(f"{AMP}/associations/err-contact-to-contact.json")
def associations_refused(replay: HubSpotReplay) -> None:
    entry = f"{AMP}/associations/err-contact-to-contact.json"
    errors = replay.recordings.load(entry)["errors"]
    unknown, known = errors[0]["context"]["id"][0], errors[1]["message"].split()[1]
    hs = replay.portal()
    contacts(hs, known)
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 449}]
    inputs = [{"from": {"id": known}, "to": {"id": i}, "types": types} for i in (unknown, known)]
    replay.judge(entry, hs.post("/crm/v4/associations/contacts/contacts/batch/create", json={"inputs": inputs}), 207)


# ---------------------------------------------------------------- definitions
@replays(
    *(f"{AMP}/custom/create/{name}.json" for name in (
        "1-payload-create-property-group", "2-response-create-property-group",
        "3-payload-batch-create-properties", "4-response-batch-create-properties")),
    *(f"{AMP}/custom/update/{name}.json" for name in (
        "1-read-property-group", "2-payload-batch-create-properties", "3-response-batch-create-properties",
        "4-payload-update-property-age", "5-response-update-property-age",
        "6-payload-update-property-interests", "7-response-update-property-interests")),
)  # fmt: skip
def properties_set_up(replay: HubSpotReplay) -> None:
    """A group and its properties are made; later half of them are made again and two are changed."""
    hs, load = replay.portal(), replay.recordings.load
    create, update = f"{AMP}/custom/create", f"{AMP}/custom/update"
    base = "/crm/v3/properties/contacts"
    answer = hs.post(f"{base}/groups", json=load(f"{create}/1-payload-create-property-group.json"))
    replay.judge(f"{create}/2-response-create-property-group.json", answer, 201)
    answer = hs.post(f"{base}/batch/create", json=load(f"{create}/3-payload-batch-create-properties.json"))
    replay.judge(f"{create}/4-response-batch-create-properties.json", answer, 201)
    answer = hs.get(f"{base}/groups/integrationcreatedproperties")
    replay.judge(f"{update}/1-read-property-group.json", answer, 200)
    answer = hs.post(f"{base}/batch/create", json=load(f"{update}/2-payload-batch-create-properties.json"))
    replay.judge(f"{update}/3-response-batch-create-properties.json", answer, 207)
    for request, response in (
        ("4-payload-update-property-age", "5-response-update-property-age"),
        ("6-payload-update-property-interests", "7-response-update-property-interests"),
    ):
        body = load(f"{update}/{request}.json")
        replay.judge(f"{update}/{response}.json", hs.patch(f"{base}/{body['name']}", json=body), 200)


@replays(f"{AMP}/metadata-contacts-properties-sampled.json", f"{AMP}/metadata-deals-properties-sampled.json")
def properties_listed(replay: HubSpotReplay) -> None:
    for kind in ("contacts", "deals"):
        entry = f"{AMP}/metadata-{kind}-properties-sampled.json"
        replay.judge(entry, replay.portal().get(f"/crm/v3/properties/{kind}"), 200, keyed={"results": "name"})


@replays(f"{AMP}/metadata-contacts-external-pipelines.json", f"{AMP}/metadata-deals-external-pipelines.json")
def pipelines_listed(replay: HubSpotReplay) -> None:
    for kind in ("contacts", "deals"):
        entry = f"{AMP}/metadata-{kind}-external-pipelines.json"
        replay.judge(entry, replay.portal().get(f"/crm/v3/pipelines/{kind}"), 200)


@replays(f"{AMP}/associations/contacts-schema-resp.json")
def schema_of_contacts(replay: HubSpotReplay) -> None:
    entry = f"{AMP}/associations/contacts-schema-resp.json"
    replay.judge(entry, replay.portal().get("/crm/v3/schemas/contacts"), 200, keyed={"associations": "id"})


@replays(f"{GROUPAROO}/contacts.schema.200.json")
def schema_of_contacts_2022(replay: HubSpotReplay) -> None:
    for exchange in replay.recordings.under(f"{GROUPAROO}/contacts.schema.200.json"):
        keyed = {"properties": "name", "associations": "id"}
        replay.judge(exchange, send(replay.portal(), exchange), keyed=keyed)


@replays(f"{AMP}/metadata-err-schemas-scope.json")
def schemas_without_the_scope(replay: HubSpotReplay) -> None:
    hs = replay.portal(tokens={TOKEN: TokenGrant(scopes=("oauth",))})
    replay.judge(f"{AMP}/metadata-err-schemas-scope.json", hs.get("/crm/v3/schemas"), 403)


# ---------------------------------------------------------------- account, lists, events, forms
@replays(f"{AMP}/post-auth/account-info.json")
def account(replay: HubSpotReplay) -> None:
    replay.judge(f"{AMP}/post-auth/account-info.json", replay.portal().get("/account-info/v3/details"), 200)


@replays(f"{AMP}/read-lists-1-first-page.json", f"{AMP}/read-lists-2-second-page.json")
def lists_searched(replay: HubSpotReplay) -> None:
    hs = replay.portal()
    for name, kind, type_ in (
        ("Test List", "MANUAL", "0-1"),
        ("Companies", "SNAPSHOT", "0-2"),
        ("Mine", "MANUAL", "0-1"),
    ):
        made = hs.post("/crm/v3/lists", json={"name": name, "processingType": kind, "objectTypeId": type_})
        assert made.status_code == 200, made.text
        if name == "Test List":
            contacts(hs, "101")
            hs.put(f"/crm/v3/lists/{made.json()['list']['listId']}/memberships/add", json=["101"])
    offset = 0
    for entry in (f"{AMP}/read-lists-1-first-page.json", f"{AMP}/read-lists-2-second-page.json"):
        asked = {"offset": offset, "count": 2, "additionalProperties": ["hs_list_size"]}
        replay.judge(entry, hs.post("/crm/v3/lists/search", json=asked), 200)
        offset = replay.recordings.load(entry)["offset"]


@replays(f"{AMP}/read/events/e_deal_closed.json", f"{AMP}/read/events/e_visited_page.json")
def events_of_a_type(replay: HubSpotReplay) -> None:
    for name in ("e_deal_closed", "e_visited_page"):
        entry = f"{AMP}/read/events/{name}.json"
        recorded = replay.recordings.load(entry)
        hs = replay.portal()
        events = [{**e, "occurredAt": _epoch(e["occurredAt"])} for e in recorded["results"]]
        more = "paging" in recorded
        hs.emulator.add_events([*events, *([{**events[0], "id": "older", "occurredAt": 0}] if more else [])])
        query = f"eventType={name}&limit={len(events)}"
        replay.judge(entry, hs.get(f"/events/event-occurrences/2026-03?{query}"), 200)


@replays(f"{AMP}/read/marketing-forms.json")
def forms_listed(replay: HubSpotReplay) -> None:
    entry = f"{AMP}/read/marketing-forms.json"
    form = replay.recordings.load(entry)["results"][0]
    hs = replay.portal()
    for suffix in ("", "-2"):
        hs.emulator.add_form({"id": form["id"] + suffix, "name": form["name"]})
    replay.judge(entry, hs.get("/marketing/forms/2026-09-beta?limit=1"), 200)


# ---------------------------------------------------------------- 2021-22 traffic, whole exchanges
@replays(f"{GROUPAROO}/contacts.batch-create.201.json", f"{GROUPAROO}/companies.batch-create.201.json")
def recorded_creates(replay: HubSpotReplay) -> None:
    for kind in ("contacts", "companies"):
        for exchange in replay.recordings.under(f"{GROUPAROO}/{kind}.batch-create.201.json"):
            replay.judge(exchange, send(replay.portal(), exchange))


@replays(f"{GROUPAROO}/contacts.batch-update.200.json", f"{GROUPAROO}/companies.batch-update.200.json")
def recorded_updates(replay: HubSpotReplay) -> None:
    """Whether the values were new is not recorded; of the records only the id and the creation are seeded."""
    for kind in ("contacts", "companies"):
        for exchange in replay.recordings.under(f"{GROUPAROO}/{kind}.batch-update.200.json"):
            hs = replay.portal()
            if kind == "contacts":
                _grouparoo_fields(hs)
            rows = exchange.body["results"]
            seed(hs, kind, [{**row, "properties": {}, "updatedAt": row["createdAt"]} for row in rows])
            replay.judge(exchange, send(hs, exchange), keyed={"results": "id"})


@replays(f"{GROUPAROO}/contacts.batch-archive.204.json")
def recorded_archives(replay: HubSpotReplay) -> None:
    for exchange in replay.recordings.under(f"{GROUPAROO}/contacts.batch-archive.204.json"):
        hs = replay.portal()
        contacts(hs, *(entry["id"] for entry in exchange.request["body"]["inputs"]))
        replay.judge(exchange, send(hs, exchange))


@replays(f"{GROUPAROO}/contacts.search.200.json")
def recorded_searches(replay: HubSpotReplay) -> None:
    for exchange in replay.recordings.under(f"{GROUPAROO}/contacts.search.200.json"):
        hs = replay.portal()
        _grouparoo_fields(hs)
        seed(hs, "contacts", exchange.body["results"])
        replay.judge(exchange, send(hs, exchange))


@replays(f"{GROUPAROO}/search.index-lag.200.json")
def recorded_searches_right_after_an_archive(replay: HubSpotReplay) -> None:
    """The index still counts what the store no longer shows."""
    for exchange in replay.recordings.under(f"{GROUPAROO}/search.index-lag.200.json"):
        private = "X-HubSpot-RateLimit-Daily" in (exchange.headers or {})
        tokens = {TOKEN: TokenGrant(kind="private" if private else "oauth")}
        hs = replay.portal(tokens=tokens)
        kind = exchange.request["path"].split("/")[4]
        filters = [group["filters"][0] for group in exchange.request["body"]["filterGroups"]]
        if kind in ("CONTACT", "COMPANY"):
            rows = [{"properties": {f["propertyName"]: f["value"]}} for f in filters[: exchange.body["total"]]]
            ids = hs.emulator.seed(kind, rows)
            assert hs.batch(kind, "archive", [{"id": i} for i in ids]).status_code == 204
        answer = send(hs, exchange)
        replay.judge(exchange, answer, covered="Unable to infer object type from: 2-" not in answer.text)


@replays(f"{GROUPAROO}/search.429.json")
def recorded_search_limit(replay: HubSpotReplay) -> None:
    for exchange in replay.recordings.under(f"{GROUPAROO}/search.429.json"):
        hs = replay.portal(limits=replace(RECORDED_LIMITS, search=4))
        for _ in range(4):
            assert send(hs, exchange).status_code == 200
        replay.judge(exchange, send(hs, exchange))


@replays(f"{GROUPAROO}/legacy-v1.errors.json")
def recorded_v1_errors(replay: HubSpotReplay) -> None:
    for exchange in replay.recordings.under(f"{GROUPAROO}/legacy-v1.errors.json"):
        replay.judge(exchange, send(replay.portal(), exchange))


def _grouparoo_fields(hs: HubSpot) -> None:
    for name, type_, field in (
        ("text_field", "string", "text"), ("number_field", "number", "number"), ("date_field", "date", "date"),
    ):  # fmt: skip
        custom_property(hs, "contacts", name, type_, field, groupName="contactinformation")


# ---------------------------------------------------------------- dlt's captured lists
@replays(*(f"hubspot/dlt/mock_{kind}_data.json" for kind in ("contacts", "companies", "deals")))
def lists_without_properties_asked(replay: HubSpotReplay) -> None:
    for kind in ("contacts", "companies", "deals"):
        entry = f"hubspot/dlt/mock_{kind}_data.json"
        hs, _ = holding(replay, entry, kind)
        replay.judge(entry, hs.get(f"/crm/v3/objects/{kind}"), 200, keyed={"results": "id"})


@replays("hubspot/dlt/mock_contacts_properties.json")
def property_names(replay: HubSpotReplay) -> None:
    entry = "hubspot/dlt/mock_contacts_properties.json"
    replay.judge(entry, replay.portal().get("/crm/v3/properties/contacts"), 200, keyed={"results": "name"})


@replays("hubspot/dlt/mock_contacts_with_history.json")
def history(replay: HubSpotReplay) -> None:
    entry = "hubspot/dlt/mock_contacts_with_history.json"
    hs, rows = holding(replay, entry)
    for row in rows:
        for deal in row.get("associations", {}).get("deals", {}).get("results", []):
            hs.emulator.seed("deals", [{"id": deal["id"], "properties": {}}])
            hs.emulator.associate("contacts", "deals", [(row["id"], deal["id"])])
    names = ",".join(names_of(rows))
    traced = ",".join(sorted({name for row in rows for name in row["propertiesWithHistory"]}))
    query = f"limit=50&properties={names}&propertiesWithHistory={traced}&associations=deals"
    replay.judge(entry, hs.get(f"/crm/v3/objects/contacts?{query}"), 200, keyed={"results": "id"})


# ---------------------------------------------------------------- the collected error bodies
@replays("hubspot/error-bodies.json")
def collected_errors(replay: HubSpotReplay) -> None:
    for case in replay.recordings.under("hubspot/error-bodies.json"):
        tell = _CASES.get(case.entry.partition("#")[2])
        if tell is not None:
            replay.judge(case, tell(replay))


def _create(hs: HubSpot, **properties: Any) -> requests.Response:
    return hs.post("/crm/v3/objects/contacts", json={"properties": properties})


def _without_token(replay: HubSpotReplay) -> requests.Response:
    return replay.portal().get("/crm/v3/objects/contacts", headers={"Authorization": "Bearer "})


def _expired(replay: HubSpotReplay) -> requests.Response:
    hs = replay.portal(tokens={TOKEN: TokenGrant(kind="oauth", expired=True)})
    return hs.get("/crm/v3/objects/contacts")


def _no_scope(replay: HubSpotReplay) -> requests.Response:
    hs = replay.portal(tokens={TOKEN: TokenGrant(scopes=("oauth",))})
    return hs.get("/crm/v3/objects/contacts")


def _schemas_no_scope(replay: HubSpotReplay) -> requests.Response:
    return replay.portal(tokens={TOKEN: TokenGrant(scopes=("oauth",))}).get("/crm/v3/schemas")


def _limited(replay: HubSpotReplay, limits: Limits, path: str, body: Any = None) -> requests.Response:
    hs = replay.portal(limits=limits)
    method = "GET" if body is None else "POST"
    assert hs.request(method, path, json=body).status_code == 200
    return hs.request(method, path, json=body)


def _email_of_another(replay: HubSpotReplay) -> requests.Response:
    hs = replay.portal(portal_id=12345678)
    seed_at = {"createdAt": START.isoformat(), "updatedAt": START.isoformat()}
    seed(hs, "contacts", [{"id": "552148386511", "properties": {"email": "a@example.com"}, **seed_at}])
    seed(hs, "contacts", [{"id": "552239500007", "properties": {"email": "x@example.com"}, **seed_at}])
    return hs.patch("/crm/v3/objects/contacts/552148386511", json={"properties": {"email": "x@example.com"}})


def _conflict(replay: HubSpotReplay, *, batch: bool) -> requests.Response:
    hs = replay.portal()
    contacts(hs, "171591000198")
    properties = {"email": "171591000198@example.com"}
    return hs.batch("contacts", "create", [{"properties": properties}]) if batch else _create(hs, **properties)


def _same_record_twice(replay: HubSpotReplay) -> requests.Response:
    hs = replay.portal()
    contacts(hs, "123456")
    return hs.batch("contacts", "update", [{"id": "123456", "properties": {"firstname": "A"}}] * 2)


def _not_associated(replay: HubSpotReplay) -> requests.Response:
    hs = replay.portal()
    hs.emulator.seed("deals", [{"id": "515690208449", "properties": {}}])
    path = "/crm/v4/associations/deals/companies/batch/read"
    return hs.post(path, json={"inputs": [{"id": "515690208449"}]})


def _refresh(replay: HubSpotReplay) -> requests.Response:
    form = {"grant_type": "refresh_token", "refresh_token": "revoked", "client_id": "loopback-client-id",
            "client_secret": "loopback-client-secret"}  # fmt: skip
    return replay.portal().post("/oauth/2026-03/token", data=form)


def _property(hs: HubSpot, name: str = "score", **more: Any) -> requests.Response:
    body = {"name": name, "label": name, "type": "string", "fieldType": "text", "groupName": "contactinformation"}
    return hs.post("/crm/v3/properties/contacts", json={**body, **more})


def _property_exists(replay: HubSpotReplay) -> requests.Response:
    hs = replay.portal()
    assert _property(hs).status_code == 201
    return _property(hs)


def _property_in_use(replay: HubSpotReplay) -> requests.Response:
    return replay.portal().delete("/crm/v3/properties/contacts/email")


def _group_not_empty(replay: HubSpotReplay) -> requests.Response:
    return replay.portal().delete("/crm/v3/properties/contacts/groups/contactinformation")


def _bool_options(replay: HubSpotReplay) -> requests.Response:
    options = [{"label": "Yes", "value": "yes"}, {"label": "No", "value": "no"}]
    return _property(replay.portal(), type="bool", fieldType="booleancheckbox", options=options)


def _v1(replay: HubSpotReplay) -> requests.Response:
    body = {"properties": [{"property": "closedate", "value": "asd000"}]}
    return replay.portal().post("/contacts/v1/contact/createOrUpdate/email/a@example.com/", json=body)


_CASES = {
    "401.missing-or-bad-token": _without_token,
    "401.expired-oauth": _expired,
    "403.missing-scopes": _no_scope,
    "403.missing-scopes.flat": _schemas_no_scope,
    "429.search": lambda r: _limited(r, replace(RECORDED_LIMITS, search=1), "/crm/v3/objects/contacts/search", {}),
    "429.ten-secondly": lambda r: _limited(r, replace(RECORDED_LIMITS, burst=1), "/crm/v3/objects/contacts"),
    "429.daily": lambda r: _limited(r, replace(RECORDED_LIMITS, daily=1), "/crm/v3/objects/contacts"),
    "400.property-doesnt-exist": lambda r: _create(r.portal(), non_existent_prop="1"),
    "400.invalid-option": lambda r: _create(r.portal(), lifecyclestage="bogus"),
    "400.invalid-email": lambda r: _create(r.portal(), email="000"),
    "400.invalid-long-date": _v1,
    "400.read-only": lambda r: _create(r.portal(), hs_object_id="1"),
    "400.email-held-by-other-record": _email_of_another,
    "409.create-conflict": lambda r: _conflict(r, batch=False),
    "409.batch-create-conflict": lambda r: _conflict(r, batch=True),
    "404.missing-numeric-id": lambda r: r.portal().get("/crm/v3/objects/contacts/1"),
    "404.non-numeric-id": lambda r: r.portal().get("/crm/v3/objects/contacts/abc"),
    "400.duplicate-ids": _same_record_twice,
    "400.unknown-object-type": lambda r: r.portal().post("/crm/v3/objects/butterflies/search", json={}),
    "207.associations-none": _not_associated,
    "400.oauth-refresh": _refresh,
    "409.property-exists": _property_exists,
    "404.property-missing": lambda r: r.portal().get("/crm/v3/properties/contacts/nothing"),
    "400.property-bool-options": _bool_options,
    "400.property-in-use": _property_in_use,
    "400.group-not-empty": _group_not_empty,
    "400.bad-cursor-type": lambda r: r.portal().post("/crm/v3/objects/contacts/search", json={"after": "abc"}),
}


def _epoch(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp() * 1000)
