"""Templates of the hosts' roles, rendered by Ansible and read by the real programs."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.programs import make_certificate, program, run
from tests.helpers.role_templates import MULTI, render, value

MEMORY: dict[str, Any] = {
    "mysql__meminfo": {"content": base64.b64encode(b"MemTotal: 4000000 kB\n").decode()}
}


# --- apache ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return make_certificate(tmp_path_factory.mktemp("tls"))


def parse_apache(text: str, folder: Path, release: bool = False) -> str:
    """Let Apache read a configuration; return how it dumps its sites."""
    config = folder / "apache2.conf"
    text = text.replace("ServerRoot /etc/apache2", f"ServerRoot {folder}")
    (folder / "token.conf").write_text("Define MOZTRAP_TOKEN 1-2-3\n")
    text = text.replace("/run/moztrap-token.conf", str(folder / "token.conf"))
    if release:
        (folder / "current").mkdir()
        (folder / "current" / "manage.py").touch()
        text = text.replace("/srv/moztrap", str(folder))
    config.write_text(text)
    done = run(
        program("apache2", "apache2-bin libapache2-mod-wsgi-py3"),
        "-t", "-D", "DUMP_VHOSTS", "-f", config,
        APACHE_RUN_DIR=str(folder), APACHE_PID_FILE=str(folder / "pid"),
        APACHE_RUN_USER="www-data", APACHE_RUN_GROUP="www-data",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "not defined" not in done.stderr, done.stderr
    return done.stdout


def test_apache_reads_the_configuration_of_a_single_host(
    certificate: dict[str, Any], tmp_path: Path
) -> None:
    sites = parse_apache(render("apache", "apache2.conf.j2", **certificate), tmp_path)
    assert sites.count("moztrap.example.com") == 2
    # Requests for names that are not ours go to the first site of a port.
    assert len(re.findall(r"default server unknown\.invalid", sites)) == 2


@pytest.mark.parametrize("release", [False, True], ids=["nothing live yet", "live"])
def test_apache_reads_the_configuration_of_the_application(
    certificate: dict[str, Any], tmp_path: Path, release: bool
) -> None:
    parse_apache(render("apache", "application.conf.j2", **certificate), tmp_path, release)


@pytest.mark.parametrize("host", ["web1", "files"])
def test_apache_reads_the_configuration_of_several_hosts(
    certificate: dict[str, Any], tmp_path: Path, host: str
) -> None:
    text = render("apache", "apache2.conf.j2", MULTI, host, **certificate)
    parse_apache(text, tmp_path)
    assert ("ProxyPass / http://127.0.0.1:" in text) == (host == "web1")
    assert ("immutable" in text) == (host == "files")
    assert "RemoteIPInternalProxy 10.0.0.1" in text


def test_apache_passes_requests_to_a_socket_where_another_server_runs_the_application(
    certificate: dict[str, Any], tmp_path: Path
) -> None:
    text = render("apache", "apache2.conf.j2", moztrap_wsgi_server="gunicorn", **certificate)
    parse_apache(text, tmp_path)
    assert "ProxyPass / unix:/run/moztrap-gunicorn/live|http://" in text
    assert "TOKEN" not in text
    kept = value("apache", "apache__files | map(attribute='path')", moztrap_wsgi_server="gunicorn")
    assert not any("application" in path or "wsgi" in path for path in kept)


def test_the_web_server_has_nothing_that_a_reload_would_end(certificate: dict[str, Any]) -> None:
    text = render("apache", "apache2.conf.j2", **certificate)
    assert "WSGI" not in text
    assert "wsgi_module" not in text


def test_the_application_listens_to_this_host_alone(certificate: dict[str, Any]) -> None:
    text = render("apache", "application.conf.j2", MULTI, "web1", **certificate)
    listening = re.findall(r"(?m)^ *Listen (\S+)", text)
    assert listening == ["127.0.0.1:8082", "127.0.0.1:8081"]


def test_apache_reads_every_alternative(certificate: dict[str, Any], tmp_path: Path) -> None:
    text = render(
        "apache", "apache2.conf.j2",
        apache_tls_profile="modern", apache_hsts_include_subdomains=True, apache_hsts_preload=True,
        apache_site_title='Prüfstand "A" & Co', **certificate,
    )  # fmt: skip
    parse_apache(text, tmp_path)
    assert "max-age=63072000; includeSubDomains; preload" in text
    assert "+TLSv1.2" not in text
    assert text.isascii()


def test_apache_sends_hsts_only_if_asked(certificate: dict[str, Any]) -> None:
    text = render("apache", "apache2.conf.j2", apache_hsts_seconds=0, **certificate)
    assert "Strict-Transport-Security" not in text


# --- haproxy --------------------------------------------------------------------


def parse_haproxy(certificate: dict[str, Any], folder: Path, text: str, live: str = "") -> None:
    """Let HAProxy read a configuration, behind the file that names the live release."""
    pair = folder / "site.pem"
    pair.write_bytes(Path(certificate["tls_certificate_path"]).read_bytes())
    pair.with_name("site.pem.key").write_bytes(
        Path(certificate["tls_private_key_path"]).read_bytes()
    )
    text = text.replace("/etc/haproxy/moztrap/site.pem", str(pair))
    text = text.replace("/etc/moztrap/tls/ca.pem", str(pair))
    (folder / "00-live.cfg").write_text(
        render("haproxy", "live.cfg.j2", MULTI, "front", haproxy_live_release=live)
    )
    (folder / "haproxy.cfg").write_text(text)
    done = run(program("haproxy", "haproxy"), "-c", "-f", folder)
    assert done.returncode == 0, done.stderr
    # The state of servers is there at a reload alone.
    alarms = [line for line in done.stderr.splitlines() if re.match(r"\[(WARN|ALERT)", line)]
    assert all("server state file" in line for line in alarms), done.stderr


@pytest.mark.parametrize("live", ["", "c0ffee123456"], ids=["nothing live yet", "live"])
def test_haproxy_reads_its_configuration(
    certificate: dict[str, Any], tmp_path: Path, live: str
) -> None:
    text = render("haproxy", "haproxy.cfg.j2", MULTI, "front", **certificate)
    parse_haproxy(certificate, tmp_path, text, live)


@pytest.mark.parametrize(
    "choices",
    [
        {"haproxy_tls_profile": "modern"},
        {"haproxy_site_title": "Prüfstand \"A\" & 'Co'"},
        {"haproxy_addresses": ["10.0.0.1", "fd00::1"]},
        {"moztrap_server_name": "10.0.0.1"},
        {"haproxy_web_servers": [{"name": "web1", "address": "fd00::2"}]},
    ],
    ids=lambda choices: next(iter(choices)),
)
def test_haproxy_reads_every_alternative(
    certificate: dict[str, Any], tmp_path: Path, choices: dict[str, Any]
) -> None:
    text = render("haproxy", "haproxy.cfg.j2", MULTI, "front", **(certificate | choices))
    parse_haproxy(certificate, tmp_path, text)
    assert text.isascii()


def test_every_server_is_verified_by_name(certificate: dict[str, Any]) -> None:
    text = render("haproxy", "haproxy.cfg.j2", MULTI, "front", **certificate)
    defaults = re.findall(r"(?m)^ *default-server (.*)$", text)
    assert len(defaults) == 1
    for word in ("ssl verify required", "verifyhost moztrap.example.com", "check-sni moz"):
        assert word in defaults[0]
    plain = re.findall(r"(?m)^ *server \S+ \S+ no-ssl$", text)
    assert len(plain) == text.count("no-ssl")
    assert all(":80 " in line for line in plain), "only ACME goes over plain HTTP"
    assert "verify none" not in text


def test_a_web_host_is_drained_for_forms_too(certificate: dict[str, Any]) -> None:
    text = render("haproxy", "haproxy.cfg.j2", MULTI, "front", **certificate)
    unsafe = text.split("\nbackend moztrap_web_unsafe", 1)[1].split("\nbackend ", 1)[0]
    assert re.findall(r"server (\S+) \S+ track (\S+)", unsafe) == [
        ("web1", "moztrap_web/web1"),
        ("web2", "moztrap_web/web2"),
    ]


def test_drained_web_hosts_are_a_reserve_each_by_its_own_checks(
    certificate: dict[str, Any],
) -> None:
    text = render("haproxy", "haproxy.cfg.j2", MULTI, "front", **certificate)
    reserve = text.split("\nbackend moztrap_web_reserve", 1)[1].split("\nbackend ", 1)[0]
    assert re.findall(r"use-server (\S+) if { srv_is_up\((\S+)\) }", reserve) == [
        ("web1", "moztrap_web/web1"),
        ("web2", "moztrap_web/web2"),
    ]


# --- firewall -------------------------------------------------------------------


def parse_rules(text: str, folder: Path) -> None:
    rules = folder / "rules.nft"
    rules.write_text(text)
    done = run("unshare", "--net", program("nft", "nftables"), "--check", "--file", rules)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("host", list(MULTI))
def test_nft_reads_the_rules_of_each_host(host: str, tmp_path: Path) -> None:
    parse_rules(render("firewall", "rules.nft.j2", MULTI, host), tmp_path)


def test_only_web_hosts_reach_the_database_and_the_cache() -> None:
    text = render("firewall", "rules.nft.j2", MULTI, "data")
    assert "ip saddr { 10.0.0.2, 10.0.0.3 } tcp dport { 3306 } accept" in text
    assert "ip saddr { 10.0.0.2, 10.0.0.3 } tcp dport { 11211 } accept" in text
    assert "dport { 80" not in text


def test_one_host_opens_nothing_but_ssh_and_the_site() -> None:
    text = render("firewall", "rules.nft.j2")
    assert re.findall(r"tcp dport \{ ([^}]*) \}", text) == ["22", "80, 443"]


def test_rules_take_both_kinds_of_address(tmp_path: Path) -> None:
    inbound = [{"service": "x", "ports": [1, 2], "sources": ["10.1.0.0/16", "fd00::1", "::1"]}]
    text = render(
        "firewall", "rules.nft.j2", firewall_inbound=inbound, firewall_ssh_sources="10.9.9.9"
    )
    parse_rules(text, tmp_path)
    assert "ip6 saddr { ::1, fd00::1 } tcp dport { 1, 2 } accept" in text
    assert "ip saddr { 10.9.9.9 } tcp dport { 22 } accept" in text


def test_a_name_among_the_sources_is_refused_and_named() -> None:
    inbound = [{"service": "cache", "ports": [1], "sources": ["web1.example.com"]}]
    with pytest.raises(Exception, match=r"web1\.example\.com.*moztrap_address"):
        render("firewall", "rules.nft.j2", firewall_inbound=inbound)


# --- mysql ----------------------------------------------------------------------


def test_mariadb_reads_its_configuration(tmp_path: Path) -> None:
    config = tmp_path / "moztrap.cnf"
    config.write_text(render("mysql", "moztrap.cnf.j2", **MEMORY))
    done = run(
        program("mariadbd", "mariadb-server-core"),
        f"--defaults-file={config}", "--user=nobody", "--help", "--verbose",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    shown = dict(re.findall(r"(?m)^([a-z-]+) {2,}(\S+)$", done.stdout))
    assert shown["default-storage-engine"] == "InnoDB"
    assert shown["collation-server"] == "utf8mb4_unicode_520_ci"
    assert "STRICT_TRANS_TABLES" in shown["sql-mode"]
    assert shown["local-infile"] == "FALSE"


@pytest.mark.parametrize(
    ("kilobytes", "share", "megabytes"),
    [(4_000_000, 0.4, 1536), (500_000, 0.4, 128), (400_000_000, 0.5, 65536), (1_000, 0.1, 128)],
)
def test_the_buffer_pool_follows_memory_in_whole_chunks(
    kilobytes: int, share: float, megabytes: int
) -> None:
    content = base64.b64encode(f"MemTotal: {kilobytes} kB\n".encode()).decode()
    found = value(
        "mysql", "mysql__buffer_pool_megabytes",
        mysql__meminfo={"content": content}, mysql_buffer_pool_share=share,
    )  # fmt: skip
    assert int(found) == megabytes


def test_the_runtime_account_only_reads_and_writes_rows() -> None:
    accounts = {a["name"]: set(a["privileges"]) for a in value("mysql", "mysql__accounts")}
    assert accounts["moztrap"] == {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert not accounts["moztrap_backup"] & {"INSERT", "UPDATE", "DELETE", "ALTER", "DROP"}
    assert {"ALTER", "DROP", "CREATE"} <= accounts["moztrap_owner"]


# --- memcached ------------------------------------------------------------------


def test_memcached_has_no_udp() -> None:
    lines = render("memcached", "memcached.conf.j2", MULTI, "data").splitlines()
    assert "-U 0" in lines
    assert "-l 10.0.0.5" in lines


# --- smtp -----------------------------------------------------------------------


def postfix_settings(*arguments: Any, **overrides: Any) -> dict[str, str]:
    text = render("smtp", "main.cf.j2", *arguments, **overrides)
    pairs = [line.partition("=") for line in text.splitlines() if line and line[0] != "#"]
    found = {name.strip(): setting.strip() for name, _, setting in pairs}
    assert len(found) == len(pairs), "a setting is given twice"
    return found


def test_web_hosts_listen_to_themselves_and_hand_mail_to_the_mail_host() -> None:
    settings = postfix_settings(MULTI, "web1")
    assert settings["inet_interfaces"] == "loopback-only"
    assert settings["relayhost"] == "[10.0.0.6]:25"
    assert settings["mynetworks"] == "127.0.0.0/8 [::1]/128"
    assert settings["mydestination"] == ""


def test_the_mail_host_takes_mail_from_web_hosts_alone() -> None:
    settings = postfix_settings(MULTI, "post")
    assert settings["inet_interfaces"] == "127.0.0.1, 10.0.0.6"
    assert settings["mynetworks"] == "127.0.0.0/8 [::1]/128 10.0.0.2/32 10.0.0.3/32"
    assert settings["relayhost"] == ""
    assert settings["smtpd_client_restrictions"] == "permit_mynetworks, reject"
    assert settings["smtpd_relay_restrictions"].endswith("reject_unauth_destination")


def test_the_demo_keeps_all_mail_on_its_last_host() -> None:
    assert postfix_settings(smtp_sink_mailbox=True)["virtual_alias_maps"] == (
        "static:moztrap-sink@$myhostname"
    )
    assert postfix_settings(MULTI, "web1", smtp_sink_mailbox=True)["relayhost"] == "[10.0.0.6]:25"
    assert "virtual_alias_maps" in postfix_settings(MULTI, "post", smtp_sink_mailbox=True)


def test_an_external_relay_is_verified_before_it_hears_the_password() -> None:
    relay: dict[str, Any] = {
        "smtp_external_relay": "[smtp.example.com]:587",
        "smtp_external_relay_user": "site",
        "smtp_external_relay_password": "relay-password",
    }
    settings = postfix_settings(**relay)
    assert settings["relayhost"] == "[smtp.example.com]:587"
    assert settings["smtp_tls_security_level"] == "secure"
    assert settings["smtp_sasl_auth_enable"] == "yes"
    assert "relay-password" not in "".join(settings.values())
    assert render("smtp", "relay_password.j2", **relay).splitlines()[-1] == (
        "[smtp.example.com]:587 site:relay-password"
    )
