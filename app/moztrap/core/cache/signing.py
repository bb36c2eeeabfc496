"""What is kept in a cache is signed, so that only this site's own values come out of it."""

import hmac
import pickle
import re
from hashlib import sha256
from typing import Any

from django.conf import settings

DIGEST_SIZE = sha256().digest_size
MISS = object()
# What every kind of server counts with.
_COUNTABLE = range(-(2**63), 2**63)
_NUMBER = re.compile(rb"-?[0-9]{1,19}")


class Signer:
    """Seals a value for one key, under SECRET_KEY; opens it under the fallbacks too."""

    def __init__(self) -> None:
        secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
        self._keys = [sha256(b"moztrap.core.cache:" + str(s).encode()).digest() for s in secrets]

    def seal(self, key: str, value: Any) -> bytes | int:
        """What is stored for `value` under `key`."""
        if type(value) is int and value in _COUNTABLE:
            return value
        payload = pickle.dumps(value, pickle.HIGHEST_PROTOCOL)
        return self._digest(self._keys[0], key, payload) + payload

    def open(self, key: str, stored: Any) -> Any:
        """The value; `MISS` for anything that was not sealed for this very key."""
        if type(stored) is int:
            return stored
        if not isinstance(stored, bytes) or len(stored) <= DIGEST_SIZE:
            return MISS
        digest, payload = stored[:DIGEST_SIZE], stored[DIGEST_SIZE:]
        genuine = [
            hmac.compare_digest(digest, self._digest(secret, key, payload)) for secret in self._keys
        ]
        # Signed by this site: as trustworthy as its own memory.
        return pickle.loads(payload) if any(genuine) else MISS  # noqa: S301

    def _digest(self, secret: bytes, key: str, payload: bytes) -> bytes:
        name = key.encode()
        message = len(name).to_bytes(4, "big") + name + payload
        return hmac.new(secret, message, sha256).digest()


def to_bytes(sealed: bytes | int) -> bytes:
    """A sealed value for a store that knows bytes alone."""
    return str(sealed).encode() if isinstance(sealed, int) else sealed


def from_bytes(stored: bytes) -> bytes | int:
    """The reverse of `to_bytes`: a number is shorter than any signature."""
    return int(stored) if _NUMBER.fullmatch(stored) else stored
