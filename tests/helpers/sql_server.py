"""A database server that is only its answers, and what the roles want of it."""

from typing import Any

SCOPE = r"`moz\_trap`.*"


def wanted(password: str) -> dict[str, Any]:
    """Parameters of the module `moztrap_mysql`: one account, and three settings."""
    return {
        "database": "moz_trap",
        "collation": "utf8mb4_unicode_520_ci",
        "accounts": [
            {
                "name": "moztrap",
                "password": password,
                "hosts": ["localhost"],
                "privileges": ["SELECT", "INSERT"],
                "reads_routines": False,
            },
        ],
        "settings": {"sql_mode": "A,B", "bind_address": "127.0.0.1", "max_connections": 200},
    }


class Server:
    """Answers by what a statement is about."""

    def __init__(self, answers: dict[str, list[list[str]]]) -> None:
        self.answers = answers

    def query(self, statement: str) -> list[list[str]]:
        """The rows of the first answer whose subject the statement names."""
        return next(rows for about, rows in self.answers.items() if about in statement)
