"""A plan as a file: what a person approves is exactly what is applied.

It holds names, addresses and briefs, so it is written with mode 0600.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from syncd.core.errors import Complaint, ConfigError
from syncd.core.facts import Handoff
from syncd.core.planned import Planned
from syncd.core.promise import as_json, from_json
from syncd.core.rotation import Draw
from syncd.core.standing import Taken
from syncd.core.types import Action, Raw, Ref, Verb

FORMAT = 1


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """`accounts` and `rules` it was made for; handoffs by key with their rotation pool, `people` the lineage of each;
    actions by key."""

    rules: str
    accounts: Mapping[str, str]
    made: datetime
    handoffs: Mapping[str, tuple[Handoff, str]]
    people: Mapping[str, str]
    actions: Mapping[str, Action]

    def only(self, plan: Planned, moved: list[str]) -> Planned:
        """What of a fresh plan was approved, as it was approved. `moved` collects what changed since."""
        if plan.handoff is not None:
            saved = self.handoffs.get(plan.handoff.key)
            if saved is None:
                return Planned(problems=plan.problems)
            actions = tuple(self.actions[a.key] for a in plan.actions if a.key in self.actions)
            if {_shape(a) for a in actions} != {_shape(a) for a in plan.actions}:
                moved.append(plan.handoff.key)
                return Planned(problems=plan.problems)
            fresh = {a.key: a for a in plan.actions}
            actions = tuple(_at_once(a, fresh[a.key]) for a in actions)
            handoff = replace(saved[0], opened=plan.handoff.opened)
            return replace(plan, handoff=handoff, actions=actions, taken=_taken(handoff, saved[1], plan.taken))
        approved = tuple(self.actions[a.key] for a in plan.actions if a.key in self.actions)
        return replace(plan, actions=approved, taken=plan.taken if approved else None)


def _at_once(saved: Action, fresh: Action) -> Action:
    """The saved action with the times of now: a handoff happens when it is applied, not when it was planned."""
    times = {
        name: fresh.fields[name] for name, value in saved.fields.items() if name in fresh.fields and _is_time(value)
    }
    return replace(saved, fields={**saved.fields, **times})


def _taken(approved: Handoff, pool: str, fresh: Taken | None) -> Taken:
    """The approved owner is counted in the approved pool, among those who could take the lead now."""
    draw = fresh.draw if fresh and fresh.draw and fresh.draw.pool == pool else Draw(pool, {approved.owner: 1})
    return Taken(approved.owner, approved.owner_id, draw if pool else None)


def _is_time(value: Raw) -> bool:
    if not isinstance(value, str) or not value.endswith("Z"):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _shape(action: Action) -> tuple[str, str, Ref]:
    return action.key, action.verb, action.target


def write(path: Path, plan: SavedPlan, extra: Mapping[str, Any]) -> None:
    """`extra` is shown to people (problems, expected calls) and ignored when the plan is read."""
    body = {
        "format": FORMAT,
        "rules": plan.rules,
        "accounts": dict(plan.accounts),
        "made": plan.made.isoformat(),
        **extra,
        "handoffs": [
            {**_plain(asdict(replace(h, promised=None))), "promised": as_json(h.promised) if h.promised else None,
             "pool": pool, "person": plan.people[h.key]}
            for h, pool in plan.handoffs.values()
        ],
        "actions": [_plain(asdict(a)) for a in plan.actions.values()],
    }
    with open(path, "w", opener=lambda file, flags: os.open(file, flags, 0o600), encoding="utf-8") as file:
        os.fchmod(file.fileno(), 0o600)  # a file that was there keeps its mode otherwise
        json.dump(body, file, indent=1, ensure_ascii=False)
        file.write("\n")


def read(path: Path) -> SavedPlan:
    """Raises ConfigError with what is wrong with the file."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise _bad(path, "There is no such plan.", "Make one with: syncd plan --out " + path.name) from None
    except (OSError, ValueError) as error:
        raise _bad(path, f"This is not a plan that syncd wrote ({type(error).__name__}).") from None
    try:
        if body["format"] != FORMAT:
            raise _bad(path, f"The plan has format {body['format']}, this syncd reads {FORMAT}.")
        handoffs = {h["key"]: (_handoff(h), h["pool"]) for h in body["handoffs"]}
        people = {h["key"]: h["person"] for h in body["handoffs"]}
        actions = {a["key"]: _action(a) for a in body["actions"]}
        return SavedPlan(
            body["rules"], body["accounts"], datetime.fromisoformat(body["made"]), handoffs, people, actions
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _bad(path, f"The plan is damaged: {type(error).__name__} {error}.") from None


def _bad(path: Path, sentence: str, fix: str = "Make a new one with: syncd plan --out FILE") -> ConfigError:
    return ConfigError([Complaint(sentence, str(path), fix=fix)])


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, Ref):
        return str(value)
    if isinstance(value, (list, tuple)):
        return [_plain(v) for v in value]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value


def _handoff(raw: Mapping[str, Any]) -> Handoff:
    def moment(name: str) -> datetime | None:
        return datetime.fromisoformat(raw[name]) if raw[name] else None

    opened = moment("opened")
    assert opened is not None
    return Handoff(
        number=raw["number"], key=raw["key"], state=raw["state"], entry=raw["entry"], opened=opened, owner=raw["owner"],
        owner_id=raw["owner_id"], rule=raw["rule"], why=tuple(raw["why"]), score=raw["score"], tier=raw["tier"],
        criteria=raw["criteria"], brief=raw["brief"], target=Ref.parse(raw["target"]) if raw["target"] else None,
        evidence=moment("evidence"), promise=raw["promise"],
        promised=from_json(raw["promised"]) if raw["promised"] else None,
    )  # fmt: skip


def _action(raw: Mapping[str, Any]) -> Action:
    return Action(
        key=raw["key"], effect=raw["effect"], verb=Verb(raw["verb"]), target=Ref.parse(raw["target"]),
        fields=raw["fields"], person=raw["person"], cause=raw["cause"], before=raw["before"], guard=raw["guard"],
        needs=raw["needs"], token=raw["token"], agrees={k: (a, b) for k, (a, b) in raw["agrees"].items()},
        handoff=raw["handoff"], order=raw["order"],
    )  # fmt: skip


def summary(actions: Sequence[Action]) -> dict[str, int]:
    """How many writes of each kind, "salesforce create Lead": 12."""
    counts: dict[str, int] = {}
    for a in actions:
        name = f"{a.target.system} {a.verb} {a.target.kind}"
        counts[name] = counts.get(name, 0) + 1
    return counts
