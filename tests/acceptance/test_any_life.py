"""B3, B4, C14, S4.21: whatever marketers, reps and the calendar do, the loop comes to rest, and nobody is lost in it.

A state machine drives both emulators with edits, statuses, conversions, merges, deletions, deals, owners, and clocks that
jump over the days on which somebody's summer time begins or ends. After each rest it is checked that a further sync writes
nothing, that every stage event is a way of the specification, that the same evidence in any order gives the same stage, and
that everybody who was qualified is in exactly one place.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from syncd.core.changes import watched
from syncd.core.decide import decide
from syncd.core.facts import Dossier
from syncd.core.rulings import REOPEN, Ruling
from syncd.ledger import people, rulings
from tests.acceptance.life import Life, Refused
from tests.ways import ALLOWED

STATUSES = ("Open - Not Contacted", "Working - Contacted", "Qualified", "Recycled", "Could Not Reach",
            "Closed - Not Converted", "Unheard of")  # fmt: skip
NAMES = ("ada", "bea", "cyd", "dot", "eve")
EDGES = tuple(
    datetime(*day, hour, 30, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    for zone, *days in (
        ("Pacific/Honolulu", (2026, 12, 31), (2027, 1, 1)),
        ("Asia/Kolkata", (2027, 1, 1), (2027, 3, 31)),
        ("Pacific/Auckland", (2027, 4, 4), (2027, 9, 26)),
        ("America/New_York", (2027, 3, 14), (2027, 11, 7)),
        ("Europe/Berlin", (2027, 3, 28), (2027, 10, 31)),
    )
    for day in days
    for hour in (1, 23)
)
"""Moments beside midnights, ends of months, and the nights in which clocks are changed."""

ACTIVE = ("open", "delivered")
LEFT = {"recycled": "recycle", "unreachable": "could_not_reach", "trash": "trash"}
pick = st.randoms(use_true_random=False)


class AnyLife(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.life = Life(Path(self.folder.name))
        self.binned: list[str] = []
        self.deals: list[str] = []

    @initialize()
    def begin(self) -> None:
        for name in NAMES[:2]:
            self.life.buyer(name)
        self.comes_to_rest()

    # ------------------------------------------------------------ marketing
    @rule(name=st.sampled_from(NAMES), title=st.sampled_from(["Buyer", "Reader"]))
    def somebody_comes(self, name: str, title: str) -> None:
        held = {row["properties"].get("email") for row in self.contacts()}
        if f"{name}@{name}-works.example" not in held:
            self.life.buyer(name, jobtitle=title)

    @rule(dice=pick, field=st.sampled_from(["jobtitle", "company", "lifecyclestage", "phone"]))
    def marketing_edits(self, dice: random.Random, field: str) -> None:
        value = {"jobtitle": "Buyer", "company": "Elsewhere", "phone": "+1 555 0100"}.get(field)
        value = value or dice.choice(["lead", "marketingqualifiedlead", "salesqualifiedlead", "customer"])
        self.life.act("hubspot", "touch", kind="contacts", ids=[self.contact(dice)], properties={field: value})

    @rule(dice=pick)
    def somebody_shows_interest(self, dice: random.Random) -> None:
        self.life.calls_with([self.contact(dice)], 1)

    @rule(dice=pick)
    @precondition(lambda self: len(self.contacts()) > 1)
    def contacts_are_merged(self, dice: random.Random) -> None:
        self.tries(self.life.merges_contacts, *dice.sample([str(row["id"]) for row in self.contacts()], 2))

    @rule(dice=pick)
    @precondition(lambda self: len(self.contacts()) > 2)
    def a_contact_is_archived(self, dice: random.Random) -> None:
        self.tries(self.life.act, "hubspot", "archive", kind="contacts", id=self.contact(dice))

    # ------------------------------------------------------------ sales
    @rule(dice=pick, status=st.sampled_from(STATUSES))
    @precondition(lambda self: self.leads())
    def a_rep_sets_a_status(self, dice: random.Random, status: str) -> None:
        self.tries(self.life.says, dice.choice(self.leads()), Status=status)

    @rule(dice=pick, said=st.sampled_from(["", "recycle", "trash", "qualified", "could_not_reach"]))
    @precondition(lambda self: self.records())
    def a_rep_says_what_became_of_it(self, dice: random.Random, said: str) -> None:
        reason = {"syncd_reason__c": dice.choice(["", "No budget"])} if said else {}
        self.tries(self.life.says, dice.choice(self.records()), syncd_disposition__c=said or None, **reason)

    @rule(dice=pick)
    @precondition(lambda self: self.records())
    def somebody_else_gets_it(self, dice: random.Random) -> None:
        self.tries(self.life.says, dice.choice(self.records()), OwnerId=dice.choice(self.life.reps()))

    @rule(dice=pick, deal=st.booleans())
    @precondition(lambda self: self.leads())
    def a_lead_is_converted(self, dice: random.Random, deal: bool) -> None:
        done = self.tries(self.life.converts, dice.choice(self.leads()), deal=deal)
        if done and done.get("opportunity_id"):
            self.deals.append(done["opportunity_id"])

    @rule(dice=pick, stage=st.sampled_from(["open", "won", "lost"]))
    @precondition(lambda self: self.life.live("Contact"))
    def a_deal_is_made(self, dice: random.Random, stage: str) -> None:
        row = dice.choice(self.life.live("Contact"))
        made = self.tries(self.life.deal, account=row["AccountId"] or "", contact=row["Id"], stage=stage)
        self.deals += [made] if made else []

    @rule(dice=pick, stage=st.sampled_from(["open", "won", "lost", "deleted"]))
    @precondition(lambda self: self.deals)
    def a_deal_moves(self, dice: random.Random, stage: str) -> None:
        deal = dice.choice(self.deals)
        self.tries(self.life.deletes, deal) if stage == "deleted" else self.tries(self.life.moves, deal, stage)

    @rule(dice=pick, kind=st.sampled_from(["Lead", "Contact"]))
    def records_are_merged(self, dice: random.Random, kind: str) -> None:
        rows = [row["Id"] for row in self.life.live(kind)]
        if len(rows) > 1:
            self.tries(self.life.merges, *dice.sample(rows, 2))

    @rule(dice=pick)
    @precondition(lambda self: self.records())
    def a_record_is_deleted(self, dice: random.Random) -> None:
        rid = dice.choice(self.records())
        self.tries(self.life.deletes, rid)
        self.binned.append(rid)

    @rule(dice=pick)
    @precondition(lambda self: self.binned)
    def a_record_is_restored(self, dice: random.Random) -> None:
        self.tries(self.life.restores, dice.choice(self.binned))

    @rule(dice=pick)
    @precondition(lambda self: self.ledger("SELECT 1 FROM handoff WHERE outcome = 'trash'"))
    def somebody_reopens_trash(self, dice: random.Random) -> None:
        person, number = dice.choice(self.ledger("SELECT person, number FROM handoff WHERE outcome = 'trash'"))
        at = self.life.clock.now()
        with self.life.ledger.tx() as conn:
            rulings.save(conn, person, Ruling(f"{person}.{at}", REOPEN, number, "Ruth", "a mistake", at))

    # ------------------------------------------------------------ time
    @rule(hours=st.sampled_from([0.1, 1, 5, 26, 24 * 8, 24 * 31, 24 * 95]))
    def time_passes(self, hours: float) -> None:
        self.life.clock.advance(hours * 3600)

    @rule(dice=pick)
    def the_calendar_turns(self, dice: random.Random) -> None:
        if ahead := [edge for edge in EDGES if edge > self.life.clock.now()]:
            self.life.until(dice.choice(ahead[:4]))

    @rule()
    def a_sync_runs(self) -> None:
        self.life.sync()
        self.check_ways()

    @rule()
    def comes_to_rest(self) -> None:
        for _ in range(12):
            self.life.clock.advance(1300)
            if not sum(self.life.sync().writes.values()) and not self.ledger(
                "SELECT 1 FROM action WHERE state = 'open'"
            ):
                break
        report = self.life.sync()
        assert not sum(report.writes.values()), (report.writes, report.actions)
        self.check_ways()
        self.check_places()
        self.check_order()

    # ------------------------------------------------------------ what must hold
    def check_ways(self) -> None:
        """Every stage event goes on where the last one ended, by a way that is allowed; and there the person is."""
        at: dict[int, str] = {}
        for person, was, stage, text in self.ledger("SELECT person, was, stage, rule FROM stage_event ORDER BY id"):
            assert was == at.get(person, "contact"), (person, was, stage, at.get(person))
            assert stage in ALLOWED[was].split() or text.startswith(("T18 implied", "T17")), (was, stage, text)
            at[person] = stage
        for person, stage in self.ledger("SELECT id, stage FROM person WHERE merged IS NULL"):
            assert stage == at.get(person, "contact"), (person, stage, at.get(person))

    def check_places(self) -> None:
        """Who was qualified is in one place: with sales, on the way there, back with an outcome, held, or void."""
        handoffs: dict[int, list[tuple[str, str]]] = {}
        for person, state, outcome in self.ledger("SELECT person, state, outcome FROM handoff ORDER BY number"):
            assert (state == "closed") == bool(outcome), (person, state, outcome)
            handoffs.setdefault(person, []).append((state, outcome))
        told = {row[0] for row in self.ledger("SELECT person FROM problem WHERE resolved IS NULL")}
        for person, stage, verdict, merged in self.ledger("SELECT id, stage, verdict, merged FROM person"):
            mine = [h for h in handoffs.get(person, []) if h[0] != "void"]
            assert sum(state in ACTIVE for state, _ in mine) <= (merged is None), (person, merged, mine)
            if merged is not None:
                continue
            last = mine[-1] if mine else ("", "")
            if stage in ("mql", "handed_off", "sal"):
                assert last[0] in ACTIVE or person in told or self.gone(person), (person, stage, mine)
            if stage in LEFT:
                assert last == ("closed", LEFT[stage]) or person in told or self.gone(person), (person, stage, mine)
            if verdict == "ready":
                assert last[0] in ACTIVE or last == ("closed", "qualified") or self.gone(person), (
                    person,
                    verdict,
                    mine,
                )
        keys = Counter(row["syncd_hs_id__c"] for kind in ("Lead", "Contact") for row in self.life.live(kind))
        assert not [key for key, n in keys.items() if key and n > 1 and self.owns(key) and not told], keys

    def check_order(self) -> None:
        """What the ledger holds of somebody, in any order, is the same decision."""
        life, dice = self.life, random.Random(len(self.deals))
        marketing, crm = life.rules.marketing, life.rules.crm
        who = people.directory(life.ledger, marketing, crm)
        ids = [row[0] for row in self.ledger("SELECT id FROM person WHERE merged IS NULL")]
        for dossier in people.dossiers(life.ledger, ids, marketing, watched(life.rules)).values():
            said = [decide(d, life.rules, who, life.clock.now(), "1") for d in (dossier, shuffled(dossier, dice))]
            assert said[0].where == said[1].where, dossier
            assert (said[0].next, said[0].held) == (said[1].next, said[1].held), dossier

    # ------------------------------------------------------------ helpers
    def ledger(self, sql: str) -> list[tuple[Any, ...]]:
        return self.life.ledger.rows(sql)

    def contacts(self) -> list[dict[str, Any]]:
        return [row for row in self.life.sandbox.hubspot.snapshot()["contacts"] if not row.get("archived")]

    def contact(self, dice: random.Random) -> str:
        return str(dice.choice(self.contacts())["id"])

    def leads(self) -> list[str]:
        return [row["Id"] for row in self.life.live("Lead")]

    def records(self) -> list[str]:
        return [*self.leads(), *(row["Id"] for row in self.life.live("Contact"))]

    def gone(self, person: int) -> bool:
        """Whether marketing has no live record of the person any more."""
        rows = self.ledger(
            f"SELECT r.state FROM link l JOIN record r ON r.id = l.record WHERE l.person = {person} AND l.how IS NULL"
        )
        return not rows or rows[0][0] is not None

    def owns(self, key: str) -> bool:
        return bool(
            self.ledger(
                f"SELECT 1 FROM record r JOIN person p ON p.id = r.id WHERE r.rid = '{key}' AND p.merged IS NULL"
            )
        )

    def tries(self, act: Any, *args: Any, **more: Any) -> Any:
        """People try what the system refuses, too."""
        try:
            return act(*args, **more)
        except Refused:
            return None

    def teardown(self) -> None:
        try:
            self.comes_to_rest()
        finally:
            self.life.close()
            self.folder.cleanup()


def shuffled(d: Dossier, dice: random.Random) -> Dossier:
    from dataclasses import replace

    def mixed(rows: Any) -> Any:
        return tuple(dice.sample(rows, len(rows)))

    return replace(d, crm=mixed(d.crm), activities=mixed(d.activities), opportunities=mixed(d.opportunities))


COMMON = settings(
    deadline=None, derandomize=True, database=None, print_blob=True, suppress_health_check=list(HealthCheck)
)


def test_B4_C14_S4_21_any_life_comes_to_rest_and_loses_nobody() -> None:
    run_state_machine_as_test(
        AnyLife, settings=settings(COMMON, max_examples=6, stateful_step_count=25, phases=(Phase.generate,))
    )


@pytest.mark.long
def test_B4_C14_S4_21_a_thousand_lives() -> None:
    run_state_machine_as_test(AnyLife, settings=settings(COMMON, max_examples=150, stateful_step_count=60))
