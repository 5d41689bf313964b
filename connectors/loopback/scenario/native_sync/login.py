"""A session in Salesforce by client credentials, renewed when it has ended."""

from __future__ import annotations

import requests

from connectors.loopback.kit.caller import PATIENCE, Refused


class Login:
    def __init__(self, session: requests.Session, url: str, client_id: str, client_secret: str) -> None:
        self._session = session
        self._url = f"{url}/services/oauth2/token"
        self._asked = {
            "grant_type": "client_credentials",
            "client_id": client_id,
            "client_secret": client_secret,
        }
        self._token = ""

    def token(self) -> str:
        """Raises Refused when the org does not let it in."""
        if not self._token:
            self.renew()
        return self._token

    def renew(self) -> None:
        try:
            answer = self._session.post(self._url, data=self._asked, timeout=PATIENCE)
            if not answer.ok:
                raise Refused(f"login: {answer.status_code} {answer.text[:300]}")
            self._token = answer.json()["access_token"]
        except (requests.RequestException, ValueError) as error:
            raise Refused(f"login: {error}") from error
