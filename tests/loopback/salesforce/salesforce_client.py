"""A small client for the tests: one session id, one base URL, no cleverness."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from connectors.loopback.kit import InProcess
from connectors.loopback.salesforce import DEFAULT_TOKEN, SalesforceEmulator

HOST = "http://acme.my.salesforce.test"


class RewriteAdapter(HTTPAdapter):
    """Variant A of section 1.6: plain http to the loopback whatever the client believes."""

    def __init__(self, target: str) -> None:
        self._target = urlsplit(target)
        super().__init__()

    def send(self, request: Any, *args: Any, **kw: Any) -> requests.Response:
        url = urlsplit(request.url)
        request.url = urlunsplit((self._target.scheme, self._target.netloc, url.path, url.query, url.fragment))
        return super().send(request, *args, **kw)


class Api:
    """Requests to the emulator in process; ``token`` None sends no Authorization."""

    def __init__(
        self,
        emulator: SalesforceEmulator,
        token: str | None = DEFAULT_TOKEN,
        version: str = "65.0",
        host: str = HOST,
    ) -> None:
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.mount("http://", InProcess(emulator.app))
        self.session.mount("https://", InProcess(emulator.app))
        if token is not None:
            self.session.headers["Authorization"] = f"Bearer {token}"
        self.host = host
        self.base = f"/services/data/v{version}"

    def send(self, method: str, path: str, json: Any = None, **kw: Any) -> requests.Response:
        """``path`` below the versioned base, or absolute when it starts with /services or /_."""
        absolute = path.startswith(("/services", "/_", "/id"))
        url = self.host + (path if absolute else self.base + path)
        if json is not None:
            kw["json"] = json
        return self.session.request(method, url, **kw)

    def get(self, path: str, **kw: Any) -> requests.Response:
        return self.send("GET", path, **kw)

    def post(self, path: str, json: Any = None, **kw: Any) -> requests.Response:
        return self.send("POST", path, json, **kw)

    def patch(self, path: str, json: Any = None, **kw: Any) -> requests.Response:
        return self.send("PATCH", path, json, **kw)

    def delete(self, path: str, **kw: Any) -> requests.Response:
        return self.send("DELETE", path, **kw)

    def query(self, soql: str, **kw: Any) -> dict[str, Any]:
        response = self.get("/query", params={"q": soql}, **kw)
        assert response.status_code == 200, response.text
        body: dict[str, Any] = response.json()
        return body

    def rows(self, soql: str) -> list[dict[str, Any]]:
        """The records of a query without their attributes."""
        records = self.query(soql)["records"]
        return [{k: v for k, v in row.items() if k != "attributes"} for row in records]

    def query_error(self, soql: str) -> tuple[str, str]:
        """(errorCode, message) of a refused query."""
        response = self.get("/query", params={"q": soql})
        assert response.status_code == 400, response.text
        error = response.json()[0]
        return error["errorCode"], error["message"]

    def create(self, sobject: str, **fields: Any) -> str:
        response = self.post(f"/sobjects/{sobject}", fields)
        assert response.status_code == 201, response.text
        record_id: str = response.json()["id"]
        return record_id

    def lead(self, **fields: Any) -> str:
        return self.create("Lead", **{"LastName": "Meyer", "Company": "Acme", **fields})

    def control(self, action: str, **body: Any) -> dict[str, Any]:
        response = self.post(f"/_sandbox/{action}", body)
        assert response.status_code == 200, response.text
        answer: dict[str, Any] = response.json()
        return answer
