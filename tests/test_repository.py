"""The repository itself: nothing of anybody's machine in it, every module says what it is, documents keep their word."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from syncd.ledger.store import Store

ROOT = Path(__file__).parents[1]

LONG: dict[str, str] = {}
"""Modules of more than 400 lines that are better in one piece, and why."""

MACHINE_PATH = re.compile(r"(?<![\w.:/])/(?:work|home|root|Users)/[\w.-]+")
PACKAGE_HOST = re.compile(
    r"--(?:extra-)?index-url|--find-links|files\.pythonhosted|pypi\.org/simple|registry\s*=\s*\"http"
)
REFUSED = {"machine path": MACHINE_PATH, "package host": PACKAGE_HOST}

DOCUMENTS = (
    "README.md", "LICENSE", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "Makefile", "config.example.toml",
    "docs/architecture.md", "docs/performance.md", "docs/ledger.md",
)  # fmt: skip


def tracked(*patterns: str) -> list[Path]:
    """Files that git knows or would add; outside a clone (an unpacked archive) there is nothing to look at."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *patterns]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a git clone")
    return [path for name in listed.stdout.split("\0") if name and (path := ROOT / name).is_file()]


def refusals(text: str) -> list[str]:
    """What of a text must not be in the repository."""
    return [name for name, pattern in REFUSED.items() if pattern.search(text)]


def test_no_file_names_a_machine_or_a_package_host() -> None:
    mine = Path(__file__)
    found = {}
    for path in tracked():
        text = path.read_text(encoding="utf-8", errors="replace")
        if path != mine and (bad := refusals(text)):
            found[str(path.relative_to(ROOT))] = bad
    assert found == {}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cd /home/ada/syncd", "machine path"),
        ("open('/work/main/x.py')", "machine path"),
        ("pip install --index-url https://example.com/simple", "package host"),
        ("--extra-index-url x", "package host"),
    ],
)
def test_what_must_not_be_there_is_found(text: str, name: str) -> None:
    assert refusals(text) == [name]


@pytest.mark.parametrize(
    "text", ["/services/data/v65.0/sobjects/Lead/", "https://x.example/home/a/", "~/syncd/", "/var/lib/syncd/"]
)
def test_other_paths_are_left_alone(text: str) -> None:
    assert refusals(text) == []


def test_the_lock_has_hashes_and_only_packages() -> None:
    lines = (ROOT / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if re.match(r"[a-z0-9][a-z0-9._-]*==", line)]
    others = [
        line for line in lines if line not in pins and not re.match(r"\s+(--hash=sha256:[0-9a-f]{64}( \\)?$|# )", line)
    ]
    assert len(pins) > 40
    assert others == []
    assert all(line.endswith("\\") for line in pins)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_document_exists_and_says_something(name: str) -> None:
    assert (ROOT / name).stat().st_size > 200


def test_every_module_says_what_it_is() -> None:
    """An `__init__` that only makes a folder a package may be empty."""
    silent = []
    for path in tracked("*.py"):
        text = path.read_text(encoding="utf-8")
        if text.strip() and not ast.get_docstring(ast.parse(text)):
            silent.append(str(path.relative_to(ROOT)))
    assert silent == []


def test_modules_stay_small() -> None:
    """Beyond 400 lines a module becomes a folder."""
    lines = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in tracked("syncd/*.py", "connectors/*.py", "bench/*.py")
    }
    assert {name for name, count in lines.items() if count > 400} == set(LONG)


def test_relative_links_of_the_documents_lead_somewhere() -> None:
    broken = []
    for path in tracked("*.md"):
        for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", path.read_text(encoding="utf-8")):
            if not (path.parent / target).exists():
                broken.append((path.name, target))
    assert broken == []


# ---------------------------------------------------------------- docs/ledger.md
def views() -> dict[str, list[str]]:
    with Store.memory() as store:
        names = [row[0] for row in store.rows("SELECT name FROM sqlite_schema WHERE type = 'view'")]
        return {name: [row[0] for row in store.rows("SELECT name FROM pragma_table_info(?)", name)] for name in names}


def sections() -> dict[str, str]:
    """The sections of docs/ledger.md that are about a view, by its name."""
    text = (ROOT / "docs/ledger.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^### `(v_\w+)`[^\n]*\n(.*?)(?=^##|\Z)", text, re.M | re.S))


def test_every_view_is_documented_and_every_documented_view_exists() -> None:
    assert set(sections()) == set(views())


def test_every_column_of_a_view_is_documented() -> None:
    for name, columns in views().items():
        documented = re.findall(r"^\| `(\w+)`", sections()[name], re.M)
        assert documented == columns, name


def test_the_example_queries_of_the_documents_run() -> None:
    queries = re.findall(r"```sql\n(.*?)```", (ROOT / "docs/ledger.md").read_text(encoding="utf-8"), re.S)
    assert len(queries) >= 4
    with Store.memory() as store:
        for query in queries:
            store.rows(query)


def test_every_table_is_documented() -> None:
    text = (ROOT / "docs/ledger.md").read_text(encoding="utf-8")
    with Store.memory() as store:
        tables = [row[0] for row in store.rows("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    missing = [t for t in tables if not t.startswith(("sqlite_", "_")) and f"`{t}`" not in text]
    assert missing == []
