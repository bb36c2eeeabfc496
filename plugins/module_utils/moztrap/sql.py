"""Values and names inside SQL text, where a statement cannot bind them."""

from __future__ import annotations

import hashlib
import re


def quote(value: str) -> str:
    """Quote a string for SQL."""
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"


def identifier(name: str) -> str:
    """Quote a name for SQL."""
    return "`" + name.replace("`", "``") + "`"


def grant_scope(database: str) -> str:
    """Name every table of one database as GRANT does, where _ and % match others too."""
    return identifier(re.sub(r"([_%\\])", r"\\\1", database)) + ".*"


def password_hash(password: str) -> str:
    """Hash a password as the server stores it (mysql_native_password)."""
    inner = hashlib.sha1(password.encode(), usedforsecurity=False).digest()
    return "*" + hashlib.sha1(inner, usedforsecurity=False).hexdigest().upper()
