"""syncd explain: why, and why not."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from syncd.cli.common import load, options
from syncd.cli.looking import PLANNED, emit_each, known, seen
from syncd.cli.promised import tell_promise
from syncd.cli.show import ENTRIES, block, heading, minute, printable, say
from syncd.core.glossary import Wording, label
from syncd.core.text import listing, plural, span, system


@click.command("explain")
@click.argument("person")
@options
def command(config: Path, as_json: bool, person: str) -> int:
    """Why PERSON (an e-mail address, a contact id, or a ref such as salesforce/Lead/00Q…) was handed over, or why not.

    Before the first plan is approved, this plans anew and explains the plan.
    """
    from syncd.sync.story import explain

    settings = load(config)
    with seen(settings, as_json) as (store, planned):
        stories = [explain(store, settings.rules, pid) for pid in known(store, settings, person, config)]
    if as_json:
        emit_each(stories)
        return 0
    for story in stories:
        tell(story, settings.stages)
    if planned:
        say(f"\n{PLANNED}")
    return 0


# ---------------------------------------------------------------- one story as text
def tell(story: dict[str, Any], words: Mapping[str, Wording]) -> None:
    """Who it is, where they stand and why, the score, the way so far, each handoff with its brief."""
    who = story["person"]
    heading(printable(str(who["name"] or who["email"] or who["lineage"])))
    say(f"  {who['email'] or 'no e-mail'}; {', '.join(_address(ref) for ref in who['refs'])}")
    _tell_ingest(story)
    _tell_coming(story["came"])
    _tell_now(story, words)
    tell_score(story["score"])
    _tell_route(story)
    _tell_way(story["stage"], words)
    _tell_deals(story["deals"])
    _tell_rulings(story["rulings"])
    for handoff in story["handoffs"]:
        _tell_handoff(handoff)
    if story["problems"]:
        heading("Needs a human")
        for problem in story["problems"]:
            say(f"  ! {problem['sentence']} {problem['fix']}".rstrip())


def _tell_ingest(story: dict[str, Any]) -> None:
    """What is known, and which CRM record the person is."""
    activities, match = story["activities"], story["match"]
    last = f", the last one {minute(activities[-1]['at'])} UTC" if activities else ""
    say(f"  known: {plural(len(activities), 'activity', 'activities')}{last}")
    found = f"{_address(match['target'])} ({match['how']})" if match["target"] else "no record yet"
    say(f"  in the CRM: {match['problem'] or found}")


def _tell_coming(came: dict[str, Any]) -> None:
    source = [str(came["source"]).replace("_", " ").lower()] if came["source"] else []
    since = [f"known since {came['since'][:10]}"] if came["since"] else []
    first = [f"first: {printable(came['first']['title'])}"] if came["first"] else []
    if parts := source + since + first:
        say(f"  came by {', '.join(parts)}" if source else f"  {', '.join(parts)}")


def _tell_route(story: dict[str, Any]) -> None:
    """Who would get the person, and what is on its way."""
    route = story["route"]
    if not any(h["state"] in ("open", "delivered") for h in story["handoffs"]):
        why = f" ({'; '.join(route['why'])})" if route["why"] else ""
        heading("Who would get it")
        say(f"  {route['owner'] or 'nobody'}: {route['rule']}{why}")
        if route["again"]:
            say(f"  looked at again {minute(route['again'])} UTC")
    if story["writes"]:
        heading("Still to be sent")
        for write in story["writes"]:
            say(f"  {write['verb']} {write['effect']}: {_address(write['target'])} ({write['cause']})")


def _tell_now(story: dict[str, Any], words: Mapping[str, Wording]) -> None:
    decision, stage = story["decision"], story["stage"]
    because = f", because of: {stage['because']}" if stage["because"] else ""
    say(f"  stage: {label(stage['now'], words)}{because}")
    for lost in stage["against"]:
        say(f"    not {label(lost['stage'], words)}, as {_named(lost['source'])} says ({lost['rule']}): {lost['why']}")
    if story["persona"]:
        say(f"  persona: {story['persona']}")
    for move in story["moves"]:
        say(f"  {printable(move['sentence'])} (fit {move['fit_before']} → {move['fit']})")
    heading("Why" if not story["missing"] else "Why not")
    if decision["next"] == "hand_over":
        waits = story["route"]["again"]
        say("  Nobody can take this lead now." if waits else "  The next sync hands this lead over.")
    elif decision["held"]:
        say(f"  {decision['held'][:1].upper()}{decision['held'][1:]}.".replace("..", "."))
    elif story["missing"]:
        say("  Not handed over. What is missing:")
    for sentence in decision["vetoes"]:
        say(f"  x  veto: {sentence}")
    for sentence in decision["unmatched"]:
        say(f"  -  {sentence}")
    for sentence in decision["missing"]:
        say(f"  -  {sentence}")
    for sentence in decision["matched"]:
        say(f"  +  {sentence}")
    for sentence in decision["exceptions"]:
        say(f"  +  exception: {sentence}")
    vetoes = story["criteria"]["vetoes"]
    if vetoes and not any(veto["holds"] for veto in vetoes):
        unknown = [veto["name"] for veto in vetoes if veto["holds"] is None]
        known = f"; unknown: {listing(unknown)}" if unknown else ""
        say(f"  +  none of {plural(len(vetoes), 'veto', 'vetoes')} holds{known}")
    for sentence in story["ignored"]:
        say(f"  .  {sentence}")
    if story["flip"]:
        block(story["flip"]["sentence"], "  ")


def tell_score(score: dict[str, Any], *, all_lines: bool = False) -> None:
    """The lines that gave or took points, and the rules that would have given some; with `all_lines` every rule."""
    tier = f", tier {score['tier']}" if score["tier"] else ""
    if score["trend"]["was"] is not None:
        tier += f"; {score['trend']['days']} days ago {score['trend']['was']}"
    if score["source"] != "rules":
        tier += f", the score is {score['source']}"
    heading(
        f"Score {score['combined']} of {score['threshold']} (fit {score['fit']}, engagement {score['engagement']}{tier})"
    )
    for line in score["lines"]:
        say(f"  {line['points']:+4d}  {line['name']}: {line['because']}")
    for line in score["unmatched"]:
        if line["points"] > 0 or all_lines:
            say(f"     .  {line['name']} ({line['points']:+d}): {line['because']}")


def _tell_way(stage: dict[str, Any], words: Mapping[str, Wording]) -> None:
    if not stage["history"]:
        return
    heading("The way so far")
    for event in stage["history"]:
        was, now = label(event["was"], words), label(event["stage"], words)
        say(f"  {minute(event['at'])}  {was} → {now}: {event['rule']}")


def _tell_deals(deals: list[dict[str, Any]]) -> None:
    """What sales made of it, and how surely each deal is this person's."""
    if deals:
        heading("Deals")
    for deal in deals:
        worth = f", {deal['amount']} {deal['currency']}".rstrip() if deal["amount"] else ""
        say(f"  {printable(deal['name'])}: {deal['status']}{worth} ({_address(deal['ref'])}; {deal['linked']})")


def _tell_rulings(rulings: list[dict[str, Any]]) -> None:
    """What named people said, and what became of it."""
    if rulings:
        heading("What people said")
    for ruling in rulings:
        became = ruling["answer"] or "good for the next sync"
        say(f"  {minute(ruling['at'])}  {printable(ruling['sentence'])} (handoff {ruling['number']}; {became})")


def _tell_handoff(handoff: dict[str, Any]) -> None:
    route = handoff["route"]
    why = f" ({'; '.join(route['why'])})" if route["why"] else ""
    heading(f"Handoff {handoff['number']} to {printable(handoff['owner']['email'])}")
    say(f"  because: {route['rule']}{why}")
    say(f"  qualified by: {ENTRIES.get(handoff['entry'], handoff['entry'])}")
    where = _address(handoff["target"]) if handoff["target"] else "not written yet"
    took = handoff["seconds"]["to_deliver"]
    after = f" ({span(timedelta(seconds=took))} after the criteria were met)" if took is not None else ""
    when = f", owner verified {minute(handoff['delivered'])} UTC{after}" if handoff["delivered"] else ""
    say(f"  {handoff['state']}: {where}{when}")
    if handoff["criteria"]:
        say(f"  decided by the criteria {handoff['criteria']}")
    for hop in route["hops"]:
        say(f"    {minute(hop['at'])}  with {printable(hop['owner'])}: {hop['why']}")
    for alert in handoff["alerts"]:
        to = f" to {printable(alert['to'])}" if alert["to"] else ""
        when = f"sent {minute(alert['sent'])} UTC" if alert["sent"] else f"{alert['state']}, due {minute(alert['due'])} UTC"
        say(f"    alert by {alert['channel']}{to}: {when}")
    if taken := handoff["accepted"]:
        say(f"  sales took it over by {minute(taken['at'])} UTC with brief {taken['brief']}")
    if handoff["followup"]:
        tell_promise(handoff["followup"])
    said = handoff["outcome"] or handoff["work"]
    if said:
        reason = f": {handoff['reason']}" if handoff["reason"] else ""
        again = f", not before {handoff['not_before']}" if handoff["not_before"] else ""
        say(f"  sales say: {said}{reason}{again}")
    if handoff["receipts"]:
        say("  receipts:")
        for r in handoff["receipts"]:
            at = f"{minute(r['at'])}  {r['outcome']:<10}"
            say(f"    {at}  {r['effect'].split(':')[0]:<9} {_address(r['ref']) if r['ref'] else ''}".rstrip())
    if handoff["brief"]:
        say("  brief:")
        block(handoff["brief"], "    | ")


def _named(source: str) -> str:
    """A record by its address, a handoff as it is called."""
    return _address(source) if source.count("/") == 2 else source


def _address(ref: str) -> str:
    """'HubSpot contact 713…' for hubspot/contacts/713…"""
    name, kind, rid = ref.split("/", 2)
    return f"{system(name)} {kind[:-1] if kind.islower() and kind.endswith('s') else kind} {rid}".rstrip()
