"""syncd test: policy tests, for an admin's desk and for CI."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from syncd.cli.common import command_line, load, options
from syncd.cli.show import emit, printable, say
from syncd.core.text import plural

if TYPE_CHECKING:
    from syncd.core.policy import Result

DEFAULT = "tests.toml"


@click.command("test")
@click.argument("file", type=click.Path(path_type=Path), default=DEFAULT)
@click.option("--init", is_flag=True, help="Write first tests, which pass, from the configuration in force.")
@click.option("--junit", type=click.Path(path_type=Path), help="Also write the results to this file, for CI.")
@options
def command(config: Path, as_json: bool, file: Path, init: bool, junit: Path | None) -> int:
    """Run the policy tests of FILE: leads that are made up, and what the rules in force make of them.

    Talks to no system and needs no secret. Exit code 1 when a test fails.
    """
    from syncd.config.policy import load_tests
    from syncd.core.policy import run

    settings = load(config, secrets=False)
    if init:
        return _init(settings.path, settings.rules, file, config, as_json=as_json)
    verdicts = [run(test, settings.rules) for test in load_tests(file, settings.rules)]
    if junit is not None:
        junit.write_text(_junit(verdicts, file), encoding="utf-8")
    failed = sum(bool(verdict.failures) for verdict in verdicts)
    if as_json:
        emit({
            "rules": settings.rules.version, "file": str(file), "tests": len(verdicts), "failed": failed,
            "results": [_result(verdict) for verdict in verdicts],
        })  # fmt: skip
    else:
        for verdict in verdicts:
            _tell(verdict, file)
        passed = f"{plural(len(verdicts), 'test')}, all passed" if not failed else f"{failed} of {len(verdicts)} failed"
        say(f"{passed} (rules {settings.rules.version}).")
    return 1 if failed else 0


def _init(source: Path, rules: Any, file: Path, config: Path, *, as_json: bool) -> int:
    from syncd.config.policy import text_of_tests
    from syncd.core.starter import starter

    tests = starter(rules)
    try:
        with file.open("x", encoding="utf-8") as out:
            out.write(text_of_tests(tests, config=source.name, file=file.name))
    except FileExistsError:
        raise click.UsageError(f"{file} exists already. Name another file: syncd test FILE --init") from None
    if as_json:
        emit({"file": str(file), "tests": len(tests)})
    else:
        say(f"Wrote {plural(len(tests), 'test')} to {file}. Run them: {command_line(config, f'test {file}')}")
    return 0


def _tell(verdict: Result, file: Path) -> None:
    if not verdict.failures:
        say(f"ok    {verdict.test.name}")
        return
    say(f"FAIL  {verdict.test.name} ({file}:{verdict.test.line})")
    for failure in verdict.failures:
        say(f"      {failure.what}: expected {failure.expected}, got {failure.got}")
    say("      why:")
    for reason in verdict.why:
        say(f"        {reason}")


def _result(verdict: Result) -> dict[str, Any]:
    return {
        "name": verdict.test.name,
        "line": verdict.test.line,
        "passed": not verdict.failures,
        "failures": [{"what": f.what, "expected": f.expected, "got": f.got} for f in verdict.failures],
        "why": list(verdict.why),
    }


# ---------------------------------------------------------------- JUnit
def _junit(verdicts: list[Result], file: Path) -> str:
    """The results as JUnit XML, which CI systems read."""
    from xml.etree import ElementTree

    failed = sum(bool(verdict.failures) for verdict in verdicts)
    suite = ElementTree.Element("testsuite", name="syncd", tests=str(len(verdicts)), failures=str(failed))
    for verdict in verdicts:
        name = printable(verdict.test.name)
        case = ElementTree.SubElement(
            suite, "testcase", classname=file.stem, name=name, file=str(file), line=str(verdict.test.line)
        )
        if verdict.failures:
            said = [f"{f.what}: expected {f.expected}, got {f.got}" for f in verdict.failures]
            element = ElementTree.SubElement(case, "failure", message=printable("; ".join(said)))
            element.text = "\n".join(printable(line) for line in (*said, "why:", *verdict.why))
    root = ElementTree.Element("testsuites")
    root.append(suite)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"
