"""Errors, named by what happens next.

SyncdError
├── ConfigError     the command stops before anything is read or written; every problem at once, each with file and line
├── LedgerError     the sync stops; the ledger is in use, damaged, or newer than this program
└── RemoteError     something about one remote system
    ├── Retryable     the server surely did not act (429, refused connection, failed safe read): again after `after` seconds
    ├── Unclear       a write without a clear answer (timeout, reset, 5xx): never repeated blindly, settled by the next sync
    ├── Unauthorized  credentials or scopes: this system sits the sync out
    ├── Unavailable   this system cannot be used now, or answers what it should not: it sits the sync out
    └── Rejected      this record only: a receipt and a Problem with its fix

A message never carries a token, a header, or a remote body: those may hold secrets or personal data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class SyncdError(Exception):
    """Base of all; `str()` is a sentence that may be shown and logged."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing wrong with a configuration file: what, where, and what would be right."""

    sentence: str
    file: str = ""
    line: int = 0
    fix: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.line else f"{self.file}: " if self.file else ""
        return f"{where}{self.sentence}" + (f" {self.fix}" if self.fix else "")


class ConfigError(SyncdError):
    """All complaints of one configuration, in file order."""

    def __init__(self, complaints: Sequence[Complaint]) -> None:
        self.complaints = tuple(complaints)
        super().__init__("\n".join(str(c) for c in self.complaints))


class LedgerError(SyncdError):
    """The ledger cannot be used: `sentence` says why, `fix` is the command to type next."""

    def __init__(self, sentence: str, fix: str = "") -> None:
        self.sentence, self.fix = sentence, fix
        super().__init__(f"{sentence} {fix}".strip())


class RemoteError(SyncdError):
    """`system` is the connector's name; `fix` what a human could do about it."""

    def __init__(self, system: str, sentence: str, *, fix: str = "") -> None:
        self.system, self.sentence, self.fix = system, sentence, fix
        super().__init__(f"{system}: {sentence}" + (f" {fix}" if fix else ""))


class Retryable(RemoteError):
    """Nothing happened on the server. `after` is seconds from now; long waits go to the ledger."""

    def __init__(self, system: str, sentence: str, *, after: float = 0.0, fix: str = "") -> None:
        self.after = after
        super().__init__(system, sentence, fix=fix)


class Unclear(RemoteError):
    """A write may or may not have landed."""


class Unauthorized(RemoteError):
    """The credentials or the granted scopes do not allow it; `fix` names the scope or permission."""


class Unavailable(RemoteError):
    """The system is down, blocked, out of API budget, or speaks another protocol than expected."""


class Rejected(RemoteError):
    """One record was refused for what it is. `code` is the vendor's code, `field` the remote field if named."""

    def __init__(self, system: str, sentence: str, *, code: str = "", field: str = "", fix: str = "") -> None:
        self.code, self.field = code, field
        super().__init__(system, sentence, fix=fix)
