"""Where MariaDB and MySQL differ in how accounts and settings are asked for and said."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

from ansible.module_utils.moztrap import caching_sha2
from ansible.module_utils.moztrap.sql import password_hash, quote

_MARIADB_LIMITS = (
    "REQUIRE NONE WITH MAX_USER_CONNECTIONS 0 MAX_CONNECTIONS_PER_HOUR 0 "
    "MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 ACCOUNT UNLOCK"
)
_MYSQL_LIMITS = (
    "REQUIRE NONE WITH MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 "
    "MAX_CONNECTIONS_PER_HOUR 0 MAX_USER_CONNECTIONS 0 "
    "PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK PASSWORD HISTORY DEFAULT "
    "PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT"
)
# An account of MySQL that is bound by nothing, as SHOW CREATE USER ends.
_MYSQL_UNBOUND = (
    "REQUIRE NONE PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK PASSWORD HISTORY DEFAULT "
    "PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT"
)
_MYSQL_IDENTITY = re.compile(
    r"WITH '(?P<plugin>\w+)'(?: AS (?:0x(?P<hex>[0-9A-F]*)|'(?P<text>[^']*)'))? (?P<rest>.+)"
)
# MySQL tells of no setting whether it can be changed while the server runs. (The last three can,
# but are heeded only when the certificate is read again.)
_MYSQL_READ_ONLY = (
    *("bind_address", "log_bin", "performance_schema", "port", "skip_name_resolve"),
    *("ssl_ca", "ssl_cert", "ssl_key"),
)


class Dialect(Protocol):
    """What both kinds of server are asked for."""

    name: str
    # Every account: its name and where it comes from. Roles log in nowhere.
    accounts: str
    # What lets an account read the text of routines that are not its own: scope, privilege.
    reads_routines: tuple[str, str]
    # What ALL PRIVILEGES stands for in a database, where nothing else needs to be told by it.
    everything: frozenset[str]
    # Statements before each dump or look at sizes.
    fresh_sizes: str

    def create_user(self, account: str, password: str) -> str:
        """Make an account; nothing says its password."""
        ...

    def identity(self, account: str) -> str:
        """Ask how an account is identified."""
        ...

    def is_identified(self, shown: str, password: str) -> bool:
        """Does the answer tell of this password, and of an account that nothing else binds?"""
        ...

    def identify(self, account: str, password: str) -> str:
        """Give an account its password, and take away what binds it."""
        ...

    def comes_by_socket(self, shown: str) -> bool:
        """Does the answer tell of an account that comes in by the local socket alone?"""
        ...

    def bind_to_socket(self, account: str) -> list[str]:
        """Let an account in by the local socket alone."""
        ...

    def settings(self, names: Iterable[str]) -> str:
        """Ask for system variables: name, value, and whether only a restart changes it."""
        ...


def _kept(found: re.Match[str]) -> bytes:
    """What the server keeps of a password: in hexadecimal, or as it is where that can be read."""
    return bytes.fromhex(found["hex"]) if found["hex"] else (found["text"] or "").encode()


def _properties(shown: str) -> str:
    """What SHOW CREATE USER says behind the account's name."""
    return shown.partition(" IDENTIFIED ")[2]


class MariaDB:
    """Passwords as mysql_native_password keeps them."""

    name = "MariaDB"
    accounts = (
        "SELECT User, Host FROM mysql.global_priv "
        "WHERE COALESCE(JSON_VALUE(Priv, '$.is_role'), 'false') NOT IN ('true', '1');"
    )
    reads_routines = ("`mysql`.`proc`", "SELECT")
    everything: frozenset[str] = frozenset()
    fresh_sizes = ""

    def create_user(self, account: str, password: str) -> str:
        """Make an account; nothing says its password."""
        return f"CREATE USER {account} IDENTIFIED BY PASSWORD {quote(password_hash(password))};"

    def identity(self, account: str) -> str:
        """Ask how an account is identified."""
        return f"SHOW CREATE USER {account};"

    def is_identified(self, shown: str, password: str) -> bool:
        """Does the answer tell of this password, and of an account that nothing else binds?"""
        return _properties(shown) == f"BY PASSWORD {quote(password_hash(password))}"

    def identify(self, account: str, password: str) -> str:
        """Give an account its password, and take away what binds it."""
        hashed = quote(password_hash(password))
        return f"ALTER USER {account} IDENTIFIED BY PASSWORD {hashed} {_MARIADB_LIMITS};"

    def comes_by_socket(self, shown: str) -> bool:
        """Does the answer tell of an account that comes in by the local socket alone?"""
        return _properties(shown) == "VIA unix_socket"

    def bind_to_socket(self, account: str) -> list[str]:
        """Let an account in by the local socket alone."""
        return [f"ALTER USER {account} IDENTIFIED VIA unix_socket;"]

    def settings(self, names: Iterable[str]) -> str:
        """Ask for system variables: name, value, and whether only a restart changes it."""
        listed = ", ".join(quote(name) for name in sorted(names))
        return (
            "SELECT LOWER(variable_name), global_value, read_only "  # noqa: S608
            f"FROM information_schema.system_variables WHERE variable_name IN ({listed});"
        )


class MySQL:
    """Passwords as caching_sha2_password keeps them: the other plugin is gone since 9.0."""

    name = "MySQL"
    accounts = "SELECT User, Host FROM mysql.user;"
    reads_routines = ("*.*", "SHOW_ROUTINE")
    # It says so even if each of them was granted by its name.
    everything = frozenset(
        {
            *("ALTER", "ALTER ROUTINE", "CREATE", "CREATE ROUTINE", "CREATE TEMPORARY TABLES"),
            *("CREATE VIEW", "DELETE", "DROP", "EVENT", "EXECUTE", "INDEX", "INSERT"),
            *("LOCK TABLES", "REFERENCES", "SELECT", "SHOW VIEW", "TRIGGER", "UPDATE"),
        }
    )
    # It tells sizes of a day ago otherwise.
    fresh_sizes = "SET SESSION information_schema_stats_expiry = 0;\n"

    def create_user(self, account: str, password: str) -> str:
        """Make an account; nothing says its password."""
        return f"CREATE USER {account} {self._identified(password)};"

    def identity(self, account: str) -> str:
        """Ask how an account is identified, with what cannot be printed in hexadecimal."""
        return f"SET SESSION print_identified_with_as_hex = ON; SHOW CREATE USER {account};"

    def is_identified(self, shown: str, password: str) -> bool:
        """Does the answer tell of this password, and of an account that nothing else binds?"""
        found = _MYSQL_IDENTITY.fullmatch(_properties(shown))
        return (
            found is not None
            and found["plugin"] == "caching_sha2_password"
            and found["rest"] == _MYSQL_UNBOUND
            and caching_sha2.fits(password, _kept(found))
        )

    def identify(self, account: str, password: str) -> str:
        """Give an account its password, and take away what binds it."""
        return f"ALTER USER {account} {self._identified(password)} {_MYSQL_LIMITS};"

    def comes_by_socket(self, shown: str) -> bool:
        """Does the answer tell of an account that comes in by the local socket alone?"""
        found = _MYSQL_IDENTITY.fullmatch(_properties(shown))
        return (
            found is not None
            and found["plugin"] == "auth_socket"
            and not (found["hex"] or found["text"])
            and found["rest"] == _MYSQL_UNBOUND
        )

    def bind_to_socket(self, account: str) -> list[str]:
        """Let an account in by the local socket alone."""
        return [f"ALTER USER {account} IDENTIFIED WITH 'auth_socket' {_MYSQL_LIMITS};"]

    def settings(self, names: Iterable[str]) -> str:
        """Ask for system variables: name, value, and whether only a restart changes it."""
        listed = ", ".join(quote(name) for name in sorted(names))
        fixed = ", ".join(quote(name) for name in sorted(_MYSQL_READ_ONLY))
        return (
            "SELECT LOWER(variable_name), variable_value, "  # noqa: S608
            f"IF(LOWER(variable_name) IN ({fixed}), 'YES', 'NO') "
            f"FROM performance_schema.global_variables WHERE variable_name IN ({listed});"
        )

    def _identified(self, password: str) -> str:
        stored = caching_sha2.new(password).hex().upper()
        return f"IDENTIFIED WITH 'caching_sha2_password' AS 0x{stored}"


def of(version: str) -> Dialect:
    """The dialect of a server, by what it calls itself."""
    return MariaDB() if "mariadb" in version.lower() else MySQL()
