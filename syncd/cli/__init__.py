"""The command line. `main` is the entry point; each command lives in a module of its own and is imported when it is used."""

from __future__ import annotations

from syncd.cli.app import main

__all__ = ["main"]
