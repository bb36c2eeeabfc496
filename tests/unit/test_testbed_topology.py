"""Topology files, addresses, the demo's data folder and mailbox."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from testbed import demo, mail, network, topology
from testbed.errors import TestbedError
from testbed.paths import TOPOLOGIES


@pytest.mark.parametrize("path", sorted(TOPOLOGIES.glob("*.yml")), ids=lambda path: path.stem)
def test_shipped_topologies_can_be_read(path: Path) -> None:
    assert topology.load(path.stem).hosts


def test_unknown_name_is_the_single_host() -> None:
    made = topology.load("whatever", suite="trixie")
    assert [host.suite for host in made.hosts] == ["trixie"]
    assert made.entrance().groups == ("web", "static", "db", "cache", "mail", "build")


def test_a_host_may_have_another_release_than_the_others() -> None:
    made = topology.load("mysql")
    assert {host.name: host.suite for host in made.hosts} == {"web1": "bookworm", "db1": "sid"}


def test_the_hosts_of_another_topology_may_have_other_choices(tmp_path: Path) -> None:
    one, other = topology.load("rolling"), topology.load("rolling-nginx")
    assert one.hosts == other.hosts
    assert other.variables == one.variables | {
        "moztrap_web_server": "nginx",
        "moztrap_wsgi_server": "gunicorn",
        "moztrap_cache_backend": "redis",
    }
    file = tmp_path / "mine.yml"
    file.write_text("like: single\nvariables:\n")
    assert topology.load("mine", file).hosts == topology.load("single").hosts
    file.write_text("like: nothing\n")
    with pytest.raises(TestbedError, match=r"mine\.yml is like nothing: no topology"):
        topology.load("mine", file)


def test_a_topology_is_not_like_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topology, "TOPOLOGIES", tmp_path)
    (tmp_path / "one.yml").write_text("like: two\n")
    (tmp_path / "two.yml").write_text("like: one\n")
    with pytest.raises(TestbedError, match=r"one\.yml is like itself"):
        topology.load("one")


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ({}, "has no hosts"),
        ({"hosts": {}}, "has no hosts"),
        ({"hosts": {"a": None}, "color": 1}, "unknown key color"),
        ({"hosts": {"a": {"groups": ["webb"]}}}, "host a is in unknown group webb"),
        ({"hosts": {"A B": None}}, "is no host name"),
        ({"hosts": {"a": None}, "network": "198.18.0.1/24"}, "network"),
    ],
)
def test_mistakes_are_named(content: object, problem: str) -> None:
    with pytest.raises(TestbedError, match=problem):
        topology.parse("x", content, "x.yml")


def test_names_cannot_leave_the_state_directory() -> None:
    with pytest.raises(TestbedError, match="is no name"):
        topology.load("../x")


def test_a_free_network_is_chosen_and_the_same_every_time() -> None:
    first = network.choose([], "single")
    assert first == network.choose([], "single")
    assert first.subnet_of(network.RANGE)
    assert network.choose([(first, "a bridge")], "single") != first


def test_a_taken_range_is_told_with_who_took_it() -> None:
    used = [(IPv4Network("198.18.0.0/16"), "the route 198.18.0.0/16 on tun0")]
    with pytest.raises(TestbedError, match=r"198\.18\.7\.0/24 is taken by the route .* on tun0"):
        network.choose(used, "x", "198.18.7.0/24")
    everything = [(network.RANGE, "the route 198.18.0.0/15 on tun0")]
    with pytest.raises(TestbedError, match="every address range"):
        network.choose(everything, "x")


def test_addresses_follow_the_file() -> None:
    given = network.addresses(IPv4Network("198.18.7.0/24"), ["a", "b"])
    assert {name: str(address) for name, address in given.items()} == {
        "a": "198.18.7.10",
        "b": "198.18.7.11",
    }


@pytest.mark.parametrize(
    ("folder", "named"),
    [
        ("firefox-os-2.6", ("Firefox OS", "2.6")),
        ("thunderbird_v115.0", ("Thunderbird", "115.0")),
        ("webmaker", ("Webmaker", "1.0")),
    ],
)
def test_product_is_named_after_the_folder(folder: str, named: tuple[str, str]) -> None:
    assert demo.name_of_folder(folder) == named


def test_data_is_checked_before_anything_is_made(tmp_path: Path) -> None:
    assert demo.find_data("", "", "") is None
    with pytest.raises(TestbedError, match="there is no folder"):
        demo.find_data(str(tmp_path / "absent"), "", "")
    with pytest.raises(TestbedError, match="holds no export"):
        demo.find_data(str(tmp_path), "", "")
    (tmp_path / "page-2.json.gz").touch()
    (tmp_path / "page-1.json").touch()
    found = demo.find_data(str(tmp_path), "Firefox", "1")
    assert found is not None
    assert [file.name for file in found.files] == ["page-1.json", "page-2.json.gz"]


def test_the_last_mail_is_readable() -> None:
    box = (
        b"From moztrap Sun Nov 22 08:00:00 2026\nTo: old@example.com\nSubject: Old\n\nold\n\n"
        b"From moztrap Sun Nov 22 08:01:00 2026\nFrom: site@example.com\nTo: a@example.com\n"
        b"Subject: =?utf-8?q?Best=C3=A4tigen?=\nContent-Type: text/plain; charset=utf-8\n"
        b"Content-Transfer-Encoding: quoted-printable\n\nhttps://198.18.0.10/confirm/=\nabc\n\n"
    )
    messages = mail.parse(box)
    assert len(messages) == 2
    assert mail.render(messages[-1]) == (
        "From: site@example.com\nTo: a@example.com\nSubject: Bestätigen\n\n"
        "https://198.18.0.10/confirm/abc"
    )
