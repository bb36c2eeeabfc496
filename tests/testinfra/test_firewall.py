"""Role firewall: what is not asked for is dropped."""

import re

from testinfra.host import Host

from tests.testinfra.conftest import Value

UNITS = ("moztrap-firewall.service",)


def rules(host: Host) -> str:
    """Return the rules as the kernel has them."""
    shown = host.run("nft --stateless list table inet moztrap")
    assert shown.rc == 0, shown.stderr
    return str(shown.stdout)


def test_starts_with_the_host(host: Host) -> None:
    assert host.service("moztrap-firewall").is_enabled
    assert host.service("moztrap-firewall").is_running


def test_refuses_by_default(host: Host) -> None:
    assert "hook input" in rules(host)
    chain = rules(host).split("hook input", 1)[1].split("\n", 1)[0]
    assert "policy drop" in chain, chain


def test_opens_the_derived_ports_and_no_other(host: Host, value: Value) -> None:
    facts = value("{'inbound': firewall_inbound, 'ssh': firewall_ssh_port}")
    wanted = {int(port) for entry in facts["inbound"] for port in entry["ports"]}
    opened = set()
    for line in rules(host).splitlines():
        if "tcp dport" in line and "accept" in line:
            ports = line.split("tcp dport", 1)[1].replace("accept", "")
            opened |= {int(port) for port in re.findall(r"\d+", ports)}
    assert opened == wanted | {int(facts["ssh"])}, rules(host)


def test_kernel_has_the_rules_of_the_file(host: Host, value: Value) -> None:
    path = value("firewall_rules_path | default('/etc/moztrap-firewall.nft')")
    assert host.run("nft --check --file %s", path).rc == 0
