"""hubspot-api-client 12.0.0 over a socket: every covered call deserialises (fact sheet §13)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hubspot_session import NO_LIMITS, TOKEN

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings
from connectors.loopback.kit import serve

hubspot = pytest.importorskip("hubspot")


@pytest.fixture(scope="module")
def emulator() -> Iterator[HubSpotEmulator]:
    settings = HubSpotSettings(limits=NO_LIMITS, property_lag_seconds=0, index_lag_seconds=(0, 0))
    emulator = HubSpotEmulator(settings)
    yield emulator
    emulator.close()


@pytest.fixture(scope="module")
def client(emulator: HubSpotEmulator) -> Iterator[Any]:
    with serve(emulator.app) as server:
        yield hubspot.HubSpot(access_token=TOKEN, host=server.url, base_url=server.url, retry=False)


def test_contacts(client: Any) -> None:
    from hubspot.crm.contacts import (
        BatchInputSimplePublicObjectBatchInput,
        BatchInputSimplePublicObjectBatchInputForCreate,
        BatchInputSimplePublicObjectBatchInputUpsert,
        BatchInputSimplePublicObjectId,
        BatchReadInputSimplePublicObjectId,
        PublicGdprDeleteInput,
        PublicMergeInput,
        PublicObjectSearchRequest,
        SimplePublicObjectInput,
        SimplePublicObjectInputForCreate,
    )
    from hubspot.crm.contacts.exceptions import NotFoundException

    api, batch = client.crm.contacts.basic_api, client.crm.contacts.batch_api
    made = api.create(SimplePublicObjectInputForCreate(properties={"email": "a@example.com"}))
    found = api.get_by_id(
        "a@example.com",
        id_property="email",
        properties=["email", "city"],
        properties_with_history=["lifecyclestage"],
    )
    assert found.id == made.id
    assert found.properties["city"] is None
    assert found.properties_with_history["lifecyclestage"][0].value == "lead"
    changed = api.update(made.id, SimplePublicObjectInput(properties={"city": "Rome"}))
    assert changed.properties["city"] == "Rome"
    page = api.get_page(limit=1, properties=["email", "city"], archived=False)
    assert page.results[0].properties["city"] == "Rome"
    assert len(api.api_client.rest_client.pool_manager.pools) == 1  # one kept connection

    inputs = [{"properties": {"email": f"b{n}@example.com"}} for n in range(3)]
    created = batch.create(BatchInputSimplePublicObjectBatchInputForCreate(inputs=inputs))
    ids = [record.id for record in created.results]
    assert len(set(ids)) == 3
    traced = [{"properties": {"email": f"{x}@example.com"}, "objectWriteTraceId": x} for x in ("b0", "c0")]
    partial = batch.create(BatchInputSimplePublicObjectBatchInputForCreate(inputs=traced))
    assert partial.num_errors == 1  # …WithErrors is another class, no exception (§13.7)
    assert partial.errors[0].context["objectWriteTraceId"] == ["b0"]
    read = batch.read(
        BatchReadInputSimplePublicObjectId(
            inputs=[{"id": ids[0]}, {"id": "1"}], properties=["email"], properties_with_history=[]
        )
    )
    assert [record.id for record in read.results] == ids[:1]
    updated = batch.update(
        BatchInputSimplePublicObjectBatchInput(inputs=[{"id": ids[0], "properties": {"city": "Bari"}}])
    )
    assert updated.results[0].properties["city"] == "Bari"
    upsert = {"id": "d@example.com", "idProperty": "email", "properties": {"city": "Bari"}}
    upserted = batch.upsert(BatchInputSimplePublicObjectBatchInputUpsert(inputs=[upsert]))
    assert upserted.results[0].new is True
    request = PublicObjectSearchRequest(
        filter_groups=[{"filters": [{"propertyName": "city", "operator": "EQ", "value": "bari"}]}],
        limit=1,
        properties=["city"],
    )
    search = client.crm.contacts.search_api.do_search(request)
    assert search.total == 2
    assert search.paging.next.after == "1"
    survivor = api.merge(PublicMergeInput(primary_object_id=ids[0], object_id_to_merge=ids[1]))
    assert api.get_by_id(ids[1]).id == survivor.id
    api.purge(PublicGdprDeleteInput(object_id="d@example.com", id_property="email"))
    batch.archive(BatchInputSimplePublicObjectId(inputs=[{"id": ids[2]}]))
    api.archive(made.id)
    assert api.get_by_id(made.id, archived=True).archived_at is not None
    with pytest.raises(NotFoundException) as missing:
        api.get_by_id(made.id)
    assert "resource not found" in missing.value.body


def test_companies_deals_and_engagements(client: Any) -> None:
    crm = client.crm
    made: dict[str, str] = {}
    for kind, properties in {
        "companies": {"name": "Acme", "domain": "acme.example"},
        "deals": {"dealname": "D", "dealstage": "qualifiedtobuy", "amount": "5"},
    }.items():
        made[kind] = getattr(crm, kind).basic_api.create({"properties": properties}).id
        assert getattr(crm, kind).basic_api.get_page().results
    required = {
        "emails": {"hs_email_direction": "EMAIL"},
        "communications": {"hs_communication_channel_type": "SMS"},
    }
    for kind in ("notes", "calls", "emails", "meetings", "tasks", "communications"):
        api = getattr(crm.objects, kind)
        properties = {"hs_timestamp": "2026-11-20T00:00:00Z", **required.get(kind, {})}
        made[kind] = api.basic_api.create({"properties": properties, "associations": []}).id
        assert api.basic_api.get_by_id(made[kind]).properties["hs_object_id"] == made[kind]
        assert api.search_api.do_search({"limit": 5}).total == 1
        read = {"inputs": [{"id": made[kind]}], "properties": [], "propertiesWithHistory": []}
        assert api.batch_api.read(read).results[0].id == made[kind]


def test_associations(client: Any) -> None:
    contact = client.crm.contacts.basic_api.create({"properties": {"email": "as@example.com"}}).id
    note = client.crm.objects.notes.basic_api.create(
        {"properties": {"hs_timestamp": "2026-11-20"}, "associations": []}
    ).id
    v4 = client.crm.associations.v4
    default = v4.basic_api.create_default("contacts", contact, "notes", note)
    assert {r.association_spec.association_type_id for r in default.results} == {201, 202}
    page = v4.basic_api.get_page("contacts", contact, "notes", limit=500)
    assert [int(r.to_object_id) for r in page.results] == [int(note)]
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 201}]
    pair = v4.basic_api.create("contacts", contact, "notes", note, spec)
    assert pair.to_object_type_id == "0-46"
    read = v4.batch_api.get_page("contacts", "notes", {"inputs": [{"id": contact}, {"id": "1"}]})
    assert read.num_errors == 1
    assert read.results[0]._from.id == contact
    entry = {"from": {"id": contact}, "to": {"id": note}, "types": spec}
    assert v4.batch_api.create("contacts", "notes", {"inputs": [entry]}).results
    bare = {"inputs": [{"from": {"id": contact}, "to": {"id": note}}]}
    assert v4.batch_api.create_default("contacts", "notes", bare).status == "COMPLETE"
    v4.batch_api.archive("contacts", "notes", {"inputs": [{"from": {"id": contact}, "to": [{"id": note}]}]})
    v4.basic_api.archive("contacts", contact, "notes", note)
    labels = client.crm.associations.v4.schema.definitions_api.get_all("contacts", "notes")
    assert [label.type_id for label in labels.results] == [201]
    named = {"from": {"id": contact}, "to": {"id": note}, "type": "contact_to_note"}
    v3 = client.crm.associations.batch_api
    assert len(v3.create("contacts", "notes", {"inputs": [named]}).results) == 2
    assert v3.read("contacts", "notes", {"inputs": [{"id": contact}]}).results[0].to[0].id == note


def test_schema_owners_pipelines(client: Any, emulator: HubSpotEmulator) -> None:
    owner = emulator.add_owner({"email": "o@example.com", "teams": [{"id": "1", "name": "T", "primary": True}]})
    assert client.crm.owners.owners_api.get_page(email="o@example.com").results[0].id == owner
    assert client.crm.owners.owners_api.get_by_id(int(owner)).teams[0].primary is True
    properties = client.crm.properties
    assert len(properties.core_api.get_all("contacts").results) > 190
    properties.groups_api.create("contacts", {"name": "g", "label": "G"})
    made = properties.core_api.create(
        "contacts",
        {"name": "tier", "label": "T", "type": "string", "fieldType": "text", "groupName": "g"},
    )
    assert made.modification_metadata.archivable is True
    properties.core_api.update("contacts", "tier", {"label": "Tier"})
    assert properties.core_api.get_by_name("contacts", "tier").label == "Tier"
    properties.core_api.archive("contacts", "tier")
    assert properties.groups_api.get_all("contacts").results
    [pipeline] = client.crm.pipelines.pipelines_api.get_all("contacts").results
    assert pipeline.stages[0].id == "subscriber"


def test_events_forms_oauth(client: Any, emulator: HubSpotEmulator) -> None:
    emulator.add_events([{"objectId": "1", "eventType": "e_x", "occurredAt": 1779327364329}])
    events = client.events.events_api.get_page(object_type="contact", object_id=1)
    assert events.results[0].event_type == "e_x"
    emulator.add_form({"id": "f-1", "name": "Demo"})
    assert client.marketing.forms.forms_api.get_page().results[0].name == "Demo"
    tokens = client.oauth.tokens_api.create(
        grant_type="refresh_token",
        client_id="loopback-client-id",
        client_secret="loopback-client-secret",
        refresh_token="loopback-refresh-token",
    )
    assert tokens.expires_in == 1800
    access = client.oauth.access_tokens_api.get(tokens.access_token)
    assert access.hub_id == 147893286


def test_api_request(client: Any) -> None:
    answer = client.api_request({"method": "GET", "path": "/account-info/v3/details"})
    assert answer.json()["portalId"] == 147893286
