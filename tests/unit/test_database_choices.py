"""A database server of somebody else's: what the hosts get, and what preflight says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers import certificates, plugins  # noqa: F401  # makes our shared code importable
from tests.helpers.role_templates import MULTI, ROOT, render, value

from ansible.module_utils.moztrap.preflight import database, site  # isort: skip
from ansible.module_utils.moztrap.preflight.inventory import Host, Inventory, Value  # isort: skip

EXTERNAL: dict[str, Any] = {
    "mysql_flavour": "external",
    "moztrap_database_server": "db.your.org",
    "moztrap_database_port": 3307,
    "moztrap_database_ca": "/secure/ca.pem",
}
CA = "/etc/moztrap/tls/database-ca.pem"


def settings(**choices: Any) -> dict[str, Any]:
    """DATABASES as the site is told of it."""
    names: dict[str, Any] = {}
    exec(render("settings", "local.py.j2", **choices), names)  # noqa: S102
    return dict(names["DATABASES"]["default"])


def test_the_site_asks_who_the_server_is() -> None:
    told = settings(**EXTERNAL)
    assert (told["HOST"], told["PORT"], told["USER"]) == ("db.your.org", "3307", "moztrap")
    assert told["OPTIONS"] == {
        "charset": "utf8mb4",
        "ssl_mode": "VERIFY_IDENTITY",
        "ssl": {"ca": CA},
    }


def test_a_database_of_its_own_is_told_as_ever() -> None:
    told = settings()
    assert (told["HOST"], told["PORT"]) == ("localhost", "")
    assert told["OPTIONS"] == {"charset": "utf8mb4"}


def test_no_host_gets_a_server_or_lets_anybody_in_to_one() -> None:
    packages = value("base", "base_role_packages", MULTI, "data", **EXTERNAL)
    assert "mariadb-server" not in packages
    assert {"mariadb-client", "zstd"} <= set(packages)
    assert "3306" not in render("firewall", "rules.nft.j2", MULTI, "data", **EXTERNAL)
    assert "3306" in render("firewall", "rules.nft.j2", MULTI, "data")


def test_dumps_are_made_over_verified_tls() -> None:
    text = render("backup", "account.cnf.j2", **EXTERNAL)
    for line in (
        'host="db.your.org"', "port=3307", f'ssl-ca="{CA}"', "ssl-verify-server-cert",
        "protocol=tcp", 'user="moztrap_backup"',
    ):  # fmt: skip
        assert line in text.splitlines()
    own = render("backup", "account.cnf.j2")
    assert "protocol=socket" in own
    assert "ssl" not in own


def test_a_restore_is_refused_before_anything_else() -> None:
    tasks = yaml.safe_load((ROOT / "roles" / "backup" / "tasks" / "restore.yml").read_text())
    assert tasks[0]["ansible.builtin.assert"]["that"] == "backup_server | length == 0"


def test_each_host_tries_the_accounts_that_it_will_use() -> None:
    def names(host: str) -> list[str]:
        accounts = value("preflight", "preflight_database_accounts", MULTI, host, **EXTERNAL)
        return [account["name"] for account in accounts]

    assert names("web1") == ["moztrap", "moztrap_owner"]
    assert names("web2") == ["moztrap"]
    assert names("data") == ["moztrap_backup"]
    assert names("post") == []
    accounts = value("preflight", "preflight_database_accounts", MULTI, "web1", **EXTERNAL)
    assert [account.get("exactly", False) for account in accounts] == [True, False]


# --- What preflight says ------------------------------------------------------------


def inventory(changes: dict[str, Any], findings: list[dict[str, str]] | None = None) -> Inventory:
    variables = {
        "mysql_flavour": "mariadb",
        "moztrap_database_server": "",
        "moztrap_database_port": 3306,
        "moztrap_database_ca": "",
        "mysql_owner_account": "moztrap_owner",
        "mysql_runtime_account": "moztrap",
        "mysql_backup_account": "moztrap_backup",
        "mysql_owner_password": "x",
        **changes,
    }

    def get(name: str) -> Value:
        if name not in variables:
            return Value(error="it is not set")
        return Value(variables[name], where=f"main.yml:{name}")

    facts = {"moztrap_database_trial": findings or []}
    host = Host("one", ("web", "all"), frozenset(variables), get, facts)
    return Inventory({"web": ["one"], "all": ["one"]}, {"one": host}, "inventories/x")


@pytest.fixture
def external(tmp_path: Path) -> dict[str, Any]:
    authority = certificates.make_authority(tmp_path / "authority", "Somebody else's")
    return EXTERNAL | {"moztrap_database_ca": str(authority / certificates.AUTHORITY)}


def test_both_kinds_are_fine(external: dict[str, Any]) -> None:
    assert list(database.database_problems(inventory({}))) == []
    assert list(database.database_problems(inventory(external))) == []


@pytest.mark.parametrize(
    ("changes", "subject", "words"),
    [
        ({"moztrap_database_server": ""}, "moztrap_database_server", "empty"),
        ({"moztrap_database_server": "db.example.com"}, "moztrap_database_server", "example"),
        ({"moztrap_database_ca": ""}, "moztrap_database_ca", "is empty"),
        ({"moztrap_database_ca": "/no/such"}, "moztrap_database_ca", "no file"),
        ({"moztrap_database_ca": "ca.pem"}, "moztrap_database_ca", "not a whole path"),
        ({"moztrap_database_ca": "/etc/passwd"}, "moztrap_database_ca", "no certificate in PEM"),
    ],
)
def test_each_mistake_is_named_with_its_remedy(
    external: dict[str, Any], changes: dict[str, Any], subject: str, words: str
) -> None:
    [found] = list(database.database_problems(inventory(external | changes)))
    assert found.subject == subject
    assert words in found.what
    assert found.where
    assert found.fix


@pytest.mark.parametrize("name", ["moztrap_database_server", "moztrap_database_ca"])
def test_what_would_be_ignored_is_named(name: str) -> None:
    [found] = list(database.database_problems(inventory({name: "db.your.org"})))
    assert found.subject == name
    assert "a server of its own" in found.what


def test_a_flavour_that_this_version_lacks_is_named() -> None:
    found = list(site.choice_problems(inventory({"mysql_flavour": "percona"})))
    assert [(p.subject, "means nothing" in p.what) for p in found] == [("mysql_flavour", True)]
    assert "mysql" in found[0].fix


@pytest.mark.parametrize(
    ("finding", "subject", "words"),
    [
        ({"kind": "unreachable", "what": "timed out"}, "moztrap_database_server", "be reached"),
        ({"kind": "insecure", "what": "self-signed"}, "moztrap_database_server", "be trusted"),
        ({"kind": "account", "what": "denied", "account": "moztrap_owner"},
         "mysql_owner_password", "not accepted"),
        ({"kind": "grants", "what": "lacks DROP", "account": "moztrap_owner", "fix": "GRANT …"},
         "account moztrap_owner at db.your.org:3307", "lacks DROP"),
        ({"kind": "server", "what": "has no InnoDB", "fix": "Use …"},
         "moztrap_database_server", "db.your.org:3307 has no InnoDB"),
    ],
)  # fmt: skip
def test_what_the_server_said_is_told(
    external: dict[str, Any], finding: dict[str, str], subject: str, words: str
) -> None:
    whole = {"account": "", "fix": "", **finding}
    [found] = list(database.database_problems(inventory(external, [whole])))
    assert (found.subject, found.host) == (subject, "one")
    assert words in found.what
    assert found.fix


def test_what_could_not_be_looked_at_is_no_problem(external: dict[str, Any]) -> None:
    unknown = {"kind": "unknown", "what": "ed25519", "account": "moztrap", "fix": ""}
    assert list(database.database_problems(inventory(external, [unknown]))) == []
