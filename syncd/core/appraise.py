"""What one person is, shows and is worth: everything that is decided about somebody before it is asked what to do.

profile → what counts of what they did → persona → score → verdict
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from syncd.core.changes import Changed, changes, last_changes
from syncd.core.conditions import Background, Case, counts
from syncd.core.content import groups
from syncd.core.facts import Dossier, Handoff
from syncd.core.ignore import Ignored, sift
from syncd.core.mapping import canonical
from syncd.core.qualify import Verdict, judged
from syncd.core.rules import Named, Rules
from syncd.core.score import Score, scored
from syncd.core.types import Activity, Value
from syncd.core.values import number_of


@dataclass(frozen=True, slots=True)
class Appraisal:
    """One person at one moment under the rules.

    profile      canonical values, with the persona where the rules name some
    evidence     the activities that score and gate looked at; `ignored` are those that a rule left out
    background   what conditions may ask for besides
    changed      what of the watched fields went from one value to another, oldest first
    next_change  the earliest moment at which time alone may change any of this
    """

    profile: Mapping[str, Value]
    evidence: Sequence[Activity]
    ignored: Sequence[Ignored]
    background: Background
    changed: tuple[Changed, ...]
    score: Score
    verdict: Verdict
    next_change: datetime | None

    def case(self, now: datetime) -> Case:
        """The person as conditions look at them."""
        return Case(self.profile, self.evidence, now, self.background)

    def risen(self, field: str, since: datetime | None) -> bool:
        """Whether the number in a watched field grew after `since`: another system's score starts anew for nobody, so an
        old one would fire again at once."""
        return any(
            change.field == field
            and (since is None or change.at > since)
            and (number_of(change.now) or 0) > (number_of(change.was) or 0)
            for change in self.changed
        )


def appraise(dossier: Dossier, rules: Rules, last: Handoff | None, now: datetime) -> Appraisal:
    """`last` is the person's last handoff as sales' work leaves it: after a closed one only fresh evidence counts."""
    profile = canonical(dossier.marketing, rules.marketing_kind) if dossier.marketing else {}
    changed = changes(dossier, rules.marketing_kind)
    background = Background(groups(rules), last_changes(changed), dossier.activities, _waits(dossier))
    shown = fresh(dossier, last) if not _is_staff(profile, rules) else ()
    evidence: Sequence[Activity] = shown
    ignored: Sequence[Ignored] = ()
    case = Case(profile, shown, now, background)
    if rules.gate.ignore:
        evidence, ignored = sift(rules.gate.ignore, shown, case)
        case = Case(profile, evidence, now, background, horizon=case.horizon)
    if rules.personas:
        profile["persona"] = persona(rules.personas, case)
    before, case.horizon = case.horizon, None
    points = scored(rules.gate, case)
    verdict = judged(rules.gate, points, case)
    return Appraisal(
        profile=profile,
        evidence=evidence,
        ignored=ignored,
        background=background,
        changed=changed,
        score=points,
        verdict=verdict,
        next_change=min(filter(None, (before, verdict.next_change)), default=None),
    )


def persona(personas: Sequence[Named], case: Case) -> str | None:
    """The name of the first persona that holds; None when none does (S4.5)."""
    return next((named.name for named in personas if case.judge(named.when).value), None)


def fresh(dossier: Dossier, last: Handoff | None) -> Sequence[Activity]:
    """The evidence that counts: after a closed handoff only what the lead did later, so that an old score never fires
    again. Our own follow-up, due in some hours, and the rep's note why it came back are no such thing."""
    if last is None or last.state != "closed" or last.closed is None:
        return dossier.activities
    return [a for a in dossier.activities if a.at > last.closed and counts(a) and a.kind != "note"]


def _is_staff(profile: Mapping[str, Value], rules: Rules) -> bool:
    """Whether this is one of our own people, whose visits and answers do not count."""
    domain = str(profile.get("email") or "").rpartition("@")[2].lower()
    return domain != "" and domain in rules.own_domains


def _waits(dossier: Dossier) -> bool:
    """Whether the lead was found ready and nobody has it. What was ready before sales had it must be so anew."""
    last = dossier.last_handoff
    return dossier.ready and not (last is not None and last.active)
