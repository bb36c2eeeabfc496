"""What can be wrong with a file on the controller that says whom to trust."""

from __future__ import annotations

from pathlib import Path

BEGIN = "-----BEGIN CERTIFICATE-----"


def what_is_wrong(path: str) -> str:
    """Why nobody could be trusted by this file, in words behind the variable's name, or nothing."""
    file = Path(path).expanduser()
    if not file.is_absolute():
        return f"names {path}, which is not a whole path"
    if not file.is_file():
        return f"names {path}, which is no file on this machine"
    try:
        text = file.read_text(encoding="ascii", errors="replace")
    except OSError as error:
        return f"names {path}, which cannot be read: {error.strerror}"
    return "" if BEGIN in text else f"names {path}, which holds no certificate in PEM"
