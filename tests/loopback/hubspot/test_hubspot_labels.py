"""Labels of the portal's own, and associations below the v3 objects (fact sheet §10.1)."""

from __future__ import annotations

from typing import Any

import pytest
from hubspot_session import HubSpot

from connectors.loopback.hubspot import HubSpotEmulator, HubSpotSettings
from connectors.loopback.kit import Clock

LABELS = "/crm/v4/associations/contacts/companies/labels"
BILLING = {"name": "billing_contact", "label": "Billing contact"}


@pytest.fixture
def pair(hs: HubSpot) -> tuple[str, str]:
    """A contact and a company, not linked."""
    return hs.contact("a@example.com"), hs.create("companies", {"name": "Acme"})["id"]


def own(type_id: int) -> dict[str, Any]:
    return {"associationCategory": "USER_DEFINED", "associationTypeId": type_id}


def label(hs: HubSpot, path: str = LABELS, **body: str) -> list[dict[str, Any]]:
    answer = hs.post(path, json={**BILLING, **body})
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


def types_of(hs: HubSpot, contact: str) -> list[tuple[str, int, str | None]]:
    [entry] = hs.get(f"/crm/v4/objects/contacts/{contact}/associations/companies").json()["results"]
    return [(t["category"], t["typeId"], t["label"]) for t in entry["associationTypes"]]


HUBSPOTS = [("HUBSPOT_DEFINED", 1, "Primary"), ("HUBSPOT_DEFINED", 279, None)]


def test_a_label_and_its_inverse(hs: HubSpot) -> None:
    there, back = label(hs, inverseLabel="Pays through")
    assert there == {"category": "USER_DEFINED", "typeId": 1, "label": "Billing contact"}
    assert (back["typeId"], back["label"]) == (2, "Pays through")
    listed = hs.get("/crm/associations/2026-09/companies/contacts/labels").json()["results"]
    assert back in listed
    assert there in hs.get("/crm/associations/v4/contacts/companies/labels").json()["results"]
    [both] = label(hs, "/crm/v4/associations/contacts/contacts/labels", name="peer", label="Peer")
    assert both["typeId"] == 3
    pair = label(hs, "/crm/v4/associations/contacts/contacts/labels", name="boss", label="Boss", inverseLabel="Report")
    assert [one["label"] for one in pair] == ["Boss", "Report"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        (LABELS, {"name": "x", "label": "Billing contact"}),
        (LABELS, {"name": "billing_contact", "label": "X"}),
        (LABELS, {"name": "x"}),
        (LABELS, {"label": "X"}),
        ("/crm/v4/associations/contacts/notes/labels", {"name": "x", "label": "X"}),
    ],
)
def test_refused_labels(hs: HubSpot, path: str, body: dict[str, str]) -> None:
    label(hs)
    assert hs.post(path, json=body).status_code == 400


def test_a_number_means_two_types_by_its_category(hs: HubSpot, pair: tuple[str, str]) -> None:
    """A label's number may be one HubSpot has for a type of its own: 1 is Primary too."""
    contact, company = pair
    label(hs)
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}"
    assert hs.put(path, json=[own(279)]).status_code == 400
    answer = hs.put(path, json=[own(1)])
    assert (answer.status_code, answer.json()["labels"]) == (201, ["Billing contact"])
    assert types_of(hs, contact) == [*HUBSPOTS, ("USER_DEFINED", 1, "Billing contact")]
    archive = {"from": {"id": contact}, "to": {"id": company}, "types": [own(1)]}
    hs.post("/crm/v4/associations/contacts/companies/batch/labels/archive", json={"inputs": [archive]})
    assert types_of(hs, contact) == HUBSPOTS


def test_a_label_takes_the_place_of_those_the_pair_had(hs: HubSpot, pair: tuple[str, str]) -> None:
    """To keep a label it is sent again; Primary and the unlabelled type stay [D:associations]."""
    contact, company = pair
    label(hs)
    label(hs, name="champion", label="Champion")
    path = f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}"
    hs.put(path, json=[own(1)])
    hs.put(path, json=[own(3)])
    assert types_of(hs, contact) == [*HUBSPOTS, ("USER_DEFINED", 3, "Champion")]
    entry = {"from": {"id": contact}, "to": {"id": company}, "types": [own(1), own(3)]}
    answer = hs.post("/crm/v4/associations/contacts/companies/batch/create", json={"inputs": [entry]})
    assert answer.json()["results"][0]["labels"] == ["Billing contact", "Champion"]
    assert len(types_of(hs, contact)) == 4
    hs.put(path, json=[{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}])
    assert len(types_of(hs, contact)) == 4  # a type of HubSpot's takes no label away


def test_rename_and_remove(hs: HubSpot, pair: tuple[str, str]) -> None:
    contact, company = pair
    label(hs)
    hs.put(f"/crm/v4/objects/contacts/{contact}/associations/companies/{company}", json=[own(1)])
    body = {"associationTypeId": 1, "label": "Payer", "inverseLabel": "Paid by"}
    assert hs.put(LABELS, json=body).status_code == 204
    assert types_of(hs, contact)[-1] == ("USER_DEFINED", 1, "Payer")
    back = hs.get("/crm/v4/associations/companies/contacts/labels").json()["results"]
    assert back[-1]["label"] == "Paid by"
    assert hs.put(LABELS, json={"associationTypeId": 279, "label": "X"}).status_code == 400
    assert hs.delete(f"{LABELS}/279").status_code == 400
    assert hs.delete(f"{LABELS}/1").status_code == 204
    assert types_of(hs, contact) == HUBSPOTS
    assert len(hs.get(LABELS).json()["results"]) == 2


def test_labels_outlive_the_emulator_in_its_file(tmp_path: Any) -> None:
    path = str(tmp_path / "hubspot.sqlite")
    first = HubSpotEmulator(HubSpotSettings(), Clock(), path)
    made = label(HubSpot(first, first.clock))
    first.close()
    again = HubSpotEmulator(HubSpotSettings(), Clock(), path)
    assert made[0] in HubSpot(again, again.clock).get(LABELS).json()["results"]
    again.close()


def test_companies_have_parents(hs: HubSpot) -> None:
    parent, child = (hs.create("companies", {"name": name})["id"] for name in ("Acme", "Acme Rome"))
    path = f"/crm/v4/objects/companies/{parent}/associations/companies/{child}"
    spec = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 13}
    assert hs.put(path, json=[spec]).json()["labels"] == ["Child Company"]
    [entry] = hs.get(f"/crm/v4/objects/companies/{child}/associations/companies").json()["results"]
    assert {t["typeId"] for t in entry["associationTypes"]} == {14, 450}
    types = hs.get("/crm/v3/associations/companies/companies/types").json()["results"]
    assert {t["name"] for t in types} == {
        "company_to_company", "parent_to_child_company", "child_to_parent_company",
    }  # fmt: skip


@pytest.mark.parametrize("link_type", ["contact_to_company", "1"])
def test_associations_below_the_v3_objects(hs: HubSpot, pair: tuple[str, str], link_type: str) -> None:
    contact, company = pair
    base = f"/crm/v3/objects/contacts/{contact}/associations/companies"
    answer = hs.put(f"{base}/{company}/{link_type}")
    assert answer.status_code == 200
    assert answer.json()["id"] == contact
    linked = [
        {"id": company, "type": "contact_to_company"},
        {"id": company, "type": "contact_to_company_unlabeled"},
    ]
    assert answer.json()["associations"] == {"companies": {"results": linked}}
    assert hs.get(base).json() == {"results": linked}
    assert hs.put(f"{base}/999/{link_type}").status_code == 404
    assert hs.put(f"{base}/{company}/nope").status_code == 400
    assert hs.delete(f"{base}/{company}/contact_to_company_unlabeled").status_code == 204
    assert hs.get(base).json() == {"results": []}


def test_they_page(hs: HubSpot, pair: tuple[str, str]) -> None:
    contact, first = pair
    companies = sorted([first, hs.create("companies", {"name": "Beta"})["id"]])
    for company in companies:
        hs.link("contacts", contact, "companies", company)
    page = hs.get(f"/crm/v3/objects/contacts/{contact}/associations/companies", params={"limit": 1}).json()
    assert {entry["id"] for entry in page["results"]} == {companies[0]}
    assert page["paging"]["next"]["after"] == companies[1]
