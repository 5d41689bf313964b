"""``TYPEOF What WHEN Account THEN Phone ELSE Name END`` (SOQL reference, TYPEOF)."""

from __future__ import annotations

from connectors.loopback.salesforce.schema import SObject
from connectors.loopback.salesforce.soql import errors
from connectors.loopback.salesforce.soql.errors import malformed
from connectors.loopback.salesforce.soql.nodes import Path, Query, Selected, TypeOf
from connectors.loopback.salesforce.soql.scope import Parent, Scope
from connectors.loopback.salesforce.soql.select import Reader
from connectors.loopback.salesforce.soql.shapes import Build, Columns, NameShape, RecordShape


def add(item: TypeOf, scope: Scope, columns: Columns, shape: RecordShape, reader: Reader) -> None:
    """A slot whose fields depend on the object that the relationship points to."""
    parent = scope.parent(item.relationship)
    if not parent.field.namePointing:
        raise malformed(f"TYPEOF cannot be used with the relationship {item.relationship.text}", item.relationship.at)
    branches = _branches(item, parent, reader)
    shapes: list[tuple[int, Build]] = []
    for sobject, alias in parent.targets:
        at = columns.index(f'{alias}."Id"')
        if sobject.name in branches:
            own = scope.below(sobject, alias)
            branch = RecordShape(own, columns, reader.base)
            for path in branches[sobject.name]:
                branch.add(own.column(path))
            shapes.append((at, branch.builder()))
        elif item.otherwise:
            shapes.append((at, _otherwise(item.otherwise, scope, parent, columns, reader)))
    shape.add_slot(
        parent.key,
        lambda row: next((build(row) for at, build in shapes if row[at] is not None), None),
    )


def _branches(item: TypeOf, parent: Parent, reader: Reader) -> dict[str, tuple[Path, ...]]:
    known = {sobject.name.lower(): sobject for sobject, _ in parent.targets}
    branches = {}
    for name, paths in item.branches:
        sobject: SObject | None = known.get(name.lower())
        if sobject is None:
            raise errors.no_such_object(name, item.relationship.at)
        branches[sobject.name] = paths
    return branches


def _otherwise(paths: tuple[Path, ...], scope: Scope, parent: Parent, columns: Columns, reader: Reader) -> Build:
    """ELSE has the fields of the generic Name."""
    shape = NameShape(parent, columns, reader.base)
    for path in paths:
        shape.add(scope.of_name(parent, path))
    return shape.build


def check_not_selected_twice(query: Query) -> None:
    """The relationship of a TYPEOF is no path in the field list."""
    used = {item.relationship.text.lower() for item in query.select if isinstance(item, TypeOf)}
    for item in query.select:
        if isinstance(item, Selected) and isinstance(item.what, Path):
            prefix = ".".join(item.what.names[:-1]).lower()
            if prefix in used:
                raise malformed(f"duplicate field selected: {item.what.names[0]}", item.what.at)
