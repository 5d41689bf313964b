"""Products and tickets of the seeded world."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from connectors.loopback.sandbox import Options, Sandbox, prepare


def test_customers_have_asked_for_tickets_and_there_is_a_catalogue(sandbox: Sandbox) -> None:
    tickets = sandbox.hubspot.snapshot()["tickets"]
    assert (len(tickets), sandbox.world.counts["tickets"], sandbox.world.counts["products"]) == (30, 30, 5)
    for ticket in tickets:
        closed = ticket["properties"]["hs_pipeline_stage"] == "4"
        assert closed is bool(ticket["properties"].get("closed_date"))
    assert {ticket["properties"]["hs_pipeline_stage"] for ticket in tickets} >= {"4"}


def test_a_ticket_is_a_customers(sandbox: Sandbox) -> None:
    portal = sandbox.hubspot.portal
    with portal.database.transaction():
        for ticket in portal.records.all("tickets"):
            ((contact_id, _),) = [
                (linked[0], linked) for linked in portal.links.page("tickets", ticket.id, "contacts", start=0, limit=9)
            ]
            contact = portal.records.get("contacts", contact_id)
            assert contact is not None
            assert contact.properties["lifecyclestage"] == "customer"


def test_their_number_is_the_scenarios_and_changes_nothing_else(
    options: Callable[..., Options], tmp_path: Path
) -> None:
    def built(tickets: int) -> tuple[int, object, object]:
        path = tmp_path / f"{tickets}.toml"
        path.write_text(f"[world]\ncontacts = 200\ndays = 90\nseed = 7\ntickets = {tickets}\n")
        given = options(200)
        with prepare(Options(scenario=path, ticking=False, now=given.now)) as sandbox:
            shown = sandbox.hubspot.snapshot()
            return len(shown["tickets"]), shown["contacts"], sandbox.salesforce.snapshot()

    none, some = built(0), built(9)
    assert (none[0], some[0]) == (0, 9)
    # A ticket moves no stamp and no score of its contact.
    assert none[1:] == some[1:]
