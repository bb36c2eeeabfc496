#!/usr/bin/python
"""Keep a database, its accounts and the server's running settings as they shall be."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from ansible.module_utils.basic import AnsibleModule
from ansible.module_utils.moztrap import clients, dialect
from ansible.module_utils.moztrap.dialect import Dialect
from ansible.module_utils.moztrap.sql import grant_scope, identifier, quote

DOCUMENTATION = r"""
module: moztrap_mysql
short_description: Keep a database, its accounts and the server's running settings
description:
  - Speaks to a local MariaDB or MySQL as root over its socket, with the client that comes with it.
    Statements go in over standard input and passwords only as hashes, so nothing secret is
    in an argument list, a log or a history.
  - Makes the database; makes each account for each host with exactly the privileges given;
    removes these accounts for other hosts, anonymous accounts, remote root accounts and an
    empty test database; lets root in by socket alone; repairs running settings.
options:
  database:
    description: The database.
    type: str
    required: true
  collation:
    description: Default collation of the database; its character set comes before the first C(_).
    type: str
    required: true
  accounts:
    description:
      - The accounts, each with its name, password, the hosts it connects from and its
        privileges on the database; C(reads_routines) lets it read the text of stored routines.
    type: list
    elements: dict
    required: true
    suboptions:
      name: {description: Name., type: str, required: true}
      password: {description: Password., type: str, required: true}
      hosts: {description: Where it connects from., type: list, elements: str, required: true}
      privileges: {description: Privileges., type: list, elements: str, required: true}
      reads_routines: {description: Read the text of routines., type: bool, default: false}
  settings:
    description: System variables that must have these values in the running server.
    type: dict
    default: {}
"""

RETURN = r"""
actions: {description: What was (or would be) done., type: list, elements: str, returned: always}
restart_needed: {description: A setting cannot be changed while the server runs., type: bool, returned: always}
"""  # noqa: E501

ADDRESS = re.compile(r"localhost|[0-9.%/]+|[0-9A-Fa-f:.%]*:[0-9A-Fa-f:.%]*")
GRANT = re.compile(r"GRANT (?P<privileges>.+?) ON (?P<scope>(?:PROCEDURE |FUNCTION )?\S+) TO ")
# MySQL says where a role comes from, too, and names several in one line.
ROLE_GRANT = re.compile(r"GRANT (?P<role>(?:(?:`[^`]+`|\w++)(?:@`[^`]*`)?,?)+) TO ")


class DatabaseError(Exception):
    """Something about the server that a person has to put right."""


class Connection(Protocol):
    """What runs statements and returns their rows."""

    def query(self, statement: str) -> list[list[str]]:
        """Run statements; return the rows of their results."""
        ...


@dataclass
class Plan:
    """Statements to run, and what to tell people they do."""

    statements: list[str] = field(default_factory=list)
    actions: list[str] = field(default_factory=list)
    restart_needed: bool = False
    warnings: list[str] = field(default_factory=list)

    def add(self, action: str, *statements: str) -> None:
        """Plan one action."""
        self.actions.append(action)
        self.statements.extend(statements)


@dataclass(frozen=True)
class Account:
    """One account at one host."""

    name: str
    host: str

    def __str__(self) -> str:
        return f"{quote(self.name)}@{quote(self.host)}"

    @property
    def plain(self) -> str:
        """The account as people write it."""
        return f"{self.name}@{self.host}"


def plan_database(connection: Connection, plan: Plan, database: str, collation: str) -> None:
    """Make the database, or give it its collation."""
    charset = collation.partition("_")[0]
    options = f"CHARACTER SET {charset} COLLATE {collation}"
    rows = connection.query(
        "SELECT default_collation_name FROM information_schema.schemata "
        f"WHERE schema_name = {quote(database)};"
    )
    if not rows:
        plan.add(f"make database {database}", f"CREATE DATABASE {identifier(database)} {options};")
    elif rows[0][0] != collation:
        plan.add(
            f"change the collation of {database} from {rows[0][0]} to {collation}",
            f"ALTER DATABASE {identifier(database)} {options};",
        )


def plan_test_database(connection: Connection, plan: Plan) -> None:
    """Remove the test database and everybody's access to such."""
    if connection.query(
        "SELECT schema_name FROM information_schema.schemata WHERE schema_name = 'test';"
    ):
        tables = connection.query(
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'test';"
        )
        if tables[0][0] == "0":
            plan.add("remove the test database", "DROP DATABASE `test`;")
        else:
            plan.warnings.append(
                "The database 'test' has tables in it and was left alone. Drop it, or move them."
            )
    rows = connection.query("SELECT COUNT(*) FROM mysql.db WHERE User = '' OR User = 'PUBLIC';")
    if rows[0][0] != "0":
        plan.add(
            "take away everybody's access to test databases",
            "DELETE FROM mysql.db WHERE User = '' OR User = 'PUBLIC';",
            "FLUSH PRIVILEGES;",
        )


def plan_grants(
    plan: Plan,
    account: Account,
    lines: list[str],
    wanted: Mapping[str, set[str]],
    everything: frozenset[str],
) -> None:
    """Bring an account's grants to exactly `wanted` (scope: privileges), never to less in between.

    What no scope of `wanted` covers is taken away. In a database, ALL PRIVILEGES may stand for
    `everything`.
    """
    present: dict[str, set[str]] = {}
    extra: list[str] = []
    # These last: MySQL 9.7 keeps to a privilege of the newer kind that is taken away behind them.
    passed_on: list[str] = []
    for line in lines:
        match = GRANT.match(line)
        if not match:
            role = ROLE_GRANT.match(line)
            if role:
                extra.append(f"REVOKE {role['role']} FROM {account};")
            continue
        scope = match["scope"]
        # Everybody has USAGE, which is none.
        privileges = {name.strip() for name in match["privileges"].split(",")} - {"USAGE"}
        granting = line.endswith("WITH GRANT OPTION")
        if scope in wanted:
            if privileges == {"ALL PRIVILEGES"} and everything and scope.endswith("`.*"):
                privileges = set(everything)
            surplus = privileges - wanted[scope]
            if "ALL PRIVILEGES" in privileges:
                extra.append(f"REVOKE ALL PRIVILEGES ON {scope} FROM {account};")
                privileges = set()
            elif surplus:
                extra.append(f"REVOKE {', '.join(sorted(surplus))} ON {scope} FROM {account};")
            # MySQL tells of a scope in two lines, the second of its newer privileges.
            present[scope] = present.get(scope, set()) | privileges
        elif privileges:
            # By their names: MySQL takes "all, everywhere" for those in single databases, too.
            by_name = scope == "*.*" and "ALL PRIVILEGES" not in privileges
            names = ", ".join(sorted(privileges)) if by_name else "ALL PRIVILEGES"
            extra.append(f"REVOKE {names} ON {scope} FROM {account};")
        if granting:
            passed_on.append(f"REVOKE GRANT OPTION ON {scope} FROM {account};")
    extra += passed_on
    if extra:
        # Once each: to take away what is gone is an error.
        plan.add(f"take away what {account.plain} must not do", *dict.fromkeys(extra))
    for scope, privileges in wanted.items():
        missing = privileges - present.get(scope, set())
        if missing:
            names = ", ".join(sorted(missing))
            plan.add(
                f"let {account.plain} {names} in {scope.replace('`', '')}",
                f"GRANT {names} ON {scope} TO {account};",
            )


def plan_account(
    connection: Connection,
    speech: Dialect,
    plan: Plan,
    account: Account,
    wanted: dict[str, Any],
    database: str,
    exists: bool,
) -> None:
    """Make or repair one account at one host."""
    lines: list[str] = []
    password = wanted["password"]
    if not exists:
        plan.add(f"make account {account.plain}", speech.create_user(str(account), password))
    else:
        shown = connection.query(speech.identity(str(account)))[0][0]
        if not speech.is_identified(shown, password):
            plan.add(
                f"set the password of {account.plain}", speech.identify(str(account), password)
            )
        lines = [row[0] for row in connection.query(f"SHOW GRANTS FOR {account};")]
    scopes = {grant_scope(database): set(wanted["privileges"])}
    if wanted["reads_routines"]:
        scope, privilege = speech.reads_routines
        scopes[scope] = {privilege}
    plan_grants(plan, account, lines, scopes, speech.everything)


def plan_accounts(
    connection: Connection,
    speech: Dialect,
    plan: Plan,
    accounts: list[dict[str, Any]],
    database: str,
) -> None:
    """Make, repair and remove accounts."""
    rows = connection.query(speech.accounts)
    present = {Account(name, host) for name, host in rows}
    by_name = {account["name"]: account for account in accounts}
    for account in sorted(present, key=str):
        stranger = account.name == ""
        remote_root = account.name == "root" and account.host != "localhost"
        known = by_name.get(account.name)
        left = known is not None and account.host not in known["hosts"]
        if stranger or remote_root or left:
            plan.add(f"remove account {account.plain}", f"DROP USER {account};")
    for wanted in accounts:
        for host in wanted["hosts"]:
            account = Account(wanted["name"], host)
            exists = account in present
            plan_account(connection, speech, plan, account, wanted, database, exists)
    root = Account("root", "localhost")
    if root in present:
        shown = connection.query(speech.identity(str(root)))[0][0]
        if not speech.comes_by_socket(shown):
            plan.add("let root in by the local socket alone", *speech.bind_to_socket(str(root)))


def same_setting(name: str, present: str, wanted: str) -> bool:
    """Compare a system variable with the value wanted."""
    if name == "sql_mode":
        return set(present.upper().split(",")) == set(wanted.upper().split(","))
    return present.lower() == wanted.lower()


def plan_settings(
    connection: Connection, speech: Dialect, plan: Plan, settings: dict[str, str]
) -> None:
    """Set what can be set while the server runs; ask for a restart for the rest."""
    if not settings:
        return
    rows = connection.query(speech.settings(settings))
    unknown = set(settings) - {row[0] for row in rows}
    if unknown:
        raise DatabaseError(
            f"{speech.name} of this host has no setting {', '.join(sorted(unknown))}, so that it "
            "cannot be as it shall be. Use a server that has it: see docs/operators/"
            "choices-database.md."
        )
    for name, present, read_only in rows:
        wanted = str(settings[name])
        if same_setting(name, present, wanted):
            continue
        if read_only == "YES":
            plan.restart_needed = True
            plan.add(f"restart for {name}: {present} becomes {wanted}")
        else:
            value = wanted if wanted.isdigit() or wanted in ("ON", "OFF") else quote(wanted)
            plan.add(f"set {name} from {present} to {wanted}", f"SET GLOBAL {name} = {value};")


def make_plan(connection: Connection, params: dict[str, Any]) -> Plan:
    """Compare the server with what is wanted."""
    for account in params["accounts"]:
        for host in account["hosts"]:
            if not ADDRESS.fullmatch(host):
                raise DatabaseError(
                    f"'{host}', a host of account {account['name']}, is not an address. The server "
                    "looks up no names: set moztrap_address in the host_vars of that host to its "
                    "address."
                )
    plan = Plan()
    speech = dialect.of(connection.query("SELECT VERSION();")[0][0])
    plan_settings(connection, speech, plan, params["settings"])
    plan_database(connection, plan, params["database"], params["collation"])
    plan_test_database(connection, plan)
    plan_accounts(connection, speech, plan, params["accounts"], params["database"])
    return plan


class Client:
    """The command-line client, as root over the local socket."""

    def __init__(self, module: AnsibleModule) -> None:
        self.module = module
        self.program = module.get_bin_path(clients.client())

    def query(self, statement: str) -> list[list[str]]:
        """Run statements; return the rows of their results."""
        if self.program is None:
            raise DatabaseError(clients.MISSING.format(program=clients.client()))
        command = [self.program, "--no-defaults", "--protocol=socket", "--user=root"]
        command += ["--default-character-set=utf8mb4", "--batch", "--raw", "--skip-column-names"]
        code, output, error = self.module.run_command(command, data=statement + "\n")
        if code:
            raise DatabaseError(
                f"The database server said: {error.strip()}. See 'systemctl status "
                f"{clients.unit()}' on this host."
            )
        return [line.split("\t") for line in output.splitlines()]


def main() -> None:
    """Run the module."""
    account = {
        "name": {"type": "str", "required": True},
        "password": {"type": "str", "required": True, "no_log": True},
        "hosts": {"type": "list", "elements": "str", "required": True},
        "privileges": {"type": "list", "elements": "str", "required": True},
        "reads_routines": {"type": "bool", "default": False},
    }
    module = AnsibleModule(
        argument_spec={
            "database": {"type": "str", "required": True},
            "collation": {"type": "str", "required": True},
            "accounts": {
                "type": "list", "elements": "dict", "required": True, "options": account,
            },
            "settings": {"type": "dict", "default": {}},
        },
        supports_check_mode=True,
    )  # fmt: skip
    client = Client(module)
    try:
        plan = make_plan(client, module.params)
        if plan.statements and not module.check_mode:
            client.query("\n".join(plan.statements))
    except DatabaseError as error:
        module.fail_json(msg=str(error))
    for warning in plan.warnings:
        module.warn(warning)
    module.exit_json(
        changed=bool(plan.actions), actions=plan.actions, restart_needed=plan.restart_needed
    )


if __name__ == "__main__":
    main()
