"""JSON over HTTP to one system, as any app of it would."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import requests

T = TypeVar("T")


class Failed(Exception):
    """An answer that is none: a refusal, a fault, a broken connection. The round goes on later."""


class Http:
    """``bearer`` gives the token for each request; ``renew`` a new one after a 401, if any."""

    def __init__(
        self,
        session: requests.Session,
        url: str,
        bearer: Callable[[], str],
        renew: Callable[[], object] | None = None,
    ) -> None:
        self._session = session
        self._url = url
        self._bearer = bearer
        self._renew = renew

    def call(self, method: str, path: str, **body: Any) -> Any:
        """``body`` may be ``json=…`` or ``params=…``. Raises Failed."""
        answer = self._send(method, path, body)
        if answer.status_code == 401 and self._renew is not None:
            self._renew()
            answer = self._send(method, path, body)
        if not answer.ok:
            raise Failed(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
        try:
            return answer.json() if answer.content else None
        except ValueError as error:
            raise Failed(f"{method} {path}: {error}") from error

    def _send(self, method: str, path: str, body: dict[str, Any]) -> requests.Response:
        headers = {"Authorization": f"Bearer {self._bearer()}"}
        try:
            return self._session.request(method, self._url + path, headers=headers, **body)
        except requests.RequestException as error:
            raise Failed(f"{method} {path}: {error}") from error


def batches(items: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
