"""Other forms of a request, brought into the ordinary one before it is routed.

[D:dome_update_fields, intro_rest_compression, intro_rest_architecture]; SOAP requests may be compressed, too
(SOAP API guide, "Compression").
"""

from __future__ import annotations

import gzip
import io
import re
import zlib
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qs

_SERVICES = "/services/"
_REST = "/services/data"
_OVERRIDDEN = ("PATCH", "DELETE", "PUT")
# Up to v57.0 a URI may end in the format that is wanted; from v58.0 on that is a 404.
_SUFFIXED = re.compile(r"(/services/data/v(\d+)\.0/.+)\.json")
_LAST_SUFFIXED_VERSION = 57


def normalize(environ: dict[str, Any]) -> None:
    """Compressed body, method override and ``.json`` suffix of a WSGI request, in place."""
    if environ["PATH_INFO"].startswith(_SERVICES):
        _decompress(environ)
    if not environ["PATH_INFO"].startswith(_REST):
        return
    _override_method(environ)
    suffixed = _SUFFIXED.fullmatch(environ["PATH_INFO"])
    if suffixed and int(suffixed[2]) <= _LAST_SUFFIXED_VERSION:
        environ["PATH_INFO"] = suffixed[1]


def prefers_xml(accept: str) -> bool:
    """Does a list of media types, read from left to right, come to XML before JSON?"""
    for offer in accept.lower().split(","):
        kind = offer.partition(";")[0].strip()
        if kind in ("application/xml", "text/xml"):
            return True
        if kind in ("application/json", "application/*", "*/*"):
            return False
    return False


def _override_method(environ: dict[str, Any]) -> None:
    """``POST …?_HttpMethod=PATCH``, for those whose library cannot send PATCH."""
    if environ["REQUEST_METHOD"] == "POST" and "_HttpMethod" in environ.get("QUERY_STRING", ""):
        wanted = parse_qs(environ["QUERY_STRING"]).get("_HttpMethod", [""])[0]
        if wanted in _OVERRIDDEN:
            environ["REQUEST_METHOD"] = wanted


def _decompress(environ: dict[str, Any]) -> None:
    """A body that is not what its header says stays as it is, and is refused by whoever parses it."""
    unpack = _UNPACK.get(environ.get("HTTP_CONTENT_ENCODING", "").strip().lower())
    if unpack is None:
        return
    body = environ["wsgi.input"].read()
    with suppress(OSError, EOFError, zlib.error):
        body = unpack(body)
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))


def _inflate(body: bytes) -> bytes:
    """HTTP's "deflate" is the zlib format (RFC 9110, 8.4.1.2); some clients leave its frame out."""
    try:
        return zlib.decompress(body)
    except zlib.error:
        return zlib.decompress(body, -zlib.MAX_WBITS)


_UNPACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.decompress,
    "x-gzip": gzip.decompress,
    "deflate": _inflate,
}
