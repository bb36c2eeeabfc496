"""What has to hold of a database server that is not ours, before a site can use it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ansible.module_utils.moztrap.mysql_client import (
    ACCESS_DENIED,
    Address,
    Connection,
    InsecureError,
    ServerError,
    UnsupportedError,
)
from ansible.module_utils.moztrap.sql import identifier, quote

STRICT_MODES = ("STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "TRADITIONAL")
EVERYTHING = "ALL PRIVILEGES"
# The oldest of each that this version is for: see docs/operators/choices-database.md.
OLDEST = {"MariaDB": (10, 6), "MySQL": (8, 0)}


@dataclass(frozen=True)
class Account:
    """An account, what it must be allowed in the database, and whether more is too much."""

    name: str
    password: str
    privileges: Sequence[str]
    exactly: bool = False


@dataclass(frozen=True)
class Finding:
    """What is wrong, and the statement or the setting that puts it right.

    `kind` is `unreachable`, `insecure`, `account`, `grants`, `server` or `unknown`: the
    last one could not be looked at, and is no problem by itself.
    """

    kind: str
    what: str
    fix: str = ""
    account: str = ""


def examine(
    address: Address, database: str, collation: str, accounts: Sequence[Account]
) -> list[Finding]:
    """Everything that is wrong; each account by itself, the server with the first of them."""
    found: list[Finding] = []
    for number, account in enumerate(accounts):
        try:
            with Connection(address, account.name, account.password) as connection:
                found += _grants(connection, database, account)
                if number == 0:
                    found += _server(connection, database, collation)
        except ServerError as error:
            kind = "account" if error.code in ACCESS_DENIED else "server"
            found.append(Finding(kind, str(error), account=account.name))
        except InsecureError as error:
            return [*found, Finding("insecure", str(error))]
        except UnsupportedError as error:
            found.append(Finding("unknown", str(error), account=account.name))
        except OSError as error:
            return [*found, Finding("unreachable", str(error) or type(error).__name__)]
    return found


def _grants(connection: Connection, database: str, account: Account) -> Iterator[Finding]:
    held = {
        row[0].upper()
        for row in connection.query(
            "SELECT privilege_type FROM information_schema.user_privileges UNION "  # noqa: S608
            "SELECT privilege_type FROM information_schema.schema_privileges "
            f"WHERE {quote(database)} LIKE table_schema"
        )
    } - {"USAGE"}
    missing = [name for name in account.privileges if name not in held]
    if missing:
        yield Finding(
            "grants",
            f"lacks {', '.join(missing)} on {database}",
            f"GRANT {', '.join(missing)} ON {identifier(database)}.* TO {quote(account.name)}@'%';",
            account.name,
        )
    surplus = sorted(held - set(account.privileges)) if account.exactly else []
    if surplus:
        yield Finding(
            "grants",
            f"may do more than read and write rows: {', '.join(surplus)}",
            f"REVOKE {', '.join(surplus)} ON {identifier(database)}.* FROM "
            f"{quote(account.name)}@'%';",
            account.name,
        )


def version_needed(version: str) -> str:
    """What a server of this version would have to be at least; nothing if it is new enough."""
    flavour = "MariaDB" if "mariadb" in version.lower() else "MySQL"
    numbers = re.match(r"(\d+)\.(\d+)", version)
    oldest = OLDEST[flavour]
    if numbers is None or (int(numbers[1]), int(numbers[2])) >= oldest:
        return ""
    return f"{flavour} {'.'.join(map(str, oldest))}"


def _server(connection: Connection, database: str, collation: str) -> Iterator[Finding]:
    version = connection.query("SELECT VERSION()")[0][0]
    needed = version_needed(version)
    if needed:
        yield Finding(
            "server",
            f"is {version}, older than {needed}, the oldest that the application works with",
            f"Upgrade it to {needed} or newer.",
        )
    rows = connection.query(
        "SELECT default_collation_name FROM information_schema.schemata "  # noqa: S608
        f"WHERE schema_name = {quote(database)}"
    )
    options = f"CHARACTER SET {collation.partition('_')[0]} COLLATE {collation}"
    if not rows:
        yield Finding(
            "server",
            f"has no database {database}, or the account may not see it",
            f"CREATE DATABASE {identifier(database)} {options};",
        )
    elif rows[0][0] != collation:
        yield Finding(
            "server",
            f"makes tables of {database} with {rows[0][0]}",
            f"ALTER DATABASE {identifier(database)} {options};",
        )
    engines = {row[0].upper(): row[1].upper() for row in connection.query("SHOW ENGINES")}
    if engines.get("INNODB") not in ("YES", "DEFAULT"):
        yield Finding("server", "has no InnoDB", "Use a server that has it.")
    mode = connection.query("SELECT @@GLOBAL.sql_mode")[0][0].upper().split(",")
    if not set(mode) & set(STRICT_MODES):
        yield Finding(
            "server",
            f"accepts data that it cannot keep, and changes it: its sql_mode is {','.join(mode)}",
            "Add STRICT_TRANS_TABLES to sql_mode in the server's configuration.",
        )
