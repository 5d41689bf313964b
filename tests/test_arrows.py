"""Which part of syncd may import what, where SQL may stand, and what core must not touch (docs/architecture.md)."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("syncd", "connectors", "bench", "tests")


SHELL = ("syncd.cli", "syncd.daemon", "syncd.demo", "syncd.logs", "syncd.planning", "syncd.wiring")


@dataclass(frozen=True)
class Arrow:
    """What the modules of `part` may import: of the project `ours`, of other packages `others` (None: any)."""

    part: str
    ours: tuple[str, ...]
    others: tuple[str, ...] | None = None


ARROWS = (
    Arrow("syncd.core", ("syncd.core",), ()),
    Arrow("syncd.ledger", ("syncd.ledger", "syncd.core"), ("orjson", "sqlite_utils")),
    Arrow("syncd.sync", ("syncd.sync", "syncd.core", "syncd.ledger", "connectors.base"), ()),
    Arrow(
        "syncd.config", ("syncd.config", "syncd.core", "connectors.base"), ("pydantic", "pydantic_core", "tomlkit", "holidays")
    ),
    Arrow("syncd.alerts", ("syncd.alerts", "syncd.core", "syncd.ledger", "syncd.config.settings"), ("requests",)),
    Arrow("connectors.loopback", ("connectors.loopback",)),
    Arrow("connectors.memory", ("connectors.memory", "connectors.base", "syncd.core"), ()),
    Arrow("connectors.transport", ("connectors.transport", "syncd.core")),
    Arrow("connectors.hubspot", ("connectors.hubspot", "connectors.base", "connectors.transport", "syncd.core")),
    Arrow("connectors.product", ("connectors.product", "connectors.base", "syncd.core"), ("psycopg",)),
    Arrow("connectors.salesforce", ("connectors.salesforce", "connectors.base", "connectors.transport", "syncd.core")),
    Arrow("connectors.base", ("syncd.core",), ()),
)

SQL = re.compile(r"\s*(?:SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|PRAGMA|WITH)\s|\s*(?:BEGIN|COMMIT|VACUUM)\b")
IMPURE = {"time", "random", "os", "secrets", "uuid", "socket", "subprocess", "sqlite3", "threading", "logging"}
CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
INPUT_OUTPUT = {"open", "print", "input"}


# ---------------------------------------------------------------- the checkers
def inside(name: str, package: str) -> bool:
    return name == package or name.startswith(package + ".")


def imports(module: str, tree: ast.AST, *, package: bool = False) -> Iterator[str]:
    """The full name of everything that a module imports anywhere in it; `package` when it is an `__init__`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = module.split(".")[: -node.level + package or None] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from (f"{base}.{alias.name}" for alias in node.names)


def crossed(arrow: Arrow, names: Iterable[str]) -> list[str]:
    """The imports that the arrow does not allow."""

    def allowed(name: str) -> bool:
        top = name.partition(".")[0]
        if top in OURS:
            return any(inside(name, package) for package in arrow.ours)
        return top in sys.stdlib_module_names or arrow.others is None or top in arrow.others

    return [name for name in names if not allowed(name)]


def statements(tree: ast.AST) -> list[str]:
    """Texts that begin like an SQL statement."""
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return [text for text in texts if SQL.match(text)]


def impurities(tree: ast.AST) -> list[str]:
    """Clocks, chance, environment, input and output: imports and calls."""
    found = [name for name in imports("", tree) if name.partition(".")[0] in IMPURE]
    for node in ast.walk(tree):
        match node:
            case ast.Attribute(value=ast.Name(id=owner) | ast.Attribute(attr=owner), attr=attr) if (
                owner,
                attr,
            ) in CLOCKS:
                found.append(f"{owner}.{attr}")
            case ast.Call(func=ast.Name(id=name)) if name in INPUT_OUTPUT:
                found.append(name)
    return found


# ---------------------------------------------------------------- the project
def modules(part: str) -> list[Path]:
    path = ROOT / part.replace(".", "/")
    found = sorted(path.rglob("*.py")) if path.is_dir() else [path.with_suffix(".py")]
    assert found
    return found


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported_by(path: Path) -> Iterator[str]:
    return imports(name_of(path), parsed(path), package=path.name == "__init__.py")


@pytest.mark.parametrize("arrow", ARROWS, ids=lambda arrow: arrow.part)
def test_a_part_imports_only_what_its_arrow_allows(arrow: Arrow) -> None:
    found = {name_of(path): bad for path in modules(arrow.part) if (bad := crossed(arrow, imported_by(path)))}
    assert found == {}


def test_every_module_below_the_shell_has_an_arrow() -> None:
    found = {
        name_of(path)
        for folder in (ROOT / "connectors", ROOT / "syncd")
        for path in (*folder.glob("[!_]*.py"), *folder.glob("*/__init__.py"))
    }
    assert found - set(SHELL) == {arrow.part for arrow in ARROWS}


@pytest.mark.parametrize("part", ["syncd.core", "syncd.sync", "syncd.ledger", "syncd.config", "connectors"])
def test_nothing_below_the_shell_imports_it(part: str) -> None:
    assert [
        (name_of(path), name)
        for path in modules(part)
        for name in imported_by(path)
        if any(inside(name, package) for package in SHELL)
    ] == []


def test_only_the_ledger_speaks_sql() -> None:
    """SOQL in a connector is Salesforce's language, and the emulators have databases of their own."""
    for path in modules("syncd"):
        if not inside(name_of(path), "syncd.ledger"):
            assert statements(parsed(path)) == [], name_of(path)


def test_core_has_no_clock_no_chance_no_environment() -> None:
    assert {name_of(path): found for path in modules("syncd.core") if (found := impurities(parsed(path)))} == {}


# ---------------------------------------------------------------- the checkers can fail
@pytest.mark.parametrize(
    ("part", "line"),
    [
        ("syncd.core", "import requests"),
        ("syncd.core", "from syncd.ledger import journal"),
        ("syncd.core", "def late():\n    from connectors.base import Connector"),
        ("syncd.core", "from ..ledger import store"),
        ("syncd.ledger", "from syncd.sync import round"),
        ("syncd.ledger", "import connectors.base"),
        ("syncd.ledger", "import requests"),
        ("syncd.sync", "from syncd.cli import app"),
        ("syncd.sync", "from syncd import demo"),
        ("syncd.sync", "from connectors.hubspot import HubSpotConnector"),
        ("syncd.config", "from syncd.ledger.store import Store"),
        ("connectors.loopback", "from syncd.core.types import Ref"),
        ("connectors.loopback", "from connectors.base import Page"),
        ("connectors.loopback", "import tests.connectors.maps"),
        ("connectors.hubspot", "from syncd.ledger.codec import to_json"),
        ("connectors.hubspot", "from connectors.loopback.kit import Clock"),
        ("connectors.salesforce", "from connectors.hubspot.values import plain"),
        ("connectors.transport", "from syncd.sync.systems import Share"),
        ("connectors.memory", "import flask"),
        ("connectors.base", "from connectors.transport import Call"),
    ],
)
def test_a_forbidden_import_is_found(part: str, line: str) -> None:
    arrow = next(arrow for arrow in ARROWS if arrow.part == part)
    assert len(crossed(arrow, imports(f"{part}.module", ast.parse(line)))) == 1


@pytest.mark.parametrize(
    ("module", "package", "line", "name"),
    [
        ("syncd.core.merge", False, "from . import types", "syncd.core.types"),
        ("syncd.core.merge", False, "from .types import Ref", "syncd.core.types.Ref"),
        ("syncd.core.brief", True, "from . import page", "syncd.core.brief.page"),
        ("syncd.core.brief", True, "from ..types import Ref", "syncd.core.types.Ref"),
        ("syncd.core.merge", False, "from syncd import cli", "syncd.cli"),
    ],
)
def test_relative_imports_are_understood(module: str, package: bool, line: str, name: str) -> None:
    assert list(imports(module, ast.parse(line), package=package)) == [name]


@pytest.mark.parametrize(
    "line",
    ["'SELECT 1'", "f'UPDATE {table} SET x = 1'", "run('PRAGMA x')", "'''\n INSERT INTO t'''", "run('COMMIT')"],
)
def test_sql_is_found(line: str) -> None:
    assert len(statements(ast.parse(line))) == 1


def test_words_are_not_sql() -> None:
    assert statements(ast.parse("['select', 'Update the record', 'CREATED', 'BEGINNING', 'WITH']")) == []


@pytest.mark.parametrize(
    "line",
    [
        "import time", "import random", "from os import environ", "datetime.now(UTC)", "datetime.datetime.now()",
        "date.today()", "f = datetime.now", "open('x')", "print('x')",
    ],
)  # fmt: skip
def test_what_core_must_not_touch_is_found(line: str) -> None:
    assert len(impurities(ast.parse(line))) == 1
