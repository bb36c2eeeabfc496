"""The command-line clients of whichever server's package is on this host."""

from __future__ import annotations

import shutil

# Debian's packages of the two exclude each other. MariaDB's brings links named like MySQL's,
# which say on every start that they are old: its own names come first.
_CLIENTS = ("mariadb", "mysql")
_DUMPERS = {"mariadb": "mariadb-dump", "mysql": "mysqldump"}
MISSING = (
    "The program '{program}' is missing on this host: run site.yml, or type there: "
    "apt install mariadb-client (mysql-client with mysql_flavour: mysql)"
)


def client() -> str:
    """What runs statements; the first of the names where there is none."""
    return next((name for name in _CLIENTS if shutil.which(name)), _CLIENTS[0])


def dumper() -> str:
    """What makes dumps."""
    return _DUMPERS[client()]


def is_mysqls() -> bool:
    """Are they MySQL's, which take other options?"""
    return client() == "mysql"


def unit() -> str:
    """The service that they belong to."""
    return client()
