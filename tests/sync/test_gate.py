"""S4.13: whatever happens in whatever order, nobody reaches a rep but through the gate and the review, or by a named person."""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from syncd.core.rules import Review
from syncd.core.types import Ref
from syncd.ledger.store import Store
from tests.sync.house import House, example_rules
from tests.sync.test_review import rule as say

FIT, UNFIT = ("ada", "bob"), ("eve",)
NAMES = st.sampled_from((*FIT, *UNFIT))


class Gate(RuleBasedStateMachine):
    """Three people, an org of their own, and somebody who releases, rejects and forces. The model knows who could be ready at
    all (`fit`, `asked`, and not opted out) and whom a named person let go; it knows nothing of scores."""

    def __init__(self) -> None:
        super().__init__()
        self.house = House()
        self.people: dict[str, Ref] = {}
        self.ready: set[str] = set()
        self.opted_out: set[str] = set()
        self.let_go: set[str] = set()
        self.reviewed = True

    @initialize(reviewed=st.booleans())
    def begin(self, reviewed: bool) -> None:
        self.reviewed = reviewed
        self.house = House(rules=example_rules(review=Review(everybody=reviewed)))
        self.people = {name: self.house.contact(name, ready=name in FIT, demo=False) for name in (*FIT, *UNFIT)}

    @rule(name=NAMES)
    def asks(self, name: str) -> None:
        self.house.asks(self.people[name])
        if name in FIT:
            self.ready.add(name)

    @rule(name=NAMES, out=st.booleans())
    def opts(self, name: str, out: bool) -> None:
        self.house.wait(minutes=1)
        self.house.hubspot.edit(self.people[name], hs_email_optout=str(out).lower())
        (self.opted_out.add if out else self.opted_out.discard)(name)

    @rule(name=NAMES, verb=st.sampled_from(["release", "reject", "handoff"]))
    @precondition(lambda self: self.house.ledger.value("SELECT count(*) FROM person"))
    def rules_on(self, name: str, verb: str) -> None:
        self.house.wait(minutes=1)
        taken = self.house.ledger.value(
            "SELECT max(number) FROM handoff h JOIN record f ON f.id = h.person WHERE f.rid = ?", self.people[name].id
        )
        say(self.house, self.people[name], verb, (taken or 0) + 1, "because")
        if verb != "reject":
            self.let_go.add(name)

    @rule(days=st.sampled_from([0, 1, 10]), lost=st.booleans())
    def syncs(self, days: int, lost: bool) -> None:
        self.house.wait(days=days)
        before = self.leads()
        if lost and not before:
            self.house.ledger = Store.memory()
        self.house.sync()
        for name in self.leads() - before:
            assert name in self.let_go or (not self.reviewed and name in self.ready), name
            assert name not in self.opted_out, name

    @invariant()
    def one_lead_each(self) -> None:
        emails = [lead.fields["Email"] for lead in self.house.leads()]
        assert len(emails) == len(set(emails))

    @invariant()
    def every_handoff_says_by_whom(self) -> None:
        rows: list[tuple[Any, ...]] = self.house.ledger.rows(
            "SELECT h.entry, h.why FROM handoff h WHERE h.state IN ('open', 'delivered')"
        )
        for entry, why in rows:
            assert entry != "manual" or "Ruth Adler" in why
            assert entry in ("manual", "adopted") or not self.reviewed or "released by Ruth Adler" in why

    def leads(self) -> set[str]:
        return {str(lead.fields["Email"]).partition("@")[0] for lead in self.house.leads()}


Gate.TestCase.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
test_S4_13_nobody_reaches_a_rep_past_the_gate = Gate.TestCase
