"""The words of the funnel: every stage with its definition, its entry test and who is responsible; and the fields (S0.4, S4.7).

Definitions and responsibility are defaults that a company overrides. The entry tests are read off the rules and mappings, so
they say what really moves somebody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from syncd.core.promise import COULD_NOT_REACH, Followup
from syncd.core.rules import KindMap, Rules
from syncd.core.signs import amounts_to
from syncd.core.stages import EXITS, FUNNEL
from syncd.core.terms import ready_when
from syncd.core.text import listing, system


@dataclass(frozen=True, slots=True)
class Wording:
    """How a company speaks of a stage; "" leaves the default."""

    label: str = ""
    definition: str = ""
    owner: str = ""


@dataclass(frozen=True, slots=True)
class StageEntry:
    """A stage of the funnel. `entry`: each of these facts brings somebody into it."""

    stage: str
    label: str
    definition: str
    owner: str
    entry: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FieldEntry:
    """A canonical field; `remote` is where it stands: "HubSpot contacts.jobtitle (both, prefer_crm)"."""

    field: str
    type: str
    remote: tuple[str, ...]


_DEFAULTS: Mapping[str, Wording] = {
    "contact": Wording("Contact", "Somebody we know, who has shown no interest yet.", "marketing"),
    "lead": Wording("Lead", "Raised a hand, and can be reached by e-mail or phone.", "marketing"),
    "mql": Wording("Marketing-qualified lead", "Meets what both teams agreed on; the handoff is under way.", "syncd"),
    "handed_off": Wording("Handed off", "With a named person in sales, who re-qualifies the lead.", "sales"),
    "sal": Wording("Sales-accepted lead", "Sales looked at the lead and took it up.", "sales"),
    "sql": Wording("Sales-qualified lead", "Sales confirmed fit and intent by phone or e-mail.", "sales"),
    "opportunity": Wording("Opportunity", "An open deal.", "sales"),
    "customer": Wording("Customer", "A deal was won.", "sales"),
    "recycled": Wording(
        "Recycled", "Not now: back to marketing, to be nurtured until there is fresh evidence.", "marketing"
    ),
    "unreachable": Wording("Could not reach", "Sales tried as promised, and nobody answered.", "marketing"),
    "trash": Wording("Trash", "Will never buy; only a person reopens it.", "nobody"),
    "lost": Wording("Lost", "The deal was lost.", "marketing"),
    "void": Wording("Void", "A duplicate, a test, or undone: counted nowhere.", "nobody"),
}

LABELS: Mapping[str, Mapping[str, str]] = {
    "seeds": {},
    "hubspot": {
        "contact": "Subscriber", "lead": "Lead", "mql": "Marketing Qualified Lead",
        "handed_off": "Marketing Qualified Lead, new", "sal": "Marketing Qualified Lead, in progress",
        "sql": "Sales Qualified Lead", "recycled": "Lead, bad timing", "unreachable": "Lead, attempted to contact",
        "trash": "Other, unqualified", "lost": "Opportunity, closed lost",
    },
    "sirius2012": {
        "contact": "Prospect", "lead": "Inquiry", "mql": "Automation qualified lead (AQL)",
        "handed_off": "Automation qualified lead, delivered", "sal": "Sales accepted lead (SAL)",
        "sql": "Sales accepted lead, confirmed", "opportunity": "Sales qualified lead (SQL)", "customer": "Closed/Won",
    },
    "forrester": {
        "contact": "Detected", "lead": "Engaged", "mql": "Prioritized", "handed_off": "Prioritized, delivered",
        "sal": "Qualified", "sql": "Qualified, confirmed", "opportunity": "Pipeline", "customer": "Closed",
    },
}  # fmt: skip
"""Set → stage → what others call it; what a set does not name keeps our label. Names only: the data keep ours.

The trap: the SQL of Sirius is an opportunity, ours comes before it; a benchmark for its "SAL to SQL" means our sal to
opportunity.
"""


def label(stage: str, wording: Mapping[str, Wording]) -> str:
    """What people read for a stage."""
    said = wording.get(stage)
    return (said.label if said else "") or _DEFAULTS[stage].label


_FACTS: Mapping[str, tuple[str, ...]] = {
    "contact": ("the marketing system has a record of the person",),
    "handed_off": ("the owner was read back from the CRM",),
    "sal": ("a first call, meeting or answer of sales after the handoff",),
    "sql": ("the lead was converted without a deal",),
    "opportunity": ("an open deal is linked to the person",),
    "customer": ("a linked deal is won",),
    "lost": ("the linked deal is lost, and no other is open",),
    "void": ("its record was merged into another one, or the handoff was undone",),
}
"""What brings somebody into a stage whatever the configuration says."""

_DISPOSITIONS: Mapping[str, str] = {"recycled": "recycle", "unreachable": "could_not_reach", "trash": "trash"}


def stages(rules: Rules, wording: Mapping[str, Wording]) -> tuple[StageEntry, ...]:
    """All stages in the order of the funnel, then the exits."""
    return tuple(
        StageEntry(
            stage,
            said.label or usual.label,
            said.definition or usual.definition,
            said.owner or usual.owner,
            tuple(_entry(stage, rules)),
        )
        for stage in (*FUNNEL, *EXITS)
        for usual, said in ((_DEFAULTS[stage], wording.get(stage, Wording())),)
    )


def fields(rules: Rules) -> tuple[FieldEntry, ...]:
    """The field dictionary: every canonical field with where it stands, in the order of the mappings."""
    found: dict[str, tuple[str, list[str]]] = {}
    for name, kind in _kinds(rules):
        for field, fm in kind.fields.items():
            place = f"{system(name)} {kind.kind}.{fm.remote} ({fm.direction}, {fm.policy})"
            found.setdefault(field, (fm.type, []))[1].append(place)
    return tuple(FieldEntry(field, type_, tuple(places)) for field, (type_, places) in found.items())


# ---------------------------------------------------------------- entry tests
def _entry(stage: str, rules: Rules) -> Iterator[str]:
    if stage == "mql":
        yield f"the criteria are met. {ready_when(rules.gate)}"
    yield from _FACTS.get(stage, ())
    if rules.followup is not None:
        yield from _promised(stage, rules.followup)
    marketing = rules.marketing_kind
    if values := [value for value, means in marketing.stages.items() if amounts_to(means) == stage]:
        yield f"{system(rules.marketing)} {marketing.stage} is {listing(values, 'or')}"
    for kind in rules.maps[rules.crm].kinds.values():
        yield from _said_by_sales(stage, rules.crm, kind)


def _promised(stage: str, followup: Followup) -> Iterator[str]:
    """What brings somebody into the stage by time alone."""
    promises = (followup.usual, *followup.tiers.values())
    if stage == "sal" and (silent := [p.accept_after for p in promises if p.accept_after is not None]):
        yield f"nobody rejected the lead within {listing(list(dict.fromkeys(map(str, silent))), 'or')}"
    if stage == "unreachable" and any(p.then == COULD_NOT_REACH for p in promises):
        yield "the working period is over: all promised touches were made, and the lead did not answer"


def _said_by_sales(stage: str, crm: str, kind: KindMap) -> Iterator[str]:
    """The values of the CRM by which a rep brings somebody into the stage."""
    outcome = _DISPOSITIONS.get(stage)
    values = [
        value
        for value, status in kind.statuses.items()
        if (status.disposition == outcome if outcome else status.stage == stage)
    ]
    if values:
        yield f"{system(crm)} {kind.kind} {kind.status} is {listing(values, 'or')}"
    if outcome and (values := [value for value, word in kind.dispositions.items() if word == outcome]):
        yield f"{system(crm)} {kind.kind} {kind.disposition} is {listing(values, 'or')}"


def _kinds(rules: Rules) -> Iterator[tuple[str, KindMap]]:
    for name in dict.fromkeys((rules.marketing, rules.crm)):
        for kind in rules.maps[name].kinds.values():
            yield name, kind
