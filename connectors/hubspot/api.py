"""hubspot-api-client over our transport, and the dozen calls that syncd makes.

Only the package's `api_request` is used, with its transport replaced: its generated classes have no dated paths,
no timeouts, a new connection pool on each access, and decode 35 times slower than JSON [hubspot.md 13].
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from hubspot import HubSpot

from connectors.hubspot.paths import Paths
from connectors.hubspot.refusals import SYSTEM, Refused, forbidden, of_response
from connectors.transport import Call, Purpose, Transport, server_time
from syncd.core.errors import Unavailable, Unclear

Json = dict[str, Any]

LIST, SEARCH, BATCH, LINKS, FORM_PAGE = 100, 200, 100, 1000, 50
"""Rows of a list page, a search page, an object batch, an association batch, a page of submissions [2.2]."""


class Client(HubSpot):  # type: ignore[misc]
    """The vendor's client whose requests go through our transport. It never holds the token."""

    def __init__(self, transport: Transport) -> None:
        super().__init__(retry=False)
        self.transport = transport

    def api_request(self, options: Mapping[str, Any]) -> requests.Response:
        """`options`: method, path, qs, body as in the package; `call` says what the request is."""
        return self.transport.request(
            options["method"],
            options["path"],
            options["call"],
            params=options.get("qs"),
            json=options.get("body"),
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """`status` 2xx, the JSON object of the body, and the server's clock."""

    status: int
    body: Json
    now: datetime

    @property
    def results(self) -> list[Json]:
        rows = self.body.get("results")
        if not isinstance(rows, list):
            raise Unavailable(SYSTEM, "An answer has no results.")
        return rows

    @property
    def written(self) -> list[Json]:
        """The results of a write, as far as there are any: what a bad answer leaves out is in doubt, not an error."""
        rows = self.body.get("results")
        return [row for row in rows if isinstance(row, dict) and "id" in row] if isinstance(rows, list) else []

    @property
    def errors(self) -> list[Json]:
        """The entries of a 207: a partial success that must be walked [hubspot.md 5.3]."""
        entries = self.body.get("errors")
        return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []

    @property
    def after(self) -> str:
        """The cursor of the next page; "" on the last one."""
        paging = self.body.get("paging")
        following = paging.get("next") if isinstance(paging, dict) else None
        return str(following["after"]) if isinstance(following, dict) and "after" in following else ""


class Api:
    """One account. All calls raise as `connectors.transport` says; a 403 is `Forbidden`, another 4xx `Refused`."""

    def __init__(self, client: Client, paths: Paths) -> None:
        self._client, self.paths = client, paths

    # ------------------------------------------------------------ objects
    def list(self, kind: str, params: Mapping[str, str], purpose: Purpose = Purpose.PULL) -> Answer:
        return self.get(self.paths.objects(kind), f"GET /crm/objects/{kind}", params, purpose)

    def search(self, kind: str, body: Json, purpose: Purpose = Purpose.PULL) -> Answer:
        call = Call(f"POST /crm/objects/{kind}/search", purpose, safe=True, lane="search")
        return self._do("POST", self.paths.objects(kind, "/search"), call, body=body)

    def batch(
        self,
        kind: str,
        verb: str,
        body: Json,
        purpose: Purpose,
        *,
        archived: bool = False,
    ) -> Answer:
        """verb: read, create, update, upsert. Only `read` may be repeated."""
        call = Call(f"POST /crm/objects/{kind}/batch/{verb}", purpose, safe=verb == "read")
        params = {"archived": "true"} if archived else None
        return self._do("POST", self.paths.objects(kind, f"/batch/{verb}"), call, params, body)

    # ------------------------------------------------------------ associations
    def associated(
        self, source: str, target: str, ids: Sequence[str], purpose: Purpose = Purpose.PULL
    ) -> Iterator[tuple[str, str]]:
        """(source id, target id) pairs of these source records; most of them in ⌈n/1,000⌉ calls."""
        call = Call(f"POST /crm/associations/{source}/{target}/batch/read", purpose, safe=True)
        where = self.paths.associations(source, target, "/batch/read")
        pending: list[Json] = [{"id": rid} for rid in ids]
        while pending:
            inputs, pending = pending[:LINKS], pending[LINKS:]
            answer = self._do("POST", where, call, body={"inputs": inputs})
            try:
                for row in answer.results:
                    here = str(row["from"]["id"])
                    for there in row["to"]:
                        yield here, str(there["toObjectId"])
                    following = (row.get("paging") or {}).get("next") or {}
                    if "after" in following:
                        pending.append({"id": here, "after": str(following["after"])})
            except (KeyError, TypeError, AttributeError):
                raise Unavailable(SYSTEM, "An association has an unexpected shape.") from None

    def associate(self, source: str, target: str, pairs: Sequence[tuple[str, str]], purpose: Purpose) -> Answer:
        """Associate each pair with the default type; doing it again changes nothing."""
        call = Call(f"POST /crm/associations/{source}/{target}/batch/associate/default", purpose)
        where = self.paths.associations(source, target, "/batch/associate/default")
        inputs = [{"from": {"id": here}, "to": {"id": there}} for here, there in pairs]
        return self._do("POST", where, call, body={"inputs": inputs})

    # ------------------------------------------------------------ anything
    def get(self, where: str, label: str, params: Mapping[str, str], purpose: Purpose = Purpose.PULL) -> Answer:
        return self._do("GET", where, Call(label, purpose), params)

    def post(self, where: str, label: str, body: Json, purpose: Purpose) -> Answer:
        """A POST that only reads."""
        return self._do("POST", where, Call(label, purpose, safe=True), body=body)

    def change(
        self, method: str, where: str, label: str, body: Json | Sequence[str], purpose: Purpose = Purpose.CHECK
    ) -> Answer:
        """A change of the account itself: of its properties and lists, not of its records."""
        return self._do(method, where, Call(label, purpose), body=body)

    def _do(
        self,
        method: str,
        where: str,
        call: Call,
        params: Mapping[str, str] | None = None,
        body: Json | Sequence[str] | None = None,
    ) -> Answer:
        options = {"method": method, "path": where, "qs": params, "body": body, "call": call}
        response = self._client.api_request(options)
        if response.status_code == 403:
            raise forbidden(response)
        if response.status_code >= 300:
            raise Refused(call.label, of_response(response))
        transport = self._client.transport
        decoded = transport.decode(response, call) if response.content else {}
        if not isinstance(decoded, dict):
            wrong = Unavailable if method == "GET" or call.safe else Unclear
            raise wrong(SYSTEM, f"{call.label} did not answer with a JSON object.")
        return Answer(response.status_code, decoded, server_time(response) or transport.now())
