"""What the ledger knows of activities, so that connectors need not read them again."""

from __future__ import annotations

from syncd.core.types import Ref
from syncd.ledger import known
from tests.sync.house import House


def test_an_activity_is_known_with_all_of_its_people_and_when_it_is_over() -> None:
    house = House()
    ada, grace = house.contact("ada"), house.contact("grace")
    call = house.hubspot.activity("call", [ada], title="Talk")
    task = house.hubspot.activity("task", [ada], done=False)
    house.sync()
    stranger = Ref("hubspot", "call", "404")
    asked = {call: (ada,), task: (ada,), stranger: (ada,)}
    assert known.known_activities(house.ledger, asked) == {call}
    assert known.known_activities(house.ledger, {call: (ada, grace)}) == set(), "Grace does not have it yet"


def test_whose_a_key_is() -> None:
    house = House()
    ada = house.contact("ada")
    house.sync()
    key = house.ledger.value("SELECT key FROM action WHERE effect = 'task'")
    assert known.person_of_key(house.ledger, key) == ada
    assert known.person_of_key(house.ledger, "syncd_nobody") is None
