"""Values and names inside SQL text, where a statement cannot bind them."""

from __future__ import annotations

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
