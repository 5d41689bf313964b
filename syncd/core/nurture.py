"""Marketing's static lists that follow a handoff: who is with sales, and whom sales gave back to be nurtured (T3, T13).

    handoff                                       nurture list   pause list
    with sales, or qualified                      out            in
    recycled, not reached, or the deal was lost   in             out
    trash                                         out            as it is

A membership is a set's: to join twice is to be in it once. So an answer that was lost is asked for again, and a ledger that
was restored may say what it said already.
"""

from __future__ import annotations

from collections.abc import Mapping

from syncd.core.facts import Handoff
from syncd.core.keys import field_key
from syncd.core.lists import EFFECT, LISTS, Nurture, Said
from syncd.core.types import Action, Ref, Verb, rank


def memberships(nurture: Nurture, handoff: Handoff, *, lost: bool, said: Mapping[str, Said]) -> dict[str, bool]:
    """List → whether the person should be in it, where it was not told so; `lost`: all deals are."""
    wanted: dict[str, bool] = {}
    if handoff.state == "closed" and handoff.outcome == "trash":
        wanted[nurture.list] = False
    elif handoff.state == "delivered" or (handoff.outcome == "qualified" and not lost):
        wanted |= {nurture.list: False, nurture.pause: True}
    elif handoff.state == "closed":
        wanted |= {nurture.list: True, nurture.pause: False}
    return {name: member for name, member in wanted.items() if name and said.get(name, Said()).member is not member}


def membership(portal: str, lineage: str, person: Ref, name: str, member: bool, said: Said, number: int) -> Action:
    """The write that lets a person join or leave a list."""
    return Action(
        key=field_key(portal, lineage, person.system, f"{EFFECT}{name}", f"{member}|{said.times}"),
        effect=f"{EFFECT}{name}",
        verb=Verb.LINK,
        target=Ref(person.system, LISTS, name),
        fields={"person": person.id, "person_kind": person.kind, "member": member},
        person=lineage,
        cause=f"handoff {number}: {'joins' if member else 'leaves'} the list {name}",
        handoff=number,
        order=rank(Verb.UPDATE, EFFECT),
    )
