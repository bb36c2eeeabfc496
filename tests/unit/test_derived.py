"""What follows from the groups: every variable that crosses a role's border."""

from __future__ import annotations

import re
from typing import Any

from tests.helpers.role_templates import MULTI, value

PAIR = {
    "front": ["balancer"],
    "one": ["web", "static", "db", "cache", "mail", "build"],
    "two": ["web", "static"],
}


def test_every_web_host_is_told_the_same() -> None:
    """The settings name the deployment: they may not differ from host to host."""
    for hosts in (PAIR, MULTI):
        told = [
            value("settings", "[settings_database_host, settings_cache_servers]", hosts, host)
            for host, groups in hosts.items()
            if "web" in groups
        ]
        assert told[0] == told[1]
    assert told[0] == ["10.0.0.5", ["10.0.0.5:11211"]]


def test_one_host_speaks_to_itself() -> None:
    told = value("settings", "[settings_database_host, settings_cache_servers]")
    assert told == ["localhost", ["127.0.0.1:11211"]]


def test_a_web_host_beside_the_database_may_connect_like_the_others() -> None:
    assert value("mysql", "mysql_account_hosts", PAIR, "one") == ["10.0.0.2", "10.0.0.3"]
    assert value("mysql", "mysql_bind_address", PAIR, "one") == "10.0.0.2"
    assert value("mysql", "mysql_account_hosts", MULTI, "data") == ["10.0.0.2", "10.0.0.3"]
    assert value("mysql", "mysql_account_hosts") == ["localhost"]


def test_a_second_cache_is_asked_where_it_listens() -> None:
    hosts = {"one": ["web", "static", "db", "cache", "mail", "build"], "two": ["cache"]}
    servers = value("settings", "settings_cache_servers", hosts, "one")
    assert servers == ["127.0.0.1:11211", "10.0.0.2:11211"]
    assert value("memcached", "memcached_listen_address", hosts, "two") == "10.0.0.2"


def test_redis_is_asked_where_it_listens() -> None:
    choice: dict[str, Any] = {"moztrap_cache_backend": "redis"}
    assert value("settings", "settings_cache_servers", **choice) == ["redis://127.0.0.1:6379"]
    assert value("settings", "settings_cache_servers", MULTI, "web1", **choice) == [
        "redis://10.0.0.5:6379"
    ]
    v6: dict[str, Any] = {"moztrap_addresses_from_web": {"one": "fd00::5"}}
    servers = value("settings", "settings_cache_servers", **choice, **v6)
    assert servers == ["redis://[fd00::5]:6379"]
    assert value("settings", "settings_cache_servers", **v6) == ["inet6:[fd00::5]:11211"]


def test_inventories_of_one_checkout_share_nothing() -> None:
    """Two of them may use one cache server and one controller."""
    expression = "[settings_cache_key_prefix, moztrap_controller_state, tls_authority_name]"
    staging = value("tls", expression, inventory_dir="/x/staging", moztrap_server_name="s.org")
    production = value(
        "tls", expression, inventory_dir="/x/production", moztrap_server_name="p.org"
    )
    assert not set(staging) & set(production)


def test_a_cache_key_prefix_is_the_same_from_every_checkout() -> None:
    """Otherwise each colleague's run would roll out other settings."""
    expression = "settings_cache_key_prefix"
    ours = value("settings", expression, inventory_dir="/home/a/moztrap/inventories/production")
    theirs = value("settings", expression, inventory_dir="/home/b/inventories/production")
    assert ours == theirs
    assert re.fullmatch(r"moztrap-[0-9a-f]{12}", ours)


def test_the_site_is_visited_at_every_balancer_or_else_at_its_web_host() -> None:
    hosts = {"front1": ["balancer"], "front2": ["balancer"], "web1": ["web"], "web2": ["web"]}
    expression = "activate_public_addresses"
    assert value("activate", expression, hosts, "web2") == ["10.0.0.1", "10.0.0.2"]
    assert value("activate", expression) == ["10.0.0.1"]


def test_a_certificate_of_the_operators_needs_the_name_of_the_site_alone() -> None:
    """No public authority certifies private addresses."""
    expression = "tls_certificate_names"
    provided: dict[str, Any] = {"tls_provider": "provided"}
    assert value("tls", expression, **provided) == ["moztrap.example.com"]
    assert value("tls", expression, MULTI, "front", **provided) == ["moztrap.example.com"]
    assert value("tls", expression)[0] == "moztrap.example.com"
    assert len(value("tls", expression)) == 3


def test_hosts_behind_a_balancer_are_certified_by_the_private_authority() -> None:
    """A balancer knows them by it, whoever certifies what people see, and while that changes."""
    named = ["moztrap.example.com", "10.0.0.2", "web1"]
    for provider in ("private_ca", "provided", "acme"):
        chosen: dict[str, Any] = {"tls_provider": provider}
        assert value("tls", "tls_certificate_names", MULTI, "web1", **chosen) == named
        assert value("tls", "tls__uses_provided", MULTI, "web1", **chosen) is False
        assert value("tls", "tls_has_hosts_behind", MULTI, "front", **chosen) is True
    provided: dict[str, Any] = {"tls_provider": "provided"}
    assert value("tls", "tls__uses_provided", MULTI, "front", **provided) is True
    assert value("tls", "[tls__uses_provided, tls_has_hosts_behind]", **provided) == [True, False]


def test_the_controller_trusts_whoever_certified_the_site() -> None:
    expression = "activate_controller_ca_path"
    assert value("activate", expression) == "/inventory/.state/tls/ca.pem"
    provided: dict[str, Any] = {"tls_provider": "provided", "tls_provided_ca": "/etc/pki/root.pem"}
    assert value("activate", expression, **provided) == "/etc/pki/root.pem"
