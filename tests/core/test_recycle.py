"""How long a lead waits before it may come back."""

from __future__ import annotations

from dataclasses import replace

from core_making import DAY, at, dossier

from syncd.core.facts import Handoff
from syncd.core.recycle import Recycle, wait
from syncd.core.types import Opportunity, Ref


def test_T13_a_deal_that_was_lost_before_the_handoff_is_no_answer_to_it() -> None:
    """Sales qualified somebody without a deal; that one was lost last year says nothing about it."""
    deal = Opportunity(Ref("salesforce", "Opportunity", "0061"), "Acme", "Closed Lost", "lost", at(40))
    ended = Handoff(1, "key", "closed", "score", at(5), delivered=at(5), outcome="qualified", closed=at(2))
    recycle = Recycle()
    assert wait(dossier(opportunities=(deal,)), recycle, ended) is None
    later = wait(dossier(opportunities=(replace(deal, modified=at(1)),)), recycle, ended)
    assert later is not None
    assert later.until == at(1) + 90 * DAY
