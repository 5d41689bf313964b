"""Secrets: named in the configuration by where they come from, read when they are needed, shown never."""

from __future__ import annotations

import os
import re
import stat
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from syncd.core.errors import Complaint, ConfigError

COMMAND_SECONDS = 30.0
LARGEST = 65_536

_TOKENS = re.compile(
    r"pat-[a-z]{2}\d?-[\w-]{8,}|pat-[\w-]{20,}"  # HubSpot private app, service key
    r"|00D[A-Za-z0-9]{9,15}!\S+"  # Salesforce session
    r"|eyJ[\w-]{8,}\.[\w-]+"  # JSON Web Token
    r"|-----BEGIN [A-Z ]*PRIVATE KEY"
)
ENV_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\Z")
_OPAQUE = re.compile(r"(?=(?:[^0-9]*[0-9]){4})(?=(?:[^A-Za-z]*[A-Za-z]){4})[A-Za-z0-9+/=_\-.]{24,}")


def is_token(text: str) -> bool:
    """Whether the text holds what surely is a credential."""
    return _TOKENS.search(text) is not None


def looks_secret(text: str) -> bool:
    """Whether the text is a credential or one long opaque word: never to be printed."""
    return is_token(text) or _OPAQUE.fullmatch(text) is not None


def is_pasted(text: str) -> bool:
    """Whether a secret stands where the name of a variable, a file or a program is expected."""
    return is_token(text) or ("/" not in text and "_" not in text and looks_secret(text))


class Secret:
    """Where a secret comes from: an environment variable, a file of mode 0600, or the output of a command.

    `kind` is "env", "file" or "command"; `base` the folder that a relative file is relative to. Not a dataclass, and
    neither copied nor pickled: whoever dumps a configuration must not dump the environment with it.
    """

    __slots__ = ("_base", "_environ", "kind", "name")

    def __init__(
        self,
        kind: str,
        name: str | tuple[str, ...],
        base: Path = Path(),
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.kind, self.name = kind, name
        self._base, self._environ = base, environ or {}

    def __repr__(self) -> str:
        name = self.name if isinstance(self.name, str) else self.name[0]
        return f"Secret({self.kind} {name})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        return (self.kind, self.name, self._base) == (other.kind, other.name, other._base)

    def __hash__(self) -> int:
        return hash((self.kind, self.name, self._base))

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret cannot be pickled")

    def reveal(self) -> str:
        """The value as it is now; a rotated secret is seen at once. Raises ConfigError, which never shows it."""
        match self.kind:
            case "env":
                value = self._from_environment()
            case "file":
                value = self._from_file()
            case _:
                value = self._from_command()
        value = value.strip("\r\n \t")
        if not value:
            raise _unusable(f"{self._what} is empty.")
        if not value.startswith("-----BEGIN") and not value.isprintable():
            raise _unusable(
                f"{self._what} holds more than one line or control characters.",
                "It must hold the secret and nothing else.",
            )
        return value

    @property
    def _what(self) -> str:
        match self.kind:
            case "env":
                return f"the environment variable {self.name}"
            case "file":
                return f"the secret file {self.name}"
            case _:
                return f"the output of the secret command `{self.name[0]}`"

    def _from_environment(self) -> str:
        name = str(self.name)
        if name not in self._environ:
            raise _unusable(
                f"the environment variable {name} is not set.",
                f"Set it (export {name}=…), or name another source.",
            )
        return self._environ[name]

    def _from_file(self) -> str:
        try:
            path = self._base / Path(str(self.name)).expanduser()
            # Not blocking: a pipe in this place must be refused, not waited for.
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            raise _unusable(
                f"{self._what} does not exist.",
                f"Create it: (umask 077; cat > {self.name}).",
            ) from None
        except OSError as error:
            why = os.strerror(error.errno) if error.errno else "bad name"
            raise _unusable(f"{self._what} cannot be read: {why}.") from None
        except (RuntimeError, ValueError):  # "~nobody", a NUL in the name
            raise _unusable(f"{self._what} has a name that no file can have.") from None
        try:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise _unusable(f"{self._what} is not a regular file.")
            if status.st_mode & 0o077:
                raise _unusable(
                    f"{self._what} can be read by others (mode {stat.S_IMODE(status.st_mode):04o}).",
                    f"Run: chmod 600 {self.name}",
                )
            raw = os.read(handle, LARGEST + 1)
        finally:
            os.close(handle)
        if len(raw) > LARGEST:
            raise _unusable(f"{self._what} is larger than {LARGEST:,} bytes.")
        return self._text(raw)

    def _from_command(self) -> str:
        try:
            done = subprocess.run(  # a list, never a shell
                list(self.name),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=COMMAND_SECONDS,
                cwd=self._base,
                env=dict(self._environ),
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise _unusable(f"the secret command `{self.name[0]}` gave no answer in {COMMAND_SECONDS:.0f} s.") from None
        except (OSError, ValueError) as error:
            why = os.strerror(error.errno) if isinstance(error, OSError) and error.errno else "bad"
            raise _unusable(f"the secret command `{self.name[0]}` cannot be run: {why}.") from None
        if done.returncode:
            raise _unusable(
                f"the secret command `{self.name[0]}` failed (exit status {done.returncode}).",
                "Run it yourself to see why.",
            )
        return self._text(done.stdout)

    def _text(self, raw: bytes) -> str:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError:
            raise _unusable(f"{self._what} is not UTF-8 text.") from None


def _unusable(sentence: str, fix: str = "") -> ConfigError:
    return ConfigError([Complaint(sentence, fix=fix)])
