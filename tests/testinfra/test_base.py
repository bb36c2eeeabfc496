"""Every host: the system under everything else."""

from testinfra.host import Host

from tests.testinfra.conftest import Value


def test_systemd_runs_without_a_failed_unit(host: Host) -> None:
    failed = host.run("systemctl list-units --failed --no-legend --plain")
    assert failed.stdout.strip() == "", f"{failed.stdout}\nlook at: journalctl -u UNIT"


def test_release_is_supported(host: Host, value: Value) -> None:
    assert host.system_info.distribution == "debian"
    runs_mysql = value("mysql_flavour == 'mysql' and moztrap_has_database")
    number = host.run("sed -n 's/^VERSION_ID=//p' /etc/os-release").stdout.strip().strip('"')
    # Unstable has no number.
    assert number in ({""} if runs_mysql else {"12", "13"})


def test_nothing_listens_that_was_not_asked_for(host: Host, value: Value) -> None:
    """What other hosts or visitors ask this one for is on the network; the rest on loopback."""
    asked_for = [port for entry in value("firewall_inbound") for port in entry["ports"]]
    listening = host.run("ss --no-header --listening --numeric --tcp --udp --processes")
    public = set()
    for line in listening.stdout.splitlines():
        fields = line.split()
        address, _, port = fields[4].rpartition(":")
        if not address.strip("[]").startswith(("127.", "::1")):
            public.add((fields[0], int(port)))
    allowed = {("tcp", int(port)) for port in [22, *asked_for]}
    assert public <= allowed, listening.stdout
