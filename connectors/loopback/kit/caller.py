"""JSON over HTTP to one system, as whoever works with it would: the reps, the native sync."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import requests

PATIENCE = 30
"""Seconds for an answer."""


class Refused(Exception):
    """An answer that is none: a refusal, a fault, a broken connection. Whoever asked tries again later."""


class Caller:
    """``bearer`` gives the token for each request; ``renew`` a new one after a 401, if any."""

    def __init__(
        self,
        session: requests.Session,
        url: str,
        bearer: Callable[[], str] = str,
        renew: Callable[[], object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._session = session
        self._url = url
        self._bearer = bearer
        self._renew = renew
        self._headers = headers or {}

    def call(self, method: str, path: str, *, token: str = "", **body: Any) -> Any:
        """``body`` may be ``json=…`` or ``params=…``; None when there is no content. ``token`` goes instead of the usual
        one. Raises Refused."""
        answer = self._send(method, path, token, body)
        if answer.status_code == 401 and self._renew is not None:
            self._renew()
            answer = self._send(method, path, token, body)
        if not answer.ok:
            raise Refused(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        try:
            return answer.json() if answer.content else None
        except ValueError as error:
            raise Refused(f"{method} {path}: {error}") from error

    def _send(self, method: str, path: str, token: str, body: dict[str, Any]) -> requests.Response:
        bearer = token or self._bearer()
        headers = {**self._headers, **({"Authorization": f"Bearer {bearer}"} if bearer else {})}
        try:
            return self._session.request(method, self._url + path, headers=headers, timeout=PATIENCE, **body)
        except requests.RequestException as error:
            raise Refused(f"{method} {path}: {error}") from error
