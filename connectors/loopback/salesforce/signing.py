"""The key that the org signs ID tokens with, and its public half as a JSON Web Key (RFC 7517)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm


class Signer:
    """Of one run of the emulator; the key is made when it is first asked for."""

    KEY_ID = "240"

    @cached_property
    def _key(self) -> RSAPrivateKey:
        return generate_private_key(public_exponent=65_537, key_size=2_048)

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A JWT with the algorithm RS256."""
        return jwt.encode(dict(claims), self._key, "RS256", headers={"kid": self.KEY_ID})

    def public_key(self) -> dict[str, str]:
        found = RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"kty": found["kty"], "n": found["n"], "e": found["e"], "alg": "RS256", "use": "sig", "kid": self.KEY_ID}
