"""Codes of the OAuth device flow: asked for by an app, entered by a user, redeemed by the app."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

INTERVAL_SECONDS = 5
_LIFETIME = timedelta(minutes=10)
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


@dataclass
class DeviceCode:
    """``user_id`` is None until somebody has entered the user code and allowed it."""

    device_code: str
    user_code: str
    client_id: str
    asked: datetime
    polled: datetime | None = None
    user_id: str | None = None
    denied: bool = False


class NotYet(Exception):
    """Why a code gives no session: ``error`` and ``description`` are the token endpoint's."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(error)
        self.error = error
        self.description = description


class DeviceCodes:
    def __init__(self, org_id: str) -> None:
        self._org_id = org_id
        self._codes: dict[str, DeviceCode] = {}
        self._issued = 0

    def issue(self, client_id: str, now: datetime) -> DeviceCode:
        self._issued += 1
        digest = hashlib.sha256(f"{self._org_id}:{client_id}:{self._issued}".encode())
        letters = "".join(_LETTERS[byte % len(_LETTERS)] for byte in digest.digest()[:8])
        code = DeviceCode(digest.hexdigest(), letters, client_id, now)
        self._codes[code.device_code] = code
        return code

    def decide(self, user_code: str, user_id: str | None) -> None:
        """What the user does in the browser; None denies. Raises ValueError for an unknown code."""
        code = next((code for code in self._codes.values() if code.user_code == user_code), None)
        if code is None:
            raise ValueError(f'There is no user code "{user_code}".')
        code.user_id, code.denied = user_id, user_id is None

    def redeem(self, device_code: str, client_id: str, now: datetime) -> str:
        """The user who has allowed it, once. Raises NotYet."""
        code = self._codes.get(device_code)
        if code is None or code.client_id != client_id or now - code.asked >= _LIFETIME:
            raise NotYet("invalid_grant", "invalid device code")
        too_soon = code.polled is not None and (now - code.polled).total_seconds() < INTERVAL_SECONDS
        code.polled = now
        if code.denied:
            raise NotYet("access_denied", "end-user denied authorization")
        if code.user_id is None:
            raise NotYet(*(_SLOW_DOWN if too_soon else _PENDING))
        del self._codes[device_code]
        return code.user_id


_PENDING = ("authorization_pending", "User has not yet responded to user_code.")
_SLOW_DOWN = ("slow_down", "Polling too quickly.")
