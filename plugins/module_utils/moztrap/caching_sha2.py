"""Passwords as MySQL keeps them for caching_sha2_password.

`$A$`, the thousands of rounds as three hexadecimal digits, `$`, 20 characters of salt, and
what SHA-256 crypt makes of the password: https://www.akkadia.org/drepper/SHA-crypt.txt
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
import string

_STORED = re.compile(rb"\$A\$([0-9A-F]{3})\$(.{20})(.{43})", re.DOTALL)
_DIGITS = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_SALT = string.ascii_letters + string.digits
_SALT_LENGTH = 20
# What MySQL 9 does by itself.
_THOUSANDS = 10


def new(password: str) -> bytes:
    """Make what a server keeps of a password, with a salt of its own."""
    salt = "".join(secrets.choice(_SALT) for _ in range(_SALT_LENGTH)).encode()
    return b"$A$%03X$" % _THOUSANDS + salt + _crypt(password.encode(), salt, _THOUSANDS * 1000)


def fits(password: str, stored: bytes) -> bool:
    """Tell whether that is what a server would keep of this password."""
    found = _STORED.fullmatch(stored)
    if not found:
        return False
    made = _crypt(password.encode(), found[2], int(found[1], 16) * 1000)
    return hmac.compare_digest(made, found[3])


def _crypt(password: bytes, salt: bytes, rounds: int) -> bytes:
    size = len(password)
    inner = hashlib.sha256(password + salt + password).digest()
    start = hashlib.sha256(password + salt + _repeated(inner, size))
    left = size
    while left:
        start.update(inner if left & 1 else password)
        left >>= 1
    digest = start.digest()
    secret = _repeated(hashlib.sha256(password * size).digest(), size)
    spice = _repeated(hashlib.sha256(salt * (16 + digest[0])).digest(), len(salt))
    for number in range(rounds):
        odd = number & 1
        text = secret if odd else digest
        if number % 3:
            text += spice
        if number % 7:
            text += secret
        digest = hashlib.sha256(text + (digest if odd else secret)).digest()
    return _encoded(digest)


def _repeated(text: bytes, size: int) -> bytes:
    return (text * (size // len(text) + 1))[:size]


def _encoded(digest: bytes) -> bytes:
    """Three bytes become four digits, in an order of its own."""
    a, b, c = 0, 10, 20
    out = bytearray()
    for _ in range(10):
        out += _digits(digest[a] << 16 | digest[b] << 8 | digest[c], 4)
        a, b, c = c + 1, a + 1, b + 1
    return bytes(out + _digits(digest[31] << 8 | digest[30], 3))


def _digits(value: int, count: int) -> bytes:
    return bytes(_DIGITS[value >> 6 * place & 0x3F] for place in range(count))
