"""What can be wrong with a file on the controller that says whom to trust."""

from __future__ import annotations

import ssl
from pathlib import Path

# OpenSSL knows more kinds, which hosts would not find.
CERTIFICATE = b"-----BEGIN CERTIFICATE-----"


def what_is_wrong(path: str) -> str:
    """Why nobody could be trusted by this file, in words behind the variable's name, or nothing."""
    try:
        file = Path(path).expanduser()
    except RuntimeError as error:
        return f"names {path}: {error}"
    if not file.is_absolute():
        return f"names {path}, which is not a whole path"
    try:
        if not file.is_file():
            return f"names {path}, which is no file on this machine"
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
        is_plain = CERTIFICATE in file.read_bytes()
    except ssl.SSLError:
        is_plain = False
    except OSError as error:
        return f"names {path}, which cannot be read: {error.strerror}"
    return "" if is_plain else f"names {path}, which holds no certificate in PEM"
