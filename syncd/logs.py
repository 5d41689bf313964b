"""Logging: one dict per line, secrets and personal data out of it, in JSON or for a terminal."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

_SECRET_KEY = re.compile(r"token|secret|password|authorization|assertion|private_key|api_key", re.I)
_SECRET_TEXT = re.compile(
    r"pat-[a-z0-9]+-[\w-]{8,}|00D[A-Za-z0-9]{12}(?:[A-Za-z0-9]{3})?![\w.]+|Bearer\s+\S+"
    r"|eyJ[\w-]{8,}\.[\w-]+\.[\w-]*|-----BEGIN [A-Z ]+-----.*?-----END [A-Z ]+-----",
    re.S,
)
_ADDRESS = re.compile(r"[\w.+%-]++(@[\w-]+(?:\.[\w-]+)+)?")
"""A word, and what makes an address of it. Words are taken whole, so that a long text is read once and not from each of its
letters on."""
_DEPTH = 6


def configure(level: str = "info", *, json: bool | None = None) -> None:
    """Log to standard error: JSON lines unless it is a terminal. Vendor and scheduler logs pass the same processors."""
    import structlog

    if json is None:
        json = not sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if json:
        tail: list[Any] = [
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
            ),
            redact,
            structlog.processors.JSONRenderer(),
        ]
    else:
        tail = [
            structlog.processors.format_exc_info,  # as text before redact, which then sees what an exception quotes
            redact,
            structlog.dev.ConsoleRenderer(colors=False),
        ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )  # fmt: skip
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *tail],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("urllib3", "waitress", "werkzeug"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))
    logging.getLogger("apscheduler").setLevel(logging.CRITICAL)  # the daemon listens to it and says it in its own words


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last processor before rendering: secrets by key and by shape, e-mail addresses everywhere."""
    for key in list(event):
        event[key] = "[secret]" if _SECRET_KEY.search(key) and key != "event" else _clean(event[key], _DEPTH)
    return event


def _clean(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        text = _SECRET_TEXT.sub("[secret]", value)
        return _ADDRESS.sub(lambda found: "[e-mail]" if found[1] else found[0], text) if "@" in text else text
    if depth == 0:
        return "…"
    if isinstance(value, Mapping):
        return {
            k: "[secret]" if isinstance(k, str) and _SECRET_KEY.search(k) else _clean(v, depth - 1)
            for k, v in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_clean(v, depth - 1) for v in value]
    return value
