"""Product events over the command line: a seeded world with trials, from the plan to `explain`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from connectors.loopback.sandbox import start
from syncd.config.write import sandbox_config
from tests.cli.place import Place


def test_S0_25_S0_28_a_sandbox_with_trials_makes_product_qualified_leads(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Everything that `sandbox --product` and `demo --product` write, read by the commands."""
    product = tmp_path / "product"
    with start(contacts=400, days=60, seed=3, ticking=False, product=product) as sandbox:
        place = Place(tmp_path, sandbox, capsys)
        sandbox_config(sandbox.ready_line(), place.config, product=product)
        assert place.syncd("check").code == 0
        assert place.approve().code in (0, 1)
        handoffs = place.syncd("handoffs", "--json", "--limit", "1000").json["handoffs"]
        qualified = [handoff for handoff in handoffs if handoff["entry"] == "product"]
        assert qualified
        assert len(qualified) < len(handoffs)
        story = place.syncd("explain", qualified[0]["email"]).out
        assert "qualified by: the product (PQL)" in story
        assert "product-qualified: did something in the product within 14 days" in story
        with next(product.glob("*.csv")).open("a") as file:
            file.write("evt_x,activated,never,ada@acme.example,Team,/reports\n")
        done = place.syncd("sync", "--json")
        assert done.json["pulled"]["product"] == {"seen": 0, "changed": 0}
        (problem,) = [p for p in place.syncd("problems", "--json").json["problems"] if p["kind"] == "product_row"]
        assert "the row has a time that is none in iso: “never”" in problem["sentence"]
        assert "acme" not in json.dumps(problem)
