"""How large composite, graph and batch requests may be, and when graphs stop [sheet 5]."""

from __future__ import annotations

from typing import Any

import pytest
from salesforce_client import Api

Body = dict[str, Any]


def node(api: Api, reference: str, sobject: str = "Lead", method: str = "POST", **fields: Any) -> Body:
    body = {"LastName": "x", "Company": "y"} | fields
    return {"method": method, "url": f"{api.base}/sobjects/{sobject}", "referenceId": reference, "body": body}


def graphs(*nodes: list[Body]) -> Body:
    return {"graphs": [{"graphId": str(number), "compositeRequest": part} for number, part in enumerate(nodes)]}


def test_after_fourteen_failed_graphs_the_rest_is_halted(api: Api) -> None:
    bad, good = [node(api, "a", Company=None)], [node(api, "a")]
    answer = api.post("/composite/graph", graphs(*[bad] * 13, good, bad, good)).json()["graphs"]
    assert [graph["isSuccessful"] for graph in answer] == [False] * 13 + [True, False, False]
    (halted,) = answer[-1]["graphResponse"]["compositeResponse"]
    assert halted["body"][0]["errorCode"] == "PROCESSING_HALTED"
    assert api.query("SELECT COUNT() FROM Lead")["totalSize"] == 1


@pytest.mark.parametrize(
    ("graph_count", "node_count", "status"),
    [(75, 1, 200), (76, 1, 400), (1, 500, 200), (1, 501, 400), (2, 251, 400)],
)
def test_75_graphs_and_500_nodes(api: Api, graph_count: int, node_count: int, status: int) -> None:
    part = [node(api, f"n{number}") for number in range(node_count)]
    assert api.post("/composite/graph", graphs(*[part] * graph_count)).status_code == status


@pytest.mark.parametrize(("kinds", "status"), [(15, 200), (16, 400)])
def test_fifteen_kinds_of_nodes(api: Api, kinds: int, status: int) -> None:
    part = [node(api, f"n{number}", sobject=f"Kind{number}__c") for number in range(kinds)]
    assert api.post("/composite/graph", graphs(part)).status_code == status


@pytest.mark.parametrize(("count", "status"), [(25, 200), (26, 400)])
def test_25_subrequests(api: Api, count: int, status: int) -> None:
    part = [node(api, f"n{number}") for number in range(count)]
    assert api.post("/composite", {"compositeRequest": part}).status_code == status
    batch = [{"method": "GET", "url": "v65.0/limits"}] * count
    assert api.post("/composite/batch", {"batchRequests": batch}).status_code == status


@pytest.mark.parametrize(("count", "status"), [(5, 200), (6, 400)])
def test_five_of_them_queries_or_collections(api: Api, count: int, status: int) -> None:
    part: list[Body] = [
        {"method": "GET", "url": f"{api.base}/query?q=SELECT Id FROM Lead", "referenceId": f"q{number}"}
        for number in range(count - 1)
    ]
    collection = {"method": "DELETE", "url": f"{api.base}/composite/sobjects?ids={api.lead()}", "referenceId": "c"}
    assert api.post("/composite", {"compositeRequest": [*part, collection]}).status_code == status
