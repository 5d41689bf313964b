"""Control endpoints of the HubSpot emulator, beside the kit's: what people do in the portal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import orjson
from flask import Blueprint, Response, request

from connectors.loopback.hubspot.errors import ApiError, PropertyProblem
from connectors.loopback.hubspot.hands import Hands
from connectors.loopback.kit.json_body import loads


def sandbox(hands: Hands) -> Blueprint:
    """``POST /_sandbox/<action>``, JSON in and out; a 400 is ``{"error": sentence}``."""
    pages = Blueprint("sandbox_hubspot", __name__, url_prefix="/_sandbox")
    actions: dict[str, Callable[[Mapping[str, Any]], Mapping[str, Any]]] = {
        "merge": hands.merge,
        "archive": hands.archive,
        "restore": hands.restore,
        "owner": hands.owner,
        "stamp": hands.stamp,
        "touch": hands.touch,
        "property": hands.property,
        "pages": hands.pages,
        "validation-rule": hands.validation_rule,
        "stages": hands.stages,
        "token": hands.token,
    }

    def view(action: str) -> Response:
        try:
            return _json(actions[action](_body()))
        except ApiError as error:
            return _json({"error": error.message}, 400)
        except PropertyProblem as problem:
            return _json({"error": problem.message}, 400)
        except KeyError as error:
            return _json({"error": f"The key {error} is missing or unknown."}, 400)
        except (TypeError, ValueError, AttributeError, OverflowError) as error:
            return _json({"error": str(error)}, 400)

    for action in actions:
        pages.add_url_rule(f"/{action}", action, view, methods=["POST"], defaults={"action": action})
    return pages


def _body() -> Mapping[str, Any]:
    body = loads(request.get_data())
    if not isinstance(body, dict):
        raise ValueError("The body must be a JSON object.")
    return body


def _json(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, content_type="application/json")
