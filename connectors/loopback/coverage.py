"""What the two emulators answer, read from their routes, and what they limit: ``python -m connectors.loopback.coverage``.

Prints a Markdown table per system, and one of limits; ``--write FILE`` puts the tables between the marks in a file.
"""

from __future__ import annotations

import argparse
import logging
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import Client

from connectors.loopback import ceilings
from connectors.loopback.hubspot import HubSpotEmulator
from connectors.loopback.hubspot.routes.paths import DATES
from connectors.loopback.kit import Clock
from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator
from connectors.loopback.salesforce.rest.metadata import RESOURCES

BEGIN, END = "<!-- coverage: begin -->", "<!-- coverage: end -->"
COMMAND = "make docs"

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_DATED = re.compile("|".join(f"/{date}" for date in DATES))
_VERSION = re.compile(r"/v\d+(?=/)")
_SECTIONS = re.compile(r"§+\s?[\d.]+(?:\s?[-–,]\s?[\d.]+)*|(?<=\[)sheets? [\d., -]+(?=\])")
_VARIABLE = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")
# What stands for a variable of a route when it is tried; "1" for the others.
_TRIED = {
    "object_type": "contacts",
    "from_type": "contacts",
    "to_type": "companies",
    "name": "Lead",
    "version": "62.0",
}


@dataclass
class _Endpoint:
    """One path with the spellings that HubSpot also takes for it."""

    methods: set[str] = field(default_factory=set)
    emulated: bool = True
    dated: bool = False


def tables() -> str:
    """The tables, each under its heading."""
    clock = Clock(ticking=False)
    hubspot, salesforce = HubSpotEmulator(clock=clock), SalesforceEmulator(clock=clock)
    try:
        parts = [
            "#### HubSpot",
            _table(hubspot.app.flask_app, next(iter(hubspot.settings.tokens))),
            "#### Salesforce",
            _table(salesforce.app.flask_app, DEFAULT_TOKEN),
            _elsewhere(salesforce.app.flask_app),
            "#### Limits that are no setting",
            ceilings.table(),
        ]
    finally:
        hubspot.close()
        salesforce.close()
    return "\n\n".join(parts)


def _table(app: Flask, token: str) -> str:
    families: dict[str, dict[str, _Endpoint]] = defaultdict(lambda: defaultdict(_Endpoint))
    client = Client(app.wsgi_app)
    for rule in app.url_map.iter_rules():
        if rule.rule.startswith("/_sandbox"):
            continue
        endpoint = families[app.view_functions[rule.endpoint].__module__][_path(rule)]
        endpoint.dated |= bool(_DATED.search(rule.rule))
        for method in sorted(set(_METHODS) & (rule.methods or set())):
            endpoint.methods.add(method)
            endpoint.emulated &= not _refused(client, rule, method, token)
    lines = ["| family | endpoint | methods | answer | fact sheet |", "|---|---|---|---|---|"]
    for module in sorted(families):
        lines += _family(module, families[module])
    return "\n".join(lines)


def _family(module: str, endpoints: dict[str, _Endpoint]) -> Iterator[str]:
    said = (sys.modules[module].__doc__ or "").partition("\n\n")[0].replace("\n", " ")
    sections = ", ".join(dict.fromkeys(_SECTIONS.findall(said))) or "–"
    told = module.rpartition(".")[2].replace("_", " ")
    for path, endpoint in sorted(endpoints.items()):
        methods = " ".join(method for method in _METHODS if method in endpoint.methods)
        shown = path.replace("<", "{").replace(">", "}")
        spelling = f"`{shown}`" + (" †" if endpoint.dated else "")
        yield f"| {told} | {spelling} | {methods} | {'emulated' if endpoint.emulated else '501'} | {sections} |"
        told = ""


def _path(rule: Rule) -> str:
    """The rule as documentation writes it; a dated spelling as its undated one where there is one."""
    path = re.sub(r"<[^:<>]+:", "<", rule.rule).replace("/v<version>", "/v{version}")
    if not _DATED.search(path):
        return path
    undated = _DATED.sub("", path)
    known = {_VERSION.sub("", other.rule): other.rule for other in rule.map.iter_rules() if _VERSION.search(other.rule)}
    return re.sub(r"<[^:<>]+:", "<", known.get(undated, _DATED.sub("/{date}", rule.rule)))


def _refused(client: Client, rule: Rule, method: str, token: str) -> bool:
    """Does the route say that it is not emulated?"""
    path = _VARIABLE.sub(lambda match: _TRIED.get(match[1], "1"), rule.rule)
    answer = client.open(path, method=method, headers={"Authorization": f"Bearer {token}"}, json={})
    return answer.status_code == 501


def _elsewhere(app: Flask) -> str:
    """Families of resources that Salesforce lists and no route is for."""
    routed = {rule.rule.split("/")[4] for rule in app.url_map.iter_rules() if rule.rule.count("/") > 3}
    names = ", ".join(f"`{name}`" for name in sorted(set(RESOURCES) - routed))
    return f"501 below `/services/data/v{{version}}`: {names}."


def block(text: str) -> str:
    """What stands between the marks of a document; ValueError when it has none."""
    if text.count(BEGIN) != 1 or text.count(END) != 1:
        raise ValueError(f"The document needs {BEGIN} and {END}, once each.")
    return text.partition(BEGIN)[2].partition(END)[0].strip()


def written(text: str) -> str:
    """The document with fresh tables between its marks."""
    before, _, rest = text.partition(BEGIN)
    block(text)
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{rest.partition(END)[2]}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m connectors.loopback.coverage", description=__doc__)
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables into this document")
    path = parser.parse_args().write
    # The emulators log what they do not emulate, and that is what they are asked for here.
    logging.disable(logging.WARNING)
    if path is None:
        sys.stdout.write(f"{tables()}\n")
    else:
        path.write_text(written(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
