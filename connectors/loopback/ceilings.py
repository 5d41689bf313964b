"""Numbers of the emulators that are no setting: what the services limit, and what only a process that must answer does.

:func:`table` is the list in docs/sandbox.md. Sources: the fact sheets (HubSpot §, Salesforce "sheet"), the vendors'
guides; UNCONFIRMED: there is a limit and nobody here knows where; "ours": the service has none that we know of.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module

UNCONFIRMED, OURS = "unconfirmed", "ours"


@dataclass(frozen=True)
class Ceiling:
    """``module`` below connectors.loopback, and the constant there."""

    module: str
    name: str
    what: str
    source: str

    @property
    def value(self) -> int:
        found: int = getattr(import_module(f"connectors.loopback.{self.module}"), self.name)
        return found


_SOQL = "SOQL and SOSL reference"
_GRAPH = "sheet 5 (graph limits)"
CEILINGS = (
    Ceiling("kit.json_body", "MOST_LEVELS", "levels of a JSON body", UNCONFIRMED),
    Ceiling("kit.pattern_syntax", "MOST_LEVELS", "groups inside each other in a pattern", OURS),
    Ceiling("kit.pattern_syntax", "MOST_REPEATS", "times that a pattern repeats something", OURS),
    Ceiling("kit.patterns", "MOST_STATES", "states of a pattern", OURS),
    Ceiling("kit.patterns", "MOST_STEPS", "steps of a match, then “Regex too complicated”", "Apex developer guide"),
    Ceiling("kit.server", "_MOST_CONNECTIONS", "open connections to one emulator", OURS),
    Ceiling("scenario.tables", "MOST_CONTACTS", "contacts of a world", OURS),
    Ceiling("scenario.tables", "MOST_DAYS", "days of a world’s past", OURS),
    Ceiling("scenario.tables", "_LONGEST", "seconds of a duration", OURS),
    Ceiling("hubspot.association_limits", "STANDARD", "records linked to one, where no limit is set", "recorded"),
    Ceiling("hubspot.definitions", "_MAX_UNIQUE", "unique properties of an object type", "§2.2"),
    Ceiling("hubspot.lists.members", "MAX_PAGE", "members of a list on a page", UNCONFIRMED),
    Ceiling("hubspot.merging", "_MAX_MERGES", "merges of one record", "§2.2"),
    Ceiling("hubspot.routes.association_limits", "_MAX_INPUTS", "inputs of a batch of association limits", UNCONFIRMED),
    Ceiling("hubspot.routes.associations_v3", "_MAX_INPUTS", "inputs of an association batch, v3", "§2.2"),
    Ceiling("hubspot.routes.associations_v4", "_MAX_PAGE", "associations on a page", UNCONFIRMED),
    Ceiling("hubspot.routes.associations_v4", "_MAX_READ", "inputs of an association read", "§2.2"),
    Ceiling("hubspot.routes.associations_v4", "_MAX_CREATE", "inputs of an association create", "§2.2"),
    Ceiling("hubspot.routes.associations_v4", "_MAX_ARCHIVE_FROM", "records of an association archive", "§2.2"),
    Ceiling("hubspot.routes.batch", "MAX_INPUTS", "inputs of an object batch", "§2.2"),
    Ceiling("hubspot.routes.email_events", "_MAX_PAGE", "e-mail events on a page", UNCONFIRMED),
    Ceiling("hubspot.routes.events", "_MAX_PAGE", "event occurrences on a page", UNCONFIRMED),
    Ceiling("hubspot.routes.forms", "_MAX_PAGE", "form submissions on a page", "§2.2"),
    Ceiling("hubspot.routes.list_memberships", "_MAX_INPUTS", "inputs of a batch of memberships", UNCONFIRMED),
    Ceiling("hubspot.routes.objects", "_MAX_PAGE", "records on a page", "§2.2"),
    Ceiling("hubspot.routes.objects", "_MAX_PAGE_WITH_HISTORY", "records on a page, with history", "§2.2"),
    Ceiling("hubspot.routes.owners", "_MAX_PAGE", "owners on a page", UNCONFIRMED),
    Ceiling("hubspot.routes.properties", "_MAX_INPUTS", "inputs of a property batch", UNCONFIRMED),
    Ceiling("hubspot.search.query", "MAX_PAGE", "results of a search on a page", "§2.2"),
    Ceiling("hubspot.search.query", "MAX_RESULTS", "results of a search", "§2.2"),
    Ceiling("hubspot.search.query", "_MAX_TEXT", "characters of a search’s query", "§2.2"),
    Ceiling("hubspot.shapes", "_MAX_ID", "the largest id (a Java long)", OURS),
    Ceiling("hubspot.values", "_MAX_TEXT", "characters of a text", "§2.2"),
    Ceiling("hubspot.webhooks.mischief", "MOST_EVENTS", "events of a webhook request", "§11.2"),
    Ceiling("salesforce.bulk.columns", "MOST_COLUMNS", "columns of a bulk upload", "sheet 8.1"),
    Ceiling("salesforce.bulk.columns", "_MOST_CELL", "characters of a cell of a bulk upload", "sheet 8.1"),
    Ceiling("salesforce.bulk.ingest", "_MOST_RECORD", "characters of a record of a bulk upload", "sheet 8.1"),
    Ceiling("salesforce.custom_fields", "_LONGEST_TEXT", "characters of a text field", "Metadata API guide"),
    Ceiling("salesforce.formula", "_MAX_DEPTH", "expressions inside each other in a formula", UNCONFIRMED),
    Ceiling("salesforce.rest.actions", "MOST_LEADS", "leads of one assignment action", UNCONFIRMED),
    Ceiling(
        "salesforce.rest.bulk_ingest", "_MOST_MULTIPART", "characters of CSV that come with a job", "Bulk API guide"
    ),
    Ceiling("salesforce.rest.collections", "MAX_CHUNKS", "changes of object type in a collection", "sheet 4"),
    Ceiling("salesforce.rest.collections", "MAX_READ", "records of a collection that is read", "sheet 4"),
    Ceiling("salesforce.rest.collections", "MAX_RECORDS", "records of a collection that is written", "sheet 4"),
    Ceiling("salesforce.rest.composite", "MAX_BULKY", "queries and collections of a composite request", "sheet 5"),
    Ceiling("salesforce.rest.composite", "MAX_DEPTH", "depth of a graph", _GRAPH),
    Ceiling("salesforce.rest.composite", "MAX_FAILED_GRAPHS", "graphs that may fail", _GRAPH),
    Ceiling("salesforce.rest.composite", "MAX_GRAPHS", "graphs of a request", _GRAPH),
    Ceiling("salesforce.rest.composite", "MAX_NODES", "nodes of a request", _GRAPH),
    Ceiling("salesforce.rest.composite", "MAX_NODE_KINDS", "kinds of nodes of a graph", _GRAPH),
    Ceiling("salesforce.rest.composite", "MAX_SUBREQUESTS", "subrequests of a composite or batch request", "sheet 5"),
    Ceiling("salesforce.rest.recent", "MOST", "recent items", "REST API guide"),
    Ceiling("salesforce.rest.relationships", "_MOST_LEVELS", "parents in the URL of a relationship", "REST API guide"),
    Ceiling("salesforce.rest.shapes", "_LARGEST_INT", "the largest number of metadata (a Java int)", OURS),
    Ceiling("salesforce.rest.tree", "MAX_LEVELS", "levels of a tree", UNCONFIRMED),
    Ceiling("salesforce.rest.tree", "MAX_RECORDS", "records of a tree request", UNCONFIRMED),
    Ceiling("salesforce.rest.tree", "MAX_TYPES", "object types of a tree", UNCONFIRMED),
    Ceiling("salesforce.soql.field_groups", "MAX_ROWS", "rows of a query with FIELDS()", _SOQL),
    Ceiling("salesforce.soql.lexer", "MAX_STRING", "characters of a string in SOQL", _SOQL),
    Ceiling("salesforce.soql.parser", "MAX_OFFSET", "rows of an OFFSET in SOQL", _SOQL),
    Ceiling("salesforce.soql.parser", "MAX_STATEMENT", "characters of a SOQL statement", _SOQL),
    Ceiling("salesforce.soql.parser", "MAX_SUBTOTAL_FIELDS", "fields of ROLLUP and CUBE", _SOQL),
    Ceiling("salesforce.soql.records", "MAX_CHILD_RELATIONSHIPS", "inner queries of children", _SOQL),
    Ceiling("salesforce.soql.records", "MAX_LEVELS", "levels of queries of children, from v58", _SOQL),
    Ceiling("salesforce.soql.records", "_MAX_LEVELS_BEFORE_58", "levels of queries of children, before v58", _SOQL),
    Ceiling("salesforce.soql.scope", "MAX_LEVELS", "parents of a field in SOQL", _SOQL),
    Ceiling("salesforce.soql.scope", "MAX_PARENTS", "relationships to parents of a query", _SOQL),
    Ceiling("salesforce.soql.semijoins", "MAX_SEMI_JOINS", "semi-joins of a query", _SOQL),
    Ceiling("salesforce.soql.stream", "_MAX_DEPTH", "parentheses inside each other in SOQL", UNCONFIRMED),
    Ceiling("salesforce.soql.stream", "_MAX_FUNCTIONS", "functions inside each other in SOQL", _SOQL),
    Ceiling("salesforce.sosl.expression", "_MAX_DEPTH", "parentheses inside each other in SOSL", UNCONFIRMED),
    Ceiling("salesforce.sosl.parser", "MAX_OFFSET", "rows of an OFFSET in SOSL", _SOQL),
    Ceiling("salesforce.sosl.parser", "MAX_ROWS", "rows of a search", _SOQL),
)


def table() -> str:
    """In Markdown, a row for each."""
    lines = ["| what | most | source |", "|---|---|---|"]
    lines += [f"| {entry.what} | {entry.value:,} | {entry.source} |" for entry in CEILINGS]
    return "\n".join(lines)
